"""`handle`: one uevent, from udev's environment or from the command line."""

import pytest

from made_up_root import policy

NIC = 'address = "0000:04:00.0"'
PATH = "/devices/pci0000:00/0000:04:00.0"


def event(action="add", path=PATH, subsystem="pci", **more):
    """udev's environment."""
    return {"ACTION": action, "DEVPATH": path, "SUBSYSTEM": subsystem, **more}


def udev(action="add", path=PATH, subsystem="pci", **more):
    """The same as udevd gives it, with the number of the event."""
    return event(action, path, subsystem, SEQNUM="4711", **more)


@pytest.fixture(autouse=True)
def nic(root, card):
    """The card and a policy for it."""
    root.add_policy(policy("nic", NIC))
    return card


def begun(root):
    """Whether the card's driver was asked to let go."""
    return root.text("sys/bus/pci/drivers/e1000e/unbind") != ""


@pytest.mark.parametrize("action", ["add", "bind", "change"])
def test_an_event_of_the_command_line_is_worked_on(root, program, nic, action):
    result = program("handle", "--json", "--action", action, "--devpath", PATH).ends(1)
    assert result.functions[nic]["outcome"] == "failed"
    assert begun(root)


@pytest.mark.parametrize("action", ["add", "bind", "change"])
def test_an_event_of_the_environment_is_worked_on(root, program, action):
    program("handle", environment=event(action)).ends(1)
    assert begun(root)


@pytest.mark.parametrize("action", ["remove", "unbind", "move", "online", "offline", "nonsense"])
def test_other_actions_change_nothing(root, program, action):
    before = root.fingerprint()
    for environment in (event(action), udev(action)):
        program("handle", environment=environment).ends(0)
    assert root.fingerprint() == before


def test_a_success_is_rebound(root, program, nic, kernel):
    document = program("handle", "--json", environment=udev(), before=kernel.before).ends(0).document
    assert document["changed"] is True and document["schema"] == "vfio-rebind.handle/1"
    assert document["functions"][0]["outcome"] == "rebound"
    assert root.driver(nic) == "vfio-pci"


def test_what_is_there_already_changes_nothing(root, program, nic):
    root.drive(nic, "vfio-pci")
    program("handle", environment=udev("bind")).ends(0)
    program("handle", environment=event("bind")).ends(0)


def test_recovery_from_an_error_is_passed_over(root, program):
    before = root.fingerprint()
    for error in ("BEGIN_RECOVERY", "SUCCESSFUL_RECOVERY", "FAILED_RECOVERY"):
        for made in (event, udev):
            program("handle", environment=made("change", ERROR_EVENT=error)).ends(0)
    assert root.fingerprint() == before


@pytest.mark.parametrize("subsystem", ["net", "pci_bus", "pci_express", "usb", ""])
def test_other_subsystems_are_passed_over_under_udev(root, program, subsystem):
    before = root.fingerprint()
    program("handle", environment=udev(subsystem=subsystem)).ends(0)
    assert root.fingerprint() == before


