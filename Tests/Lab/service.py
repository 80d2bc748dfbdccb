"""What the tests of the monitor as a service share."""

import json

from steps import log, wait_driver

CARD = "0001:00:00.0"
OTHER = "0001:00:01.0"
ROCE = '[[policy]]\nname = "roce"\nmatch = { id = "15b3:1003", address = "0001:*" }\n'
SETTINGS = "/etc/vfio-rebind/vfio-rebind.toml"
STATUS = "/run/vfio-rebind/status.json"


def with_cards(machine, *cards, policy=ROCE, driver="mlx4_core"):
    """The service's unit is there, the cards are on their native driver, the monitor does not run yet."""
    machine.install(rules=False, unit=True)
    machine.run(["modprobe", "mlx4_core"])
    if cards:
        machine.bridge(*[f"add {card} 15b3:1003" for card in cards])
    for card in cards:
        wait_driver(machine, card, driver)
    machine.settle()
    machine.policy(policy)


def show(machine, name):
    return machine.run(["systemctl", "show", "-P", name, "vfio-rebind.service"]).stdout.strip()


def status(machine):
    return json.loads(machine.run(["vfio-rebind", "status", "--json"]).stdout)


def wait_status(machine, predicate, what):
    return machine.wait_for(lambda: (known := status(machine)) and predicate(known) and known, what)


def wait_log(machine, text):
    machine.wait_for(lambda: text in log(machine), f"the log has {text!r}:\n{log(machine)}")
