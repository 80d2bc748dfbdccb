"""What the guest's kernel shows: drivers, groups, uevents, and faults in its log."""

import json
import re
import time

UEVENTS = "/run/lab/uevents.jsonl"

FAULT = re.compile(
    r"\bBUG: |kernel BUG at|\bWARNING: |\bOops\b|Call Trace|general protection fault|Kernel panic|[Uu]nable to handle|"
    r"blocked for more than|soft lockup|hard LOCKUP|refcount_t: |list_(add|del) corruption|double free|"
    r"rcu.*detected.*stall|scheduling while atomic|cannot create duplicate filename|DMAR: .*[Ff]ault"
)


class Kernel:
    allowed_faults = ()
    given_up = False

    def exists(self, address):
        return self.run(["test", "-e", f"/sys/bus/pci/devices/{address}"], check=False).status == 0

    def driver_of(self, address):
        return self._link(address, "driver")

    def group_of(self, address):
        return self._link(address, "iommu_group")

    def _link(self, address, name):
        found = self.run(["readlink", f"/sys/bus/pci/devices/{address}/{name}"], check=False)
        return found.stdout.strip().rpartition("/")[2] or None

    def interfaces_of(self, address):
        """The names of its network interfaces, those of a virtio device too."""
        script = (
            f"ls /sys/bus/pci/devices/{address}/net /sys/bus/pci/devices/{address}/virtio*/net 2>/dev/null | grep -v :"
        )
        return self.run(script, check=False).stdout.split()

    def functions(self):
        """Every PCI function's address and driver, in one look."""
        script = 'cd /sys/bus/pci/devices && for f in *; do echo "$f $(basename "$(readlink "$f/driver")")"; done'
        lines = [line.split(" ") for line in self.run(script).stdout.splitlines()]
        return {address: driver or None for address, driver in lines}

    def mark(self):
        """A place in the stream of uevents: after all that the kernel has sent by now. A boot begins a new stream."""
        return int(self.read("/sys/kernel/uevent_seqnum"))

    def uevents(self, since=0, **keys):
        """The events since the mark whose keys have these values; a tuple gives alternatives."""
        newest = self.mark()
        for _ in range(100):  # the recorder may be behind; what goes to other network namespaces never comes
            events = [json.loads(line) for line in self.read(UEVENTS).splitlines()]
            if events and int(events[-1].get("SEQNUM", 0)) >= newest:
                break
            time.sleep(0.02)
        assert not any("lost" in event for event in events), "the recorder of uevents overran"
        return [event for event in events if int(event["SEQNUM"]) > since and _matches(event, keys)]

    def wait_uevent(self, since, **keys):
        """The first such event since the mark."""
        return self.wait_for(lambda: self.uevents(since, **keys), f"uevent {keys}")[0]

    def allow_fault(self, expression):
        self.allowed_faults = [*self.allowed_faults, expression]

    def give_up(self):
        """The test destroys this machine, takes its root disk for one: nothing is asked of it any more."""
        self.given_up = True

    def dmesg_faults(self):
        if self.given_up:
            return []
        lines = self.run(["dmesg"]).stdout.splitlines()
        allowed = [re.compile(expression) for expression in self.allowed_faults]
        return [line for line in lines if FAULT.search(line) and not any(each.search(line) for each in allowed)]


def _matches(event, keys):
    return all(event.get(key) in (value if isinstance(value, tuple) else (value,)) for key, value in keys.items())
