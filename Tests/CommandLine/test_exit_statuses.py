"""Exit statuses, and which of two that apply is given."""

import shutil

import pytest

from made_up_root import MadeUpRoot, policy
from program import Program

NIC = 'address = "0000:04:00.0"'
EVENT = ("--action", "add", "--devpath", "/devices/pci0000:00/0000:04:00.0")


def refuse(root, address):
    """Lets the guard `network` refuse a function."""
    root.add_interface(address, "eth0")
    root.route_by_default("eth0")


def test_plan_with_changes_is_0(root, program, card):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC))
    program("plan").ends(0)


@pytest.mark.parametrize("words", [("plan", "--detailed-exitcode"), ("apply", "--dry-run", "--detailed-exitcode")])
def test_detailed_exitcode_tells_changes_by_3(root, program, card, words):
    program(*words).ends(0)
    root.add_policy(policy("nic", NIC))
    program(*words).ends(3)
    program(*words, "--json").ends(3)
    program(*words, card).ends(3)
    root.drive(card, "vfio-pci")
    program(*words).ends(0)


@pytest.mark.parametrize("words", [("plan", "--detailed-exitcode"), ("apply", "--dry-run", "--detailed-exitcode")])
def test_detailed_exitcode_counts_registrations(root, program, words):
    root.add_policy(policy("later", 'id = "1234:5678"'))
    program(*words).ends(3)


@pytest.mark.parametrize("words", [("plan", "--detailed-exitcode"), ("apply", "--dry-run", "--detailed-exitcode")])
def test_a_refusal_goes_before_changes(root, program, card, words):
    root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    root.add_policy(policy("both", 'class = "0200"'))
    refuse(root, card)
    program(*words).ends(2)


@pytest.mark.parametrize("words", [("plan",), ("apply", "--dry-run"), ("apply",), ("bind", "04:00.0"),
                                   ("bind", "--dry-run", "04:00.0"), ("handle", *EVENT)])
def test_refused_is_2(root, program, card, words):
    root.add_policy(policy("nic", NIC))
    refuse(root, card)
    program(*words).ends(2)
    program(*words, "--json").ends(2)


@pytest.mark.parametrize("words", [("apply",), ("bind", "04:00.0"), ("handle", *EVENT)])
def test_failed_is_1(root, program, card, words):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC))
    program(*words).ends(1)


def test_failed_goes_before_refused_and_refused_before_done(root, program, card, kernel):
    root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    root.add_function("0000:06:00.0", "8086:1533", driver="vfio-pci", group=9)
    refuse(root, card)
    root.add_policy(policy("both", 'class = "0200"'))
    program("apply", "05:00.0", "06:00.0", before=kernel.before).ends(0)
    program("apply", before=kernel.before).ends(2)
    root.drive("0000:05:00.0", "igb")
    kernel.refuses.add("vfio-pci")
    program("apply", before=kernel.before).ends(1)


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "04:00.0"), ("apply",), ("bind", "04:00.0"),
                                   ("release", "04:00.0"), ("release", "--all"), ("handle", *EVENT)])
def test_no_sysfs_is_69(root, program, words):
    shutil.rmtree(root.at("sys"))
    result = program(*words, "--json").ends(69)
    assert result.document["status"] == 69
    assert "sysfs" in result.err and "/sys/bus/pci/devices" in result.err


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain",), ("apply",), ("apply", "--dry-run"), ("bind",),
                                   ("bind", "--dry-run"), ("release",), ("release", "--dry-run")])
def test_a_named_function_that_is_not_there_is_69(root, program, card, words):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC))
    before = root.fingerprint()
    result = program(*words, "--json", "ff:1f.7").ends(69)
    assert "0000:ff:1f.7" in result.document["message"] and "vfio-rebind list" in result.err
    assert root.fingerprint() == before


@pytest.mark.parametrize("command", ["apply", "bind", "release"])
def test_nothing_is_done_if_one_of_several_is_not_there(root, program, card, command):
    root.add_policy(policy("nic", NIC))
    before = root.fingerprint()
    program(command, card, "ff:1f.7").ends(69)
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", [("plan",), ("apply",), ("apply", "--dry-run"), ("bind", "04:00.0")])
def test_a_driver_that_cannot_be_had_is_69(root, program, card, words):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC, driver='"nowhere_pci"'))
    more = ("--driver", "nowhere_pci") if words[0] == "bind" else ()
    result = program(*words, *more, "--json").ends(69)
    assert "nowhere_pci" in result.out


def test_one_function_for_want_of_the_driver_and_another_refused_is_2(root, program, card):
    root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    root.add_policy(policy("nic", NIC, driver='"nowhere_pci"') + policy("other", 'id = "8086:1533"'))
    root.add_interface("0000:05:00.0", "eth0")
    root.route_by_default("eth0")
    assert card
    program("plan").ends(2)
    program("apply").ends(2)


def test_a_module_that_may_not_be_loaded_below_another_root_is_69(tmp_path):
    made = MadeUpRoot(tmp_path / "other")
    made.add_module("vfio-pci")
    made.add_function("0000:04:00.0", driver="e1000e", group=7)
    made.add_policy(policy("nic", NIC))
    function = Program(made)("apply", "--json").ends(69).functions["0000:04:00.0"]
    assert function["outcome"] == "failed" and function["steps"][0]["op"] == "load_module"
    assert function["driver"] == "e1000e"


# A run that cannot start: 64 before 77 before 65 before 69.


def test_wrong_usage_goes_before_an_invalid_policy(root, program, card):  # pylint: disable=unused-argument
    root.add_policy("[[policy]\n")
    program("apply", "--nonsense").ends(64)
    program("apply", "nonsense").ends(64)
    program("apply", "--override", "bridge").ends(64)
    program("release").ends(64)


def test_an_invalid_policy_goes_before_what_is_not_there(root, program):
    root.add_policy("[[policy]\n")
    program("apply", "ff:00.0").ends(65)
    program("explain", "ff:00.0").ends(65)
    shutil.rmtree(root.at("sys"))
    program("list").ends(65)


def test_a_root_that_is_not_there_is_wrong_usage(program, tmp_path):
    for place in (tmp_path / "nowhere", __file__, ""):
        result = program.plain("list", "--json", "--root", place).ends(64)
        assert result.document["status"] == 64 and "--root" in result.err
