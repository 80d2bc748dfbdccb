"""Policy tests: cases, results, mistakes, and the examples of the project."""

import xml.etree.ElementTree

import pytest

from made_up_root import policy
from program import PROJECT, Program

EXAMPLES = PROJECT / "packaging" / "examples"
CASES = """
[[case]]
name     = "a RoCE port goes to vfio-pci"
function = { address = "0001:00:00.0", id = "15b3:1003", class = "020000", driver = "mlx4_core", iommu_group = 7 }
expect   = { decision = "rebind", policy = "roce-express", method = "new_id", driver = "vfio-pci" }

[[case]]
name      = "a GPU is refused while its audio function belongs to the host"
functions = [ { address = "0000:01:00.0", id = "10de:2204", class = "030000", driver = "nouveau", iommu_group = 1 },
              { address = "0000:01:00.1", id = "10de:1aef", class = "040300", driver = "snd_hda_intel", iommu_group = 1 } ]
address   = "0000:01:00.0"
expect    = { decision = "refused", guard = "group" }

[[case]]
name     = "the boot disk stays"
snapshot = "hosts/db1.json"            # relative to the test file
address  = "0000:01:00.0"
expect   = { decision = "refused", guard = "storage" }

[[case]]
name     = "a disk in use stays"
function = { address = "0000:02:00.0", id = "144d:a808", class = "010802", driver = "nvme", iommu_group = 2, in_use = { storage = "nvme0n1p2 is mounted on /var" } }
expect   = { decision = "refused", guard = "storage", driver = "nvme" }

[[case]]
name     = "what no policy names is left alone"
function = { address = "00:1f.0", id = "8086:2918" }
expect   = { decision = "unmatched", driver = "none" }
"""
POLICIES = (
    policy("roce-express", 'id = ["15b3:1003", "15b3:1004"]') + policy("gpu", 'id = "10de:2204"')
    + policy("disks", 'class = "0108"'))


@pytest.fixture
def cases(tmp_path, root, program):
    """The cases of the interface, with the snapshot that they name."""
    root.add_function("0000:01:00.0", "144d:a808", class_code="010802", driver="nvme", group=3)
    root.add_disk("0000:01:00.0", "nvme0n1", "254:1")
    root.add_policy(POLICIES)
    (tmp_path / "hosts").mkdir()
    program("snapshot", "--output", tmp_path / "hosts" / "db1.json").ends(0)
    file = tmp_path / "cases.toml"
    file.write_text(CASES)
    return file


def test_every_case_of_the_interface_passes(cases, program):
    lines = program("test", cases).ends(0).out.splitlines()
    assert len(lines) == 6 and lines[-1] == "5 passed, 0 failed"
    assert all(line.startswith("ok ") for line in lines[:-1])
    document = program("test", "--json", cases).ends(0).document
    assert (document["passed"], document["failed"]) == (5, 0)
    assert document["cases"][0]["actual"]["driver"] == "vfio-pci"


def test_a_failed_case_shows_the_difference_and_ends_with_1(cases, program, tmp_path):
    cases.write_text(CASES.replace('"new_id", driver = "vfio-pci"', '"driver_override", driver = "none"'))
    result = program("test", cases, "--junit", tmp_path / "results.xml").ends(1)
    assert result.out.splitlines()[-1] == "4 passed, 1 failed"
    assert "method  expected driver_override, found new_id" in result.out
    assert "driver  expected none, found vfio-pci" in result.out
    suite = xml.etree.ElementTree.parse(tmp_path / "results.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")
    failures = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failures == ["a RoCE port goes to vfio-pci"]


@pytest.mark.parametrize("old, new, wanted", [
    ("decision = \"rebind\"", "decision = \"rebnd\"", "did you mean \"rebind\""),
    ("iommu_group = 7", "iommu_gruop = 7", "did you mean \"iommu_group\""),
    ("guard = \"group\"", "gaurd = \"group\"", "did you mean \"guard\""), ("guard = \"group\"", "guard = \"grup\"", "\"group\""),
    ("id = \"15b3:1003\"", "id = \"15b3\"", "function.id"), ("[[case]]", "[[cases]]", "case"),
    ("address   = \"0000:01:00.0\"", "", "address is missing"), ("name     = \"a RoCE port goes to vfio-pci\"", "", "name"),
    ("storage = \"nvme0n1p2", "storag = \"nvme0n1p2", "did you mean \"storage\""), ("= 7 }", "= 7 ", "4:"),
    ("snapshot = \"hosts/db1.json\"", "snapshot = \"hosts/db2.json\"", "db2.json"),
])
def test_a_mistake_is_65_with_its_place(cases, program, old, new, wanted):
    assert old in CASES
    cases.write_text(CASES.replace(old, new))
    result = program("test", cases, "--json").ends(65)
    text = result.err
    assert wanted in text or wanted.replace(" is ", ": is ") in text, text
    assert result.document["status"] == 65


