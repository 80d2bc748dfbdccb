#!/usr/bin/env python3
"""Shows the main job in the lab: a card is plugged, its driver takes it, vfio-rebind gives it to vfio-pci; and back."""

import pathlib
import signal
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "Tests/Lab"))

from lab import Machine  # noqa: E402  pylint: disable=wrong-import-position

POLICY = TOP / "packaging/examples/quickstart.toml"
SHOWN = ("add", "bind", "unbind", "remove")


def say(text=""):
    print(text, flush=True)


def ending(number, _):
    """As a normal end, so that the machine's own end is reached."""
    raise SystemExit(128 + number)


class Events:
    """Prints the kernel's uevents about one function as they come, in milliseconds from the first."""

    def __init__(self, machine, address=None):
        self.machine, self.address = machine, address
        self.mark, self.first, self.shown = machine.mark(), None, 0

    def until(self, driver, timeout=60):
        """Until that driver is bound; True if it was in time."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._show(driver):
                return True
            time.sleep(0.05)
        return False

    def _show(self, driver):
        events = [each for each in self.machine.uevents(self.mark) if self._concerns(each)]
        for event in events[self.shown :]:
            self.shown += 1
            self.first = self.first or event["us"]
            bound = f" to {event['DRIVER']}" if event["ACTION"] == "bind" else ""
            interface = f" network interface {event['INTERFACE']}" if "INTERFACE" in event else ""
            say(
                f"  {(event['us'] - self.first) / 1000:8.1f} ms  {event['ACTION']:7}{interface or ' ' + self.address}{bound}"
            )
            if event["ACTION"] == "bind" and event["DRIVER"] == driver:
                return True
        return False

    def _concerns(self, event):
        if event["ACTION"] not in SHOWN or f"/{self.address}" not in event["DEVPATH"]:
            return False
        return event.get("PCI_SLOT_NAME") == self.address or event.get("SUBSYSTEM") == "net"


def command(machine, text):
    say(f"\n  # {text}")
    result = machine.run(text, check=False)
    for line in (result.stdout + result.stderr).splitlines():
        say(f"  {line}")
    if result.status:
        sys.exit(f"the command ended with status {result.status}")


def show():
    say("Starting the virtual machine …")
    with Machine() as machine:
        machine.install(rules=True)
        # The machine has had an e1000e from its start, so the driver's module is loaded, as on a host in use.
        machine.policy(POLICY.read_text(), POLICY.name)
        say("The program, its udev rule and this policy are installed in it. The card that was there is as it was:")
        command(machine, f"grep -v '^#' /etc/vfio-rebind/policy.d/{POLICY.name}")
        command(machine, f"vfio-rebind list {machine.address_of('nic')}")
        say("\nA card is plugged in. The kernel says:")
        events = Events(machine)
        events.address = machine.plug("e1000e", "card", wait=False, romfile="")
        if not events.until("vfio-pci"):
            say(f"  it stayed on {machine.driver_of(events.address)}")
            sys.exit(1)
        machine.settle()
        command(machine, f"vfio-rebind list {events.address}")
        say("\nA program opens it as a virtual machine monitor would:")
        command(machine, f"eligible {events.address}")
        say("\nAnd back:")
        events = Events(machine, events.address)
        command(machine, f"vfio-rebind release {events.address}")
        returned = events.until("e1000e")
        command(machine, f"vfio-rebind list {events.address}")
        if not returned:
            sys.exit(1)


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, ending)
    show()
