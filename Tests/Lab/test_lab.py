"""The lab's own tests: each thing that other tests build on is there and behaves as the real one."""

import os
import pathlib
import subprocess
import sys
import time

import pytest
from lab import Machine
from lab.image import FOLDER

CARD = "0001:00:00.0"
OTHER = "0001:00:01.0"


def wait_driver(machine, address, driver):
    machine.wait_for(lambda: machine.driver_of(address) == driver, what=f"{address} is on {driver}")


def write_driver(machine, driver, file, text):
    machine.write(f"/sys/bus/pci/drivers/{driver}/{file}", text)


def test_boots_with_an_iommu(shared_machine):
    groups = {name: shared_machine.group_of(shared_machine.address_of(name)) for name in ("nic", "net", "pair0", "pair1")}
    assert None not in groups.values()
    assert groups["pair0"] == groups["pair1"]
    assert len({groups["nic"], groups["net"], groups["pair0"]}) == 3
    chipset = {shared_machine.group_of(f"0000:00:1f.{function}") for function in (0, 2, 3)}
    assert len(chipset) == 1
    assert shared_machine.run("uname -r").stdout.startswith(("6.1.", "6.12."))


def test_clock_is_set(shared_machine):
    assert abs(float(shared_machine.run(["date", "+%s"]).stdout) - time.time()) < 5


def test_commands(shared_machine):
    result = shared_machine.run("cat; echo problem >&2; exit 3", check=False, input="text")
    assert (result.status, result.stdout, result.stderr) == (3, "text", "problem\n")
    assert result.ended_us > result.began_us
    slow = [shared_machine.start(["sleep", "0.5"]) for _ in range(10)]
    began = time.monotonic()
    assert [each.wait().status for each in slow] == [0] * 10
    assert time.monotonic() - began < 4
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
    assert not machine.exists(CARD)
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


def test_standin_card_is_loaded_and_bound_by_udev(machine):
    assert "mlx4_core" not in machine.run("lsmod").stdout
    machine.bridge(f"add {CARD} 15b3:1003 serial=0002c90300a1b2c3", f"add {OTHER} 15b3:1004")
    wait_driver(machine, OTHER, "mlx4_core")
    assert machine.driver_of(CARD) == "mlx4_core"
    assert machine.group_of(CARD) != machine.group_of(OTHER)
    assert "00-02-c9-03-00-a1-b2-c3" in machine.run(["lspci", "-D", "-vv", "-s", "0001:00:00.0"]).stdout
    machine.bridge(f"remove {CARD}")
    assert not machine.exists(CARD) and machine.exists(OTHER)


def test_standin_groups(machine):
    machine.bridge("add 01:00.0 10de:2204 class=030000 group=7", "add 01:00.1 10de:1aef class=040300 group=7")
    machine.bridge("add 02:00.0 15b3:1003 group=none", "add 02:00.1 15b3:1003")
    shared = machine.group_of("0001:01:00.0")
    assert shared and shared == machine.group_of("0001:01:00.1")
    assert machine.group_of("0001:02:00.0") is None
    assert machine.group_of("0001:02:00.1") not in (None, shared)
    machine.run(["modprobe", "vfio-pci"])
    wait_driver(machine, "0001:02:00.0", "mlx4_core")
    write_driver(machine, "mlx4_core", "unbind", "0001:02:00.0")
    machine.write("/sys/bus/pci/devices/0001:02:00.0/driver_override", "vfio-pci")
    with pytest.raises(OSError, match="Errno 22"):
        write_driver(machine, "vfio-pci", "bind", "0001:02:00.0")


def test_standin_card_has_interfaces(machine):
    machine.knob("mlx4_core", netdev=2)
    machine.bridge(f"add {CARD} 15b3:1003")
    machine.settle()
    assert len(machine.run(["ls", f"/sys/bus/pci/devices/{CARD}/net"]).stdout.split()) == 2
    write_driver(machine, "mlx4_core", "unbind", CARD)
    assert "15b3" not in machine.run("ip -o link").stdout


def test_card_goes_to_a_virtual_machine_monitor(machine):
    """new_id as in a shell, then what QEMU would do with the card."""
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")
    assert machine.run(["eligible", CARD], check=False).status == 1
    machine.run(["modprobe", "vfio-pci"])
    write_driver(machine, "mlx4_core", "unbind", CARD)
    write_driver(machine, "vfio-pci", "new_id", "15b3 1003")
    assert machine.driver_of(CARD) == "vfio-pci"
    assert "viable yes" in machine.run(["eligible", CARD]).stdout
    held = machine.start(["eligible", "--hold", CARD])
    held.wait_output("holding")
    assert machine.read(f"/sys/bus/pci/devices/{CARD}/enable") == "1\n"
    held.close()
    assert held.wait().status == 0
    machine.wait_for(lambda: machine.read(f"/sys/bus/pci/devices/{CARD}/enable") == "0\n")


