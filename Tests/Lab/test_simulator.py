"""The Simulator and the kernel: the same random writes, the same answers, the same drivers."""

import json
import os
import pathlib
import subprocess

from lab.program import REPOSITORY

SCRIPTS = int(os.environ.get("VFIO_REBIND_SCRIPTS", "20"))
SEED = int(os.environ.get("VFIO_REBIND_SEED", "1"))


def emitter():
    for kind in ("release", "debug"):
        path = pathlib.Path(REPOSITORY / ".build" / kind / "simulator-script")
        if path.exists():
            return path
    raise FileNotFoundError("build it with 'swift build --product simulator-script'")


def simulated(*words, text=""):
    result = subprocess.run([emitter(), *words], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def prepare(machine, addresses):
    """The host that the scripts are written for: six cards, three drivers, mlx4_core registered first."""
    machine.run("modprobe mlx4_core && modprobe vfio-pci && modprobe standin_c")
    for line in simulated_host():
        words = line.split()
        if words[:1] != ["function"]:
            continue
        keys = dict(word.split("=") for word in words[3:])
        group = "group=own" if "group" in keys else "group=none"
        machine.bridge(f"add {words[1]} {words[2]} class={keys['class']} subsystem={keys['subsystem']} {group}")
    machine.settle()
    assert [machine.driver_of(each) for each in addresses[:3]] == ["mlx4_core"] * 3


def simulated_host():
    return subprocess.run([emitter(), "--standard-host"], capture_output=True, text=True, check=True).stdout.splitlines()


def on_the_kernel(machine, lines, addresses):
    """The answer and the drivers after each line; the model writes null for no driver."""
    result = machine.run(["writes", *addresses], input="".join(f"{line}\n" for line in lines), timeout=300)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    return [row[0] for row in rows], [[None if name == "none" else name for name in row[1:]] for row in rows]


def disagreement(machine, run, addresses):
    """The number of the first line on which the two differ; None where they agree. The kernel is put back afterwards."""
    answers, states = on_the_kernel(machine, run["script"], addresses)
    put_back(machine, run, addresses)
    for number, found in enumerate(zip(answers, states)):
        if found != (run["results"][number], run["states"][number]):
            return number, found
    return None


def put_back(machine, run, addresses):
    on_the_kernel(machine, run["cleanup"], addresses)
    state = on_the_kernel(machine, ["/sys/bus/pci/drivers_probe\tnowhere"], addresses)[1][0]
    assert state == run["initial"], f"the cleanup of seed {run.get('seed')} leaves {state}"


def shortest(machine, run, number, addresses):
    """The script with every line left out that the disagreement does not need."""
    script = run["script"][: number + 1]
    index = 0
    while index < len(script):
        shorter = script[:index] + script[index + 1 :]
        (replayed,) = simulated("--replay", text="".join(f"{line}\n" for line in shorter)) if shorter else (None,)
        if replayed and disagreement(machine, replayed, addresses) is not None:
            script = shorter
        else:
            index += 1
    (replayed,) = simulated("--replay", text="".join(f"{line}\n" for line in script))
    found = disagreement(machine, replayed, addresses)
    return "\n".join(script) + "\n" + (told(replayed, *found) if found else "which agrees when it is run again")


def told(run, number, found):
    answer, state = found
    return (f"line {number + 1}: {run['script'][number]}\n  simulator {run['results'][number]} {run['states'][number]}\n"
            f"  kernel    {answer} {state}")


def test_random_scripts_agree(machine):
    addresses = [line.split()[1] for line in simulated_host() if line.startswith("function")]
    runs = simulated("--seed", str(SEED), "--count", str(SCRIPTS))
    assert len(runs) == SCRIPTS
    prepare(machine, addresses)
    for run in runs:
        found = disagreement(machine, run, addresses)
        if found:
            raise AssertionError(
                f"seed {run['seed']}: {told(run, *found)}\nshortest:\n{shortest(machine, run, found[0], addresses)}")
    print(f"{SCRIPTS} scripts of {len(runs[0]['script'])} writes from seed {SEED} on agree")
