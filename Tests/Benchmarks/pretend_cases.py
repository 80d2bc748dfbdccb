"""Policy test cases about functions of the made-up host, and TOML files again as JSON, which is what `jq` reads."""

import json
import os
import tomllib

# One of each way in which pretend_policies.NATIVES names a function, one that no policy names, one that is in use.
CASES = [
    'function = {{ address = "0000:{b:02x}:06.0", id = "15b3:1003", class = "020000", driver = "mlx4_core", '
    "iommu_group = 7 }}",
    'function = {{ address = "0000:{b:02x}:03.0", id = "8086:10d3", subsystem = "8086:a01f", class = "020000", '
    'driver = "e1000e", iommu_group = 8, numa_node = 0 }}',
    'function = {{ address = "0000:{b:02x}:02.0", id = "8086:154c", class = "020000", driver = "iavf", '
    'physical_function = "0000:{b:02x}:00.0", iommu_group = 9 }}',
    'function = {{ address = "0000:{b:02x}:08.0", id = "1b36:000d", class = "0c0330", driver = "xhci_hcd", '
    "iommu_group = 10 }}",
    'functions = [ {{ address = "0000:{b:02x}:05.0", id = "10de:2204", class = "030000", iommu_group = 1 }},\n'
    '              {{ address = "0000:{b:02x}:05.1", id = "10de:1aef", class = "040300", driver = "snd_hda_intel", '
    'iommu_group = 1 }} ]\naddress = "0000:{b:02x}:05.0"',
    'function = {{ address = "0000:{b:02x}:04.0", id = "144d:a808", class = "010802", driver = "nvme", iommu_group = 4, '
    'in_use = {{ storage = "nvme0n1p2 is mounted on /var" }} }}',
]


def cases(count):
    """Each with its own name; every decision is one that a test file may name."""
    for number in range(count):
        text = CASES[number % len(CASES)].format(b=1 + number // len(CASES) % 128)
        yield f'[[case]]\nname = "case-{number:05}"\n{text}\n'


def expecting(answers):
    """The same cases with what the program itself answers (`test --json`), so that they pass."""
    for case, answer in zip(cases(len(answers)), answers):
        actual = answer["actual"]
        wanted = [(key, actual[key]) for key in ("decision", "policy", "method", "driver") if actual[key]]
        yield case + "expect = { " + ", ".join(f'{key} = "{value}"' for key, value in wanted) + " }\n"


def as_json(paths, folder):
    """The same documents as JSON, in a folder of their own."""
    os.makedirs(folder)
    copies = []
    for path in paths:
        copies.append(os.path.join(folder, os.path.basename(path) + ".json"))
        with open(path, "rb") as file, open(copies[-1], "w", encoding="utf-8") as copy:
            json.dump(tomllib.load(file), copy)
    return copies
