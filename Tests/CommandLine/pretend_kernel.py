"""Moves the links of a made-up root as a kernel would when drivers' files are written, so that whole runs can succeed."""

import os
import threading
import time

from made_up_root import NO_OVERRIDE

# Each write of the program returns this late, so that the links have moved when it looks.
DELAY = 200_000
PAUSE = 0.002


class PretendKernel:
    """A thread that watches the files of drivers. `refuses` names drivers that take nothing."""

    def __init__(self, root, refuses=()):
        self.root = root
        self.refuses = set(refuses)
        self.ids = {}
        self.journal = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()

    @property
    def before(self):
        """What stands in front of the program: its writes to these files, and no others, return late."""
        paths = [word for file in self._files() for word in ("-P", str(file))]
        return [
            "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e", f"inject=write:delay_exit={DELAY}",
            *paths,
        ]

    def _files(self):
        drivers = self.root.at("sys/bus/pci/drivers")
        return [file for driver in sorted(drivers.iterdir()) for file in sorted(driver.iterdir()) if file.is_file()]

    def _overrides(self):
        return [function / "driver_override" for function in sorted(self.root.at("sys/bus/pci/devices").iterdir())]

    def _watch(self):
        while not self._ends.is_set():
            for file in self._files():
                self._take(file)
            for file in self._overrides():
                if file.exists() and file.read_text() == "\n":
                    file.write_text(NO_OVERRIDE)
            time.sleep(PAUSE)

    def _take(self, file):
        if not os.stat(file).st_size:
            return
        os.chmod(file, 0o600)
        text = file.read_text()
        if not text.endswith("\n"):
            return
        os.truncate(file, 0)
        driver = file.parent.name
        value = text[:-1]
        self.journal.append((driver, file.name, value))
        getattr(self, "_" + file.name)(driver, value)

    def _unbind(self, driver, address):
        if self.root.driver(address) == driver:
            self.root.drive(address, None)

    def _bind(self, driver, address):
        if self.root.driver(address) is None and driver not in self.refuses:
            if "vfio" in driver:
                self.root.folder(f"{self.root.device(address)}/vfio-dev/vfio0")
            self.root.drive(address, driver)

    def _new_id(self, driver, value):
        self.ids.setdefault(driver, set()).add(value)

    def _remove_id(self, driver, value):
        self.ids.get(driver, set()).discard(value)
