"""The udev rule alone: what happens to a card that is plugged in."""

from steps import NICS, drivers_seen, log, outcomes, plugged, program, unbinds_seen, wait_driver


def unload(machine, *modules):
    machine.run(["modprobe", "-r", *modules])


def test_a_native_driver_that_is_not_loaded_never_binds(machine):
    machine.install()
    machine.policy(NICS)
    machine.run(
        "for f in /sys/bus/pci/drivers/e1000e/0000*; do echo ${f##*/} > /sys/bus/pci/drivers/e1000e/unbind; done"
    )
    unload(machine, "e1000e")
    mark = machine.mark()
    address = plugged(machine, "card")
    wait_driver(machine, address, "vfio-pci")
    machine.settle()
    assert drivers_seen(machine, mark, address) == ["vfio-pci"]
    # udev loaded the native module afterwards, and it did not get the card.
    machine.wait_for(lambda: "e1000e" in machine.run("lsmod").stdout, what="udev loads e1000e")
    assert drivers_seen(machine, mark, address) == ["vfio-pci"]
    assert f"{address}: rebound" in log(machine)


def test_a_native_driver_that_is_loaded_is_taken_over(machine):
    machine.install()
    machine.run(["modprobe", "e1000e"])
    machine.policy(NICS.replace("nics", "loaded"))
    mark = machine.mark()
    address = plugged(machine, "card")
    wait_driver(machine, address, "vfio-pci")
    assert drivers_seen(machine, mark, address) in (["e1000e", "vfio-pci"], ["vfio-pci"])
    assert program(machine, "list", address)["functions"][0]["state"] == "passthrough"


def test_two_cards_of_one_type_one_after_the_other(machine):
    machine.install()
    machine.policy(NICS)
    first = plugged(machine, "first", bus="port7")
    wait_driver(machine, first, "vfio-pci")
    mark = machine.mark()
    second = plugged(machine, "second", bus="port8")
    wait_driver(machine, second, "vfio-pci")
    assert unbinds_seen(machine, mark, first) == 0
    assert machine.driver_of(first) == "vfio-pci"


def test_a_card_that_comes_back_five_times(machine):
    machine.install()
    machine.policy(NICS)
    for _ in range(5):
        address = plugged(machine, "card")
        wait_driver(machine, address, "vfio-pci")
        assert machine.unplug("card")
        machine.wait_for(lambda: not machine.exists(address), what="the card is gone")
        machine.settle()


def test_nvme_and_virtio_net(machine):
    machine.install()
    machine.policy(
        '[[policy]]\nname = "disks"\nmatch = { class = "0108" }\n'
        '[[policy]]\nname = "virtual-nics"\nmatch = { id = "1af4:1041", address = "0000:0?:00.0" }\n')
    disk = machine.plug_disk("extra", size="64M", bus="port7")
    nic = machine.plug("virtio-net-pci", "virtual", "port8", romfile="")
    for address in (disk, nic):
        wait_driver(machine, address, "vfio-pci")
    machine.settle()
    assert outcomes(program(machine, "apply", disk)) == {disk: "already"}


def test_virtual_functions_follow_the_change_event(machine):
    machine.install()
    machine.policy('[[policy]]\nname = "vfs"\nmatch = { class = "0108", function = "virtual" }\n')
    physical = machine.plug_disk("extra", bus="port7", vfs=2)
    wait_driver(machine, physical, "nvme")
    machine.write(f"/sys/bus/pci/devices/{physical}/sriov_numvfs", "2\n")
    machine.settle()
    for number in range(2):
        link = machine.run(["readlink", f"/sys/bus/pci/devices/{physical}/virtfn{number}"]).stdout
        wait_driver(machine, link.strip().rpartition("/")[2], "vfio-pci")
    assert machine.driver_of(physical) == "nvme"
