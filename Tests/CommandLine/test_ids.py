"""Ids that are registered with vfio-pci: who keeps them from it, and when they are taken back."""

import concurrent.futures
import fcntl
import os
import time

import pytest

from made_up_root import policy
from program import SECONDS

NIC = 'id = "8086:10d3"'
OTHER = "0000:05:00.0"
MANAGED = """<domain type="kvm"><name>db1</name><devices><hostdev mode="subsystem" type="pci" managed="yes"><source>
<address domain="0x0000" bus="0x05" slot="0x00" function="0x0"/></source></hostdev></devices></domain>"""


@pytest.fixture
def other(root):
    """A second card of the type."""
    return root.add_function(OTHER, "8086:10d3", driver="e1000e", group=8)


@pytest.mark.parametrize("folder", ["etc/libvirt/qemu", "run/libvirt/qemu"])
@pytest.mark.parametrize("driver", ["e1000e", "vfio-pci", None])
def test_what_libvirt_manages_is_a_bystander_whatever_drives_it(root, program, card, other, folder, driver):
    root.drive(other, driver)
    root.add_policy(policy("nic", NIC))
    root.write(f"{folder}/db1.xml", MANAGED)
    result = program("plan", "--json")
    assert result.functions[card]["method"] == "driver_override" and "libvirt" in result.functions[card]["reason"]
    assert result.document["registrations"] == []
    exported = program("export", "modprobe").ends(2)
    assert "8086:10d3" not in exported.out and f"{OTHER}, which must stay" in exported.err
    owners = program("explain", "--json", other).document["owners"]
    assert [owner["manager"] for owner in owners] == ["libvirt"]
    assert "manager-libvirt" in [each["id"] for each in program("check", "--json").document["findings"]]


@pytest.mark.parametrize("kind", ["held", "managed"])
@pytest.mark.parametrize("by_hand", [True, False], ids=["bind", "policy"])
def test_a_bystander_needs_no_policy(root, program, card, kernel, other, kind, by_hand):
    if kind == "held":
        program("bind", other, before=kernel.before).ends(0)
        program("release", other, before=kernel.before).ends(0)
    else:
        root.write("etc/libvirt/qemu/db1.xml", MANAGED)
    root.drive(other, None)
    if by_hand:
        result = program("bind", "--json", "--dry-run", "--method", "new_id", card).ends(2)
    else:
        root.add_policy(policy("one", f'{NIC}, address = "{card}"', method='"new_id"'))
        result = program("plan", "--json").ends(2)
    assert result.functions[card]["reason"].startswith(f"siblings: new_id would bind {OTHER}: ")


