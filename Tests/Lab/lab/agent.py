"""The outer end of the guest's agent (guest/agent.c, which describes the frames)."""

import socket
import struct
import threading
import time
from dataclasses import dataclass

HEADER = struct.Struct("<IIc")
CHUNK = 128 * 1024
# Seconds after which a wait counts as a hang. No test is decided by it: a busy machine may be fifty times slower.
PATIENCE = 900


class CommandFailed(AssertionError):
    """A command ended with another status than 0."""


class CommandTimeout(AssertionError):
    """A command did not end in time."""


class MachineGone(AssertionError):
    """The machine stopped answering: it rebooted, lost its agent's port, or QEMU ended."""


@dataclass(frozen=True)
class Result:
    """How a command ended: status is the exit status, or minus the signal's number; times are the guest's."""

    command: object
    status: int
    stdout: str
    stderr: str
    began_us: int
    ended_us: int

    @property
    def milliseconds(self):
        return (self.ended_us - self.began_us) / 1000

    def __str__(self):
        return f"{self.command!r}: status {self.status}\n{self.stdout}{self.stderr}"


class Command:
    """A command that runs in the guest, or a file on its way."""

    def __init__(self, agent, number, command):
        self.agent, self.number, self.command = agent, number, command
        self.output, self.errors = bytearray(), bytearray()
        self.status = self.began_us = self.ended_us = None
        self.gone = False
        self.changed = threading.Condition()

    @property
    def stdout(self):
        with self.changed:
            return self.output.decode(errors="replace")

    @property
    def stderr(self):
        with self.changed:
            return self.errors.decode(errors="replace")

    @property
    def running(self):
        return self.status is None and not self.gone

    def send(self, data):
        """Gives data, text or bytes, to the standard input."""
        data = data.encode() if isinstance(data, str) else data
        for at in range(0, len(data), CHUNK):
            self.agent.send(self.number, b"D", data[at : at + CHUNK])

    def close(self):
        """Ends the standard input."""
        self.agent.send(self.number, b"D", b"")

    def kill(self):
        """Sends SIGKILL to the command and what it started in its session; one in state D stays."""
        self.agent.send(self.number, b"K", b"")

    def wait_output(self, text, timeout=PATIENCE):
        """Waits until the standard output contains the text."""
        with self.changed:
            found = self.changed.wait_for(lambda: text.encode() in self.output or not self.running, timeout)
        if not found or text not in self.stdout:
            raise CommandTimeout(f"{self.command!r} did not print {text!r} but {self.stdout!r} {self.stderr!r}")

    def wait(self, timeout=PATIENCE, check=False):
        """Waits for the end. A command that takes longer is killed as far as the kernel allows that."""
        with self.changed:
            self.changed.wait_for(lambda: not self.running, timeout)
        if self.gone:
            raise MachineGone(f"the machine went away during {self.command!r}")
        if self.running:
            self.kill()
            raise CommandTimeout(f"{self.command!r} took more than {timeout} s\n{self.stdout}{self.stderr}")
        result = Result(self.command, self.status, self.stdout, self.stderr, self.began_us or 0, self.ended_us)
        if check and result.status:
            raise CommandFailed(str(result))
        return result


class Agent:
    """Frames to and from the guest; a thread of its own reads, so that the guest is never blocked."""

    def __init__(self, connection: socket.socket):
        self.connection = connection
        self.commands, self.next_number = {}, 1
        self.hellos, self.hello = 0, threading.Condition()
        self.lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True, name="lab agent").start()

    def send(self, number, kind, payload):
        with self.lock:
            try:
                self.connection.sendall(HEADER.pack(len(payload), number, kind) + payload)
            except OSError as error:
                raise MachineGone(str(error)) from error

    def start(self, kind, payload, command):
        with self.lock:
            number, self.next_number = self.next_number, self.next_number + 1
            started = self.commands[number] = Command(self, number, command)
        self.send(number, kind, payload)
        return started

    def run(self, arguments):
        return self.start(b"R", b"".join(word.encode() + b"\0" for word in arguments), arguments)

    def write_file(self, path, mode=None):
        """Without a mode the file must be there, as one of the kernel's is."""
        words = f"{'' if mode is None else format(mode, 'o')}\0{path}\0"
        return self.start(b"W", words.encode(), f"write {path}")

    def get_file(self, path):
        return self.start(b"G", f"{path}\0".encode(), f"get {path}")

    def set_clock(self):
        self.start(b"C", struct.pack("<Q", time.time_ns() // 1000), "set clock").wait()

    def wait_hello(self, count, timeout=PATIENCE):
        """Waits until the guest's agent has started that often."""
        with self.hello:
            return self.hello.wait_for(lambda: self.hellos >= count, timeout)

    def _read(self):
        stream = self.connection.makefile("rb", buffering=1 << 20)
        try:
            while header := stream.read(HEADER.size):
                size, number, kind = HEADER.unpack(header)
                self._receive(number, kind, stream.read(size))
        except (OSError, struct.error, ValueError):
            pass
        self._drop()

    def _drop(self):
        """None of the commands will end any more."""
        with self.lock:
            dropped, self.commands = self.commands, {}
        for command in dropped.values():
            with command.changed:
                command.gone = True
                command.changed.notify_all()

    def _receive(self, number, kind, payload):
        if kind == b"H":
            self._drop()
            with self.hello:
                self.hellos += 1
                self.hello.notify_all()
            return
        with self.lock:
            command = self.commands.pop(number, None) if kind == b"X" else self.commands.get(number)
        if command is None:
            return
        with command.changed:
            if kind == b"O":
                command.output += payload
            elif kind == b"E":
                command.errors += payload
            elif kind == b"B":
                (command.began_us,) = struct.unpack("<Q", payload)
            elif kind == b"X":
                command.status, command.ended_us = struct.unpack("<iQ", payload)
            command.changed.notify_all()
