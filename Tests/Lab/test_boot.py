"""What was refused at noon is not taken at the next boot, before it is in use again. Boots cost half a minute, so all
is for the full run."""

import os

import pytest
from steps import NICS, log, wait_driver
from test_guards import refusal
from test_guards_storage import Disk

DISKS = '[[policy]]\nname = "disks"\nmatch = { id = "1b36:0010" }\n'
# Who takes functions at boot: the rule alone, the rule and the monitor, the one-shot unit alone.
WAYS = {
    "rule": (True, None),
    "monitor": (True, "vfio-rebind.service"),
    "one-shot": (False, "vfio-rebind-apply.service"),
}
NETWORK = "[Match]\nPath=pci-{}\n[Network]\nAddress=192.0.2.1/24\nGateway=192.0.2.254\nConfigureWithoutCarrier=yes\nLinkLocalAddressing=no\n"


def boot_with(machine, way):
    """Boots with nothing but this to take functions."""
    rules, unit = WAYS[way]
    rule = "/usr/lib/udev/rules.d/60-vfio-rebind.rules"
    machine.run(f"test -e {rule} && mv {rule} /root/rule; {f'mv /root/rule {rule}' if rules else 'true'}")
    machine.run("systemctl disable vfio-rebind.service vfio-rebind-apply.service")
    if unit:
        machine.run(["systemctl", "enable", unit])
    machine.run("sync")
    machine.reboot()
    if unit:
        assert machine.run(["systemctl", "is-active", unit], check=False).stdout == "active\n"


if int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10:

    @pytest.mark.parametrize("remembered", [True, False], ids=["remembered", "forgotten"])
    def test_a_disk_that_fstab_names_is_mounted_each_time(machine, remembered):
        """Without memory too, as when the policy was written after everything else: fstab itself says it."""
        machine.install(unit=True)
        machine.run(["modprobe", "nvme"])
        disk = Disk(machine)
        machine.run(f"mkfs.ext4 -q -F /dev/{disk.node}; mkdir -p /var/data; udevadm settle")
        identity = machine.run(f"blkid -s UUID -o value /dev/{disk.node}").stdout.strip()
        machine.run(
            f"echo 'UUID={identity} /var/data ext4 defaults 0 0' >> /etc/fstab; systemctl daemon-reload; mount /var/data"
        )
        machine.run("echo kept > /var/data/file")
        machine.policy(DISKS)
        assert f"{disk.node} is mounted on /var/data" in refusal(machine, disk.address, "storage")
        for way in WAYS:
            if not remembered:
                machine.run("rm -rf /var/lib/vfio-rebind/*")
            boot_with(machine, way)
            assert machine.run("cat /var/data/file", check=False).stdout == "kept\n", f"{way}: {log(machine)}"
            assert "ext4" in machine.run("findmnt --noheadings /var/data").stdout
            assert machine.driver_of(disk.address) == "nvme"
            mark = machine.mark()
            assert "is mounted on /var/data" in refusal(machine, disk.address, "storage")
            assert not machine.uevents(mark, ACTION="unbind")

    def test_an_interface_that_carries_the_default_route_comes_back_each_time(machine):
        machine.install(unit=True)
        machine.run(["modprobe", "e1000e"])
        nic = machine.address_of("nic")
        wait_driver(machine, nic, "e1000e")
        machine.run(
            "rm /etc/systemd/system/systemd-networkd.service; systemctl daemon-reload; systemctl enable systemd-networkd.service"
        )
        machine.write("/etc/systemd/network/10-management.network", NETWORK.format(nic))
        machine.run(["systemctl", "start", "systemd-networkd.service"])
        has_route = lambda: "default via 192.0.2.254" in machine.run("ip route").stdout
        machine.wait_for(has_route, what="the route is there")
        machine.policy(NICS)
        assert "carries the default route of table main (IPv4)" in refusal(machine, nic, "network")
        for way in WAYS:
            boot_with(machine, way)
            machine.wait_for(has_route, what=f"{way}: the route is there again; {log(machine)}")
            assert machine.driver_of(nic) == "e1000e"
            assert "192.0.2.1" in refusal(machine, nic, "network")
