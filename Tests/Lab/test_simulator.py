"""The Simulator and the kernel: the same random writes, the same answers, the same drivers."""

import json
import os
import pathlib
import subprocess
import time

import pytest
import simulator_points
from lab.program import REPOSITORY

SCRIPTS = int(os.environ.get("VFIO_REBIND_SCRIPTS", "20"))
SEED = int(os.environ.get("VFIO_REBIND_SEED", "1"))
TOGETHER = 20  # scripts in one call to the guest
UDEV = "systemctl stop systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd.service"
NOTHING = "/sys/bus/pci/drivers_probe\tnowhere"  # a line that changes nothing


def emitter():
    for kind in ("release", "debug"):
        path = pathlib.Path(REPOSITORY / ".build" / kind / "simulator-script")
        if path.exists():
            return path
    raise FileNotFoundError("build it with 'swift build --product simulator-script'")


def simulated(*words, text=""):
    result = subprocess.run([emitter(), *words], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


class Host:
    """The functions and drivers of a description, in the guest and in the Simulator."""

    def __init__(self, machine, description=None):
        self.machine = machine
        self.description = description or subprocess.run(
            [emitter(), "--standard-host"], capture_output=True, text=True, check=True).stdout
        # It has no part in this, and takes ten times as long over a hot-plug as the kernel does.
        machine.run(UDEV)
        lines = [line.split() for line in self.description.splitlines() if line]
        self.drivers = [words[1:] for words in lines if words[0] == "driver"]
        self.functions = {words[1]: self._adding(words[1:]) for words in lines if words[0] == "function"}

    @staticmethod
    def _adding(words):
        keys = dict(word.split("=") for word in words[2:])
        group = keys.pop("group", "none")
        return " ".join(["add", *words[:2], *(f"{key}={value}" for key, value in keys.items()), f"group={group}"])

    def renew(self):
        """Makes the guest as described, whatever was before: drivers that know no id, functions without override."""
        if self.machine.run(["test", "-e", "/dev/standin"], check=False).status == 0:
            self.machine.bridge("clear")
        for name, *_ in reversed(self.drivers):
            self.machine.run(["modprobe", "-r", name])
        for name, *words in self.drivers:
            errno = next((word[len("probe="):] for word in words if word.startswith("probe=")), None)
            self.machine.run(["modprobe", name])
            if errno:
                self.machine.knob(name, probe_errno={"EIO": 5, "EAGAIN": 517}[errno])
        self.machine.bridge(*self.functions.values())

    def run(self, lines):
        """The answer and the drivers after each line, in the words of the model."""
        text = "".join(f"{line}\n" for line in lines)
        result = self.machine.run(["writes", *self.functions], input=text)
        rows = [line.split("\t") for line in result.stdout.splitlines()]
        # The model does not tell that a write of more than a page was cut to one.
        return [("ok" if answer == "short:4096" else answer, [None if name == "none" else name for name in row])
                for answer, *row in rows]

    def replayed(self, script):
        text = "".join(f"{line}\n" for line in script)
        return simulated("--host", "--replay", text=f"{self.description}script\n{text}")[0]

    def disagreement(self, script):
        """The run of a script on a renewed host, and where it differs."""
        run = self.replayed(script)
        self.renew()
        return run, difference(run, self.run(script))

    def shortest(self, script):
        """The script with every line left out that the disagreement does not need."""
        index = 0
        while index < len(script):
            shorter = script[:index] + script[index + 1 :]
            if self.disagreement(shorter)[1]:
                script = shorter
            else:
                index += 1
        return script


def difference(run, found):
    """The number of the first line on which they differ and what the kernel made of it; None where they agree."""
    for number, (answer, state) in enumerate(found):
        if (answer, state) != (run["results"][number], run["states"][number]):
            return number, answer, state
    return None


def name(run):
    return "a chosen script" if run["seed"] is None else f"seed {run['seed']}"


def told(run, number, answer, state):
    simulator = f"{run['results'][number]} {run['states'][number]}"
    return f"line {number + 1}: {run['script'][number]}\n  simulator {simulator}\n  kernel    {answer} {state}"


def report(host, run, found):
    """What is wrong, and the shortest script that shows it."""
    script = run["script"][: found[0] + 1]
    text = f"{name(run)}, {told(run, *found)}\n"
    again, found = host.disagreement(script)
    if not found:
        return text + "agrees when it runs alone: the scripts before it left something behind"
    again, found = host.disagreement(host.shortest(script[: found[0] + 1]))
    return text + "shortest:\n" + "".join(f"  {line}\n" for line in again["script"]) + told(again, *found)


def first_disagreement(host, runs):
    """Runs scripts, after each of which the host is put back, in one call; the first that does not go as foretold."""
    parts = [run["script"] + run["cleanup"] + [NOTHING] for run in runs]
    found = host.run([line for part in parts for line in part])
    for run, part in zip(runs, parts):
        mine, found = found[: len(part)], found[len(part) :]
        differs = difference(run, mine[: len(run["script"])])
        if differs:
            return run, differs
        answers = [answer for answer, _ in mine[len(run["script"]) : -1]]
        assert set(answers) <= {"ok"} and mine[-1][1] == run["initial"], (
            f"{name(run)}: the cleanup ends with {list(zip(run['cleanup'], answers))} {mine[-1][1]}")
    return None


def hold_together(host, runs):
    host.renew()
    assert host.run([NOTHING])[0][1] == runs[0]["initial"]
    for at in range(0, len(runs), TOGETHER):
        found = first_disagreement(host, runs[at : at + TOGETHER])
        if found:
            pytest.fail(report(host, *found), pytrace=False)


@pytest.mark.parametrize(("probe", "scripts"), [
    ("EIO", simulator_points.scripts), ("EAGAIN", simulator_points.probe_scripts)], ids=["EIO", "EAGAIN"])
def test_single_points_agree(machine, probe, scripts):
    host = Host(machine, simulator_points.HOST.format(probe=probe))
    hold_together(host, [host.replayed(script) for script in scripts()])


def test_random_scripts_agree(machine):
    began = time.monotonic()
    runs = simulated("--seed", str(SEED), "--count", str(SCRIPTS))
    assert len(runs) == SCRIPTS
    hold_together(Host(machine), runs)
    print(f"{SCRIPTS} scripts of {len(runs[0]['script'])} writes from seed {SEED} on agree, "
          f"in {time.monotonic() - began:.0f} s")
