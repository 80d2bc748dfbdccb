"""What the monitor costs and bears as a service, measured in the lab's machine.

idle    wake-ups, and memory, with 256 and with 4,096 functions
noise   CPU of events that concern nobody, beside a C program that receives the same; and of as many that do, whether
        any is missed
slow    drivers that take their time to let go: 64 of them beside one, and those of which one never does
"""

import contextlib
import json
import os
import subprocess
import time

from in_lab import CARD, HERE, MEMORY_LIMIT, NATIVE, UNIT, VFIO
from measure import in_turns

LIMITS = {"memory 256": MEMORY_LIMIT, "memory 4096": 20480, "noise": 2.0}
NOBODY = "f00d:0001"  # a type of which no driver and no policy knows
DROP_IN = f"/run/systemd/system/{UNIT}.d/benchmark.conf"
SETTINGS = "/etc/vfio-rebind/vfio-rebind.toml"
POLICY = f'[[policy]]\nname = "cards"\nmatch = {{ id = "{CARD}" }}\nmethod = "driver_override"\n'


def others(count):
    """Policies for types of which no function is there, as an administrator of many kinds of hosts has them."""
    return "".join(f'[[policy]]\nname = "type-{number}"\nmatch = {{ id = "1234:{number:04x}", class = "0200" }}\n'
                   for number in range(count))  # fmt: skip


def cards(count, bus=0x40):
    """The addresses that `fill` gives to so many cards from this bus on."""
    return [f"0001:{bus + number // 32:02x}:{number % 32:02x}.0" for number in range(count)]


class Service:
    """The monitor in the machine of a Lab."""

    def __init__(self, lab):
        self.lab, self.machine = lab, lab.machine
        self.pid = None

    @contextlib.contextmanager
    def running(self, drop_in=""):
        self.machine.write(DROP_IN, f"[Service]\n{drop_in}")
        self.machine.run(["systemctl", "daemon-reload"])
        self.machine.run(["systemctl", "start", UNIT])
        self.pid = self.machine.run(["systemctl", "show", "-P", "MainPID", UNIT]).stdout.strip()
        try:
            yield
        finally:
            self.machine.run(["systemctl", "stop", UNIT])
            self.machine.run(["rm", DROP_IN])

    def switches(self):
        """How often the process was given the processor: once at least for each time that it woke up."""
        text = self.machine.read(f"/proc/{self.pid}/status")
        return sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line)

    def quiet(self):
        """Waits until nothing is left to do: no worker but the two that wait ahead, and no wake-up for a while."""
        self.machine.settle()
        seen = [None]

        def unchanged():
            time.sleep(1.5)
            seen.append(self.switches())
            workers = self.machine.run(f"pgrep -P {self.pid}", check=False).stdout.split()
            return seen[-1] == seen[-2] and len(workers) <= 2

        self.machine.wait_for(unchanged, 300, "the monitor is quiet")

    def woke(self, seconds):
        before = self.switches()
        self.machine.run(["sleep", str(seconds)])
        return self.switches() - before

    def cpu(self, process=None):
        """Milliseconds of processor time: its own, and that of the children it has waited for."""
        process = process or self.pid
        own = int(self.machine.read(f"/proc/{process}/schedstat").split()[0]) / 1e6
        fields = self.machine.read(f"/proc/{process}/stat").rpartition(")")[2].split()
        return own + (int(fields[13]) + int(fields[14])) * 10  # USER_HZ is 100

    def status(self):
        return json.loads(self.machine.run(["vfio-rebind", "status", "--json"]).stdout)

    def bound(self, addresses):
        bound = set(self.machine.run(f"ls /sys/bus/pci/drivers/{VFIO}").stdout.split())
        return sum(address in bound for address in addresses)

    def wait_bound(self, addresses):
        self.machine.wait_for(lambda: self.bound(addresses) == len(addresses), f"all are on {VFIO}")