def test_ids_go_when_a_bystander_appears(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == {"8086 10d3"}
    root.add_function(OTHER, "8086:10d3", group=8)
    root.add_function("0000:06:00.0", "15b3:1003", driver="mlx4_core", group=9)
    root.add_policy(policy("stays", f'address = "{OTHER}"', action='"ignore"'), file="10-stays.toml")
    root.add_policy(policy("roce", 'id = "15b3:1003"'), file="60-roce.toml")
    planned = program("plan", "--json", "--detailed-exitcode").ends(3)
    assert planned.document["predicted"] == {"0000:06:00.0": "vfio-pci"}
    assert "8086:10d3  remove the ID from vfio-pci" in program("plan").out
    done = program("apply", before=kernel.before).ends(0)
    assert "8086:10d3  removed from vfio-pci" in done.out
    assert kernel.ids["vfio-pci"] == {"15b3 1003"}
    assert (root.driver(card), root.driver(OTHER)) == ("vfio-pci", None)
    assert program("apply", "--json").ends(0).document["changed"] is False
    # What it had is given back all the same.
    assert program("release", "--json", card, before=kernel.before).ends(0).functions[card]["outcome"] == "released"
    assert root.driver(card) == "e1000e"


def test_handle_takes_the_id_of_a_bystander_back(root, program, card, kernel):
    root.add_policy(policy("nic", NIC) + policy("other", 'id = "15b3:1003"'))
    program("apply", before=kernel.before).ends(0)
    event = ("handle", "--action", "add", "--devpath")
    # One that is taken leaves the id be; one that stays does not.
    third = root.add_function("0000:06:00.0", "8086:10d3", driver="e1000e", group=9)
    program(*event, f"/devices/pci0000:00/{third}", before=kernel.before).ends(0)
    assert root.driver(third) == "vfio-pci" and kernel.ids["vfio-pci"] == {"8086 10d3", "15b3 1003"}
    root.add_policy(policy("stays", f'address = "{OTHER}"', action='"ignore"'), file="10-stays.toml")
    root.add_function(OTHER, "8086:10d3", driver="e1000e", group=8)
    program(*event, f"/devices/pci0000:00/{OTHER}", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == {"15b3 1003"} and root.driver(OTHER) == "e1000e"


@pytest.mark.parametrize("change", ["gone", "ignore", "driver_override"])
def test_ids_go_when_their_policy_goes_and_functions_stay(root, program, card, kernel, change):
    file = root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    if change == "gone":
        root.at(file.lstrip("/")).unlink()
    else:
        root.add_policy(policy("nic", NIC, **({"action": '"ignore"'} if change == "ignore" else {"method": f'"{change}"'})))
    assert "remove the ID from vfio-pci" in program("plan").out
    program("apply", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == set() and root.driver(card) == "vfio-pci"


def test_ids_of_what_is_bound_by_hand_stay(program, card, kernel):
    program("bind", "--method", "new_id", card, before=kernel.before).ends(0)
    program("apply", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == {"8086 10d3"}


def test_ids_of_cards_that_were_unplugged_can_be_taken_back(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    root.unplug(card)
    assert "8086:10d3  remove the ID from vfio-pci" in program("release", "--all", "--dry-run").out
    result = program("release", "--all", before=kernel.before).ends(0)
    assert "8086:10d3  removed from vfio-pci" in result.out
    assert kernel.ids["vfio-pci"] == set()


def test_ids_that_an_earlier_policy_decides_about_are_not_registered(root, program):
    root.add_policy(
        policy("first", 'id = "1234:5678"', action='"ignore"') + policy("wide", 'id = "abcd:*"', driver='"pci-stub"')
        + policy("all", 'id = ["1234:5678", "abcd:0001", "8086:10d3"]'))
    assert [each["id"] for each in program("plan", "--json").document["registrations"]] == ["8086:10d3"]


def test_two_that_are_released_at_once_take_their_id_with_them(root, program, card, kernel, other):
    root.add_policy(policy("nic", NIC))
    for _ in range(5):
        program("apply", card, other, before=kernel.before).ends(0)
        assert kernel.ids["vfio-pci"] == {"8086 10d3"}
        assert "8086:10d3  remove the ID from vfio-pci" in program("release", "--dry-run", card, other).out
        result = program("release", "--json", card, other, before=kernel.before).ends(0)
        assert kernel.ids["vfio-pci"] == set()
        steps = [step["op"] for each in result.functions.values() for step in each["steps"]]
        assert "remove_id" in steps


def test_release_says_what_there_is_to_release(root, program, card):
    root.add_policy(policy("nic", NIC))
    for words in ((), ("--dry-run",)):
        assert "Nothing to release" in program("release", "--all", *words).ends(0).out


def test_a_function_is_not_taken_from_vfio_before_its_driver_can_be_had(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    root.at("sys/bus/pci/drivers/e1000e").rename(root.at("gone"))
    function = program("release", "--json", card, before=kernel.before).ends(69).functions[card]
    assert function["outcome"] == "refused" and function["steps"] == [] and "e1000e" in function["error"]
    assert root.driver(card) == "vfio-pci"


def wait_opened(file):
    """Waits until a process besides this one has a file open."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                files = [os.readlink(f"/proc/{process}/fd/{number}") for number in os.listdir(f"/proc/{process}/fd")]
            except OSError:
                continue
            if int(process) != os.getpid() and str(file) in files:
                return
        time.sleep(0.01)
    raise TimeoutError(f"nobody opened {file}")


@pytest.mark.parametrize("registered", [True, False])
def test_what_another_run_took_meanwhile_is_no_failure(root, program, card, registered):
    root.add_policy(policy("nic", NIC))
    root.write(f"run/vfio-rebind/locks/function-{card}", f"{os.getpid()} {int((time.monotonic() + SECONDS) * 1e3)}\n")
    file = root.at(f"run/vfio-rebind/locks/function-{card}")
    with file.open() as lock, concurrent.futures.ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        running = pool.submit(program, "apply", "--json")
        wait_opened(file)
        root.drive(card, "vfio-pci")
        if registered:
            instance = root.at("sys/bus/pci/drivers/vfio-pci").stat().st_ino
            root.write("run/vfio-rebind/ids/vfio-pci@8086:10d3", f"registered {instance}\n")
        fcntl.flock(lock, fcntl.LOCK_UN)
        result = running.result().ends(0)
    assert result.functions[card]["outcome"] == "already"
    assert [each["result"] for each in result.document["registrations"]] == ["EEXIST" if registered else "ok"]
    assert result.document["changed"] != registered
    assert root.text("sys/bus/pci/drivers/vfio-pci/new_id") == ("" if registered else "8086 10d3\n")
