"""Who uses a network card: routes of every table, what stands on its interfaces, and interfaces that went elsewhere."""

import pytest
from steps import log, outcomes, plugged, program, start_monitor, wait_driver
from test_guards import policy_for, refusal

CARD = "0001:00:00.0"


@pytest.fixture
def nic(machine):
    """A card whose interface is up without an address: that is no use yet."""
    machine.install(rules=False, unit=True)
    machine.run(["modprobe", "-a", "e1000e", "vfio-pci"])
    address = machine.address_of("nic")
    wait_driver(machine, address, "e1000e")
    machine.settle()
    (name,) = machine.interfaces_of(address)
    machine.policy(policy_for(address))
    machine.run(f"ip link set {name} up")
    machine.wait_for(lambda: machine.read(f"/sys/class/net/{name}/carrier") == "1\n", what="the link is up")
    assert is_free(machine, address)
    return address, name


def is_free(machine, address):
    (function,) = program(machine, "plan", address)["functions"]
    return function["decision"] == "rebind" and "network" in [
        each["guard"] for each in function["guards"] if each["verdict"] == "free"]


def test_routes_of_every_table_and_nexthop(machine, nic):
    address, name = nic
    machine.run(f"ip route add default dev {name} table 77")
    assert f"{name} carries the default route of table 77 (IPv4)" in refusal(machine, address, "network")
    machine.run(f"ip route flush table 77; ip -6 route add default dev {name} table 78")
    assert f"{name} carries the default route of table 78 (IPv6)" in refusal(machine, address, "network")
    machine.run(f"ip -6 route flush table 78; ip nexthop add id 5 dev {name}; ip route add default nhid 5")
    assert f"{name} carries the default route of table main (IPv4)" in refusal(machine, address, "network")
    machine.run(
        "ip route del default; ip link add dummy0 type dummy; ip link set dummy0 up; ip nexthop add id 6 dev dummy0"
    )
    machine.run("ip nexthop add id 7 group 5/6; ip route add default nhid 7 table 79")
    assert f"{name} carries the default route of table 79 (IPv4)" in refusal(machine, address, "network")
    machine.run("ip route flush table 79; ip nexthop flush")
    machine.run(f"ip route add default table 80 nexthop dev dummy0 nexthop dev {name}")
    assert f"{name} carries the default route of table 80 (IPv4)" in refusal(machine, address, "network")
    # A route to somewhere, or one that refuses, is no default route through it.
    machine.run(f"ip route flush table 80; ip route add 198.51.100.0/24 dev {name}; ip route add unreachable default")
    assert is_free(machine, address)
    assert outcomes(program(machine, "apply", address)) == {address: "rebound"}


def test_what_stands_on_an_interface(machine, nic):
    address, name = nic
    machine.run(f"ip link set {name} down; ip link add bond7 type bond; ip link set {name} master bond7")
    assert f"{name} belongs to bond7" in refusal(machine, address, "network")
    # The VLAN of a bridge over the bond: what is up there counts, with its address.
    machine.run(
        "ip link add br7 type bridge; ip link set bond7 master br7; ip link add link br7 name br7.9 type vlan id 9"
    )
    machine.run("ip link set bond7 up; ip link set br7 up; ip link set br7.9 up; ip address add 192.0.2.9/24 dev br7.9")
    machine.run("ip route add default dev br7.9")
    evidence = refusal(machine, address, "network")
    for sentence in ("bond7 belongs to br7", "br7.9 is on top of br7", "br7.9 is up with the address 192.0.2.9",
                     "br7.9 carries the default route of table main (IPv4)"):
        assert sentence in evidence, evidence
    machine.run(f"ip link del br7.9; ip link del br7; ip link set {name} nomaster; ip link del bond7")
    machine.run(f"ip link add link {name} name mac0 type macvlan")
    assert f"mac0 is on top of {name}" in refusal(machine, address, "network")
    machine.run(f"ip link del mac0; ip link add link {name} name via0 type ipvlan")
    assert f"via0 is on top of {name}" in refusal(machine, address, "network")
    machine.run(f"ip link del via0; ip link set {name} up; ip -6 address add 2001:db8::1/64 dev {name} nodad")
    assert f"{name} is up with the address 2001:db8::1" in refusal(machine, address, "network")
    machine.run(f"ip address flush dev {name}")
    assert is_free(machine, address)
    machine.run(f"modprobe openvswitch; vswitch ovs0 {name}")
    assert f"{name} belongs to ovs0" in refusal(machine, address, "network")


def test_an_interface_that_went_to_another_namespace(machine, nic):
    """A namespace without a process; the monitor looks, from its sandbox, as the command line does."""
    address, name = nic
    machine.run(f"ip netns add away; ip link set {name} netns away")
    assert machine.interfaces_of(address) == []
    assert f"{name} is in the network namespace /run/netns/away" in refusal(machine, address, "network")
    machine.policy("")
    start_monitor(machine)
    machine.policy(policy_for(address))
    refused = f"{name} is in the network namespace /run/netns/away"
    machine.wait_for(lambda: refused in log(machine), what="the monitor refuses")
    assert machine.driver_of(address) == "e1000e"
    # It comes home and nobody uses it. For a minute that counts as nothing, since it has just come; unless somebody
    # says so.
    machine.run(f"ip netns exec away ip link set {name} netns 1; ip netns del away; udevadm settle")
    assert "remembered since" in refusal(machine, address, "network")
    machine.run(["vfio-rebind", "forget", address])
    machine.run(f"udevadm trigger --action=change /sys/bus/pci/devices/{address}")
    wait_driver(machine, address, "vfio-pci")


def test_a_card_that_comes_back_is_not_taken_before_it_is_used_again(machine):
    """The host is fully up, and the new interface has neither address nor route yet: its manager has only just heard of
    it."""
    machine.install()
    machine.run(["modprobe", "-a", "e1000e", "vfio-pci"])
    address = plugged(machine, "card")
    wait_driver(machine, address, "e1000e")
    (name,) = machine.interfaces_of(address)
    machine.run(f"ip link set {name} up; ip address add 192.0.2.1/24 dev {name}")
    machine.policy(policy_for(address))
    assert f"{name} is up with the address 192.0.2.1" in refusal(machine, address, "network")
    assert machine.unplug("card") and not machine.exists(address)
    mark = machine.mark()
    assert plugged(machine, "card") == address
    wait_driver(machine, address, "e1000e")
    machine.settle()
    assert [event["DRIVER"] for event in machine.uevents(mark, ACTION="bind", PCI_SLOT_NAME=address)] == ["e1000e"]
    assert f"{address}: refused" in log(machine) and "remembered since" in refusal(machine, address, "network")
    machine.run(["vfio-rebind", "forget", address])
    machine.run(f"udevadm trigger --action=change /sys/bus/pci/devices/{address}")
    wait_driver(machine, address, "vfio-pci")


def test_two_ports_of_one_function_count_together(machine):
    machine.install(rules=False)
    machine.run(["modprobe", "-a", "vfio-pci"])
    machine.knob("mlx4_core", netdev=2)
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")
    machine.settle()
    machine.policy(policy_for(CARD))
    first, second = sorted(machine.interfaces_of(CARD))
    assert is_free(machine, CARD)
    machine.run(f"ip link set {second} up; ip address add 192.0.2.7/24 dev {second}")
    assert f"{second} is up with the address 192.0.2.7" in refusal(machine, CARD, "network")
    machine.run(f"ip address flush dev {second}; ip netns add away; ip link set {first} netns away")
    assert f"{first} is in the network namespace /run/netns/away" in refusal(machine, CARD, "network")
