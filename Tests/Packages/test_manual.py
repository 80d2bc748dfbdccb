"""The manual pages: no tool warns, and nothing is left out."""

import json
import os
import subprocess

import pytest
from conftest import PROJECT

PAGES = ["vfio-rebind-policy.5", "vfio-rebind-snapshot.5", "vfio-rebind.8", "vfio-rebind.toml.5"]
GUARDS = ["bridge", "siblings", "target", "below", "storage", "network", "open", "console", "libvirt", "iommu", "group", "vfs", "identity", "in-use"]
POLICY_KEYS = ["name", "match", "except", "description", "action", "driver", "method", "group", "guards", "timeout", "access"]
MATCH_KEYS = [
    "id", "subsystem", "class", "address", "driver", "path", "slot", "serial", "function", "physical_function", "removable",
    "numa_node", "fid", "uid", "pchid"]
USE_KEYS = ["verdict", "evidence", "overridable", "absent"]
RECORD_KEYS = ["address", "id", "instance", "method", "native_driver", "native_override", "note", "override_written", "phase",
               "policy", "target", "time"]  # fmt: skip
SETTINGS = ["workers", "receive_buffer", "reload_delay", "release_on_policy_removal", "log_level"]


def text_of(page):
    environment = {**os.environ, "MANWIDTH": "1000"}
    return subprocess.run(["man", "-l", page], env=environment, capture_output=True, text=True, check=True).stdout


def entries(text):
    """The words that begin a line, as tagged paragraphs do."""
    return {word.rstrip(",") for line in text.splitlines() for word in line.split()[:4]}


def test_the_pages(pages):
    assert sorted(pages) == PAGES


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "tool",
    [["groff", "-ww", "-man", "-Tutf8", "-z"], ["mandoc", "-Tlint", "-Wwarning"], ["man", "--warnings", "-l"]],
    ids=lambda tool: tool[0],
)
def test_no_tool_warns(pages, tool, name):
    done = subprocess.run([*tool, pages[name]], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stderr == ""
    assert tool[0] == "man" or done.stdout == ""


def test_every_command_and_option(pages, binary):
    text = text_of(pages["vfio-rebind.8"])
    program = json.loads(subprocess.run([binary, "--experimental-dump-help"], capture_output=True, check=True).stdout)
    commands = [
        each for each in program["command"]["subcommands"] if each["shouldDisplay"] and each["commandName"] != "help"
    ]
    assert len(commands) >= 8
    for command in commands:
        assert f"\n   {command['commandName']}" in text
        for argument in command["arguments"]:
            for name in argument.get("names", []) if argument["shouldDisplay"] else []:
                assert ("--" if name["kind"] == "long" else "-") + name["name"] in entries(text), (
                    command["commandName"],
                    name,
                )


def test_every_guard_status_and_file(pages):
    text = text_of(pages["vfio-rebind.8"])
    assert set(GUARDS) <= entries(text)
    assert {"0", "1", "2", "3", "64", "65", "69", "77"} <= entries(text)
    for path in ("/etc/vfio-rebind/policy.d", "/run/vfio-rebind/policy.d", "/usr/lib/vfio-rebind/policy.d",
                 "/etc/vfio-rebind/vfio-rebind.toml", "/run/vfio-rebind/", "/var/lib/vfio-rebind/", "60-vfio-rebind.rules"):
        assert path in text
    for unit in (PROJECT / "packaging/systemd").glob("*.service"):
        assert unit.name in text


def test_every_key(pages):
    policy = entries(text_of(pages["vfio-rebind-policy.5"]))
    assert set(POLICY_KEYS) | set(MATCH_KEYS) <= policy
    assert set(SETTINGS) <= entries(text_of(pages["vfio-rebind.toml.5"]))


def test_every_key_of_a_snapshot(pages, binary, tmp_path):
    function = tmp_path / "sys/bus/pci/devices/0000:01:00.0"
    function.mkdir(parents=True)
    for name, value in (("vendor", "0x15b3"), ("device", "0x1003"), ("class", "0x020000")):
        (function / name).write_text(f"{value}\n")
    taken = subprocess.run([binary, "--root", tmp_path, "snapshot"], capture_output=True, text=True, check=True).stdout
    document = json.loads(taken)
    keys = {*document, *document["functions"][0], *document["surroundings"]}
    assert len(document["functions"][0]) > 20 and len(document["surroundings"]) > 15
    text = text_of(pages["vfio-rebind-snapshot.5"])
    words = {word.strip(",.:;") for word in text.split()}
    assert not (keys | set(USE_KEYS) | set(RECORD_KEYS)) - words
    # Those of one kind, and no others, begin a paragraph.
    named = {word for line in text.splitlines() if line.startswith("       ") and not line.startswith("        ")
             for word in line.strip().split(", ") if "_" in word and " " not in word}  # fmt: skip
    assert named and named <= keys
