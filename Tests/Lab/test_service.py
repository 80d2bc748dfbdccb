"""The monitor as a service: what it says to systemd, what it survives, and what it does with bad input."""

import json

from service import CARD, OTHER, ROCE, SETTINGS, STATUS, show, status, wait_log, wait_status, with_cards
from steps import (NICS, hanging_workers, log, monitor_switches, plugged, program, start_monitor, wait_driver,
                   wait_quiet)  # fmt: skip


def test_what_it_says_to_systemd_and_to_users(machine):
    with_cards(machine, CARD)
    assert status(machine)["pid"] is None
    start_monitor(machine)
    assert machine.driver_of(CARD) == "vfio-pci"  # ready is said after the first look
    known = wait_status(machine, lambda known: known["counters"]["rebound"] == 1, "the status is written")
    assert known["pid"] == int(show(machine, "MainPID"))
    (function,) = known["functions"]
    assert (function["address"], function["driver"], function["state"]) == (CARD, "vfio-pci", "passthrough")
    assert "rebound 1" in show(machine, "StatusText")
    as_nobody = machine.run("setpriv --reuid=65534 --regid=65534 --clear-groups vfio-rebind status").stdout
    assert CARD in as_nobody
    # Reloads: what is new counts, what is invalid does not, and both are said.
    machine.policy(ROCE + NICS.replace("nics", "more"), name="lab.toml")
    wait_log(machine, "reloaded policies=2")
    mark = machine.mark()
    machine.write("/etc/vfio-rebind/policy.d/lab.toml", '[[policy]]\nname = "half')
    wait_log(machine, "not reloaded")
    assert len(status(machine)["policies"]) == 2
    machine.run(["systemctl", "reload", "vfio-rebind.service"])
    assert show(machine, "ActiveState") == "active" and machine.driver_of(CARD) == "vfio-pci"
    assert not machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=CARD)
    # A second monitor is told of the first.
    machine.policy(ROCE)
    second = machine.run(["vfio-rebind", "monitor"], check=False)
    assert second.status == 1 and f"pid {known['pid']}" in second.stderr
    # After a kill the file is still there, and known to be stale.
    machine.run(["systemctl", "kill", "--signal=KILL", "vfio-rebind.service"])
    machine.run(["systemctl", "stop", "vfio-rebind.service"])
    machine.write(STATUS, json.dumps({**known, "process_start": 1}))
    assert status(machine)["pid"] is None


def test_folders_that_come_and_go_and_a_swapped_link(machine):
    with_cards(machine, CARD, policy="")
    machine.run("rm -rf /etc/vfio-rebind")
    start_monitor(machine)
    machine.run("mkdir /etc/vfio-rebind")
    machine.policy(ROCE.replace("roce", "later"))
    wait_driver(machine, CARD, "vfio-pci")
    machine.run("rm -rf /etc/vfio-rebind")
    wait_log(machine, "reloaded policies=0")
    assert machine.driver_of(CARD) == "vfio-pci"  # it stays, since nothing says otherwise
    # As Kubernetes does it: names are links through `..data`, which is swapped by a rename.
    folder = "/etc/vfio-rebind/policy.d"
    machine.write(f"{folder}/..1/k.toml", ROCE.replace("roce", "first"))
    machine.write(f"{folder}/..2/k.toml", ROCE.replace("roce", "second"))
    machine.run(f"cd {folder} && ln -s ..1 ..data && ln -s ..data/k.toml k.toml")
    names = lambda: [each["name"] for each in status(machine)["policies"]]
    machine.wait_for(lambda: names() == ["first"], what="the linked policy is read")
    machine.run(f"cd {folder} && ln -s ..2 ..new && mv -T ..new ..data")
    machine.wait_for(lambda: names() == ["second"], what="the swapped policy is read")
    machine.write(SETTINGS, "release_on_policy_removal = true\n")
    wait_log(machine, "reloaded policies=1")
    machine.run(f"rm {folder}/k.toml")
    wait_driver(machine, CARD, "mlx4_core")


def test_settings_that_are_wrong(machine):
    with_cards(machine)
    machine.write(SETTINGS, "worker = 3\n")
    failed = machine.run(["vfio-rebind", "monitor"], check=False)
    assert failed.status == 65 and 'worker: unknown key; did you mean "workers"?' in failed.stderr
    machine.write(SETTINGS, "workers = 3\n")
    start_monitor(machine)
    machine.write(SETTINGS, "workers = 0\n")
    wait_log(machine, "0: must be a number from 1 to 1024")
    assert show(machine, "ActiveState") == "active"


