"""What the tests of packaging share: the program, and the manual page made from it."""

import os
import pathlib
import subprocess

import pytest

PROJECT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def binary():
    """The program that is packed: VFIO_REBIND_BINARY, else the release build."""
    path = pathlib.Path(os.environ.get("VFIO_REBIND_BINARY", PROJECT / ".build/release/vfio-rebind")).resolve()
    assert path.exists(), (
        f"{path} is not there: run `swift build -c release --static-swift-stdlib`, or name VFIO_REBIND_BINARY"
    )
    return path


@pytest.fixture(scope="session")
def pages(binary, tmp_path_factory):
    """The manual pages by name."""
    folder = PROJECT / "packaging/man"
    generated = tmp_path_factory.mktemp("man") / "vfio-rebind.8"
    page = subprocess.run([folder / "generate", binary, folder / "vfio-rebind.8.in"], capture_output=True, check=True)
    generated.write_bytes(page.stdout)
    return {path.name: path for path in [generated, *folder.glob("*.5")]}
