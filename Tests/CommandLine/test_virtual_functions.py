"""VFs that are still to come: `sriov_drivers_autoprobe` of their PF, where policies take all of them."""

import pytest

from made_up_root import policy
from pretend_kernel import PretendKernel

PARENT = "0000:03:00.0"
CHILD = "0000:03:10.0"
VIRTUAL = f'function = "virtual", physical_function = "{PARENT}"'
ADD = {"ACTION": "add", "DEVPATH": f"/devices/pci0000:00/{PARENT}", "SUBSYSTEM": "pci", "SEQNUM": "1"}
IDS = {"PCI_ID": "8086:1572", "PCI_CLASS": "20000", "PCI_SUBSYS_ID": "1AF4:1100"}


@pytest.fixture(autouse=True)
def parent(root):
    """A PF that may have VFs and has none."""
    root.add_function(PARENT, "8086:1572", driver="i40e", group=3)
    device = root.device(PARENT)
    root.write(f"{device}/sriov_totalvfs", "4\n")
    root.write(f"{device}/sriov_vf_device", "154c\n")
    root.write(f"{device}/sriov_drivers_autoprobe", "1\n")
    return PARENT


def autoprobe(root):
    """What the PF lets drivers do."""
    return root.text(f"{root.device(PARENT)}/sriov_drivers_autoprobe").strip()


@pytest.mark.parametrize("text", [
    policy("all", VIRTUAL),
    policy("all", 'function = "virtual", id = "8086:154c"'),
    policy("all", 'function = "virtual", class = "02"'),
    policy("all", 'physical_function = "0000:03:*"'),
    policy("others", 'function = "virtual", id = "15b3:1004"', action='"ignore"') + policy("all", VIRTUAL),
    policy("parents", 'function = "physical"', action='"ignore"') + policy("all", VIRTUAL),
    policy("all", VIRTUAL, **{"except": '{ id = "15b3:1004" }'}),
    policy("all", VIRTUAL, driver='"auto"'),
])
def test_apply_keeps_drivers_away_where_every_one_is_taken(root, program, text):
    root.add_policy(text)
    root.write("/lib/modules/6.12.0-made-up/modules.alias", "")
    result = program("apply").ends(0)
    assert autoprobe(root) == "0"
    assert f"{PARENT}: sriov_drivers_autoprobe set to 0: " in result.err
    assert root.driver(PARENT) == "i40e"
    assert program("apply").ends(0).err == ""


@pytest.mark.parametrize("text", [
    policy("some", VIRTUAL + ', address = "0000:03:10.*"'),
    policy("some", VIRTUAL, **{"except": '{ address = "0000:03:10.0" }'}),
    policy("kept", f'physical_function = "{PARENT}", numa_node = 0', action='"ignore"') + policy("all", VIRTUAL),
    policy("kept", 'id = "8086:154c"', action='"ignore"') + policy("all", VIRTUAL),
    policy("other", 'function = "virtual", physical_function = "0000:04:00.0"'),
    policy("other", 'function = "virtual", id = "8086:1572"'),
    policy("host", VIRTUAL, driver='"iavf"'),
    policy("parents", 'id = "8086:154c"'),
])
def test_apply_leaves_it_where_any_could_go_another_way(root, program, text):
    root.add_policy(text)
    program("apply")
    assert autoprobe(root) == "1"


@pytest.mark.parametrize("name", ["by address", "by id"])
def test_the_rule_does_so_when_the_pf_appears(root, program, name):
    match = VIRTUAL if name == "by address" else 'function = "virtual", id = "8086:154c"'
    root.add_policy(policy("all", match))
    # The first event writes the index of policies, by which the second is judged at first look.
    program("handle", environment={**ADD, **IDS}).ends(0)
    assert autoprobe(root) == "0"
    root.write(f"{root.device(PARENT)}/sriov_drivers_autoprobe", "1\n")
    program("handle", environment={**ADD, **IDS}).ends(0)
    assert autoprobe(root) == "0"


