"""Snapshots: what is written, and that commands answer on one as on the host."""

import json
import os
import stat
import subprocess

import pytest

from made_up_root import policy
from program import Program, surroundings


@pytest.fixture
def host(root):
    """A machine with a bit of everything."""
    root.add_function("0000:00:00.0", "8086:1234", class_code="060000", group=0)
    root.add_function("0000:00:1c.0", "8086:3420", class_code="060400", driver="pcieport", group=1, header_type=1)
    root.add_function("0000:04:00.0", "8086:10d3", driver="e1000e", group=7, below=["0000:00:1c.0"])
    root.add_function("0000:05:00.0", "8086:10d3", driver=None, group=8, override="pci-stub")
    root.add_function("0000:06:00.0", "144d:a808", class_code="010802", driver="nvme", group=9)
    root.add_function("0000:07:00.0", "10de:2204", class_code="030000", driver="vfio-pci", group=10)
    root.add_function("0000:08:00.0", "15b3:1003", driver="mlx4_core")
    root.show_vfio_device("0000:07:00.0", 10)
    root.add_interface("0000:04:00.0", "enp4s0", is_up=True)
    root.append("proc/net/route", "enp4s0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n")
    disk = root.add_disk("0000:06:00.0", "nvme0n1")
    root.add_partition(disk, "nvme0n1p2")
    root.mount("259:1", "/var")
    root.write("proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/vda1 ip=192.0.2.7::192.0.2.1 intel_iommu=on\n")
    root.write("etc/modprobe.d/vfio.conf", "# ours\noptions vfio-pci ids=10de:2204\noptions snd power_save=1\n")
    root.add_policy(
        policy("nics", 'id = "8086:10d3"') + policy("disks", 'class = "0108"') + policy("gpu", 'id = "10de:*"')
        + policy("stub", 'id = "15b3:1003"', driver='"no-such-driver"'))
    return root


@pytest.fixture
def taken(host, program, tmp_path):
    """A snapshot of it, and the program with no host but the policies."""
    file = tmp_path / "host.json"
    program("snapshot", "--full", "--output", file).ends(0)
    return file


def elsewhere(host, command, *words):
    """Runs a command without the host: below an empty root, with the host's policies."""
    empty = host.path.parent / "empty"
    empty.mkdir(exist_ok=True)
    policies = host.at("etc/vfio-rebind/policy.d")
    return Program()(command, "--root", empty, "--policy", policies, *words)


@pytest.mark.parametrize("words", [
    ("list",), ("list", "--groups"), ("list", "04:00.0"), ("list", "--json"), ("plan",), ("plan", "--all"),
    ("plan", "--json", "--all"), ("plan", "06:00.0", "--override", "storage", "--json"), ("explain", "06:00.0"),
    ("explain", "05:00.0", "--json"), ("explain", "07:00.0", "--json"), ("plan", "--detailed-exitcode"),
    ("list", "--topology"), ("check",), ("check", "--json"), ("test", "--init"),
])
def test_commands_answer_on_a_snapshot_as_on_the_host(host, program, taken, words):
    live = program(*words)
    file = elsewhere(host, words[0], "--snapshot", taken, *words[1:])
    assert (file.out, file.status) == (live.out, live.status) and live.out


def test_a_function_that_is_not_there_is_not_in_the_snapshot_either(host, taken):
    assert "no PCI function at 0000:99:00.0" in elsewhere(host, "plan", "99:00.0", "--snapshot", taken).ends(69).err


def test_it_is_the_same_each_time_sorted_and_a_line_for_each_function(host, program):
    first = program("snapshot").ends(0).out
    assert program("snapshot").out == first and program("snapshot", "--json").out == first
    document = json.loads(first)
    assert document["schema"] == "vfio-rebind.snapshot/1" and document["complete"] is True
    assert list(document) == sorted(document)
    for function in document["functions"]:
        assert list(function) == sorted(function)
        assert sum(f'"address":"{function["address"]}"' in line for line in first.splitlines()) == 1
    addresses = [function["address"] for function in document["functions"]]
    assert addresses == sorted(addresses) and len(addresses) == 7


