"""Without a command: the state in five lines, and what to do next."""

import pytest

from made_up_root import policy

NIC = policy("nic", 'id = "8086:10d3"')


def overview(program, root, *words):
    """The five lines as a dictionary, and what comes next."""
    result = program.plain("--root", root.path, *words).ends(0)
    lines = result.out.splitlines()
    assert len(lines) == 7 and lines[5] == "" and lines[6].startswith("Next: ")
    assert max(map(len, lines)) <= 110
    return {line.split()[0]: line[11:] for line in lines[:5]}, lines[6]


def test_on_this_machine_it_ends_well(program):
    result = program.plain().ends(0)
    assert "Next: " in result.out or "no PCI functions" in result.out


def test_without_policies(root, program, card):
    lines, following = overview(program, root)
    assert list(lines) == ["functions", "IOMMU", "vfio-pci", "policies", "acting"]
    assert lines["functions"] == "1: 0 on VFIO, 1 on drivers of the host, 0 without a driver"
    assert lines["IOMMU"] == "on, 1 group" and lines["policies"] == "none"
    assert "10-first.toml" in following


def test_with_something_to_do(root, program, card):
    root.add_policy(NIC)
    lines, following = overview(program, root)
    assert lines["policies"] == "1: 1 to rebind" and "vfio-rebind plan" in following and "apply" in following


def test_with_everything_done(root, program, card):
    root.drive(card, "vfio-pci")
    root.add_policy(NIC)
    lines, following = overview(program, root)
    assert lines["policies"] == "1: 1 already bound" and "export libvirt" in following


def test_with_something_refused(root, program, card):
    root.add_interface(card, "eth0", is_up=True)
    root.route_by_default("eth0")
    root.add_policy(NIC)
    lines, following = overview(program, root)
    assert lines["policies"] == "1: 1 refused" and "why a function is refused" in following


def test_with_the_iommu_off(root, program):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.add_policy(NIC)
    lines, following = overview(program, root)
    assert lines["IOMMU"] == "off" and "vfio-rebind check" in following


def test_with_an_invalid_policy(root, program, card):
    root.add_policy("[[policy]]\n")
    lines, following = overview(program, root)
    assert lines["policies"].startswith("invalid, ") and "vfio-rebind check" in following


def test_without_sysfs(tmp_path, program):
    assert "no PCI functions" in program.plain("--root", tmp_path).ends(0).out


@pytest.mark.parametrize("words", [("--json",), ("--nonsense",)])
def test_wrong_words_are_64(program, words):
    program.plain(*words).ends(64)


def test_changes_nothing(root, program, card):
    root.add_policy(NIC)
    before = root.fingerprint()
    overview(program, root)
    assert root.fingerprint() == before
