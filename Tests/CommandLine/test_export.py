"""`export`: what others need, and what is left out because a present function has to stay."""

import shutil
import subprocess

import pytest

from made_up_root import RELEASE, policy
from program import PROJECT

BOOT_KINDS = ["modprobe", "cmdline", "initramfs"]
ROCE = policy("roce", 'id = ["15b3:1003", "15b3:1004"]')


@pytest.fixture
def intel(root):
    """A processor of Intel's."""
    root.write("proc/cpuinfo", "vendor_id\t: GenuineIntel\n")
    root.write("proc/cmdline", "root=/dev/vda quiet\n")


def many_ids(count):
    """A policy of so many types; each takes ten characters with its comma."""
    names = ", ".join(f'"15b3:{0x2000 + number:04x}"' for number in range(count))
    return policy("many", f"id = [{names}]")


def test_modprobe_names_the_types_and_the_modules_that_must_wait(root, program):
    root.add_function("0001:00:00.0", "15b3:1003", driver="mlx4_core", group=1)
    root.add_policy(ROCE)
    result = program("export", "modprobe").ends(0)
    lines = [line for line in result.out.splitlines() if not line.startswith("#")]
    assert lines == ["options vfio-pci ids=15b3:1003,15b3:1004", "softdep mlx4_core pre: vfio-pci"]
    assert result.err == ""


def test_modules_of_absent_types_come_from_the_aliases(root, program):
    root.write(
        f"lib/modules/{RELEASE}/modules.alias",
        "# Aliases\nalias pci:v000015B3d00001004sv*sd*bc*sc*i* mlx4_core\nalias pci:v00008086d*sv*sd*bc*sc*i* other\n"
        "alias pci:v*d*sv*sd*bc01sc08i02* nvme\nalias vfio_pci:v000015B3d00001004sv*sd*bc*sc*i* mlx5_vfio_pci\n")
    root.add_policy(ROCE)
    assert "softdep mlx4_core pre: vfio-pci\n" in (out := program("export", "modprobe").ends(0).out)
    assert "nvme" not in out and "other" not in out and "mlx5" not in out


def test_a_built_in_native_driver_gets_no_softdep(root, program, card):
    root.write(f"lib/modules/{RELEASE}/modules.builtin", "kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko\n")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert "softdep" not in program("export", "modprobe").ends(0).out


@pytest.mark.parametrize("kind", BOOT_KINDS)
def test_a_type_that_a_present_function_shares_which_stays_is_left_out(root, program, card, kind):
    root.add_function("0000:05:00.0", "15b3:1003", driver="mlx4_core", group=8)
    root.add_function("0000:06:00.0", "15b3:1003", driver="mlx4_core", group=9)
    root.add_policy(policy("stays", 'address = "0000:06:00.0"', action='"ignore"') + ROCE)
    result = program("export", kind).ends(2)
    assert "15b3:1004" in result.out and "15b3:1003" not in result.out
    assert "15b3:1003 is omitted: it is also used by 0000:06:00.0, which must stay: " in result.err


@pytest.mark.parametrize("kind", BOOT_KINDS)
def test_a_refused_function_keeps_its_type_out(root, program, kind):
    root.add_function("0000:05:00.0", "144d:a808", class_code="010802", driver="nvme", group=8)
    root.add_disk("0000:05:00.0", "nvme0n1", "259:0")
    root.mount("259:0", "/var")
    root.add_policy(policy("disks", 'id = "144d:a808"'))
    result = program("export", kind).ends(2)
    assert result.out == "" and "144d:a808" in result.err and "mounted on /var" in result.err


def test_a_narrow_policy_gives_a_type_only_if_all_of_it_go(root, program, card):
    root.add_policy(policy("one", f'address = "{card}"'))
    assert "ids=8086:10d3\n" in program("export", "modprobe").ends(0).out
    root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    result = program("export", "modprobe").ends(2)
    assert result.out == "" and "no policy matches it, and it is bound to e1000e" in result.err


