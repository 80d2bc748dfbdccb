"""Invalid policies: each is told with its place, the status is 65, and nothing at all is changed."""

import os
import socket

import pytest

from made_up_root import policy

NIC = 'id = "8086:10d3"'
COMMANDS = [
    ("list",), ("plan",), ("explain", "04:00.0"), ("apply",), ("apply", "04:00.0"), ("apply", "--dry-run"),
    ("bind", "04:00.0"), ("release", "04:00.0"), ("release", "--all"),
    ("handle", "--action", "add", "--devpath", "/devices/pci0000:00/0000:04:00.0"),
]
FILE = "/etc/vfio-rebind/policy.d/50-made-up.toml"

# text of the file, words that the message has
BAD = {
    "unknown key": (policy("one", NIC, drivr='"vfio-pci"'), ["one", "drivr", 'did you mean "driver"']),
    "unknown key of match": (policy("one", 'idd = "8086:10d3"'), ["one", "match.idd", 'did you mean "id"']),
    "unknown key of guards": (policy("one", NIC, guards='{ storag = "off" }'), ["guards.storag", '"storage"']),
    "key outside of policies": ('name = "one"\n', ["name", "[[policy]]"]),
    "wrong type of name": ('[[policy]]\nname = 7\nmatch = { id = "8086:10d3" }\n', ["name", "string"]),
    "wrong type of id": (policy("one", "id = 32902"), ["one", "match.id", "string"]),
    "wrong type in a list": (policy("one", 'id = ["8086:10d3", 7]'), ["match.id", "value 2"]),
    "wrong type of match": ('[[policy]]\nname = "one"\nmatch = "8086:10d3"\n', ["match", "table"]),
    "wrong type of timeout": (policy("one", NIC, timeout='"30"'), ["timeout", "integer"]),
    "timeout out of range": (policy("one", NIC, timeout="0"), ["timeout", "1"]),
    "policy as a table": ('[policy]\nname = "one"\nmatch = { id = "8086:10d3" }\n', ["[[policy]]"]),
    "ffff": (policy("one", 'id = "ffff:10d3"'), ["one", "match.id", "ffff"]),
    "FFFF": (policy("one", 'id = "8086:FFFF"'), ["match.id", "ffff"]),
    "more than 16 bits": (policy("one", 'id = "18086:10d3"'), ["match.id", "16 bits"]),
    "two wildcards": (policy("one", 'id = "*:*"'), ["match.id", "every card"]),
    "half an id": (policy("one", 'id = "8086"'), ["match.id", "vendor:device"]),
    "id with 0x": (policy("one", 'id = "0x8086:0x10d3"'), ["match.id", "0x"]),
    "bad subsystem": (policy("one", 'subsystem = "ffff:ffff"'), ["match.subsystem", "ffff"]),
    "bad class": (policy("one", 'class = "020"'), ["match.class", "2, 4 or 6"]),
    "bad address": (policy("one", 'address = "0000:04:20.0"'), ["match.address", "0000:01:00.0"]),
    "empty list": (policy("one", "id = []"), ["match.id", "empty"]),
    "empty match": (policy("one", ""), ["match", "empty"]),
    "no match": ('[[policy]]\nname = "one"\n', ["match", "missing"]),
    "no name": ('[[policy]]\nmatch = { id = "8086:10d3" }\n', ["name", "missing"]),
    "empty name": (policy("", NIC), ["name"]),
    "bad name": (policy("one two", NIC), ["name", "letters"]),
    "bad action": (policy("one", NIC, action='"ignor"'), ["action", 'did you mean "ignore"']),
    "bad method": (policy("one", NIC, method='"newid"'), ["method", '"new_id"']),
    "bad group": (policy("one", NIC, group='"all"'), ["group", '"whole"']),
    "bad driver": (policy("one", NIC, driver='"a b"'), ["driver"]),
    "bad function": (policy("one", 'function = "pf"'), ["match.function", '"physical"']),
    "new_id without ids": (policy("one", 'class = "02"', method='"new_id"'), ["method", "id"]),
    "new_id with a wildcard": (policy("one", 'id = "8086:*"', method='"new_id"'), ["method", "8086:*"]),
    "a guard that is never overridden": (policy("one", NIC, guards='{ bridge = "off" }'), ["guards.bridge", "never"]),
    "siblings": (policy("one", NIC, guards='{ siblings = "warn" }'), ["guards.siblings", "never"]),
    "bad setting of a guard": (policy("one", NIC, guards='{ storage = "on" }'), ["guards.storage", '"off"']),
    "bad slot": (policy("one", 'slot = ""'), ["match.slot", "/sys/bus/pci/slots"]),
    "bad path": (policy("one", 'path = "0000:01:00.0/"'), ["match.path", "stays within a part"]),
    "bad serial": (policy("one", 'serial = "1"'), ["match.serial", "eight pairs"]),
    "bad removable": (policy("one", 'removable = "fix"'), ["match.removable", '"fixed"']),
    "bad numa_node": (policy("one", "numa_node = -1"), ["match.numa_node", "number from 0"]),
    "bad fid": (policy("one", 'fid = "0x1ffffffff"'), ["match.fid", "32 bits"]),
    "auto and new_id": (policy("one", NIC, driver='"auto"', method='"new_id"'), ["method", "name a driver"]),
    "bad mode of access": (policy("one", NIC, access='{ mode = "rw" }'), ["access.mode", "octal"]),
    "bad key of access": (policy("one", NIC, access='{ usr = "0" }'), ["access.usr", '"user"']),
    "two of a name": (policy("one", NIC) + policy("one", NIC), ["one", "name", "unique", f"{FILE}:4"]),
    "no TOML": ("[[policy]\n", [f"{FILE}:1"]),
    "an unclosed string": ('[[policy]]\nname = "one\n', [f"{FILE}:2"]),
    "a key twice": ('[[policy]]\nname = "one"\nname = "two"\n', [f"{FILE}:3"]),
    "invalid UTF-8": (b'[[policy]]\nname = "\xff"\nmatch = { id = "8086:10d3" }\n', ["UTF-8"]),
    "an UTF-16 file": (policy("one", NIC).encode("utf-16"), ["UTF-8"]),
    "a NUL": (b"\0" * 100, [FILE]),
    "10 MB": (b"#" * 10_485_760, ["1,048,576"]),
    "a byte too many": (b"#" * 1_048_577, ["1,048,576"]),
    "deep nesting": ("x = " + "[" * 100_000 + "]" * 100_000, [FILE]),
}


