"""Fixtures: a made-up root with one network card, and the program below it."""

import shutil

import pytest

from made_up_root import MadeUpRoot
from pretend_kernel import PretendKernel
from program import Program


@pytest.fixture
def root(tmp_path):
    """A machine without functions: vfio-pci is registered, no policy is there."""
    made = MadeUpRoot(tmp_path / "root")
    made.add_driver("vfio-pci")
    return made


@pytest.fixture
def program(root):
    """The program below the root."""
    return Program(root)


@pytest.fixture
def card(root):
    """The address of a network card on the driver e1000e, alone in IOMMU group 7."""
    return root.add_function("0000:04:00.0", "8086:10d3", driver="e1000e", group=7)


@pytest.fixture
def strace():
    """The path of strace(1)."""
    found = shutil.which("strace")
    assert found, "strace is missing: apt-get install strace"
    return found


@pytest.fixture
def kernel(root, card, strace):  # pylint: disable=unused-argument
    """A pretended kernel of the root with the card."""
    with PretendKernel(root) as pretended:
        yield pretended
