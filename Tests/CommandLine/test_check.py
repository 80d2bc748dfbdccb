"""`check`: problems of host and policies, with evidence and their fix."""

import pytest

from made_up_root import RELEASE, policy

NIC = policy("nic", 'id = "8086:10d3"')
RULE = "usr/lib/udev/rules.d/60-vfio-rebind.rules"


@pytest.fixture
def check(root, program):
    """Runs `check`; answers its findings by id, after asserting the exit status."""
    root.write(RULE, "")

    def run(status=0, *words):
        result = program("check", "--json", *words).ends(status)
        findings = result.document["findings"]
        for finding in findings:
            assert finding["severity"] == "info" or finding["evidence"] and finding["fix"], finding
        severities = [("error", "warning", "info").index(each["severity"]) for each in findings]
        assert severities == sorted(severities)
        assert (status == 1) == (0 in severities)
        return {each["id"]: each for each in findings}

    return run


def severities(findings):
    """The ids of what is wrong."""
    return {name for name, each in findings.items() if each["severity"] != "info"}


def test_a_healthy_host_has_nothing_wrong(root, card, check):
    root.add_policy(NIC)
    findings = check()
    assert not severities(findings)
    assert findings["iommu"]["message"] == "the IOMMU is on: 1 group"
    assert "boot-ids-missing" in findings and "ways" in findings


@pytest.mark.parametrize("processor, file, words, advice", [
    ("vendor_id : GenuineIntel", "etc/default/grub", "quiet", 'add "intel_iommu=on" to GRUB_CMDLINE_LINUX'),
    ("vendor_id : GenuineIntel", "usr/sbin/grubby", "quiet", 'grubby --update-kernel=ALL --args="intel_iommu=on"'),
    ("vendor_id : GenuineIntel", "efi/loader/loader.conf", "quiet", "/etc/kernel/cmdline"),
    ("vendor_id : GenuineIntel", "boot/extlinux/extlinux.conf", "quiet", "APPEND"),
    ("vendor_id : GenuineIntel", "etc/default/grub", "intel_iommu=off", 'remove "intel_iommu=off" from'),
    ("vendor_id : AuthenticAMD", "etc/default/grub", "quiet", "AMD-Vi"),
    ("vendor_id : AuthenticAMD", "etc/zipl.conf", "iommu=off", "/etc/zipl.conf, run zipl"),
    ("vendor_id : IBM/S390", "etc/zipl.conf", "", "CONFIG_S390_IOMMU"),
    ("CPU implementer : 0x41", "etc/none", "", "SMMU"),
])
def test_the_iommu_is_switched_on_as_boot_loader_and_processor_want(root, check, processor, file, words, advice):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.write("proc/cpuinfo", processor + "\n")
    root.write("proc/cmdline", words + "\n")
    root.write(file, "")
    finding = check(1)["iommu-off"]
    assert finding["severity"] == "error" and advice in finding["fix"], finding
    assert ("intel_iommu=on" in finding["fix"]) == ("Intel" in processor)


def test_firmware_without_an_iommu_is_told(root, check):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.write("sys/firmware/acpi/tables/FACP", "")
    assert "no ACPI table of the firmware names an IOMMU" in check(1)["iommu-off"]["evidence"]
    root.write("sys/firmware/acpi/tables/DMAR", "")
    assert "no ACPI table of the firmware names an IOMMU" not in check(1)["iommu-off"]["evidence"]


@pytest.mark.parametrize("chip, name", [("IR-PCI-MSI", "interrupt-remapping"), ("PCI-MSI", "interrupt-remapping-off")])
def test_interrupt_remapping_shows_in_the_chips(root, card, check, chip, name):
    root.write("proc/cpuinfo", "vendor_id : GenuineIntel\n")
    root.write("proc/interrupts", f"  CPU0\n 24: 0 {chip} 1048576-edge eth0\n")
    assert name in check()


def test_unsafe_interrupts_and_no_iommu_mode_are_warned_of(root, card, check):
    root.write("proc/cpuinfo", "vendor_id : GenuineIntel\n")
    root.write("proc/interrupts", "  CPU0\n 24: 0 PCI-MSI 1048576-edge eth0\n")
    root.write("sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y\n")
    root.write("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n")
    findings = check()
    assert "any interrupt of the host" in findings["interrupt-remapping-off"]["message"]
    assert findings["iommu-bypass"]["severity"] == "warning"


