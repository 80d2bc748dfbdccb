"""`plan`: what apply would do and why; it changes nothing."""

import time

import pytest

from made_up_root import MadeUpRoot, policy
from program import Program

NIC = 'id = "8086:10d3"'


def steps(function):
    """The steps of a function as `op path value`."""
    return [(step["op"], step["path"], step["value"]) for step in function["steps"]]


def test_changes_nothing(root, program, card):
    root.add_policy(policy("nic", NIC) + policy("later", 'id = "1234:5678"'))
    before = root.fingerprint()
    for words in ((), ("--json",), (card,), ("--all",), ("--detailed-exitcode",)):
        program("plan", *words)
    assert root.fingerprint() == before


def test_whole_types_are_registered(root, program, card):
    root.add_policy(policy("nic", NIC))
    document = program("plan", "--json").ends(0).document
    function = document["functions"][0]
    assert (function["decision"], function["target"], function["method"]) == ("rebind", "vfio-pci", "new_id")
    assert (function["policy"], function["driver"], function["id"]) == ("nic", "e1000e", "8086:10d3")
    assert steps(function) == [
        ("register_id", "/sys/bus/pci/drivers/vfio-pci/new_id", "8086 10d3"),
        ("unbind", "/sys/bus/pci/drivers/e1000e/unbind", card),
        ("bind", "/sys/bus/pci/drivers/vfio-pci/bind", card),
    ]
    assert document["registrations"] == [
        {"id": "8086:10d3", "driver": "vfio-pci", "policy": "nic", "present": True},
    ]
    assert document["predicted"] == {card: "vfio-pci"}
    assert document["complete"] is True


@pytest.mark.parametrize("match", [
    'id = "8086:*"', 'class = "0200"', 'address = "0000:04:00.0"', 'id = "8086:10d3", driver = "e1000e"',
    'address = "0000:04:*"', 'subsystem = "1af4:1100"', 'function = "physical"', 'driver = "e1000e"',
])
def test_everything_else_takes_driver_override(root, program, card, match):
    root.add_policy(policy("nic", match))
    document = program("plan", "--json").ends(0).document
    function = document["functions"][0]
    assert function["method"] == "driver_override"
    assert steps(function) == [
        ("set_override", f"/sys/bus/pci/devices/{card}/driver_override", "vfio-pci"),
        ("unbind", "/sys/bus/pci/drivers/e1000e/unbind", card),
        ("bind", "/sys/bus/pci/drivers/vfio-pci/bind", card),
    ]
    assert document["registrations"] == []
    assert "driver_override" in function["reason"]


def test_an_exception_makes_it_driver_override(root, program, card):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC, **{"except": '{ address = "0000:05:00.0" }'}))
    assert program("plan", "--json").document["functions"][0]["method"] == "driver_override"


def test_the_reason_names_the_bystander_that_keeps_it_from_new_id(root, program, card):
    root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    root.add_policy(policy("stay", 'address = "0000:05:00.0"', action='"ignore"') + policy("nic", NIC))
    functions = program("plan", "--json").ends(0).functions
    assert functions[card]["method"] == "driver_override"
    assert "0000:05:00.0" in functions[card]["reason"]
    assert functions["0000:05:00.0"]["decision"] == "ignored"


def test_a_forced_new_id_with_a_bystander_is_refused_by_siblings(root, program, card):
    root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    root.add_policy(
        policy("stay", 'address = "0000:05:00.0"', action='"ignore"') + policy("nic", NIC, method='"new_id"'))
    function = program("plan", "--json").ends(2).functions[card]
    guard = next(guard for guard in function["guards"] if guard["guard"] == "siblings")
    assert guard["verdict"] == "busy" and "0000:05:00.0" in guard["evidence"][0]


def test_a_forced_new_id_names_what_it_would_take_besides(root, program, card):
    root.add_function("0000:05:00.0", "8086:10d3", group=8)
    root.add_policy(policy("nic", 'id = "8086:10d3", address = "0000:04:00.0"', method='"new_id"'))
    document = program("plan", "--json").ends(0).document
    function = next(each for each in document["functions"] if each["address"] == card)
    assert any("0000:05:00.0" in warning for warning in function["warnings"])
    assert document["predicted"] == {card: "vfio-pci", "0000:05:00.0": "vfio-pci"}


