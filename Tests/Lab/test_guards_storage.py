"""Who uses a disk: what the kernel, LVM, MD, btrfs, device-mapper and loop make of one, and what is no use at all."""

import os
import struct

import pytest
from lab import Machine
from steps import outcomes, program, wait_driver
from test_guards import policy_for, refusal

FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10


def partition_table(*sectors):
    """An MBR with partitions of so many sectors, one behind the other."""
    table, begin = b"", 2048
    for count in sectors:
        table += struct.pack("<BBBBBBBBII", 0, 0, 0, 0, 0x83, 0, 0, 0, begin, count)
        begin += count
    return b"\0" * 446 + table.ljust(64, b"\0") + b"\x55\xaa"


def zfs_label():
    """What of a ZFS pool's first label a look at signatures reads: its uberblocks, behind 128 KiB of other things."""
    uberblock = struct.pack("<QQQQQ", 0x00BAB10C, 5000, 1, 1, 1).ljust(1024, b"\0")
    return b"\0" * (128 << 10) + uberblock * 16


def bcache_superblock(identity):
    """What bcache's register and udev read of a disk to be cached (linux/bcache.h of 6.1, struct cache_sb)."""
    magic = bytes.fromhex("c68573f64e1a45ca8265f57f48ba6d81")
    fields = struct.pack("<QQ16s16s16s32sQQ64x", 8, 1, magic, identity, b"", b"", 0, 0)
    fields += struct.pack("<QHHHHIHH", 0, 1, 1024, 1, 0, 0, 0, 0)
    remainder = (1 << 64) - 1
    for byte in fields:
        remainder ^= byte << 56
        for _ in range(8):
            carry = remainder >> 63
            remainder = (remainder << 1 & (1 << 64) - 1) ^ (0x42F0E1EBA9EA3693 if carry else 0)
    return struct.pack("<Q", remainder ^ (1 << 64) - 1) + fields


class Disk:
    """An NVMe disk that a policy wants, with two partitions."""

    def __init__(self, machine, name="second", size="512M", bus="port7"):
        self.machine = machine
        self.address = machine.plug_disk(name, size=size, bus=bus)
        wait_driver(machine, self.address, "nvme")
        find = lambda: machine.run(f"cd /sys/bus/pci/devices/{self.address}/nvme && echo nvme*/nvme*n*").stdout.strip()
        self.node = machine.wait_for(lambda: "*" not in find() and os.path.basename(find()), what=f"{name} has a disk")
        machine.settle()

    def partitioned(self):
        machine = self.machine
        machine.write("/root/table", partition_table(480_000, 480_000))
        machine.run(f"dd if=/root/table of=/dev/{self.node} conv=fsync status=none")
        # udev looks at what was written, and the disk is busy for so long.
        read_again = ["blockdev", "--rereadpt", f"/dev/{self.node}"]
        machine.wait_for(lambda: machine.run(read_again, check=False).status == 0, what=f"{self.node} is read again")
        machine.settle()
        return [f"{self.node}p1", f"{self.node}p2"]

    def refusal(self):
        return refusal(self.machine, self.address, "storage")

    def verdict(self):
        """The decision, and what the guard says, of a plan."""
        self.machine.settle()
        (function,) = program(self.machine, "plan", self.address)["functions"]
        (finding,) = [each for each in function["guards"] if each["guard"] == "storage"]
        return function["decision"], finding["verdict"]

    def wiped(self, name):
        """Afterwards nothing is on it, and the guard says so."""
        self.machine.run(f"wipefs --quiet --all /dev/{name}")
        assert self.verdict() == ("rebind", "free")


@pytest.fixture(scope="module", name="_disk")
def plugged_disk(_module_machine):
    _module_machine.install(rules=False)
    _module_machine.run(["modprobe", "-a", "nvme", "vfio-pci"])
    return Disk(_module_machine)


@pytest.fixture
def disk(shared_machine, _disk):
    """The same for all tests here, empty and unused; each leaves it so."""
    shared_machine.policy(policy_for(_disk.address))
    assert _disk.verdict() == ("rebind", "free")
    return _disk


def test_what_is_no_use_and_a_signature_that_is(shared_machine, disk):
    machine = shared_machine
    first, second = disk.partitioned()
    assert disk.verdict() == ("rebind", "free"), "partitions alone are no use"
    machine.run(f"mkfs.ext4 -q -F /dev/{first}; mkswap /dev/{second}")
    assert disk.verdict() == ("rebind", "free"), "nor are file systems that nobody mounts, nor swap that is off"
    disk.wiped(second)
    machine.write("/root/label", zfs_label())
    machine.run(f"dd if=/root/label of=/dev/{second} conv=fsync status=none")
    machine.settle()
    assert f"{second} is a member of the ZFS pool" in disk.refusal()
    machine.run(f"dd if=/dev/zero of=/dev/{second} bs=1M count=2 conv=fsync status=none")
    disk.wiped(first)
    machine.settle()
    assert outcomes(program(machine, "apply", disk.address)) == {disk.address: "rebound"}
    assert outcomes(program(machine, "release", disk.address)) == {disk.address: "released"}
    machine.run("rm -r /run/vfio-rebind/holds")


