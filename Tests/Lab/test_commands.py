"""apply and release on cards that were there before."""

from steps import NICS, errno_of, outcomes, program, wait_driver


def interfaces(machine, address):
    return machine.run(["ls", f"/sys/bus/pci/devices/{address}/net"], check=False).stdout.split()


def test_ids_and_classes_are_those_that_stand_in_files_of_their_own(machine):
    """The program reads all of them from `modalias`."""
    machine.install(rules=False)
    machine.bridge("add 0001:00:01.0 15b3:1003 subsystem=15b3:0061 class=0x020700")
    files = ["vendor", "device", "subsystem_vendor", "subsystem_device", "class"]
    listed = machine.run(f"cd /sys/bus/pci/devices; for f in *; do (cd $f; echo $f $(cat {' '.join(files)})); done")
    found = {}
    for address, *texts in map(str.split, listed.stdout.splitlines()):
        vendor, device, subsystem_vendor, subsystem_device, code = (text.removeprefix("0x") for text in texts)
        found[address] = (f"{vendor}:{device}", f"{subsystem_vendor}:{subsystem_device}", code)
    assert found["0001:00:01.0"] == ("15b3:1003", "15b3:0061", "020700")
    functions = program(machine, "list")["functions"]
    assert {each["address"]: (each["id"], each["subsystem"], each["class"]) for each in functions} == found


def test_apply_and_release_bring_the_interface_back_and_hold(machine):
    machine.install()
    machine.run(["modprobe", "e1000e"])
    address = machine.address_of("nic")
    wait_driver(machine, address, "e1000e")
    name = interfaces(machine, address)
    machine.policy(NICS)
    assert outcomes(program(machine, "apply"))[address] == "rebound"
    assert machine.driver_of(address) == "vfio-pci"
    again = program(machine, "apply")
    assert outcomes(again)[address] == "already" and not again["changed"]
    assert outcomes(program(machine, "release", address)) == {address: "released"}
    assert machine.driver_of(address) == "e1000e"
    machine.settle()
    assert interfaces(machine, address) == name
    # Held: neither the events of the native driver nor apply take it again.
    assert outcomes(program(machine, "apply"))[address] == "held"
    machine.run(["udevadm", "trigger", "--action=bind", f"/sys/bus/pci/devices/{address}"])
    machine.settle()
    assert machine.driver_of(address) == "e1000e"
    assert program(machine, "list", address)["functions"][0]["state"] == "held"
    assert outcomes(program(machine, "apply", address)) == {address: "rebound"}
    assert outcomes(program(machine, "release", "--all"))[address] == "released"
    # Nothing of ours is left: the id is unknown again.
    assert errno_of(machine, "/sys/bus/pci/drivers/vfio-pci/remove_id", "8086 10d3") == "ENODEV"


def test_each_named_function_finds_the_driver_that_none_has_loaded_yet(machine):
    """Two workers at once: neither counts on the other to load the module first."""
    machine.install(rules=False)
    machine.run(["modprobe", "-a", "mlx4_core", "e1000e"])
    card, nic = "0001:00:00.0", machine.address_of("nic")
    machine.bridge(f"add {card} 15b3:1003")
    for address, driver in {card: "mlx4_core", nic: "e1000e"}.items():
        wait_driver(machine, address, driver)
    machine.policy(
        "".join(f'[[policy]]\nname = "p{address[3]}"\nmatch = {{ address = "{address}" }}\n' for address in (card, nic))
    )
    assert not machine.run("lsmod | grep -w vfio_pci", check=False).stdout
    assert outcomes(program(machine, "apply", nic, card)) == {nic: "rebound", card: "rebound"}


