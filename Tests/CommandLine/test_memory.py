"""What outlives a boot: refusals by disk and network, and the card last seen at an address; what libvirt holds;
forget."""

import re

import pytest

from made_up_root import policy
from test_evidence import evidence
from test_guards import DISK, NIC, asked, disk, nic  # noqa: F401  pylint: disable=unused-import

USES = "var/lib/vfio-rebind/uses"
IDENTITIES = "var/lib/vfio-rebind/identities"


def reboot(root):
    """Nothing is mounted, systemd has not come to local-fs.target."""
    for folder in ("run/vfio-rebind",):
        for file in sorted(root.at(folder).rglob("*"), reverse=True):
            if file.is_file():
                file.unlink()
    root.write("proc/self/mountinfo", "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n")
    root.folder("run/systemd/system")


def come_up(root):
    root.link("run/systemd/units/invocation:systemd-tmpfiles-setup.service", "1" * 32)


def test_a_refused_disk_stays_refused_over_a_boot_until_it_is_seen_free(root, program, disk):
    assert disk
    root.mount("8:0", "/var/data")
    program("apply").ends(2)
    reboot(root)
    (remembered,) = evidence(program, DISK, "storage")
    assert re.fullmatch(r"remembered since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: sda is mounted on /var/data", remembered)
    assert program("apply", "--json").ends(2).document["functions"][0]["outcome"] == "refused"
    program("handle", "--action", "add", "--devpath", f"/devices/pci0000:00/{DISK}").ends(2)
    assert evidence(program, DISK, "storage") == [remembered]
    assert asked(program, DISK, "--override", "storage")[0] == "rebind"
    come_up(root)
    assert asked(program, DISK)[0] == "rebind"
    assert root.at(f"{USES}/{DISK}").exists(), "plan changes nothing"
    program("apply")
    assert not root.at(f"{USES}/{DISK}").exists()


def test_a_disk_of_the_system_is_never_passed_over_from_memory_either(root, program, disk):
    assert disk
    root.mount("8:0", "/usr")
    program("apply").ends(2)
    reboot(root)
    assert "is mounted on /usr" in evidence(program, DISK, "storage", "--override", "storage")[0]


def test_a_refused_interface_stays_refused_over_a_boot(root, program, nic):
    assert nic
    routes = root.text("proc/net/route")
    root.route_by_default("eth0")
    program("apply").ends(2)
    reboot(root)
    root.write("proc/net/route", routes)
    assert "eth0 carries the default route" in evidence(program, NIC, "network")[0]
    come_up(root)
    assert asked(program, NIC)[0] == "rebind"


def test_what_is_seen_now_comes_before_what_is_remembered(root, program, disk):
    assert disk
    root.mount("8:0", "/var/data")
    program("apply").ends(2)
    reboot(root)
    root.mount("8:0", "/srv")
    assert evidence(program, DISK, "storage") == ["sda is mounted on /srv"]


def test_another_card_at_the_address_is_not_meant(root, program, disk):
    assert disk
    root.mount("8:0", "/var/data")
    program("apply").ends(2)
    reboot(root)
    root.write(f"sys/bus/pci/devices/{DISK}/device", "0x1234\n")
    assert asked(program, DISK)[0] == "rebind"
    root.add_function("0000:0a:00.0", "8086:2922", class_code="010601", driver="ahci", group=10)
    assert "remembered since" in evidence(program, "0000:0a:00.0", "storage")[0], "the card moved to another address"


def test_forget_drops_the_evidence(root, program, disk):
    assert disk
    root.mount("8:0", "/var/data")
    program("apply").ends(2)
    reboot(root)
    document = program("forget", DISK, "--json").ends(0).document
    assert document == {
        "schema": "vfio-rebind.forget/1", "changed": True,
        "functions": [{"address": DISK, "identity": None,
                       "evidence": [{"guard": "storage", "evidence": ["sda is mounted on /var/data"]}]}]}
    assert asked(program, DISK)[0] == "rebind"
    again = program("forget", "00:1f.2").ends(0)
    assert again.out == f"{DISK}  nothing was remembered\n"


