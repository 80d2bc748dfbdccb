"""The lab's own tests, of the machine: what other tests build on is there and behaves as the real one."""

import os
import pathlib
import subprocess
import sys
import time

import pytest
from lab import Machine
from lab.agent import PATIENCE
from lab.image import FOLDER
from steps import wait_driver


def test_boots_with_an_iommu(shared_machine):
    groups = {
        name: shared_machine.group_of(shared_machine.address_of(name)) for name in ("nic", "net", "pair0", "pair1")
    }
    assert None not in groups.values()
    assert groups["pair0"] == groups["pair1"]
    assert len({groups["nic"], groups["net"], groups["pair0"]}) == 3
    chipset = {shared_machine.group_of(f"0000:00:1f.{function}") for function in (0, 2, 3)}
    assert len(chipset) == 1
    assert shared_machine.run("uname -r").stdout.startswith(("6.1.", "6.12."))


def test_clock_is_set(shared_machine):
    # The snapshot's own clock is that of the day when it was made, or of the image's last change.
    assert abs(float(shared_machine.run(["date", "+%s"]).stdout) - time.time()) < PATIENCE


def test_commands(shared_machine):
    result = shared_machine.run("cat; echo problem >&2; exit 3", check=False, input="text")
    assert (result.status, result.stdout, result.stderr) == (3, "text", "problem\n")
    assert result.ended_us > result.began_us
    # Each waits for the next one's word: they run side by side or not at all.
    shared_machine.run("for n in $(seq 0 10); do mkfifo /run/side-by-side.$n; done")
    chain = [
        shared_machine.start(f"cat /run/side-by-side.{n + 1} && echo > /run/side-by-side.{n}") for n in range(10)]
    shared_machine.start("echo > /run/side-by-side.10")
    shared_machine.run("cat /run/side-by-side.0; rm /run/side-by-side.*")
    assert [each.wait().status for each in chain] == [0] * 10
    with pytest.raises(AssertionError, match="took more than"):
        shared_machine.run("sleep 100", timeout=0.5)


def test_files(shared_machine, tmp_path):
    data = bytes(range(256)) * (40 << 12)
    (tmp_path / "sent").write_bytes(data)
    shared_machine.put(tmp_path / "sent", "/run/new/folder/file", 0o600)
    shared_machine.get("/run/new/folder/file", tmp_path / "received")
    assert (tmp_path / "received").read_bytes() == data
    assert shared_machine.run("stat -c %a /run/new/folder/file; rm -r /run/new").stdout == "600\n"
    with pytest.raises(FileNotFoundError):
        shared_machine.read("/nowhere")


def test_each_machine_is_clean(machine):
    assert machine.run(["test", "-e", "/root/trace"], check=False).status == 1
    machine.write("/root/trace", "left behind")


def test_each_machine_is_clean_again(machine):
    assert machine.run(["test", "-e", "/root/trace"], check=False).status == 1


def test_hot_plug(machine):
    for _ in range(2):
        mark = machine.mark()
        address = machine.plug("e1000e", "card", romfile="")
        bound = machine.wait_uevent(mark, ACTION="bind", PCI_SLOT_NAME=address)
        (added,) = machine.uevents(mark, ACTION="add", PCI_SLOT_NAME=address)
        assert bound["DRIVER"] == "e1000e" and added["us"] < bound["us"]
        assert machine.group_of(address)
        mark = machine.mark()
        assert machine.unplug("card")
        machine.wait_uevent(mark, ACTION="remove", PCI_SLOT_NAME=address)
        assert not machine.exists(address)


def test_multi_function_card(machine):
    second = machine.plug("e1000e", "second", addr="0.1", multifunction=True, wait=False, romfile="")
    first = machine.plug("e1000e", "first", addr="0.0", multifunction=True, romfile="")
    assert machine.exists(second) and machine.group_of(first) == machine.group_of(second)


def test_virtual_functions(machine):
    disk = machine.plug_disk("disk0", vfs=4)
    wait_driver(machine, disk, "nvme")
    machine.write(f"/sys/bus/pci/devices/{disk}/sriov_drivers_autoprobe", "0")
    machine.write(f"/sys/bus/pci/devices/{disk}/sriov_numvfs", "4")
    virtual = [disk[:-1] + str(function) for function in range(1, 5)]
    assert len({machine.group_of(address) for address in [disk, *virtual]} - {None}) == 5
    assert machine.run(["readlink", f"/sys/bus/pci/devices/{virtual[0]}/physfn"]).stdout.strip().endswith(disk)


def test_disk_that_keeps_what_is_written(machine):
    wait_driver(machine, machine.plug_disk("disk0", size="64M"), "nvme")
    machine.wait_for(lambda: machine.run("ls /dev/nvme0n1", check=False).status == 0)
    machine.run("mke2fs -q /dev/nvme0n1 && mount /dev/nvme0n1 /mnt && echo kept > /mnt/file && umount /mnt")
    assert machine.run("mount /dev/nvme0n1 /mnt && cat /mnt/file").stdout == "kept\n"


def test_interface_that_carries_the_default_route(machine):
    (interface,) = machine.interfaces_of(machine.address_of("net"))
    machine.run(f"ip link set {interface} up && ip address add 192.0.2.2/24 dev {interface}")
    machine.run(f"ip route add default via 192.0.2.1 dev {interface}")
    assert f"default via 192.0.2.1 dev {interface}" in machine.run("ip route").stdout
    assert machine.interfaces_of(machine.address_of("nic"))


def test_machine_that_a_test_destroys(machine):
    machine.give_up()
    machine.start(["writes"]).send(f"/sys/bus/pci/drivers/virtio-pci/unbind\t{machine.address_of('serial')}\n")
    with pytest.raises(AssertionError, match="took more than"):
        machine.run("sleep 1; true", timeout=5)


def test_reboot_keeps_the_disk(machine):
    machine.write("/etc/kept", "over a boot")
    machine.write("/run/lost", "with the boot")
    machine.reboot()
    assert machine.read("/etc/kept") == "over a boot"
    assert machine.run(["test", "-e", "/run/lost"], check=False).status == 1


def test_boot_with_other_words_and_crash(booted_machine):
    machine = booted_machine("vfio_pci.ids=15b3:1003")
    assert "vfio_pci.ids=15b3:1003" in machine.read("/proc/cmdline")
    machine.run("echo kept > /etc/kept && sync && echo lost > /etc/lost")
    machine.crash()
    assert machine.read("/etc/kept") == "kept\n"
    assert "vfio_pci.ids=15b3:1003" in machine.read("/proc/cmdline")


def test_qemu_ends_with_its_test(tmp_path):
    script = (
        "import os; from lab import Machine; machine = Machine(); machine.__enter__(); "
        "print(machine.process.process.pid, flush=True); os._exit(1)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=FOLDER, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    command = pathlib.Path(f"/proc/{int(ended.stdout)}/cmdline")
    Machine.wait_for(lambda: not command.exists() or b"qemu" not in command.read_bytes(), "QEMU ends")