def test_without_udev_it_ends_and_with_a_new_one_it_goes_on(machine):
    with_cards(machine, policy=NICS + 'method = "driver_override"\n')
    machine.run(["mv", "/run/udev/control", "/run/udev/control.away"])
    failed = machine.run(["vfio-rebind", "monitor"], check=False)
    assert failed.status == 69 and "/run/udev/control does not exist" in failed.stderr
    machine.run(["mv", "/run/udev/control.away", "/run/udev/control"])
    start_monitor(machine)
    machine.run(["systemctl", "restart", "systemd-udevd.service"])
    address = plugged(machine, "card")
    wait_driver(machine, address, "vfio-pci")


def test_no_event_is_lost_for_good(machine):
    """A receive buffer of one page or so, and more events than fit while the monitor is stopped."""
    cards = [f"0001:00:{device:02x}.0" for device in range(8)]
    with_cards(machine, *cards, policy=ROCE + 'method = "driver_override"\n')
    machine.write(SETTINGS, "receive_buffer = 4096\n")
    machine.write("/etc/vfio-rebind/policy.d/lab.toml", "")
    start_monitor(machine)
    pid = show(machine, "MainPID")
    machine.run(["kill", "-STOP", pid])
    machine.write("/etc/vfio-rebind/policy.d/lab.toml", ROCE + 'method = "driver_override"\n')
    machine.run("for i in 1 2 3; do udevadm trigger --action=change --subsystem-match=pci; done")
    machine.settle()
    machine.run(["kill", "-CONT", pid])
    for card in cards:
        wait_driver(machine, card, "vfio-pci")
    counters = wait_status(machine, lambda known: known["counters"]["overruns"], "an overrun is counted")["counters"]
    assert counters["resyncs"] == counters["overruns"] >= 1
    assert "events were lost" in log(machine)


def test_drift_is_put_right_and_a_fight_is_not(machine):
    with_cards(machine, CARD, OTHER, policy=ROCE + 'method = "driver_override"\n')
    start_monitor(machine)
    path = f"/sys/bus/pci/devices/{CARD}/driver_override"
    take_back = f"echo > {path}; echo {CARD} > /sys/bus/pci/drivers/vfio-pci/unbind; echo {CARD} > /sys/bus/pci/drivers/mlx4_core/bind"
    machine.run(take_back)
    wait_driver(machine, CARD, "vfio-pci")
    assert machine.read(path).strip() == "vfio-pci"
    for _ in range(4):
        machine.run(take_back, check=False)
        machine.settle()
        machine.wait_for(
            lambda: machine.driver_of(CARD) == "vfio-pci" or "contested" in log(machine), what="the next round")
    wait_log(machine, f"{CARD}: contested")
    assert log(machine).count("rebound 3 times in 60 s") == 1
    assert "its driver is mlx4_core" in log(machine)
    # Held functions stay, and another policy is another try.
    machine.run(["vfio-rebind", "release", OTHER])
    machine.policy(ROCE.replace("roce", "other") + 'method = "driver_override"\n')
    wait_driver(machine, CARD, "vfio-pci")
    assert machine.driver_of(OTHER) == "mlx4_core"


def card(known):
    """What the monitor knows of the card; nothing where it has not looked at it yet."""
    nothing = {"next_try": None, "outcome": None, "state": None, "error": None}
    return next((each for each in known["functions"] if each["address"] == CARD), nothing)


def test_a_driver_that_refuses_is_asked_again_without_an_event(machine):
    with_cards(machine, CARD, policy=ROCE + 'driver = "standin_vfio"\nmethod = "driver_override"\n')
    machine.knob("standin_vfio", probe_errno=5)
    start_monitor(machine)
    wait_status(machine, lambda known: known["counters"]["failed"] >= 4, "it is tried more often than a round may be")
    known = wait_status(machine, lambda known: card(known)["next_try"], "the next try is shown")
    assert card(known)["outcome"] == "failed" and card(known)["state"] == "host" and "EIO" in card(known)["error"]
    assert card(known)["next_try"] in machine.run(["vfio-rebind", "status"]).stdout
    machine.settle()
    mark = machine.mark()
    machine.knob("standin_vfio", probe_errno=0)
    wait_driver(machine, CARD, "standin_vfio")
    assert {event["ACTION"] for event in machine.uevents(mark, SUBSYSTEM="pci", PCI_SLOT_NAME=CARD)} <= {
        "unbind",
        "bind",
    }
    wait_status(machine, lambda known: card(known)["state"] == "passthrough" and not card(known)["next_try"], "all is well")