def test_memory_that_firmware_keeps_is_warned_of_where_it_matters(root, card, check):
    root.write("sys/kernel/iommu_groups/7/reserved_regions", "0x0 0x1 direct\n0xfee00000 0xfeefffff msi\n")
    root.write("sys/kernel/iommu_groups/8/reserved_regions", "0x0 0x1 direct\n")
    assert "iommu-direct-regions" not in check()
    root.add_policy(NIC)
    assert len(check()["iommu-direct-regions"]["evidence"]) == 1


def set_vfio(root, how):
    """How vfio-pci is there."""
    drivers = root.at("sys/bus/pci/drivers/vfio-pci")
    if how in ("loadable", "missing"):
        for file in drivers.iterdir():
            file.unlink()
        drivers.rmdir()
    if how in ("loadable", "loaded"):
        root.add_module("vfio-pci")
    if how == "loaded":
        root.write("sys/module/vfio_pci/initstate", "live\n")
    if how == "built in":
        root.write(f"lib/modules/{RELEASE}/modules.builtin", "kernel/drivers/vfio/pci/vfio-pci.ko\n")


@pytest.mark.parametrize("how, words, ways", [
    ("loaded", "vfio-pci is loaded", ("ids= of the module: yes", "vfio_pci.ids= of the kernel: yes")),
    ("loadable", "loaded when it is needed", ("ids= of the module: yes", "vfio_pci.ids= of the kernel: yes")),
    ("built in", "built into the kernel", ("ids= of the module: no", "vfio_pci.ids= of the kernel: yes")),
])
def test_vfio_pci_and_the_ways_to_it(root, card, check, how, words, ways):
    set_vfio(root, how)
    findings = check()
    assert words in findings["vfio-pci"]["message"]
    assert findings["ways"]["evidence"][0].startswith("sysfs: yes")
    for way, told in zip(ways, findings["ways"]["evidence"][1:]):
        assert told.startswith(way)


def test_a_missing_vfio_pci_is_an_error(root, card, check):
    set_vfio(root, "missing")
    assert "CONFIG_VFIO_PCI" in check(1)["vfio-pci-missing"]["fix"]


def test_modprobe_that_may_not_load_it_is_an_error(root, card, check):
    root.write("etc/modprobe.d/no.conf", "# install vfio-pci /bin/false\n")
    assert "vfio-pci-blocked" not in check()
    root.write("etc/modprobe.d/no.conf", "\ninstall vfio-pci /bin/false\n")
    assert check(1)["vfio-pci-blocked"]["evidence"] == ["/etc/modprobe.d/no.conf:2: install vfio-pci /bin/false"]


@pytest.mark.parametrize("line, word, name, severity", [
    ("blacklist vfio-pci", "", "vfio-pci-blacklisted", "warning"), ("blacklist vfio_pci", "", "vfio-pci-blacklisted", "warning"),
    ("", "modprobe.blacklist=nouveau,vfio-pci", "vfio-pci-blacklisted", "warning"),
    ("", "module_blacklist=vfio_pci", "vfio-pci-blocked", "error"), ("install vfio_pci /usr/bin/false", "", "vfio-pci-blocked", "error"),
    ("blacklist nouveau", "module_blacklist=nouveau modprobe.blacklist=igb", None, None),
    ("install vfio-pci /sbin/modprobe --ignore-install vfio-pci", "", None, None),
])
def test_what_keeps_modprobe_from_it(root, card, check, line, word, name, severity):
    root.write("etc/modprobe.d/no.conf", line + "\n")
    root.write("proc/cmdline", f"quiet {word}\n")
    found = check(1 if severity == "error" else 0)
    blocked = [each for each in found.values() if each["id"] in ("vfio-pci-blocked", "vfio-pci-blacklisted")]
    assert [(each["id"], each["severity"]) for each in blocked] == ([(name, severity)] if name else [])
    assert not blocked or blocked[0]["evidence"] and blocked[0]["fix"]


