"""Hostile files: links out of the folder, FIFOs, sockets and folders in place of files, what is huge or never ends."""

import os
import socket
import stat
import threading
import time

import pytest

from made_up_root import policy
from program import SECONDS
from writes import Trace

CARD = "0000:04:00.0"
DEVICE = f"sys/bus/pci/devices/{CARD}"
RUN = "run/vfio-rebind"
EVENT = ("--action", "add", "--devpath", f"/devices/pci0000:00/{CARD}")
LOOKING = [("list",), ("plan",), ("explain", CARD), ("status",), ("check",)]
WRITING = [("apply", CARD), ("handle", *EVENT), ("release", CARD), ("release", "--all"), ("bind", CARD)]
KINDS = ["link out", "dangling link", "loop of links", "FIFO", "socket", "folder", "zeros", "huge", "noise"]
STATE = [
    f"{RUN}/journal/{CARD}", f"{RUN}/holds/{CARD}", f"{RUN}/stuck/{CARD}", f"{RUN}/rounds/{CARD}",
    f"{RUN}/autoprobe/{CARD}", f"{RUN}/ids/vfio-pci@8086:10d3", f"{RUN}/locks/function-{CARD}",
    f"{RUN}/policy-index", f"{RUN}/status.json", f"var/lib/vfio-rebind/uses/{CARD}",
    f"var/lib/vfio-rebind/identities/{CARD}",
]
FOLDERS = [RUN, f"{RUN}/journal", f"{RUN}/holds", f"{RUN}/locks", f"{RUN}/ids", "var/lib/vfio-rebind"]
ATTRIBUTES = [
    f"{DEVICE}/vendor", f"{DEVICE}/class", f"{DEVICE}/config", f"{DEVICE}/driver_override", f"{DEVICE}/numa_node",
    f"{DEVICE}/enable", f"{DEVICE}/subsystem_vendor", f"{DEVICE}/net/eth0/flags", f"{DEVICE}/nvme/nvme0/nvme0n1/dev",
    "proc/self/mountinfo", "proc/swaps", "proc/net/route", "proc/sys/kernel/osrelease", "proc/7/mountinfo",
    "proc/7/comm", "etc/fstab", "etc/libvirt/qemu/guest.xml",
]
ENDLESS = [f"{DEVICE}/vendor", f"{DEVICE}/config", "proc/self/mountinfo", f"{RUN}/journal/{CARD}"]
# The normal run tries a quarter of the pairs, each name and each kind among them.
FULL = int(os.environ.get("VFIO_REBIND_TEST_SCALE", "1")) >= 10


def pairs(names, kinds):
    """Every name with every kind."""
    return [
        (name, kind) for row, name in enumerate(names) for column, kind in enumerate(kinds)
        if FULL or (row + column) % 4 == 0
    ]


# Address space for a run: what reads without end is stopped by this, and fails.
SPACE = ["prlimit", f"--as={1 << 30}"]


@pytest.fixture(autouse=True)
def machine(root, card):
    """The card, a policy for it, and what a guard could look at."""
    root.add_policy(policy("nic", f'address = "{CARD}"'))
    root.add_interface(card, "eth0")
    root.write("proc/7/comm", "other\n")
    root.link("proc/7/ns/mnt", "mnt:[4026531999]")
    return card


@pytest.fixture
def outside(tmp_path):
    """A file that nobody may touch, and whether somebody did."""
    place = tmp_path / "outside"
    place.write_text("untouched\n")
    before = os.stat(place).st_mtime_ns
    yield place
    assert (place.read_text(), os.stat(place).st_mtime_ns) == ("untouched\n", before)
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("out")] == ["outside"]


