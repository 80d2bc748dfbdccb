"""Runs the program as a user would, and holds every JSON document to its shape."""

import dataclasses
import fcntl
import json
import os
import pathlib
import pty
import select
import struct
import subprocess
import termios

import documents

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# After so many seconds a program counts as hanging. No test is decided by it: machines may be busy.
SECONDS = 900


def binary():
    """The program that is tested: VFIO_REBIND_BINARY, else the debug build, else the release build."""
    named = os.environ.get("VFIO_REBIND_BINARY")
    if named:
        return pathlib.Path(named).resolve()
    builds = [PROJECT / ".build" / kind / "vfio-rebind" for kind in ("debug", "release")]
    for build in builds:
        if build.exists():
            return build.resolve()
    places = " nor ".join(map(str, builds))
    raise FileNotFoundError(f"neither {places} is there: run `swift build`, or name VFIO_REBIND_BINARY")


@dataclasses.dataclass
class Result:
    """How a run ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def document(self):
        """The one JSON document on standard output."""
        assert self.out.endswith("\n") and self.out.count("\n") == 1, f"not one line of JSON: {self.out!r}; {self.err}"
        return documents.checked(json.loads(self.out, object_pairs_hook=_sorted_object))

    @property
    def functions(self):
        """The functions of the document by address."""
        return {function["address"]: function for function in self.document["functions"]}

    def ends(self, status):
        """Asserts the exit status."""
        assert self.status == status, f"status {self.status}, not {status}\n{self.out}\n{self.err}"
        return self


def _sorted_object(pairs):
    keys = [key for key, _ in pairs]
    assert keys == sorted(keys), f"keys are not sorted: {keys}"
    assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
    return dict(pairs)


class Program:
    """The program below one root; None is the machine's own, for what only reads."""

    def __init__(self, root=None):
        self.path = binary()
        self.root = root

    def words(self, command, *arguments):
        """The command line."""
        place = [] if self.root is None else ["--root", str(self.root.path)]
        return [str(self.path), command, *place, *map(str, arguments)]

    def __call__(self, command, *arguments, before=(), **options):
        """Runs a command; `before` stands in front of the program: strace, setpriv."""
        return self.plain(*self.words(command, *arguments)[1:], before=before, **options)

    def plain(self, *arguments, before=(), environment=None, folder=None, user=None):
        """Runs the program with these words and no others."""
        options = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        done = subprocess.run(
            [*before, str(self.path), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
            timeout=SECONDS, check=False, cwd=folder, env=surroundings(environment), **options)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_terminal(self, command, *arguments, columns, environment=None):
        """Runs a command with standard output on a terminal of that width; the result's `out` is what it shows."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with subprocess.Popen(
            self.words(command, *arguments), stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE,
            env=surroundings({"TERM": "xterm", **(environment or {})}),
        ) as process:
            os.close(theirs)
            shown = _drain(ours)
            err = process.stderr.read().decode()
            status = process.wait(SECONDS)
        os.close(ours)
        return Result(status, shown.decode().replace("\r\n", "\n"), err)


def surroundings(more=None):
    """An environment without what the one of the tests may hold."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **(more or {})}


def _drain(descriptor):
    shown = b""
    while True:
        ready, _, _ = select.select([descriptor], [], [], SECONDS)
        if not ready:
            raise TimeoutError("the program says nothing more and does not end")
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # EIO: nobody has the terminal any more
            return shown
        if not chunk:
            return shown
        shown += chunk
