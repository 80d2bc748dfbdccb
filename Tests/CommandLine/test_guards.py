"""What each guard finds on a made-up machine, and who may pass over it."""

import pytest

from made_up_root import policy

NIC = "0000:04:00.0"
DISK = "0000:00:1f.2"


def asked(program, address, *words):
    """The decision for a function and its guards by name."""
    function = program("plan", "--json", address, *words).functions[address]
    return function["decision"], {guard["guard"]: guard for guard in function["guards"]}


@pytest.fixture
def disk(root):
    """A disk controller with the disk sda, and a policy for it."""
    root.add_function(DISK, "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_policy(policy("disk", 'class = "0106"'))
    return root.add_disk(DISK, "sda", "8:0")


@pytest.fixture
def nic(root, card):
    """The card with an interface eth0, and a policy for it."""
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    return root.add_interface(card, "eth0")


@pytest.mark.parametrize("class_code, header_type", [
    ("060000", 0), ("060100", 0), ("060400", 1), ("060401", 0x81), ("060700", 2), ("060900", 1), ("020000", 1),
])
def test_bridges_are_never_taken(root, program, class_code, header_type):
    root.add_function(NIC, class_code=class_code, header_type=header_type, group=7)
    root.add_policy(policy("all", 'address = "*"'))
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["bridge"]["verdict"] == "busy"
    program("plan", "--override", "bridge").ends(64)


@pytest.mark.parametrize("class_code, header_type", [("060500", 0), ("068000", 0), ("020000", 0x80)])
def test_other_functions_are_no_bridges(root, program, class_code, header_type):
    root.add_function(NIC, class_code=class_code, header_type=header_type, group=7)
    root.add_policy(policy("all", 'address = "*"'))
    decision, guards = asked(program, NIC)
    assert decision == "rebind" and guards["bridge"]["verdict"] == "free"


def test_a_mounted_disk_refuses(root, program, disk):  # pylint: disable=unused-argument
    root.mount("8:0", "/srv/my\\040data")
    decision, guards = asked(program, DISK)
    assert decision == "refused"
    assert guards["storage"]["evidence"] == ["sda is mounted on /srv/my data"]


def test_a_mounted_partition_refuses(root, program, disk):
    root.add_partition(disk, "sda1", "8:1")
    root.mount("8:1", "/var")
    assert asked(program, DISK)[1]["storage"]["evidence"] == ["sda1 is mounted on /var"]


def test_swap_refuses(root, program, disk):  # pylint: disable=unused-argument
    root.swap_on("sda")
    assert asked(program, DISK)[1]["storage"]["evidence"] == ["sda is swap"]


def test_a_holder_refuses_and_so_does_what_is_on_it(root, program, disk):
    root.folder(f"{disk}/holders/dm-0")
    root.write("sys/devices/virtual/block/dm-0/dev", "253:0\n")
    root.write("sys/devices/virtual/block/dm-0/dm/name", "vg-home\n")
    root.folder("sys/devices/virtual/block/dm-0/holders")
    root.connect("sys/class/block/dm-0", "sys/devices/virtual/block/dm-0")
    root.mount("253:0", "/home")
    evidence = asked(program, DISK)[1]["storage"]["evidence"]
    assert any("dm-0 (vg-home)" in sentence for sentence in evidence)
    assert "dm-0 is mounted on /home" in evidence


def test_a_mount_in_another_namespace_counts(root, program, disk):  # pylint: disable=unused-argument
    root.hold_open(4711, "containerd", "/dev/zero")
    root.write("proc/4711/mountinfo", "30 22 8:0 / /inside rw - ext4 /dev/sda rw\n")
    assert asked(program, DISK)[1]["storage"]["evidence"] == ["sda is mounted on /inside"]


def test_a_disk_that_nobody_uses_is_free(program, disk):  # pylint: disable=unused-argument
    decision, guards = asked(program, DISK)
    assert decision == "rebind" and guards["storage"]["verdict"] == "free"


@pytest.mark.parametrize("point", ["/", "/boot", "/usr"])
def test_the_disk_of_the_system_is_never_passed_over(root, program, disk, point):  # pylint: disable=unused-argument
    root.mount("8:0", point)
    root.add_policy(policy("other", 'class = "0106"', guards='{ storage = "off" }'), "10-first.toml")
    assert asked(program, DISK)[0] == "refused"
    assert asked(program, DISK, "--override", "storage")[0] == "refused"


def test_a_policy_may_warn_of_a_disk_or_switch_the_guard_off(root, program):
    root.add_function(DISK, "8086:2922", class_code="010601", driver="ahci", group=9)
    root.add_disk(DISK, "sda", "8:0")
    root.mount("8:0", "/var")
    root.add_policy(policy("disk", 'class = "0106"', guards='{ storage = "warn" }'))
    decision, guards = asked(program, DISK)
    assert (decision, guards["storage"]["setting"], guards["storage"]["verdict"]) == ("rebind", "warn", "busy")
    root.add_policy(policy("disk", 'class = "0106"', guards='{ storage = "off" }'))
    decision, guards = asked(program, DISK)
    assert decision == "rebind" and "storage" not in guards


def test_the_default_route_refuses(root, program, nic):  # pylint: disable=unused-argument
    root.route_by_default("eth0")
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["network"]["evidence"] == [
        "eth0 carries the default route of table main (IPv4)"
    ]
    assert asked(program, NIC, "--override", "network")[0] == "rebind"


def test_the_default_route_of_ipv6_refuses(root, program, nic):  # pylint: disable=unused-argument
    zeros = "0" * 32
    root.write("proc/net/ipv6_route", f"{zeros} 00 {zeros} 00 {zeros} 00000400 00000001 00000000 00000003     eth0\n")
    assert asked(program, NIC)[1]["network"]["evidence"] == ["eth0 carries the default route of table main (IPv6)"]


def test_an_interface_of_a_bridge_refuses(root, program, nic):
    root.link(f"{nic}/master", "../../../../virtual/net/br0")
    root.link(f"{nic}/upper_br0", "../../../../virtual/net/br0")
    assert asked(program, NIC)[1]["network"]["evidence"] == ["eth0 belongs to br0"]


def test_an_interface_with_others_on_top_refuses(root, program, nic):
    root.link(f"{nic}/upper_eth0.42", "../../../../virtual/net/eth0.42")
    assert asked(program, NIC)[1]["network"]["evidence"] == ["eth0.42 is on top of eth0"]


def test_an_interface_that_is_up_with_a_global_address_refuses(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    root.add_interface(card, "eth0", is_up=True)
    root.write("proc/net/if_inet6", "fe800000000000000000000000000001 02 40 20 80     eth0\n")
    assert asked(program, NIC)[0] == "rebind"
    root.write("proc/net/if_inet6", "20010db8000000000000000000000001 02 40 00 80     eth0\n")
    assert asked(program, NIC)[0] == "refused"


def test_an_interface_that_is_down_is_free(program, nic):  # pylint: disable=unused-argument
    decision, guards = asked(program, NIC)
    assert decision == "rebind" and guards["network"]["verdict"] == "free"


def test_no_group_refuses_for_vfio_alone(root, program):
    root.add_function(NIC, driver="e1000e")
    root.add_driver("uio_pci_generic")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["iommu"]["verdict"] == "busy"
    assert asked(program, NIC, "--override", "iommu")[0] == "refused"
    root.add_policy(policy("nic", 'id = "8086:10d3"', driver='"uio_pci_generic"'))
    decision, guards = asked(program, NIC)
    assert decision == "rebind" and "iommu" not in guards and "group" not in guards


def test_no_group_may_be_passed_over_where_noiommu_mode_is_on(root, program):
    root.add_function(NIC, driver="e1000e")
    root.write("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert asked(program, NIC)[0] == "refused"
    assert asked(program, NIC, "--override", "iommu")[0] == "rebind"


def test_a_mate_on_a_host_driver_refuses(root, program, nic):  # pylint: disable=unused-argument
    root.add_function("0000:04:00.1", "8086:1533", driver="igb", group=7)
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["group"]["verdict"] == "busy"
    assert "0000:04:00.1" in guards["group"]["evidence"][0] and "igb" in guards["group"]["evidence"][0]


@pytest.mark.parametrize("driver", [None, "vfio-pci", "pci-stub", "pcieport", "mlx5_vfio_pci"])
def test_a_mate_that_is_free_or_with_vfio_is_no_obstacle(root, program, nic, driver):  # pylint: disable=unused-argument
    root.add_function("0000:04:00.1", "8086:1533", driver=driver, group=7)
    assert asked(program, NIC)[0] == "rebind"


@pytest.mark.parametrize("driver, decision", [(None, "rebind"), ("pcieport", "rebind"), ("lpc_ich", "refused")])
def test_a_bridge_of_the_group_is_an_obstacle_only_on_a_host_driver(root, program, nic, driver, decision):
    assert nic
    root.add_function("0000:00:1c.0", "8086:a110", class_code="060400", header_type=1, driver=driver, group=7)
    assert asked(program, NIC)[0] == decision


def test_group_ignore_passes_over_the_group(root, program, card):
    root.add_function("0000:04:00.1", "8086:1533", driver="igb", group=7)
    root.add_policy(policy("nic", 'id = "8086:10d3"', group='"ignore"'))
    decision, guards = asked(program, card)
    assert decision == "rebind" and guards["group"]["verdict"] == "busy"


def test_a_physical_function_with_virtual_ones_is_never_taken(root, program, nic):  # pylint: disable=unused-argument
    root.add_function("0000:04:10.0", "8086:10ed", physical_function=NIC, group=8)
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["vfs"]["verdict"] == "busy"
    program("plan", "--override", "vfs").ends(64)


def test_a_driver_that_cannot_be_had_is_named(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"', driver='"nowhere_pci"'))
    result = program("plan", "--json").ends(69)
    guards = {guard["guard"]: guard for guard in result.functions[card]["guards"]}
    assert guards["target"]["verdict"] == "busy" and "nowhere_pci" in guards["target"]["evidence"][0]


def test_a_driver_by_the_name_of_its_module_is_corrected(root, program, card):
    root.folder("sys/module/vfio_pci")
    root.add_policy(policy("nic", 'id = "8086:10d3"', driver='"vfio_pci"'))
    for words in (("plan",), ("bind", "--dry-run", "--driver", "vfio_pci", card)):
        assert "did you mean vfio-pci?" in program(*words).ends(69).out


@pytest.mark.parametrize("device", ["8086:0435", "8086:37c8", "8086:0b25"])
def test_ids_that_vfio_pci_refuses_are_refused_by_target(root, program, device):
    root.add_function(NIC, device, class_code="0b4000", group=7)
    root.add_policy(policy("accelerator", f'id = "{device}"'))
    decision, guards = asked(program, NIC)
    assert decision == "refused" and guards["target"]["verdict"] == "busy"


def test_the_advice_is_about_what_was_found(root, program, card):
    root.add_policy(policy("qat", 'id = "8086:37c8"'))
    root.add_function("0000:08:00.0", "8086:37c8", driver="c6xx", group=9)
    assert "do     leave it out of the policy; vfio-pci binds it only with disable_denylist=1" in program("plan", "08:00.0").out
    disk = root.add_function("0000:09:00.0", "144d:a808", class_code="010802", driver="nvme", group=10)
    block = root.add_disk(disk, "nvme0n1")
    root.add_partition(block, "nvme0n1p1")
    root.mount("259:1", "/")
    assert "it holds the running system, which cannot be overridden" in program("bind", "--dry-run", disk).out
    root.add_function("0000:04:00.1", "8086:10d4", driver="e1000e", group=7)
    assert "add the other functions of the group" in program("bind", "--dry-run", card).out


@pytest.mark.parametrize("number, point, advice", [
    ("8:0", "/srv/swap", "unmount it first"), ("8:0", "/srv/marked\\040as", "unmount it first"),
])
def test_a_name_decides_nothing_about_the_advice(root, program, disk, number, point, advice):
    assert disk
    root.mount(number, point)
    assert f"    do     {advice}\n" in program("plan").ends(2).out
    assert f"    {advice}\n" in program("apply").ends(2).out


def test_nobody_is_told_to_destroy_an_inactive_volume(root, program, disk):
    root.add_partition(disk, "sda1", "8:1")
    root.write("run/udev/data/b8:1", "E:ID_FS_TYPE=LVM2_member\n")
    advice = "if this host does not use what it belongs to: --override storage, or guards"
    for command in ("plan", "apply"):
        out = program(command).ends(2).out
        assert advice in out and "wipefs" not in out
    assert asked(program, DISK, "--override", "storage")[0] == "rebind"


def test_the_manager_of_sessions_is_not_stopped(root, program, card):
    root.add_policy(policy("usb", 'id = "8086:10d3"'))
    root.connect("sys/dev/char/13:64", f"sys/devices/pci0000:00/{card}/input/input3/event3")
    root.write(f"sys/devices/pci0000:00/{card}/input/input3/event3/uevent", "DEVNAME=input/event3\n")
    root.hold_open(700, "systemd-logind", "/dev/input/event3")
    root.write("proc/700/cgroup", "0::/system.slice/systemd-logind.service\n")
    assert "do     end the session that uses it first" in program("plan").ends(2).out


def test_the_whole_group_is_not_advised_where_it_holds_the_disk_of_the_system(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    other = root.add_function("0000:04:00.1", "144d:a808", class_code="010802", driver="nvme", group=7)
    root.add_disk(other, "nvme0n1")
    assert 'write group = "whole"' in program("plan", card).ends(2).out
    root.mount("259:0", "/")
    out = program("plan", card).ends(2).out
    assert "no policy matches it, and the guard storage would refuse it" in out and '"whole"' not in out
    root.add_policy(policy("nic", 'id = "8086:10d3"', group='"whole"'))
    assert asked(program, card)[0] == "refused", "the advice that is not given would not have helped"


def test_names_that_others_chose_do_nothing_to_a_terminal(root, program):
    disk = root.add_function("0000:09:00.0", "144d:a808", class_code="010802", driver="nvme", group=10)
    block = root.add_disk(disk, "nvme0n1")
    root.add_partition(block, "nvme0n1p1")
    root.mount("259:1", "/media/\033]0;x\007y\\012z".replace("\033", "\x1b").replace("\007", "\x07"))
    root.add_policy(policy("disk", 'class = "0108"'))
    out = program("plan").ends(2).out
    assert "\x1b" not in out and "\x07" not in out and "/media/\\u{1b}]0;x\\u{7}y\\u{a}z" in out


def test_guards_that_do_not_apply_are_left_out(program, card):
    program.root.add_policy(policy("nic", 'id = "8086:10d3"'))
    guards = asked(program, card)[1]
    assert not {"storage", "vfs", "siblings", "in-use", "below"} & set(guards)


def test_free_answers_have_their_evidence_empty(program, nic):  # pylint: disable=unused-argument
    assert all(guard["evidence"] == [] for guard in asked(program, NIC)[1].values())


@pytest.mark.parametrize("name", ["bridge", "siblings", "target", "below", "vfs"])
@pytest.mark.parametrize("command", [("plan",), ("apply",), ("bind", NIC)])
def test_what_can_never_be_overridden_is_wrong_usage(program, card, name, command):  # pylint: disable=unused-argument
    result = program(*command, "--override", name, "--json").ends(64)
    assert name in result.document["message"] and "never" in result.document["message"]
