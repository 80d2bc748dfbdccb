"""The monitor as a service where something is wrong around it: a card that hangs, no room, a clock that jumps, a
watchdog."""

import os

from service import CARD, OTHER, ROCE, STATUS, show, status, wait_log, wait_status, with_cards
from steps import log, program, start_monitor, wait_driver

# Each costs half a minute or more, so most of them are for the full run.
FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10
OVERRIDE = ROCE + 'method = "driver_override"\n'
FOLDER = "/run/vfio-rebind"


def drop_in(machine, text):
    machine.write("/run/systemd/system/vfio-rebind.service.d/test.conf", f"[Service]\n{text}\n")
    machine.run(["systemctl", "daemon-reload"])


def take_back(machine, card):
    """As somebody does who wants the card for the host."""
    path = f"/sys/bus/pci/devices/{card}/driver_override"
    drivers = "/sys/bus/pci/drivers"
    machine.run(
        f"echo > {path}; echo {card} > {drivers}/vfio-pci/unbind; echo {card} > {drivers}/mlx4_core/bind", check=False
    )


def test_the_runtime_folder_has_no_room(machine):
    with_cards(machine, CARD, OTHER, policy=OVERRIDE.replace("0001:*", OTHER))
    machine.run(f"mkdir -p {FOLDER} && mount -t tmpfs -o size=128k,mode=755 tmpfs {FOLDER}")
    start_monitor(machine)
    assert machine.driver_of(OTHER) == "vfio-pci"
    known = wait_status(machine, lambda known: known["counters"]["rebound"] == 1, "the status is written")
    full = machine.run(f"dd if=/dev/zero of={FOLDER}/filler bs=4k", check=False)
    assert "No space left on device" in full.stderr
    machine.policy(OVERRIDE)
    wait_log(machine, f"writing the state: {FOLDER}/journal/{CARD}: No space left on device")
    wait_log(machine, f"writing {STATUS}: No space left on device; `vfio-rebind status` is old")
    # Without a journal nothing is touched; what was there is still whole, and what is done is not forgotten.
    assert (machine.driver_of(CARD), machine.driver_of(OTHER)) == ("mlx4_core", "vfio-pci")
    assert status(machine)["counters"] == known["counters"]
    assert program(machine, "list", OTHER)["functions"][0]["state"] == "passthrough"
    assert show(machine, "ActiveState") == "active"
    mark = machine.mark()
    machine.run("udevadm trigger --action=change --subsystem-match=pci")
    machine.settle()
    assert machine.uevents(mark, ACTION=("unbind", "bind"), SUBSYSTEM="pci") == []
    assert log(machine).count(f"writing {STATUS}") == 1
    machine.run(f"rm {FOLDER}/filler")
    machine.run("udevadm trigger --action=change --subsystem-match=pci")
    wait_driver(machine, CARD, "vfio-pci")
    wait_status(machine, lambda known: known["counters"]["rebound"] == 2, "the status is written again")
    assert machine.run(f"find {FOLDER} -name '*.tmp*' -o -name '.*'").stdout == ""


if FULL:

    def test_a_card_that_hangs_delays_nobody_by_more_than_the_patience(machine):
        with_cards(machine, CARD, OTHER, policy=OVERRIDE + "timeout = 300\n")
        machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
        # Whoever runs guests is ordered after the monitor, and starts in the same transaction.
        unit = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"
        machine.write("/etc/systemd/system/libvirtd.service", unit)
        machine.run(["systemctl", "daemon-reload"])
        machine.run(["systemctl", "start", "vfio-rebind.service", "libvirtd.service"])
        when = lambda name, unit: int(
            machine.run(["systemctl", "show", "-P", f"{name}TimestampMonotonic", unit]).stdout
        )
        began, ready = (when(name, "vfio-rebind.service") for name in ("InactiveExit", "ActiveEnter"))
        assert ready - began >= 20_000_000
        assert when("ExecMainStart", "libvirtd.service") >= ready
        # Nobody has given the card up yet: it is the patience that made it ready.
        assert machine.driver_of(OTHER) == "vfio-pci" and machine.driver_of(CARD) is None
        known = wait_status(machine, lambda known: known["counters"]["rebound"] == 1, "the status is written")
        assert known["counters"]["stuck"] == 0
        machine.knob("mlx4_core", remove_delay_ms=0)
        wait_driver(machine, CARD, "vfio-pci")

    def test_the_watchdog_is_fed_while_a_card_hangs_and_ends_a_monitor_that_does_not_work(machine):
        with_cards(machine, CARD, OTHER, policy=OVERRIDE + "timeout = 15\n")
        machine.run(["modprobe", "vfio-pci"])
        machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
        drop_in(machine, "WatchdogSec=20")
        start_monitor(machine)
        first = show(machine, "MainPID")
        signs = set()

        def five_signs():
            signs.add(show(machine, "WatchdogTimestampMonotonic"))
            return len(signs) > 5

        machine.wait_for(five_signs, "signs of life")
        assert (show(machine, "MainPID"), show(machine, "NRestarts")) == (first, "0")
        wait_status(machine, lambda known: known["counters"]["stuck"] == 1, "the card is stuck")
        # A monitor that does nothing any more says nothing either.
        machine.run(["kill", "-STOP", first])
        machine.wait_for(lambda: show(machine, "NRestarts") == "1", "systemd ends it and starts another")
        machine.wait_for(lambda: show(machine, "ActiveState") == "active", "the other one is ready")
        assert show(machine, "MainPID") != first and "Watchdog timeout" in machine.run("journalctl -b -o cat").stdout
        take_back(machine, OTHER)
        wait_driver(machine, OTHER, "vfio-pci")
        machine.knob("mlx4_core", remove_delay_ms=0)
        wait_driver(machine, CARD, "vfio-pci")

    def test_a_status_that_cannot_be_written_and_a_clock_that_jumps(machine):
        with_cards(machine, CARD, OTHER, policy=OVERRIDE.replace("0001:*", OTHER))
        machine.run(f"mkdir -p {STATUS}/in-the-way")
        start_monitor(machine)
        wait_log(machine, f"writing {STATUS}: Is a directory; `vfio-rebind status` is old")
        assert status(machine)["pid"] is None and machine.driver_of(OTHER) == "vfio-pci"
        machine.run("date -s 2020-01-01")
        take_back(machine, OTHER)
        wait_driver(machine, OTHER, "vfio-pci")
        machine.run(f"rm -r {STATUS}")
        machine.run("date -s 2035-01-01")
        machine.policy(OVERRIDE)  # is read at once, whatever the clock says
        wait_driver(machine, CARD, "vfio-pci")
        wait_status(machine, lambda known: known["counters"]["rebound"] == 3, "the status is written again")
        assert log(machine).count(f"writing {STATUS}") == 1
        # Rounds within a minute, by a clock that nobody sets.
        for _ in range(4):
            take_back(machine, OTHER)
            machine.settle()
            over = lambda: machine.driver_of(OTHER) == "vfio-pci" or "contested" in log(machine)
            machine.wait_for(over, what="the next round")
        wait_log(machine, f"{OTHER}: contested")