def test_bind_by_hand(machine):
    machine.install()
    machine.run(["modprobe", "e1000e"])
    address = machine.address_of("nic")
    wait_driver(machine, address, "e1000e")
    document = program(machine, "bind", address)
    assert outcomes(document) == {address: "rebound"}
    assert [step["op"] for step in document["functions"][0]["steps"]][-3:] == ["set_override", "unbind", "bind"]
    machine.policy('[[policy]]\nname = "leave"\nmatch = { id = "8086:10d3" }\naction = "ignore"\n')
    program(machine, "apply")
    assert machine.driver_of(address) == "vfio-pci"
    assert outcomes(program(machine, "release", address)) == {address: "released"}
    assert machine.driver_of(address) == "e1000e"
    assert machine.read(f"/sys/bus/pci/devices/{address}/driver_override").strip() == "(null)"


def test_every_beginning_ends_on_vfio(machine):
    """No driver; a stale override; vfio-pci not loaded; an id that somebody registered before."""
    machine.install(rules=False)
    machine.run(["modprobe", "e1000e"])
    address = machine.address_of("nic")
    wait_driver(machine, address, "e1000e")
    machine.policy(NICS)
    device = f"/sys/bus/pci/devices/{address}"
    assert not machine.run("lsmod | grep -w vfio_pci", check=False).stdout
    assert outcomes(program(machine, "apply"))[address] == "rebound"
    program(machine, "release", "--all")
    program(machine, "bind", address)
    program(machine, "release", address)

    machine.write("/sys/bus/pci/drivers/e1000e/unbind", address)
    assert outcomes(program(machine, "apply", address))[address] == "rebound"
    assert outcomes(program(machine, "release", address))[address] == "released"
    assert machine.driver_of(address) is None, "a recorded driver of none stays none"

    machine.write(f"{device}/driver_override", "pci-stub\n")
    assert outcomes(program(machine, "apply", address))[address] == "rebound"
    program(machine, "release", address)
    assert machine.read(f"{device}/driver_override").strip() == "pci-stub"
    machine.write(f"{device}/driver_override", "\n")
    machine.write("/sys/bus/pci/drivers/e1000e/bind", address)

    machine.write("/sys/bus/pci/drivers/vfio-pci/new_id", "8086 10d3")
    document = program(machine, "apply", address)
    assert outcomes(document)[address] == "rebound"
    assert "EEXIST" in [step["result"] for step in document["functions"][0]["steps"]]
    program(machine, "release", "--all")
    # Not ours, so not removed.
    machine.write("/sys/bus/pci/drivers/vfio-pci/remove_id", "8086 10d3")


def test_a_driver_that_is_built_in(machine):
    """Debian's kernel has the driver of serial cards built in: nothing could be unloaded or blocked there."""
    machine.install(rules=False)
    address = machine.plug("pci-serial", "line")
    wait_driver(machine, address, "serial")
    assert "8250_pci.ko" in machine.run("cat /lib/modules/$(uname -r)/modules.builtin").stdout
    assert not machine.run("lsmod | grep -w 8250_pci", check=False).stdout
    machine.policy('[[policy]]\nname = "line"\nmatch = { id = "1b36:0002" }\n')
    assert outcomes(program(machine, "apply"))[address] == "rebound"
    assert machine.driver_of(address) == "vfio-pci"
    assert outcomes(program(machine, "apply"))[address] == "already"
    assert outcomes(program(machine, "release", address)) == {address: "released"}
    assert machine.driver_of(address) == "serial"


def test_a_virtual_function_without_autoprobe(machine):
    machine.install(rules=False)
    physical = machine.plug_disk("extra", bus="port7", vfs=1)
    wait_driver(machine, physical, "nvme")
    machine.write(f"/sys/bus/pci/devices/{physical}/sriov_drivers_autoprobe", "0\n")
    machine.write(f"/sys/bus/pci/devices/{physical}/sriov_numvfs", "1\n")
    virtual = machine.run(["readlink", f"/sys/bus/pci/devices/{physical}/virtfn0"]).stdout.strip().rpartition("/")[2]
    machine.policy('[[policy]]\nname = "vfs"\nmatch = { class = "0108", function = "virtual" }\n')
    assert outcomes(program(machine, "apply"))[virtual] == "rebound"
    assert machine.driver_of(virtual) == "vfio-pci"
