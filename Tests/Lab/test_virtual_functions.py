"""VFs of a true PF, and a group whose members come one at a time."""

import itertools
import json
import os

from steps import outcomes, program, wait_driver

VIRTUAL = '[[policy]]\nname = "virtual"\nmatch = { function = "virtual", physical_function = "%s" }\n'


def virtual_functions(machine, parent):
    """The addresses of the VFs that are there."""
    text = machine.run(f"for f in /sys/bus/pci/devices/{parent}/virtfn*; do readlink $f; done", check=False).stdout
    return [line.rsplit("/", 1)[-1] for line in text.split()]


def autoprobe(machine, parent):
    """What the PF lets drivers do."""
    return machine.read(f"/sys/bus/pci/devices/{parent}/sriov_drivers_autoprobe").strip()


def enable(machine, parent, count):
    """Makes VFs."""
    machine.write(f"/sys/bus/pci/devices/{parent}/sriov_numvfs", f"{count}\n")
    machine.wait_for(lambda: len(virtual_functions(machine, parent)) == count, what=f"{count} virtual functions")
    return virtual_functions(machine, parent)


def test_virtual_functions_go_to_vfio_pci_and_never_see_their_native_driver(machine):
    machine.install()
    parent = machine.plug_disk("pool", vfs=4)
    wait_driver(machine, parent, "nvme")
    machine.policy(VIRTUAL % parent)
    program(machine, "apply")
    assert autoprobe(machine, parent) == "0"
    mark = machine.mark()
    children = enable(machine, parent, 4)
    for child in children:
        wait_driver(machine, child, "vfio-pci")
    bound = [event["DRIVER"] for event in machine.uevents(since=mark, ACTION="bind", SUBSYSTEM="pci")]
    assert bound == ["vfio-pci"] * 4
    assert machine.driver_of(parent) == "nvme"
    # The last VF that is given back takes the setting with it.
    program(machine, "release", *children[:3])
    assert autoprobe(machine, parent) == "0"
    program(machine, "release", children[3])
    assert autoprobe(machine, parent) == "1"


def test_the_rule_alone_prepares_a_pf_that_is_plugged_in(machine):
    machine.install()
    machine.policy('[[policy]]\nname = "virtual"\nmatch = { function = "virtual", id = "1b36:0010" }\n')
    parent = machine.plug_disk("pool", vfs=4)
    machine.wait_for(lambda: autoprobe(machine, parent) == "0", what="the rule keeps drivers away")
    wait_driver(machine, parent, "nvme")
    for child in enable(machine, parent, 2):
        wait_driver(machine, child, "vfio-pci")
    # Without a policy the PF is as it was, as soon as no VF needs it.
    machine.run("rm /etc/vfio-rebind/policy.d/*")
    program(machine, "release", "--all")
    assert autoprobe(machine, parent) == "1"


ORDERS = list(itertools.permutations((0, 1, 2)))
CHOSEN = ORDERS if int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10 else ORDERS[::3]


def test_members_of_a_group_that_come_one_at_a_time(machine):
    """Three stand-in cards that share an IOMMU group, plugged in in several orders; with --full in all of them."""
    machine.install()
    machine.policy('[[policy]]\nname = "whole"\nmatch = { id = "15b3:1003", address = "0001:*" }\ngroup = "whole"\n')
    machine.knob("mlx4_core")
    cards = [f"0001:00:{number:02x}.0" for number in range(3)]
    for order in CHOSEN:
        for number in order:
            machine.bridge(f"add {cards[number]} 15b3:1003 group=1")
            machine.settle()
        for card in cards:
            wait_driver(machine, card, "vfio-pci")
        assert len({machine.group_of(card) for card in cards}) == 1
        assert set(outcomes(program(machine, "apply")).values()) == {"already"}
        machine.bridge("clear")
        machine.settle()
    print(f"{len(CHOSEN)} of 6 orders in which the members of a group came")


def test_a_policy_by_serial_number(machine):
    machine.install(rules=False)
    machine.bridge("add 0001:00:00.0 15b3:1003 serial=1", "add 0001:00:01.0 15b3:1003 serial=2")
    machine.policy('[[policy]]\nname = "one"\nmatch = { serial = "00-00-00-00-00-00-00-02" }\n')
    assert outcomes(program(machine, "apply")) == {"0001:00:01.0": "rebound"}


def settings(machine, interface):
    """MAC address and VLAN of the VFs, as ip(8) shows what the interface of their PF keeps."""
    (link,) = json.loads(machine.run(["ip", "-j", "link", "show", interface]).stdout)
    vlans = lambda each: [(vlan["vlan"], vlan.get("qos", 0)) for vlan in each.get("vlan_list", []) if vlan.get("vlan")]
    return {each["vf"]: (each["address"], vlans(each)) for each in link["vfinfo_list"]}


def test_mac_address_and_vlan_survive_rebind_and_release(machine):
    """A PF that forgets them whenever a driver lets a VF go, as some do."""
    machine.install(rules=False)
    parent = machine.plug_disk("pool", vfs=4)
    wait_driver(machine, parent, "nvme")
    # QEMU's VFs have no resources that nvme could begin with, and its try may hang; a driver without ids is told of theirs.
    machine.write(f"/sys/bus/pci/devices/{parent}/sriov_drivers_autoprobe", "0")
    children = enable(machine, parent, 2)
    machine.write(f"/sys/bus/pci/devices/{parent}/sriov_drivers_autoprobe", "1")
    machine.run(["modprobe", "standin_c"])
    machine.write("/sys/bus/pci/drivers/standin_c/new_id", "1b36 0010")
    for child in children:
        wait_driver(machine, child, "standin_c")
    machine.run(["modprobe", "standin_net", f"parent={parent}"])
    machine.settle()  # udev gives the interface its name
    (interface,) = machine.interfaces_of(parent)
    forgotten = settings(machine, interface)
    for number in range(2):
        machine.run(["ip", "link", "set", interface, "vf", str(number), "mac", f"02:00:00:00:00:0{number}"])
        machine.run(["ip", "link", "set", interface, "vf", str(number), "vlan", str(5 + number), "qos", "3"])
    wanted = settings(machine, interface)
    assert wanted == {number: (f"02:00:00:00:00:0{number}", [(5 + number, 3)]) for number in range(2)}
    # By hand they are lost: that is what the rest is about.
    machine.write(f"/sys/bus/pci/devices/{children[0]}/driver/unbind", children[0])
    assert settings(machine, interface)[0] == forgotten[0]
    machine.run(["ip", "link", "set", interface, "vf", "0", "mac", "02:00:00:00:00:00", "vlan", "5", "qos", "3"])
    machine.write("/sys/bus/pci/drivers/standin_c/bind", children[0])
    machine.policy(VIRTUAL % parent)
    assert set(outcomes(program(machine, "apply")).values()) == {"rebound"}
    assert settings(machine, interface) == wanted
    # A guest's own settings do not outlive it.
    machine.run(["ip", "link", "set", interface, "vf", "1", "mac", "02:00:00:00:00:77", "vlan", "77"])
    assert set(outcomes(program(machine, "release", "--all")).values()) == {"released"}
    assert [machine.driver_of(child) for child in children] == ["standin_c"] * 2
    assert settings(machine, interface) == wanted
    # What the PF does not take is said, and the rest is done.
    machine.write("/sys/module/standin_net/parameters/refuses", "1")
    (function,) = program(machine, "apply", children[0])["functions"]
    assert function["outcome"] == "rebound" and "EOPNOTSUPP" in function["error"]