def test_it_holds_all_that_planning_reads(host, program):
    document = json.loads(program("snapshot").ends(0).out)
    functions = {function["address"]: function for function in document["functions"]}
    assert functions["0000:06:00.0"]["uses"]["storage"]["evidence"] == ["nvme0n1p2 is mounted on /var"]
    assert functions["0000:04:00.0"]["path"] == ["0000:00:1c.0", "0000:04:00.0"]
    assert functions["0000:05:00.0"]["driver_override"] == "pci-stub"
    assert functions["0000:07:00.0"]["group_path"] == "/dev/vfio/10"
    assert "vfio-pci" in document["drivers"] and document["kernel_release"]
    assert document["surroundings"]["modprobe_lines"] == [
        {"file": "/etc/modprobe.d/vfio.conf", "number": 2, "text": "options vfio-pci ids=10de:2204"}]


def test_without_full_there_is_no_address_of_a_network(host, program):
    assert "192.0.2" in program("snapshot", "--full").out
    shown = program("snapshot").out
    assert "192.0.2" not in shown and "10.0.0" not in shown and json.loads(shown)["redacted"] is True
    assert "intel_iommu=on" in shown


def test_modules_and_variants_are_there(host, program):
    folder = "lib/modules/6.12.0-made-up"
    host.write(
        f"{folder}/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko.xz: x\nkernel/fs/ext4.ko:\nkernel/a/igb.ko:\n"
    )
    host.write(f"{folder}/modules.builtin", "kernel/drivers/pci/pci-stub.ko\n")
    host.write(
        f"{folder}/modules.alias", "alias pci:v8086* igb\nalias vfio_pci:v15B3d101E* mlx5_vfio_pci\nalias usb:x y\n"
    )
    host.write("sys/module/vfio_pci/refcnt", "0\n")
    document = json.loads(program("snapshot").ends(0).out)
    assert document["modules"] == {"built_in": ["pci_stub"], "loadable": ["igb"], "loaded": ["vfio_pci"]}
    assert document["variant_aliases"] == [{"module": "mlx5_vfio_pci", "pattern": "vfio_pci:v15B3d101E*"}]


def test_an_output_file_is_whole_or_not_there(host, program, tmp_path):
    file = tmp_path / "out.json"
    assert program("snapshot", "--output", file).ends(0).out == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and json.loads(file.read_text())
    assert os.listdir(tmp_path / "root")
    wrong = program("snapshot", "--output", tmp_path / "nowhere" / "out.json").ends(1)
    assert "nowhere/out.json" in wrong.err and wrong.out == ""
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


@pytest.mark.parametrize("content, wanted", [
    (None, "cannot be read"), ("", ":1:1"), ('{\n"schema": "vfio-rebind.snapshot/1",\n]', ":3:1"), ("[]", "an object"),
    ('{"schema":"vfio-rebind.snapshot/9","functions":[]}', "schema"), (b"\xff", "UTF-8"),
    ('{"schema":"vfio-rebind.snapshot/1","functions":[{"address":"00:00.0","id":"1:2"}]}', "functions[0].id"),
])
@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "00:00.0")])
def test_a_bad_snapshot_is_65_with_its_place(host, tmp_path, content, wanted, words):
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = elsewhere(host, words[0], *words[1:], "--snapshot", file, "--json").ends(65)
    assert str(file) in result.err and wanted in result.err and result.document["status"] == 65


@pytest.mark.parametrize("words", [("list",), ("plan",), ("snapshot",), ("explain", "04:00.0"), ("list", "--json")])
def test_a_full_disk_is_an_error(host, program, words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            program.words(*words), stdout=full, stderr=subprocess.PIPE, check=False, env=surroundings())
    assert done.returncode == 1 and b"writing standard output: No space left" in done.stderr


def test_a_registration_that_was_cut_short_is_in_it(root, program, card, tmp_path):
    assert card
    instance = root.at("sys/bus/pci/drivers/vfio-pci").stat().st_ino
    root.write("run/vfio-rebind/ids/vfio-pci@15b3:1003", f"begun {instance}\n")
    program("snapshot", "--output", tmp_path / "host.json").ends(0)
    live = program("plan").ends(0)
    assert "15b3:1003  remove the ID from vfio-pci" in live.out
    root.at("run/vfio-rebind/ids/vfio-pci@15b3:1003").unlink()
    assert program("plan", "--snapshot", tmp_path / "host.json").ends(0).out == live.out