def test_a_module_that_cannot_be_loaded_yet(machine):
    """The message says what modprobe said, of a function and of an ID."""
    with_cards(machine, CARD, policy=ROCE + '[[policy]]\nname = "type"\nmatch = { id = "8086:1533" }\n')
    block = "/etc/modprobe.d/block.conf"
    machine.write(block, "install vfio_pci echo the module is locked away >&2; exit 3\n")
    (function,) = program(machine, "apply", CARD, status=69)["functions"]
    assert "load_module: modprobe vfio_pci: exit status 1: the module is locked away" in function["error"]
    start_monitor(machine)
    is_shown = lambda known: card(known)["next_try"] and known["registrations"] and known["registrations"][0]["next_try"]
    known = wait_status(machine, is_shown, "both are to be tried again")
    assert known["registrations"][0]["id"] == "8086:1533"
    assert "the module is locked away" in known["registrations"][0]["error"]
    assert "the module is locked away" in card(known)["error"]
    machine.run(["rm", block])
    wait_driver(machine, CARD, "vfio-pci")
    wait_log(machine, "8086:1533: registered with vfio-pci")
    wait_status(machine, lambda known: not card(known)["next_try"] and not known["registrations"], "nothing is pending")


def test_ids_go_with_their_policy(machine):
    with_cards(machine, policy='[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003" }\n')
    start_monitor(machine)
    wait_log(machine, "15b3:1003: registered with vfio-pci")
    machine.run("rm /etc/vfio-rebind/policy.d/lab.toml")
    wait_log(machine, "15b3:1003: no longer registered")
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_driver(machine, CARD, "mlx4_core")


def test_ids_go_when_a_bystander_appears(machine):
    stays = f'[[policy]]\nname = "stays"\nmatch = {{ address = "{OTHER}" }}\naction = "ignore"\n'
    with_cards(machine, CARD, policy=stays + '[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003" }\n')
    start_monitor(machine)
    wait_driver(machine, CARD, "vfio-pci")
    mark = machine.mark()
    machine.bridge(f"add {OTHER} 15b3:1003")
    wait_log(machine, "15b3:1003: no longer registered")
    # The next card of the type is taken all the same, and what was taken stays.
    machine.bridge("add 0001:00:07.0 15b3:1003")
    wait_driver(machine, "0001:00:07.0", "vfio-pci")
    machine.settle()
    assert (machine.driver_of(CARD), machine.driver_of(OTHER)) == ("vfio-pci", "mlx4_core")
    assert [event["DRIVER"] for event in machine.uevents(mark, ACTION="bind", PCI_SLOT_NAME=OTHER)] == ["mlx4_core"]


def test_a_stuck_worker_outlives_its_monitor(machine):
    with_cards(machine, CARD, OTHER, policy=ROCE + 'method = "driver_override"\ntimeout = 15\n')
    machine.run(["modprobe", "vfio-pci"])  # which may take longer than that
    machine.knob("mlx4_core", remove_delay_ms=-1, only=CARD)
    start_monitor(machine)  # ready comes although one card hangs
    wait_driver(machine, OTHER, "vfio-pci")
    card = lambda known: [each for each in known["functions"] if each["address"] == CARD][0]
    is_stuck = lambda known: known["pid"] and card(known)["state"] == "stuck" and card(known)["outcome"] == "stuck"
    known = wait_status(machine, is_stuck, "the card is stuck")
    assert "standin" in card(known)["error"]
    before = hanging_workers(machine)
    assert len(before) == 1
    machine.run(["systemctl", "stop", "vfio-rebind.service"])
    assert show(machine, "Result") == "success"  # systemd did not have to kill the monitor
    workers = lambda: set(machine.run("pgrep -x vfio-rebind").stdout.split())
    machine.wait_for(lambda: workers() == before, what="the one that hangs lives on, and no other")
    start_monitor(machine)
    wait_status(machine, is_stuck, "the new monitor knows")
    assert hanging_workers(machine) == before  # nobody writes it a second time
    machine.knob("mlx4_core", remove_delay_ms=0)
    wait_driver(machine, CARD, "vfio-pci")
    wait_log(machine, f"{CARD}: not stuck any more driver=vfio-pci")
    wait_status(machine, lambda known: {each["state"] for each in known["functions"]} == {"passthrough"}, "all is well")


