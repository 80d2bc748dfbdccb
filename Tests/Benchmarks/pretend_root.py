"""A folder that is filled with files and links, and what a host has once: drivers, modules, /proc, /etc."""

import os

DRIVER_FILES = {"bind": "", "unbind": "", "new_id": "", "remove_id": "", "uevent": ""}
RELEASE = "6.12.0-bench"


class Root:
    """Writes files and links below one folder; folders are made where they are missing."""

    def __init__(self, path):
        self.path = path
        self.folders = set()

    def folder(self, name):
        if name not in self.folders:
            os.makedirs(os.path.join(self.path, name), mode=0o755, exist_ok=True)
            self.folders.add(name)
        return name

    def write(self, name, content, mode=0o644):
        self.folder(os.path.dirname(name))
        data = content if isinstance(content, bytes) else content.encode()
        path = os.path.join(self.path, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        os.write(descriptor, data)
        os.close(descriptor)

    def link(self, name, target):
        """Links `name` to `target`, both below the root, by a relative text as sysfs does."""
        self.folder(os.path.dirname(name))
        os.symlink(os.path.relpath(target, os.path.dirname(name)), os.path.join(self.path, name))

    def text_link(self, name, text):
        """A link with this very text, as the kernel makes them for what is no file."""
        self.folder(os.path.dirname(name))
        os.symlink(text, os.path.join(self.path, name))


def surroundings(root, drivers):
    """What is there once: drivers, modules, /proc, /etc."""
    for driver in drivers:
        for name, text in DRIVER_FILES.items():
            root.write(f"sys/bus/pci/drivers/{driver}/{name}", text, 0o200)
        module = driver.replace("-", "_")
        root.write(f"sys/module/{module}/refcnt", "0\n")
        root.write(f"sys/module/{module}/initstate", "live\n")
        root.link(f"sys/bus/pci/drivers/{driver}/module", f"sys/module/{module}")
    root.write("sys/module/vfio_pci/parameters/ids", "\n")
    for name in ("drivers_probe", "rescan", "uevent"):
        root.write(f"sys/bus/pci/{name}", "", 0o200)
    root.write("sys/bus/pci/drivers_autoprobe", "1\n")
    root.folder("sys/bus/pci/slots")
    root.folder("sys/class/drm")
    root.folder("sys/class/iommu/dmar0")
    root.write("dev/vfio/vfio", "", 0o666)
    mounts = "22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n"
    root.write("proc/self/mountinfo", mounts)
    root.write("proc/1/mountinfo", mounts)
    root.write("proc/1/comm", "systemd\n")
    root.write("proc/mounts", "/dev/vda1 / ext4 rw,relatime 0 0\n")
    root.write("proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
    root.write("proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/vda1 intel_iommu=on\n")
    root.write("proc/sys/kernel/osrelease", RELEASE + "\n")
    root.write("proc/sys/kernel/random/boot_id", "5a3c9f0e-0000-4000-8000-000000000001\n")
    root.write("proc/modules", "".join(f"{d.replace('-', '_')} 16384 0 - Live 0x0\n" for d in drivers))
    header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    root.write("proc/net/route", header + "br0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")
    root.write("proc/net/ipv6_route", "")
    root.write("proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80       lo\n")
    root.write("proc/net/fib_trie", "Main:\n  +-- 0.0.0.0/0 3 0 5\n")
    root.write("etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n")
    root.write("etc/os-release", "ID=debian\n")
    alias = "".join(f"alias pci:v{i:08X}d*sv*sd*bc*sc*i* module_{i}\n" for i in range(4096))
    root.write(f"lib/modules/{RELEASE}/modules.alias", alias)
    root.write(f"lib/modules/{RELEASE}/modules.builtin", "")
    root.write(f"lib/modules/{RELEASE}/modules.dep", "".join(f"kernel/{d.replace('-', '_')}.ko:\n" for d in drivers))
