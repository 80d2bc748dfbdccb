"""Functions that are removed and found again, modules that go and come: what the policies say holds afterwards."""

import pytest
from steps import NICS, outcomes, program, start_monitor, wait_driver

CARD = "0001:00:00.0"
# By new_id, and by driver_override.
POLICIES = NICS + '[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003", address = "0001:*" }\n'


@pytest.fixture(params=["monitor", "rule"])
def taken(machine, request):
    """Two functions on vfio-pci, their native drivers loaded, and who keeps them there."""
    monitor = request.param == "monitor"
    machine.install(rules=not monitor, unit=monitor)
    machine.run(["modprobe", "-a", "mlx4_core", "e1000e"])
    machine.bridge(f"add {CARD} 15b3:1003")
    nic = machine.address_of("nic")
    for address, driver in {CARD: "mlx4_core", nic: "e1000e"}.items():
        wait_driver(machine, address, driver)
    machine.settle()
    machine.policy(POLICIES)
    if monitor:
        start_monitor(machine)
    else:
        program(machine, "apply")
    hold(machine, nic, CARD)
    return monitor, nic


def hold(machine, *addresses):
    for address in addresses:
        wait_driver(machine, address, "vfio-pci")
        assert "viable yes" in machine.run(["eligible", address]).stdout
    machine.wait_for(
        lambda: {each["state"] for each in program(machine, "list", *addresses)["functions"]} == {"passthrough"},
        what="everything is where it belongs")


def test_removed_and_found_again(machine, taken):
    _, nic = taken
    for address in (nic, CARD):
        machine.write(f"/sys/bus/pci/devices/{address}/remove", "1\n")
        assert not machine.exists(address)
    machine.write("/sys/bus/pci/rescan", "1\n")
    hold(machine, nic, CARD)
    # The new function is another: what is recorded of it is its own, and the way back is open.
    assert outcomes(program(machine, "release", CARD)) == {CARD: "released"}
    assert machine.driver_of(CARD) == "mlx4_core"


def test_native_drivers_go_and_come(machine, taken):
    _, nic = taken
    mark = machine.mark()
    machine.run("modprobe -r e1000e mlx4_core; modprobe -a e1000e mlx4_core")
    machine.settle()
    assert not machine.uevents(mark, ACTION=("bind", "unbind"), PCI_SLOT_NAME=nic)
    hold(machine, nic, CARD)
    assert outcomes(program(machine, "release", nic, CARD)) == {nic: "released", CARD: "released"}
    assert (machine.driver_of(nic), machine.driver_of(CARD)) == ("e1000e", "mlx4_core")


def test_vfio_goes_and_comes(machine, taken):
    """With the module the kernel forgets the ids; nobody sends the rule an event, so there the next command is
    asked."""
    monitor, nic = taken
    machine.run(["modprobe", "-r", "vfio_pci"])
    if not monitor:
        assert machine.driver_of(nic) is None
        machine.run(["modprobe", "vfio_pci"])
        wait_driver(machine, CARD, "vfio-pci")  # its driver_override is left, which the kernel follows by itself
        assert outcomes(program(machine, "apply")) == {nic: "rebound", CARD: "already"}
    hold(machine, nic, CARD)
    assert outcomes(program(machine, "release", "--all")) == {nic: "released", CARD: "released"}
    assert (machine.driver_of(nic), machine.driver_of(CARD)) == ("e1000e", "mlx4_core")