def test_remove_that_does_not_end(machine):
    machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
    machine.bridge(f"add {CARD} 15b3:1003", f"add {OTHER} 15b3:1003")
    wait_driver(machine, OTHER, "mlx4_core")
    stuck = machine.start(f"echo $$; exec writes <<END\n/sys/bus/pci/drivers/mlx4_core/unbind\t{CARD}\nEND")
    stuck.wait_output("\n")
    process = stuck.stdout.strip()
    machine.wait_for(lambda: machine.read(f"/proc/{process}/stat").split()[2] == "D")
    assert "standin" in machine.read(f"/proc/{process}/wchan")
    machine.run(["kill", "-9", process])
    assert machine.driver_of(CARD) is None  # the link goes before remove() begins
    write_driver(machine, "mlx4_core", "unbind", OTHER)
    assert machine.driver_of(OTHER) is None and stuck.running
    machine.knob("mlx4_core", remove_delay_ms=0)
    assert stuck.wait(10).status == -9


def test_probe_that_fails(machine):
    machine.knob("standin_vfio", probe_errno=5)
    machine.bridge(f"add {CARD} 1234:5678", f"add {OTHER} 1d6b:7f10")
    for address in (CARD, OTHER):
        machine.write(f"/sys/bus/pci/devices/{address}/driver_override", "standin_vfio")
        with pytest.raises(OSError, match="Errno 5"):
            write_driver(machine, "standin_vfio", "bind", address)
    machine.knob("standin_vfio", probe_errno=0)
    write_driver(machine, "standin_vfio", "bind", CARD)
    assert "viable yes" in machine.run(["eligible", CARD]).stdout
    assert "vfio_pci:v00001D6Bd00007F10" in machine.run("cat /lib/modules/$(uname -r)/modules.alias").stdout


def test_surprise_removal(machine):
    machine.bridge(f"add {CARD} 15b3:1003", f"lose {CARD}")
    machine.settle()
    assert set(machine.run(f"od -An -tx1 -N4 /sys/bus/pci/devices/{CARD}/config").stdout.split()) == {"ff"}
    mark = machine.mark()
    machine.bridge(f"surprise {CARD}")
    machine.wait_uevent(mark, ACTION="remove", PCI_SLOT_NAME=CARD)


def test_many_cards_at_once(machine):
    mark = machine.mark()
    machine.bridge("fill 200 0 15b3:1003")
    machine.wait_for(lambda: len(machine.uevents(mark, ACTION="bind", DRIVER="mlx4_core")) == 200)
    groups = machine.run("readlink /sys/bus/pci/devices/0001:*/iommu_group").stdout.split()
    assert len(set(groups)) == 200


def test_writes_of_a_script(machine):
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")
    drivers = "/sys/bus/pci/drivers"
    override = f"/sys/bus/pci/devices/{CARD}/driver_override"
    script = [
        (f"{drivers}/mlx4_core/unbind\t{CARD}\\n", "ok", "none"),
        (f"{drivers}/mlx4_core/unbind\t{CARD}", "ENODEV", "none"),
        (f"{override}\tstandin_c", "ok", "none"),
        (f"{override}\t", "ok", "none"),
        (f"{drivers}/nowhere/bind\t{CARD}", "ENOENT", "none"),
        (f"{drivers}/mlx4_core/bind\t{CARD}\\x0a", "ENODEV", "none"),
        (f"{override}\t\\n", "ok", "none"),
        (f"{drivers}/mlx4_core/bind\t{CARD}\\012", "ok", "mlx4_core"),
        (f"unplug {CARD}", "ok", "-"),
        (f"{drivers}/mlx4_core/bind\t{CARD}", "ENODEV", "-"),
        (f"plug {CARD}", "ok", "mlx4_core"),
    ]
    lines = "".join(line + "\n" for line, _, _ in script)
    printed = machine.run(["writes", CARD, "0001:00:02.0"], input=lines).stdout
    assert printed == "".join(f"{result}\t{driver}\t-\n" for _, result, driver in script)


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


def test_boot_with_other_words(booted_machine):
    machine = booted_machine("vfio_pci.ids=15b3:1003")
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
    Machine.wait_for(lambda: not command.exists() or b"qemu" not in command.read_bytes(), 10, "QEMU ends")
