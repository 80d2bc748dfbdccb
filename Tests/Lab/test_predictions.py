"""What `plan` predicts, and what `apply` leads to on a real kernel: the same decisions, the same drivers.

VFIO_REBIND_SEED names the first chain; a chain that disagrees is printed with all that it takes to run it alone.
"""

import json
import os
import shlex
import time

import pytest
from combinations import MODULES, NIC, PAIR, Chain, of_driver, override

COUNT = 300 if int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10 else 12
SEED = int(os.environ.get("VFIO_REBIND_SEED", "1"))
TOGETHER = 6  # chains in one call to the guest
UDEV = "systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service"
MARK = "==== "
TABLELESS = ("vfio-pci", "standin_vfio_pci", "standin_c", "pci-stub")
VARIABLE = ("standin_vfio_pci", "vfio-pci")  # those that a chain may find not loaded yet
# What a decision leads to; only the kernel can add to it.
OUTCOMES = {"rebind": "rebound", "already": "already", "refused": "refused", "ignored": "ignored", "held": "held"}


class Host:
    """A machine whose own network cards take part, and whose udev does not: it would load modules at its own time."""

    def __init__(self, machine):
        self.machine = machine
        machine.install(rules=False)
        machine.run(["modprobe", "-a", "standin_bridge", "e1000e", "e1000", *MODULES])
        machine.settle()
        machine.run(UDEV)
        text = machine.run("cd /sys/bus/pci/devices; for f in *; do echo $f $(cat $f/vendor $f/device); done").stdout
        self.ids = {
            address: f"{vendor[2:]}:{device[2:]}" for address, vendor, device in map(str.split, text.splitlines())
        }
        self.drivers = machine.functions()
        self.residents = {address: (card, self.drivers[address]) for address, card in sorted(self.ids.items())
                          if card in (NIC, PAIR)}  # fmt: skip
        assert len(self.residents) == 3 and all(driver for _, driver in self.residents.values())

    def chain(self, seed):
        return Chain(seed, self.residents)

    def script(self, chain):
        """Makes the host, then shows plan, command, and who drives what before and after each."""
        addresses = [*self.drivers, *chain.cards]
        lines = [f"modprobe -r {name}" for name in VARIABLE if name not in chain.modules]
        lines += [f"modprobe {name}" for name in VARIABLE if name in chain.modules]
        lines.append(shown("setup", writes(chain.setup, ["nowhere"])))
        for policies, words in chain.rounds:
            if policies is not None:
                lines.append(f"cat > /etc/vfio-rebind/policy.d/lab.toml <<'END'\n{policies}END")
            command = " ".join(words)
            dry = "plan" + command[len("apply"):] if words[0] == "apply" else f"{command} --dry-run"
            lines += [shown("before", writes([NOTHING], addresses)), shown("plan", f"vfio-rebind {dry} --json"),
                      shown("run", f"vfio-rebind {command} --json"), shown("after", writes([NOTHING], addresses))]  # fmt: skip
        lines.append(shown("release", "vfio-rebind release --all --json"))
        return "\n".join([*lines, self._reset(chain), shown("end", writes([NOTHING], list(self.drivers)))]) + "\n"

    def _reset(self, chain):
        lines = ["clear"]
        for address, (_, driver) in self.residents.items():
            for other in TABLELESS:
                lines.append(of_driver(other, "unbind", address))
            lines += [override(address, ""), of_driver(driver, "bind", address)]
        cards = {card for card, *_ in (*chain.cards.values(), *self.residents.values())} | {
            card for _, card in chain.foreign
        }
        lines += [
            of_driver(driver, "remove_id", card.replace(":", " ")) for card in sorted(cards) for driver in TABLELESS
        ]
        return writes(lines) + "\nrm -rf /run/vfio-rebind /var/lib/vfio-rebind /etc/vfio-rebind/policy.d/*"

    def run(self, chains):
        """The sections that each chain has printed."""
        text = "".join(f"echo '{MARK}chain {chain.seed}'\n{self.script(chain)}" for chain in chains)
        self.machine.write("/run/lab/chains.sh", "mkdir -p /etc/vfio-rebind/policy.d\n" + text)
        printed = self.machine.run(["sh", "/run/lab/chains.sh"], check=False)
        assert printed.status == 0, f"{printed.status}: {printed.stderr}"
        found = {}
        for part in printed.stdout.split(MARK)[1:]:
            name, _, body = part.partition("\n")
            if name.startswith("chain "):
                sections = found[int(name.split()[1])] = []
            else:
                sections.append((name, body))
        return [found[chain.seed] for chain in chains]


NOTHING = "/sys/bus/pci/drivers_probe\tnowhere"  # a line that changes nothing


