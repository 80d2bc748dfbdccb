"""A snapshot answers as the host that it came from: taken as root, in full; compared there and elsewhere.

In the full run only: each takes minutes. Tests/CommandLine/test_snapshot.py compares on a made-up root.
"""

import json
import os
import subprocess

import hosts
from lab.program import REPOSITORY

FILE = "/run/host.json"
MARK = "==== "
FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10
COMMANDS = [
    ["list"], ["list", "--groups"], ["list", "--topology"], ["list", "--json"], ["plan"], ["plan", "--json", "--all"],
    ["plan", "--json", "--all", "--override", "network"], ["plan", "--detailed-exitcode"], ["check"], ["check", "--json"],
    ["test", "--init"], ["test", "/run/cases.toml"], ["test", "/run/cases.toml", "--json"],
]  # fmt: skip


def answers(machine, commands, *further):
    """Status, standard output and standard error of each."""
    # In one call to the guest.
    lines = [f"vfio-rebind {' '.join([*command, *further])} >/run/out 2>/run/err; status=$?; "
             f"echo '{MARK}'$status; cat /run/out; echo '{MARK}'; cat /run/err" for command in commands]  # fmt: skip
    text = machine.run("\n".join(lines)).stdout
    parts = text.split(MARK)[1:]
    found = [
        (int(out.split("\n", 1)[0]), out.split("\n", 1)[1], err.split("\n", 1)[1])
        for out, err in zip(parts[::2], parts[1::2])
    ]
    assert len(found) == len(commands)
    return found


def write_cases(machine):
    """A case for each function, as it is decided now."""
    planned = json.loads(machine.run(["vfio-rebind", "plan", "--all", "--json"], check=False).stdout)
    text = ""
    for each in planned["functions"]:
        driver = planned["predicted"].get(each["address"], each["driver"]) or "none"
        text += f'[[case]]\nname = "{each["address"]}"\naddress = "{each["address"]}"\n'
        text += f'expect = {{ decision = "{each["decision"]}", driver = "{driver}" }}\n'
    machine.write("/run/cases.toml", text)
    return planned


def hold_beside(machine, tmp_path):
    """Compares host and snapshot, in the guest and on this machine, and looks for secrets."""
    hosts.fill(machine)
    planned = write_cases(machine)
    addresses = [each["address"] for each in planned["functions"]]
    explained = [each["address"] for each in planned["functions"] if each["decision"] != "unmatched"] + addresses[:1]
    commands = COMMANDS + [["explain", address, *words] for address in explained for words in ([], ["--json"])]
    machine.run(["vfio-rebind", "snapshot", "--full", "--output", FILE])
    live = answers(machine, commands)
    there = answers(machine, commands, "--snapshot", FILE)
    for command, host, file in zip(commands, live, there):
        assert host == file, f"{command}: the host says {host}\nand the snapshot {file}"
    assert live[11][0] == 0 and live[11][1].endswith(f"{len(addresses)} passed, 0 failed\n")
    elsewhere(machine, tmp_path, commands, live)

    again = machine.run(["vfio-rebind", "snapshot", "--full"]).stdout
    assert again == machine.read(FILE), "another time, another file"
    document = json.loads(again)
    assert list(document) == sorted(document) and document["complete"] and not document["redacted"]
    full, short = again, machine.run(["vfio-rebind", "snapshot"]).stdout
    secrets = hosts.secrets(machine)
    assert len(secrets) >= 10 and "00-02-c9-03-00-a1-b2-c3" in full and hosts.ADDRESSES[0] in full
    assert not [secret for secret in secrets if secret in short]
    # What it leaves out changes no decision but that of a policy about serial numbers.
    machine.write("/run/short.json", short)
    (tmp_path / "short.json").write_text(short, encoding="utf-8")
    decided = json.loads(answers(machine, [["plan", "--all", "--json"]], "--snapshot", "/run/short.json")[0][1])
    changed = {each["address"] for each, other in zip(planned["functions"], decided["functions"])
               if (each["decision"], each["driver"], each["policy"]) != (other["decision"], other["driver"], other["policy"])}  # fmt: skip
    assert changed <= {"0001:00:00.0"}
    return planned


def elsewhere(machine, tmp_path, commands, live):
    """On this machine, below a root with nothing but the policies, the same answers."""
    folder = tmp_path / "etc/vfio-rebind/policy.d"
    folder.mkdir(parents=True)
    (folder / "50-lab.toml").write_text(hosts.POLICIES, encoding="utf-8")
    (tmp_path / "host.json").write_text(machine.read(FILE), encoding="utf-8")
    (tmp_path / "run").mkdir()
    (tmp_path / "run/cases.toml").write_text(machine.read("/run/cases.toml"), encoding="utf-8")
    binary = os.environ.get("VFIO_REBIND_BINARY", REPOSITORY / ".build/release/vfio-rebind")
    for command, (status, out, err) in zip(commands, live):
        words = [word.replace("/run/cases.toml", str(tmp_path / "run/cases.toml")) for word in command]
        done = subprocess.run([binary, *words, "--root", tmp_path, "--snapshot", tmp_path / "host.json"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        found = done.stdout.replace(str(tmp_path / "run"), "/run"), done.stderr.replace(str(tmp_path / "run"), "/run")
        assert (done.returncode, *found) == (status, out, err), command


if FULL:

    def test_a_host_with_iommu(machine, tmp_path):
        planned = hold_beside(machine, tmp_path)
        decisions = {each["decision"] for each in planned["functions"]}
        assert (
            {"rebind", "already", "refused", "ignored", "held", "unmatched"}
            >= decisions
            >= {"already", "refused", "ignored", "held"}
        )
        refusing = {
            guard["guard"] for each in planned["functions"] for guard in each["guards"] if guard["verdict"] == "busy"
        }
        assert refusing >= {"storage", "network", "identity", "iommu", "libvirt"}, refusing

    def test_a_host_without_iommu(booted_machine, tmp_path):
        booted = booted_machine("intel_iommu=off")
        planned = hold_beside(booted, tmp_path)
        assert booted.group_of(booted.address_of("nic")) is None
        assert all(any(guard["guard"] == "iommu" for guard in each["guards"]) for each in planned["functions"]
                   if each["decision"] == "refused" and each["policy"] in ("roce", "networks", "usb"))  # fmt: skip