def test_plan_writes_nothing(root, program):
    root.add_policy(policy("all", VIRTUAL))
    before = root.fingerprint()
    program("plan").ends(0)
    program("apply", "--dry-run").ends(0)
    assert root.fingerprint() == before


def test_it_comes_back_when_the_policy_goes(root, program):
    name = root.add_policy(policy("all", VIRTUAL))
    program("apply").ends(0)
    root.at(name).unlink()
    assert "sriov_drivers_autoprobe set to 1: new VFs are bound to host drivers again" in program("apply").ends(0).err
    assert autoprobe(root) == "1"
    assert program("apply").ends(0).err == ""


def test_it_comes_back_with_the_last_function_that_is_released(root, program, strace):
    assert strace
    root.add_policy(policy("all", VIRTUAL))
    program("apply").ends(0)
    children = [CHILD, "0000:03:10.1"]
    for number, child in enumerate(children):
        root.add_function(child, "8086:154c", group=10 + number, physical_function=PARENT)
    with PretendKernel(root) as kernel:
        done = program("apply", "--json", before=kernel.before).ends(0).functions
        assert {done[child]["outcome"] for child in children} == {"rebound"}
        for child, left in zip(children, ("0", "1")):
            program("release", child, before=kernel.before).ends(0)
            assert autoprobe(root) == left


def test_release_of_all_gives_it_back(root, program):
    root.add_policy(policy("all", VIRTUAL))
    program("apply").ends(0)
    program("release", "--all").ends(0)
    assert autoprobe(root) == "1"


def test_what_an_administrator_switched_off_stays_off(root, program):
    root.write(f"{root.device(PARENT)}/sriov_drivers_autoprobe", "0\n")
    name = root.add_policy(policy("all", VIRTUAL))
    program("apply").ends(0)
    root.at(name).unlink()
    program("apply").ends(0)
    program("release", "--all").ends(0)
    assert autoprobe(root) == "0"


def test_ids_count_for_nothing_there_so_an_override_is_taken(root, program):
    root.add_function(CHILD, "8086:154c", group=10, physical_function=PARENT)
    root.add_policy(policy("all", 'id = "8086:154c"'))
    assert program("plan", "--json").functions[CHILD]["method"] == "new_id"
    root.write(f"{root.device(PARENT)}/sriov_drivers_autoprobe", "0\n")
    function = program("plan", "--json").functions[CHILD]
    assert (function["method"], [step["op"] for step in function["steps"]]) == (
        "driver_override", ["set_override", "bind"])
    assert "autoprobe" in function["reason"]


def test_the_setting_of_a_pf_that_was_unplugged_is_nobodys(root, program):
    root.add_policy(policy("all", VIRTUAL))
    program("apply").ends(0)
    root.unplug(PARENT)
    root.add_function(PARENT, "8086:1572", driver="i40e", group=3)
    root.write(f"{root.device(PARENT)}/sriov_drivers_autoprobe", "0\n")
    program("release", "--all").ends(0)
    assert autoprobe(root) == "0"


def test_a_virtual_function_with_a_driver_goes_back_to_it(root, program, kernel):
    """While the PF keeps drivers away, only an override lets its native driver have it again."""
    root.add_function(CHILD, "8086:154c", driver="iavf", group=4, physical_function=PARENT)
    root.add_driver("iavf")
    root.add_policy(policy("all", VIRTUAL))
    program("apply", before=kernel.before).ends(0)
    assert (root.driver(CHILD), autoprobe(root)) == ("vfio-pci", "0")
    function = program("release", "--json", CHILD, before=kernel.before).ends(0).functions[CHILD]
    assert [(step["op"], step["value"]) for step in function["steps"]] == [
        ("unbind", CHILD), ("set_override", "iavf"), ("bind", CHILD), ("clear_override", ""),
    ]
    assert (root.driver(CHILD), autoprobe(root)) == ("iavf", "1")