def writes(lines, addresses=()):
    text = "".join(f"{line}\n" for line in lines)
    return f"writes {' '.join(addresses)} {'' if addresses else '>/dev/null'} <<'END'\n{text}END"


def shown(name, command):
    return f"echo '{MARK}{name}'\n{command}"


def drivers(body, addresses):
    """Of a line that `writes` printed."""
    names = body.strip().split("\t")[1:]
    return {address: None if name in ("none", "-") else name for address, name in zip(addresses, names)}


class Verdict:
    """One command of a chain: what was said before, and what came of it."""

    def __init__(self, sections, addresses):
        bodies = dict(sections)
        self.before, self.after = (drivers(bodies[name], addresses) for name in ("before", "after"))
        self.plan, self.run = (json.loads(bodies[name]) for name in ("plan", "run"))

    def differences(self):
        lines = []
        for address, driver in self.after.items():
            said = self.plan["predicted"].get(address, self.before[address])
            if said != driver:
                lines.append(f"{address}: {said} was predicted, {driver} has it (before: {self.before[address]})")
        outcomes = {each["address"]: each for each in self.run["functions"]}
        for each in self.plan["functions"]:
            outcome = outcomes.get(each["address"], {"outcome": None})
            wanted = OUTCOMES.get(each["decision"])
            if wanted and outcome["outcome"] not in (wanted, "released" if wanted == "rebound" else wanted):
                lines.append(f"{each['address']}: {each['decision']}, and then {outcome}")
            if (
                wanted in ("rebound", "refused")
                and {"policy"} <= outcome.keys()
                and each["policy"] != outcome["policy"]
            ):
                lines.append(f"{each['address']}: policy {each['policy']}, and then {outcome['policy']}")
        said, found = ({(each["id"], each["driver"]) for each in document["registrations"]}
                       for document in (self.plan, self.run))  # fmt: skip
        if said != found:
            lines.append(f"registrations {sorted(said)}, and then {sorted(found)}")
        return lines

    @property
    def changed(self):
        return self.before != self.after


def judged(host, chain, sections):
    """How many commands agreed and how many changed something; fails with all that it takes to see it
    again."""
    addresses = [*host.drivers, *chain.cards]
    changed = 0
    (_, made), *sections = sections
    results = [line.split("\t")[0] for line in made.splitlines()]
    refused = [line for line, result in zip(chain.setup, results) if line.startswith("add ") and result != "ok"]
    assert len(results) == len(chain.setup) and not refused, f"chain {chain.seed}: {refused}"
    for number, (policies, words) in enumerate(chain.rounds):
        four = sections[4 * number : 4 * number + 4]
        try:
            verdict = Verdict(four, addresses)
            lines = verdict.differences()
        except (KeyError, ValueError) as error:
            verdict, lines = None, [f"{type(error).__name__}: {error}"]
        if lines:
            earlier = "".join(f"{policies or ''}-- {shlex.join(words)}\n" for policies, words in chain.rounds[:number])
            raise AssertionError(
                f"chain {chain.seed}, command {number + 1}: {shlex.join(words)}\n  " + "\n  ".join(lines)
                + f"\nmodules {chain.modules}, host:\n" + "\n".join(chain.setup)
                + f"\n{earlier}{policies or ''}-- {shlex.join(words)}\n"
                + "\n".join(f"{name}: {body}" for name, body in four))  # fmt: skip
        changed += verdict.changed
    (_, released), (_, end) = sections[4 * len(chain.rounds) :]
    assert "error" not in json.loads(released)["schema"], released
    left = {
        address: driver for address, driver in drivers(end, host.drivers).items() if driver != host.drivers[address]
    }
    assert not left, f"chain {chain.seed}: the machine is not as it was: {left}, {released}"
    return len(chain.rounds), changed


def test_predictions_come_true(machine):
    began = time.monotonic()
    host = Host(machine)
    commands = changed = chains = 0
    disagreements = []
    seed = SEED
    while commands < COUNT and len(disagreements) < 5:
        batch = [host.chain(number) for number in range(seed, seed + TOGETHER)]
        seed += TOGETHER
        for chain, sections in zip(batch, host.run(batch)):
            chains += 1
            try:
                agreed, changes = judged(host, chain, sections)
                commands, changed = commands + agreed, changed + changes
            except AssertionError as error:
                disagreements.append(str(error))
    if disagreements:
        pytest.fail("\n\n".join(disagreements), pytrace=False)
    assert changed > commands // 3, "hardly anything was changed, so hardly anything was tried"
    print(f"{commands} combinations in {chains} chains from seed {SEED} on agree, {changed} changed drivers, "
          f"in {time.monotonic() - began:.0f} s")
