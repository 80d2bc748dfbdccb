"""What is measured in the lab's machine: from the kernel's event to vfio-pci's bind, a storm of cards, an idle monitor.

Times are those at which the lab's recorder received the kernel's uevents: CLOCK_MONOTONIC of the guest. One machine for
latency, one for each storm; one way at a time. The card is the stand-in with its native driver loaded before vfio-pci,
so that it binds first.
"""

import contextlib
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Lab"))

CARD, NATIVE, VFIO = "15b3:1003", "mlx4_core", "vfio-pci"
RULE, UNIT = "/usr/lib/udev/rules.d/60-vfio-rebind.rules", "vfio-rebind.service"
PEER_RULE, PEER_SCRIPT = "/run/udev/rules.d/99-rebind-peer.rules", "/usr/local/lib/rebind.sh"
MEMORY_LIMIT = 6144  # KiB
# Seconds without an event before a card is plugged: udevd's idle workers end after three (src/udev/udevd.c).
AT_NIGHT = 5
# Seconds from one card's end to the next one: they still wait for more.
AMONG_OTHERS = 0.5
# So many cards come one after another; what the first takes is a figure of its own.
IN_A_ROW = 4


class Ways:
    """The ways from an event to vfio-pci. Each is a context in which it, and nothing else, is at work."""

    def __init__(self, machine, build, native_first=True):
        self.machine = machine
        peer = os.path.join(build, "rebind")
        subprocess.run(["cc", "-O2", "-static", "-o", peer, HERE / "peers" / "rebind.c"], check=True)
        machine.put(peer, "/usr/local/sbin/rebind", 0o755)
        machine.put(HERE / "peers" / "rebind.sh", PEER_SCRIPT, 0o755)
        machine.install(rules=True, unit=True)
        self.rule_text = machine.read(RULE)
        self._rule(RULE, None)
        # In this order: a driver that is registered earlier is asked earlier. One that is not there udev loads for the first card.
        machine.run(f"{f'modprobe {NATIVE} && ' if native_first else ''}modprobe {VFIO} && sync")

    def _rule(self, path, text):
        if text is None:
            self.machine.run(["rm", "-f", path])
        else:
            self.machine.write(path, text)
        self.machine.run(["udevadm", "control", "--reload"])

    def _policy(self, method):
        choice = f'method = "{method}"\n' if method else ""
        self.machine.policy(f'[[policy]]\nname = "cards"\nmatch = {{ id = "{CARD}" }}\n{choice}')

    @contextlib.contextmanager
    def monitor(self, method="driver_override"):
        self._policy(method)
        self.machine.run(["systemctl", "start", UNIT])
        try:
            yield
        finally:
            self.machine.run(["systemctl", "stop", UNIT])

    @contextlib.contextmanager
    def listener(self, method="driver_override"):
        method = {"driver_override": "override"}.get(method, method)
        running = self.machine.start(["rebind", "--group", "udev", "--method", method, CARD])
        try:
            running.wait_output("ready")
            yield
        finally:
            running.kill()

    @contextlib.contextmanager
    def rule(self, method="driver_override"):
        self._policy(method)
        self._rule(RULE, self.rule_text)
        try:
            yield
        finally:
            self._rule(RULE, None)

    @contextlib.contextmanager
    def script(self):
        text = (HERE / "peers" / "99-rebind-peer.rules").read_text(encoding="utf-8")
        vendor, device = CARD.split(":")
        self._rule(PEER_RULE, text.replace("0x8086", f"0x{vendor}").replace("0x10d3", f"0x{device}"))
        try:
            yield
        finally:
            self._rule(PEER_RULE, None)

    @contextlib.contextmanager
    def driverctl(self, addresses):
        """Its rule is always there, and does nothing for an address that is not saved as set-override would."""
        self.machine.run("while read -r address; do echo vfio-pci > /etc/driverctl.d/pci-$address; done",
                         input="".join(f"{address}\n" for address in addresses))  # fmt: skip
        try:
            yield
        finally:
            self.machine.run("rm -f /etc/driverctl.d/pci-*")


