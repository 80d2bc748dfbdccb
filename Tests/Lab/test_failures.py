"""Drivers that refuse, hang or go away."""

from steps import log, outcomes, program, start_monitor, wait_driver

CARD = "0001:00:00.0"
OTHER = "0001:00:01.0"
ROCE = '[[policy]]\nname = "roce-express"\nmatch = { id = ["15b3:1003", "15b3:1004"] }\n'


def with_cards(machine, *cards, policy=ROCE, **install):
    machine.install(**install)
    machine.run(["modprobe", "mlx4_core"])
    machine.bridge(*[f"add {card} 15b3:1003" for card in cards])
    for card in cards:
        wait_driver(machine, card, "mlx4_core")
    machine.settle()
    machine.policy(policy)


def test_a_target_that_refuses_leaves_the_native_driver(machine):
    with_cards(machine, CARD, policy=ROCE + 'driver = "standin_vfio"\nmethod = "driver_override"\n')
    machine.knob("standin_vfio", probe_errno=5)
    document = program(machine, "apply", status=1)
    (function,) = document["functions"]
    assert function["outcome"] == "failed" and function["driver"] == "mlx4_core"
    assert "EIO" in function["error"]
    assert {step["op"] for step in function["undone"]} >= {"unbind", "set_override"}
    assert machine.driver_of(CARD) == "mlx4_core"
    assert machine.read(f"/sys/bus/pci/devices/{CARD}/driver_override").strip() == "(null)"


def test_a_function_without_a_group_is_refused_before_anything_is_touched(machine):
    machine.install()
    machine.run(["modprobe", "mlx4_core"])
    machine.bridge(f"add {CARD} 15b3:1003 group=none")
    wait_driver(machine, CARD, "mlx4_core")
    machine.policy(ROCE)
    mark = machine.mark()
    (function,) = program(machine, "apply", status=2)["functions"]
    assert [each["guard"] for each in function["guards"] if each["verdict"] == "busy"] == ["iommu"]
    assert machine.driver_of(CARD) == "mlx4_core" and not machine.uevents(mark, SUBSYSTEM="pci")


def test_a_native_driver_that_fails_at_release_is_reported(machine):
    with_cards(machine, CARD)
    program(machine, "apply")
    machine.knob("mlx4_core", probe_errno=5)
    (function,) = program(machine, "release", CARD, status=1)["functions"]
    assert function["outcome"] == "failed" and "EIO" in function["error"]
    assert function["driver"] == machine.driver_of(CARD) == "vfio-pci"
    assert "it is on vfio-pci" in function["error"]
    machine.knob("mlx4_core", probe_errno=0)
    assert outcomes(program(machine, "release", CARD)) == {CARD: "released"}
    assert machine.driver_of(CARD) == "mlx4_core"


def test_what_mends_an_undo_that_the_kernel_refuses_is_said_and_works(machine):
    """Neither the target nor the native driver wants the card: the command of the message brings it back once it
    does."""
    with_cards(machine, CARD, policy=ROCE + 'driver = "standin_vfio"\nmethod = "driver_override"\n', rules=False)
    machine.knob("standin_vfio", probe_errno=5)
    machine.knob("mlx4_core", probe_errno=5)
    (function,) = program(machine, "apply", status=1)["functions"]
    assert function["outcome"] == "failed" and machine.driver_of(CARD) is None
    assert "it has no driver: mlx4_core could not be bound again (EIO)" in function["error"]
    command = function["error"].partition("to repair it, run: ")[2]
    assert command == f"echo {CARD} > /sys/bus/pci/drivers/mlx4_core/bind"
    assert machine.run(command, check=False).status != 0, "the driver still says no"
    machine.knob("mlx4_core", probe_errno=0)
    machine.run(command)
    assert machine.driver_of(CARD) == "mlx4_core"
    assert machine.read(f"/sys/bus/pci/devices/{CARD}/driver_override").strip() == "(null)"
    # The same at release: the card cannot be given back, and stays where it is.
    machine.knob("standin_vfio", probe_errno=0)
    assert outcomes(program(machine, "apply")) == {CARD: "rebound"}
    machine.knob("standin_vfio", probe_errno=5)
    machine.knob("mlx4_core", probe_errno=5)
    (function,) = program(machine, "release", CARD, status=1)["functions"]
    assert function["outcome"] == "failed" and machine.driver_of(CARD) is None
    command = function["error"].partition("to repair it, run: ")[2]
    machine.knob("standin_vfio", probe_errno=0)
    machine.run(command)
    assert machine.driver_of(CARD) == "standin_vfio"
    machine.knob("mlx4_core", probe_errno=0)
    assert outcomes(program(machine, "release", CARD)) == {CARD: "released"}
    assert machine.driver_of(CARD) == "mlx4_core"


