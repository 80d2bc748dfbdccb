"""A driver whose remove never returns: everybody else goes on, and nobody has to ask again once it does."""

import json
import os

import pytest
from service import status
from steps import NICS, errno_of, log, outcomes, program, start_monitor, wait_driver
from test_failures import handles_ended

FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10
CARD, OTHER, FORCED = "0001:00:00.0", "0001:00:01.0", "0001:00:02.0"
# The second is a type that the kernel has no driver for, and its policy insists on new_id.
OTHERS = NICS + '[[policy]]\nname = "forced"\nmatch = { id = "15b3:1007" }\nmethod = "new_id"\n'
ROCE = '[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003" }\ntimeout = 15\n'
STUCK = "0001:00:00.0 is stuck, and new_id would wait for it"


def with_stuck_driver(machine, **install):
    """Policies, and a native driver that never lets go of the first card; modules are there, so that times are those of
    writes."""
    machine.install(**install)
    machine.run(["modprobe", "-a", "mlx4_core", "e1000e", "vfio-pci"])
    machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
    machine.settle()


def let_go(machine):
    machine.knob("mlx4_core", remove_delay_ms=0)


def processes(machine):
    return set(machine.run("pgrep -x vfio-rebind", check=False).stdout.split())


def state_of(machine, address):
    return program(machine, "list", address)["functions"][0]["state"]


def is_registered(machine, identity):
    """Whether the program wrote down that the driver knows the id, and saw the write end."""
    found = machine.run(["cat", f"/run/vfio-rebind/ids/vfio-pci@{identity}"], check=False)
    return found.stdout.startswith("registered")


def milliseconds(result):
    return (result.ended_us - result.began_us) // 1000


def test_commands_answer_and_the_others_go_on(machine, said):
    with_stuck_driver(machine, rules=False)
    nic = machine.address_of("nic")
    machine.bridge(f"add {CARD} 15b3:1003", f"add {OTHER} 15b3:1003", f"add {FORCED} 15b3:1007")
    for address, driver in {CARD: "mlx4_core", OTHER: "mlx4_core", nic: "e1000e"}.items():
        wait_driver(machine, address, driver)
    machine.policy(ROCE + OTHERS)
    document = program(machine, "apply", CARD, status=1)
    assert outcomes(document) == {CARD: "stuck"} and "standin_remove" in document["functions"][0]["error"]
    before = processes(machine)
    assert len(before) == 1, "the worker that hangs, and nobody else"
    # Nobody who only looks waits for it, or leaves somebody behind who does.
    times = {words: milliseconds(machine.run(["vfio-rebind", words])) for words in ("list", "plan", "status")}
    assert state_of(machine, CARD) == "stuck"
    plan = {each["address"]: each for each in program(machine, "plan")["functions"]}
    assert plan[CARD]["decision"] == "stuck" and plan[CARD]["reason"].startswith("unbind")
    assert {address: plan[address]["method"] for address in (OTHER, nic, FORCED)} == {
        OTHER: "new_id", nic: "driver_override", FORCED: "driver_override"}
    assert STUCK in plan[nic]["reason"] and STUCK in plan[FORCED]["reason"]
    assert processes(machine) == before
    result = machine.run(["vfio-rebind", "apply", "--json"], check=False)
    document = json.loads(result.stdout)
    assert result.status == 1
    assert outcomes(document) == {CARD: "stuck", OTHER: "rebound", nic: "rebound", FORCED: "rebound"}
    assert {each["id"]: each["result"] for each in document["registrations"]} == {
        "8086:10d3": "EAGAIN",
        "15b3:1007": "EAGAIN",
    }
    assert state_of(machine, CARD) == "stuck" and processes(machine) == before
    for text in ("8086 10d3", "15b3 1007"):
        assert errno_of(machine, "/sys/bus/pci/drivers/vfio-pci/remove_id", text) == "ENODEV"
    let_go(machine)
    wait_driver(machine, CARD, "vfio-pci")
    machine.wait_for(lambda: not processes(machine), what="the worker ends")
    document = program(machine, "apply")
    assert set(outcomes(document).values()) == {"already"}
    assert {each["id"]: each["result"] for each in document["registrations"]} == {"8086:10d3": "ok", "15b3:1007": "ok"}
    said(f"ms beside a stuck function: {times}, apply of three others {milliseconds(result)}")


