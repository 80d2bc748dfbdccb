"""Moves the links of a made-up root as a kernel would when drivers' files are written, so that runs can succeed."""

import os
import pathlib
import re
import shutil
import signal
import threading
import time

from made_up_root import NO_OVERRIDE

PAUSE = 0.002
WRITTEN = re.compile(r'(\d+) +write\(\d+<([^>]*)>, "((?:[^"\\]|\\.)*)"')
STOPPED = re.compile(r"(\d+) +--- stopped by SIGSTOP ---")


class PretendKernel:
    """A thread that answers writes to the files of drivers. `refuses` names drivers that take nothing.

    strace(1) stops the writer behind each such write, and the thread lets it go on when the links have moved. What was
    written is taken from the trace: workers write in parallel, and a plain file would keep the last text alone.
    """

    def __init__(self, root, refuses=()):
        self.root = root
        self.refuses = set(refuses)
        self.ids = {}
        self.journal = []
        self._traces = {}
        self._written = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join()
        for trace in self._traces:
            trace.close()

    @property
    def before(self):
        """What stands in front of the program."""
        found = shutil.which("strace")
        assert found, "strace is missing: apt-get install strace"
        trace = self.root.path.parent / f"stops-{len(self._traces)}"
        trace.touch()
        self._traces[trace.open(encoding="utf-8", errors="replace")] = ""
        paths = [word for file in self._files() for word in ("-P", str(file))]
        return [
            found, "-f", "-y", "-qq", "-s", "256", "-o", str(trace), "-e", "trace=write", "-e", "inject=write:signal=SIGSTOP", *paths,
        ]

    def _files(self):
        drivers = self.root.at("sys/bus/pci/drivers")
        return [file for driver in sorted(drivers.iterdir()) for file in sorted(driver.iterdir()) if file.is_file()]

    def _overrides(self):
        return [function / "driver_override" for function in sorted(self.root.at("sys/bus/pci/devices").iterdir())]

    def _watch(self):
        while not self._ends.is_set():
            for trace, rest in list(self._traces.items()):
                text, end, rest = (rest + trace.read()).rpartition("\n")
                self._traces[trace] = rest
                for line in (text + end).splitlines():
                    if found := WRITTEN.match(line):
                        self._written[found[1]] = pathlib.Path(found[2]), found[3].encode().decode("unicode_escape")
                    elif found := STOPPED.match(line):
                        self._answer(*self._written.pop(found[1]))
                        os.kill(int(found[1]), signal.SIGCONT)
            time.sleep(PAUSE)

    def _answer(self, file, text):
        self._take(file, text)
        for file in self._overrides():
            if file.exists() and file.read_text() == "\n":
                file.write_text(NO_OVERRIDE)

    def _take(self, file, text):
        if not text.endswith("\n"):
            return
        os.chmod(file, 0o600)
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
