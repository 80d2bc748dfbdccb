"""The packages build from this tree, and the tools that judge packages find no errors."""

import os
import subprocess

import pytest
from conftest import PROJECT

ALIKE = [
    "/usr/sbin/vfio-rebind", "/etc/vfio-rebind/policy.d/50-example.toml", "/usr/share/man/man8/vfio-rebind.8.gz",
    "/usr/share/man/man5/vfio-rebind-policy.5.gz", "/usr/share/man/man5/vfio-rebind.toml.5.gz",
    "/usr/share/man/man5/vfio-rebind-snapshot.5.gz",
    "/usr/share/bash-completion/completions/vfio-rebind", "/usr/share/fish/vendor_completions.d/vfio-rebind.fish",
    "/usr/lib/vfio-rebind/policy.d", "/usr/lib/vfio-rebind/early-policies", "/var/lib/vfio-rebind",
    "/usr/lib/dracut/modules.d/60vfio-rebind/module-setup.sh",
]
DEBIAN = [
    *ALIKE, "/lib/udev/rules.d/60-vfio-rebind.rules", "/lib/systemd/system/vfio-rebind.service",
    "/lib/systemd/system/vfio-rebind-apply.service", "/usr/share/zsh/vendor-completions/_vfio-rebind",
    "/usr/share/initramfs-tools/hooks/vfio-rebind", "/usr/share/doc/vfio-rebind/README.Debian",
]
FEDORA = [
    *ALIKE, "/usr/lib/udev/rules.d/60-vfio-rebind.rules", "/usr/lib/systemd/system/vfio-rebind.service",
    "/usr/lib/systemd/system/vfio-rebind-apply.service", "/usr/share/zsh/site-functions/_vfio-rebind",
]


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout + done.stderr


def built(script, binary, folder):
    """Builds with the release binary that is there; building it again would take minutes and test the compiler."""
    environment = {**os.environ, "VFIO_REBIND_BINARY": str(binary)}
    done = subprocess.run(
        [PROJECT / "packaging" / script, folder], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def deb(binary, tmp_path_factory):
    return built("build-deb", binary, tmp_path_factory.mktemp("deb"))


@pytest.fixture(scope="module")
def rpm(binary, tmp_path_factory):
    return built("build-rpm", binary, tmp_path_factory.mktemp("rpm"))


def test_deb_has_what_it_should(deb):
    _, listed = run("dpkg-deb", "--contents", deb)
    paths = {line.split()[5].removeprefix(".").rstrip("/") for line in listed.splitlines()}
    assert set(DEBIAN) <= paths, set(DEBIAN) - paths
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    _, conffiles = run("dpkg-deb", "--info", deb, "conffiles")
    assert conffiles == "/etc/vfio-rebind/policy.d/50-example.toml\n"


def test_lintian_has_no_errors(deb):
    status, said = run("lintian", "--no-cfg", "--allow-root", "--fail-on", "error", deb)
    print(said)
    assert status == 0, said


def test_rpm_has_what_it_should(rpm):
    _, listed = run("rpm", "-qlp", rpm)
    assert set(FEDORA) <= set(listed.splitlines()), set(FEDORA) - set(listed.splitlines())


def test_rpmlint_has_no_errors(rpm):
    folder = PROJECT / "packaging/rpm"
    status, said = run("rpmlint", "-c", folder / "rpmlint.toml", rpm, folder / "vfio-rebind.spec")
    print(said)
    assert status == 0 and " 0 errors" in said, said


def test_the_example_policy_names_nothing(binary, tmp_path):
    root = tmp_path / "root"
    run(PROJECT / "Tests/Benchmarks/make-root", "--functions", "16", root)
    status, said = run(binary, "plan", "--json", "--root", root, "--policy", PROJECT / "packaging/50-example.toml")
    assert status == 0 and '"functions":[]' in said, said
    # And without its signs it is what it says: policies.
    text = (PROJECT / "packaging/50-example.toml").read_text(encoding="utf-8")
    lines = [
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith(("# [[", "# name", "# match", "# group", "# action"))
    ]
    (tmp_path / "shown.toml").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "shown.toml").chmod(0o644)
    status, said = run(binary, "plan", "--json", "--root", root, "--policy", tmp_path / "shown.toml")
    assert status in (0, 2), said


def test_early_boot_keeps_the_types_that_the_host_refuses(tmp_path):
    """What the program says of the host is made up here; the lab asks the real one."""
    refused = (
        '{"complete":true,"functions":[{"address":"0000:01:00.0","decision":"refused","driver":"nvme","guards":[{"evidence":["x"],'
        '"guard":"storage","setting":"enforce","verdict":"busy"}],"id":"144d:a808","method":null,"policy":"disks","steps":[]},'
        '{"address":"0000:02:00.0","decision":"rebind","driver":"e1000e","guards":[],"id":"8086:10d3","method":"new_id","steps":[]},'
        '{"address":"0000:03:00.0","decision":"refused","driver":"nvme","guards":[],"id":"144d:a808","method":null,"steps":[]}],'
        '"registrations":[{"driver":"vfio-pci","id":"15b3:1003","policy":"x","present":false}]}'
    )
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho '{refused}'\nexit 2\n", encoding="utf-8")
    program.chmod(0o755)
    early = PROJECT / "packaging/early-policies"
    status, said = run(early, tmp_path / "policies", env={**os.environ, "VFIO_REBIND": str(program)})
    assert (status, said) == (0, "")
    kept = (tmp_path / "policies/!host.toml").read_text(encoding="utf-8")
    assert kept.count("[[policy]]") == 1 and 'match = { id = "144d:a808" }\naction = "ignore"' in kept
    # Where nothing is known of the host, nothing is done.
    program.write_text("#!/bin/sh\nexit 69\n", encoding="utf-8")
    status, said = run(early, tmp_path / "none", env={**os.environ, "VFIO_REBIND": str(program)})
    assert status == 1 and "status 69" in said and list((tmp_path / "none").iterdir()) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_name_every_command(binary, shell, tmp_path):
    run(PROJECT / "packaging/install-tree", "--generate", binary, tmp_path)
    text = (tmp_path / f"completion.{shell}").read_text(encoding="utf-8")
    assert not text.startswith("#!")
    for command in ("list", "plan", "explain", "apply", "bind", "release", "monitor"):
        assert command in text
    if shell == "bash":
        assert run("bash", "-n", tmp_path / "completion.bash") == (0, "")
