"""`list --groups`, `list --topology` and their graphs."""

import re
import shutil
import subprocess

import pytest

from made_up_root import policy
from program import PROJECT


@pytest.fixture
def dot():
    """dot(1), which reads a graph and says whether it is one."""
    found = shutil.which("dot")
    assert found, "dot is missing: apt-get install graphviz"

    def read(text):
        done = subprocess.run([found, "-Tplain"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and done.stderr == "", done.stderr + text
        return done.stdout

    return read


@pytest.fixture
def machine(root):
    """A port with a card of two functions below it, a bridge with two cards, a card that is no part of a group."""
    port, bridge = "0000:00:01.0", "0000:02:00.0"
    root.add_function(port, "8086:3420", class_code="060400", driver="pcieport", header_type=1, group=1)
    root.add_function("0000:01:00.0", "10de:2204", class_code="030000", driver="vfio-pci", group=2, below=[port])
    root.add_function("0000:01:00.1", "10de:1aef", class_code="040300", driver="snd_hda_intel", group=2, below=[port])
    root.add_function("0000:00:02.0", "8086:3420", class_code="060400", driver="pcieport", header_type=1, group=3)
    root.add_function(bridge, "1b36:000e", class_code="060400", header_type=1, group=4, below=["0000:00:02.0"])
    for number in (1, 2):
        root.add_function(
            f"0000:03:0{number}.0", "8086:100e", driver="vfio-pci", group=4, below=["0000:00:02.0", bridge]
        )
    root.add_function("0001:00:00.0", "15b3:1003", driver="mlx4_core")
    return root


def test_groups_tell_viability_and_who_is_in_the_way(machine, program):
    lines = program("list", "--groups").ends(0).out.splitlines()
    headings = [line for line in lines if "group" in line]
    assert headings == [
        "IOMMU group 1  viable", "IOMMU group 2  not viable: 0000:01:00.1 is on snd_hda_intel",
        "IOMMU group 3  viable", "IOMMU group 4  viable", "no IOMMU group",
    ]


def test_a_group_is_judged_by_members_that_are_not_shown(machine, program):
    lines = program("list", "--groups", "01:00.0").ends(0).out.splitlines()
    assert len(lines) == 2 and "not viable: 0000:01:00.1" in lines[0]


def test_groups_tell_who_has_a_function_open(machine, program):
    machine.write("dev/vfio/4", "")
    machine.hold_open(4711, "qemu-system-x86", "/dev/vfio/4")
    for option in ("--groups", "--topology"):
        lines = program("list", option).ends(0).out.splitlines()
        place = next(number for number, line in enumerate(lines) if "0000:03:01.0" in line)
        assert lines[place + 1].endswith("/dev/vfio/4 is open in qemu-system-x86 (pid 4711)")


def test_topology_is_the_tree_of_bridges(machine, program):
    lines = program("list", "--topology").ends(0).out.splitlines()
    assert [re.sub(r"([.]\d) .*", r"\1", line) for line in lines] == [
        "root bus 0000:00",
        "├─ 0000:00:01.0", "│  ├─ 0000:01:00.0", "│  └─ 0000:01:00.1",
        "└─ 0000:00:02.0", "   └─ 0000:02:00.0", "      ├─ 0000:03:01.0", "      └─ 0000:03:02.0",
        "root bus 0001:00", "└─ 0001:00:00.0",
    ]


def test_topology_without_the_bridges_above(machine, program):
    lines = program("list", "--topology", "03:01.0", "00:02.0").ends(0).out.splitlines()
    assert [line.split("  8086")[0].rstrip() for line in lines] == [
        "root bus 0000:00",
        "└─ 0000:00:02.0",
        "   └─ 0000:03:01.0",
    ]


@pytest.mark.parametrize("option", ["--groups", "--topology"])
def test_graphviz_reads_the_graphs(machine, program, dot, option):
    machine.add_policy(policy("cards", 'id = "8086:100e"'))
    picture = dot(program("list", option, "--dot").ends(0).out)
    nodes = [line for line in picture.splitlines() if line.startswith("node ")]
    edges = [line for line in picture.splitlines() if line.startswith("edge ")]
    roots = 2 if option == "--topology" else 0
    assert len(nodes) == 8 + roots and len(edges) == (8 if roots else 0)
    assert "policy cards" in picture and "palegreen" in picture


def test_names_are_escaped(root, program, dot):
    root.add_function("0000:04:00.0", driver='we"ird\\N', group=1)
    for option in ("--groups", "--topology"):
        text = program("list", option, "--dot").ends(0).out
        assert 'we\\"ird\\\\N, host' in text
        dot(text)


def test_an_empty_machine_has_empty_graphs(program, dot):
    for option in ("--groups", "--topology"):
        dot(program("list", option, "--dot").ends(0).out)
        assert program("list", option).ends(0).out == "No PCI functions here.\n"


@pytest.mark.parametrize("words", [
    ("--dot",), ("--groups", "--topology"), ("--dot", "--groups", "--json"), ("--dot", "--groups", "--topology"),
])
def test_what_does_not_go_together_is_64(program, card, words):
    program("list", *words).ends(64)


def test_topology_changes_nothing_of_the_document(program, card):
    assert program("list", "--topology", "--json").document == program("list", "--json").document


@pytest.mark.parametrize("tree", ["groups", "topology"])
def test_the_pictures_of_the_readme_are_what_the_program_draws(program, tmp_path, tree):
    host = tmp_path / "host"
    subprocess.run([PROJECT / "Tests/Benchmarks/make-root", "--functions", "16", host], check=True)
    policies = PROJECT / "packaging/examples/quickstart.toml"
    graph = program.plain("list", f"--{tree}", "--dot", "--root", host, "--policy", policies).ends(0).out
    drawn = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, text=True, check=True).stdout
    kept = (PROJECT / f"packaging/pictures/{tree}.svg").read_text(encoding="utf-8")
    texts = re.compile(r"<text [^>]*>([^<]*)</text>")
    assert texts.findall(drawn) == texts.findall(kept) and texts.findall(kept)
