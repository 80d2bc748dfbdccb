"""The image that build-image makes."""

import functools
import pathlib
import subprocess

FOLDER = pathlib.Path(__file__).resolve().parent.parent


@functools.lru_cache(maxsize=None)
def image() -> pathlib.Path:
    """The image's folder, built now if it is not there; asked once a process."""
    built = subprocess.run([FOLDER / "build-image"], stdout=subprocess.PIPE, text=True, check=False)
    if built.returncode:
        raise RuntimeError("Tests/Lab/build-image failed; its messages are above")
    return pathlib.Path(built.stdout.splitlines()[-1])
