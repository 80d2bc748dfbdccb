"""Whose policies are followed: owners and modes of files and folders."""

import os

import pytest

from made_up_root import let_in, policy

NIC = 'id = "8086:10d3"'
READERS = [("list",), ("plan",), ("explain", "04:00.0"), ("apply", "--dry-run"), ("bind", "--dry-run", "04:00.0")]
WRITERS = [("apply",), ("bind", "04:00.0"), ("release", "04:00.0"), ("release", "--all")]
STRANGER = 12345


@pytest.fixture(autouse=True)
def one_card(card):
    """The card of the tests."""
    return card


@pytest.fixture
def stranger():
    """Somebody who is neither root nor the user of the tests."""
    assert os.geteuid() == 0, "only root can give a file to somebody else: run these tests as root too"
    return STRANGER


@pytest.mark.parametrize("words", READERS + WRITERS)
@pytest.mark.parametrize("mode", [0o646, 0o666])
def test_a_file_that_others_can_write_is_refused_by_every_command(root, program, words, mode):
    file = root.add_policy(policy("nic", NIC), mode=mode)
    before = root.fingerprint()
    result = program(*words, "--json").ends(65)
    assert file in result.err and "write" in result.err
    assert result.document["status"] == 65 and any(file in detail for detail in result.document["details"])
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", READERS)
def test_reading_commands_warn_of_a_file_that_the_group_can_write(root, program, words):
    file = root.add_policy(policy("nic", NIC), mode=0o664)
    assert f"warning: {file}: group or others may write to it" in program(*words).ends(0).err
    assert program(*words, "--quiet").err == ""


@pytest.mark.parametrize("words", WRITERS)
def test_writing_commands_refuse_a_file_that_the_group_can_write(root, program, words):
    file = root.add_policy(policy("nic", NIC), mode=0o664)
    before = root.fingerprint()
    assert file in program(*words).ends(65).err
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", READERS)
def test_reading_commands_warn_of_a_folder_that_others_can_write(root, program, words):
    root.add_policy(policy("nic", NIC))
    root.at("etc/vfio-rebind/policy.d").chmod(0o775)
    result = program(*words).ends(0)
    assert "warning: /etc/vfio-rebind/policy.d" in result.err
    assert program(*words, "--quiet").err == ""


@pytest.mark.parametrize("words", WRITERS)
def test_writing_commands_refuse_a_folder_that_others_can_write(root, program, words):
    root.add_policy(policy("nic", NIC))
    root.at("etc/vfio-rebind/policy.d").chmod(0o757)
    before = root.fingerprint()
    assert "/etc/vfio-rebind/policy.d" in program(*words).ends(65).err
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", READERS)
def test_reading_commands_warn_of_another_owner(root, program, words, stranger):
    file = root.add_policy(policy("nic", NIC))
    os.chown(root.at(file), stranger, stranger)
    result = program(*words).ends(0)
    assert f"warning: {file}" in result.err and str(stranger) in result.err


@pytest.mark.parametrize("words", WRITERS)
def test_writing_commands_refuse_another_owner(root, program, words, stranger):
    file = root.add_policy(policy("nic", NIC))
    os.chown(root.at(file), stranger, stranger)
    before = root.fingerprint()
    result = program(*words).ends(65)
    assert file in result.err and str(stranger) in result.err
    assert root.fingerprint() == before


@pytest.mark.parametrize("words", WRITERS)
def test_writing_commands_refuse_a_folder_of_another_owner(root, program, words, stranger):
    os.chown(root.at("usr/lib/vfio-rebind/policy.d"), stranger, stranger)
    assert "/usr/lib/vfio-rebind/policy.d" in program(*words).ends(65).err


def test_below_another_root_the_invoking_user_may_own_them(root, program, stranger, tmp_path):
    root.add_policy(policy("nic", NIC))
    root.give_to(stranger)
    let_in(tmp_path)
    root.add_policy(policy("other", 'id = "1234:5678"'), "60-of-root.toml")
    assert program("plan", user=stranger).ends(0).err == ""
    program("apply", "--json", user=stranger).ends(1)


def test_the_target_of_a_link_is_judged(root, program):
    root.write("srv/nic.toml", policy("nic", NIC), 0o666)
    root.link("etc/vfio-rebind/policy.d/50-nic.toml", "/srv/nic.toml")
    program("list").ends(65)
    root.at("srv/nic.toml").chmod(0o644)
    program("list").ends(0)


def test_files_of_policy_are_judged_alike(root, program):
    root.write("srv/nic.toml", policy("nic", NIC), 0o666)
    assert "/srv/nic.toml" in program("list", "--policy", "/srv/nic.toml").ends(65).err


def test_a_mask_needs_no_trust(root, program):
    root.add_policy(policy("nic", NIC), "50-nic.toml", "usr/lib")
    root.link("etc/vfio-rebind/policy.d/50-nic.toml", "/dev/null")
    program("apply").ends(0)
