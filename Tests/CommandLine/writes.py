"""What the program asked of the system, as strace(1) saw it."""

import re
import shutil

OPENING = re.compile(r'(openat2?|open|creat)\((AT_FDCWD|\d+)(?:<([^>]*)>)?,? ?"((?:[^"\\]|\\.)*)"(.*)')
WRITING = re.compile(r'write\(\d+<([^>]*)>, "((?:[^"\\]|\\.)*)"(\.\.\.)?, (\d+)\) += (-?\w+)')


class Trace:
    """The calls of one run and of all that it forked."""

    def __init__(self, place):
        self.place = place

    def before(self, calls):
        """What stands in front of the program."""
        found = shutil.which("strace")
        assert found, "strace is missing: apt-get install strace"
        return [found, "-f", "-qq", "-y", "-s", "4096", "-o", str(self.place), "-e", f"trace={calls}"]

    @property
    def lines(self):
        """The calls, one a line; one that another process interrupted is put together."""
        begun, lines = {}, []
        for line in self.place.read_text(errors="replace").splitlines():
            pid, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                begun[pid] = call[: -len("<unfinished ...>")]
            elif call.startswith("<..."):
                lines.append(begun.pop(pid, "") + call.split("resumed>", 1)[1])
            else:
                lines.append(call)
        return lines

    def writes(self, below):
        """The path and text of every write to a file below a folder, in order; the path as seen from there."""
        found = (WRITING.match(line) for line in self.lines)
        return [
            (match[1][len(str(below)):], match[2].encode().decode("unicode_escape"))
            for match in found if match and match[1].startswith(str(below))
        ]

    def opened(self):
        """Folder, path and flags of every opening."""
        found = (OPENING.match(line) for line in self.lines)
        return [(match[3], match[4], match[5]) for match in found if match]
