"""A second QEMU, inside the lab's guest: this machine's own, with the libraries that it needs, brought along when a
test asks for it."""

import io
import json
import pathlib
import re
import shutil
import subprocess
import tarfile

PLACE = "/opt/inner"
BIOS = "/usr/share/seabios/bios-256k.bin"
MODULES = "/usr/lib/x86_64-linux-gnu/qemu"


def install(machine):
    """Puts QEMU, its libraries and their loader below /opt/inner: 50 MB, a second."""
    binary = shutil.which("qemu-system-x86_64")
    shown = subprocess.run(["ldd", binary], capture_output=True, text=True, check=True).stdout
    files = {path: f"lib/{pathlib.Path(path).name}" for path in re.findall(r"(/\S+) \(0x", shown)}
    files |= {binary: "qemu", BIOS: "share/bios-256k.bin"}
    files |= {str(path): f"modules/{path.name}" for path in pathlib.Path(MODULES).glob("accel-tcg-x86_64.so")}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", dereference=True) as archive:
        for path, name in files.items():
            archive.add(path, name)
    machine.write(f"{PLACE}.tar", packed.getvalue())
    machine.run(["mkdir", "-p", PLACE])
    machine.run(["tar", "-C", PLACE, "-xf", f"{PLACE}.tar"])


def pci_devices(machine, *arguments):
    """What the machine of that QEMU, started with these arguments, has on its PCI bus: (vendor, device) pairs, as QMP
    names them."""
    script = (
        f"QEMU_MODULE_DIR={PLACE}/modules exec {PLACE}/lib/ld-linux-x86-64.so.2 --library-path {PLACE}/lib {PLACE}/qemu "
        f"-L {PLACE}/share -machine q35 -accel tcg -m 64M -nodefaults -display none -S -qmp stdio {' '.join(arguments)}"
    )
    commands = "".join(json.dumps({"execute": name}) + "\n" for name in ("qmp_capabilities", "query-pci", "quit"))
    result = machine.run(script, input=commands)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    buses = next(each["return"] for each in answers if isinstance(each.get("return"), list))
    ids = [device["id"] for bus in buses for device in bus["devices"]]
    return [(each["vendor"], each["device"]) for each in ids]
