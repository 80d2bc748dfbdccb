"""On a machine's own root: what works without root rights, what does not, and what is said.

A made-up machine is mounted over /sys, /run and the policies in name spaces of their own, so that no function of
the machine of the tests is looked at or written to.
"""

import os
import shutil

import pytest

from made_up_root import let_in, policy
from program import Program

NIC = 'address = "0000:04:00.0"'
NOBODY = 1000
SCRIPT = """
set -e
root=$1; user=$2; shift 2
mount --rbind "$root/sys" /sys
for folder in run etc/vfio-rebind usr/lib/vfio-rebind; do
    if [ -d "/$folder" ] && [ -d "$root/$folder" ]; then mount --rbind "$root/$folder" "/$folder"; fi
done
if [ "$user" = 0 ]; then exec "$@"; fi
if [ "$(cat /proc/self/uid_map | tr -s ' ')" = " 0 0 4294967295" ]; then
    exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"
fi
exec unshare --user --map-user="$user" -- "$@"
"""


@pytest.fixture
def host(root, card, tmp_path):
    """Runs a command with the made-up machine as the machine itself, as a user (0 is root)."""
    found = shutil.which("unshare")
    assert found, "unshare is missing: apt-get install util-linux"
    root.write("srv/nic.toml", policy("nic", NIC))
    # The driver has an interface, in a network name space that only root may look into.
    root.folder(f"{root.device(card)}/net")
    own = root.at("srv/nic.toml")
    let_in(tmp_path)
    spaces = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    program = Program()

    def run(*words, user=NOBODY, policies=True):
        named = ["--policy", own] if policies else []
        before = [found, *spaces, "--", "sh", "-c", SCRIPT, "sh", str(root.path), str(user)]
        return program.plain(*words, *named, before=before)

    assert card in run("list", "--json").functions, "the made-up machine was not mounted"
    return run


@pytest.mark.parametrize("words", [("list",), ("plan",), ("explain", "04:00.0"), ("apply", "--dry-run"),
                                   ("bind", "--dry-run", "04:00.0"), ("release", "--dry-run", "04:00.0"),
                                   ("release", "--dry-run", "--all")])
def test_looking_needs_no_root(host, words):
    host(*words).ends(0)


@pytest.mark.parametrize("words", [("apply",), ("apply", "04:00.0"), ("bind", "04:00.0"), ("release", "04:00.0"),
                                   ("release", "--all"), ("monitor",),
                                   ("handle", "--action", "add", "--devpath", "/devices/pci0000:00/0000:04:00.0")])
def test_writing_needs_root(root, host, words):
    before = root.fingerprint()
    result = host(*words, "--json").ends(77)
    assert result.document["status"] == 77 and "root" in result.err
    assert root.fingerprint() == before


def test_the_plan_says_that_it_is_not_complete(host):
    result = host("plan", "--json").ends(0)
    assert result.document["complete"] is False
    assert len(notes(result)) == 1 and "some guards need root" in result.err
    function = result.functions["0000:04:00.0"]
    guards = {guard["guard"]: guard for guard in function["guards"]}
    assert guards["network"]["verdict"] == "unknown" and guards["network"]["evidence"] == ["needs root"]
    assert function["decision"] == "rebind"


def notes(result):
    """The lines on standard error; policies of an unprivileged user of the tests are warned of besides."""
    return [line for line in result.err.splitlines() if "owned by" not in line]


def test_one_line_says_so_in_text_too(host):
    result = host("plan").ends(0)
    assert len(notes(result)) == 1 and "needs root" in result.out
    assert host("plan", "--quiet").err == ""
    assert len(notes(host("explain", "04:00.0"))) == 1
    assert len(notes(host("explain", "04:00.0", policies=False))) == 1


def test_root_sees_everything(host):
    result = host("plan", "--json", user=0)
    assert result.document["complete"] is True and result.err == ""


def test_wrong_usage_goes_before_root_rights(host):
    host("apply", "nonsense").ends(64)
    host("bind").ends(64)
    host("apply", "--override", "bridge").ends(64)


def test_root_rights_go_before_invalid_policies_and_missing_functions(root, host):
    root.write("srv/nic.toml", "[[policy]\n")
    host("apply").ends(77)
    host("plan").ends(65)
    host("bind", "ff:00.0").ends(77)
    host("explain", "ff:00.0").ends(65)


def test_no_sysfs_is_69(root, host):
    shutil.rmtree(root.at("sys/bus"))
    assert "is sysfs mounted?" in host("list").ends(69).err


def test_a_root_that_is_the_machine_itself_is_the_machine_itself(host):
    host("apply", "--root", "/").ends(77)
    host("apply", "--root", "/../").ends(77)
    assert host("plan", "--root", "/", "--json").document["complete"] is False
