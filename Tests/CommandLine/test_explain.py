"""`explain`: each policy in turn, each guard with its evidence."""

import datetime
import time

import pytest

from made_up_root import policy


def test_names_each_policy_in_turn_and_the_key_it_failed_on(root, program, card):
    root.add_policy(
        policy("first", 'id = ["15b3:1003", "15b3:1004"]') + policy("second", 'class = "0106"')
        + policy("third", 'id = "8086:10d3"') + policy("fourth", 'driver = "none"'))
    document = program("explain", "--json", card).ends(0).document
    assert document["address"] == card
    assert document["policies"] == [
        {"policy": "first", "matched": False, "key": "id", "wanted": ["15b3:1003", "15b3:1004"], "found": "8086:10d3"},
        {"policy": "second", "matched": False, "key": "class", "wanted": ["0106"], "found": "020000"},
        {"policy": "third", "matched": True, "key": None, "wanted": None, "found": None},
        {"policy": "fourth", "matched": False, "key": "driver", "wanted": ["none"], "found": "e1000e"},
    ]


@pytest.mark.parametrize("match, key, wanted, found", [
    ('subsystem = "15b3:*"', "subsystem", ["15b3:*"], "1af4:1100"),
    ('address = "0000:05:*"', "address", ["0000:05:*"], "0000:04:00.0"),
    ('function = "virtual"', "function", ["virtual"], "physical"),
    ('physical_function = "0000:04:00.1"', "physical_function", ["0000:04:00.1"], None),
])
def test_every_key_is_told_with_what_was_found(root, program, card, match, key, wanted, found):
    root.add_policy(policy("one", match))
    trial = program("explain", "--json", card).document["policies"][0]
    assert (trial["key"], trial["wanted"], trial["found"]) == (key, wanted, found)


def test_an_exception_is_told(root, program, card):
    root.add_policy(policy("one", 'class = "02"', **{"except": '{ driver = "e1000e" }'}))
    trial = program("explain", "--json", card).document["policies"][0]
    assert (trial["matched"], trial["key"]) == (False, "except")