def put(root, name, kind, outside):
    """Puts something of a kind where a file or folder is expected."""
    place = root.at(name)
    root.folder(place.parent.relative_to(root.path))
    if place.is_dir() and not place.is_symlink():
        place.rename(root.path.parent / "aside")
    elif os.path.lexists(place):
        place.unlink()
    if kind == "FIFO":
        os.mkfifo(place, 0o644)
    elif kind == "socket":
        folder = os.open(place.parent, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{folder}/{place.name}")
        os.close(folder)
    elif kind == "folder":
        (place / "inside").mkdir(parents=True)
    elif kind == "zeros":
        os.mknod(place, 0o644 | stat.S_IFCHR, os.makedev(1, 5))
    elif kind == "huge":
        place.write_bytes(b"0x8086\n")
        os.truncate(place, 1 << 36)
    elif kind == "noise":
        place.write_bytes(bytes(range(256)) * 64)
    else:
        text = {"link out": str(outside), "dangling link": "/nowhere", "loop of links": place.name}[kind]
        place.symlink_to(text)


def drivers(root):
    """What the kernel was told."""
    files = sorted(root.at("sys/bus/pci/drivers").glob("*/*"))
    return {str(file): file.read_text() for file in files} | {"override": kind_of(root.at(f"{DEVICE}/driver_override"))}


def kind_of(place):
    """The content of a regular file, else its mode."""
    status = os.lstat(place)
    return place.read_bytes()[:64] if stat.S_ISREG(status.st_mode) else status.st_mode


@pytest.mark.parametrize("name, kind", pairs(STATE, KINDS))
def test_state_that_is_no_state(root, program, outside, name, kind):
    put(root, name, kind, outside)
    before = drivers(root)
    for words in LOOKING:
        assert program(*words, before=SPACE).status in (0, 1, 2)
        assert drivers(root) == before
    for words in WRITING:
        result = program(*words, "--json", before=SPACE)
        assert result.status in (0, 1, 2), result.err
        assert result.document["schema"].startswith("vfio-rebind.")
    if drivers(root) != before:
        # Nothing is written to the kernel unless the journal was there to say so.
        assert root.at(f"{RUN}/journal").is_dir() and root.at(f"{RUN}/locks").is_dir()


@pytest.mark.parametrize("name, kind", pairs(FOLDERS, [kind for kind in KINDS if kind != "folder"]))
def test_no_folder_where_state_belongs(root, program, outside, name, kind):
    put(root, name, kind, outside)
    before = drivers(root)
    # The transient policies are there too, and what is no folder has none that could be read.
    statuses = (0, 1, 2, 65) if name == RUN else (0, 1, 2)
    for words in LOOKING:
        assert program(*words, before=SPACE).status in statuses
    for words in WRITING:
        result = program(*words, "--json", before=SPACE)
        assert result.status in statuses, result.err
    if name in (RUN, f"{RUN}/journal", f"{RUN}/locks"):
        assert drivers(root) == before, "the kernel was written to without a journal or a lock"


# A FIFO that is written to is another matter: test_a_write_that_never_returns_is_left_behind.
@pytest.mark.parametrize(
    "name, kind", [pair for pair in pairs(ATTRIBUTES, KINDS) if pair != (f"{DEVICE}/driver_override", "FIFO")])
def test_an_attribute_that_is_none(root, program, outside, name, kind):
    put(root, name, kind, outside)
    for words in LOOKING + [("apply", CARD), ("handle", *EVENT), ("bind", CARD)]:
        result = program(*words, before=SPACE)
        assert result.status in (0, 1, 2, 69), result.err
    if name.endswith(("vendor", "class")) and kind in ("zeros", "FIFO", "noise"):
        assert f"{DEVICE}/{name}" not in program("list").out


@pytest.mark.parametrize("name", ENDLESS)
def test_an_attribute_that_never_ends(root, program, outside, name):
    put(root, name, "FIFO", outside)
    ends = threading.Event()

    def pour():
        descriptor = os.open(root.at(name), os.O_RDWR | os.O_NONBLOCK)
        while not ends.is_set():
            try:
                os.write(descriptor, b"0" * 65536)
            except BlockingIOError:
                ends.wait(0.001)
        os.close(descriptor)

    thread = threading.Thread(target=pour)
    thread.start()
    try:
        for words in LOOKING + [("apply", CARD), ("release", CARD)]:
            assert program(*words, before=SPACE).status in (0, 1, 2, 69)
    finally:
        ends.set()
        thread.join()


WRITTEN = {
    "driver_override": f"{DEVICE}/driver_override", "unbind": "sys/bus/pci/drivers/e1000e/unbind",
}


@pytest.mark.parametrize("kind", ["link out", "dangling link", "socket", "folder", "zeros"])
@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_to_is_a_file_of_sysfs(root, program, outside, name, kind):
    put(root, WRITTEN[name], kind, outside)
    function = program("apply", "--json", CARD, before=SPACE).ends(1).functions[CARD]
    assert function["outcome"] == "failed" and function["error"]
    assert root.driver(CARD) == "e1000e"


@pytest.mark.parametrize("name", WRITTEN)
def test_a_write_that_never_returns_is_left_behind(root, program, outside, name):
    """A FIFO without a reader is as a driver that does not let go: the command ends in time, the worker when it may."""
    root.add_policy(policy("nic", f'address = "{CARD}"', timeout="1"))
    put(root, WRITTEN[name], "FIFO", outside)
    function = program("apply", "--json", CARD).ends(1).functions[CARD]
    assert function["outcome"] == "stuck" and "is blocked in the kernel" in function["error"]
    assert program("list", "--json").functions[CARD]["state"] == "stuck"
    reader = os.open(root.at(WRITTEN[name]), os.O_RDONLY | os.O_NONBLOCK)
    deadline = time.monotonic() + SECONDS
    while program("list", "--json").functions[CARD]["state"] == "stuck" and time.monotonic() < deadline:
        time.sleep(0.02)
    os.close(reader)
    assert program("list", "--json").functions[CARD]["state"] == "host"


@pytest.mark.parametrize("folder, kind", pairs(["etc", "run", "usr/lib"], ["FIFO", "socket", "zeros", "loop of links"]))
def test_a_policy_folder_that_is_none(root, program, outside, folder, kind):
    root.add_policy(policy("other", 'id = "1234:5678"'), top="usr/lib" if folder != "usr/lib" else "etc")
    put(root, f"{folder}/vfio-rebind/policy.d", kind, outside)
    before = drivers(root)
    for words in [("list",), ("apply",), ("handle", *EVENT)]:
        result = program(*words, "--json", before=SPACE).ends(65)
        assert any("policy.d" in detail for detail in result.document["details"])
    assert drivers(root) == before


LIES = {
    "another subsystem": {"SUBSYSTEM": "block"},
    "no subsystem": {"SUBSYSTEM": ""},
    "a path that climbs": {"DEVPATH": f"/devices/pci0000:00/../../../../etc/{CARD}"},
    "a path to a driver": {"DEVPATH": "/bus/pci/drivers/e1000e"},
    "a function that is not there": {"DEVPATH": "/devices/pci0000:00/0000:09:00.0"},
    "ids of another card": {"PCI_ID": "15B3:1003", "PCI_CLASS": "10802", "DRIVER": "../../x"},
    "a node of another": {"SUBSYSTEM": "vfio", "DEVPATH": "/devices/virtual/vfio/../../etc", "DEVNAME": "/etc/passwd"},
    "a node without a number": {"SUBSYSTEM": "vfio-dev", "DEVPATH": f"/devices/x/{CARD}/vfio-dev/../../sda"},
    "an action with a newline": {"ACTION": "add\nSUBSYSTEM=pci"},
    "a megabyte of properties": {f"LONG_{number}": "x" * 100_000 for number in range(10)},
    "a long action": {"ACTION": "add" * 40_000},
    "a long path": {"DEVPATH": "/devices/" + "0000:00:1c.0/" * 9_000 + CARD},
    "a path of bytes": {"DEVPATH": b"/devices/\xff\xfe/0000:04:00.0"},
}
OWN = (
    f"/sys/devices/pci0000:00/{CARD}", f"/sys/bus/pci/devices/{CARD}", "/sys/bus/pci/drivers", "/run/vfio-rebind",
    "/var/lib/vfio-rebind",
)
CHANGES = "openat,openat2,open,creat,renameat,unlinkat,mkdirat,fchownat,fchmodat"


@pytest.mark.parametrize("lie", LIES)
def test_an_environment_that_lies_writes_nothing_but_to_the_function(root, program, tmp_path, lie):
    other = root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    environment = {
        "ACTION": "add", "SUBSYSTEM": "pci", "DEVPATH": f"/devices/pci0000:00/{CARD}", "SEQNUM": "7",
        "PCI_ID": "8086:10D3", "PCI_CLASS": "20000", **LIES[lie],
    }
    before = root.fingerprint()
    for number, made in enumerate((environment, {key: text for key, text in environment.items() if key != "SEQNUM"})):
        trace = Trace(tmp_path / f"trace-{number}")
        assert program("handle", environment=made, before=trace.before(CHANGES)).status in (0, 1, 64)
        for folder, path, rest in trace.opened():
            if path == "/dev/null" or not any(flag in rest for flag in ("O_WRONLY", "O_RDWR", "O_CREAT")):
                continue
            full = path if path.startswith("/") else f"{folder}/{path}".replace(str(root.path), "", 1)
            assert full.startswith(OWN) and other not in full and ".." not in full, full
    after = root.fingerprint()
    changed = {f"/{path}" for path in before | after if before.get(path) != after.get(path)}
    assert not {path for path in changed if other in path}
    assert all(path.startswith((*OWN, "/var/lib")) for path in changed), changed
    if lie not in ("ids of another card", "a megabyte of properties"):
        assert not any(path.startswith("/sys") for path in changed), changed
