"""Addresses on the command line: three forms in, one form out."""

import pytest

FORMS = [
    ("0000:04:00.0", "0000:04:00.0"), ("04:00.0", "0000:04:00.0"), ("0000:004:000:0", "0000:04:00.0"),
    ("00000000:04:00.0", "0000:04:00.0"), ("0001:000:000:0", "0001:00:00.0"), ("0001:00:00.0", "0001:00:00.0"),
    ("10000:e1:00.0", "10000:e1:00.0"), ("10000:E1:00.0", "10000:e1:00.0"), ("10000:0e1:000:0", "10000:e1:00.0"),
    ("0000:0ff:01f:7", "0000:ff:1f.7"), ("FF:1F.7", "0000:ff:1f.7"),
]
BAD = [
    "", "04", "04:00", "4:0.0", "04:00.8", "04:20.0", "000:04:00.0", "0000:04:00.0.0", "0000:04:00",
    "0000:100:00.0", "0000:04:00.g", "123456789:00:00.0", "0x0000:04:00.0", " 04:00.0", "04:00.0 ",
    "0000:100:000:0", "0000:000:020:0",
    "0000:000:000:8", "pci@0000:04:00.0", "0000:04:00.0\n", "../04:00.0", "ffff:ff:ff.f", "0000:04:00.-1", "٠٤:٠٠.٠",
]


@pytest.fixture(autouse=True)
def machine(root):
    """Functions at all the addresses that are named."""
    for address in sorted({form[1] for form in FORMS}):
        root.add_function(address, driver="e1000e")


@pytest.mark.parametrize("given, printed", FORMS)
def test_every_form_is_understood_and_printed_in_the_first(program, given, printed):
    assert list(program("list", "--json", given).ends(0).functions) == [printed]
    assert list(program("plan", "--json", given).ends(0).functions) == [printed]
    assert program("explain", "--json", given).ends(0).document["address"] == printed
    assert printed in program("list", given).out


@pytest.mark.parametrize("command, given", [("bind", given) for given in BAD] + [
    (command, "04:20.0") for command in ("list", "plan", "explain", "apply", "release")
])
def test_anything_else_is_wrong_usage(program, command, given):
    before = program.root.fingerprint()
    result = program(command, "--json", "--", given).ends(64)
    assert result.document["status"] == 64
    assert program.root.fingerprint() == before


def test_the_message_says_which_forms_there_are(program):
    result = program("list", "4:0").ends(64)
    assert "'4:0'" in result.err and "0000:01:00.0" in result.err and result.out == ""
