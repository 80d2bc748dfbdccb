"""What the lab's tests of the program do again and again."""

import json

NICS = '[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3" }\n'


def wait_driver(machine, address, driver):
    machine.wait_for(
        lambda: machine.driver_of(address) == driver,
        what=f"{address} is on {driver}, now {machine.driver_of(address)}",
    )


def program(machine, *words, status=0):
    """Runs a command of the program and gives its JSON document."""
    result = machine.run(["vfio-rebind", *words, "--json"], check=False)
    assert result.status == status, f"status {result.status}: {result.stdout}{result.stderr}"
    return json.loads(result.stdout)


def outcomes(document):
    return {each["address"]: each["outcome"] for each in document["functions"]}


def plugged(machine, name, driver="e1000e", bus="port7"):
    """Plugs a card in and waits until udev has nothing left to do with it."""
    properties = {"romfile": ""} if driver == "e1000e" else {}
    address = machine.plug(driver, name, bus, **properties)
    machine.settle()
    return address


def drivers_seen(machine, mark, address):
    """The drivers that bound a function since the mark, in order."""
    return [event["DRIVER"] for event in machine.uevents(mark, ACTION="bind", PCI_SLOT_NAME=address)]


def unbinds_seen(machine, mark, address):
    return len(machine.uevents(mark, ACTION="unbind", PCI_SLOT_NAME=address))


def start_monitor(machine, *words):
    """Starts the service and waits until it has looked at everything."""
    machine.run(["systemctl", "start", "vfio-rebind.service"])


def tell_monitor(machine, signal):
    """Sends a signal to the service's main process, and to none of its workers."""
    machine.run(["systemctl", "kill", "--kill-who=main", f"--signal={signal}", "vfio-rebind.service"])


def monitor_switches(machine):
    """How often the service's main process has been given the processor and has given it up."""
    script = "grep ctxt_switches /proc/$(systemctl show -P MainPID vfio-rebind.service)/status"
    return machine.run(script).stdout


def wait_quiet(machine):
    """Waits until the monitor sleeps with nothing left to do, and gives its context switches until then."""
    machine.settle()
    counts = [monitor_switches(machine)]

    def quiet():
        machine.run(["sleep", "0.5"])
        counts.append(monitor_switches(machine))
        return counts[-1] == counts[-2]

    machine.wait_for(quiet, what="the monitor is quiet")
    return counts[-1]


def hanging_workers(machine):
    """Processes of the program that wait in the kernel and cannot be killed; neither the monitor nor its spare workers do."""
    return set(machine.run("pgrep -r D -x vfio-rebind", check=False).stdout.split())


def log(machine):
    return machine.run("journalctl -b -o cat SYSLOG_IDENTIFIER=vfio-rebind + _COMM=vfio-rebind").stdout


def errno_of(machine, path, text):
    """What the kernel answers to one write: "ok" or the errno's name."""
    return machine.run(["writes"], input=f"{path}\t{text}\n").stdout.split()[0]
