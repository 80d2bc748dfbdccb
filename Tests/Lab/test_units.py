"""The units in their sandbox: it leaves room for all that the program does."""

from steps import log, plugged, start_monitor, wait_driver

POLICIES = '[[policy]]\nname = "nics"\nmatch = { id = "8086:10d3", address = "0000:0?:00.0" }\n' \
    '[[policy]]\nname = "disks"\nmatch = { class = "0108" }\n'


def elsewhere(machine, kinds, script):
    """Runs a script in namespaces of its own, which stay until the machine ends."""
    command = machine.start(
        f"exec unshare {kinds} sh -ec '{script}; echo $$ > /run/elsewhere{kinds}; echo ready; sleep infinity'"
    )
    command.wait_output("ready")
    return command


def test_the_monitor_in_its_sandbox(machine):
    machine.install(rules=False, unit=True)
    machine.run("modprobe e1000e; modprobe nvme")
    assert "vfio_pci" not in machine.run("lsmod").stdout
    disk = machine.plug_disk("mounted", size="64M", bus="port8")
    wait_driver(machine, disk, "nvme")
    machine.wait_for(lambda: machine.run("ls /dev/nvme0n1", check=False).status == 0)
    machine.run("mke2fs -q /dev/nvme0n1")
    # Neither use is to be seen from where the monitor is: it looks into the other process.
    elsewhere(machine, "--mount", "mount /dev/nvme0n1 /mnt")
    nic = machine.address_of("nic")
    (interface,) = machine.interfaces_of(nic)
    other = elsewhere(machine, "--net", "true")
    machine.run(f"ip link set {interface} netns $(cat /run/elsewhere--net)")
    machine.policy(POLICIES)
    start_monitor(machine)
    card = plugged(machine, "card", bus="port7")
    wait_driver(machine, card, "vfio-pci")
    assert "vfio_pci" in machine.run("lsmod").stdout
    assert machine.driver_of(disk) == "nvme" and machine.driver_of(nic) == "e1000e"
    assert "is mounted on /mnt" in log(machine)
    other.kill()
    assert machine.run("stat -c %a /run/vfio-rebind /var/lib/vfio-rebind").stdout == "755\n755\n"
    # Whatever the umask of the service is, everybody may read what it did.
    assert machine.run(["setpriv", "--reuid=65534", "--clear-groups", "vfio-rebind", "list", card]).stdout.count("passthrough") == 1
    machine.run(["systemctl", "stop", "vfio-rebind.service"])
    assert machine.exists(card) and machine.run(["vfio-rebind", "release", card]).status == 0
    assert machine.driver_of(card) == "e1000e"


def test_one_shot(machine):
    machine.install(rules=False, unit=True)
    machine.run("modprobe -r vfio_pci; modprobe e1000e")
    nic = machine.address_of("nic")
    machine.policy(POLICIES)
    machine.run(["systemctl", "start", "vfio-rebind-apply.service"])
    assert machine.driver_of(nic) == "vfio-pci"
    assert machine.run(["systemctl", "is-active", "vfio-rebind-apply.service"]).stdout == "active\n"
