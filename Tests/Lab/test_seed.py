"""The seed procedure: domain 1, 15b3:1003, mlx4_core, and whether a guest could use the result."""

import pathlib

from steps import outcomes, program, wait_driver

ROCE = '[[policy]]\nname = "roce-express"\nmatch = { id = ["15b3:1003", "15b3:1004"] }\n'
CARDS = [f"0001:00:0{number}.0" for number in range(3)]


def test_first_second_and_third_card(machine):
    machine.install()
    machine.run(["modprobe", "mlx4_core", "netdev=1"])
    machine.bridge(*[f"add {card} 15b3:1003" for card in CARDS[:2]])
    for card in CARDS[:2]:
        wait_driver(machine, card, "mlx4_core")
    machine.settle()
    machine.policy(ROCE)
    readme = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"```\n{machine.run(['vfio-rebind', 'plan']).stdout}```\n" in readme
    plan = program(machine, "plan")
    assert {each["address"]: each["method"] for each in plan["functions"]} == dict.fromkeys(CARDS[:2], "new_id")
    assert plan["predicted"] == dict.fromkeys(CARDS[:2], "vfio-pci")
    assert outcomes(program(machine, "apply")) == dict.fromkeys(CARDS[:2], "rebound")
    machine.bridge(f"add {CARDS[2]} 15b3:1003")
    wait_driver(machine, CARDS[2], "vfio-pci")
    machine.settle()
    for card in CARDS:
        assert machine.driver_of(card) == "vfio-pci"
        shown = machine.run(["eligible", card]).stdout
        assert "viable yes" in shown, shown
    assert outcomes(program(machine, "release", "--all")).keys() == set(CARDS)
    for card in CARDS[:2]:
        assert machine.driver_of(card) == "mlx4_core"
        assert machine.run(["ls", f"/sys/bus/pci/devices/{card}/net"]).stdout.split()


def test_the_long_form_of_the_address(machine):
    machine.install(rules=False)
    machine.run(["modprobe", "mlx4_core"])
    machine.bridge(f"add {CARDS[0]} 15b3:1003")
    wait_driver(machine, CARDS[0], "mlx4_core")
    assert outcomes(program(machine, "bind", "0001:000:000:0")) == {CARDS[0]: "rebound"}