def idle(lab, table, options):
    service, machine = Service(lab), lab.machine
    machine.policy(POLICY + others(99))
    machine.bridge(f"fill 32 40 {CARD}")
    for count in options.idle_functions:
        present = int(machine.run("ls /sys/bus/pci/devices | wc -l").stdout)
        machine.bridge(f"fill {count - present} {2 if count <= 256 else 0x50:x} {NOBODY}")
        machine.settle()
        label = f"monitor, idle, {count} functions"
        with service.running("WatchdogSec=0\n"):
            service.wait_bound(cards(32))
            service.quiet()
            wakes = service.woke(options.idle_seconds)
            table.line(f"{label}: wakes in {options.idle_seconds} s", wakes, "", "none allowed", 0, 0, ratio=wakes)
            limit = LIMITS[f"memory {256 if count <= 256 else 4096}"]
            table.line(f"{label}: private dirty", lab.monitor_memory(), "KiB", "limit", limit, 1)
    with service.running():
        service.quiet()
        seconds = 5 * options.idle_seconds
        wakes = service.woke(seconds)
        table.line(f"the same, WatchdogSec=5min: wakes in {seconds} s", wakes, "", "signs of life", seconds // 150)


def changes(machine, paths, count):
    """So many synthetic change events of these devices in turns, until udev is done with them."""
    rounds = -(-count // len(paths))
    script = ('while read -r path; do set -- "$@" $path/uevent; done;'
              f" for i in $(seq {rounds}); do for f; do echo change > $f; done; done")  # fmt: skip
    machine.run(script, input="".join(f"{path}\n" for path in paths))
    machine.settle()
    return rounds * len(paths)


def nobodys(service, table, options):
    """CPU of events that concern nobody, the monitor's and the C program's, which run at the same time."""
    machine = service.machine
    tty = machine.run("ls -d /sys/devices/virtual/tty/tty[0-9]*").stdout.split()
    pci = [f"/sys/bus/pci/devices/{address}" for address in cards(256, bus=2)]
    peer = machine.start(["listen"])
    peer.wait_output("ready")
    process = machine.run(["pgrep", "-x", "listen"]).stdout.strip()
    for label, paths in (("other subsystems", tty), ("PCI, no policy", pci)):
        service.quiet()
        events, before = service.status()["counters"]["events"], (service.cpu(), service.cpu(process))
        count = changes(machine, paths, options.noise_events)
        service.quiet()
        ours, theirs = (now - then for now, then in zip((service.cpu(), service.cpu(process)), before))
        heard = service.status()["counters"]["events"] - events
        if heard != (count if paths is pci else 0):
            table.broken.append(f"noise, {label}: {heard} of {count} events heard")
        table.line(f"{count} events, {label}: CPU for each", ours / count * 1e3, "µs", "C by libudev",
                   theirs / count * 1e3, LIMITS["noise"] if paths is pci else None)  # fmt: skip
    machine.run(["kill", "-TERM", process])
    said = peer.wait(30).stdout
    if "nameless 0" not in said:
        table.broken.append(f"noise, the C program: {said}")


def somebodys(service, table, options):
    """As many events of functions with a policy, which somebody takes back at the first and at the last of them."""
    machine, addresses = service.machine, cards(64)
    machine.bridge(f"fill 64 40 {CARD}")
    service.wait_bound(addresses)
    service.quiet()
    take_back = (f"for a; do echo > devices/$a/driver_override; echo $a > drivers/{VFIO}/unbind;"
                 f" echo $a > drivers/{NATIVE}/bind; done")  # fmt: skip
    before, mark, cpu = service.status()["counters"], machine.mark(), service.cpu()
    for part in range(2):
        words = " ".join(addresses)
        machine.run(f"cd /sys/bus/pci; set -- {words}; {take_back}", check=False)
        changes(machine, [f"/sys/bus/pci/devices/{address}" for address in addresses], options.noise_events // 2)
    service.wait_bound(addresses)
    service.quiet()
    sent = len(machine.uevents(mark, SUBSYSTEM="pci"))
    after = service.status()
    counters = {name: after["counters"][name] - before[name] for name in before}
    missed = sent - counters["events"] if not counters["overruns"] else 0
    wrong = sum(each["state"] != "passthrough" for each in after["functions"] if each["address"] in addresses)
    table.line(f"{sent} events of 64 cards with a policy: missed", missed, "", "none allowed", 0, 0, ratio=missed)
    table.line("the same: cards not where they belong", wrong, "", "none allowed", 0, 0, ratio=wrong)
    table.line("the same: overruns, all looked at again", counters["overruns"], "", "as often", counters["resyncs"])
    table.line("the same: CPU for each, workers included", (service.cpu() - cpu) / sent * 1e3, "µs")
    if counters["rebound"] < len(addresses):
        table.broken.append(f"noise: {counters['rebound']} cards taken over, {len(addresses)} were taken back")


def noise(lab, table, options):
    service, machine = Service(lab), lab.machine
    peer = os.path.join(options.build, "listen")
    subprocess.run(["cc", "-O2", "-o", peer, HERE / "peers" / "listen.c", "-ludev"], check=True)
    machine.put(peer, "/usr/local/bin/listen", 0o755)
    machine.policy(POLICY + others(99))
    machine.bridge(f"fill 256 2 {NOBODY}")
    machine.settle()
    with service.running("WatchdogSec=0\n"):
        nobodys(service, table, options)
        somebodys(service, table, options)


class Slow:
    """Cards whose native driver takes its time to let go."""

    DELAY = 500  # milliseconds

    def __init__(self, lab):
        self.lab, self.machine, self.service = lab, lab.machine, Service(lab)
        self.machine.put(HERE / "peers" / "parallel.sh", "/usr/local/bin/parallel", 0o755)
        self.machine.write(SETTINGS, "reload_delay = 60000\n")  # SIGHUP alone reloads

    def fresh(self, count):
        """So many new cards on their native driver."""
        self.machine.policy("")
        self.machine.knob(NATIVE, remove_delay_ms=0)
        self.machine.bridge("clear")
        self.machine.bridge(f"fill {count} 40 {CARD}")
        self.machine.settle()
        self.machine.knob(NATIVE, remove_delay_ms=self.DELAY)
        addresses = cards(count)
        on_native = self.machine.run(f"ls /sys/bus/pci/drivers/{NATIVE}").stdout.split()
        if not set(addresses) <= set(on_native):
            raise RuntimeError(f"not all cards are on {NATIVE}; this measures something else")
        return addresses

    def time(self, addresses, begin):
        """Milliseconds from what begin() starts to the last bind of vfio-pci."""
        self.lab.quiet()
        mark = self.machine.mark()
        result = begin()
        self.service.wait_bound(addresses)
        self.machine.settle()
        binds = self.machine.uevents(mark, ACTION="bind", DRIVER=VFIO)
        return (max(each["us"] for each in binds if each["PCI_SLOT_NAME"] in addresses) - result.began_us) / 1e3

    def monitor(self, count, stuck=False):
        """The monitor is told of the policy; with `stuck` one of the cards is on a driver that never lets go, and the
        others are waited for."""
        addresses = self.fresh(count - 1 if stuck else count)
        if stuck:
            self.hang()
        with self.service.running("WatchdogSec=0\n"):
            self.service.quiet()
            self.machine.policy(POLICY)
            taken = self.time(addresses, lambda: self.machine.run(["kill", "-HUP", self.service.pid]))
            if stuck and self.machine.driver_of(self.HUNG) == VFIO:
                raise RuntimeError(f"{self.HUNG} was to hang")
        if stuck:
            self.machine.knob("standin_c", remove_delay_ms=0)
            self.machine.wait_for(lambda: self.machine.driver_of(self.HUNG) == VFIO, what="the stuck card comes loose")
        return taken

    HUNG = "0001:3f:00.0"

    def hang(self):
        path = f"/sys/bus/pci/devices/{self.HUNG}"
        self.machine.knob("standin_c", remove_delay_ms=-1)
        self.machine.knob(NATIVE, probe_errno=19, only=self.HUNG)
        self.machine.bridge(f"add {self.HUNG} {CARD}")
        self.machine.settle()
        self.machine.knob(NATIVE, probe_errno=0, only="")
        self.machine.write(f"{path}/driver_override", "standin_c")
        self.machine.write("/sys/bus/pci/drivers/standin_c/bind", self.HUNG)
        self.machine.settle()

    def driverctl(self, count):
        addresses = self.fresh(count)
        script = f"for a in {' '.join(addresses)}; do driverctl --nosave set-override $a {VFIO}; done"
        return self.time(addresses, lambda: self.machine.run(script))

    def shell(self, count):
        addresses = self.fresh(count)
        return self.time(addresses, lambda: self.machine.run(["parallel", *addresses]))


def slow(lab, table, options):
    ways, count = Slow(lab), 64
    kinds = {"one": lambda: ways.monitor(1), "all": lambda: ways.monitor(count),
             "stuck": lambda: ways.monitor(count, stuck=True), "shell one": lambda: ways.shell(1),
             "shell": lambda: ways.shell(count)}  # fmt: skip
    median = in_turns(kinds, options.slow_runs, options.verbose)
    label = f"{count} that let go after {ways.DELAY} ms"
    table.line(f"{label}, monitor", median["all"], "ms", "monitor, one of them", median["one"])
    table.line(f"{label}, monitor", median["all"], "ms", "sh, a process for each", median["shell"])
    table.line(f"{label}, sh", median["shell"], "ms", "sh, one of them", median["shell one"])
    table.line(f"{label}, monitor", median["all"], "ms", "driverctl, in a loop", ways.driverctl(count))
    table.line(f"the other {count - 1} where one is stuck", median["stuck"], "ms", "all, where none is", median["all"])
