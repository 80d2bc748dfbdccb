"""The units: what systemd-analyze says of them, and that they name what they leave open."""

import pathlib
import re
import subprocess

import pytest

UNITS = sorted((pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd").glob("*.service"))


def exposure(unit):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_both_are_there():
    assert [unit.name for unit in UNITS] == ["vfio-rebind-apply.service", "vfio-rebind.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_exposure(unit):
    level = float(re.search(r"Overall exposure level for \S+ (\d+\.\d+)", exposure(unit)).group(1))
    print(f"{unit.name}: {level}")
    assert level <= 3.2


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_is_left_open_is_named(unit):
    names = {line.split()[1] for line in exposure(unit).splitlines() if line.startswith("✗")}
    text = unit.read_text(encoding="utf-8")
    reasons = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    for name in names:
        directive, _, value = name.partition("=~")
        if directive == "CapabilityBoundingSet":
            words = value.removeprefix("CAP_(").removesuffix(")").split("|")
            assert any(word.removesuffix("*").removeprefix("CAP_") in reasons for word in words), name
        elif value:
            assert value in reasons, name
        else:
            assert all(part in reasons for part in directive.rstrip("=").replace("=/", " ").split()), name


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_order(unit):
    text = unit.read_text(encoding="utf-8")
    before = set(" ".join(re.findall(r"^Before=(.*)$", text, re.M)).split())
    assert {"libvirtd.service", "virtqemud.service"} <= before
    assert "systemd-udevd.service" in re.search(r"^After=(.*)$", text, re.M).group(1).split()
    assert "\nKillMode=process\n" in text