def test_a_driver_that_never_lets_go_is_left_behind(machine):
    with_cards(machine, CARD, OTHER, policy=ROCE + 'method = "driver_override"\ntimeout = 15\n')
    machine.run(["modprobe", "vfio-pci"])
    machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
    document = program(machine, "apply", status=1)
    assert outcomes(document) == {CARD: "stuck", OTHER: "rebound"}
    assert "standin" in document["functions"][0]["error"]
    assert program(machine, "list", CARD)["functions"][0]["state"] == "stuck"
    assert outcomes(program(machine, "apply", status=1))[CARD] == "stuck"
    machine.knob("mlx4_core", remove_delay_ms=0)
    wait_driver(machine, CARD, "vfio-pci")
    assert outcomes(program(machine, "apply")) == {CARD: "already", OTHER: "already"}


def test_events_of_a_target_that_refuses_do_not_go_round_for_ever(machine):
    """The undo binds the native driver, which is an event again: after three rounds the function is left alone."""
    with_cards(machine, CARD, policy=ROCE + 'driver = "standin_vfio"\nmethod = "driver_override"\n')
    machine.knob("standin_vfio", probe_errno=5)
    mark = machine.mark()
    machine.run(["udevadm", "trigger", "--action=bind", f"/sys/bus/pci/devices/{CARD}"])
    state = lambda: program(machine, "list", CARD)["functions"][0]["state"]
    machine.wait_for(lambda: state() == "contested", what="the function is left alone")
    machine.settle()
    unbinds = len(machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=CARD))
    assert unbinds == 3
    assert log(machine).count("rebound 3 times in 60 s") == 1
    assert outcomes(program(machine, "apply")) == {CARD: "contested"}
    machine.knob("standin_vfio", probe_errno=0)
    assert outcomes(program(machine, "apply", CARD)) == {CARD: "rebound"}
    assert state() == "passthrough"


def slow_card(machine, **install):
    """A card whose driver does not let go, plugged in while the rule listens. It lets go once udevd has seen every `handle`
    of the card end."""
    machine.install(**install)
    machine.run(["modprobe", "mlx4_core"])
    machine.knob("mlx4_core", remove_delay_ms=-1)
    machine.policy('[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003", address = "0001:*" }\n')
    if install.get("unit"):
        start_monitor(machine)
    machine.run(["udevadm", "control", "--log-level=debug"])
    machine.bridge(f"add {CARD} 15b3:1003")
    machine.wait_for(lambda: handles_ended(machine), what="udevd waits for no `handle`")
    machine.knob("mlx4_core", remove_delay_ms=0)
    wait_driver(machine, CARD, "vfio-pci")
    machine.settle()


def handles_ended(machine):
    """Whether udevd has started `handle`, and has seen the end of each that it started, by its own log."""
    lines = machine.run("journalctl -b -o cat -u systemd-udevd | grep 'vfio-rebind handle'", check=False).stdout
    ends = [line for line in lines.splitlines() if ": Process" in line]
    assert all("succeeded" in line for line in ends), lines
    return 0 < lines.count(": Starting") == len(ends)


def test_udev_is_not_kept_waiting_and_a_unit_takes_over(machine):
    slow_card(machine)
    assert "handed over to vfio-rebind-finish" in log(machine)


def test_udev_is_not_kept_waiting_and_the_monitor_takes_over(machine):
    slow_card(machine, unit=True)
    assert machine.run("systemctl list-units --all 'vfio-rebind-finish*' --no-legend").stdout == ""
