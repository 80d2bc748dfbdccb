"""Plans for machines of many kinds, as they are recorded beside their snapshots."""

import json
import os

import pytest

from program import PROJECT, Program

HOSTS = PROJECT / "Tests" / "CommandLine" / "hosts"
MACHINES = sorted(file.stem for file in HOSTS.glob("*.json") if not file.name.endswith(".plan.json"))


def run(command, machine, *words):
    """Runs a command on a machine's snapshot."""
    return Program()(command, "--snapshot", HOSTS / f"{machine}.json", "--policy", HOSTS / "policies.toml", *words)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_planned_as_recorded(machine):
    golden = HOSTS / f"{machine}.plan.json"
    document = run("plan", machine, "--all", "--json").document
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    assert document == json.loads(golden.read_text()), "UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_is_listed_and_explained(machine):
    functions = run("list", machine, "--json").ends(0).functions
    assert sorted(functions) == sorted(
        each["address"] for each in json.loads((HOSTS / f"{machine}.json").read_text())["functions"]
    )
    for address in functions:
        assert run("explain", machine, address, "--json").ends(0).document["address"] == address


def test_there_are_machines_enough_and_each_says_where_it_is_from():
    lines = (HOSTS / "README.md").read_text().splitlines()
    told = {line.split("`")[1]: line.split("|")[2].strip() for line in lines if line.startswith("| `")}
    assert len(MACHINES) >= 12 and set(told) == set(MACHINES)
    assert set(told.values()) <= {"recorded", "constructed"}
