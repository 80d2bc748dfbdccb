"""slow at this machine's own speed: drivers that take their time to let go, of functions that are made up.

The machine of the lab has emulated processors, on which forking 64 workers takes longer than the drivers do. Here the
service runs on this machine's processors, in a mount namespace of its own where /sys, /run and /var/lib are made up;
the kernel's part is played by peers/drivers.c. Nothing outside of that namespace is written to.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from measure import MINIMAL, in_turns
from pretend_root import Root, surroundings

HERE = os.path.dirname(os.path.abspath(__file__))
DELAY = 500  # milliseconds
LIMITS = {"slow": 1.5, "stuck": 1.1}
CARD = "f00d:0001"
POLICY = f'[[policy]]\nname = "cards"\nmatch = {{ id = "{CARD}" }}\nmethod = "driver_override"\n'
ATTRIBUTES = {
    "vendor": "0xf00d\n", "device": "0x0001\n", "class": "0x020000\n", "subsystem_vendor": "0x0000\n",
    "subsystem_device": "0x0000\n", "revision": "0x00\n", "numa_node": "-1\n", "driver_override": "(null)\n",
    "config": bytes(64),
}  # fmt: skip
# The monitor wants udev to be there, and only looks whether its socket is.
STAGE = ('mount --bind "$0/sys" /sys; mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mkdir /run/udev;'
         ' : > /run/udev/control; exec "$@"')  # fmt: skip


class Stage:
    """Cards on slow drivers, each alone in its IOMMU group; the first `stuck` of them on one that never lets go."""

    def __init__(self, options, count, stuck=0):
        self.options, self.stuck = options, stuck
        self.addresses = [f"0001:{0x40 + number // 32:02x}:{number % 32:02x}.0" for number in range(count)]

    def __enter__(self):
        # The namespace hides /run.
        self.path = tempfile.mkdtemp(dir=None if self.options.place == "/run" else self.options.place)
        root = Root(self.path)
        surroundings(root, ["vfio-pci", "slow", "endless"])
        for number, address in enumerate(self.addresses):
            folder, group = f"sys/bus/pci/devices/{address}", f"sys/kernel/iommu_groups/{number}"
            for name, content in ATTRIBUTES.items():
                root.write(f"{folder}/{name}", content)
            root.link(f"{group}/devices/{address}", folder)
            root.link(f"{folder}/iommu_group", group)
            root.link(f"{folder}/driver", f"sys/bus/pci/drivers/{'endless' if number < self.stuck else 'slow'}")
        for name in ("policy.toml", "binds", "said"):
            root.write(name, "")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def at(self, name):
        return os.path.join(self.path, name)

    @contextlib.contextmanager
    def running(self, *command):
        """A program in the namespace; what is left of it at the end is killed."""
        library = os.path.join(self.options.build, "drivers.so")
        environment = MINIMAL | {"LD_PRELOAD": library, "BINDS": self.at("binds"), "REMOVE_DELAY_MS": str(DELAY)}
        with open(self.at("said"), "w") as said:
            process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-ec", STAGE, self.path, *command],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)  # fmt: skip
        try:
            yield process
        finally:
            workers = self.children(process.pid)
            process.terminate()
            process.wait()
            for worker in workers:
                # One whose write does not return would outlive us.
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(worker, signal.SIGKILL)
                os.close(worker)

    @staticmethod
    def children(pid):
        """A descriptor of each child that has not ended yet."""
        descriptors = []
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{pid}/children") as children:
            for child in children.read().split():
                with contextlib.suppress(ProcessLookupError):
                    descriptors.append(os.pidfd_open(int(child)))
        return descriptors

    def wait_for(self, predicate, process, what):
        deadline = time.monotonic() + 900
        while not predicate():
            if process.poll() not in (None, 0) or time.monotonic() > deadline:
                with open(self.at("said")) as said:
                    sys.exit(f"slow, at own speed: {what} did not happen: {said.read()}")
            time.sleep(0.01)

    def binds(self):
        with open(self.at("binds")) as lines:
            return [line.split() for line in lines if line.endswith("\n")]

    def until_bound(self, process, began):
        """Milliseconds until the last card of those that are not stuck is bound."""
        wanted = set(self.addresses[self.stuck:])
        self.wait_for(lambda: {address for address, _ in self.binds()} >= wanted, process, "the last bind")
        return (max(int(ns) for _, ns in self.binds()) - began) / 1e6

    def monitor(self):
        """The monitor is told of the policy when it is at rest."""
        with self.running(self.options.binary, "monitor", "--policy", self.at("policy.toml")) as process:
            self.wait_for(lambda: "watching" in open(self.at("said")).read(), process, "the monitor's start")
            time.sleep(0.5)
            with open(self.at("policy.toml"), "w") as policy:
                policy.write(POLICY)
            began = time.monotonic_ns()
            process.send_signal(signal.SIGHUP)
            return self.until_bound(process, began)

    def shell(self):
        began = time.monotonic_ns()
        with self.running(os.path.join(HERE, "peers", "parallel.sh"), *self.addresses) as process:
            return self.until_bound(process, began)


def slow(table, options):
    library = os.path.join(options.build, "drivers.so")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, os.path.join(HERE, "peers", "drivers.c"), "-ldl"],
                   check=True)  # fmt: skip

    def taken(count, stuck, way):
        with Stage(options, count, stuck) as stage:
            return way(stage)

    median = in_turns({
        "one": lambda: taken(1, 0, Stage.monitor), "all": lambda: taken(64, 0, Stage.monitor),
        "stuck": lambda: taken(64, 1, Stage.monitor), "shell": lambda: taken(64, 0, Stage.shell),
    }, options.slow_runs, options.verbose)  # fmt: skip
    label = f"own speed: 64 that let go after {DELAY} ms"
    table.line(label, median["all"], "ms", "monitor, one of them", median["one"], LIMITS["slow"])
    table.line(label, median["all"], "ms", "sh, a process for each", median["shell"])
    table.line("own speed: the other 63 where one is stuck", median["stuck"], "ms", "all, where none is", median["all"], LIMITS["stuck"])
