"""QEMU's machine protocol (QMP): commands, and waiting for events."""

import json
import threading

from .agent import PATIENCE


class MonitorError(AssertionError):
    """QEMU refused a command, or an event did not come."""


class Monitor:
    def __init__(self, connection):
        self.connection = connection
        self.answer, self.events, self.closed = None, [], False
        self.changed = threading.Condition()
        self.one_at_a_time = threading.Lock()
        threading.Thread(target=self._read, daemon=True, name="lab monitor").start()

    def execute(self, command, timeout=PATIENCE, **arguments):
        """Runs a command and gives its value."""
        with self.one_at_a_time:
            with self.changed:
                self.answer = None
            self.connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            with self.changed:
                self.changed.wait_for(lambda: self.answer is not None or self.closed, timeout)
                answer = self.answer
        if answer is None:
            raise MonitorError(f"{command}: no answer")
        if "error" in answer:
            raise MonitorError(f"{command} {arguments}: {answer['error']['desc']}")
        return answer["return"]

    def mark(self):
        """A place in the stream of events, to wait from."""
        with self.changed:
            return len(self.events)

    def wait_event(self, name, mark=0, timeout=PATIENCE, **data):
        """The first event of this name after the mark with this data, or None."""

        def found():
            for event in self.events[mark:]:
                if event["event"] == name and data.items() <= event.get("data", {}).items():
                    return event
            return None

        with self.changed:
            self.changed.wait_for(lambda: found() or self.closed, timeout)
            return found()

    def _read(self):
        try:
            for line in self.connection.makefile("rb"):
                message = json.loads(line)
                with self.changed:
                    if "event" in message:
                        self.events.append(message)
                    elif "return" in message or "error" in message:
                        self.answer = message
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.closed = True
            self.changed.notify_all()
