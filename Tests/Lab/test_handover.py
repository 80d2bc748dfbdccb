"""What `export` prints, used to its end: a QEMU that takes the card."""

from lab import inner
from steps import outcomes, plugged, program


def test_a_second_qemu_takes_the_card(machine):
    machine.install(rules=False)
    address = plugged(machine, "guest-nic")
    inner.install(machine)
    assert (0x8086, 0x10D3) not in inner.pci_devices(machine)
    assert outcomes(program(machine, "bind", address)) == {address: "rebound"}
    argument = machine.run(["vfio-rebind", "export", "qemu", address]).stdout.strip()
    assert argument == f"-device vfio-pci,host={address}"
    assert (0x8086, 0x10D3) in inner.pci_devices(machine, argument)
