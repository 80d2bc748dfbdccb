"""A machine with something of everything that planning looks at: users of cards, other managers, what was done
before."""

POLICIES = """\
[[policy]]
name = "kept"
match = { class = "0403", address = "0000:*" }
action = "ignore"

[[policy]]
name = "roce"
match = { id = ["15b3:1003", "15b3:1004"] }

[[policy]]
name = "numbered"
match = { serial = "00-02-c9-03-00-a1-b2-c3" }
driver = "pci-stub"

[[policy]]
name = "graphics"
match = { id = "10de:2204", address = "0001:*" }
group = "whole"

[[policy]]
name = "place"
match = { address = "0001:02:00.0" }

[[policy]]
name = "networks"
match = { class = "0200", driver = ["e1000e", "e1000", "virtio-pci"] }

[[policy]]
name = "disks"
match = { class = "0108" }

[[policy]]
name = "best"
match = { class = "1200" }
driver = "auto"

[[policy]]
name = "usb"
match = { class = "0c03" }
"""
SERIAL = "0002c90300a1b2c3"
CARDS = [
    f"add 0001:00:00.0 15b3:1003 subsystem=15b3:0055 serial={SERIAL}", "add 0001:00:01.0 15b3:1004 group=none",
    "add 0001:01:00.0 10de:2204 class=030000 group=7", "add 0001:01:00.1 10de:1aef class=040300 group=7",
    "add 0001:02:00.0 1d6b:7f20", "add 0001:03:00.0 1d6b:7f10 class=120000", "add 0001:04:00.0 8086:0b25 class=088000",
]
DISK = "extra-serial-4711"
ADDRESSES = ["192.0.2.77", "2001:db8::4711"]
DOMAIN = """\
<domain type='kvm'><name>tenant</name><devices>
<hostdev mode='subsystem' type='pci' managed='yes'>
<source><address domain='0x0001' bus='0x01' slot='0x00' function='0x1'/></source></hostdev>
</devices></domain>
"""


def fill(machine):
    """Makes it so. What takes an IOMMU is asked for where there is none too."""
    machine.install()
    machine.run(["modprobe", "-a", "e1000e", "e1000", "mlx4_core", "vfio-pci"])
    machine.plug_disk(DISK, "64M")
    machine.bridge(*CARDS)
    machine.settle()
    machine.policy(POLICIES, "50-lab.toml")
    disk = machine.run("ls -d /dev/nvme?n?").stdout.split()[0]
    machine.run(f"mkfs.ext4 -q {disk} && mkdir -p /srv/data && mount {disk} /srv/data")
    by_id = next(line for line in machine.run(f"udevadm info -q symlink {disk} | tr ' ' '\\n'").stdout.split()
                 if line.startswith("disk/by-id/"))  # fmt: skip
    machine.run(f"echo /dev/{by_id} /srv/data ext4 noauto 0 0 >> /etc/fstab")
    interface, *_ = machine.interfaces_of(machine.address_of("nic"))
    machine.run(f"ip link set {interface} up; ip addr add {ADDRESSES[0]}/24 dev {interface}; "
                f"ip -6 addr add {ADDRESSES[1]}/64 dev {interface}; ip route add default dev {interface}")  # fmt: skip
    machine.write("/etc/libvirt/qemu/tenant.xml", DOMAIN)
    machine.write(
        "/etc/modprobe.d/other.conf", "options vfio-pci ids=15b3:1003 disable_idle_d3=1\nsoftdep e1000e pre: vfio-pci\n"
    )
    machine.write("/etc/driverctl.d/pci-0001:04:00.0", "pci-stub\n")
    machine.write(
        "/etc/udev/rules.d/70-other.rules",
        'SUBSYSTEM=="pci", ATTR{vendor}=="0x10de", ATTR{driver_override}="vfio-pci"\n',
    )
    machine.write("/sys/bus/pci/devices/0001:04:00.0/driver_override", "pci-stub\n")
    program = lambda *words: machine.run(["vfio-rebind", *words], check=False)  # noqa: E731
    program("apply")
    program("bind", machine.address_of("pair0"), "--override", "group")
    program("release", "0001:00:00.0")
    # Another card at an address that a policy names.
    machine.bridge("remove 0001:02:00.0", "add 0001:02:00.0 1d6b:7f30")
    machine.settle()


def secrets(machine):
    """What a snapshot must not have without --full: MACs in several forms, addresses, serial numbers."""
    found = [*ADDRESSES, SERIAL, "00-02-c9-03-00-a1-b2-c3", DISK]
    for address in machine.run("cat /sys/class/net/*/address").stdout.split():
        if address != "00:00:00:00:00:00":
            found += [address, address.replace(":", "-"), address.replace(":", "")]
            # As a network card makes its PCIe serial number of it.
            found.append(address[:8].replace(":", "-") + "-ff-ff-" + address[9:].replace(":", "-"))
    for line in machine.run("ip -o addr show scope global; ip -o addr show scope link").stdout.splitlines():
        found.append(line.split()[3].partition("/")[0])
    return found
