"""What the README shows: its outputs, pictures and tables are what its commands make."""

import re
import subprocess

from program import PROJECT, SECONDS, binary

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def run(commands, folder):
    """What a shell prints; the program stands where a release build puts it, and /tmp is a folder of the test."""
    script = commands.replace("/tmp/", f"{folder}/").replace("packaging/pictures/", f"{folder}/")
    script = script.replace(".build/release/vfio-rebind", str(binary()))
    done = subprocess.run(["sh", "-c", script], cwd=PROJECT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS, check=False)  # fmt: skip
    return done.stdout.replace(f"{folder}/", "/tmp/")


def table(head):
    """The first cells of the table whose head begins so, without code marks."""
    lines = README[README.index(f"| {head} ") :].split("\n\n")[0].splitlines()[2:]
    return [re.findall(r"`([^`]*)`", line.split(" | ")[0]) for line in lines]


def test_outputs(tmp_path):
    shown = blocks("console")
    assert len(shown) == 3
    for block in shown:
        commands = "\n".join(line[2:] for line in block.splitlines() if line.startswith("$ "))
        output = "".join(f"{line}\n" for line in block.splitlines() if not line.startswith("$ "))
        assert run(commands, tmp_path) == output


def test_pictures(tmp_path):
    (made,) = [block for block in blocks("console") if "make-root" in block]
    run(made.splitlines()[0][2:], tmp_path)
    (commands,) = [block for block in blocks("sh") if "dot -Tsvg" in block]
    assert run(commands, tmp_path) == ""
    for name in re.findall(r'<img src="packaging/pictures/([^"]*)"', README):
        assert (tmp_path / name).read_text() == (PROJECT / "packaging/pictures" / name).read_text()


def test_commands_are_those_of_the_program():
    help_text = subprocess.run([binary(), "--help"], text=True, capture_output=True, check=True).stdout
    subcommands = re.findall(r"^  ([a-z]+) ", help_text[help_text.index("SUBCOMMANDS") :], re.MULTILINE)
    assert sorted({cell[0].split()[0] for cell in table("command")}) == sorted(subcommands)


def manual(name):
    return (PROJECT / "packaging/man" / name).read_text(encoding="utf-8").replace("\\-", "-").replace("\\(dq", '"')


def test_settings_are_those_of_the_manual():
    described = re.findall(r'^\.BR (\w+) " = " (\S+)$', manual("vfio-rebind.toml.5"), re.MULTILINE)
    shown = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", README[README.index("| key ") :].split("\n\n")[0], re.MULTILINE)
    assert described and shown == described


def test_guards_are_those_of_the_manual():
    section = manual("vfio-rebind.8.in").split(".SH GUARDS\n")[1].split("\n.SH ")[0]
    described = re.findall(r"^\.TP\n\.B (\S+)$", section, re.MULTILINE)
    assert sorted(cell[0] for cell in table("guard")) == sorted(described)