def test_one_id_is_registered_by_the_first_function_that_needs_it(root, program, card):
    root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    root.add_policy(policy("nic", NIC))
    functions = program("plan", "--json").functions
    assert [step["op"] for step in functions[card]["steps"]] == ["register_id", "unbind", "bind"]
    assert [step["op"] for step in functions["0000:05:00.0"]["steps"]] == ["unbind", "bind"]


def test_ids_are_registered_even_if_no_such_card_is_present(root, program):
    root.add_policy(policy("later", 'id = ["1234:5678", "1234:5679"]'))
    result = program("plan", "--json").ends(0)
    assert [(each["id"], each["present"]) for each in result.document["registrations"]] == [
        ("1234:5678", False), ("1234:5679", False),
    ]
    assert result.document["functions"] == []
    assert "1234:5678" in program("plan").out


def test_loads_a_module_that_is_not_registered(tmp_path):
    root = MadeUpRoot(tmp_path / "other")
    root.add_module("vfio-pci")
    root.add_function("0000:04:00.0", driver="e1000e", group=7)
    root.add_policy(policy("nic", NIC))
    function = Program(root)("plan", "--json").ends(0).document["functions"][0]
    assert steps(function)[0] == ("load_module", None, "vfio_pci")


def test_an_override_for_another_driver_is_cleared_for_new_id(root, program):
    root.add_function("0000:04:00.0", driver="e1000e", group=7, override="e1000e")
    root.add_policy(policy("nic", NIC))
    function = program("plan", "--json").document["functions"][0]
    assert ("clear_override", "/sys/bus/pci/devices/0000:04:00.0/driver_override", "") in steps(function)


def test_the_first_policy_that_matches_decides(root, program, card):
    root.add_policy(policy("first", 'class = "02"', action='"ignore"') + policy("second", NIC))
    function = program("plan", "--json").functions[card]
    assert (function["policy"], function["decision"]) == ("first", "ignored")


def test_target_and_method_are_null_unless_it_is_rebound(root, program, card):
    root.add_policy(policy("stay", NIC, action='"ignore"'))
    function = program("plan", "--json").functions[card]
    assert function["target"] is None and function["method"] is None and function["steps"] == []


def test_a_function_on_its_driver_is_already_there(root, program, card):
    root.drive(card, "vfio-pci")
    root.add_policy(policy("nic", 'address = "0000:04:00.0"'))
    result = program("plan", "--json", "--detailed-exitcode").ends(0)
    function = result.functions[card]
    assert (function["decision"], function["target"]) == ("already", "vfio-pci")
    assert function["method"] in ("new_id", "driver_override")
    assert result.document["predicted"] == {}


def test_functions_without_a_policy_are_listed_only_when_asked_for(root, program, card):
    root.add_function("0000:05:00.0")
    assert program("plan", "--json").functions == {}
    assert set(program("plan", "--json", "--all").functions) == {card, "0000:05:00.0"}
    named = program("plan", "--json", card).functions
    assert {address: function["decision"] for address, function in named.items()} == {card: "unmatched"}