def test_ids_that_come_too_late_name_driver_and_card(root, card, check):
    root.write("etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:10d3\n")
    root.add_policy(NIC)
    late = check()["boot-ids-late"]
    assert late["severity"] == "warning" and "export modprobe" in late["fix"]
    assert late["evidence"] == [f"no softdep e1000e pre: vfio-pci, for {card}"]
    root.drive(card, "vfio-pci")
    assert "boot-ids-late" not in check()


def test_a_snapshot_of_functions_alone_is_judged_by_what_it_says(root, program, tmp_path):
    file = tmp_path / "host.json"
    function = '{"address":"0000:04:00.0","id":"8086:10d3","driver":"e1000e","iommu_group":7}'
    file.write_text(f'{{"schema":"vfio-rebind.snapshot/1","functions":[{function}]}}')
    root.add_policy(NIC)
    document = program("check", "--snapshot", file, "--json").ends(0).document
    assert [each["id"] for each in document["findings"]] == ["surroundings-unknown"]


def test_a_snapshot_is_judged_as_the_host_is(root, card, program, check, tmp_path):
    root.add_policy(NIC + policy("other", 'id = "8086:10d3"'))
    root.write("etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:10d3\nblacklist vfio-pci\n")
    live = program("check", "--json").document
    file = tmp_path / "host.json"
    program("snapshot", "--full", "--output", file).ends(0)
    assert program("check", "--snapshot", file, "--json").document == live
    names = {each["id"] for each in live["findings"]}
    assert {"policy-shadowed", "boot-ids-late", "vfio-pci-blacklisted", "ways"} <= names
    assert all(each["evidence"] and each["fix"] for each in live["findings"] if each["severity"] != "info")


def test_a_shared_type_leaves_sysfs_alone(root, card, check):
    root.add_function("0000:05:00.0", driver="e1000e", group=8)
    root.add_policy(policy("one", f'address = "{card}"'))
    ways = check()["ways"]
    assert "ids= cannot be used on this host" in ways["message"] and "0000:05:00.0" in ways["evidence"][-1]


def test_invalid_policies_are_findings(root, card, program):
    root.add_policy('[[policy]]\nname = "a"\nmatch = { clas = "02" }\n[[policy]]\nmatch = { id = "8086:10d3" }\n')
    result = program("check", "--json").ends(1)
    errors = [each for each in result.document["findings"] if each["id"] == "policy-invalid"]
    assert len(errors) == 2 and all("50-made-up.toml:" in each["message"] for each in errors)
    assert any(each["id"] == "iommu" for each in result.document["findings"])
    assert "policy-invalid" in program("check").ends(1).out


@pytest.mark.parametrize("earlier, later, shadowed", [
    ('id = "8086:*"', 'id = "8086:10d3"', True), ('id = "8086:10d3"', 'id = "8086:*"', False),
    ('class = "02"', 'class = "0200"', True), ('class = "0200"', 'class = "02"', False),
    ('id = ["8086:10d3", "15b3:1003"]', 'id = "15b3:1003", class = "02"', True),
    ('id = "15b3:1003", class = "02"', 'id = "15b3:1003"', False),
    ('address = "0000:05:*"', 'address = "0000:05:00.0"', True),
    ('function = "any", id = "15b3:*"', 'id = "15b3:1003", function = "virtual"', True),
    ('driver = "nvme"', 'driver = ["nvme", "none"]', False),
])
def test_shadowed_policies_are_found_without_a_card(root, card, check, earlier, later, shadowed):
    root.add_policy(policy("earlier", earlier) + policy("later", later))
    found = check().get("policy-shadowed")
    assert bool(found and "later has no effect: earlier" in found["message"]) == shadowed


def test_an_exception_does_not_shadow(root, card, check):
    root.add_policy(
        policy("earlier", 'id = "15b3:*"', **{"except": '{ class = "03" }'}) + policy("later", 'id = "15b3:1003"')
    )
    assert "policy-shadowed" not in check()


def test_policies_that_decide_nothing_here(root, card, check):
    root.add_policy(NIC + policy("by-class", 'class = "02"') + policy("absent", 'id = "15b3:1003"'))
    findings = check()
    assert findings["policy-shadowed"]["evidence"][-1] == f"{card} is decided by nic"
    assert "absent" in findings["policy-unmatched"]["message"]


SOFTDEP = "softdep e1000e pre: vfio-pci"