def test_volumes_of_lvm(shared_machine, disk):
    machine = shared_machine
    first, second = disk.partitioned()
    machine.run(f"pvcreate -q /dev/{first}; vgcreate -q vg-0 /dev/{first}; lvcreate -q -n var -L 64M vg-0")
    machine.run("mkfs.ext4 -q /dev/vg-0/var; mkdir -p /mnt/var; mount /dev/vg-0/var /mnt/var")
    assert f"{first} is a physical volume of vg-0, mounted on /mnt/var" in disk.refusal()
    machine.run("umount /mnt/var")
    assert f"{first} is a physical volume of vg-0, held by dm-0" in disk.refusal()
    machine.run("vgchange -q -an vg-0")
    machine.settle()
    assert f"{first} is a physical volume of LVM, of which no volume is active" in disk.refusal()
    machine.run("vgremove -q -f vg-0; pvremove -q /dev/" + first)
    assert disk.verdict() == ("rebind", "free")


def test_an_array_of_md(shared_machine, disk):
    machine = shared_machine
    first, second = disk.partitioned()
    # Else udev starts the array again as soon as it is stopped.
    machine.write("/etc/mdadm/mdadm.conf", "AUTO -all\n")
    create = f"mdadm --create /dev/md0 --run --quiet --level=1 --metadata=1.2 --raid-devices=2 /dev/{first} missing"
    machine.run(f"{create}; mkfs.ext4 -q /dev/md0; mkdir -p /mnt/md; mount /dev/md0 /mnt/md")
    evidence = disk.refusal()
    assert f"{first} is a member of md0 (raid1)" in evidence and "md0 is mounted on /mnt/md" in evidence
    machine.run("umount /mnt/md; mdadm --stop --quiet /dev/md0")
    machine.settle()
    assert f"{first} is a member of the array" in disk.refusal() and "which is not started" in disk.refusal()
    machine.run(f"mdadm --zero-superblock /dev/{first}")
    disk.wiped(first)


def test_disks_of_btrfs(shared_machine, disk):
    machine = shared_machine
    other = Disk(machine, "third", bus="port8")
    machine.policy(policy_for(disk.address) + policy_for(other.address).replace("wanted", "other"))
    machine.run(
        f"modprobe btrfs; mkfs.btrfs -q -f /dev/{disk.node} /dev/{other.node}; btrfs device scan; mkdir -p /mnt/btrfs"
    )
    assert disk.verdict() == other.verdict() == ("rebind", "free")
    machine.run(f"mount /dev/{disk.node} /mnt/btrfs")
    assert f"{disk.node} is mounted on /mnt/btrfs" in disk.refusal()
    assert f"{other.node} is a disk of a btrfs file system that is mounted on /mnt/btrfs" in other.refusal()
    # A subvolume has no number of a device of its own.
    machine.run("btrfs subvolume create /mnt/btrfs/deep; umount /mnt/btrfs")
    machine.run(f"mkdir -p /mnt/deep; mount -o subvol=deep /dev/{other.node} /mnt/deep")
    assert "mounted on /mnt/deep" in disk.refusal() and "mounted on /mnt/deep" in other.refusal()
    machine.run("umount /mnt/deep")
    other.wiped(other.node)
    disk.wiped(disk.node)


def test_a_disk_of_bcache(shared_machine, disk):
    machine = shared_machine
    first, _ = disk.partitioned()
    machine.write("/root/superblock", bcache_superblock(b"one that is made-up"[:16]))
    machine.run(f"modprobe bcache; dd if=/root/superblock of=/dev/{first} bs=4096 seek=1 conv=fsync status=none")
    machine.settle()
    assert f"{first} is a disk of bcache" in disk.refusal()
    machine.run(f"echo /dev/{first} > /sys/fs/bcache/register; udevadm settle")
    assert f"{first} is a disk of bcache0" in disk.refusal()
    machine.run("mkfs.ext4 -q /dev/bcache0; mkdir -p /mnt/cached; mount /dev/bcache0 /mnt/cached")
    assert "bcache0 is mounted on /mnt/cached" in disk.refusal()
    machine.run("umount /mnt/cached; echo 1 > /sys/block/bcache0/bcache/stop")
    machine.wait_for(lambda: "bcache0" not in machine.run("ls /sys/block").stdout, what="bcache lets go")
    disk.wiped(first)


