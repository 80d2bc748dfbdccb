"""`release` by a later program: records, holds and registrations that an earlier one wrote."""

import os

import pytest

from made_up_root import NO_OVERRIDE, policy

# What the first version wrote of a function that it gave away by driver_override, to the letter.
FIRST = """\
vfio-rebind journal 1
instance {instance}
id 8086:10d3
native-driver e1000e
target vfio-pci
method driver_override
override-written yes
phase rebound
time 1763842000
note rebound from e1000e
end
"""


def instance(root, card):
    """What tells the function from a later one at its address."""
    return os.stat(root.at(root.device(card))).st_ino


@pytest.fixture
def left(root, card):
    """The card as a program of the first version left it; answers the path of its record."""
    root.drive(card, "vfio-pci")
    root.write(f"{root.device(card)}/driver_override", "vfio-pci\n")
    return root.write(f"run/vfio-rebind/journal/{card}", FIRST.format(instance=instance(root, card)))


def test_a_record_of_the_first_version_is_released(root, program, card, kernel, left):
    function = program("release", "--json", card, before=kernel.before).ends(0).functions[card]
    assert [step["op"] for step in function["steps"]] == ["unbind", "clear_override", "bind"]
    assert (function["outcome"], root.driver(card)) == ("released", "e1000e")
    assert root.text(f"{root.device(card)}/driver_override") == NO_OVERRIDE
    assert not left.exists()


def test_what_a_later_version_adds_to_a_record_is_passed_over(root, program, card, kernel, left):
    left.write_text(left.read_text().replace("\nend\n", "\nfrom-the-future %00yes\nend\n"))
    program("release", card, before=kernel.before).ends(0)
    assert root.driver(card) == "e1000e"


def test_a_run_of_the_first_version_that_was_cut_short_is_ended(root, program, card, kernel, left):
    left.write_text(left.read_text().replace("phase rebound", "phase rebinding"))
    root.drive(card, None)
    function = program("apply", "--json", before=kernel.before).ends(0).functions[card]
    assert function["driver"] == "e1000e" and not left.exists()


def test_a_record_of_a_format_that_is_not_known_is_kept_and_named(root, program, card, left):
    left.write_text(left.read_text().replace("journal 1", "journal 2"))
    before = root.fingerprint()
    function = program("release", "--json", card).ends(0).functions[card]
    assert function["outcome"] == "ignored"
    after = root.fingerprint()
    assert {path: after[path] for path in before if path.startswith("sys/") or path in str(left)} == {
        path: before[path] for path in before if path.startswith("sys/") or path in str(left)
    }
    assert left.exists()


def test_hold_and_registration_of_the_first_version_count(root, program, card, kernel, left):
    left.write_text(left.read_text().replace("method driver_override", "method new_id"))
    driver = os.stat(root.at("sys/bus/pci/drivers/vfio-pci")).st_ino
    root.write("run/vfio-rebind/ids/vfio-pci@8086:10d3", f"registered {driver}\n")
    function = program("release", "--json", card, before=kernel.before).ends(0).functions[card]
    assert function["steps"][-1]["op"] == "remove_id"
    root.add_policy(policy("nic", 'address = "0000:04:00.0"'))
    assert program("plan", "--json").functions[card]["decision"] == "held"
    root.write(f"run/vfio-rebind/holds/{card}", f"{instance(root, card)}\n")
    assert program("list", "--json").functions[card]["state"] == "held"
