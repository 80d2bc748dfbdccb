"""Where output goes and how it looks: terminal, pipe, colours, quiet and verbose, priorities."""

import re
import subprocess

import pytest

from made_up_root import MadeUpRoot, policy
from program import Program

LONG = "everything-of-mellanox-for-the-guests"
ESCAPE = re.compile("\x1b\\[[0-9;]*m")


def plain(text):
    """Text without colours."""
    return ESCAPE.sub("", text)


@pytest.fixture(autouse=True)
def machine(root):
    """A machine with long names."""
    root.add_function("0000:01:00.0", "10de:2204", class_code="030000", driver="nouveau", group=1)
    root.add_function("0000:01:00.1", "10de:1aef", class_code="040300", driver="snd_hda_intel", group=1)
    root.add_function("0000:04:00.0", "15b3:1003", driver="mlx4_core", group=117)
    root.add_function("10000:e1:00.0", "8086:0a54", class_code="010802", driver="a_driver_with_a_long_name", group=2)
    root.add_function("0000:05:00.0", "8086:10d3")
    root.add_policy(policy(LONG, 'id = "15b3:1003"') + policy("gpu", 'id = "10de:2204"'))


@pytest.mark.parametrize("columns", [80, 100, 60, 40])
@pytest.mark.parametrize("words", [(), ("--groups",)])
def test_no_line_of_list_is_wider_than_the_terminal(program, columns, words):
    result = program.on_terminal("list", *words, columns=columns).ends(0)
    for line in plain(result.out).splitlines():
        assert len(line) <= columns, f"{len(line)}: {line!r}"
        assert line == line.rstrip()


def test_eighty_columns_show_what_one_looks_for(program):
    lines = plain(program.on_terminal("list", columns=80).out).splitlines()
    assert lines[0].split()[:6] == ["ADDRESS", "ID", "DRIVER", "GROUP", "STATE", "POLICY"]
    row = next(line for line in lines if line.startswith("0000:04:00.0"))
    assert row.split()[:5] == ["0000:04:00.0", "15b3:1003", "mlx4_core", "117", "host"]
    assert row.split()[5].rstrip("…") and LONG.startswith(row.split()[5].rstrip("…"))
    words = ("DRIVER", "nouveau", "snd_hda_intel", "mlx4_core")
    drivers = {line.index(word) for line in lines for word in words if word in line}
    assert len(drivers) == 1, f"the column of drivers begins at {sorted(drivers)}"


def test_a_wide_terminal_cuts_nothing(program):
    text = plain(program.on_terminal("list", columns=300).out)
    assert LONG in text and "a_driver_with_a_long_name" in text and "…" not in text


def test_a_pipe_cuts_nothing(program):
    text = program("list").out
    assert LONG in text and "a_driver_with_a_long_name" in text and "…" not in text


def test_a_column_without_content_is_left_out(tmp_path):
    made = MadeUpRoot(tmp_path / "bare")
    made.add_function("0000:05:00.0")
    assert Program(made)("list").out.split()[:4] == ["ADDRESS", "ID", "STATE", "0000:05:00.0"]


COMMANDS = [("list",), ("plan",), ("explain", "01:00.0"), ("apply", "--dry-run")]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_terminal_has_colours(program, words):
    assert "\x1b[" in program.on_terminal(*words, columns=120).out


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_and_dumb_terminals_have_none(program, words, environment):
    assert "\x1b" not in program.on_terminal(*words, columns=120, environment=environment).out


def test_an_empty_no_color_counts_as_unset(program):
    assert "\x1b[" in program.on_terminal("list", columns=120, environment={"NO_COLOR": ""}).out


@pytest.mark.parametrize("words", COMMANDS)
def test_a_pipe_has_no_colours(program, words):
    assert "\x1b" not in program(*words).out


@pytest.mark.parametrize("words", COMMANDS)
def test_always_and_never_are_obeyed(program, words):
    assert "\x1b[" in program(*words, "--color", "always", environment={"NO_COLOR": "1"}).out
    assert "\x1b" not in program.on_terminal(*words, "--color", "never", columns=120).out


@pytest.mark.parametrize("words", COMMANDS)
def test_colours_change_no_text(program, words):
    assert plain(program(*words, "--color", "always").out) == program(*words).out


@pytest.mark.parametrize("words", COMMANDS)
def test_json_has_no_colours(program, words):
    result = program(*words, "--json", "--color", "always")
    assert "\x1b" not in result.out and result.document


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "04:00.0"), ("apply", "04:00.0"),
                                   ("bind", "--dry-run", "04:00.0"), ("release", "04:00.0")])
def test_with_json_there_is_one_document_and_nothing_else(program, words):
    document = program(*words, "--json").document
    assert document["schema"] == f"vfio-rebind.{'plan' if '--dry-run' in words else words[0]}/1"


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "04:00.0")])
def test_results_are_on_standard_output_and_nothing_on_standard_error(program, words):
    result = program(*words)
    assert result.out != "" and result.err == ""


def test_errors_are_on_standard_error_alone(program):
    result = program("explain", "ff:00.0").ends(69)
    assert result.out == "" and result.err.startswith("vfio-rebind: ")


def test_json_says_failures_on_standard_error_too_unless_quiet(program):
    assert "0000:04:00.0: failed" in program("apply", "--json", "04:00.0").err
    assert program("apply", "--json", "--quiet", "04:00.0").err == ""


def test_verbose_says_more(program):
    lines = lambda *words: len(program("apply", *words, "04:00.0").out.splitlines())
    assert lines("--verbose") >= lines()
    path = ("--action", "add", "--devpath", "/devices/pci0000:00/0000:05:00.0")
    assert program("handle", *path).err == ""


def test_under_systemd_lines_carry_priorities(root, program):
    root.at("etc/vfio-rebind/policy.d").chmod(0o775)
    warned = program("list", environment={"JOURNAL_STREAM": "8:1234"}).ends(0)
    assert warned.err and all(line.startswith("<4>") for line in warned.err.splitlines())
    assert not warned.out.startswith("<")
    root.add_policy("[[policy]\n")
    wrong = program("list", environment={"JOURNAL_STREAM": "8:1234"}).ends(65)
    assert any(line.startswith("<3>") for line in wrong.err.splitlines())


def test_what_handle_did_carries_priorities(program):
    path = ("--action", "add", "--devpath", "/devices/pci0000:00/0000:04:00.0")
    result = program("handle", *path, environment={"JOURNAL_STREAM": "8:1234"}).ends(1)
    assert result.err.startswith("<3>0000:04:00.0: failed")


def test_no_command_asks_a_question(root, program):
    for words in (("apply",), ("bind", "05:00.0"), ("release", "--all")):
        assert program(*words).status in (0, 1, 2), words
    assert root.driver("0000:04:00.0") == "mlx4_core"


def test_a_reader_that_goes_away_does_no_harm(program):
    with subprocess.Popen(program.words("list"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_wrong_bytes_of_sysfs_do_not_break_the_document(root, program):
    root.write("sys/bus/pci/devices/0000:04:00.0/driver_override", b"\xff\xfe\n")
    root.write("sys/bus/pci/devices/0000:05:00.0/class", b"\xff\n")
    root.write("sys/bus/pci/devices/0000:01:00.0/revision", b"0x" + b"f" * 100_000)
    assert program("list", "--json").ends(0).functions["0000:04:00.0"]["driver_override"] is None