def test_device_mapper_and_loop(shared_machine, disk):
    machine = shared_machine
    first, second = disk.partitioned()
    machine.run(f"dmsetup create plain --table '0 65536 linear /dev/{first} 0'")
    assert f"{first} is held by dm-0 (plain)" in disk.refusal()
    machine.run("mkfs.ext4 -q /dev/mapper/plain; mkdir -p /mnt/x; mount /dev/mapper/plain /mnt/x")
    assert "dm-0 is mounted on /mnt/x" in disk.refusal()
    machine.run("umount /mnt/x; dmsetup remove plain")
    disk.wiped(first)
    key = "--type plain --cipher aes-cbc-plain --key-size 128 --key-file /dev/urandom"
    machine.run(f"cryptsetup open {key} /dev/{second} secret; mkswap /dev/mapper/secret; swapon /dev/mapper/secret")
    evidence = disk.refusal()
    assert f"{second} is the encrypted disk of dm-0 (secret)" in evidence and "dm-0 is swap" in evidence
    machine.run("swapoff /dev/mapper/secret; cryptsetup close secret")
    assert disk.verdict() == ("rebind", "free")
    machine.run(f"losetup /dev/loop0 /dev/{first}; mkfs.ext4 -q /dev/loop0; mount /dev/loop0 /mnt/x")
    evidence = disk.refusal()
    assert f"{first} is behind loop0 (/dev/{first})" in evidence and "loop0 is mounted on /mnt/x" in evidence
    machine.run(f"umount /mnt/x; losetup -d /dev/loop0; mount /dev/{first} /mnt/x")
    machine.run("truncate -s 32M /mnt/x/image; losetup /dev/loop1 /mnt/x/image")
    machine.run(
        "dd if=/dev/zero of=/mnt/x/swap bs=1M count=8 status=none; chmod 600 /mnt/x/swap; mkswap /mnt/x/swap; swapon /mnt/x/swap"
    )
    evidence = disk.refusal()
    assert (
        f"{first} is mounted on /mnt/x" in evidence and f"{first} is the disk of the swap file /mnt/x/swap" in evidence
    )
    assert f"{first} holds /mnt/x/image, which is behind loop1" in evidence
    machine.run("swapoff /mnt/x/swap; losetup -d /dev/loop1")
    machine.run("mkdir -p /mnt/x/low /mnt/over; mount -t overlay -o lowerdir=/mnt/x/low:/mnt none /mnt/over")
    assert f"{first} is below the overlay that is mounted on /mnt/over" in disk.refusal()
    machine.run("umount /mnt/over; umount /mnt/x")
    # Another mount namespace, which only its process shows.
    inside = machine.start(
        f"exec unshare --mount sh -c 'mount /dev/{first} /mnt/x && echo ready && exec sleep infinity'"
    )
    inside.wait_output("ready")
    assert machine.run("findmnt /mnt/x", check=False).status == 1
    assert f"{first} is mounted on /mnt/x" in disk.refusal()
    inside.kill()
    machine.wait_for(lambda: disk.verdict() == ("rebind", "free"), what="the other namespace is gone")
    disk.wiped(first)


if FULL:

    def test_disks_with_several_paths():
        """Two controllers with one disk: its block device stands below neither of them."""
        shared = ["-device", "nvme-subsys,id=shared,nqn=shared"]
        shared += ["-device", "nvme,id=path0,serial=shared,subsys=shared,bus=port7"]
        shared += ["-blockdev", "driver=null-co,node-name=shared0,size=67108864,read-zeroes=on"]
        shared += ["-device", "nvme-ns,drive=shared0,bus=path0,nsid=1,shared=on"]
        shared += ["-device", "nvme,id=path1,serial=shared,subsys=shared,bus=port8"]
        with Machine(boot=True, devices=shared) as machine:
            machine.install(rules=False)
            machine.run(["modprobe", "vfio-pci"])
            paths = [machine.address_of("path0"), machine.address_of("path1")]
            for path in paths:
                wait_driver(machine, path, "nvme")
            machine.policy("".join(policy_for(path).replace("wanted", f"path-{path[5:7]}") for path in paths))
            # Beside the head are its paths, nvme0c0n1 and nvme0c1n1, which are hidden.
            (head,) = machine.run("ls /sys/block | grep -x 'nvme[0-9]*n1'").stdout.split()
            assert "nvme-subsystem" in machine.run(f"readlink -f /sys/block/{head}").stdout
            machine.run(f"dmsetup create upon --table '0 8192 linear /dev/{head} 0'")
            for path in paths:
                assert f"{head} is held by dm-0 (upon)" in refusal(machine, path, "storage")
            machine.run("dmsetup remove upon")
            assert set(outcomes(program(machine, "apply", *paths)).values()) == {"rebound"}
            assert not machine.dmesg_faults()
