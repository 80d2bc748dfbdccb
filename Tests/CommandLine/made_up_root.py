"""A made-up machine below one folder: what sysfs, /proc and /etc would show of it."""

import hashlib
import os
import pathlib
import stat

RELEASE = "6.12.0-made-up"
WRITE_ONLY = ("bind", "unbind", "new_id", "remove_id")
ROUTE_COLUMNS = (
    "Iface", "Destination", "Gateway", "Flags", "RefCnt", "Use", "Metric", "Mask", "MTU", "Window", "IRTT",
)
NO_OVERRIDE = "(null)\n"


class MadeUpRoot:
    """Builds the machine. With `plain` its functions are folders right below /sys/bus/pci/devices, else links."""

    def __init__(self, path, plain=False):
        self.path = pathlib.Path(path)
        self.plain = plain
        self.folder("sys/bus/pci/devices")
        self.folder("sys/bus/pci/drivers")
        self.write("sys/bus/pci/drivers_probe", "")
        self.write("proc/sys/kernel/osrelease", RELEASE + "\n")
        self.write(f"lib/modules/{RELEASE}/modules.dep", "")
        self.write("proc/self/mountinfo", "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n")
        self.write("proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
        self.write("proc/net/route", "\t".join(ROUTE_COLUMNS) + "\n")
        self.write("proc/net/ipv6_route", "")
        self.write("proc/net/if_inet6", "")
        self.folder("dev/vfio")
        for top in ("etc", "run", "usr/lib"):
            self.folder(f"{top}/vfio-rebind/policy.d")

    # Files

    def at(self, name):
        """The place of a path that the program sees, `/sys/bus/pci`."""
        return self.path / str(name).lstrip("/")

    def folder(self, name):
        """Makes a folder and those above it, writable by the owner alone."""
        place = self.path
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
        for part in pathlib.PurePath(str(name).lstrip("/")).parts:
            place = place / part
            if not place.exists():
                place.mkdir()
                place.chmod(0o755)
        return place

    def write(self, name, content, mode=0o644):
        """Writes a file."""
        place = self.at(name)
        self.folder(place.parent.relative_to(self.path))
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(mode)
        return place

    def append(self, name, content):
        """Adds lines to a file."""
        self.write(name, self.at(name).read_text() + content)

    def link(self, name, text):
        """Makes a link with just this text."""
        place = self.at(name)
        self.folder(place.parent.relative_to(self.path))
        place.unlink(missing_ok=True)
        place.symlink_to(text)
        return place

    def connect(self, name, target):
        """Links one path to another, relatively as sysfs does."""
        return self.link(name, os.path.relpath(self.at(target), self.at(name).parent.resolve()))

    def text(self, name):
        """The content of a file."""
        return self.at(name).read_text()

    # Drivers

    def add_driver(self, name):
        """Registers a driver; one that is there stays."""
        for file in WRITE_ONLY:
            if not self.at(f"sys/bus/pci/drivers/{name}/{file}").exists():
                self.write(f"sys/bus/pci/drivers/{name}/{file}", "", 0o600)

    def add_module(self, name):
        """Makes a module that modprobe would find."""
        file = name.replace("-", "_")
        self.append(f"lib/modules/{RELEASE}/modules.dep", f"kernel/drivers/{file}.ko.xz: kernel/lib/other.ko.xz\n")

    # Functions

    def add_function(
        self, address, id="8086:10d3", *, class_code="020000", driver=None, group=None, subsystem="1af4:1100",
        revision="00", numa_node=-1, override=None, header_type=0, below=(), physical_function=None,
    ):  # pylint: disable=redefined-builtin,too-many-arguments
        """Plugs in a function; `below` are the addresses of the bridges above it."""
        self._place(address, below)
        vendor, device = id.split(":")
        facts = {
            "vendor": f"0x{vendor}", "device": f"0x{device}", "class": f"0x{class_code}",
            "revision": f"0x{revision}", "numa_node": str(numa_node), "enable": "0",
        }
        if subsystem:
            facts["subsystem_vendor"], facts["subsystem_device"] = (f"0x{half}" for half in subsystem.split(":"))
        for name, fact in facts.items():
            self.write(f"{self.device(address)}/{name}", fact + "\n")
        self.write(f"{self.device(address)}/driver_override", f"{override}\n" if override else NO_OVERRIDE)
        configuration = bytearray(64)
        configuration[0x0E] = header_type
        self.write(f"{self.device(address)}/config", bytes(configuration))
        if group is not None:
            self.add_to_group(address, group)
        if driver:
            self.drive(address, driver)
        if physical_function:
            self._add_virtual(address, physical_function)
        return address

    def _place(self, address, below):
        device = f"sys/bus/pci/devices/{address}"
        if self.plain:
            self.folder(device)
            return
        home = "/".join([f"sys/devices/pci{address[:-8]}:00", *below, address])
        self.folder(home)
        self.connect(device, home)

    def device(self, address):
        """The folder of a function, as the program names it."""
        return f"/sys/bus/pci/devices/{address}"

    def unplug(self, address):
        """Takes a function out; its folder's inode number is not given to the next one."""
        place = self.at(self.device(address))
        home = place.resolve()
        if place.is_symlink():
            place.unlink()
        home.rename(self.folder("unplugged") / f"{address}-{home.stat().st_ino}")

    def drive(self, address, driver):
        """Binds a function to a driver, or to none."""
        link = f"{self.device(address)}/driver"
        if driver is None:
            self.at(link).unlink(missing_ok=True)
            return
        self.add_driver(driver)
        self.connect(link, f"sys/bus/pci/drivers/{driver}")

    def driver(self, address):
        """The driver of a function; None for none."""
        link = self.at(f"{self.device(address)}/driver")
        return os.path.basename(os.readlink(link)) if link.is_symlink() else None

    def add_to_group(self, address, group):
        """Puts a function into an IOMMU group."""
        home = f"sys/kernel/iommu_groups/{group}"
        self.folder(f"{home}/devices")
        self.connect(f"{self.device(address)}/iommu_group", home)
        self.connect(f"{home}/devices/{address}", self.device(address))

    def _add_virtual(self, address, physical_function):
        owner = self.device(physical_function)
        number = len(list(self.at(owner).glob("virtfn*")))
        self.connect(f"{owner}/virtfn{number}", self.device(address))
        self.connect(f"{self.device(address)}/physfn", owner)

    def show_vfio_device(self, address, group, number=0):
        """What VFIO shows of a function that it has."""
        self.folder(f"{self.device(address)}/vfio-dev/vfio{number}")
        self.write(f"dev/vfio/devices/vfio{number}", "")
        self.write(f"dev/vfio/{group}", "")

    # What uses functions

    def add_disk(self, address, name, number="259:0"):
        """A block device below a function."""
        home = f"{self.at(self.device(address)).resolve().relative_to(self.path.resolve())}/block/{name}"
        self.write(f"{home}/dev", number + "\n")
        self.write(f"{home}/size", "2048\n")
        self.folder(f"{home}/holders")
        self.connect(f"sys/class/block/{name}", home)
        return home

    def add_partition(self, disk, name, number="259:1"):
        """A partition of a disk that `add_disk` made."""
        home = f"{disk}/{name}"
        self.write(f"{home}/dev", number + "\n")
        self.write(f"{home}/partition", "1\n")
        self.folder(f"{home}/holders")
        self.connect(f"sys/class/block/{name}", home)

    def mount(self, number, point, source="/dev/unknown"):
        """Mounts the block device of a number."""
        self.append("proc/self/mountinfo", f"30 22 {number} / {point} rw,relatime - ext4 {source} rw\n")

    def swap_on(self, name):
        """Makes a block device swap."""
        self.append("proc/swaps", f"/dev/{name} partition\t1048572\t0\t-2\n")

    def add_interface(self, address, name, *, is_up=False):
        """A network interface below a function."""
        home = f"{self.at(self.device(address)).resolve().relative_to(self.path.resolve())}/net/{name}"
        self.write(f"{home}/flags", "0x1003\n" if is_up else "0x1002\n")
        self.write(f"{home}/operstate", "up\n" if is_up else "down\n")
        self.connect(f"sys/class/net/{name}", home)
        return home

    def route_by_default(self, name):
        """Sends the IPv4 default route through an interface."""
        self.append("proc/net/route", f"{name}\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")

    def hold_open(self, pid, command, path):
        """A process that holds a file open."""
        self.write(f"proc/{pid}/comm", command + "\n")
        self.link(f"proc/{pid}/ns/mnt", "mnt:[4026531841]")
        self.link(f"proc/{pid}/ns/net", "net:[4026531840]")
        self.write(f"proc/{pid}/mountinfo", self.text("proc/self/mountinfo"))
        self.link(f"proc/{pid}/fd/7", path)

    # Policies

    def add_policy(self, text, file="50-made-up.toml", top="etc", mode=0o644):
        """Writes a policy file into one of the three folders; answers its path as the program names it."""
        name = f"/{top}/vfio-rebind/policy.d/{file}"
        self.write(name, text, mode)
        return name

    def give_to(self, user):
        """Makes everything below the root, and the root itself, a user's."""
        for folder, folders, files in os.walk(self.path):
            for name in folders + files:
                os.chown(os.path.join(folder, name), user, user, follow_symlinks=False)
        os.chown(self.path, user, user)

    # What became of it

    def fingerprint(self):
        """Every path below the root with its kind, mode, size, owner and content."""
        prints = {}
        for folder, folders, files in os.walk(self.path):
            for name in folders + files:
                place = os.path.join(folder, name)
                status = os.lstat(place)
                facts = [status.st_mode, status.st_uid, status.st_gid, status.st_ino]
                if stat.S_ISLNK(status.st_mode):
                    facts.append(os.readlink(place))
                elif stat.S_ISREG(status.st_mode):
                    facts.append(hashlib.sha256(_content(place)).hexdigest())
                    facts.append(status.st_mtime_ns)
                prints[os.path.relpath(place, self.path)] = facts
        return prints


def _content(place):
    mode = os.stat(place).st_mode
    if mode & 0o400:
        return pathlib.Path(place).read_bytes()
    os.chmod(place, mode | 0o400)
    try:
        return pathlib.Path(place).read_bytes()
    finally:
        os.chmod(place, stat.S_IMODE(mode))


def let_in(place):
    """Lets every user of the machine go into a folder, through those above it that are ours."""
    for folder in (place, *place.parents):
        status = os.stat(folder)
        if status.st_uid == os.geteuid() and status.st_mode & 0o055 != 0o055:
            os.chmod(folder, stat.S_IMODE(status.st_mode) | 0o055)


def policy(name, match, **keys):
    """The text of one policy: `policy("nic", 'id = "8086:10d3"', method='"new_id"')`."""
    lines = ["[[policy]]", f'name = "{name}"', f"match = {{ {match} }}"]
    lines += [f"{key} = {value}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"