@pytest.mark.parametrize("word, line, names", [
    ("vfio_pci.ids=8086:10d3", SOFTDEP, {"boot-parity"}), ("vfio-pci.ids=8086:10d3,15b3:1003", SOFTDEP, {"boot-parity"}),
    ("", f"options vfio_pci ids=8086:10d3 disable_vga=1\n{SOFTDEP}", {"boot-parity"}),
    ("", f"options vfio-pci disable_vga=1 ids=8086:10d3\n{SOFTDEP}", {"boot-parity"}),
    ("", "options vfio-pci ids=8086:10d3\nsoftdep e1000e pre: other vfio_pci post: more", {"boot-parity"}),
    ("vfio_pci.ids=8086:10d3", "", {"boot-ids-late"}), ("", "options vfio-pci ids=8086:10d3", {"boot-ids-late"}),
    ("", "options vfio-pci ids=8086:10d3\nsoftdep e1000e post: vfio-pci", {"boot-ids-late"}),
    ("", "options vfio-pci ids=8086:10d3\nsoftdep igb pre: vfio-pci", {"boot-ids-late"}),
    ("vfio_pci.ids=15b3:1003", "", {"boot-ids-missing"}), ("", "", {"boot-ids-missing"}),
    ("", "options pci-stub ids=8086:10d3", {"boot-ids-pci-stub", "boot-ids-missing"}),
    ("vfio_pci.ids=8086:10d3:1af4:1100", SOFTDEP, {"boot-ids-missing"}),
])
def test_boot_parity(root, card, check, word, line, names):
    root.write("proc/cmdline", f"quiet {word}\n")
    root.write("etc/modprobe.d/vfio.conf", line + "\n")
    root.add_policy(NIC)
    assert {name for name in check() if name.startswith("boot-")} == names


@pytest.mark.parametrize("files", [
    {"a.conf": "options vfio-pci ids=8086:10d3\n", "b.conf": "options vfio-pci ids=15b3:1003\n"},
    {"a.conf": "options vfio-pci ids=8086:10d3 ids=15b3:1003\n"},
])
def test_of_several_ids_the_last_counts(root, card, check, files):  # pylint: disable=unused-argument
    root.add_function("0000:05:00.0", "15b3:1003", driver="mlx4_core", group=8)
    root.add_policy(NIC + policy("roce", 'id = "15b3:1003"'))
    for name, text in files.items():
        root.write(f"etc/modprobe.d/{name}", text)
    found = check()
    assert found["boot-ids-repeated"]["severity"] == "warning" and "boot-parity" not in found
    assert found["boot-ids-missing"]["evidence"] == ["8086:10d3 is not in any ids="]
    assert "in place of the ids= of /etc/modprobe.d/" in found["boot-ids-missing"]["fix"]


def test_settings_that_are_invalid_are_an_error(root, card, check):  # pylint: disable=unused-argument
    root.write("etc/vfio-rebind/vfio-rebind.toml", "wrkers = 3\n")
    found = check(1)["settings-invalid"]
    assert found["severity"] == "error" and "workers" in found["evidence"][0]


def test_what_is_refused_goes_by_no_way(root, check):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.add_policy(NIC)
    assert "shares" not in check(1)["ways"]["message"]


def test_a_boot_that_takes_what_stays_is_an_error(root, card, check):
    root.write("proc/cmdline", "vfio_pci.ids=8086:10d3,144d:a808\n")
    root.add_function("0000:05:00.0", "144d:a808", driver="nvme", group=8)
    root.add_policy(policy("stays", f'address = "{card}"', action='"ignore"'))
    findings = check(1)
    assert card in findings["boot-ids-conflict"]["evidence"][0]
    assert "0000:05:00.0" in findings["boot-ids-unknown"]["evidence"][0]


def test_modprobe_lines_do_not_reach_a_built_in_module(root, card, check):
    set_vfio(root, "built in")
    root.write("etc/modprobe.d/vfio.conf", "options vfio-pci ids=8086:10d3\n")
    root.write("etc/default/grub", "")
    root.add_policy(NIC)
    findings = check()
    assert findings["boot-ids-ineffective"]["evidence"] == ["/etc/modprobe.d/vfio.conf:1"]
    assert "update-grub" in findings["boot-ids-missing"]["fix"]
    root.write("proc/cmdline", "vfio_pci.ids=8086:10d3\n")
    assert "boot-ids-missing" not in check()


