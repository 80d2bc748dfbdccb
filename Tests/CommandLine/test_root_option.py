"""`--root DIR`: files below DIR are all that is asked and written; nothing is started, no socket is opened."""

import os
import re

import pytest

from made_up_root import MadeUpRoot, let_in, policy
from program import Program
from writes import Trace

NIC = 'address = "0000:04:00.0"'
EVENT = ("--action", "add", "--devpath", "/devices/pci0000:00/0000:04:00.0")
COMMANDS = [
    ("list",), ("list", "--json"), ("plan",), ("explain", "04:00.0"), ("apply",), ("apply", "04:00.0"),
    ("bind", "--override", "network", "04:00.0"), ("release", "04:00.0"), ("release", "--all"), ("handle", *EVENT),
    ("bind", "--driver", "other", "04:00.0"), ("handle",),
]
OURS = ("/sys", "/proc", "/dev", "/etc", "/run", "/usr", "/lib", "/var")
# What libc, the runtime and the terminal ask of the machine itself, to read only.
ALLOWED = re.compile(
    r"/dev/null|/etc/ld\.so\.cache|/usr/lib/locale/.*|/usr/share/locale/.*|/etc/locale.*|/etc/nsswitch.*"
    r"|(/usr)?/lib(64|/[^/]+)?/[^/]*\.so[.0-9]*|/opt/.*\.so[.0-9]*|/proc/self/(maps|exe|auxv|cmdline|stat)"
    r"|/proc/\d+/(stat|wchan)|/sys/fs/cgroup/.*|/proc/self/cgroup|/sys/devices/system/cpu/.*"
    r"|/dev/u?random|/proc/(meminfo|stat)|/etc/localtime")


@pytest.fixture(autouse=True)
def machine(root, card):
    """The card, a policy, and a disk."""
    root.add_driver("other")
    root.add_module("vfio-pci")
    root.add_policy(policy("nic", NIC) + policy("later", 'id = "1234:5678"'))
    root.add_interface(card, "eth0")
    return card


@pytest.fixture
def trace(tmp_path):
    """A place for a trace, outside of the root."""
    return Trace(tmp_path / "trace")


UDEV = {"ACTION": "add", "SUBSYSTEM": "pci", "DEVPATH": EVENT[3], "SEQNUM": "7"}


def run(program, trace, calls, words):
    """Runs a command as udev would, under strace."""
    return program(*words, before=trace.before(calls), environment=UDEV if words == ("handle",) else None)


@pytest.mark.parametrize("words", COMMANDS)
def test_no_program_is_started_and_no_socket_opened(program, trace, words):
    run(program, trace, "execve,execveat,socket,socketpair,connect,bind,sendto,sendmsg,init_module,finit_module", words)
    calls = [line for line in trace.lines if re.match(r"[a-z_0-9]+\(", line)]
    assert len(calls) == 1 and calls[0].startswith("execve("), calls


def test_no_module_is_loaded_where_one_is_missing(tmp_path, trace):
    made = MadeUpRoot(tmp_path / "other")
    made.add_module("vfio-pci")
    made.add_function("0000:04:00.0", driver="e1000e", group=7)
    made.add_policy(policy("nic", NIC))
    Program(made)("apply", before=trace.before("execve,socket,finit_module")).ends(69)
    assert len([line for line in trace.lines if line.startswith(("execve", "socket", "finit"))]) == 1


@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_outside_is_opened_for_writing_and_no_state_of_the_machine_is_asked(root, program, trace, words):
    run(program, trace, "open,openat,openat2,creat", words)
    opened = trace.opened()
    assert opened, "strace saw no opening"
    for folder, path, rest in opened:
        inside = folder is not None and (folder == str(root.path) or folder.startswith(f"{root.path}/"))
        if "RESOLVE_IN_ROOT" in rest and inside or inside and not path.startswith("/"):
            continue
        assert not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", rest) or path == "/dev/null", (path, rest)
        if path.startswith(OURS):
            assert ALLOWED.fullmatch(path), f"{path} of the machine itself was asked"


@pytest.mark.parametrize("words", COMMANDS)
def test_nothing_outside_is_made_moved_or_removed(root, program, trace, words):
    run(program, trace, "mkdirat,mkdir,unlink,unlinkat,rename,renameat,renameat2,symlink,symlinkat,link,linkat,chmod,"
        "fchmodat,chown,fchownat,truncate,mount,utimensat", words)
    for line in trace.lines:
        call = re.match(r"(\w+)\(", line)
        if call:
            assert f"<{root.path}" in line, line


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "04:00.0"), ("apply", "--dry-run"),
                                   ("bind", "--dry-run", "04:00.0"), ("release", "--dry-run", "04:00.0"),
                                   ("handle", "--dry-run", *EVENT)])
def test_commands_that_only_look_write_nothing(root, program, trace, words):
    before = root.fingerprint()
    program(*words, before=trace.before("openat,openat2"))
    assert root.fingerprint() == before
    for _, path, rest in trace.opened():
        assert not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", rest) or path == "/dev/null", (path, rest)


@pytest.mark.parametrize("escape", ["absolute", "climbing"])
def test_sysfs_links_that_lead_out_are_resolved_below_the_root(root, program, tmp_path, escape):
    outside = tmp_path / "outside"
    outside.mkdir()
    facts = {"vendor": "0x8086", "device": "0x10d3", "class": "0x020000", "driver_override": "(null)"}
    for file, text in facts.items():
        (outside / file).write_text(text + "\n")
    text = str(outside) if escape == "absolute" else "../" * 30 + str(outside).lstrip("/")
    root.link("sys/bus/pci/devices/0000:06:00.0", text)
    assert "0000:06:00.0" not in program("list", "--json").ends(0).functions
    program("bind", "06:00.0").ends(69)
    assert (outside / "driver_override").read_text() == "(null)\n"


@pytest.mark.parametrize("place", ["run", "run/vfio-rebind"])
def test_state_goes_below_the_root_even_through_links_that_lead_out(root, program, tmp_path, place):
    outside = tmp_path / "outside"
    outside.mkdir()
    root.at(place).rename(tmp_path / "aside")
    root.link(place, str(outside))
    before = sorted(outside.rglob("*"))
    program("apply")
    program("handle", *EVENT)
    assert sorted(outside.rglob("*")) == before


def test_a_driver_folder_that_leads_out_is_not_written(root, program, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for file in ("bind", "unbind", "new_id"):
        (outside / file).write_text("")
    root.at("sys/bus/pci/drivers/e1000e").rename(tmp_path / "aside")
    root.link("sys/bus/pci/drivers/e1000e", str(outside))
    program("apply")
    assert [(outside / file).read_text() for file in ("bind", "unbind", "new_id")] == ["", "", ""]


def test_root_rights_are_not_required(root, program, tmp_path):
    user = None
    if os.geteuid() == 0:
        user = 12345
        root.give_to(user)
        let_in(tmp_path)
    for words, status in ((("list",), 0), (("plan",), 0), (("apply",), 1), (("bind", "04:00.0"), 1),
                          (("release", "--all"), 0), (("handle", *EVENT), 1)):
        program(*words, user=user).ends(status)
    assert program("plan", "--json", user=user).document["complete"] is True