def test_what_handle_leaves_arrives_without_another_event(machine):
    """A driver that takes 200 s to let go; the wait is cut short once the monitor has it. It sleeps until then, or it would
    be the first to hear of the card."""
    machine.install(rules=True, unit=True)
    machine.run(["modprobe", "mlx4_core"])
    machine.knob("mlx4_core", remove_delay_ms=200_000)
    machine.policy(ROCE)
    start_monitor(machine)
    machine.run(["kill", "-STOP", show(machine, "MainPID")])
    machine.bridge(f"add {CARD} 15b3:1003")
    wait_log(machine, f"{CARD}: handed over to the monitor")
    machine.run(["kill", "-CONT", show(machine, "MainPID")])
    wait_status(machine, lambda known: known["counters"]["stuck"] == 1, "the monitor has it")
    mark = machine.mark()
    machine.knob("mlx4_core", remove_delay_ms=0)
    wait_driver(machine, CARD, "vfio-pci")
    assert {event["ACTION"] for event in machine.uevents(mark, SUBSYSTEM="pci", PCI_SLOT_NAME=CARD)} <= {
        "unbind",
        "bind",
    }
    assert machine.run("systemctl list-units --all 'vfio-rebind-finish*' --no-legend").stdout == ""


def test_runtime_folder_full_or_gone_read_only(machine):
    with_cards(machine, CARD, OTHER)
    machine.policy("", name="lab.toml")
    start_monitor(machine)
    # As the service sees it: its sandbox has mounts of its own.
    inside = f"nsenter --target {show(machine, 'MainPID')} --mount"
    machine.run(
        f"{inside} mount --bind /run/vfio-rebind /run/vfio-rebind && {inside} mount -o remount,bind,ro /run/vfio-rebind"
    )
    machine.policy(ROCE)
    wait_log(machine, "writing the state")
    wait_log(machine, f"writing {STATUS}")
    assert machine.driver_of(CARD) == "mlx4_core"  # without a journal nothing is touched
    machine.run(f"{inside} umount /run/vfio-rebind")
    machine.run("udevadm trigger --action=change --subsystem-match=pci")
    wait_driver(machine, CARD, "vfio-pci")
    wait_status(machine, lambda known: known["pid"], "the status is written again")


def test_records_that_cannot_be_read_and_a_clock_set_back(machine):
    with_cards(machine, CARD, OTHER)
    start_monitor(machine)
    machine.run(["systemctl", "stop", "vfio-rebind.service"])
    machine.run(f"truncate -s 30 /run/vfio-rebind/journal/{CARD}")
    machine.run(f"sed -i '1s/journal 1/journal 9/' /run/vfio-rebind/journal/{OTHER}")
    machine.run("head -c 300 /dev/urandom > /run/vfio-rebind/journal/0001:00:02.0")
    machine.run("date -s '2020-01-01'")
    start_monitor(machine)
    for card in (CARD, OTHER, "0001:00:02.0"):
        wait_log(machine, f"journal/{card}: not a record of this version")
    assert machine.driver_of(CARD) == machine.driver_of(OTHER) == "vfio-pci"
    # Rounds are counted by a clock that nobody sets.
    machine.run(
        f"echo {CARD} > /sys/bus/pci/drivers/vfio-pci/unbind; echo {CARD} > /sys/bus/pci/drivers/mlx4_core/bind",
        check=False,
    )
    wait_driver(machine, CARD, "vfio-pci")


def test_idle_nothing_wakes_it(machine):
    with_cards(machine, CARD)
    start_monitor(machine)
    wait_status(machine, lambda known: known["counters"]["rebound"] == 1, "the status is written")
    switches = wait_quiet(machine)
    machine.run(["sleep", "20"])
    assert monitor_switches(machine) == switches
