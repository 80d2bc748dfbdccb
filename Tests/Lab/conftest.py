"""Fixtures for everything that runs in the lab."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lab import Machine  # noqa: E402  pylint: disable=wrong-import-position


def _clean(machine):
    faults = machine.dmesg_faults()
    assert not faults, "the guest's kernel complains:\n" + "\n".join(faults)


@pytest.fixture
def machine():
    """A clean machine for one test, which fails if the kernel's log shows a fault."""
    with Machine() as started:
        yield started
        _clean(started)


@pytest.fixture(scope="module")
def _module_machine():
    with Machine() as started:
        yield started


@pytest.fixture
def shared_machine(_module_machine):
    """One machine for all tests of a module that leave it as they found it."""
    yield _module_machine
    _clean(_module_machine)


@pytest.fixture
def booted_machine():
    """Machines booted from cold: call it with the kernel's further words."""
    started = []

    def boot(words="", **options):
        booted = Machine(boot=True, words=words, **options)
        started.append(booted.__enter__())
        return booted

    yield boot
    try:
        for each in started:
            _clean(each)
    finally:
        for each in started:
            each.__exit__()


@pytest.fixture
def said(request):
    """Takes what a test says of how much it did: a line after all tests, and a property in the file of results."""
    return lambda text: request.node.user_properties.append(("said", text))


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed"):
        if report.when == "call":
            for _, text in report.user_properties:
                terminalreporter.write_line(text)
