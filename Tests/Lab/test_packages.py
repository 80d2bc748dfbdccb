"""The Debian package in the guest: installed by apt, over a boot, upgraded over itself, removed, and in the
initramfs."""

import functools
import os
import pathlib
import subprocess
import tempfile

import pytest
from lab.program import REPOSITORY
from steps import plugged, program, wait_driver

NICS = '[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3", address = "0000:0?:00.0" }\n'
CARD = "0001:00:00.0"
OTHER = "0001:00:01.0"
DEB = "/root/vfio-rebind.deb"
FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10
# Each costs a boot and minutes, so all of this file is for the full run; Tests/Packages builds and reads the packages
# in every run.
MODES = {
    "both": "true",
    "rule": "systemctl disable --now vfio-rebind",
    "monitor": "ln -s /dev/null /etc/udev/rules.d/60-vfio-rebind.rules",
}


@functools.lru_cache(maxsize=None)
def package():
    """The package of this tree and of the program under test, built once a run."""
    folder = tempfile.TemporaryDirectory(prefix="rebind-package.")  # pylint: disable=consider-using-with
    binary = os.environ.get("VFIO_REBIND_BINARY", str(REPOSITORY / ".build/release/vfio-rebind"))
    command = [REPOSITORY / "packaging/build-deb", folder.name]
    built = subprocess.run(
        command, env={**os.environ, "VFIO_REBIND_BINARY": binary}, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return folder, pathlib.Path(built.stdout.split()[-1])


def installed(machine):
    # The image leaves manual pages and documentation out, which dpkg --verify would miss.
    machine.run("rm -f /etc/dpkg/dpkg.cfg.d/*mmdebstrap*")
    machine.put(package()[1], DEB)
    return apt(machine, "install", DEB)


def apt(machine, *words):
    command = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", "Acquire::Retries=0", *words]
    result = machine.run(command)
    return result.stdout + result.stderr


def initramfs(machine, folder, make):
    """Makes an initramfs in the guest, with policies for a network card and for the type of the root disk."""
    installed(machine)
    machine.policy(NICS + '[[policy]]\nname = "disks"\nmatch = { id = "1af4:1042" }\n')
    assert machine.run(["cat", f"/sys/bus/pci/devices/{machine.address_of('disk')}/device"]).stdout == "0x1042\n"
    machine.run(make)
    machine.get("/root/initrd", folder / "initrd")
    return folder / "initrd"


def went_first(machine):
    """The machine's root disk knows nothing of the program: what happened to the card happened before."""
    nic = machine.address_of("nic")
    assert machine.run(["test", "-e", "/usr/sbin/vfio-rebind"], check=False).status == 1
    assert machine.driver_of(nic) == "vfio-pci"
    assert machine.driver_of(machine.address_of("disk")) == "virtio-pci"
    kernel = machine.run(["dmesg"]).stdout
    assert "e1000e: Intel(R)" in kernel and f"e1000e {nic}" not in kernel
    assert nic in machine.run("ls /run/vfio-rebind/journal").stdout


if FULL:

    @pytest.mark.parametrize("mode", MODES)
    def test_installed_rebooted_and_plugged(machine, mode):
        machine.policy(NICS)
        nic = machine.address_of("nic")
        mark = machine.mark()
        said = installed(machine)
        assert "nothing is bound yet" in said
        machine.settle()
        assert machine.uevents(mark, ACTION=("bind", "unbind"), SUBSYSTEM="pci") == []
        assert machine.run(["dpkg", "--verify", "vfio-rebind"]).stdout == ""
        assert machine.run(["systemctl", "is-active", "vfio-rebind"], check=False).stdout == "inactive\n"
        assert machine.run(["systemctl", "is-enabled", "vfio-rebind"]).stdout == "enabled\n"
        assert machine.run(["systemctl", "is-enabled", "vfio-rebind-apply"], check=False).stdout == "disabled\n"
        machine.run(MODES[mode])
        machine.reboot()
        wait_driver(machine, nic, "vfio-pci")
        mark = machine.mark()
        card = plugged(machine, "card")
        wait_driver(machine, card, "vfio-pci")
        machine.settle()
        assert len(machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=card)) <= 1
        running = machine.run(["systemctl", "is-active", "vfio-rebind"], check=False).stdout.strip()
        assert running == ("inactive" if mode == "rule" else "active")
        assert machine.run(["dpkg", "--verify", "vfio-rebind"]).stdout == ""

    def test_upgraded_over_itself_then_removed_and_purged(machine):
        installed(machine)
        policy = '[[policy]]\nname = "{}"\nmatch = {{ address = "{}" }}\ntimeout = {}\n'
        machine.policy(policy.format("stuck", CARD, 1) + policy.format("slow", OTHER, 300))
        machine.knob("mlx4_core", remove_delay_ms=-1)
        machine.run(["systemctl", "start", "vfio-rebind"])
        mark = machine.mark()
        machine.bridge(*[f"add {card} 15b3:1003" for card in (CARD, OTHER)])
        stuck = lambda: program(machine, "list", CARD)["functions"][0]["state"] == "stuck"
        machine.wait_for(stuck, what="one card is stuck")
        unbinding = lambda: (
            machine.run(["test", "-e", f"/run/vfio-rebind/journal/{OTHER}"], check=False).status == 0
            and machine.driver_of(OTHER) is None
        )
        machine.wait_for(unbinding, what="the other is being unbound")
        state = "cd /run/vfio-rebind && grep -H . journal/* registered* holds/* 2>/dev/null | sort"
        before = machine.run(state, check=False).stdout
        assert CARD in before and OTHER in before
        first = machine.run(["systemctl", "show", "-P", "MainPID", "vfio-rebind"]).stdout
        apt(machine, "install", "--reinstall", DEB)
        assert machine.run(state, check=False).stdout == before
        second = machine.run(["systemctl", "show", "-P", "MainPID", "vfio-rebind"]).stdout
        assert second != first and second != "0\n"
        assert program(machine, "list", CARD)["functions"][0]["state"] == "stuck"
        machine.knob("mlx4_core", remove_delay_ms=0)
        for card in (CARD, OTHER):
            wait_driver(machine, card, "vfio-pci")
            assert len(machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=card)) == 1
        said = apt(machine, "remove", "vfio-rebind")
        assert f"{CARD} {OTHER}" in said and "release --all" in said
        assert machine.driver_of(CARD) == machine.driver_of(OTHER) == "vfio-pci"
        assert machine.run(["systemctl", "is-active", "vfio-rebind"], check=False).status != 0
        assert "lab.toml" in machine.run("ls /etc/vfio-rebind/policy.d").stdout
        apt(machine, "purge", "vfio-rebind")
        assert machine.run("ls -d /etc/vfio-rebind /var/lib/vfio-rebind", check=False).stdout == ""
        assert machine.driver_of(CARD) == "vfio-pci"

    def test_in_the_initramfs_of_initramfs_tools(machine, booted_machine, tmp_path):
        make = (
            "echo VFIO_REBIND=y > /etc/initramfs-tools/conf.d/vfio-rebind; echo e1000e >> /etc/initramfs-tools/modules;"
            "mkinitramfs -o /root/initrd $(uname -r); lsinitramfs /root/initrd > /root/files")
        image = initramfs(machine, tmp_path, make)
        files = machine.read("/root/files")
        assert "etc/vfio-rebind/policy.d/!host.toml" in files and "/e1000e.ko" in files and "/vfio-pci.ko" in files
        went_first(booted_machine(initrd=image))
        # Not unless it is asked for.
        machine.run(
            "rm /etc/initramfs-tools/conf.d/vfio-rebind; mkinitramfs -o /root/without $(uname -r)"
        )
        assert "vfio-rebind" not in machine.run("lsinitramfs /root/without").stdout

    def test_in_the_initramfs_of_dracut(machine, booted_machine, tmp_path):
        names = ["dracut-core", "kpartx"]  # the other packages that it needs are in the image
        subprocess.run(["apt-get", "-qq", "download", *names], cwd=tmp_path, capture_output=True, check=True)
        for file in tmp_path.glob("*.deb"):
            machine.put(file, f"/root/dracut/{file.name}")
        machine.run("dpkg -i /root/dracut/*.deb")
        modules = "dash base fs-lib kernel-modules rootfs-block udev-rules"
        make = "dracut --force --no-hostonly --modules '{}' --drivers 'virtio_blk virtio_pci ext4 e1000e' /root/initrd && lsinitrd /root/initrd > /root/files"
        image = initramfs(machine, tmp_path, make.format(modules + " vfio-rebind"))
        files = machine.read("/root/files")
        assert "etc/vfio-rebind/policy.d/!host.toml" in files and "/e1000e.ko" in files and "/vfio-pci.ko" in files
        went_first(booted_machine(initrd=image))
