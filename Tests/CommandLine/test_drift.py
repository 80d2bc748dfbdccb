"""`release` of what another manager changed since: refused with what differs, until `--override drift`."""

import pytest

from made_up_root import NO_OVERRIDE, policy

NIC = 'id = "8086:10d3"'
OTHER = "uio_pci_generic"


@pytest.fixture
def bound(root, program, card, kernel):
    """The card on vfio-pci, by `bind`."""
    root.add_driver(OTHER)
    program("bind", card, before=kernel.before).ends(0)
    return card


def override(root, card, text):
    """Writes an override as another manager would."""
    root.write(f"{root.device(card)}/driver_override", text)


def refused(program, root, card, *words):
    """The sentence of a refusal, of a run and of its dry run, that wrote nothing."""
    before = root.fingerprint()
    function = program("release", "--dry-run", "--json", *words, card).ends(2).functions[card]
    assert (function["decision"], function["steps"]) == ("refused", [])
    assert root.fingerprint() == before
    writable = {path: facts for path, facts in before.items() if path.startswith("sys/")}
    result = program("release", "--json", *words, card).ends(2)
    assert result.document["changed"] is False
    done = result.functions[card]
    assert (done["outcome"], done["steps"], done["guards"]) == ("refused", [], [])
    assert done["error"] == function["reason"] and done["error"] in result.err
    after = root.fingerprint()
    assert writable == {path: facts for path, facts in after.items() if path.startswith("sys/")}
    assert f"run/vfio-rebind/holds/{card}" not in after, "a refusal leaves a hold"
    assert f"run/vfio-rebind/journal/{card}" in after, "a refusal drops the record"
    return done["error"]


def test_another_driver_is_named_and_the_command_that_goes_on(root, program, bound):
    root.drive(bound, OTHER)
    override(root, bound, OTHER + "\n")
    sentence = refused(program, root, bound)
    assert f"driver is {OTHER} and was vfio-pci" in sentence
    assert f"driver_override is {OTHER} and was vfio-pci" in sentence
    assert f"`vfio-rebind release --override drift {bound}`" in sentence and "e1000e" in sentence


def test_override_drift_goes_on(root, program, bound, kernel):
    root.drive(bound, OTHER)
    override(root, bound, OTHER + "\n")
    planned = program("release", "--dry-run", "--json", "--override", "drift", bound).ends(0).functions[bound]
    assert [warning.split(":")[0] for warning in planned["warnings"]] == ["drift", "drift"]
    function = program("release", "--json", "--override", "drift", bound, before=kernel.before).ends(0).functions[bound]
    assert [(step["op"], step["path"].rsplit("/", 2)[-2]) for step in function["steps"]] == [
        ("unbind", OTHER), ("clear_override", bound), ("bind", "e1000e"),
    ]
    assert function["steps"] == [
        {**step, "result": "ok", "milliseconds": made["milliseconds"]}
        for step, made in zip(planned["steps"], function["steps"])
    ]
    assert (function["outcome"], root.driver(bound)) == ("released", "e1000e")
    assert root.text(f"{root.device(bound)}/driver_override") == NO_OVERRIDE
    assert program("list", "--json").functions[bound]["state"] == "held"


@pytest.mark.parametrize("text", ["pci-stub\n", "e1000e\n"])
def test_another_override_alone_is_drift(root, program, bound, kernel, text):
    override(root, bound, text)
    assert f"driver_override is {text.strip()} and was vfio-pci" in refused(program, root, bound)
    program("release", "--override", "drift", bound, before=kernel.before).ends(0)
    assert root.text(f"{root.device(bound)}/driver_override") == NO_OVERRIDE


def test_an_override_beside_new_id_is_drift(root, program, card, kernel):
    root.add_policy(policy("nic", NIC))
    program("apply", before=kernel.before).ends(0)
    override(root, card, "pci-stub\n")
    assert "driver_override is pci-stub and was none" in refused(program, root, card)


def test_another_id_at_the_same_place_is_drift(root, program, bound, kernel):
    root.write(f"{root.device(bound)}/device", "0x1533\n")
    assert "id is 8086:1533 and was 8086:10d3" in refused(program, root, bound)
    program("release", "--override", "drift", bound, before=kernel.before).ends(0)
    assert root.driver(bound) == "e1000e"


@pytest.mark.parametrize("driver", [None, "e1000e"])
def test_what_nobody_else_has_is_released(root, program, bound, kernel, driver):
    root.drive(bound, driver)
    override(root, bound, NO_OVERRIDE)
    assert program("release", "--json", bound, before=kernel.before).ends(0).functions[bound]["outcome"] == "released"
    assert root.driver(bound) == "e1000e"


def test_drift_passed_over_asks_the_guards_of_the_driver_found(root, program, bound, kernel):
    root.drive(bound, "igb")
    root.add_interface(bound, "eth0", is_up=True)
    root.route_by_default("eth0")
    function = program("release", "--json", "--override", "drift", bound).ends(2).functions[bound]
    assert function["error"] == "network: eth0 carries the default route of table main (IPv4)"
    assert [guard["guard"] for guard in function["guards"] if guard["verdict"] == "busy"] == ["network"]
    program("release", "--override", "drift", "--override", "network", bound, before=kernel.before).ends(0)
    assert root.driver(bound) == "e1000e"


def test_all_refuses_the_one_and_releases_the_others(root, program, bound, kernel):
    other = root.add_function("0000:05:00.0", "8086:1533", driver="igb", group=8)
    program("bind", other, before=kernel.before).ends(0)
    root.drive(bound, OTHER)
    functions = program("release", "--json", "--all", before=kernel.before).ends(2).functions
    assert {address: function["outcome"] for address, function in functions.items()} == {
        bound: "refused", other: "released",
    }
    program("release", "--all", "--override", "drift", before=kernel.before).ends(0)
    assert root.driver(bound) == "e1000e"


@pytest.mark.parametrize("command", ["plan", "apply", "bind"])
def test_drift_is_a_word_of_release_alone(program, card, command):
    program(command, "--override", "drift", card).ends(64)


def test_release_knows_its_words(program, card):
    assert "drift" in program("release", "--override", "drifts", card).ends(64).err
    program("release", "--override", "bridge", card).ends(64)
    assert "drift" in program.plain("release", "--help").ends(0).out
