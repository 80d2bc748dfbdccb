"""`bind` gives functions away without a policy; `release` gives them back and holds them."""

import pytest

from made_up_root import NO_OVERRIDE, policy

NIC = 'id = "8086:10d3"'


def test_bind_goes_to_vfio_pci_by_driver_override(root, program, card, kernel):
    document = program("bind", "--json", card, before=kernel.before).ends(0).document
    function = document["functions"][0]
    assert document["changed"] is True and document["registrations"] == []
    assert (function["outcome"], function["driver"], function["policy"]) == ("rebound", "vfio-pci", None)
    assert [(step["op"], step["value"]) for step in function["steps"]] == [
        ("set_override", "vfio-pci"), ("unbind", card), ("bind", card),
    ]
    assert root.driver(card) == "vfio-pci"


def test_bind_takes_another_driver(root, program, card, kernel):
    root.add_driver("uio_pci_generic")
    result = program("bind", "--json", "--driver", "uio_pci_generic", card, before=kernel.before).ends(0)
    function = result.functions[card]
    assert function["driver"] == "uio_pci_generic"
    assert function["steps"][0]["value"] == "uio_pci_generic"


def test_bind_by_new_id_registers_the_id(root, program, card, kernel):  # pylint: disable=unused-argument
    document = program("bind", "--json", "--method", "new_id", card, before=kernel.before).ends(0).document
    assert [step["op"] for step in document["functions"][0]["steps"]] == ["register_id", "unbind", "bind"]
    assert [(each["id"], each["result"]) for each in document["registrations"]] == [("8086:10d3", "ok")]


@pytest.mark.parametrize("words", [("--method", "best"), ("--driver", "auto"), ("--driver", "a b"), ("--driver", ""), ("--driver", "../x")])
def test_bind_refuses_bad_words(root, program, card, words):
    before = root.fingerprint()
    program("bind", *words, card).ends(64)
    assert root.fingerprint() == before


def test_bind_dry_run_prints_the_document_of_plan(root, program, card):
    before = root.fingerprint()
    document = program("bind", "--dry-run", "--json", card).ends(0).document
    assert document["schema"] == "vfio-rebind.plan/1"
    assert document["predicted"] == {card: "vfio-pci"}
    assert root.fingerprint() == before


def test_bind_asks_the_guards(root, program):
    root.add_function("0000:04:00.0", driver="e1000e")
    function = program("bind", "--json", "04:00.0").ends(2).functions["0000:04:00.0"]
    assert function["outcome"] == "refused" and "IOMMU" in function["error"]
    root.add_interface("0000:04:00.0", "eth0", is_up=True)
    root.add_to_group("0000:04:00.0", 7)
    root.route_by_default("eth0")
    assert "eth0 carries the default route of table main (IPv4)" in program("bind", "04:00.0").ends(2).out
    planned = program("bind", "--dry-run", "--json", "--override", "network", "04:00.0").ends(0)
    assert planned.functions["0000:04:00.0"]["decision"] == "rebind"


def test_bind_says_when_it_is_there_already(root, program, card):
    root.drive(card, "vfio-pci")
    function = program("bind", "--json", card).ends(0).functions[card]
    assert function["outcome"] == "already"