@pytest.fixture(autouse=True)
def one_card(card):
    """The card of the tests."""
    return card


@pytest.mark.parametrize("kind", BAD)
def test_is_told_with_its_place_and_what_would_be_right(root, program, kind):
    text, words = BAD[kind]
    root.add_policy(text)
    result = program("list").ends(65)
    for word in [FILE, *words]:
        assert word in result.err, f"{word!r} is missing in {result.err!r}"
    assert result.out == "" and len(result.err) < 4096
    assert "vfio-rebind:" in result.err


# Every kind with the command that would write most, and every command with some kinds.
RUNS = [(kind, ("apply",)) for kind in BAD] + [
    (kind, words) for kind in ("ffff", "two of a name", "no TOML", "10 MB") for words in COMMANDS if words != ("apply",)
]


@pytest.mark.parametrize("kind, words", RUNS)
def test_changes_nothing_whatever_the_command(root, program, kind, words):
    root.add_policy(policy("good", NIC), "10-good.toml")
    root.add_policy(BAD[kind][0])
    before = root.fingerprint()
    result = program(*words, "--json").ends(65)
    assert result.document["schema"] == "vfio-rebind.error/1" and result.document["status"] == 65
    assert any(FILE in detail for detail in result.document["details"])
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", [("list",), ("apply",), COMMANDS[-1]])
@pytest.mark.parametrize("kind", ["folder", "FIFO", "dangling link", "loop of links", "link to a folder", "socket"])
def test_what_is_no_file_is_refused(root, program, kind, words):
    place = root.at(FILE)
    if kind == "folder":
        place.mkdir()
    elif kind == "FIFO":
        os.mkfifo(place, 0o644)
    elif kind == "socket":
        folder = os.open(place.parent, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{folder}/{place.name}")
        os.close(folder)
        place.chmod(0o644)
    else:
        place.symlink_to({"dangling link": "/nowhere", "loop of links": place.name, "link to a folder": "/etc"}[kind])
    before = root.fingerprint()
    result = program(*words, "--json").ends(65)
    assert any(FILE in detail for detail in result.document["details"])
    assert root.fingerprint() == before


def test_two_files_with_one_name_are_both_named(root, program):
    root.add_policy(policy("same", NIC), "10-a.toml")
    root.add_policy(policy("other", NIC) + policy("same", NIC), "20-b.toml", "run")
    result = program("plan").ends(65)
    assert "/run/vfio-rebind/policy.d/20-b.toml:4" in result.err
    assert "/etc/vfio-rebind/policy.d/10-a.toml:1" in result.err


def test_all_errors_of_all_files_are_reported_at_once(root, program):
    root.add_policy(policy("one", 'id = "ffff:0001"', action='"x"') + policy("two", 'clas = "02"'), "10-a.toml")
    root.add_policy("[[policy]\n", "20-b.toml", "usr/lib")
    details = program("list", "--json").ends(65).document["details"]
    assert len(details) == 4
    assert [sum(file in detail for detail in details) for file in ("10-a.toml", "20-b.toml")] == [3, 1]


def test_a_file_that_is_hidden_is_not_judged(root, program):
    root.add_policy("no TOML at all", "50-a.toml", "usr/lib")
    root.add_policy(policy("fine", NIC), "50-a.toml", "etc")
    program("list").ends(0)


def test_the_largest_file_that_is_allowed_is_read(root, program):
    text = policy("nic", NIC).encode()
    root.add_policy(text + b"#" * (1_048_576 - len(text)))
    assert program("plan", "--json").ends(0).functions["0000:04:00.0"]["policy"] == "nic"


def test_no_file_can_write_to_the_terminal(root, program):
    root.add_policy('[[policy]]\nname = "one"\nmatch = { id = "\\u001b[31m" }\n"\\u001b[2J" = 1\n')
    assert "\x1b" not in program("list").ends(65).err


def test_an_error_is_not_silenced_by_quiet(root, program):
    root.add_policy("[[policy]\n")
    assert FILE in program("list", "--quiet").ends(65).err


def test_the_end_of_the_line_does_not_matter(root, program):
    root.add_policy(policy("nic", NIC).replace("\n", "\r\n"))
    assert program("plan", "--json").ends(0).functions["0000:04:00.0"]["policy"] == "nic"
