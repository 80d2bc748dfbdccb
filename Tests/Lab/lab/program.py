"""Installs vfio-rebind in the guest, as its packages do."""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


class Program:
    def install(self, rules=True, unit=False):
        """The release binary, and on request the udev rule and the units; udev and systemd learn of them."""
        binary = pathlib.Path(os.environ.get("VFIO_REBIND_BINARY", REPOSITORY / ".build/release/vfio-rebind"))
        if not binary.exists():
            raise FileNotFoundError(f"{binary}: build it with 'swift build -c release', or set VFIO_REBIND_BINARY")
        self.put(binary, "/usr/sbin/vfio-rebind", 0o755)
        if rules:
            rule = "60-vfio-rebind.rules"
            self.put(REPOSITORY / "udev-rules" / rule, f"/usr/lib/udev/rules.d/{rule}")
            self.run(["udevadm", "control", "--reload"])
        units = sorted((REPOSITORY / "packaging/systemd").glob("*.service")) if unit else []
        for file in units:
            self.put(file, f"/usr/lib/systemd/system/{file.name}")
        if units:
            self.run(["systemctl", "daemon-reload"])

    def policy(self, text, name="lab.toml"):
        """Writes an administrator's policy file."""
        self.write(f"/etc/vfio-rebind/policy.d/{name}", text)