class Lab:
    """A machine with all ways, and what is measured on it."""

    def __init__(self, machine, build, native_first=True):
        self.machine = machine
        self.ways = Ways(machine, build, native_first)
        self.plugged = 0

    def quiet(self, seconds=0.5):
        self.machine.settle()
        time.sleep(seconds)

    def next_address(self):
        """One that no card had yet."""
        self.plugged += 1
        return f"0001:{0x40 + self.plugged // 32:02x}:{self.plugged % 32:02x}.0"

    def bound(self):
        return int(self.machine.run(f"ls -d /sys/bus/pci/drivers/{VFIO}/0001:* 2>/dev/null | wc -l").stdout)

    def cards(self, way, count):
        """Milliseconds from a card's add to vfio-pci's bind; way(address) is the context that binds the first.

        The host is quiet when the first comes; each of the others comes soon after the one before it."""
        addresses = [self.next_address() for _ in range(count)]
        taken = []
        with way(addresses[0]):
            self.quiet(AT_NIGHT)
            for address in addresses:
                if taken:
                    time.sleep(AMONG_OTHERS)
                taken.append(self.plug(address))
            self.machine.settle()
        for address in addresses:
            self.machine.bridge(f"remove {address}")
        return taken

    def plug(self, address):
        """The same for a card that comes now."""
        mark = self.machine.mark()
        self.machine.bridge(f"add {address} {CARD}")
        time.sleep(0.7)  # nobody asks the guest meanwhile
        end = self.machine.wait_uevent(mark, ACTION="bind", PCI_SLOT_NAME=address, DRIVER=VFIO)
        add = self.machine.wait_uevent(mark, ACTION="add", PCI_SLOT_NAME=address)
        if not self.machine.uevents(mark, ACTION="bind", PCI_SLOT_NAME=address, DRIVER=NATIVE):
            raise RuntimeError(f"{address}: {NATIVE} did not bind first; this measures something else")
        return (end["us"] - add["us"]) / 1e3

    def medians(self, ways, options, count=1):
        """Medians of each way, of the first card and of all that come after another; the first turn warms up."""
        taken = {name: [] for name in ways}
        for turn in range(options.lab_runs + 1):
            for name, way in ways.items():
                values = self.cards(way, count)
                if turn:
                    taken[name].append(values)
        if options.verbose:
            for name, values in taken.items():
                print(f"    {name}: {' '.join(f'{each:.1f}' for each in sum(values, []))}", file=sys.stderr)
        firsts = {name: [values[0] for values in turns] for name, turns in taken.items()}
        others = {name: [value for values in turns for value in values[1:]] for name, turns in taken.items()}
        return {name: [statistics.median(values) for values in (firsts[name], others[name]) if values] for name in ways}

    def storm(self, way, count, limit):
        """Seconds from the first add to the last bind of vfio-pci, and how many cards it has in the end, or at the
        limit."""
        buses = [f"0001:{bus:02x}:{slot:02x}.0" for bus in range(64) for slot in range(32)]
        with way(buses[:count]):
            self.quiet()
            mark = self.machine.mark()
            self.machine.bridge(f"fill {count} 0 {CARD}")
            begin = since = time.monotonic()
            bound = -1
            while bound < count and time.monotonic() - since < 60 and time.monotonic() - begin < limit:
                time.sleep(1)
                self.machine.settle()
                now = self.bound()
                if now != bound:
                    bound, since = now, time.monotonic()
            adds = self.machine.uevents(mark, ACTION="add", SUBSYSTEM="pci")
            binds = self.machine.uevents(mark, ACTION="bind", DRIVER=VFIO)
        return (binds[-1]["us"] - adds[0]["us"]) / 1e6 if binds else None, bound

    def monitor_memory(self):
        """Private dirty memory of the service in KiB."""
        process = self.machine.run(["systemctl", "show", "-P", "MainPID", UNIT]).stdout.strip()
        text = self.machine.read(f"/proc/{process}/smaps_rollup")
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_Dirty:"))

    def forget_ids(self):
        """So that the next method is not helped by this one."""
        script = f"echo {CARD.replace(':', ' ')} > /sys/bus/pci/drivers/{VFIO}/remove_id; rm -rf /run/vfio-rebind/ids"
        self.machine.run(script, check=False)


@contextlib.contextmanager
def started(options, native_first=True):
    """A machine for all sections."""
    os.environ["VFIO_REBIND_BINARY"] = options.binary
    from lab import Machine  # pylint: disable=import-outside-toplevel

    with Machine() as machine:
        yield Lab(machine, options.build, native_first)
        if faults := machine.dmesg_faults():
            raise RuntimeError("the guest's kernel complains:\n" + "\n".join(faults))


