"""Help, version, and what is said of wrong usage."""

import pytest

COMMANDS = [
    "list", "plan", "explain", "apply", "bind", "release", "handle", "monitor", "export", "snapshot", "test", "forget",
    "check", "status",
]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_of_each_command_is_on_standard_output(program, command, word):
    result = program.plain(command, word).ends(0)
    assert result.err == ""
    assert f"vfio-rebind {command}" in result.out
    for option in ("--root", "--policy", "--json", "--quiet", "--verbose", "--color", "--help"):
        assert option in result.out, option


@pytest.mark.parametrize("words", [("--help",), ("help",)])
def test_help_names_every_command_and_none_that_is_not_for_people(program, words):
    result = program.plain(*words).ends(0)
    assert result.err == ""
    for command in COMMANDS:
        assert f"\n  {command} " in result.out, command
    assert "\n  finish" not in result.out and "overview" not in result.out


@pytest.mark.parametrize("command", [(), *[(command,) for command in COMMANDS]])
def test_version_is_on_standard_output(program, command):
    result = program.plain(*command, "--version").ends(0)
    assert result.out.startswith("vfio-rebind ") and result.err == ""


@pytest.mark.parametrize("command, options", [
    ("list", ["--groups"]), ("plan", ["--detailed-exitcode", "--all", "--override"]),
    ("apply", ["--dry-run", "--override", "--detailed-exitcode"]),
    ("bind", ["--driver", "--method", "--override", "--dry-run"]), ("release", ["--all", "--dry-run"]),
    ("handle", ["--action", "--devpath", "--dry-run"]), ("monitor", ["--dry-run"]),
])
def test_help_names_the_options_of_a_command(program, command, options):
    text = program.plain(command, "--help").out
    for option in options:
        assert option in text, option


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_64(program, command):
    address = ["04:00.0"] if command in ("explain", "bind", "release", "forget") else ["udev"] if command == "export" else ["cases.toml"] if command == "test" else []
    result = program.plain(command, "--jsn", *address).ends(64)
    assert "--jsn" in result.err and result.out == ""
    assert f"vfio-rebind {command} --help" in result.err


@pytest.mark.parametrize("words, meant", [
    (("plan", "--polcy", "/etc/x"), "--policy"), (("apply", "--overide", "storage"), "--override"),
    (("bind", "04:00.0", "--drivr=auto"), "--driver"), (("plan", "--json", "--alll", "zz"), "--all"),
])
def test_of_a_misspelled_option_not_its_value_is_blamed(program, words, meant):
    result = program.plain(*words).ends(64)
    assert f"did you mean \"{meant}\"" in result.err and "PCI address" not in result.err
    assert ("unknown option" in result.out) == ("--json" in words)


def test_what_stands_behind_two_dashes_is_no_option(program):
    result = program.plain("plan", "--", "--polcy").ends(64)
    assert "PCI address" in result.err and "unknown option" not in result.err


@pytest.mark.parametrize("word, meant", [("lst", "list"), ("aply", "apply"), ("bnd", "bind"), ("Release", "release")])
def test_an_unknown_command_is_64_and_the_nearest_is_named(program, word, meant):
    result = program.plain(word).ends(64)
    assert f"'{word}'" in result.err and f'did you mean "{meant}"' in result.err and "--help" in result.err


def test_a_command_that_is_like_no_other_names_all(program):
    result = program.plain("frobnicate", "--root", "/nowhere").ends(64)
    assert all(f'"{command}"' in result.err for command in COMMANDS) and "finish" not in result.err


@pytest.mark.parametrize("words", [
    ("frobnicate",), ("list", "--nonsense"), ("list", "nonsense"), ("explain",), ("bind",), ("release",), ("export",),
    ("list", "--color", "green"), ("list", "--root"), ("plan", "--override", "nonsense"),
    ("apply", "--override", "vfs"),
    ("list", "--quiet", "--verbose"), ("apply", "--detailed-exitcode"), ("handle", "--action", "add"),
    ("monitor", "extra"), ("bind", "--method", "x", "04:00.0"),
])
def test_wrong_usage_is_a_document_with_json(program, words):
    result = program.plain(*words, "--json").ends(64)
    document = result.document
    assert document["schema"] == "vfio-rebind.error/1" and document["status"] == 64
    assert document["message"] and document["message"].split("\n")[0] in result.err
    plain = program.plain(*words).ends(64)
    assert plain.out == "" and plain.err != ""


def test_detailed_exitcode_of_apply_goes_with_dry_run(program, card):
    program("apply", "--detailed-exitcode").ends(64)
    program("apply", "--detailed-exitcode", "--dry-run", card).ends(0)


def test_options_of_every_command_may_stand_before_it(root, program, card):
    behind = program.plain("list", "--json", "--root", root.path, card).ends(0)
    for words in (
        ("--root", root.path, "--json", "list", card), (f"--root={root.path}", "--json", "list", card),
        ("--json", "-q", "--color", "never", "list", "--root", root.path, card),
    ):
        assert program.plain(*words).ends(0).out == behind.out


def test_a_root_may_be_relative(root, program, card):
    result = program.plain("list", "--root", root.path.name, folder=root.path.parent).ends(0)
    assert card in result.out


def test_monitor_does_not_run_below_another_root(program):
    result = program("monitor").ends(69)
    assert "does not support --root" in result.err
    assert program("monitor", "--json").ends(69).document["status"] == 69
