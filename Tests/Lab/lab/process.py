"""One QEMU process, its monitor and its guest's agent."""

import fcntl
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from . import hardware
from .agent import Agent, MachineGone
from .monitor import Monitor


PREFIX = "vfio-rebind-lab."


class Process:
    """Started over a fresh overlay of a disk image. QEMU dies with the thread that started it."""

    def __init__(self, words, backing, backing_format, incoming=False):
        sweep()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX))
        self.lock = open(self.folder / "lock", "wb")  # pylint: disable=consider-using-with
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        self.console = self.folder / "console"
        self.disk = self.folder / "root.qcow2"
        overlay(self.disk, backing, backing_format)
        monitor, monitor_end = socket.socketpair()
        agent, agent_end = socket.socketpair()
        # The kernel ends QEMU with the thread that starts it here, however that ends.
        command = ["setpriv", "--pdeathsig", "KILL", *words]
        command += hardware.ends(self.disk, self.console, monitor_end.fileno(), agent_end.fileno())
        command += ["-incoming", "defer"] if incoming else []
        with open(self.folder / "messages", "wb") as messages:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=messages,
                stderr=messages,
                pass_fds=(monitor_end.fileno(), agent_end.fileno()),
            )
        monitor_end.close()
        agent_end.close()
        self.sockets = [monitor, agent]
        self.monitor, self.agent = Monitor(monitor), Agent(agent)
        try:
            self.monitor.execute("qmp_capabilities")
        except (AssertionError, OSError) as error:
            messages = (self.folder / "messages").read_text(errors="replace")
            self.end()
            raise MachineGone(f"QEMU did not start: {messages}") from error

    def tail(self):
        """The last lines of the guest's console, for messages."""
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-20:])

    def end(self):
        """Ends this QEMU, by its own pid, and removes what it wrote."""
        self.process.kill()
        self.process.wait()
        for connection in self.sockets:
            connection.close()
        self.lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def overlay(file, backing, backing_format):
    """A new qcow2 image over another one, named relatively so that the cache may move."""
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(backing), "-F", backing_format, str(file)]
    subprocess.run(command, check=True)


def sweep():
    """Removes what runs left behind that were killed: folders whose lock nobody holds any more."""
    for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < 60:  # it may not have its lock yet
                continue
            with open(folder / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
