"""A long life in short: events, hot-plugs and reloads without end; nothing may grow, and nothing may be missed."""

import json
import os

from steps import start_monitor, wait_driver

# 1 is a tenth of what the project asks for: 20,000 uevents, 200 hot-plugs and unplugs, 20 reloads.
SCALE = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1"))
# Workers that wait ahead for work.
SPARES = 2
CARDS = [f"0001:00:{device:02x}.0" for device in range(4)]
FILE = "/etc/vfio-rebind/policy.d/lab.toml"
POLICY = '[[policy]]\nname = "roce{}"\nmatch = {{ id = "15b3:1003", address = "0001:*" }}\n'


def test_memory_and_descriptors_stay_and_every_card_is_where_it_belongs(machine):
    machine.install(rules=False, unit=True)
    machine.run(["modprobe", "mlx4_core"])
    machine.bridge(*[f"add {card} 15b3:1003" for card in CARDS])
    machine.settle()
    machine.write(FILE, POLICY.format(0))
    start_monitor(machine)
    pid = machine.run("systemctl show -P MainPID vfio-rebind.service").stdout.strip()
    status = lambda: json.loads(machine.run(["vfio-rebind", "status", "--json"]).stdout)
    samples, reloads, plugs, before = [], 0, 0, machine.mark()
    for tenth in range(10):
        # Every card gets its share of events while cards come and go.
        script = f"for i in $(seq {50 * SCALE}); do for c in {' '.join(CARDS)}; do echo change > /sys/bus/pci/devices/$c/uevent; done; done"
        events = machine.start(f"({script}) 2>/dev/null")
        for _ in range(2 * SCALE):
            machine.bridge(f"unplug {CARDS[0]}", f"plug {CARDS[0]}")
            plugs += 1
        events.wait()
        machine.settle()
        while reloads < (tenth + 1) * 2 * SCALE // 10:
            reloads += 1
            machine.write(FILE, POLICY.format(reloads))
            machine.wait_for(
                lambda: [each["name"] for each in status()["policies"]] == [f"roce{reloads}"],
                "the policies are read",
            )
        for card in CARDS:
            wait_driver(machine, card, "vfio-pci")
        samples.append(sample(machine, pid))
    count = len(machine.uevents(before, SUBSYSTEM="pci"))
    print(
        f"{count} uevents, {plugs} hot-plugs, {reloads} reloads; private dirty kB and descriptors by tenth: {samples}"
    )
    assert count >= 2000 * SCALE and plugs == 20 * SCALE and reloads == 2 * SCALE
    # The allocator may keep a little; ten times the work may not cost ten times that.
    assert samples[-1][0] <= samples[0][0] * 1.1 + 256, samples
    assert samples[-1][1] == samples[0][1], samples


def sample(machine, pid):
    """Private dirty memory in kB and open descriptors, once no worker runs but the two that wait ahead."""
    children = lambda: machine.run(f"pgrep -P {pid}", check=False).stdout.split()
    machine.wait_for(lambda: len(children()) == SPARES, "the workers end")
    dirty = machine.run(f"awk '/Private_Dirty/ {{print $2}}' /proc/{pid}/smaps_rollup").stdout
    return int(dirty), len(machine.run(f"ls /proc/{pid}/fd").stdout.split())