BAD_PATHS = [
    "/devices/pci0000:00/../0000:04:00.0", "/devices/../../../../0000:04:00.0", "/devices/./0000:04:00.0",
    "//devices/0000:04:00.0", "devices/0000:04:00.0", "/devices/pci0000:00/0000:04:00.0/",
    "/devices/pci0000:00/04:00.0",
    "/devices/pci0000:00/0000:04:00.0/net/eth0", "/devices/pci0000:00/0000:04:00.0\nACTION=add", "/", "..",
    "/devices/pci0000:00/0000:04:00.8", "/devices/" + "x" * 5000 + "/0000:04:00.0", "/devices/pci0000:00/0000:4:0.0",
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_no_kernel_gives_is_refused(root, program, path):
    before = root.fingerprint()
    program("handle", "--action", "add", "--devpath", path).ends(64)
    program("handle", environment=event(path=path)).ends(64)
    program("handle", environment=udev(path=path)).ends(0)
    assert root.fingerprint() == before


def test_an_event_without_its_parts_is_refused(root, program):
    before = root.fingerprint()
    for missing in ("ACTION", "DEVPATH", "SUBSYSTEM"):
        for made, status in ((event(), 64), (udev(), 0)):
            del made[missing]
            program("handle", environment=made).ends(status)
    program("handle").ends(64)
    assert root.fingerprint() == before


def test_a_wrong_event_is_an_error_document_with_json(program):
    result = program("handle", "--json", "--action", "add", "--devpath", "/x").ends(64)
    assert result.document["schema"] == "vfio-rebind.error/1"


def test_action_and_devpath_go_together(program):
    program("handle", "--action", "add").ends(64)
    program("handle", "--devpath", PATH).ends(64)


def test_the_command_line_goes_before_the_environment(root, program):
    program("handle", "--action", "remove", "--devpath", PATH, environment=udev("add")).ends(0)
    assert not begun(root)


def test_refused_is_2_for_people_and_0_for_udev(root, program, nic):
    root.add_interface(nic, "eth0")
    root.route_by_default("eth0")
    result = program("handle", environment=event()).ends(2)
    assert "refused" in result.err and "default route" in result.err
    program("handle", environment=udev()).ends(0)
    program("handle", "--action", "add", "--devpath", PATH, environment={"SEQNUM": "1"}).ends(2)
    assert not begun(root)


def test_a_failure_is_1_for_udev_too(program):
    program("handle", environment=udev()).ends(1)


def test_ignored_and_unmatched_functions_are_0(root, program):
    root.add_policy(policy("stay", NIC, action='"ignore"'), "10-stay.toml")
    root.add_function("0000:05:00.0", "8086:1533", driver="igb")
    for made in (event, udev):
        program("handle", environment=made()).ends(0)
        program("handle", environment=made(path="/devices/pci0000:00/0000:05:00.0")).ends(0)
    assert not begun(root)


def test_a_function_that_is_gone_again_is_0_for_udev(program):
    program("handle", environment=udev(path="/devices/pci0000:00/0000:06:00.0")).ends(0)


def test_only_the_function_of_the_event_and_its_group_is_worked_on(root, program):
    root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    root.add_policy(policy("all", 'class = "0200"'), "60-all.toml")
    program("handle", environment=event()).ends(1)
    assert begun(root)
    assert root.text("sys/bus/pci/drivers/igb/unbind") == ""


def test_dry_run_prints_the_document_of_plan_and_changes_nothing(root, program, nic):
    before = root.fingerprint()
    result = program("handle", "--dry-run", "--json", "--action", "add", "--devpath", PATH).ends(0)
    assert result.document["schema"] == "vfio-rebind.plan/1"
    assert result.functions[nic]["decision"] == "rebind"
    assert root.fingerprint() == before


def test_dry_run_of_a_refused_function_is_2(root, program, nic):
    root.add_interface(nic, "eth0")
    root.route_by_default("eth0")
    program("handle", "--dry-run", "--action", "add", "--devpath", PATH).ends(2)


@pytest.mark.parametrize("action", ["add", "remove", "unbind"])
def test_json_prints_one_document_for_every_event(root, program, nic, action):
    root.drive(nic, "vfio-pci")
    document = program("handle", "--json", "--action", action, "--devpath", PATH).ends(0).document
    assert (document["schema"], document["changed"]) == ("vfio-rebind.handle/1", False)


def test_an_invalid_policy_is_65_and_changes_nothing(root, program):
    root.add_policy("[[policy]\n", "60-bad.toml")
    before = root.fingerprint()
    program("handle", environment=udev()).ends(65)
    result = program("handle", environment=event()).ends(65)
    assert "60-bad.toml" in result.err
    assert root.fingerprint() == before


def test_it_follows_policies_that_change(root, program, nic):
    file = root.add_policy(policy("nic", 'id = "1234:5678"'))
    program("handle", environment=udev()).ends(0)
    assert not begun(root)
    root.at(file).unlink()
    root.add_policy(policy("other", 'id = "8086:10d3"'), "70-other.toml")
    program("handle", environment=udev("add", PCI_ID="8086:10D3", PCI_CLASS="20000")).ends(1)
    assert nic and begun(root)


def test_nothing_is_done_outside_the_root(root, program, tmp_path):
    outside = tmp_path / "devices/pci0000:00/0000:04:00.0"
    outside.mkdir(parents=True)
    (outside / "driver_override").write_text("untouched")
    root.unplug("0000:04:00.0")
    root.link("sys/bus/pci/devices/0000:04:00.0", str(outside))
    program("handle", environment=udev())
    assert (outside / "driver_override").read_text() == "untouched"