def test_guards_come_with_their_evidence(root, program):
    root.add_function("0000:00:1f.2", "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk("0000:00:1f.2", "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_policy(policy("disk", 'class = "0106"'))
    guards = {each["guard"]: each for each in program("explain", "--json", "00:1f.2").document["guards"]}
    assert guards["storage"]["verdict"] == "busy"
    assert guards["storage"]["evidence"] == ["sda is mounted on /var"]
    assert guards["bridge"]["verdict"] == "free"


def test_guards_are_asked_as_for_vfio_where_no_policy_matches(root, program):
    root.add_function("0000:04:00.0", driver="e1000e")
    guards = {each["guard"]: each for each in program("explain", "--json", "04:00.0").document["guards"]}
    assert guards["iommu"]["verdict"] == "busy"


def test_without_policies_the_list_is_empty(program, card):
    document = program("explain", "--json", card).ends(0).document
    assert document["policies"] == [] and document["owners"] == [] and document["history"] == []


def test_the_text_reads_as_a_story(root, program, card):
    root.add_policy(policy("roce", 'id = "15b3:1003"') + policy("nic", 'id = "8086:10d3"'))
    text = program("explain", card).ends(0).out
    for part in ("id is 8086:10d3, wanted 15b3:1003", "nic  matches", "Guards", "bridge  free", "rebind"):
        assert part in text, part


OWNERS = [
    ("driverctl", "etc/driverctl.d/pci-0000:04:00.0", "e1000e\n", "driverctl binds it to e1000e"),
    ("kernel-command-line", "proc/cmdline", "quiet vfio-pci.ids=8086:10d3,15b3:1003\n", "8086:10d3 to vfio-pci"),
    ("kernel-command-line", "proc/cmdline", "pci-stub.ids=8086:10d3\n", "8086:10d3 to pci-stub"),
    ("modprobe.d", "etc/modprobe.d/a.conf", "#\noptions vfio-pci ids=8086:10d3:1af4:1100\n", "8086:10d3:1af4:1100"),
    ("udev", "etc/udev/rules.d/9.rules", 'ENV{PCI_ID}=="8086:10D3", ATTR{driver_override}="vfio-pci"\n', "udev rule"),
    ("sriov-operator", "etc/sriov-operator/pci/0000:04:00.0", "{}\n", "SR-IOV network operator"),
    ("sriov-operator", "etc/sriov-operator/interfaces.yaml", "- pciaddress: 0000:04:00.0\n", "SR-IOV"),
]


def test_what_matched_except_is_told(root, program, card):
    root.add_policy(policy("nic", 'class = "02"', **{"except": '{ driver = ["e1000e", "igb"], id = "8086:*" }'}))
    entry, = program("explain", "--json", card).document["policies"]
    assert entry["key"] == "except" and entry["found"] == "id 8086:10d3, driver e1000e"
    assert entry["wanted"] == ["anything but id 8086:*, driver e1000e or igb"]


@pytest.mark.parametrize("manager, file, text, statement", OWNERS)
def test_others_who_manage_it_are_named(root, program, card, manager, file, text, statement):
    root.add_function("0000:05:00.0", "15b3:1004", driver="mlx4_core", group=8)
    root.write(file, text)
    owners = program("explain", "--json", card).ends(0).document["owners"]
    assert [each["manager"] for each in owners] == [manager]
    assert statement in owners[0]["statement"] and owners[0]["source"].startswith("/" + file)
    assert program("explain", "--json", "05:00.0").document["owners"] == []
    assert f"Other managers:\n  {manager}  /{file}" in program("explain", card).out


def test_a_virtual_function_belongs_to_who_manages_its_physical_one(root, program, card):
    root.add_function("0000:04:10.0", "8086:10ed", driver="iavf", group=8, physical_function=card)
    root.write(f"etc/sriov-operator/pci/{card}", "{}\n")
    assert program("explain", "--json", "04:10.0").document["owners"][0]["manager"] == "sriov-operator"


def test_what_was_done_is_told(root, program, kernel, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    program("apply", before=kernel.before).ends(0)
    entry, = program("explain", "--json", card).ends(0).document["history"]
    assert entry["what"] == "rebind to vfio-pci by new_id for policy nic, driver before: e1000e"
    program("release", card, before=kernel.before).ends(0)
    history = program("explain", "--json", card).document["history"]
    assert history[0]["what"] == "release" and "on hold" in history[0]["result"]
    assert "History, newest first:\n" in program("explain", card).out


def test_rounds_are_told_with_the_time_of_day(root, program, card):
    """The file has seconds of a clock that nobody sets, since the boot."""
    instance = root.at(root.device(card)).stat().st_ino
    since_boot = int(time.clock_gettime(time.CLOCK_MONOTONIC))
    now = int(time.time())
    times = [since_boot - ago for ago in (30, 20, 10)]
    root.write(f"run/vfio-rebind/rounds/{card}", f"{instance} contested {' '.join(map(str, times))}\n")
    history = program("explain", "--json", card).document["history"]
    told = [datetime.datetime.fromisoformat(each["time"]).timestamp() for each in history]
    assert all(abs(second - (now - ago)) <= 2 for second, ago in zip(told, (10, 20, 30))), told
    assert "contested" in history[0]["result"]
    root.write(f"run/vfio-rebind/rounds/{card}", f"{instance + 1} contested 10\n")
    assert program("explain", "--json", card).document["history"] == []


def test_the_text_fits_into_80_columns(root, program, card):
    names = ", ".join(f'"15b3:{number:04x}"' for number in range(40))
    root.add_policy(policy("many", f"id = [{names}]") + policy("nic", 'id = "8086:10d3"'))
    root.write(
        "etc/udev/rules.d/9.rules", 'KERNEL=="0000:04:00.0", ' + 'ENV{A}=="b", ' * 9 + 'ATTR{driver_override}="x"\n'
    )
    text = program("explain", card).ends(0).out
    assert max(map(len, text.splitlines())) <= 80, text
    assert "  many  id is 8086:10d3, wanted 15b3:0000 or 15b3:0001 or" in text


def test_changes_nothing(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    before = root.fingerprint()
    program("explain", card)
    assert root.fingerprint() == before


def test_exactly_one_function_is_asked_for(program, card):
    program("explain").ends(64)
    program("explain", card, card).ends(64)