@pytest.mark.parametrize("kind", BOOT_KINDS)
def test_the_kernel_reads_1023_characters(root, program, kind):
    root.add_function("0000:04:00.0", group=1)
    root.add_policy(many_ids(102))
    assert program("export", kind).ends(0).out.count("15b3:2065") == 1
    root.add_policy(many_ids(103))
    result = program("export", kind).ends(1)
    assert result.out == "" and "1029 characters" in result.err


def test_cmdline_has_the_ids(root, program, card, intel):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert program("export", "cmdline").ends(0).out == "vfio_pci.ids=8086:10d3\n"


def test_cmdline_switches_the_iommu_of_intel_on_where_it_is_off(root, program, intel):
    root.add_function("0000:04:00.0", driver="e1000e")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert program("export", "cmdline").ends(0).out == "intel_iommu=on vfio_pci.ids=8086:10d3\n"
    assert program("export", "modprobe").ends(2).out == ""


def test_amd_has_no_word_for_its_iommu(root, program):
    root.write("proc/cpuinfo", "vendor_id\t: AuthenticAMD\n")
    root.add_function("0000:04:00.0", driver="e1000e")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert program("export", "cmdline").ends(0).out == "vfio_pci.ids=8086:10d3\n"


def test_a_built_in_vfio_pci_reads_the_command_line_alone(root, program, card):
    root.write(f"lib/modules/{RELEASE}/modules.builtin", "kernel/drivers/vfio/pci/vfio-pci.ko\n")
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    assert "export cmdline" in program("export", "modprobe").ends(0).err
    result = program("export", "cmdline").ends(0)
    assert result.out == "vfio_pci.ids=8086:10d3\n" and result.err == ""


def test_initramfs_gives_the_files_of_both_kinds(root, program, card, tmp_path):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    files = {each["path"]: each for each in program("export", "initramfs", "--json").ends(0).document["files"]}
    assert "options vfio-pci ids=8086:10d3\n" in files["/etc/modprobe.d/vfio-rebind.conf"]["text"]
    hook = files["/etc/initramfs-tools/hooks/vfio-rebind"]
    assert hook["mode"] == "755" and "force_load vfio-pci\n" in hook["text"]
    for path in ("/etc/initramfs-tools/hooks/vfio-rebind", "/etc/dracut.conf.d/vfio-rebind.conf"):
        script = tmp_path / "script"
        script.write_text(files[path]["text"], encoding="utf-8")
        subprocess.run(["bash", "-n", script], check=True)
    text = program("export", "initramfs").out
    assert all(f"# {path}, mode 0" in text for path in files)


def test_udev_asks_for_vendor_and_device(root, program):
    root.add_policy(ROCE + policy("vendor", 'id = "10de:*"') + policy("class", 'class = "0108"')
                    + policy("not", 'id = "1234:5678"', action='"ignore"') + policy("one", 'address = "05:00.0"'))
    out = program("export", "udev").ends(0).out
    for term in ('ATTR{vendor}=="0x15b3", ATTR{device}=="0x1003", GOTO="vfio_rebind_handle"',
                 '\nATTR{vendor}=="0x10de", GOTO="vfio_rebind_handle"', 'ATTR{class}=="0x0108??"',
                 'KERNEL=="0000:05:00.0"', 'RUN+="/usr/sbin/vfio-rebind handle"'):
        assert term in out, term
    assert "0x1234" not in out
    labels = {line for line in out.split() if line.startswith("LABEL")}
    assert labels == {'LABEL="vfio_rebind_handle"', 'LABEL="vfio_rebind_end"'}


