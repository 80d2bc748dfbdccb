"""Random hosts and policies: what stands in the machine, how it came to its drivers, and what is asked of the program.

A chain is a host, made from a clean machine, and one to three commands of the program on it, each of which finds what
the one before left behind. A chain depends on its seed alone.
"""

import random

# Types of cards, with their classes; the second driver is the one whose table has them.
TYPES = [
    ("15b3:1003", "020000", "mlx4_core"), ("15b3:1003", "020000", "mlx4_core"), ("15b3:1004", "020000", "mlx4_core"),
    ("1d6b:7f10", "020000", None),  # standin_vfio_pci is its variant driver
    ("1d6b:7f20", "040300", None), ("10de:2204", "030000", None),
    ("8086:0b25", "088000", None),  # on vfio-pci's deny list
    ("1d6b:7f30", "060200", None),  # a bridge to the guard, with a header like any card's; not of ISA, which the IOMMU's driver knows
]  # fmt: skip
DRIVERS = ["standin_c", "vfio-pci", "pci-stub", "standin_vfio_pci"]
MODULES = ["mlx4_core", "standin_c", "pci-stub"]
# Of the machine itself: e1000e alone, two e1000 in one group below a bridge, a sound card that nothing drives.
NIC, PAIR = "8086:10d3", "8086:100e"


class Chain:
    def __init__(self, seed, residents):
        """residents: the machine's own functions that may take part, address → (id, driver)."""
        self.seed, self.residents = seed, residents
        self.random = random.Random(f"chain {seed}")
        self.cards = {}
        self.modules = [name for name in ("vfio-pci", "standin_vfio_pci") if self.random.random() < 0.8]
        self.foreign = []  # ids that somebody else registered with a driver: (driver, id)
        self.setup = self._cards()
        self.rounds = [self._round(number) for number in range(self.random.choice([1, 1, 2, 3]))]

    # The host

    def _cards(self):
        lines = []
        pick = self.random
        if "vfio-pci" in self.modules and pick.random() < 0.25:
            # Before any card is there, so that none of that type is left without a driver that a probe would take.
            self.foreign.append(("vfio-pci", pick.choice(["15b3:1003", "15b3:1004", "1d6b:7f20", NIC])))
        lines += [new_id(*each) for each in self.foreign]
        labels = pick.randint(1, 3)
        for number in range(pick.randint(2, 7)):
            address = f"0001:{pick.randint(0, 1):02x}:{number:02x}.0"
            card, code, native = pick.choice(TYPES)
            group = pick.choice(["own", "own", "none"] + [str(label) for label in range(labels)] * 2)
            subsystem = pick.choice(["15b3:0058", "15b3:0059"])
            lines.append(f"add {address} {card} class={code} subsystem={subsystem} group={group}")
            self.cards[address] = (card, code, subsystem)
            if ("vfio-pci", card) in self.foreign:
                native = None  # whoever has it, it is not left without
            elif pick.random() < 0.5:
                lines += self._start(address, native)
        for address, (card, driver) in self.residents.items():
            if pick.random() < 0.3 and ("vfio-pci", card) not in self.foreign:
                lines += self._start(address, driver)
        return lines

    def _start(self, address, native):
        """Another beginning than the one that the kernel gives: driver, override."""
        pick = self.random
        lines = [of_driver(native, "unbind", address)] if native else []
        driver = pick.choice([None, *DRIVERS]) if pick.random() < 0.8 else native
        if driver:
            lines += [override(address, driver), of_driver(driver, "bind", address)]
        stale = pick.choice(["", "", driver or "", "pci-stub", "vfio-pci", "nowhere"])
        return lines + [override(address, stale)]

    # What is asked

    def _round(self, number):
        pick = self.random
        if number and pick.random() < 0.25:
            addresses = pick.sample(self._all(), k=min(len(self._all()), pick.randint(1, 2)))
            words = ["release", *addresses] if pick.random() < 0.6 else [
                "bind", *addresses, "--driver", pick.choice(["vfio-pci", "standin_c", "standin_vfio_pci"]),
                "--method", pick.choice(["auto", "new_id", "driver_override"])]  # fmt: skip
            return None, words
        policies = [self._policy(position) for position in range(pick.randint(1, 5))]
        words = ["apply"]
        if pick.random() < 0.2:
            words += pick.sample(self._all(), k=1)
        return "\n".join(policies), words

    def _all(self):
        return sorted([*self.cards, *self.residents])

    def _policy(self, position):
        pick = self.random
        match, types = self._match()
        lines = ["[[policy]]", f'name = "policy-{position}"', f"match = {{ {match} }}"]
        if pick.random() < 0.25:
            lines.append(f"except = {{ {self._exception()} }}")
        if pick.random() < 0.15:
            return "\n".join(lines + ['action = "ignore"', ""])
        wanted = self._wanted()
        lines.append(f'driver = "{wanted}"')
        methods = ["auto", "auto", "driver_override"] + (["new_id", "new_id"] if types and wanted != "auto" else [])
        lines.append(f'method = "{pick.choice(methods)}"')
        lines.append(f'group = "{pick.choice(["require", "require", "whole", "whole", "ignore"])}"')
        return "\n".join(lines + [""])

    def _wanted(self):
        return self.random.choices(
            ["vfio-pci", "auto", "standin_c", "pci-stub", "standin_vfio_pci", "nowhere"], [65, 15, 7, 5, 5, 3])[0]

    def _match(self):
        """The text, and whether it names types that `new_id` could register."""
        pick = self.random
        ids = sorted({card for card, *_ in self.cards.values()} | {card for card, _ in self.residents.values()})
        types = pick.sample(ids, k=min(len(ids), pick.choice([1, 1, 2])))
        kind = pick.randrange(8)
        if kind < 3:
            return listed("id", types), True
        if kind == 3:
            return listed("id", types) + ", " + listed("driver", pick.choice([["none"], ["mlx4_core", "e1000e"]])), True
        if kind == 4:
            # The machine's own bridges and controllers have vendors of cards.
            return listed("id", [f"{types[0].partition(':')[0]}:*"]) + ', class = ["02", "03", "04", "0880"]', False
        if kind == 5:
            return listed("class", [pick.choice(["020000", "03", "0403", "0602"])]) + ', address = "0001:*"', False
        if kind == 6:
            return listed("address", [pick.choice(["0001:00:*", "0001:01:*", "0001:*:*.0"])]), False
        return listed("address", pick.sample(self._all(), k=1)), False

    def _exception(self):
        pick = self.random
        if pick.random() < 0.5:
            return listed("address", pick.sample(self._all(), k=1))
        return pick.choice([listed("driver", ["none"]), listed("driver", ["mlx4_core"]), 'subsystem = "15b3:0059"'])


def listed(key, values):
    return f"{key} = [" + ", ".join(f'"{value}"' for value in values) + "]"


def of_driver(name, file, text):
    return f"/sys/bus/pci/drivers/{name}/{file}\t{text}\\n"


def override(address, text):
    return f"/sys/bus/pci/devices/{address}/driver_override\t{text}\\n"


def new_id(driver, card):
    return of_driver(driver, "new_id", card.replace(":", " "))
