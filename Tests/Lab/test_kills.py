"""Kills and unplugs at random times, from outside: what the next run leaves behind must be what the policies say."""

import os
import random

import pytest
from steps import errno_of, outcomes, program, wait_driver

SCALE = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1"))
SEED = int(os.environ.get("VFIO_REBIND_SEED", "1"))
# A kill or an unplug with the runs after it takes seconds: the normal run has a few kills, unplugs are for the full
# one.
FULL = SCALE >= 10
KILLS, UNPLUGS = 200 if FULL else 6, 100
CARDS = ["0001:00:00.0", "0001:00:01.0"]
# By new_id; by driver_override; a group of two that goes as a whole.
POLICIES = """
[[policy]]
name = "roce-express"
match = { id = ["15b3:1003", "15b3:1004"] }

[[policy]]
name = "nic"
match = { id = "8086:10d3", address = "0000:*" }

[[policy]]
name = "pair"
match = { id = "8086:100e" }
group = "whole"
"""
# Starts a command, waits, and kills its workers, itself, or both, as a process of its own; prints how many it hit.
KILLER = """#!/bin/sh
whom=$1 delay=$2; shift 2
"$@" > /dev/null 2>&1 &
parent=$!
sleep "$delay"
workers=$(cat /proc/$parent/task/$parent/children 2>/dev/null)
case $whom in worker) prey=$workers ;; parent) prey=$parent ;; both) prey="$parent $workers" ;; esac
hit=0
for process in $prey; do kill -KILL $process 2>/dev/null && hit=$((hit + 1)); done
echo $hit
"""


class Host:
    """Functions with their native drivers, and what must be true of them after a run that was not disturbed."""

    def __init__(self, machine):
        self.machine = machine
        machine.install(rules=False)
        machine.write("/usr/local/sbin/killer", KILLER, 0o755)
        machine.run(["modprobe", "-a", "mlx4_core", "e1000e", "e1000"])
        machine.bridge(*[f"add {card} 15b3:1003" for card in CARDS])
        self.native = {card: "mlx4_core" for card in CARDS}
        self.native |= {machine.address_of("nic"): "e1000e", machine.address_of("pair0"): "e1000"}
        self.native |= {machine.address_of("pair1"): "e1000"}
        for address, driver in self.native.items():
            wait_driver(machine, address, driver)
        machine.policy(POLICIES)

    def drivers(self):
        present = self.machine.functions()
        return {address: present[address] for address in self.native}

    def overrides(self):
        script = "cd /sys/bus/pci/devices && grep -H . */driver_override"
        lines = [line.split("/driver_override:") for line in self.machine.run(script).stdout.splitlines()]
        return {address: value for address, value in lines if address in self.native and value != "(null)"}

    def expect_taken(self, hint):
        assert set(self.drivers().values()) == {"vfio-pci"}, f"{hint}: {self.drivers()}"
        assert set(self.overrides().values()) <= {"vfio-pci"}, f"{hint}: {self.overrides()}"

    def expect_native(self, hint):
        assert self.drivers() == self.native, f"{hint}: {self.drivers()}"
        assert self.overrides() == {}, hint
        assert self.machine.run("ls /run/vfio-rebind/journal 2>/dev/null", check=False).stdout == "", hint
        for text in ("15b3 1003", "15b3 1004", "8086 100e"):
            # Only what is registered can be removed: no id is left behind.
            assert errno_of(self.machine, "/sys/bus/pci/drivers/vfio-pci/remove_id", text) in ("ENODEV", "ENOENT"), hint

    def kill(self, chance, longest, *words):
        """One command, killed at a random time; how many processes that hit."""
        whom, delay = chance.choice(["worker", "parent", "both"]), chance.uniform(0, longest)
        hit = int(self.machine.run(["/usr/local/sbin/killer", whom, f"{delay:.3f}", "vfio-rebind", *words]).stdout)
        return hit, f"{words[0]}, {whom} killed after {delay:.3f} s"

    def duration(self, *words):
        result = self.machine.run(["vfio-rebind", *words])
        return (result.ended_us - result.began_us) / 1e6


def test_kills_at_random_times_lose_nothing(machine, said):
    chance, host = random.Random(SEED), Host(machine)
    longest = {"apply": host.duration("apply"), "release": host.duration("release", "--all")}
    hits = 0
    while hits < KILLS:
        program(machine, "release", "--all")
        machine.run("rm -rf /run/vfio-rebind/holds")
        hit, hint = host.kill(chance, longest["apply"], "apply")
        hits += hit
        if chance.random() < 0.7:
            program(machine, "apply")
            host.expect_taken(hint)
            hit, hint = host.kill(chance, longest["release"], "release", "--all")
            hits += hit
            program(machine, "release", "--all")
            host.expect_native(hint)
        else:
            # Nobody wants it any more: what was begun is undone.
            machine.policy("")
            program(machine, "apply")
            program(machine, "release", "--all")
            host.expect_native(f"{hint}, then without policies")
            machine.policy(POLICIES)
    said(f"{hits} kills from seed {SEED} on; nothing driverless, no override and no id left behind")


if FULL:

    @pytest.mark.parametrize("words", [("apply",), ("release", "--all")])
    def test_surprise_unplugs_at_random_times(machine, said, words):
        chance, host = random.Random(SEED), Host(machine)
        longest = {"apply": host.duration("apply"), "release": host.duration("release", "--all")}[words[0]]
        vanished = 0
        for turn in range(UNPLUGS // 2):
            card = chance.choice(CARDS)
            hint = f"turn {turn} of seed {SEED}: {card} during {words}"
            if words[0] == "release":
                program(machine, "apply", *host.native)
            running = machine.start(["vfio-rebind", *words, "--json"])
            machine.run(["sleep", f"{chance.uniform(0, longest):.3f}"])
            machine.bridge(f"surprise {card}")
            result = running.wait(60)
            assert result.status in (0, 1), f"{hint}: {result.stderr}"
            vanished += "vanished" in result.stdout
            assert not machine.exists(card), hint
            machine.bridge(f"plug {card}")
            # The id may be registered still: either driver is right for a new card, none is not.
            machine.wait_for(lambda card=card: machine.driver_of(card), what=f"{hint}: the new card has a driver")
            again = program(machine, "apply", *host.native)
            assert set(outcomes(again).values()) <= {"rebound", "already"}, f"{hint}: {again}"
            host.expect_taken(hint)
            program(machine, "release", "--all")
            machine.run("rm -rf /run/vfio-rebind/holds")
            drivers = host.drivers()
            assert None not in drivers.values(), f"{hint}: {drivers}"
            for address, driver in drivers.items():
                assert driver in (host.native[address], "vfio-pci"), f"{hint}: {drivers}"
            if card in drivers and drivers[card] == "vfio-pci":
                # It was plugged in while the id was registered, so vfio-pci is its recorded driver of old.
                machine.bridge(f"unplug {card}", f"plug {card}")
                wait_driver(machine, card, "mlx4_core")
        said(f"{UNPLUGS // 2} unplugs during {words[0]} from seed {SEED} on, {vanished} seen as vanished")
