"""What `export` prints, used to its end: a QEMU that takes the card, and the two ways of giving types to vfio-pci at
boot."""

from lab import inner
from steps import outcomes, plugged, program, wait_driver

ROCE = '[[policy]]\nname = "roce-express"\nmatch = { id = ["15b3:1003", "15b3:1004"] }\n'
CARDS = [f"0001:00:0{number}.0" for number in range(2)]


def findings(machine, status=0):
    return {each["id"]: each for each in program(machine, "check", status=status)["findings"]}


def test_a_second_qemu_takes_the_card(machine):
    machine.install(rules=False)
    address = plugged(machine, "guest-nic")
    inner.install(machine)
    assert (0x8086, 0x10D3) not in inner.pci_devices(machine)
    assert outcomes(program(machine, "bind", address)) == {address: "rebound"}
    argument = machine.run(["vfio-rebind", "export", "qemu", address]).stdout.strip()
    assert argument == f"-device vfio-pci,host={address}"
    assert (0x8086, 0x10D3) in inner.pci_devices(machine, argument)


def test_ids_of_the_module(machine):
    machine.install(rules=False)
    machine.bridge(f"add {CARDS[0]} 15b3:1003")
    wait_driver(machine, CARDS[0], "mlx4_core")
    machine.policy(ROCE)
    assert findings(machine)["boot-ids-missing"]["severity"] == "info"
    text = machine.run(["vfio-rebind", "export", "modprobe"]).stdout
    assert "options vfio-pci ids=15b3:1003,15b3:1004\nsoftdep mlx4_core pre: vfio-pci\n" in text
    machine.write("/etc/modprobe.d/vfio-rebind.conf", text)
    # As the procedure has it: the card is freed, and the module finds it.
    machine.write("/sys/bus/pci/drivers/mlx4_core/unbind", CARDS[0])
    machine.run(["modprobe", "vfio_pci"])
    wait_driver(machine, CARDS[0], "vfio-pci")
    assert "viable yes" in machine.run(["eligible", CARDS[0]]).stdout
    # As at boot: neither module is there, and udev, which knows the file, loads the native one for the card that appears.
    machine.bridge(f"remove {CARDS[0]}")
    machine.run(["udevadm", "control", "--reload"])
    machine.settle()
    machine.run(["modprobe", "-r", "vfio_pci", "mlx4_core"])
    machine.bridge(f"add {CARDS[1]} 15b3:1004")
    machine.wait_for(lambda: "mlx4_core" in machine.run("lsmod").stdout, what="udev has loaded the native driver")
    machine.settle()
    assert machine.driver_of(CARDS[1]) == "vfio-pci"
    assert findings(machine)["boot-parity"]["evidence"] == [
        "/etc/modprobe.d/vfio-rebind.conf:2: 15b3:1003,15b3:1004"]
    owner, = program(machine, "explain", CARDS[1])["owners"]
    assert owner["manager"] == "modprobe.d"


def test_ids_of_the_kernel(machine, booted_machine):
    machine.install(rules=False)
    machine.policy(ROCE)
    words = machine.run(["vfio-rebind", "export", "cmdline"]).stdout.strip()
    assert words == "vfio_pci.ids=15b3:1003,15b3:1004"
    booted = booted_machine(words)
    booted.install(rules=False)
    booted.policy(ROCE)
    found = findings(booted)
    assert found["boot-parity"]["evidence"] == ["/proc/cmdline: 15b3:1003,15b3:1004"]
    assert found["iommu"]["severity"] == found["interrupt-remapping"]["severity"] == "info"
    # vfio-pci is a module there: modprobe reads the word.
    booted.run(["modprobe", "vfio_pci"])
    booted.bridge(f"add {CARDS[0]} 15b3:1003")
    wait_driver(booted, CARDS[0], "vfio-pci")
    assert "viable yes" in booted.run(["eligible", CARDS[0]]).stdout
    assert program(booted, "explain", CARDS[0])["owners"][0]["manager"] == "kernel-command-line"