def latency(lab, table, options, limit):
    ways = lab.ways
    for method in ("driver_override", "new_id"):
        both = {"monitor": lambda _, method=method: ways.monitor(method),
                "C": lambda _, method=method: ways.listener(method)}  # fmt: skip
        taken = lab.medians(both, options, IN_A_ROW)
        for place, which in enumerate(("card", "next card")):
            table.line(f"{which} to vfio-pci, monitor, {method}", taken["monitor"][place], "ms",
                       "C, the same writes", taken["C"][place], limit)  # fmt: skip
        lab.forget_ids()
    rules = {"rule": lambda _: ways.rule(), "sh": lambda _: ways.script(),
             "driverctl": lambda address: ways.driverctl([address])}  # fmt: skip
    taken = lab.medians(rules, options)
    table.line("card to vfio-pci, rule", taken["rule"][0], "ms", "sh by RUN+=", taken["sh"][0])
    table.line("card to vfio-pci, rule", taken["rule"][0], "ms", "driverctl's rule", taken["driverctl"][0])
    with ways.monitor():
        time.sleep(2)
        memory = lab.monitor_memory()
    table.line("monitor, idle, in the lab: private dirty", memory, "KiB", "limit", MEMORY_LIMIT, 1)


def storm(table, options, limits):
    """Many cards at once, by each way, and by the rule once more with a policy that names the device ID and nothing else,
    with the native driver loaded before and not."""
    count = options.cards
    storms = {"monitor": lambda ways, _: ways.monitor(), "C, the same writes": lambda ways, _: ways.listener(),
              "rule": lambda ways, _: ways.rule(), "sh by RUN+=": lambda ways, _: ways.script(),
              "driverctl's rule": lambda ways, addresses: ways.driverctl(addresses)}  # fmt: skip
    by_id = {"rule, by ID": lambda ways, _: ways.rule(None), "sh by RUN+=": lambda ways, _: ways.script()}
    crowd = {"monitor, by ID": lambda ways, _: ways.monitor(None), "C, new_id": lambda ways, _: ways.listener("new_id")}
    taken = {(name, True): storm_of(options, way, count) for name, way in storms.items()}
    taken["rule, by ID", True] = storm_of(options, by_id["rule, by ID"], count)
    taken |= {(name, False): storm_of(options, way, count, False) for name, way in by_id.items()}
    pairs = [("monitor", "C, the same writes", limits["storm"]), ("monitor", "sh by RUN+=", None),
             ("monitor", "driverctl's rule", None), ("rule", "sh by RUN+=", None), ("rule", "driverctl's rule", None),
             ("rule, by ID", "sh by RUN+=", limits["rule"])]  # fmt: skip
    for ours, peer, most in pairs:
        compare(table, f"storm of {count}, {ours}", count, taken[ours, True], peer, taken[peer, True], most)
    compare(table, f"storm of {count}, rule, no native driver", count, taken["rule, by ID", False], "sh by RUN+=",
            taken["sh by RUN+=", False], limits["rule"])  # fmt: skip
    large = options.crowd
    results = {name: storm_of(options, way, large) for name, way in crowd.items()}
    compare(table, f"storm of {large}, monitor, by ID", large, results["monitor, by ID"], "C, new_id",
            results["C, new_id"], limits["crowd"])  # fmt: skip


def storm_of(options, way, count, native_first=True):
    """Seconds to the last bind, and how many cards were bound."""
    # A machine each: what is left to do when patience ends would go on for minutes.
    with started(options, native_first) as lab:
        taken = lab.storm(lambda addresses: way(lab.ways, addresses), count, options.patience)
    if options.verbose:
        print(f"    {taken[1]} cards in {taken[0]} s", file=sys.stderr, flush=True)
    return taken


def compare(table, label, count, ours, peer, theirs, most):
    """Two lines: how long it took, and how many there were in the end, of which ours must be all."""
    table.line(f"{label}: to the last", ours[0], "s", peer, theirs[0], most)
    table.line(f"{label}: bound in the end", ours[1], "", peer, theirs[1])
    if ours[1] != count:
        table.broken.append(f"{label}: {count - ours[1]} cards left behind")
