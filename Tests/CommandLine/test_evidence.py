"""How deep the guards look: what stands upon disks and interfaces, who holds nodes, what shows the console."""

import pytest

from made_up_root import policy
from test_guards import DISK, NIC, asked, disk, nic  # noqa: F401  pylint: disable=unused-import

DATA = "run/udev/data"


def evidence(program, address, guard, *words):
    """The sentences of a guard that refuses."""
    decision, guards = asked(program, address, *words)
    assert decision == "refused" and guards[guard]["verdict"] in ("busy", "unknown")
    return guards[guard]["evidence"]


def add_upper(root, name, number, *holds, **attributes):
    """A virtual block device that holds others."""
    home = f"sys/devices/virtual/block/{name}"
    root.write(f"{home}/dev", number + "\n")
    root.folder(f"{home}/holders")
    for attribute, text in attributes.items():
        root.write(f"{home}/{attribute.replace('_', '/', 1)}", text + "\n")
    root.connect(f"sys/class/block/{name}", home)
    for below in holds:
        root.folder(f"sys/class/block/{below}/holders/{name}")


# Storage


def test_a_physical_volume_names_its_group_and_what_is_mounted(root, program, disk):
    root.add_partition(disk, "sda2", "8:2")
    add_upper(root, "dm-0", "253:0", "sda2", dm_name="vg--0-var", dm_uuid="LVM-abc")
    add_upper(root, "dm-1", "253:1", "sda2", dm_name="vg--0-swap", dm_uuid="LVM-def")
    root.mount("253:0", "/var")
    root.swap_on("dm-1")
    assert evidence(program, DISK, "storage") == ["sda2 is a physical volume of vg-0, mounted on /var, swap"]


def test_layers_are_followed_to_the_root(root, program, disk):
    root.add_partition(disk, "sda1", "8:1")
    add_upper(root, "md0", "9:0", "sda1", md_level="raid1")
    add_upper(root, "dm-0", "253:0", "md0", dm_name="crypt", dm_uuid="CRYPT-LUKS2-1")
    add_upper(root, "dm-1", "253:1", "dm-0", dm_name="vg-root", dm_uuid="LVM-abc")
    root.mount("253:1", "/usr")
    assert evidence(program, DISK, "storage", "--override", "storage") == [
        "sda1 is a member of md0 (raid1)", "md0 is the encrypted disk of dm-0 (crypt)",
        "dm-0 is a physical volume of vg, mounted on /usr"]


@pytest.mark.parametrize("signature, sentence", [
    ("zfs_member", "sda1 is a member of the ZFS pool tank, mounted on /tank"),
    ("LVM2_member", "sda1 is a physical volume of LVM, of which no volume is active"),
    ("linux_raid_member", "sda1 is a member of the array tank, which is not started"),
    ("bcache", "sda1 is a disk of bcache"), ("isw_raid_member", "sda1 is marked as isw_raid_member"),
])
def test_a_signature_of_a_member_is_a_use(root, program, disk, signature, sentence):
    root.add_partition(disk, "sda1", "8:1")
    root.write(f"{DATA}/b8:1", f"I:1\nE:ID_FS_TYPE={signature}\nE:ID_FS_LABEL=tank\n")
    root.append("proc/self/mountinfo", "31 22 0:40 / /tank rw - zfs tank/home rw\n")
    assert evidence(program, DISK, "storage") == [sentence]


@pytest.mark.parametrize("signature", ["ID_FS_TYPE=ext4", "ID_PART_TABLE_TYPE=gpt", "ID_PART_TABLE_TYPE=atari"])
def test_a_disk_with_partitions_or_an_unmounted_file_system_is_free(root, program, disk, signature):
    root.add_partition(disk, "sda1", "8:1")
    root.write(f"{DATA}/b8:0", f"E:{signature}\n")
    root.write(f"{DATA}/b8:1", f"E:{signature}\n")
    assert asked(program, DISK)[0] == "rebind"


