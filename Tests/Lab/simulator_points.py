"""Scripts for single points of the kernel's behaviour, with the hosts that they need."""

HOST = """\
driver mlx4_core ids=15b3:1003,15b3:1004 probe={probe}
driver vfio-pci
driver standin_c
function 0001:00:00.0 15b3:1003 subsystem=15b3:0058 class=020000 header=00 group=1
function 0001:00:01.0 8086:0b25 subsystem=8086:0000 class=088000 header=00 group=2
function 0001:00:02.0 8086:0cfe subsystem=8086:0000 class=088000 header=00 group=3
function 0001:00:03.0 8086:37c9 subsystem=8086:0000 class=0b4000 header=00 group=4
function 0001:00:04.0 1d6b:7f20 subsystem=1d6b:0001 class=020000 header=00
function 0001:00:05.0 1d6b:7f21 subsystem=1d6b:0001 class=020000 header=00 group=6
"""

CARD, DSA, IAA, QAT, LONELY, PLAIN = (line.split()[1] for line in HOST.splitlines() if line.startswith("function"))

OVERRIDES = [
    "vfio-pci\\000rest\\n", "vfio-pci\\nrest\\000", "\\nvfio-pci\\n", "\\000vfio-pci\\n", "vfio-pci \\n",
    " vfio-pci\\n", "\\000\\n", "vfio-pci\\r\\n", "vfio-pci\\n\\n", "VFIO-PCI\\n", "(null)\\n", "vfio_pci\\n",
    "\\377\\n",
    "v" * 4094, "v" * 4095, "v" * 4096, "v" * 5000, "\\n" + "v" * 4095,
]

# Each is written to new_id twice and to remove_id twice, of a driver with a table and one without.
IDS = [
    "1d6b\\2407f21\\n", "1d6b\\0137f21\\n", "1d6b\\2057f21\\n", "0x 7f21\\n", "1d6b 0x\\n", "0x 0x\\n", "0xg 1\\n",
    "0x0x1d6b 7f21\\n", "0X1D6B 0x7F21\\n", "1d6b 7f21 0x 0x\\n", "1d6b 7f21 0x\\n", "1d6b7f21\\n", "+1d6b 7f21\\n",
    "-1d6b 7f21\\n", "1d6b\\0007f21\\n", "1d6b 7f21\\000 1\\n", "\\0001d6b 7f21\\n", "1d6b 7f21,\\n", "1d6b, 7f21\\n",
    "11d6b 7f21\\n", "1d6b 17f21\\n", "1000000001d6b 7f21\\n", "1d6b 7f21 ffff ffff\\n", "1d6b ffff\\n", "15b3 1003\\n",
    "115b3 1003\\n", "15b3 11003\\n", "1000015b3 1003\\n", "15b3 1003 15b3 58\\n", "15b3 1003 0 0 0 0 0\\n",
    "15b3 1003 0 0 0 0 1\\n", "1d6b 7f21 ffffffff ffffffff 0 0 10000000000000000\\n", "1d6b ffffffff\\n",
    "1d6b 7f21 ffffffff ffffffff 20000 ffffff\\n", "1d6b 7f21 ffffffff ffffffff 1020000 ffffffff\\n",
    "1d6b 7f21 ffffffff ffffffff 1020000 ff0000\\n", "1d6b 7f21" + " " * 5000 + "1 1\\n",
]


def of_driver(name, file, text):
    return f"/sys/bus/pci/drivers/{name}/{file}\t{text}"


def override(address, text):
    return f"/sys/bus/pci/devices/{address}/driver_override\t{text}"


def probe(address):
    return f"/sys/bus/pci/drivers_probe\t{address}\\n"


def bind(name, address):
    return of_driver(name, "bind", f"{address}\\n")


def override_scripts():
    """What a text leaves behind shows in who may bind."""
    for before in ("", "standin_c\\n"):
        for text in OVERRIDES:
            yield [override(PLAIN, before), override(PLAIN, text), bind("standin_c", PLAIN), bind("vfio-pci", PLAIN)]


def id_scripts():
    for text in IDS:
        for name in ("mlx4_core", "vfio-pci", "standin_c"):
            yield [of_driver(name, file, text) for file in ("new_id", "new_id", "remove_id", "remove_id")]


def pair_scripts():
    """Which id keeps which other out: every one after every other."""
    pairs = ["1d6b 7f21\\n", "11d6b 7f21\\n", "1d6b ffff\\n", "1d6b ffffffff\\n", "1d6b 7f21 ffff ffff\\n",
             "1d6b 7f21 1d6b 1\\n", "1d6b 7f21 ffffffff ffffffff 20000 ff0000\\n",
             "1d6b 7f21 ffffffff ffffffff 0 0 0\\n"]
    for first in pairs:
        yield [of_driver("vfio-pci", "new_id", text) for text in (first, *pairs)]
        yield [of_driver("vfio-pci", "new_id", first), *(of_driver("vfio-pci", "remove_id", text) for text in pairs)]


def probe_scripts():
    """The next driver gets its try where a probe fails; not where the only one that matches by override does."""
    known = [override(CARD, "none\\n"), of_driver("vfio-pci", "new_id", "15b3 1003\\n"), override(CARD, "\\n")]
    yield [bind("mlx4_core", CARD), probe(CARD)]
    yield [*known, bind("mlx4_core", CARD), probe(CARD), probe(CARD), bind("vfio-pci", CARD), bind("mlx4_core", CARD)]
    yield [*known, f"unplug {CARD}", f"plug {CARD}"]
    yield [*known, override(CARD, "mlx4_core\\n"), probe(CARD), bind("vfio-pci", CARD)]
    yield [*known, of_driver("standin_c", "new_id", "15b3 1003\\n"), f"unplug {CARD}", f"plug {CARD}", probe(CARD)]


def refusal_scripts():
    """vfio-pci's deny list and a function without a group: EINVAL of bind, silence of new_id; then the next driver."""
    for address, card in ((DSA, "8086 0b25"), (IAA, "8086 0cfe"), (QAT, "8086 37c9"), (LONELY, "1d6b 7f20")):
        yield [of_driver("vfio-pci", "new_id", f"{card}\\n"), bind("vfio-pci", address), probe(address),
               of_driver("standin_c", "new_id", f"{card}\\n"), of_driver("standin_c", "unbind", f"{address}\\n"),
               probe(address), f"unplug {address}", f"plug {address}"]
        yield [override(address, "vfio-pci\\n"), bind("vfio-pci", address), probe(address), bind("standin_c", address)]


def name_scripts():
    """How an address is written."""
    for text in (PLAIN, f"{PLAIN}\\n", f"{PLAIN}\\n\\n", f"{PLAIN}\\000rest", f"{PLAIN}\\n\\000", PLAIN[5:],
                 f" {PLAIN}", f"{PLAIN} ", f"{PLAIN}\\r\\n", "\\n", "", "\\000", f"0{PLAIN}", PLAIN + " " * 5000):
        yield [override(PLAIN, "standin_c\\n"), of_driver("standin_c", "bind", text),
               of_driver("standin_c", "unbind", text), f"/sys/bus/pci/drivers_probe\t{text}"]


def scripts():
    for make in (override_scripts, id_scripts, pair_scripts, probe_scripts, refusal_scripts, name_scripts):
        yield from make()