def test_a_registration_is_not_waited_for_either(machine):
    """Nobody knows yet that the driver will not let go: it has an hour. The id counts as soon as its write has
    begun."""
    with_stuck_driver(machine, rules=False)
    nic = machine.address_of("nic")
    machine.bridge(f"add {CARD} 15b3:1003")
    for address, driver in {CARD: "mlx4_core", nic: "e1000e"}.items():
        wait_driver(machine, address, driver)
    machine.policy(ROCE.replace("timeout = 15", "timeout = 3600") + OTHERS)
    slow = machine.start(["vfio-rebind", "apply", CARD, "--json"])
    wait_driver(machine, CARD, None)  # the link goes before the driver's remove begins
    document = program(machine, "apply", nic)
    assert outcomes(document) == {nic: "rebound"} and slow.running
    assert [each["result"] for each in document["registrations"]] == ["EINPROGRESS"]
    assert not is_registered(machine, "8086:10d3")
    let_go(machine)
    machine.wait_for(lambda: is_registered(machine, "8086:10d3"), what="the write ends")
    assert outcomes(json.loads(slow.wait(60).stdout)) == {CARD: "rebound"}
    assert outcomes(program(machine, "release", nic)) == {nic: "released"}
    assert errno_of(machine, "/sys/bus/pci/drivers/vfio-pci/remove_id", "8086 10d3") == "ENODEV"


@pytest.mark.parametrize("way", ["monitor", "rule"] if FULL else ["monitor"])
def test_events_go_on_beside_it(machine, way):
    monitor = way == "monitor"
    with_stuck_driver(machine, rules=not monitor, unit=monitor)
    machine.policy(ROCE)
    if monitor:
        start_monitor(machine)
    else:
        machine.run(["udevadm", "control", "--log-level=debug"])
    machine.bridge(f"add {CARD} 15b3:1003")
    machine.wait_for(lambda: state_of(machine, CARD) == "stuck", what="the card is stuck")
    # Ids that policies name from now on would be registered at once, were it not for that.
    machine.policy(ROCE + OTHERS)
    if monitor:
        machine.wait_for(lambda: len(status(machine)["policies"]) == 3, what="the new policies are read")
    machine.bridge(f"add {OTHER} 15b3:1003", f"add {FORCED} 15b3:1007")
    nic = machine.plug("e1000e", "card", romfile="")
    for address in (OTHER, FORCED, nic):
        wait_driver(machine, address, "vfio-pci")
        # Written before the driver has it, so that nobody else takes it.
        override = "(null)" if address == OTHER else "vfio-pci"
        assert machine.read(f"/sys/bus/pci/devices/{address}/driver_override").strip() == override
    assert state_of(machine, CARD) == "stuck" and not is_registered(machine, "8086:10d3")
    if not monitor:
        # Not waited for: on some kernels udevd itself reads the card's `uevent` under the lock that its driver has.
        machine.wait_for(lambda: handles_ended(machine), what="udevd waits for no `handle`")
    let_go(machine)
    wait_driver(machine, CARD, "vfio-pci")
    machine.wait_for(lambda: state_of(machine, CARD) == "passthrough", what="nothing is stuck any more")
    if monitor:
        machine.wait_for(lambda: is_registered(machine, "8086:10d3"), what="the id is registered after all")
        machine.wait_for(lambda: is_registered(machine, "15b3:1007"), what="so is the other")
        assert f"{CARD}: not stuck any more driver=vfio-pci" in log(machine)