def test_naming_a_function_plans_for_its_group(root, program):
    root.add_function("0000:01:00.0", "10de:2204", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", driver="snd_hda_intel", group=1)
    root.add_function("0000:04:00.0", driver="e1000e", group=7)
    root.add_policy(policy("gpu", 'id = ["10de:2204", "10de:1aef"]') + policy("nic", NIC))
    functions = program("plan", "--json", "01:00.0").ends(0).functions
    assert set(functions) == {"0000:01:00.0", "0000:01:00.1"}


def test_mates_of_a_whole_group_are_listed_under_the_policy_that_takes_them(root, program):
    root.add_function("0000:01:00.0", "10de:2204", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", driver="snd_hda_intel", group=1)
    root.add_policy(policy("gpu", 'id = "10de:2204"', group='"whole"'))
    document = program("plan", "--json").ends(0).document
    mate = next(each for each in document["functions"] if each["address"] == "0000:01:00.1")
    assert (mate["policy"], mate["decision"], mate["target"]) == ("gpu", "rebind", "vfio-pci")
    assert document["predicted"] == {"0000:01:00.0": "vfio-pci", "0000:01:00.1": "vfio-pci"}


def test_an_ignored_mate_refuses_the_whole_group(root, program):
    root.add_function("0000:01:00.0", "10de:2204", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", driver="snd_hda_intel", group=1)
    root.add_policy(
        policy("sound", 'id = "10de:1aef"', action='"ignore"') + policy("gpu", 'id = "10de:2204"', group='"whole"'))
    functions = program("plan", "--json").ends(2).functions
    assert functions["0000:01:00.0"]["decision"] == "refused"
    assert functions["0000:01:00.1"]["decision"] == "ignored"


def test_the_text_says_why_and_what_would_be_written(root, program, card):
    root.add_policy(policy("nic", NIC))
    text = program("plan").ends(0).out
    for part in (
        card, "e1000e → vfio-pci", "policy nic", "8086 10d3 > /sys/bus/pci/drivers/vfio-pci/new_id",
        f"{card} > /sys/bus/pci/drivers/e1000e/unbind", "Drivers afterwards",
    ):
        assert part in text, part


def test_the_text_of_a_refusal_says_what_to_do(root, program):
    root.add_function("0000:01:00.0", "10de:2204", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", driver="snd_hda_intel", group=1)
    root.add_policy(policy("gpu", 'id = "10de:2204"'))
    text = program("plan").ends(2).out
    assert "0000:01:00.1 stays with snd_hda_intel" in text
    assert 'group = "whole"' in text


def test_nothing_to_do_is_said(program, card):  # pylint: disable=unused-argument
    assert "nothing to do" in program("plan").ends(0).out


def test_a_machine_without_functions_is_said(program):
    assert program("plan").ends(0).out == "No PCI functions here.\n"


def test_plan_and_apply_dry_run_print_the_same(root, program, card):
    root.add_policy(policy("nic", NIC))
    for words in ((), ("--json",), (card,), ("--json", card)):
        planned, dry = program("plan", *words), program("apply", "--dry-run", *words)
        assert (planned.out, planned.status) == (dry.out, dry.status)


@pytest.fixture(name="contested")
def contested_function(root, card):
    """The card, which something took back again and again."""
    instance = root.at(root.device(card)).stat().st_ino
    root.write(f"run/vfio-rebind/rounds/{card}", f"{instance} contested 10 20 30\n")
    return card


def test_what_is_contested_is_left_alone_until_it_is_named(root, program, contested, tmp_path):
    root.add_policy(policy("nic", NIC))
    planned = program("plan", "--json").ends(0)
    function = planned.functions[contested]
    assert (function["decision"], function["steps"], function["target"]) == ("contested", [], None)
    assert planned.document["predicted"] == {} and f"`vfio-rebind apply {contested}`" in function["reason"]
    assert program("plan", "--detailed-exitcode").status == 3
    assert program("plan", "--json", contested).ends(0).functions[contested]["decision"] == "rebind"
    program("snapshot", "--output", tmp_path / "host.json").ends(0)
    root.at(f"run/vfio-rebind/rounds/{contested}").unlink()
    assert program("plan", "--json").ends(0).functions[contested]["decision"] == "rebind"
    offline = program("plan", "--json", "--snapshot", tmp_path / "host.json").ends(0)
    assert offline.functions[contested] == function


def test_apply_leaves_alone_what_the_plan_calls_contested(root, program, contested):
    root.add_policy(policy("nic", NIC, method='"driver_override"'))
    result = program("apply", "--json").ends(0)
    assert result.functions[contested]["outcome"] == "contested" and result.functions[contested]["steps"] == []
    assert "its driver is e1000e" in result.functions[contested]["error"]
    assert result.document["changed"] is False and root.driver(contested) == "e1000e"


def test_rounds_within_a_minute_make_it_contested(root, program, card):
    root.add_policy(policy("nic", NIC))
    instance = root.at(root.device(card)).stat().st_ino
    now = int(time.clock_gettime(time.CLOCK_MONOTONIC))
    for times, decision in (([0, 0, 0], "contested"), ([0, 0], "rebind"), ([0, 0, 70], "rebind")):
        text = " ".join(str(now - ago) for ago in times)
        root.write(f"run/vfio-rebind/rounds/{card}", f"{instance} counting {text}\n")
        assert program("plan", "--json").ends(0).functions[card]["decision"] == decision


def test_a_contested_function_keeps_its_group(root, program, contested):
    other = root.add_function("0000:04:00.1", "8086:10d4", driver="e1000e", group=7)
    root.add_policy(policy("nics", 'id = ["8086:10d3", "8086:10d4"]'))
    function = program("plan", "--json").ends(2).functions[other]
    assert function["reason"] == f"group: in IOMMU group 7, {contested} stays with e1000e: it is contested"
