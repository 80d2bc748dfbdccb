"""`explain`: each policy in turn, each guard with its evidence."""

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


def test_changes_nothing(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    before = root.fingerprint()
    program("explain", card)
    assert root.fingerprint() == before


def test_exactly_one_function_is_asked_for(program, card):
    program("explain").ends(64)
    program("explain", card, card).ends(64)
