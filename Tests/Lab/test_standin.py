"""The lab's own tests, of the cards that QEMU does not have, their drivers and the tools beside them."""

import pytest
from steps import wait_driver

CARD = "0001:00:00.0"
OTHER = "0001:00:01.0"


def write_driver(machine, driver, file, text):
    machine.write(f"/sys/bus/pci/drivers/{driver}/{file}", text)


def test_standin_card_is_loaded_and_bound_by_udev(machine):
    assert "mlx4_core" not in machine.run("lsmod").stdout
    machine.bridge(f"add {CARD} 15b3:1003 serial=0002c90300a1b2c3", f"add {OTHER} 15b3:1004")
    wait_driver(machine, OTHER, "mlx4_core")
    assert machine.driver_of(CARD) == "mlx4_core"
    assert machine.group_of(CARD) != machine.group_of(OTHER)
    assert "00-02-c9-03-00-a1-b2-c3" in machine.run(["lspci", "-D", "-vv", "-s", "0001:00:00.0"]).stdout
    machine.bridge(f"remove {CARD}")
    assert not machine.exists(CARD) and machine.exists(OTHER)


def test_standin_groups(machine):
    machine.bridge("add 01:00.0 10de:2204 class=030000 group=7", "add 01:00.1 10de:1aef class=040300 group=7")
    machine.bridge("add 02:00.0 15b3:1003 group=none", "add 02:00.1 15b3:1003")
    shared = machine.group_of("0001:01:00.0")
    assert shared and shared == machine.group_of("0001:01:00.1")
    assert machine.group_of("0001:02:00.0") is None
    assert machine.group_of("0001:02:00.1") not in (None, shared)
    machine.run(["modprobe", "vfio-pci"])
    wait_driver(machine, "0001:02:00.0", "mlx4_core")
    write_driver(machine, "mlx4_core", "unbind", "0001:02:00.0")
    machine.write("/sys/bus/pci/devices/0001:02:00.0/driver_override", "vfio-pci")
    with pytest.raises(OSError, match="Errno 22"):
        write_driver(machine, "vfio-pci", "bind", "0001:02:00.0")


def test_standin_card_has_interfaces(machine):
    machine.knob("mlx4_core", netdev=2)
    machine.bridge(f"add {CARD} 15b3:1003")
    machine.settle()
    assert len(machine.run(["ls", f"/sys/bus/pci/devices/{CARD}/net"]).stdout.split()) == 2
    write_driver(machine, "mlx4_core", "unbind", CARD)
    assert "15b3" not in machine.run("ip -o link").stdout


def test_card_goes_to_a_virtual_machine_monitor(machine):
    """new_id as in a shell, then what QEMU would do with the card."""
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")
    assert machine.run(["eligible", CARD], check=False).status == 1
    machine.run(["modprobe", "vfio-pci"])
    write_driver(machine, "mlx4_core", "unbind", CARD)
    write_driver(machine, "vfio-pci", "new_id", "15b3 1003")
    assert machine.driver_of(CARD) == "vfio-pci"
    assert "viable yes" in machine.run(["eligible", CARD]).stdout
    held = machine.start(["eligible", "--hold", CARD])
    held.wait_output("holding")
    assert machine.read(f"/sys/bus/pci/devices/{CARD}/enable") == "1\n"
    held.close()
    assert held.wait().status == 0
    machine.wait_for(lambda: machine.read(f"/sys/bus/pci/devices/{CARD}/enable") == "0\n")


def test_remove_that_does_not_end(machine):
    machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
    machine.bridge(f"add {CARD} 15b3:1003", f"add {OTHER} 15b3:1003")
    wait_driver(machine, OTHER, "mlx4_core")
    stuck = machine.start(f"echo $$; exec writes <<END\n/sys/bus/pci/drivers/mlx4_core/unbind\t{CARD}\nEND")
    stuck.wait_output("\n")
    process = stuck.stdout.strip()
    machine.wait_for(lambda: machine.read(f"/proc/{process}/stat").split()[2] == "D")
    assert "standin" in machine.read(f"/proc/{process}/wchan")
    machine.run(["kill", "-9", process])
    assert machine.driver_of(CARD) is None  # the link goes before remove() begins
    write_driver(machine, "mlx4_core", "unbind", OTHER)
    assert machine.driver_of(OTHER) is None and stuck.running
    machine.knob("mlx4_core", remove_delay_ms=0)
    assert stuck.wait(10).status == -9


def test_probe_that_fails(machine):
    machine.knob("standin_vfio", probe_errno=5)
    machine.bridge(f"add {CARD} 1234:5678", f"add {OTHER} 1d6b:7f10")
    for address in (CARD, OTHER):
        machine.write(f"/sys/bus/pci/devices/{address}/driver_override", "standin_vfio")
        with pytest.raises(OSError, match="Errno 5"):
            write_driver(machine, "standin_vfio", "bind", address)
    machine.knob("standin_vfio", probe_errno=0)
    write_driver(machine, "standin_vfio", "bind", CARD)
    assert "viable yes" in machine.run(["eligible", CARD]).stdout
    assert "vfio_pci:v00001D6Bd00007F10" in machine.run("cat /lib/modules/$(uname -r)/modules.alias").stdout


def test_surprise_removal(machine):
    machine.bridge(f"add {CARD} 15b3:1003", f"lose {CARD}")
    machine.settle()
    assert set(machine.run(f"od -An -tx1 -N4 /sys/bus/pci/devices/{CARD}/config").stdout.split()) == {"ff"}
    mark = machine.mark()
    machine.bridge(f"surprise {CARD}")
    machine.wait_uevent(mark, ACTION="remove", PCI_SLOT_NAME=CARD)


def test_many_cards_at_once(machine):
    mark = machine.mark()
    machine.bridge("fill 200 0 15b3:1003")
    machine.wait_for(lambda: len(machine.uevents(mark, ACTION="bind", DRIVER="mlx4_core")) == 200)
    groups = machine.run("readlink /sys/bus/pci/devices/0001:*/iommu_group").stdout.split()
    assert len(set(groups)) == 200


def test_writes_of_a_script(machine):
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")
    drivers = "/sys/bus/pci/drivers"
    override = f"/sys/bus/pci/devices/{CARD}/driver_override"
    script = [
        (f"{drivers}/mlx4_core/unbind\t{CARD}\\n", "ok", "none"),
        (f"{drivers}/mlx4_core/unbind\t{CARD}", "ENODEV", "none"),
        (f"{override}\tstandin_c", "ok", "none"),
        (f"{override}\t", "ok", "none"),
        (f"{drivers}/nowhere/bind\t{CARD}", "ENOENT", "none"),
        (f"{drivers}/mlx4_core/bind\t{CARD}\\x0a", "ENODEV", "none"),
        (f"{override}\t\\n", "ok", "none"),
        (f"{drivers}/mlx4_core/bind\t{CARD}\\012", "ok", "mlx4_core"),
        (f"unplug {CARD}", "ok", "-"),
        (f"{drivers}/mlx4_core/bind\t{CARD}", "ENODEV", "-"),
        (f"plug {CARD}", "ok", "mlx4_core"),
    ]
    lines = "".join(line + "\n" for line, _, _ in script)
    printed = machine.run(["writes", CARD, "0001:00:02.0"], input=lines).stdout
    assert printed == "".join(f"{result}\t{driver}\t-\n" for _, result, driver in script)
