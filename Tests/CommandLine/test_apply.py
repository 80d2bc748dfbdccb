"""`apply` below a made-up root: what is written, and what is said when nothing comes of it."""

import pytest

from made_up_root import NO_OVERRIDE, policy
from writes import Trace

NIC = 'id = "8086:10d3"'
BY_OVERRIDE = 'address = "0000:04:00.0"'


@pytest.fixture
def written(root, program, tmp_path):
    """Runs a command and answers its result and what it wrote below /sys."""
    trace = Trace(tmp_path / "trace")

    def run(*words):
        result = program(*words, before=trace.before("write"))
        return result, [write for write in trace.writes(root.path) if write[0].startswith("/sys/")]

    return run


def override_file(root, address):
    """The path of a function's driver_override, links resolved."""
    return "/" + str((root.at(root.device(address)).resolve() / "driver_override").relative_to(root.path.resolve()))


def test_writes_exactly_the_steps_of_driver_override_and_takes_them_back(root, card, written):
    root.add_policy(policy("nic", BY_OVERRIDE))
    result, writes = written("apply", "--json")
    assert writes == [
        (override_file(root, card), "vfio-pci\n"), ("/sys/bus/pci/drivers/e1000e/unbind", f"{card}\n"),
        (override_file(root, card), "\n"),
    ]
    assert result.ends(1).functions[card]["outcome"] == "failed"


def test_writes_exactly_the_steps_of_new_id_and_takes_them_back(root, card, written):
    root.add_policy(policy("nic", NIC))
    result, writes = written("apply", "--json")
    assert writes == [
        ("/sys/bus/pci/drivers/vfio-pci/new_id", "8086 10d3\n"),
        ("/sys/bus/pci/drivers/e1000e/unbind", f"{card}\n"),
        ("/sys/bus/pci/drivers/vfio-pci/remove_id", "8086 10d3\n"),
    ]
    assert result.ends(1).functions[card]["outcome"] == "failed"


def test_binds_a_function_without_a_driver(root, program, written):
    root.add_function("0000:04:00.0", group=7)
    root.add_policy(policy("nic", BY_OVERRIDE))
    _, writes = written("apply")
    assert writes[:2] == [
        (override_file(root, "0000:04:00.0"), "vfio-pci\n"), ("/sys/bus/pci/drivers/vfio-pci/bind", "0000:04:00.0\n"),
    ]
    assert root.text(f"{root.device('0000:04:00.0')}/driver_override") == "\n"


def test_a_write_that_shows_no_effect_is_failed_with_what_was_undone(root, program, card):
    root.add_policy(policy("nic", BY_OVERRIDE))
    document = program("apply", "--json").ends(1).document
    function = document["functions"][0]
    assert document["changed"] is False
    assert (function["outcome"], function["driver"], function["policy"]) == ("failed", "e1000e", "nic")
    assert [(step["op"], step["result"]) for step in function["steps"]] == [("set_override", "ok"), ("unbind", "ok")]
    assert [step["op"] for step in function["undone"]] == ["set_override"]
    assert "e1000e" in function["error"]
    assert root.driver(card) == "e1000e"


def test_what_was_undone_is_stated_in_the_text(root, program, card):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", BY_OVERRIDE))
    text = program("apply").ends(1).out
    assert "failed" in text and "undone: set_override" in text and "it is on e1000e" in text


def test_one_that_ends_on_its_old_driver_leaves_no_record(root, program, card):
    root.add_policy(policy("nic", BY_OVERRIDE))
    program("apply").ends(1)
    assert not root.at(f"run/vfio-rebind/journal/{card}").exists()
    assert "already" in program("release", card).ends(0).out


def test_an_errno_of_the_kernel_is_told_by_its_name(root, program, card):
    root.at("sys/bus/pci/drivers/e1000e/unbind").unlink()
    root.add_policy(policy("nic", BY_OVERRIDE))
    function = program("apply", "--json").ends(1).functions[card]
    assert [(step["op"], step["result"]) for step in function["steps"]][-1] == ("unbind", "ENOENT")
    assert "ENOENT" in function["error"]
    assert [step["op"] for step in function["undone"]] == ["set_override"]