def test_a_swap_file_is_on_the_disk_of_its_file_system(root, program, disk):
    assert disk
    root.mount("8:0", "/data")
    root.append("proc/swaps", "/data/swap\\040file file\t1048572\t0\t-2\n")
    assert evidence(program, DISK, "storage") == [
        "sda is mounted on /data", "sda is the disk of the swap file /data/swap file"]


def test_every_disk_of_a_btrfs_counts(root, program, disk):
    assert disk
    for name in ("sda", "sdz"):
        root.folder(f"sys/fs/btrfs/0ef6-1/devices/{name}")
    root.append("proc/self/mountinfo", "31 22 0:50 / /usr rw - btrfs /dev/sdz rw\n")
    found = evidence(program, DISK, "storage", "--override", "storage")
    assert found == ["sda is a disk of a btrfs file system that is mounted on /usr"]


def test_the_disk_below_an_overlay_on_the_root_is_the_system_s(root, program, disk):
    assert disk
    root.mount("8:0", "/media/lower")
    root.append(
        "proc/self/mountinfo", "32 1 0:51 / / rw - overlay overlay rw,lowerdir=/media/lower/a:/b,upperdir=/tmp/u\n")
    assert "sda is below the overlay that is mounted on /" in evidence(
        program, DISK, "storage", "--override", "storage"
    )


def test_a_loop_device_counts_for_its_file_and_its_disk(root, program, disk):
    assert disk
    add_upper(root, "loop0", "7:0", loop_backing_file="/dev/sda")
    root.mount("7:0", "/mnt")
    assert evidence(program, DISK, "storage") == ["sda is behind loop0 (/dev/sda)", "loop0 is mounted on /mnt"]


def test_the_root_of_a_container_is_not_that_of_the_system(root, program, disk):
    assert disk
    root.hold_open(4711, "nspawn", "/dev/zero")
    root.write("proc/4711/mountinfo", "30 22 8:0 / / rw - ext4 /dev/sda rw\n")
    assert evidence(program, DISK, "storage") == ["sda is mounted on / of a container"]
    assert asked(program, DISK, "--override", "storage")[0] == "rebind"


def boots(root):
    """systemd runs and has not come to local-fs.target."""
    root.folder("run/systemd/system")


@pytest.mark.parametrize("named", ["UUID=AB-12", 'LABEL="data"', "PARTUUID=77", "/dev/sda"])
def test_what_fstab_names_counts_until_local_file_systems_are_mounted(root, program, disk, named):
    assert disk
    root.write(f"{DATA}/b8:0", "E:ID_FS_UUID=ab-12\nE:ID_FS_LABEL=data\nE:ID_PART_ENTRY_UUID=77\n")
    root.write("etc/fstab", f"# comment\nproc /proc proc\n{named} /var/data ext4 defaults 0 2\n")
    assert asked(program, DISK)[0] == "rebind"
    boots(root)
    assert evidence(program, DISK, "storage") == ["sda is named by /etc/fstab for /var/data"]
    root.link("run/systemd/units/invocation:systemd-tmpfiles-setup.service", "11111111111111111111111111111111")
    assert asked(program, DISK)[0] == "rebind"


def test_crypttab_and_the_kernel_s_words_count_too(root, program, disk):
    assert disk
    boots(root)
    root.write("etc/crypttab", "secret /dev/sda none luks\n")
    root.write("proc/cmdline", "quiet root=/dev/sda resume=/dev/sda\n")
    assert evidence(program, DISK, "storage", "--override", "storage") == [
        "sda is named by /etc/crypttab for secret", "sda is named by root= of the kernel's command line",
        "sda is named by resume= of the kernel's command line"]


