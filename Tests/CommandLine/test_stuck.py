"""What is planned while the driver of another function does not let go: no id, whose write would wait for it."""

import os

import pytest

from made_up_root import policy

STUCK = "0000:05:00.0"


@pytest.fixture(name="stuck")
def stuck_function(root):
    """A function whose worker, which is this test, does not come back."""
    root.add_function(STUCK, "15b3:1003", driver="mlx4_core", group=8)
    with open("/proc/self/stat", encoding="ascii") as stat:
        start = stat.read().rpartition(")")[2].split()[19]
    root.write(f"run/vfio-rebind/stuck/{STUCK}", f"{os.getpid()} {start} unbind is blocked in the kernel\n")
    return STUCK


@pytest.mark.parametrize("more", [{}, {"method": '"new_id"'}], ids=["auto", "forced"])
def test_driver_override_stands_in_for_new_id(root, program, card, stuck, more):
    root.add_policy(policy("nic", 'id = "8086:10d3"', **more))
    document = program("plan", "--json").ends(0).document
    (function,) = document["functions"]
    assert function["method"] == "driver_override" and document["registrations"] == []
    assert function["reason"] == (
        f"driver_override: {stuck} is stuck, and new_id would wait for it; 8086:10d3 is registered once nothing is stuck"
    )
    assert [step["op"] for step in function["steps"]] == ["set_override", "unbind", "bind"]
    assert document["predicted"] == {card: "vfio-pci"}
    assert "8086:10d3  register with vfio-pci once nothing is stuck (policy nic)" in program("plan").out
    root.at(f"run/vfio-rebind/stuck/{stuck}").unlink()
    assert program("plan", "--json").ends(0).functions[card]["method"] == "new_id"


def test_ids_of_absent_cards_are_put_off(root, program, stuck):
    assert stuck
    root.add_policy(policy("absent", 'id = "8086:1572"'))
    result = program("apply", "--json").ends(0)
    assert [(each["id"], each["result"]) for each in result.document["registrations"]] == [("8086:1572", "EAGAIN")]
    assert not result.document["changed"] and root.text("sys/bus/pci/drivers/vfio-pci/new_id") == ""
    assert "not registered yet: a function is stuck" in program("apply").out
    assert program("plan", "--detailed-exitcode").ends(0)


def test_what_is_stuck_is_planned_as_stuck_and_left_alone(root, program, stuck):
    root.add_policy(policy("roce", 'id = "15b3:1003"', method='"driver_override"'))
    before = root.fingerprint()
    planned = program("plan", "--json").ends(0)
    function = planned.functions[stuck]
    assert (function["decision"], function["reason"]) == ("stuck", "unbind is blocked in the kernel")
    assert (function["steps"], function["target"], planned.document["predicted"]) == ([], None, {})
    assert "stuck" in program("plan").out and program("plan", "--detailed-exitcode").status == 3
    result = program("apply", "--json", stuck).ends(1)
    assert (result.functions[stuck]["outcome"], result.functions[stuck]["error"]) == ("stuck", function["reason"])
    assert result.document["changed"] is False
    assert root.fingerprint() == before


def test_a_stuck_function_keeps_its_group(root, program, stuck):
    other = root.add_function("0000:05:00.1", "15b3:1004", driver="mlx4_core", group=8)
    root.add_policy(policy("roce", 'id = ["15b3:1003", "15b3:1004"]'))
    function = program("plan", "--json").ends(2).functions[other]
    assert function["reason"] == f"group: in IOMMU group 8, {stuck} stays with mlx4_core: it is stuck"


def test_a_snapshot_keeps_it(root, program, card, stuck, tmp_path):
    assert stuck
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    program("snapshot", "--output", tmp_path / "host.json").ends(0)
    root.at(f"run/vfio-rebind/stuck/{stuck}").unlink()
    function = program("plan", "--json", "--snapshot", tmp_path / "host.json").ends(0).functions[card]
    assert function["method"] == "driver_override"