def test_policies_let_what_was_bound_by_hand_be(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    root.add_policy(policy("other", NIC, driver='"uio_pci_generic"'))
    root.add_driver("uio_pci_generic")
    function = program("plan", "--json").ends(0).functions[card]
    assert function["decision"] == "already" and "by hand" in function["reason"]


def test_explain_tells_what_was_done(program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    history = program("explain", "--json", card).ends(0).document["history"]
    assert len(history) == 1 and "by hand" in history[0]["what"] and "e1000e" in history[0]["result"]
    assert "e1000e" in program("explain", card).out


def test_a_policy_by_driver_still_matches_after_the_rebind(root, program, card, kernel):
    root.add_policy(policy("nic", 'driver = "e1000e"'))
    program("apply", before=kernel.before).ends(0)
    assert program("list", "--json").functions[card]["policy"] == "nic"
    assert program("plan", "--json").functions[card]["decision"] == "already"


def test_release_brings_driver_and_override_back(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    document = program("release", "--json", card, before=kernel.before).ends(0).document
    function = document["functions"][0]
    assert document["changed"] is True
    assert (function["outcome"], function["driver"]) == ("released", "e1000e")
    assert [step["op"] for step in function["steps"]] == ["unbind", "clear_override", "bind"]
    assert root.driver(card) == "e1000e"
    assert root.text(f"{root.device(card)}/driver_override").strip() in ("", NO_OVERRIDE.strip())


def test_release_brings_an_override_of_someone_else_back(root, program, kernel):
    root.write(f"{root.device('0000:04:00.0')}/driver_override", "e1000e\n")
    program("bind", "04:00.0", before=kernel.before).ends(0)
    program("release", "04:00.0", before=kernel.before).ends(0)
    assert root.text(f"{root.device('0000:04:00.0')}/driver_override") == "e1000e\n"


def test_release_takes_the_registered_id_back(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    function = program("release", "--json", card, before=kernel.before).ends(0).functions[card]
    assert [step["op"] for step in function["steps"]] == ["unbind", "bind", "remove_id"]
    assert kernel.ids["vfio-pci"] == set()


def test_a_recorded_driver_of_none_stays_none(root, program, card, kernel):
    root.drive(card, None)
    program("bind", card, before=kernel.before).ends(0)
    function = program("release", "--json", card, before=kernel.before).ends(0).functions[card]
    assert (function["outcome"], function["driver"]) == ("released", None)
    assert program("list", "--json").functions[card]["driver"] is None


def test_a_released_function_is_held(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    program("release", card, before=kernel.before).ends(0)
    assert program("list", "--json").functions[card]["state"] == "held"
    assert "held" in program("list").out
    assert "\n  held: released by hand" in program("explain", card).out
    planned = program("plan", "--json", "--detailed-exitcode").functions[card]
    assert (planned["decision"], planned["steps"]) == ("held", [])
    assert f"vfio-rebind apply {card}" in planned["reason"]
    done = program("apply", "--json").ends(0).functions[card]
    assert (done["outcome"], done["driver"]) == ("held", "e1000e")
    assert program("handle", "--json", "--action", "add", "--devpath", f"/devices/pci0000:00/{card}").ends(0)
    assert root.driver(card) == "e1000e"


def test_apply_with_its_address_lifts_the_hold(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    program("release", card, before=kernel.before).ends(0)
    assert program("apply", "--json", card, before=kernel.before).ends(0).functions[card]["outcome"] == "rebound"
    assert program("list", "--json").functions[card]["state"] == "passthrough"


def test_bind_lifts_the_hold(program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    program("release", card, before=kernel.before).ends(0)
    program("bind", card, before=kernel.before).ends(0)
    assert program("list", "--json").functions[card]["state"] == "passthrough"


def test_unplugging_ends_record_and_hold(root, program, card, kernel):
    root.add_policy(policy("nic", 'address = "0000:04:00.0"'))
    program("apply", before=kernel.before).ends(0)
    program("release", card, before=kernel.before).ends(0)
    root.unplug(card)
    root.add_function(card, driver="e1000e", group=7)
    assert program("list", "--json").functions[card]["state"] == "host"
    assert program("plan", "--json").functions[card]["decision"] == "rebind"


def test_release_all_is_what_the_journal_names(root, program, card, kernel):
    root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    root.add_function("0000:06:00.0", "8086:1533", driver="vfio-pci", group=9)
    root.add_policy(policy("nic", NIC) + policy("later", 'id = "1234:5678"'))
    program("apply", before=kernel.before).ends(0)
    program("bind", "05:00.0", before=kernel.before).ends(0)
    functions = program("release", "--json", "--all", before=kernel.before).ends(0).functions
    assert {address: function["outcome"] for address, function in functions.items()} == {
        card: "released", "0000:05:00.0": "released",
    }
    assert kernel.ids["vfio-pci"] == set()
    assert root.driver("0000:06:00.0") == "vfio-pci"
    assert program("release", "--json", "--all").ends(0).document["functions"] == []


def test_release_dry_run_prints_the_document_of_plan(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    before = root.fingerprint()
    document = program("release", "--dry-run", "--json", card).ends(0).document
    assert document["schema"] == "vfio-rebind.plan/1"
    assert document["predicted"] == {card: "e1000e"}
    assert [step["op"] for step in document["functions"][0]["steps"]] == ["unbind", "clear_override", "bind"]
    assert root.fingerprint() == before


def test_release_without_a_record_finds_it_released_already(program, card):
    function = program("release", "--json", card).ends(0).functions[card]
    assert (function["outcome"], function["steps"]) == ("already", [])


def test_a_function_that_someone_else_gave_to_vfio_is_left_alone(root, program, card):
    root.drive(card, "vfio-pci")
    before = root.text("sys/bus/pci/drivers/vfio-pci/unbind")
    assert program("release", "--json", card).ends(0).functions[card]["outcome"] == "ignored"
    assert root.text("sys/bus/pci/drivers/vfio-pci/unbind") == before


def test_release_of_a_function_in_use_is_refused(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    root.show_vfio_device(card, 7)
    root.hold_open(4711, "qemu-system-x86", "/dev/vfio/7")
    function = program("release", "--json", card).ends(2).functions[card]
    assert "qemu-system-x86" in function["error"] and "4711" in function["error"]
    program("release", "--override", "in-use", card).ends(2)
    assert root.driver(card) == "vfio-pci"


def test_one_that_is_only_enabled_is_unknown_and_overridable(root, program, card, kernel):
    program("bind", card, before=kernel.before).ends(0)
    root.write(f"{root.device(card)}/enable", "1\n")
    guards = program("release", "--json", card).ends(2).functions[card]["guards"]
    assert [(guard["guard"], guard["verdict"]) for guard in guards] == [("in-use", "unknown")]
    assert program("release", "--override", "in-use", card, before=kernel.before).ends(0)


def test_release_wants_functions_or_all(program, card):
    program("release").ends(64)
    program("release", "--all", card).ends(64)