def test_udev_keeps_access_and_lets_mates_pass(root, program):
    root.add_function("0000:01:00.0", "10de:2204", class_code="030000", driver="vfio-pci", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", class_code="040300", driver="snd_hda_intel", group=1)
    root.add_policy(policy("gpu", 'id = "10de:2204"', group='"whole"') + policy("slot", 'slot = "3"'))
    out = program("export", "udev").ends(0).out
    general = (PROJECT / "udev-rules/60-vfio-rebind.rules").read_text(encoding="utf-8")
    access, = [line for line in general.splitlines() if line.startswith("ACTION") and "vfio-dev" in line]
    assert f"\n{access}\n" in out
    assert 'ATTR{vendor}=="0x10de", ATTR{device}=="0x1aef", GOTO="vfio_rebind_handle"' in out
    assert "# Policy slot matches by what udev cannot compare: every function passes." in out


def test_qemu_is_one_argument(program, card):
    result = program("export", "qemu", "04:00.0").ends(0)
    assert result.out == f"-device vfio-pci,host={card}\n"
    assert "it is bound to e1000e" in result.err


DOMAIN = """<domain type='{kind}'><name>guest</name><memory>262144</memory><os><type arch='{arch}'>hvm</type></os>
<devices>{device}</devices></domain>
"""


@pytest.mark.parametrize("zpci", [None, ("0x20", "0x000000ab"), ("0x0", "0x00000001")])
@pytest.mark.parametrize("address", ["0001:00:00.0", "0000:5e:1f.7"])
def test_libvirt_takes_the_element(root, program, tmp_path, address, zpci):
    validate = shutil.which("virt-xml-validate")
    assert validate, "virt-xml-validate is missing: apt-get install libvirt-clients"
    root.add_function(address, "15b3:1003", driver="vfio-pci", group=1)
    if zpci:
        root.write(f"{root.device(address)}/uid", zpci[0] + "\n")
        root.write(f"{root.device(address)}/function_id", zpci[1] + "\n")
    result = program("export", "libvirt", address).ends(0)
    assert result.err == "" and "managed='no'" in result.out
    assert ("<zpci" in result.out) == (zpci is not None)
    domain = tmp_path / "domain.xml"
    domain.write_text(
        DOMAIN.format(kind="kvm", arch="s390x" if zpci else "x86_64", device=result.out), encoding="utf-8"
    )
    done = subprocess.run([validate, domain, "domain"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + result.out


def test_kubevirt_lists_every_type(root, program, card):
    root.add_policy(ROCE + policy("one", f'address = "{card}"'))
    out = program("export", "kubevirt").ends(0).out
    assert [line.split('"')[1] for line in out.splitlines() if "pciVendorSelector" in line] == [
        "15b3:1003", "15b3:1004", "8086:10d3"]
    assert 'resourceName: "vfio-rebind/15b3-1003"' in out and "permittedHostDevices:" in out


def test_without_policies_there_is_nothing_to_export(program, card):
    for kind in BOOT_KINDS:
        result = program("export", kind).ends(0)
        assert result.out == "" and "nothing to export" in result.err


def test_the_document_names_what_is_left_out(root, program, card):
    root.add_function("0000:05:00.0", "8086:10d3", driver="e1000e", group=8)
    root.add_policy(policy("one", f'address = "{card}"'))
    document = program("export", "modprobe", "--json").ends(2).document
    assert document["ids"] == [] and document["files"] == []
    assert [(each["id"], each["address"]) for each in document["left_out"]] == [("8086:10d3", "0000:05:00.0")]


@pytest.mark.parametrize("words", [
    (), ("floppy",), ("libvirt",), ("qemu",), ("modprobe", "04:00.0"), ("udev", "04:00.0"), ("qemu", "nonsense"),
])
def test_wrong_usage_is_64(program, card, words):
    program("export", *words).ends(64)


def test_a_function_that_is_not_there_is_69(program, card):
    program("export", "qemu", "0f:00.0").ends(69)


def test_changes_nothing(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"'))
    before = root.fingerprint()
    for kind in (*BOOT_KINDS, "udev", "kubevirt"):
        program("export", kind)
    assert root.fingerprint() == before
