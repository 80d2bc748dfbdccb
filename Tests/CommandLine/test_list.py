"""`list`: every PCI function, and what the program makes of it."""

from made_up_root import MadeUpRoot, policy
from program import Program


def test_shows_every_fact_of_a_function(root, program):
    root.add_function(
        "0000:04:00.0", "15b3:1003", class_code="020000", driver="mlx4_core", group=7, subsystem="15b3:0025",
        revision="b0", numa_node=1, override="mlx4_core")
    root.add_policy(policy("roce", 'id = "15b3:1003"'))
    function = program("list", "--json").ends(0).functions["0000:04:00.0"]
    names = {key: function.pop(key) for key in ("vendor_name", "device_name")}
    assert function == {
        "address": "0000:04:00.0", "id": "15b3:1003", "subsystem": "15b3:0025", "class": "020000", "revision": "b0",
        "driver": "mlx4_core", "driver_override": "mlx4_core", "iommu_group": 7, "numa_node": 1,
        "physical_function": None, "group_path": None, "cdev_path": None, "policy": "roce", "state": "host",
    }
    assert all(name is None or isinstance(name, str) for name in names.values())


def test_absent_facts_are_null_and_never_missing(root, program):
    root.add_function("0000:04:00.0", subsystem=None, numa_node=-1)
    function = program("list", "--json").functions["0000:04:00.0"]
    for key in ("subsystem", "driver", "driver_override", "iommu_group", "numa_node", "physical_function", "policy"):
        assert function[key] is None, key
    assert function["revision"] == "00"
    assert function["state"] == "unbound"


def test_group_and_node_zero_are_numbers(root, program):
    root.add_function("0000:04:00.0", group=0, numa_node=0)
    function = program("list", "--json").functions["0000:04:00.0"]
    assert (function["iommu_group"], function["numa_node"]) == (0, 0)


def test_names_the_nodes_of_vfio(root, program):
    root.add_function("0000:04:00.0", driver="vfio-pci", group=7)
    root.show_vfio_device("0000:04:00.0", 7, number=3)
    function = program("list", "--json").functions["0000:04:00.0"]
    assert function["group_path"] == "/dev/vfio/7"
    assert function["cdev_path"] == "/dev/vfio/devices/vfio3"
    assert function["state"] == "passthrough"


def test_a_variant_driver_of_vfio_is_passthrough(root, program):
    root.add_function("0000:04:00.0", driver="mlx5_vfio_pci", group=7)
    assert program("list", "--json").functions["0000:04:00.0"]["state"] == "passthrough"


def test_names_the_physical_function_of_a_virtual_one(root, program):
    root.add_function("0000:04:00.0")
    root.add_function("0000:04:10.0", physical_function="0000:04:00.0")
    functions = program("list", "--json").functions
    assert functions["0000:04:10.0"]["physical_function"] == "0000:04:00.0"
    assert functions["0000:04:00.0"]["physical_function"] is None


def test_functions_are_sorted_by_address_as_numbers(root, program):
    for address in ("10000:00:00.0", "0001:00:00.0", "0000:ff:00.0", "0000:0a:1f.7", "0000:0a:00.0"):
        root.add_function(address)
    listed = [function["address"] for function in program("list", "--json").document["functions"]]
    assert listed == ["0000:0a:00.0", "0000:0a:1f.7", "0000:ff:00.0", "0001:00:00.0", "10000:00:00.0"]


def test_shows_named_functions_only(root, program, card):
    root.add_function("0000:05:00.0")
    assert list(program("list", "--json", card).functions) == [card]


def test_functions_that_are_plain_folders_are_listed_alike(tmp_path, program, card):
    made = MadeUpRoot(tmp_path / "plain", plain=True)
    made.add_function(card, driver="e1000e", group=7)
    assert Program(made)("list", "--json").document == program("list", "--json").document


def test_a_function_without_readable_ids_is_left_out(root, program, card):
    root.folder("sys/bus/pci/devices/0000:05:00.0")
    assert list(program("list", "--json").ends(0).functions) == [card]


def test_an_ignoring_policy_is_named_too(root, program, card):
    root.add_policy(policy("stay", 'id = "8086:10d3"', action='"ignore"'))
    function = program("list", "--json").functions[card]
    assert (function["policy"], function["state"]) == ("stay", "host")


def test_the_target_of_a_policy_counts_as_passthrough(root, program, card):
    root.drive(card, "uio_pci_generic")
    root.add_policy(policy("dpdk", 'id = "8086:10d3"', driver='"uio_pci_generic"'))
    assert program("list", "--json").functions[card]["state"] == "passthrough"


def test_groups_draws_a_tree(root, program):
    root.add_function("0000:01:00.0", "10de:2204", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", driver="snd_hda_intel", group=1)
    root.add_function("0000:00:1f.0", "8086:2918", driver="lpc_ich")
    root.add_function("0000:04:00.0", driver="e1000e", group=10)
    lines = program("list", "--groups").ends(0).out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "IOMMU group 1", "├─ 0000:01:00.0", "└─ 0000:01:00.1", "IOMMU group 10", "└─ 0000:04:00.0",
        "no IOMMU group", "└─ 0000:00:1f.0",
    ]


def test_groups_changes_nothing_of_the_document(program, card):  # pylint: disable=unused-argument
    assert program("list", "--groups", "--json").document == program("list", "--json").document


def test_a_machine_without_functions_says_so(program):
    assert program("list").ends(0).out == "No PCI functions here.\n"
    assert program("list", "--groups").ends(0).out == "No PCI functions here.\n"
    assert program("list", "--json").ends(0).document["functions"] == []


def test_works_without_any_policy_folder(tmp_path, program, card):  # pylint: disable=unused-argument
    for top in ("etc", "run", "usr"):
        program.root.at(top).rename(tmp_path / top)
    assert card in program("list").ends(0).out
    assert program("plan").ends(0).err == ""


def test_the_node_of_a_noiommu_group_is_listed(root, program):
    address = root.add_function("0000:08:00.0", "8086:10d3", driver="vfio-pci", group=3)
    root.write("sys/kernel/iommu_groups/3/name", "vfio-noiommu\n")
    root.write("dev/vfio/noiommu-3", "")
    assert program("list", "--json").ends(0).functions[address]["group_path"] == "/dev/vfio/noiommu-3"