@pytest.mark.parametrize("words, status", [((), 64), (("nothing",), 64), (("0000:7f:00.0",), 0)])
def test_forget_takes_addresses(program, words, status):
    program("forget", *words).ends(status)


def test_a_damaged_memory_is_passed_over(root, program, disk):
    assert disk
    for text in ("", "vfio-rebind use 1\n", "vfio-rebind use 2\n8086:2922\nstorage 1 firm\n x\nend\n", "\0" * 70000):
        root.write(f"{USES}/{DISK}", text)
        assert asked(program, DISK)[0] == "rebind"


def test_another_card_at_an_address_that_a_policy_names_refuses(root, program, card):
    root.add_policy(policy("slot", f'address = "{NIC}"'))
    root.write(f"{IDENTITIES}/{card}", "8086:10d3\n")
    decision, guards = asked(program, card)
    assert decision == "rebind" and guards["identity"]["verdict"] == "free"
    root.write(f"{IDENTITIES}/{card}", "15b3:1003\n")
    assert evidence(program, card, "identity") == [
        f"{NIC} is 8086:10d3 now, and was 15b3:1003 when it was last passed through"]
    assert asked(program, card, "--override", "identity")[0] == "rebind"
    program("forget", card)
    assert asked(program, card)[0] == "rebind" and "identity" not in asked(program, card)[1]


def test_a_policy_that_names_the_card_does_not_ask_for_its_identity(root, program, card):
    root.add_policy(policy("slot", f'address = "{NIC}", id = "8086:10d3"'))
    root.write(f"{IDENTITIES}/{card}", "15b3:1003\n")
    decision, guards = asked(program, card)
    assert decision == "rebind" and "identity" not in guards


HOSTDEV = """<domain type='kvm'><name>db1</name><devices><hostdev mode='subsystem' type='pci' managed='%s'>
<source><address domain='0x0000' bus='0x04' slot='0x00' function='0x0'/></source></hostdev></devices></domain>"""


@pytest.mark.parametrize("file, text, state", [
    ("etc/libvirt/qemu/db1.xml", HOSTDEV, " (defined)"),
    ("run/libvirt/qemu/db1.xml", f"<domstatus state='running'>{HOSTDEV}</domstatus>", ""),
])
def test_what_libvirt_manages_is_left_to_it(root, program, nic, file, text, state):
    assert nic and "libvirt" not in asked(program, NIC)[1]
    root.write(file, text % "no")
    decision, guards = asked(program, NIC)
    assert decision == "rebind" and guards["libvirt"]["verdict"] == "free"
    root.write(file, text % "yes")
    assert evidence(program, NIC, "libvirt") == [f"held by libvirt domain db1, managed{state}"]
    assert asked(program, NIC, "--override", "libvirt")[0] == "rebind"


def test_the_pool_of_a_network_is_all_virtual_functions(root, program, nic):
    assert nic
    root.add_function("0000:04:10.0", "8086:10ed", physical_function=NIC, group=8)
    root.connect("sys/class/net/eth0/device", f"sys/devices/pci0000:00/{NIC}")
    root.add_policy(policy("vf", 'id = "8086:10ed"'), "20-vf.toml")
    assert asked(program, "0000:04:10.0")[0] == "rebind"
    root.write("etc/libvirt/qemu/networks/pool.xml",
               "<network><name>pool</name><forward mode='hostdev' managed='yes'><pf dev='eth0'/></forward></network>")
    assert evidence(program, "0000:04:10.0", "libvirt") == ["held by libvirt network pool, managed (defined)"]


def test_a_file_of_libvirt_that_does_not_read_is_unknown(root, program, nic):
    assert nic
    root.write("etc/libvirt/qemu/db1.xml", "<domain>\n<name>db1</name>\n")
    (sentence,) = evidence(program, NIC, "libvirt")
    assert sentence.startswith("/etc/libvirt/qemu/db1.xml: line 3: ")
