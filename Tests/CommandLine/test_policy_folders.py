"""Where policies come from: three folders, systemd's rule for drop-ins, and `--policy`."""

import os

import pytest

from made_up_root import policy

NIC = 'id = "8086:10d3"'


def names(program, *words):
    """The policies in the order in which they are tried."""
    return [each["policy"] for each in program("explain", "--json", "04:00.0", *words).ends(0).document["policies"]]


@pytest.fixture(autouse=True)
def one_card(card):
    """The card of the tests."""
    return card


def test_files_are_read_in_the_order_of_their_base_names_over_the_three_folders(root, program):
    root.add_policy(policy("c", NIC), "30-c.toml", "etc")
    root.add_policy(policy("a", NIC), "10-a.toml", "usr/lib")
    root.add_policy(policy("b", NIC), "20-b.toml", "run")
    root.add_policy(policy("d2", NIC) + policy("d1", NIC), "40-d.toml", "usr/lib")
    assert names(program) == ["a", "b", "c", "d2", "d1"]


def test_names_are_ordered_by_their_bytes(root, program):
    for file in ("9.toml", "10.toml", "a.toml", "B.toml", "é.toml"):
        root.add_policy(policy(file.replace("é", "e").removesuffix(".toml"), NIC), file)
    assert names(program) == ["10", "9", "B", "a", "e"]


@pytest.mark.parametrize("higher, lower", [("etc", "run"), ("etc", "usr/lib"), ("run", "usr/lib")])
def test_a_file_hides_one_of_its_base_name_in_a_lower_folder(root, program, higher, lower):
    root.add_policy(policy("shown", NIC), "50-nic.toml", higher)
    root.add_policy("this is no TOML, and nobody reads it", "50-nic.toml", lower)
    assert names(program) == ["shown"]


@pytest.mark.parametrize("higher, lower", [("etc", "run"), ("etc", "usr/lib"), ("run", "usr/lib")])
def test_an_empty_file_masks(root, program, higher, lower):
    root.add_policy("", "50-nic.toml", higher)
    root.add_policy(policy("hidden", NIC), "50-nic.toml", lower)
    assert names(program) == []


@pytest.mark.parametrize("higher, lower", [("etc", "run"), ("etc", "usr/lib"), ("run", "usr/lib")])
def test_a_link_to_dev_null_masks_by_its_text(root, program, higher, lower):
    root.link(f"{higher}/vfio-rebind/policy.d/50-nic.toml", "/dev/null")
    root.add_policy(policy("hidden", NIC), "50-nic.toml", lower)
    assert not root.at("dev/null").exists()
    assert names(program) == []


def test_a_masked_file_does_not_mask_others(root, program):
    root.add_policy("", "50-nic.toml", "etc")
    root.add_policy(policy("hidden", NIC), "50-nic.toml", "usr/lib")
    root.add_policy(policy("shown", NIC), "51-nic.toml", "usr/lib")
    assert names(program) == ["shown"]


def test_only_toml_files_are_read(root, program):
    for file in ("README", "nic.toml.dpkg-old", "nic.toml~", ".nic.toml", "nic.conf"):
        root.add_policy("no TOML", file)
    root.add_policy(policy("nic", NIC), "nic.toml")
    assert names(program) == ["nic"]


def test_links_are_followed(root, program):
    root.write("etc/elsewhere/nic.toml", policy("nic", NIC))
    root.link("etc/vfio-rebind/policy.d/50-nic.toml", "../../elsewhere/nic.toml")
    assert names(program) == ["nic"]


def test_absolute_links_are_resolved_below_the_root(root, program, tmp_path):
    outside = tmp_path / "outside.toml"
    outside.write_text(policy("outside", NIC))
    root.write(str(outside), policy("inside", NIC))
    root.link("etc/vfio-rebind/policy.d/50-nic.toml", str(outside))
    assert names(program) == ["inside"]


def test_links_that_climb_out_end_at_the_root(root, program, tmp_path):
    (tmp_path / "outside.toml").write_text(policy("outside", NIC))
    root.link("etc/vfio-rebind/policy.d/50-nic.toml", "../" * 20 + str(tmp_path / "outside.toml").lstrip("/"))
    result = program("list").ends(65)
    assert "link to a file that is not there" in result.err


def test_a_folder_that_is_a_link_is_taken_below_the_root(root, program, tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/50-nic.toml").write_text(policy("outside", NIC))
    root.at("etc/vfio-rebind/policy.d").rmdir()
    root.link("etc/vfio-rebind/policy.d", str(tmp_path / "policies"))
    assert names(program) == []


# --policy


def test_policy_replaces_the_three_folders(root, program):
    root.add_policy(policy("standard", NIC))
    root.write("srv/own.toml", policy("own", NIC))
    assert names(program, "--policy", "/srv/own.toml") == ["own"]


def test_policy_is_repeated_and_its_order_kept(root, program):
    root.write("srv/b.toml", policy("b", NIC))
    root.write("srv/a.toml", policy("a", NIC))
    root.write("srv/more/2.toml", policy("two", NIC))
    root.write("srv/more/1.toml", policy("one", NIC))
    words = ("--policy", "/srv/b.toml", "--policy", "/srv/more", "--policy", "/srv/a.toml")
    assert names(program, *words) == ["b", "one", "two", "a"]


def test_an_empty_file_of_policy_has_no_policies(root, program):
    root.write("srv/empty.toml", "")
    assert names(program, "--policy", "/srv/empty.toml") == []


def test_policy_that_is_not_there_is_65(root, program):
    before = root.fingerprint()
    for command in ("list", "plan", "apply"):
        result = program(command, "--policy", "/srv/nowhere.toml").ends(65)
        assert "/srv/nowhere.toml" in result.err and "not there" in result.err
    assert root.fingerprint() == before


def test_names_stay_unique_over_the_files_of_policy(root, program):
    root.write("srv/a.toml", policy("same", NIC))
    root.write("srv/b.toml", policy("same", NIC))
    result = program("list", "--policy", "/srv/a.toml", "--policy", "/srv/b.toml").ends(65)
    assert "/srv/b.toml" in result.err and "/srv/a.toml" in result.err and "same" in result.err


def test_policy_is_looked_for_below_the_root_first(root, program, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(policy("outside", NIC))
    root.write(str(own), policy("inside", NIC))
    assert names(program, "--policy", str(own)) == ["inside"]


def test_policy_that_is_not_below_the_root_is_the_path_of_the_user(program, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(policy("own", NIC))
    own.chmod(0o644)
    assert names(program, "--policy", str(own)) == ["own"]
    folder = tmp_path / "own"
    folder.mkdir(mode=0o755)
    (folder / "a.toml").write_text(policy("in-a-folder", NIC))
    assert names(program, "--policy", str(folder)) == ["in-a-folder"]


def test_a_relative_policy_is_found_from_where_the_user_is(program, tmp_path):
    (tmp_path / "own.toml").write_text(policy("own", NIC))
    os.chmod(tmp_path / "own.toml", 0o644)
    result = program("explain", "--json", "04:00.0", "--policy", "own.toml", folder=tmp_path).ends(0)
    assert [each["policy"] for each in result.document["policies"]] == ["own"]