def test_a_link_in_the_place_of_an_attribute_is_not_written_through(root, program, card, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    root.at(f"{root.device(card)}/driver_override").unlink()
    root.link(f"{root.device(card)}/driver_override", str(victim))
    root.add_policy(policy("nic", BY_OVERRIDE))
    function = program("apply", "--json").ends(1).functions[card]
    assert function["outcome"] == "failed" and function["steps"][0]["result"] in ("ELOOP", "ENOENT")
    assert victim.read_text() == "as it was"


def test_a_success_is_rebound(root, program, card, kernel):
    root.add_policy(policy("nic", BY_OVERRIDE))
    document = program("apply", "--json", before=kernel.before).ends(0).document
    function = document["functions"][0]
    assert document["changed"] is True
    assert (function["outcome"], function["driver"]) == ("rebound", "vfio-pci")
    assert function["error"] is None and function["undone"] is None
    assert [step["op"] for step in function["steps"]] == ["set_override", "unbind", "bind"]
    assert root.text(f"{root.device(card)}/driver_override") == "vfio-pci\n"
    listed = program("list", "--json").functions[card]
    assert (listed["state"], listed["driver"], listed["policy"]) == ("passthrough", "vfio-pci", "nic")


def test_registrations_have_results(root, program, card, kernel):  # pylint: disable=unused-argument
    root.add_policy(policy("nic", NIC) + policy("later", 'id = "1234:5678"'))
    document = program("apply", "--json", before=kernel.before).ends(0).document
    assert {each["id"]: (each["result"], each["present"]) for each in document["registrations"]} == {
        "8086:10d3": ("ok", True), "1234:5678": ("ok", False),
    }
    assert kernel.ids["vfio-pci"] == {"8086 10d3", "1234 5678"}


def test_a_second_apply_changes_nothing(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    made = list(kernel.journal)
    document = program("apply", "--json", before=kernel.before).ends(0).document
    assert document["changed"] is False
    assert document["functions"][0]["outcome"] == "already"
    assert kernel.journal == made
    assert program("plan", "--json", "--detailed-exitcode").ends(0).functions[card]["decision"] == "already"


def test_ids_go_when_their_policy_goes(root, program, card, kernel):  # pylint: disable=unused-argument
    file = root.add_policy(policy("later", 'id = "1234:5678"'))
    program("apply", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == {"1234 5678"}
    root.at(file).unlink()
    program("apply", before=kernel.before).ends(0)
    assert kernel.ids["vfio-pci"] == set()


def test_a_function_that_the_new_driver_refuses_ends_on_its_old_one(root, program, card, kernel):
    kernel.refuses.add("vfio-pci")
    root.add_policy(policy("nic", BY_OVERRIDE))
    function = program("apply", "--json", before=kernel.before).ends(1).functions[card]
    assert (function["outcome"], function["driver"]) == ("failed", "e1000e")
    assert {step["op"] for step in function["undone"]} >= {"set_override", "unbind"}
    assert root.text(f"{root.device(card)}/driver_override") == NO_OVERRIDE


def test_a_refused_function_is_not_touched(root, program):
    root.add_function("0000:00:1f.2", "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk("0000:00:1f.2", "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_policy(policy("disk", 'class = "0106"'))
    before = {path: root.at(path).read_bytes() for path in ("sys/bus/pci/drivers/ahci/unbind",)}
    result = program("apply", "--json").ends(2)
    function = result.functions["0000:00:1f.2"]
    assert (function["outcome"], function["steps"], function["undone"]) == ("refused", [], None)
    assert result.document["changed"] is False
    assert "sda is mounted on /var" in function["error"] and "sda is mounted on /var" in result.err
    assert {path: root.at(path).read_bytes() for path in before} == before


def test_the_text_of_a_refusal_says_evidence_once_and_what_to_do(root, program):
    root.add_function("0000:00:1f.2", "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk("0000:00:1f.2", "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_policy(policy("disk", 'class = "0106"'))
    text = program("apply").ends(2).out
    assert text.count("sda is mounted on /var") == 1
    assert "unmount" in text


def test_override_passes_over_a_guard(root, program):
    root.add_function("0000:00:1f.2", "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk("0000:00:1f.2", "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_policy(policy("disk", 'class = "0106"'))
    program("apply", "--dry-run").ends(2)
    function = program("plan", "--json", "--override", "storage").ends(0).functions["0000:00:1f.2"]
    guard = next(guard for guard in function["guards"] if guard["guard"] == "storage")
    assert (function["decision"], guard["setting"], guard["verdict"]) == ("rebind", "warn", "busy")
    assert any("sda is mounted on /var" in warning for warning in function["warnings"])
    assert program("apply", "--override", "storage", "--json").ends(1).document["functions"][0]["steps"] != []


def test_every_function_of_a_run_is_reported(root, program, card):
    root.add_function("0000:00:1f.2", "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk("0000:00:1f.2", "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_function("0000:05:00.0", "8086:1533", driver="vfio-pci", group=11)
    root.add_function("0000:06:00.0", "8086:1533", driver="igb", group=12)
    root.add_policy(
        policy("stay", 'address = "0000:06:00.0"', action='"ignore"')
        + policy("all", 'class = ["01", "02"]'))
    functions = program("apply", "--json").ends(1).functions
    assert {address: function["outcome"] for address, function in functions.items()} == {
        card: "failed", "0000:00:1f.2": "refused", "0000:05:00.0": "already", "0000:06:00.0": "ignored",
    }


def test_nothing_to_do_is_said(program, card):  # pylint: disable=unused-argument
    result = program("apply").ends(0)
    assert "nothing to do" in result.out
    document = program("apply", "--json").ends(0).document
    assert (document["changed"], document["functions"], document["registrations"]) == (False, [], [])


def test_dry_run_writes_nothing_at_all(root, program, card):
    root.add_policy(policy("nic", NIC))
    before = root.fingerprint()
    program("apply", "--dry-run").ends(0)
    program("apply", "--dry-run", card).ends(0)
    assert root.fingerprint() == before