def test_every_mistake_of_every_file_is_told(cases, program, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[[case]]\nnam = 'x'\n")
    cases.write_text(CASES.replace("expect ", "expct "))
    text = program("test", cases, other, tmp_path / "nowhere.toml").ends(65).err
    assert text.count("unknown key") == 6 and "nowhere.toml: cannot be read" in text and f"{cases}:5: case" in text


def test_files_are_needed(program):
    program("test").ends(64)
    program("test", "--init", "x.toml").ends(64)


def test_cases_of_the_present_host_pass_on_it_and_elsewhere(root, program, tmp_path):
    root.add_function("0000:04:00.0", "8086:10d3", driver="e1000e", group=7, numa_node=1)
    root.add_function("0000:05:00.0", "10de:2204", class_code="030000", driver="nouveau", group=8)
    root.add_function("0000:05:00.1", "10de:1aef", class_code="040300", driver="snd_hda_intel", group=8)
    root.add_function("0000:06:00.0", "144d:a808", class_code="010802", driver="nvme", group=9)
    root.add_disk("0000:06:00.0", "nvme0n1", "254:1")
    root.add_function("0000:07:00.0", "8086:10d3", driver="vfio-pci", group=10, override="vfio-pci")
    root.add_policy(
        POLICIES + policy("nics", 'id = "8086:10d3"') + policy("left", 'id = "10de:1aef"', action='"ignore"')
    )
    written = program("test", "--init").ends(0).out
    assert written.count("[[case]]") == 5
    file = tmp_path / "init.toml"
    file.write_text(written)
    assert program("test", file).ends(0).out.splitlines()[-1] == "5 passed, 0 failed"
    empty = Program()("test", "--root", tmp_path, "--policy", root.at("etc/vfio-rebind/policy.d"), file)
    assert empty.ends(0).out.splitlines()[-1] == "5 passed, 0 failed"


EXAMPLE_TESTS = sorted((EXAMPLES / "tests").glob("*.toml"))


@pytest.mark.parametrize("file", EXAMPLE_TESTS, ids=lambda file: file.name)
def test_the_examples_of_the_project_do_what_they_say(file):
    policies = EXAMPLES / file.name
    result = Program()("test", "--policy", policies, file).ends(0)
    assert result.out.splitlines()[-1].endswith(" passed, 0 failed") and not result.out.startswith("0 passed")


def test_each_example_has_its_test():
    named = {file.name for file in EXAMPLE_TESTS}
    assert {"roce-express.toml", "identical-gpus.toml", "spdk-nvme.toml", "dpdk-virtual-functions.toml",
            "no-thunderbolt.toml"} <= named
    assert named <= {file.name for file in EXAMPLES.glob("*.toml")}


def test_against_older_policies(root, program, tmp_path):
    root.add_function("0000:04:00.0", "8086:10d3", driver="e1000e", group=7)
    root.add_function("0000:05:00.0", "15b3:1003", driver="mlx4_core", group=8)
    root.add_policy(policy("nics", 'id = "8086:10d3"') + policy("roce", 'id = "15b3:1003"', action='"ignore"'))
    older = tmp_path / "older"
    older.mkdir()
    (older / "10.toml").write_text(policy("roce", 'id = "15b3:1003"'))
    changes = program("plan", "--json", "--against", older).ends(0).document["changes"]
    assert changes["against"] == str(older)
    assert changes["functions"] == [
        {"address": "0000:04:00.0",
         "before": {"policy": None, "decision": "unmatched", "method": None, "driver": "e1000e", "access": None},
         "after": {"policy": "nics", "decision": "rebind", "method": "new_id", "driver": "vfio-pci",
                   "access": None}},
        {"address": "0000:05:00.0",
         "before": {"policy": "roce", "decision": "rebind", "method": "new_id", "driver": "vfio-pci",
                    "access": None},
         "after": {"policy": "roce", "decision": "ignored", "method": None, "driver": "mlx4_core", "access": None}}]
    assert [entry["id"] for entry in changes["registrations"]["added"]] == ["8086:10d3"]
    assert [entry["id"] for entry in changes["registrations"]["removed"]] == ["15b3:1003"]
    text = program("plan", "--against", older).ends(0).out
    assert f"Changes from {older}:" in text and "15b3:1003 is no longer registered with vfio-pci" in text
    assert "changes" not in program("plan", "--json").document
    same = program("plan", "--against", root.at("etc/vfio-rebind/policy.d")).out
    assert same.endswith(":\nnone\n")
    program("plan", "--against", tmp_path / "nowhere").ends(65)
