"""`access`: who may open the nodes of VFIO."""

import os
import stat

import pytest

from made_up_root import policy

NIC = 'address = "0000:04:00.0"'
ACCESS = '{ user = "guest", group = "33", mode = "0660" }'


@pytest.fixture(autouse=True)
def accounts(root, card):  # pylint: disable=unused-argument
    """A user and a group that this machine need not have, and the node of the card's group."""
    root.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nguest:x:4711:4712::/:/bin/false\n")
    root.write("/etc/group", "root:x:0:\nguests:x:4713:guest\n")
    root.write("/dev/vfio/7", "", 0o600)
    root.write("/dev/vfio/8", "", 0o600)
    root.write("/dev/vfio/devices/vfio0", "", 0o600)


def access(root, node):
    """Owner, group and mode of a node."""
    status = os.stat(root.at(node))
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


def test_apply_sets_owner_group_and_mode_of_both_nodes(root, program, card, kernel):
    root.add_policy(policy("nic", NIC, access=ACCESS))
    done = program("apply", "--json", before=kernel.before).ends(0).functions[card]
    assert (done["outcome"], done["error"]) == ("rebound", None)
    assert access(root, "/dev/vfio/7") == access(root, "/dev/vfio/devices/vfio0") == (4711, 33, 0o660)
    assert access(root, "/dev/vfio/8") == (0, 0, 0o600)


@pytest.mark.parametrize("text, wanted", [
    ('{ group = "guests" }', (0, 4713, 0o600)), ('{ user = "guest" }', (4711, 0, 0o600)),
    ('{ mode = "640" }', (0, 0, 0o640)), ('{ user = "1", group = "2", mode = "0600" }', (1, 2, 0o600)),
])
def test_what_is_not_named_stays(root, program, card, text, wanted):
    root.drive(card, "vfio-pci")
    root.add_policy(policy("nic", NIC, access=text))
    assert program("apply", "--json").ends(0).functions[card]["outcome"] == "already"
    assert access(root, "/dev/vfio/7") == wanted


def test_an_unknown_name_is_an_error_of_the_policy(root, program):
    root.add_policy(policy("nic", NIC, access='{ user = "nobody-here", group = "nor-here" }'))
    result = program("plan").ends(65)
    assert 'nic: access.user: "nobody-here": /etc/passwd has no such user' in result.err
    assert 'nic: access.group: "nor-here": /etc/group has no such group' in result.err


def test_a_name_that_cannot_be_looked_up_is_told_when_it_is_needed(root, program, card):
    root.at("/etc/passwd").unlink()
    root.drive(card, "vfio-pci")
    root.add_policy(policy("nic", NIC, access='{ user = "guest" }'))
    program("plan").ends(0)
    assert "guest" in program("apply", "--json").functions[card]["error"]
    assert access(root, "/dev/vfio/7") == (0, 0, 0o600)


@pytest.mark.parametrize("environment", [
    {"SUBSYSTEM": "vfio", "DEVPATH": "/devices/virtual/vfio/7"},
    {"SUBSYSTEM": "vfio-dev", "DEVPATH": "/devices/pci0000:00/0000:04:00.0/vfio-dev/vfio0"},
])
def test_the_event_of_a_node_sets_it_again(root, program, card, environment):
    root.drive(card, "vfio-pci")
    root.show_vfio_device(card, 7)
    root.add_policy(policy("nic", NIC, access=ACCESS))
    program("handle", environment={"ACTION": "add", "SEQNUM": "1", **environment}).ends(0)
    assert access(root, "/dev/vfio/7") == access(root, "/dev/vfio/devices/vfio0") == (4711, 33, 0o660)


@pytest.mark.parametrize("path", [
    "/devices/virtual/vfio/8", "/devices/virtual/vfio/../7", "/devices/virtual/vfio/x", "", "/", "7/7/7" * 10000,
])
def test_the_event_of_another_node_changes_nothing(root, program, card, path):
    root.drive(card, "vfio-pci")
    root.add_policy(policy("nic", NIC, access=ACCESS))
    environment = {"ACTION": "add", "SEQNUM": "1", "SUBSYSTEM": "vfio", "DEVPATH": path}
    program("handle", environment=environment)
    wanted = (4711, 33, 0o660) if path.endswith("/7") else (0, 0, 0o600)
    assert access(root, "/dev/vfio/7") == wanted
    assert access(root, "/dev/vfio/8") == (0, 0, 0o600)


def test_a_node_of_a_function_that_the_host_has_is_left_alone(root, program, card):
    root.add_policy(policy("nic", NIC, access=ACCESS))
    environment = {"ACTION": "add", "SEQNUM": "1", "SUBSYSTEM": "vfio", "DEVPATH": "/devices/virtual/vfio/7"}
    program("handle", environment=environment).ends(0)
    assert access(root, "/dev/vfio/7") == (0, 0, 0o600)
    assert root.driver(card) == "e1000e"


def test_a_link_in_place_of_a_node_is_not_followed(root, program, card):
    root.write("/etc/shadow", "", 0o600)
    root.link("/dev/vfio/7", "../../etc/shadow")
    root.drive(card, "vfio-pci")
    root.add_policy(policy("nic", NIC, access=ACCESS))
    program("apply")
    assert access(root, "/etc/shadow") == (0, 0, 0o600)
