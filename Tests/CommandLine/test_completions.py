"""Completions of addresses and policy names, asked for as the shells do."""

import os
import pty
import subprocess
import time

import pytest

from made_up_root import policy
from program import SECONDS

COMMANDS = ["list", "plan", "explain", "apply", "bind", "release"]

# Fills in what readline gives to a function of `complete -F`, and prints what that offers.
ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_vfio-rebind vfio-rebind "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
case $COMP_WORDBREAKS in *:*) exit 1 ;; esac
"""


# Ctrl-T writes what the line has become behind a tab, and empties it.
ZSH = """
PS1='ready> '; PATH={bin}:$PATH; fpath=({folder} $fpath)
autoload -U compinit; compinit -u -D
shown() {{ print -r -- "$BUFFER" > {answer}.new; zle kill-whole-line; mv {answer}.new {answer} }}
zle -N shown; bindkey '^T' shown; bindkey '^I' complete-word
: > {answer}
"""
FISH = """
set -x PATH {bin} $PATH; source {folder}/_vfio-rebind
function shown; complete -C "vfio-rebind $argv" > {answer}.new; mv {answer}.new {answer}; end
touch {answer}
"""


@pytest.fixture
def shell(program, tmp_path):
    """Starts an interactive shell with its completions; the result types a text there and gives what the shell writes
    down."""
    started = []
    places = {name: tmp_path / f"shell-{name}" for name in ("bin", "folder", "answer")}
    for name in ("bin", "folder"):
        places[name].mkdir()
    (places["bin"] / "vfio-rebind").symlink_to(program.path)

    def start(name, beginning, *words):
        (places["folder"] / "_vfio-rebind").write_text(
            program.plain("--generate-completion-script", name).ends(0).out, encoding="utf-8")
        script = tmp_path / "start"
        script.write_text(beginning.format(**places), encoding="utf-8")
        child, terminal = pty.fork()
        if child == 0:
            os.execvpe(name, [name, *words, "-i"], {**os.environ, "TERM": "dumb", "HOME": str(tmp_path)})
        started.append((child, terminal))
        os.set_blocking(terminal, False)

        def ask(text):
            places["answer"].unlink(missing_ok=True)
            os.write(terminal, text.encode())
            printed, deadline = b"", time.monotonic() + SECONDS
            while not places["answer"].exists():
                assert time.monotonic() < deadline, f"{name} does not answer: {printed}"
                try:
                    printed += os.read(terminal, 1 << 16)
                except BlockingIOError:
                    time.sleep(0.01)
            return places["answer"].read_text(encoding="utf-8")

        ask(f"source {script}\n")
        return ask

    yield start
    for child, terminal in started:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


@pytest.fixture
def fish(shell):
    """What fish offers for a line, words and not their descriptions."""
    ask = shell("fish", FISH, "--no-config")
    return lambda line: {
        text.split("\t")[0] for text in ask(f"shown '{line}'\n").splitlines() if not text.startswith("-")}


@pytest.fixture
def zsh(shell):
    """What an interactive zsh makes of a line and a tab."""
    ask = shell("zsh", ZSH, "-f")
    return lambda line: ask(f"vfio-rebind {line}\t\x14").rstrip().removeprefix("vfio-rebind ").replace("\\:", ":")


def test_fish_itself(root, card, fish):
    root.add_function("0001:00:00.0", "15b3:1003")
    root.add_policy(policy("nic", 'id = "8086:10d3"') + policy("gpu", 'class = "03"'))
    place = f"--root {root.path}"
    assert fish("expl") == {"explain"}
    for command in COMMANDS:
        assert fish(f"{command} {place} ") >= {card, "0001:00:00.0"}
        assert fish(f"{command} {place} 0001:") == {"0001:00:00.0"}
    assert fish(f"explain {place} --only ") >= {"nic", "gpu"}
    assert fish(f"explain {place} --only n") == {"nic"}


def test_zsh_itself(root, card, zsh):
    root.add_function("0001:00:00.0", "15b3:1003")
    root.add_policy(policy("nic", 'id = "8086:10d3"') + policy("gpu", 'class = "03"'))
    place = f"--root {root.path}"
    assert zsh("expl") == "explain"
    for command in COMMANDS:
        assert zsh(f"{command} {place} 0001") == f"{command} {place} 0001:00:00.0"
    assert zsh(f"explain {place} --only n") == f"explain {place} --only nic"


@pytest.fixture
def offered(root, program, tmp_path):
    """What bash offers for the last of these words, options apart."""
    script = tmp_path / "completion.bash"
    script.write_text(program.plain("--generate-completion-script", "bash").ends(0).out, encoding="utf-8")

    def ask(*words):
        line = [program.path, words[0], "--root", root.path, *words[1:]]
        done = subprocess.run(
            ["bash", "-c", ASK, "bash", script, *line], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return {word for word in done.stdout.split() if not word.startswith("-")}

    return ask


@pytest.mark.parametrize("command", COMMANDS)
def test_addresses(root, card, offered, command):
    root.add_function("0001:00:00.0", "15b3:1003")
    assert offered(command, "") == {card, "0001:00:00.0"}
    assert offered(command, "0000:0") == {card}
    assert offered(command, "04:") == {"04:00.0"}
    assert offered(command, "7") == set()


def test_addresses_behind_the_kind_of_an_export(card, offered):
    assert offered("export", "qemu", "") == {card}
    assert offered("export", "mod") == {"modprobe"}


def test_policy_names(root, card, offered):
    root.add_policy(
        policy("nic", 'id = "8086:10d3"') + policy("nvme", 'class = "0108"') + policy("gpu", 'class = "03"')
    )
    assert offered("explain", "--only", "") == {"nic", "nvme", "gpu"}
    assert offered("explain", "--only", "n") == {"nic", "nvme"}


def test_where_there_is_nothing_there_is_no_error(root, card, offered):
    root.add_policy("nonsense")
    assert offered("explain", "--only", "") == set()
    root.at("sys").rename(root.path / "gone")
    assert offered("list", "") == set()


@pytest.mark.parametrize("shell, text", [("zsh", "0000\\:04\\:00.0"), ("fish", "0000:04:00.0")])
def test_colons_of_other_shells(root, program, card, shell, text):
    words = [program.path, "list", "--root", str(root.path), ""]
    index = ["4", "0"]
    result = program.plain(
        "---completion", "list", "--", "positional@0", *index, *words, environment={"SAP_SHELL": shell}).ends(0)
    assert text in result.out


def test_only_one_policy_is_tried(root, program, card):
    root.add_policy(policy("nic", 'id = "8086:10d3"') + policy("gpu", 'class = "03"'))
    trials = program("explain", "--json", "--only", "gpu", card).ends(0).document["policies"]
    assert [each["policy"] for each in trials] == ["gpu"]
    assert 'did you mean "gpu"' in program("explain", "--only", "gup", card).ends(64).err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(program, shell):
    assert "vfio-rebind" in program.plain("--generate-completion-script", shell).ends(0).out
