"""The monitor alone, and everybody at once."""

from service import CARD, OTHER, ROCE, with_cards
from steps import (NICS, drivers_seen, hanging_workers, outcomes, plugged, program, start_monitor, tell_monitor,
                   unbinds_seen, wait_driver, wait_quiet)  # fmt: skip


def test_a_card_is_taken_over_after_bind(machine):
    machine.install(rules=False, unit=True)
    machine.run(["modprobe", "e1000e"])
    machine.policy('[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3", address = "0000:0?:00.0" }\n')
    start_monitor(machine)
    mark = machine.mark()
    # A monitor that runs may be there before the driver is: the kernel says `add` milliseconds before it probes.
    tell_monitor(machine, "STOP")
    address = plugged(machine, "card")
    wait_driver(machine, address, "e1000e")
    tell_monitor(machine, "CONT")
    wait_driver(machine, address, "vfio-pci")
    assert drivers_seen(machine, mark, address) == ["e1000e", "vfio-pci"]
    assert unbinds_seen(machine, mark, address) == 1


def test_the_kernels_own_message_is_enough_to_begin(machine):
    """udev says nothing meanwhile; what it says afterwards changes nothing."""
    machine.install(rules=False, unit=True)
    machine.run(["modprobe", "-a", "e1000e", "vfio-pci"])
    machine.policy('[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3", address = "0000:0?:00.0" }\n'
                   'method = "driver_override"\n')
    start_monitor(machine)
    wait_quiet(machine)
    machine.run("udevadm control --stop-exec-queue")
    mark = machine.mark()
    address = machine.plug("e1000e", "card", "port7", romfile="")
    wait_driver(machine, address, "vfio-pci")
    machine.run("udevadm control --start-exec-queue")
    machine.settle()
    seen = drivers_seen(machine, mark, address)
    assert seen in (["e1000e", "vfio-pci"], ["vfio-pci"])
    assert unbinds_seen(machine, mark, address) == len(seen) - 1


def test_udevs_word_waits_for_no_worker_that_hangs(machine):
    """A card that its driver refuses is told of by udev alone; the first worker's start holds such words back for a moment."""
    with_cards(machine, policy=ROCE + 'method = "driver_override"\n')
    machine.run(["modprobe", "vfio-pci"])
    machine.knob("mlx4_core", remove_delay_ms=-1)
    start_monitor(machine)
    wait_quiet(machine)  # so that it begins at the kernel's word
    machine.bridge(f"add {CARD} 15b3:1003")
    machine.wait_for(lambda: hanging_workers(machine), what="the first worker hangs")
    machine.knob("mlx4_core", probe_errno=5)
    machine.bridge(f"add {OTHER} 15b3:1003")
    wait_driver(machine, OTHER, "vfio-pci")
    assert len(hanging_workers(machine)) == 1
    machine.knob("mlx4_core", remove_delay_ms=0)
    wait_driver(machine, CARD, "vfio-pci")


def test_a_card_whose_id_is_registered_is_never_touched(machine):
    machine.install(rules=False, unit=True)
    machine.run(
        "for f in /sys/bus/pci/drivers/e1000e/0000*; do echo ${f##*/} > /sys/bus/pci/drivers/e1000e/unbind; done; modprobe -r e1000e"
    )
    machine.policy(NICS)
    start_monitor(machine)
    # vfio-pci is registered before e1000e from here on, and knows the id.
    machine.run(["modprobe", "e1000e"])
    mark = machine.mark()
    address = plugged(machine, "card")
    wait_driver(machine, address, "vfio-pci")
    assert drivers_seen(machine, mark, address) == ["vfio-pci"]
    assert unbinds_seen(machine, mark, address) == 0


def test_rule_monitor_and_four_applies_unbind_once(machine):
    machine.install(rules=True, unit=True)
    machine.run(["modprobe", "e1000e"])
    machine.policy('[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3", address = "0000:0?:00.0" }\n')
    start_monitor(machine)
    mark = machine.mark()
    buses = [f"port{number}" for number in range(7, 13)]
    loops = [
        machine.start("for i in $(seq 20); do vfio-rebind apply --json > /dev/null; done") for _ in range(4)]
    addresses = [machine.plug("e1000e", f"card{bus}", bus, romfile="") for bus in buses]
    for address in addresses:
        wait_driver(machine, address, "vfio-pci")
    for loop in loops:
        loop.wait()
    machine.settle()
    for address in addresses:
        assert unbinds_seen(machine, mark, address) <= 1
        assert drivers_seen(machine, mark, address).count("vfio-pci") == 1
    assert set(outcomes(program(machine, "apply")).values()) <= {"already", "refused"}