def test_what_fstab_names_and_is_not_there_yet_may_be_on_any_disk(root, program):
    root.add_function(DISK, "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_policy(policy("disk", 'class = "0106"'))
    boots(root)
    root.write("etc/fstab", "UUID=77-88 /var/data ext4 defaults 0 2\n")
    assert "UUID=77-88, named by /etc/fstab for /var/data, is not there yet" in evidence(program, DISK, "storage")[0]
    root.write("etc/fstab", "UUID=77-88 /var/data ext4 noauto 0 2\n")
    assert asked(program, DISK)[0] == "rebind"


# Network


def test_what_a_bridge_carries_is_told(root, program, nic):
    root.link(f"{nic}/master", "../../../../virtual/net/br0")
    root.write("sys/devices/virtual/net/br0/flags", "0x1003\n")
    root.connect("sys/class/net/br0", "sys/devices/virtual/net/br0")
    root.route_by_default("br0")
    assert evidence(program, NIC, "network") == [
        "eth0 belongs to br0", "br0 carries the default route of table main (IPv4)"]


def test_both_ports_of_one_function_count(root, program, nic):
    assert nic
    root.add_interface(NIC, "eth1")
    root.route_by_default("eth1")
    assert evidence(program, NIC, "network") == ["eth1 carries the default route of table main (IPv4)"]


def test_interfaces_that_may_be_in_a_namespace_without_a_process_are_unknown(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert asked(program, card)[0] == "rebind"
    root.link("proc/self/ns/net", "net:[4026531840]")
    root.append("proc/self/mountinfo", "40 22 0:4 net:[4026532288] /run/netns/blue rw - nsfs nsfs rw\n")
    assert "1 other network namespaces" in evidence(program, card, "network")[0]


# Open


@pytest.mark.parametrize("path, node", [
    ("drm/card0", "dri/card0"), ("sound/card0/pcmC0D0p", "snd/pcmC0D0p"), ("usb1/1-1", "bus/usb/001/002"),
    ("infiniband_verbs/uverbs0", "infiniband/uverbs0"), ("nvme/nvme0/ng0n1", "ng0n1"), ("uio/uio0", "uio0"),
])
def test_a_process_with_a_node_below_the_function_is_named(root, program, card, path, node):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    home = f"sys/devices/pci0000:00/{card}/{path}"
    root.write(f"{home}/uevent", f"MAJOR=226\nMINOR=0\nDEVNAME={node}\n")
    root.connect("sys/dev/char/226:0", home)
    decision, guards = asked(program, card)
    assert decision == "rebind" and guards["open"]["verdict"] == "free"
    root.hold_open(812, "worker", f"/dev/{node}")
    root.write("proc/812/cgroup", "0::/system.slice/worker.service\n")
    assert evidence(program, card, "open") == [f"/dev/{node} is open in worker (pid 812, worker.service)"]
    assert asked(program, card, "--override", "open")[0] == "rebind"


def test_the_node_of_nvidia_is_found_without_sysfs(root, program):
    root.add_function(NIC, "10de:2204", class_code="030000", driver="nvidia", group=7)
    root.add_policy(policy("gpu", 'id = "10de:2204"'))
    root.write(f"proc/driver/nvidia/gpus/{NIC}/information", "Model: \t\t A40\nDevice Minor: \t 1\n")
    root.hold_open(811, "other", "/dev/nvidia0")
    assert asked(program, NIC)[0] == "rebind"
    root.hold_open(812, "nvidia-persistenced", "/dev/nvidia1")
    root.write("proc/812/cgroup", "0::/system.slice/nvidia-persistenced.service\n")
    assert evidence(program, NIC, "open") == [
        "/dev/nvidia1 is open in nvidia-persistenced (pid 812, nvidia-persistenced.service)"]


def test_udev_that_looks_at_a_new_disk_is_no_user(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    root.connect("sys/dev/block/8:0", f"sys/devices/pci0000:00/{card}/block/sdb")
    root.hold_open(300, "(udev-worker)", "/dev/sdb")
    assert asked(program, card)[0] == "rebind"


# Console


@pytest.fixture
def graphics(root):
    """A graphics card, and a policy for it."""
    root.add_function(NIC, "10de:2204", class_code="030000", group=7)
    root.add_policy(policy("gpu", 'id = "10de:2204"'))
    return f"sys/devices/pci0000:00/{NIC}"


def test_the_boot_display_stays(root, program, graphics):
    root.write(f"{graphics}/boot_vga", "1\n")
    assert evidence(program, NIC, "console") == ["it is the display that the machine booted on (boot_vga is 1)"]
    assert asked(program, NIC, "--override", "console")[0] == "rebind"
    root.write(f"{graphics}/boot_vga", "0\n")
    assert asked(program, NIC)[1]["console"]["verdict"] == "free"


def test_a_connected_screen_counts(root, program, graphics):
    home = f"{graphics}/drm/card0/card0-HDMI-A-1"
    root.connect("sys/class/drm/card0-HDMI-A-1", home)
    root.write(f"{home}/status", "disconnected\n")
    assert asked(program, NIC)[0] == "rebind"
    root.write(f"{home}/status", "connected\n")
    assert evidence(program, NIC, "console") == ["a screen is connected to HDMI-A-1"]


def test_the_framebuffer_console_counts_while_it_is_bound(root, program, graphics):
    root.folder(f"{graphics}/graphics/fb0")
    root.connect("sys/class/graphics/fb0", f"{graphics}/graphics/fb0")
    root.write("sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n")
    root.write("sys/class/vtconsole/vtcon1/bind", "1\n")
    assert evidence(program, NIC, "console") == ["the framebuffer console is on fb0"]
    root.write("sys/class/vtconsole/vtcon1/bind", "0\n")
    assert asked(program, NIC)[0] == "rebind"


def test_a_serial_console_counts(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    root.folder(f"sys/devices/pci0000:00/{card}/tty/ttyS4")
    root.connect("sys/class/tty/ttyS4", f"sys/devices/pci0000:00/{card}/tty/ttyS4")
    root.write("sys/class/tty/console/active", "tty0\n")
    assert asked(program, card)[0] == "rebind"
    root.write("sys/class/tty/console/active", "ttyS4 tty0\n")
    assert evidence(program, card, "console") == ["ttyS4 is a console of the kernel"]


# Below


def test_what_lies_below_another_function_of_the_plan_refuses_that_one(root, program):
    root.add_function(NIC, "8086:9a0b", class_code="010400", group=7)
    root.add_function("10000:e1:00.0", "144d:a808", class_code="010802", group=8, below=(NIC,))
    root.add_policy(policy("all", 'address = "*"'))
    found = evidence(program, NIC, "below")
    assert found == ["10000:e1:00.0 is behind it and is passed through too"]
    assert asked(program, "10000:e1:00.0")[0] == "rebind"
    root.add_policy(policy("controller", f'address = "{NIC}"'))
    assert asked(program, NIC)[0] == "rebind" and "below" not in asked(program, NIC)[1]


@pytest.mark.parametrize("node", ["nvme0n1", "nvme0n1p1", "ng0n1"])
def test_nodes_of_a_disk_with_several_paths_are_held_of_each(root, program, node):
    root.add_function(NIC, "144d:a808", class_code="010802", driver="nvme", group=7)
    root.add_policy(policy("disk", 'class = "0108"'))
    controller = f"{root.device(NIC)}/nvme/nvme0"
    root.write(f"{controller}/dev", "240:0\n")
    root.connect("sys/dev/char/240:0", controller)
    subsystem = "sys/devices/virtual/nvme-subsystem/nvme-subsys0"
    root.write(f"{subsystem}/nvme0n1/size", "8\n")
    root.write(f"{subsystem}/nvme0n1/nvme0n1p1/partition", "1\n")
    root.connect(f"{subsystem}/nvme0", controller)
    root.connect("sys/class/nvme-subsystem/nvme-subsys0", subsystem)
    root.hold_open(812, "qemu-system-x86", f"/dev/{node}")
    assert f"/dev/{node} is open in qemu-system-x86 (pid 812" in evidence(program, NIC, "open")[0]