def test_a_file_of_modprobe_hides_its_namesakes(root, card, check):
    root.write("etc/modprobe.d/vfio.conf", "# nothing\n")
    root.write("usr/lib/modprobe.d/vfio.conf", "options vfio-pci ids=8086:10d3\n")
    root.add_policy(NIC)
    assert "boot-ids-missing" in check()


@pytest.mark.parametrize("driver, name", [("e1000e", "driverctl-conflict"), ("vfio-pci", "driverctl")])
def test_driverctl(root, card, check, driver, name):
    root.write(f"etc/driverctl.d/pci-{card}", driver + "\n")
    root.add_policy(NIC)
    assert check()[name]["evidence"] == [f"/etc/driverctl.d/pci-{card}: {card} to {driver}"]


@pytest.mark.parametrize("rule, name", [
    ('ATTR{vendor}=="0x8086", ATTR{device}=="0x10d3", ATTR{driver_override}="e1000e"', "udev-rules-conflict"),
    ('KERNEL=="0000:04:00.0", RUN+="/bin/sh -c \'echo vfio-pci > driver_override\'"', "udev-rules-conflict"),
    ('KERNEL=="0000:09:00.0", ATTR{driver_override}="vfio-pci"', "udev-rules"),
])
def test_rules_of_others(root, card, check, rule, name):
    root.write("etc/udev/rules.d/20-other.rules", f"# a comment with vfio-pci\n{rule}\n")
    root.write("usr/lib/udev/rules.d/50-default.rules", 'SUBSYSTEM=="vfio", KERNEL=="vfio", MODE="0666" # vfio-pci\n')
    root.add_policy(NIC)
    assert check()[name]["evidence"] == [f"/etc/udev/rules.d/20-other.rules:2: {rule}"]


def test_the_sriov_operator(root, card, check):
    root.write(f"etc/sriov-operator/pci/{card}", '{"name":"eth0","pciAddress":"0000:04:00.0"}\n')
    assert "manager-sriov-operator" not in check()
    root.add_policy(NIC)
    assert card in check()["manager-sriov-operator"]["evidence"][0]


def test_permissions_of_the_nodes(root, card, check):
    root.write("dev/vfio/vfio", "", 0o666)
    root.write("dev/vfio/7", "", 0o600)
    assert check()["vfio-permissions"]["severity"] == "info"
    root.write("dev/vfio/vfio", "", 0o600)
    assert "/dev/vfio/vfio" in check()["vfio-permissions"]["message"]
    root.write("dev/vfio/7", "", 0o666)
    assert check()["vfio-permissions"]["evidence"] == ["/dev/vfio/7 is open to others"]


def test_memlock(root, card, check):
    assert "memlock" not in check()
    root.write(
        "proc/self/limits", "Limit  Soft Limit  Hard Limit  Units\nMax locked memory    8388608   8388608   bytes\n"
    )
    assert "8192 KiB" in check()["memlock"]["message"]
    root.write("proc/self/limits", "Max locked memory         unlimited            unlimited            bytes\n")
    assert "memlock" not in check()


def test_the_rule_that_is_not_installed_is_told(root, card, check):
    root.add_policy(NIC)
    assert "rule-missing" not in check()
    root.at(RULE).unlink()
    assert "rule-missing" in check()


def test_a_damaged_record_is_told(root, card, check):
    root.write(f"run/vfio-rebind/journal/{card}", "nonsense\n")
    assert card in check()["record-damaged"]["message"]


def test_the_text_fits_into_80_columns(root, program):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.write("proc/cpuinfo", "vendor_id : GenuineIntel\n")
    root.add_policy(NIC + policy("nic2", 'id = "8086:10d3"'))
    text = program("check").ends(1).out
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("error    iommu-off: the IOMMU is off") and "\n         fix " in text


def test_changes_nothing(root, program, card):
    root.add_policy(NIC)
    before = root.fingerprint()
    program("check").ends(0)
    assert root.fingerprint() == before


def test_this_machine_can_be_looked_at():
    from program import Program  # pylint: disable=import-outside-toplevel

    result = Program()("check", "--json")
    assert result.status in (0, 1) and result.document["findings"], result.err
