"""The keys that say where a function is plugged and what firmware calls it."""

import struct

import pytest

from made_up_root import policy

BRIDGE = "0000:00:1c.0"
SERIAL = "00-00-c9-ff-ff-00-00-01"


@pytest.fixture
def plugged(root, card):
    """The card behind a bridge, with everything that a kernel may say of it, and another card beside it."""
    root.unplug(card)
    root.add_function(BRIDGE, "8086:a340", class_code="060400", driver="pcieport", header_type=1)
    root.add_function(card, driver="e1000e", group=7, numa_node=1, below=[BRIDGE])
    root.add_function("0000:05:00.0", driver="e1000e", group=8, numa_node=0)
    root.write("/sys/bus/pci/slots/3/address", "0000:04:00\n")
    root.write("/sys/bus/pci/slots/4/address", "0000:05:00\n")
    device = root.device(card)
    root.write(f"{device}/removable", "removable\n")
    root.write(f"{device}/config", configuration())
    root.write(f"{device}/function_id", "0x00000100\n")
    root.write(f"{device}/uid", "0x1\n")
    root.write(f"{device}/pchid", "0x01c0\n")
    return card


def configuration():
    """A full configuration space with the capability of a serial number."""
    space = bytearray(4096)
    struct.pack_into("<III", space, 0x100, 0x0003 | 1 << 16, 0xFF000001, 0x0000C9FF)
    return bytes(space)


KEYS = {
    "path": ('"0000:00:1c.0/*"', '"0000:00:1c.0"'),
    "slot": ('["2", "3"]', '"4"'),
    "serial": (f'"{SERIAL.upper()}"', '"00-00-c9-ff-ff-00-00-02"'),
    "removable": ('"removable"', '["fixed", "unknown"]'),
    "numa_node": ("[1, 2]", "0"),
    "fid": ('"100"', '"0x101"'),
    "uid": ('["0002", "0001"]', '"2"'),
    "pchid": ('"0x01C0"', '"1c"'),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_takes_the_function_that_it_describes_and_no_other(root, program, plugged, key):
    root.add_policy(policy("one", f'id = "8086:10d3", {key} = {KEYS[key][0]}'))
    functions = program("plan", "--json").ends(0).functions
    assert list(functions) == [plugged]
    assert (functions[plugged]["decision"], functions[plugged]["method"]) == ("rebind", "driver_override")


@pytest.mark.parametrize("key", KEYS)
def test_a_key_excepts_the_function_that_it_describes(root, program, plugged, key):
    root.add_policy(policy("one", 'id = "8086:10d3"', **{"except": f"{{ {key} = {KEYS[key][0]} }}"}))
    assert list(program("plan", "--json").ends(0).functions) == ["0000:05:00.0"], plugged


@pytest.mark.parametrize("key, found", [
    ("path", "0000:00:1c.0/0000:04:00.0"), ("slot", "3"), ("serial", SERIAL), ("removable", "removable"),
    ("numa_node", "1"), ("fid", "0x100"), ("uid", "0x1"), ("pchid", "0x1c0"),
])
def test_explain_says_what_was_found(root, program, plugged, key, found):
    root.add_policy(policy("one", f"{key} = {KEYS[key][1]}"))
    trial = program("explain", "--json", plugged).ends(0).document["policies"][0]
    assert (trial["matched"], trial["key"], trial["found"]) == (False, key, found)
    assert trial["wanted"]


@pytest.mark.parametrize("key", ["slot", "serial", "removable", "numa_node", "fid", "uid", "pchid"])
def test_what_is_not_there_does_not_match(root, program, card, key):
    root.add_policy(policy("one", f"{key} = {KEYS[key][0]}"))
    result = program("plan", "--json", card).ends(0)
    assert result.functions[card]["decision"] == "unmatched"


def test_a_serial_number_that_cannot_be_read_is_unknown_and_reported(root, program, card):
    root.add_policy(policy("one", f'id = "8086:10d3", serial = "{SERIAL}"'))
    result = program("plan", "--json").ends(0)
    assert result.functions == {}
    assert f"warning: {card}: the serial number is not known" in result.err
    assert program("explain", "--json", card).document["policies"][0]["found"] == "unknown"
    root.write(f"{root.device(card)}/serial_number", SERIAL + "\n")
    result = program("plan", "--json").ends(0)
    assert (list(result.functions), result.err) == ([card], "")


def test_a_serial_number_that_decides_nothing_is_not_reported(root, program, card):
    root.add_policy(policy("one", f'id = "15b3:1003", serial = "{SERIAL}"'))
    assert program("plan", "--json", card).ends(0).err == ""


def test_a_card_with_a_full_space_and_no_capability_has_no_serial_number(root, program, card):
    root.write(f"{root.device(card)}/config", bytes(4096))
    root.add_policy(policy("one", f'serial = "{SERIAL}"'))
    assert program("explain", "--json", card).ends(0).document["policies"][0]["found"] is None


def test_a_controller_with_a_domain_of_its_own_is_part_of_the_path(root, program):
    root.folder("sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0")
    home = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0"
    root.connect("/sys/bus/pci/devices/10000:e1:00.0", home)
    for name, fact in {"vendor": "0x144d", "device": "0xa80a", "class": "0x010802"}.items():
        root.write(f"{home}/{name}", fact + "\n")
    root.add_policy(policy("one", 'path = "0000:00:0e.0/**"') + policy("two", 'path = "0000:00:0e.0/*"'))
    trials = program("explain", "--json", "10000:e1:00.0").ends(0).document["policies"]
    assert [trial["matched"] for trial in trials] == [True, False]
    assert trials[1]["found"] == "0000:00:0e.0/10000:e0:06.0/10000:e1:00.0"


def test_apply_acts_on_the_function_in_the_slot(root, plugged, program):
    root.add_policy(policy("one", 'slot = "3"'))
    done = program("apply", "--json").functions
    assert list(done) == [plugged]
    assert done[plugged]["steps"][0]["op"] == "set_override"


def test_nothing_is_read_that_no_policy_asks_for(root, program, plugged, strace, tmp_path):
    log = tmp_path / "trace"
    root.add_policy(policy("one", 'id = "8086:10d3"'))
    program("plan", "--json", before=(strace, "-f", "-o", str(log))).ends(0)
    trace = log.read_text()
    assert plugged in trace
    for name in ("slots", "serial_number", '"removable"', "function_id", "pchid"):
        assert name not in trace, name
