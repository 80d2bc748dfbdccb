"""`driver = "auto"`: the variant driver that modules.alias names, as libvirt picks it, else vfio-pci."""

import pytest

from made_up_root import RELEASE, policy

ALIASES = f"/lib/modules/{RELEASE}/modules.alias"
ANY = "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"
WIDE = "alias vfio_pci:v00008086d*sv*sd*bc*sc*i* wide_vfio_pci\n"
EXACT = "alias vfio_pci:v00008086d000010D3sv*sd*bc*sc*i* exact_vfio_pci\n"
OTHER = "alias vfio_pci:v00008086d000010D4sv*sd*bc02sc00i00 other_vfio_pci\nalias pci:v*d*sv*sd*bc*sc*i* nonsense\n"


@pytest.fixture(autouse=True)
def auto(root, card):
    """A policy that leaves the choice to the card, and modules that could be loaded."""
    root.add_policy(policy("one", f'address = "{card}"', driver='"auto"'))
    for module in ("wide_vfio_pci", "exact_vfio_pci", "other_vfio_pci"):
        root.add_module(module)


@pytest.mark.parametrize("aliases, target", [
    ("", "vfio-pci"), (ANY, "vfio-pci"), (ANY + OTHER, "vfio-pci"), (WIDE + ANY, "wide_vfio_pci"),
    (ANY + WIDE + EXACT + OTHER, "exact_vfio_pci"), (EXACT + WIDE + ANY, "exact_vfio_pci"),
])
def test_the_fewest_wildcards_win(root, program, card, aliases, target):
    root.write(ALIASES, aliases)
    function = program("plan", "--json").ends(0).functions[card]
    assert (function["target"], function["method"]) == (target, "driver_override")
    assert {"op": "set_override", "path": f"{root.device(card)}/driver_override", "value": target} in function["steps"]


def test_a_module_that_is_loaded_names_its_driver(root, program, card):
    root.write(ALIASES, EXACT)
    root.folder("/sys/module/exact_vfio_pci/drivers/pci:exact-vfio-pci")
    root.add_driver("exact-vfio-pci")
    function = program("plan", "--json").ends(0).functions[card]
    assert function["target"] == "exact-vfio-pci"
    assert [step["op"] for step in function["steps"]] == ["set_override", "unbind", "bind"]


def test_a_module_that_is_not_loaded_is_loaded_first(root, program, card):
    root.write(ALIASES, EXACT)
    steps = program("plan", "--json").functions[card]["steps"]
    assert steps[0] == {"op": "load_module", "path": None, "value": "exact_vfio_pci"}


def test_a_variant_that_is_built_in_counts(root, program, card):
    root.write(ALIASES, ANY)
    entry = "exact_vfio_pci.alias=" + EXACT.split()[1]
    root.write(f"/lib/modules/{RELEASE}/modules.builtin.modinfo", f"vfio.license=GPL\0{entry}\0")
    assert program("plan", "--json").functions[card]["target"] == "exact_vfio_pci"


def test_without_modules_alias_nothing_is_chosen(root, program, card):
    result = program("plan", "--json").ends(69)
    assert result.functions[card]["decision"] == "refused"
    assert "modules.alias" in result.functions[card]["reason"]
    program("apply").ends(69)
    assert root.text("/sys/bus/pci/drivers/e1000e/unbind") == ""


def test_a_policy_that_names_a_driver_does_not_read_the_aliases(root, program, card, strace, tmp_path):
    root.add_policy(policy("one", f'address = "{card}"'))
    trace = tmp_path / "trace"
    program("plan", before=(strace, "-f", "-o", str(trace))).ends(0)
    assert "modules.alias" not in trace.read_text()


def test_a_function_on_vfio_pci_goes_to_its_variant(root, program, card):
    root.write(ALIASES, ANY + EXACT)
    root.drive(card, "vfio-pci")
    function = program("plan", "--json").ends(0).functions[card]
    assert (function["decision"], function["target"]) == ("rebind", "exact_vfio_pci")
    root.drive(card, "exact_vfio_pci")
    assert program("plan", "--json").ends(0).functions[card]["decision"] == "already"


def test_apply_binds_the_variant_and_release_gives_it_back(root, program, card, kernel):
    root.write(ALIASES, ANY + EXACT)
    root.add_driver("exact_vfio_pci")
    done = program("apply", "--json", before=kernel.before).ends(0).functions[card]
    assert (done["outcome"], root.driver(card)) == ("rebound", "exact_vfio_pci")
    done = program("release", "--json", card, before=kernel.before).ends(0).functions[card]
    assert (done["outcome"], root.driver(card)) == ("released", "e1000e")


def test_whole_types_that_may_have_a_variant_are_not_registered(root, program, card):
    root.add_policy(policy("one", 'id = "8086:10d3"', driver='"auto"'))
    root.write(ALIASES, ANY + EXACT)
    document = program("plan", "--json").ends(0).document
    assert document["registrations"] == []
    assert document["functions"][0]["method"] == "driver_override"
    root.write(ALIASES, ANY + OTHER)
    function = program("plan", "--json").functions[card]
    assert (function["target"], function["method"]) == ("vfio-pci", "new_id")
