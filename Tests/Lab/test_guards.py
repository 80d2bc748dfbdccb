"""What must stay with the host stays, with the reason."""

from steps import outcomes, program, wait_driver


def refusal(machine, address, guard):
    """apply refuses, with evidence; nothing was written."""
    mark = machine.mark()
    driver = machine.driver_of(address)
    document = program(machine, "apply", address, status=2)
    (function,) = [each for each in document["functions"] if each["address"] == address]
    assert function["outcome"] == "refused" and not function["steps"], function
    assert machine.driver_of(address) == driver
    assert not machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=address)
    (finding,) = [each for each in function["guards"] if each["guard"] == guard]
    assert finding["verdict"] == "busy"
    return " ".join(finding["evidence"])


def policy_for(address, more=""):
    return f'[[policy]]\nname = "wanted"\nmatch = {{ address = "{address}" }}\n{more}'


def test_the_root_disk_stays_whatever_is_overridden(machine):
    machine.install()
    disk = machine.address_of("disk")
    machine.policy(policy_for(disk, 'guards = { storage = "off" }\n'))
    assert "is mounted on /" in refusal(machine, disk, "storage")
    program(machine, "apply", disk, "--override", "storage", status=2)


def test_the_interface_with_the_default_route_stays(machine):
    machine.install()
    nic = machine.address_of("nic")
    machine.run(["modprobe", "e1000e"])
    wait_driver(machine, nic, "e1000e")
    machine.settle()
    name = machine.run(["ls", f"/sys/bus/pci/devices/{nic}/net"]).stdout.strip()
    machine.policy(policy_for(nic))
    machine.run(f"ip link set {name} up; ip address add 192.0.2.1/24 dev {name}; ip route add default via 192.0.2.2")
    evidence = refusal(machine, nic, "network")
    assert (
        f"{name} carries the default route of table main (IPv4)" in evidence
        and f"{name} is up with the address 192.0.2.1" in evidence
    )
    machine.run(f"ip route del default; ip address flush dev {name}; ip -6 route add default dev {name}")
    assert f"{name} carries the default route of table main (IPv6)" in refusal(machine, nic, "network")
    machine.run(f"ip -6 route del default; ip link set {name} down")
    machine.run(f"ip link add bridge0 type bridge; ip link set {name} master bridge0")
    assert f"{name} belongs to bridge0" in refusal(machine, nic, "network")
    machine.run(f"ip link set {name} nomaster; ip link add link {name} name vlan5 type vlan id 5")
    assert f"vlan5 is on top of {name}" in refusal(machine, nic, "network")
    machine.run("ip link del vlan5")
    assert outcomes(program(machine, "apply", nic)) == {nic: "rebound"}


def test_swap_and_holders(machine):
    machine.install()
    disk = machine.plug_disk("second", size="64M")
    wait_driver(machine, disk, "nvme")
    machine.settle()
    node = machine.run(f"basename /sys/bus/pci/devices/{disk}/nvme/*/nvme*n*").stdout.strip()
    machine.policy(policy_for(disk))
    machine.run(f"mkswap /dev/{node} && swapon /dev/{node}")
    assert f"{node} is swap" in refusal(machine, disk, "storage")
    machine.run(f"swapoff /dev/{node}; mkfs.ext4 -q -F /dev/{node}; mkdir -p /var/data; mount /dev/{node} /var/data")
    assert f"{node} is mounted on /var/data" in refusal(machine, disk, "storage")
    machine.run("umount /var/data")
    assert outcomes(program(machine, "apply", disk)) == {disk: "rebound"}


def test_a_physical_function_with_virtual_ones_stays(machine):
    machine.install()
    disk = machine.plug_disk("second", vfs=2)
    wait_driver(machine, disk, "nvme")
    machine.write(f"/sys/bus/pci/devices/{disk}/sriov_numvfs", "2\n")
    machine.policy(policy_for(disk))
    assert "2 of its virtual functions are enabled" in refusal(machine, disk, "vfs")


def test_a_member_of_a_group_that_the_host_uses_stays(machine):
    machine.install()
    machine.run(["modprobe", "e1000"])
    first, second = machine.address_of("pair0"), machine.address_of("pair1")
    for address in (first, second):
        wait_driver(machine, address, "e1000")
    machine.policy(policy_for(first))
    assert f"{second} stays with e1000" in refusal(machine, first, "group")
    machine.policy(policy_for(first, 'group = "whole"\n'))
    document = program(machine, "apply", first)
    assert outcomes(document) == {first: "rebound", second: "rebound"}
    assert "viable yes" in machine.run(["eligible", first]).stdout


def test_a_bridge_is_never_taken(machine):
    machine.install()
    port = machine.run("basename $(dirname $(readlink -f /sys/bus/pci/devices/%s))" % machine.address_of("nic")).stdout
    machine.policy(policy_for(port.strip()))
    assert "bridge" in refusal(machine, port.strip(), "bridge")


def test_a_function_in_use_is_not_released(machine):
    machine.install()
    machine.run(["modprobe", "e1000e"])
    nic = machine.address_of("nic")
    wait_driver(machine, nic, "e1000e")
    program(machine, "bind", nic)
    held = machine.start(["eligible", "--hold", nic])
    held.wait_output("holding")
    mark = machine.mark()
    document = program(machine, "release", nic, status=2)
    assert outcomes(document) == {nic: "refused"} and "eligible" in document["functions"][0]["error"]
    assert not machine.uevents(mark, ACTION="unbind")
    held.close()
    held.wait()
    machine.wait_for(lambda: machine.read(f"/sys/bus/pci/devices/{nic}/enable") == "0\n")
    assert outcomes(program(machine, "release", nic)) == {nic: "released"}
