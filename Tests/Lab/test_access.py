"""Who may open VFIO's nodes: set when vfio-pci has the function, and again when udev makes the node anew."""

from steps import outcomes, plugged, program, wait_driver

POLICY = """[[policy]]
name = "nics"
match = { id = "8086:10d3" }
method = "driver_override"
access = { user = "tenant", group = "tenants", mode = "0660" }
"""


def node_of(machine, address):
    return f"/dev/vfio/{machine.group_of(address)}"


def access(machine, node):
    return machine.run(["stat", "-c", "%U %G %a", node]).stdout.strip()


def test_owner_group_and_mode_stay_through_events(machine):
    machine.install()
    machine.run("groupadd tenants && useradd -M -g tenants tenant")
    address = plugged(machine, "tenant-nic")
    wait_driver(machine, address, "e1000e")
    machine.policy(POLICY)
    assert outcomes(program(machine, "apply", address)) == {address: "rebound"}
    node = node_of(machine, address)
    machine.settle()
    assert access(machine, node) == "tenant tenants 660"
    # That user, and nobody else but root, opens it.
    assert machine.run(["runuser", "-u", "tenant", "--", "sh", "-c", f": <> {node}"], check=False).status == 0
    assert machine.run(["runuser", "-u", "nobody", "--", "sh", "-c", f": <> {node}"], check=False).status != 0
    for action in ("change", "add"):
        for words in ([node], ["--subsystem-match=vfio"]):
            machine.run(["udevadm", "trigger", f"--action={action}", *words])
            machine.settle()
            assert access(machine, node) == "tenant tenants 660", (action, words)
    # Whoever changed it, the next event of the node sets it right.
    machine.run(["chmod", "600", node])
    machine.run(["chown", "root:root", node])
    machine.run(["udevadm", "trigger", "--action=add", node])
    machine.settle()
    assert access(machine, node) == "tenant tenants 660"
    # The node goes with the function and comes back with it, by the rule alone.
    assert machine.unplug("tenant-nic")
    machine.wait_for(lambda: not machine.exists(address))
    again = plugged(machine, "another-nic")
    wait_driver(machine, again, "vfio-pci")
    machine.settle()
    assert access(machine, node_of(machine, again)) == "tenant tenants 660"
    # Without the policy nothing holds it.
    assert outcomes(program(machine, "release", again)) == {again: "released"}
    machine.run(["rm", "/etc/vfio-rebind/policy.d/lab.toml"])
    assert outcomes(program(machine, "bind", again)) == {again: "rebound"}
    machine.settle()
    assert access(machine, node_of(machine, again)) == "root root 600"
