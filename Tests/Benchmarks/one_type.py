"""Events of one card, where many of its type are there: `handle` must not cost more for what it is not about."""

import os
import re
import shutil
import subprocess
import tempfile

from measure import MINIMAL, instructions, tool
from pretend_host import Host
from pretend_root import Root, surroundings

HERE = os.path.dirname(os.path.abspath(__file__))
CARD, NATIVE, VFIO = "15b3:1003", "mlx4_core", "vfio-pci"
METHODS = ("new_id", "driver_override", "auto")
OUTCOMES = ("rebound", "already", "refused")


class Machine:
    """A made-up host with `count` cards of one type, each alone in its IOMMU group, all of them where the policy wants
    them. What has happened to the first is up to the caller."""

    def __init__(self, options, place, count, method):
        self.options = options
        self.path = os.path.join(place, f"{count}-{method}")
        self.root = Root(self.path)
        surroundings(self.root, [VFIO, NATIVE])
        self.host = Host(self.root)
        port = self.host.port(0)[0]
        self.addresses = [f"0000:{1 + number // 32:02x}:{number % 32:02x}.0" for number in range(count)]
        self.homes = {address: f"{port}/{address}" for address in self.addresses}
        for address in self.addresses:
            self.plug(address)
        for folder in ("etc/vfio-rebind/policy.d", "run/vfio-rebind", "var/lib/vfio-rebind"):
            self.root.folder(folder)
        choice = "" if method == "auto" else f'method = "{method}"\n'
        self.root.write("etc/vfio-rebind/policy.d/cards.toml",
                        f'[[policy]]\nname = "cards"\nmatch = {{ id = "{CARD}" }}\n{choice}')  # fmt: skip
        self.environment = MINIMAL | {"LD_PRELOAD": os.path.join(options.build, "drivers.so")}
        subprocess.run([options.binary, "--root", self.path, "apply", "--quiet"], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    def plug(self, address):
        self.host.function(address, self.homes[address], CARD, "15b3:0055", 0x020000, NATIVE, self.host.new_group(), 0)

    def replug(self):
        """Another card comes in the place of the first, as a real one does: with a new group, on its native driver."""
        address = self.addresses[0]
        home = os.path.join(self.path, self.homes[address])
        # Kept aside, so that nobody gets its inode number, by which cards are told apart.
        os.rename(home, tempfile.mkdtemp(dir=os.path.join(self.path, "run")) + "/card")
        os.unlink(f"{self.path}/sys/bus/pci/devices/{address}")
        for driver in (NATIVE, VFIO):
            if os.path.islink(link := f"{self.path}/sys/bus/pci/drivers/{driver}/{address}"):
                os.unlink(link)
        self.root.folders = {folder for folder in self.root.folders if not folder.startswith(self.homes[address])}
        self.plug(address)

    def use(self):
        """The default route goes over the card: its guard refuses it."""
        self.host.interface(self.homes[self.addresses[0]])
        with open(f"{self.path}/proc/net/route", "a", encoding="utf-8") as routes:
            routes.write(f"eth{self.host.interfaces}\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")

    def event(self, action):
        """What udevd gives to `handle`."""
        address = self.addresses[0]
        vendor, device = CARD.upper().split(":")
        return self.environment | {
            "ACTION": action, "DEVPATH": "/" + self.homes[address].removeprefix("sys/"), "SUBSYSTEM": "pci",
            "PCI_CLASS": "20000", "PCI_ID": f"{vendor}:{device}", "PCI_SUBSYS_ID": "15B3:0055",
            "PCI_SLOT_NAME": address, "SEQNUM": "4711",
        }  # fmt: skip

    @property
    def driver(self):
        link = f"{self.path}/{self.homes[self.addresses[0]]}/driver"
        return os.path.basename(os.readlink(link)) if os.path.islink(link) else None

    def handle(self, action, measure):
        return measure([self.options.binary, "--root", self.path, "handle"], self.event(action))


def calls(command, environment):
    """System calls of a program and of what it starts."""
    library = environment["LD_PRELOAD"]
    rest = [f"{name}={value}" for name, value in environment.items() if name != "LD_PRELOAD"]
    with tempfile.NamedTemporaryFile("r", prefix="calls-") as file:
        subprocess.run([tool("strace"), "-f", "-c", "-U", "calls,name", "-o", file.name, "-E", f"LD_PRELOAD={library}",
                        *command], env=dict(each.split("=", 1) for each in rest), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        total = re.search(r"^\s*(\d+) total$", file.read(), re.MULTILINE)
    return int(total[1])


def counts(machine, outcome, expected):
    """Instructions and system calls of one event; what it did is checked."""
    taken = []
    for measure in (run, instructions, calls):
        if outcome != "already":
            machine.replug()
            if outcome == "refused":
                machine.use()
        value = machine.handle("bind" if outcome == "already" else "add", measure)
        if machine.driver != expected:
            raise RuntimeError(f"{machine.path}: {outcome}: the card's driver is {machine.driver}, not {expected}")
        taken.append(value)
    return taken[1:]


def apply_one(options, place, count):
    """Counts of `apply` of one card that has just come."""
    machine = Machine(options, place, count, "auto")
    taken = []
    for measure in (run, instructions, calls):
        machine.replug()
        taken.append(measure([options.binary, "--root", machine.path, "apply", "--quiet", machine.addresses[0]],
                             machine.environment))  # fmt: skip
        if machine.driver != VFIO:
            raise RuntimeError(f"{machine.path}: apply: the card's driver is {machine.driver}, not {VFIO}")
    shutil.rmtree(machine.path)
    return taken[1:]


def run(command, environment):
    subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def measured(options, place, count):
    """Counts by method and outcome on a host with so many cards."""
    figures = {}
    for method in METHODS:
        machine = Machine(options, place, count, method)
        for outcome in OUTCOMES:
            figures[method, outcome] = counts(machine, outcome, NATIVE if outcome == "refused" else VFIO)
        shutil.rmtree(machine.path)
    return figures
