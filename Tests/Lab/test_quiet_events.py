"""Events of functions that no policy can want are passed over, and only those."""

from service import CARD, status, wait_status, with_cards
from steps import log, outcomes, program, start_monitor, wait_driver

NOBODY = "0001:00:01.0"
POLICY = '[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003" }\nmethod = "driver_override"\n'
BY_DRIVER = '[[policy]]\nname = "by-driver"\nmatch = { id = "f00d:*", driver = "standin_c" }\n'


def drive(machine, address, driver):
    machine.write(f"/sys/bus/pci/devices/{address}/driver_override", driver)
    machine.write(f"/sys/bus/pci/drivers/{driver}/bind", address)


def test_what_is_passed_over_and_what_is_not(machine):
    with_cards(machine, CARD, policy=POLICY)
    machine.run("modprobe standin_c; modprobe vfio-pci")
    machine.bridge(f"add {NOBODY} f00d:0001")
    machine.settle()
    start_monitor(machine)
    wait_status(machine, lambda known: known["counters"]["rebound"] == 1, "the status is written")
    # Nobody's, on whatever driver.
    drive(machine, NOBODY, "standin_c")
    machine.settle()
    heard = wait_status(machine, lambda known: known["counters"]["events"] >= 1, "the event is counted")
    assert [each["address"] for each in heard["functions"]] == [CARD] and machine.driver_of(NOBODY) == "standin_c"
    # What is done by hand is known without a policy.
    assert outcomes(program(machine, "bind", NOBODY)) == {NOBODY: "rebound"}
    by_hand = lambda known: {each["address"]: each["driver"] for each in known["functions"]}.get(NOBODY) == "vfio-pci"
    wait_status(machine, by_hand, "what was bound by hand is in the status")
    assert outcomes(program(machine, "release", NOBODY)) == {NOBODY: "released"}
    machine.write("/sys/bus/pci/drivers/standin_c/unbind", NOBODY)
    # A policy that may want it once it is on a certain driver hears of that driver.
    machine.bridge(f"remove {NOBODY}", f"add {NOBODY} f00d:0001")
    machine.settle()
    machine.policy(POLICY + BY_DRIVER)
    machine.wait_for(lambda: len(status(machine)["policies"]) == 2, what="the policies are read")
    assert machine.driver_of(NOBODY) is None
    drive(machine, NOBODY, "standin_c")
    wait_driver(machine, NOBODY, "vfio-pci")
    # Without the policy it is nobody's again, but for what is written down of it.
    machine.policy(POLICY)
    machine.wait_for(lambda: len(status(machine)["policies"]) == 1, what="the policies are read")
    machine.run("udevadm trigger --action=change --subsystem-match=pci")
    machine.settle()
    assert machine.driver_of(NOBODY) == "vfio-pci" and machine.driver_of(CARD) == "vfio-pci"
    assert "failed" not in log(machine)
