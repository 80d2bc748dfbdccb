"""`status`, which reads what a monitor wrote and starts nothing."""

import json

COUNTERS = {"events": 7, "overruns": 0, "resyncs": 0, "rebound": 1, "failed": 0, "refused": 0, "stuck": 0}
FUNCTION = {
    "address": "0000:04:00.0", "driver": "vfio-pci", "policy": "nics", "state": "passthrough", "outcome": "rebound",
    "error": None, "time": "2026-11-22T20:15:00Z", "next_try": None,
}
REGISTRATION = {
    "id": "8086:10d3", "driver": "vfio-pci", "policy": "nics", "result": "EINVAL", "error": None,
    "next_try": "2026-11-22T20:15:08Z",
}


def write_status(root, text=None, start=4711, functions=(FUNCTION,)):
    """What a monitor with pid 42 writes; it runs since tick 4711."""
    document = {
        "schema": "vfio-rebind.status/1", "pid": 42, "process_start": start, "since": "2026-11-22T20:14:00Z",
        "functions": list(functions), "counters": COUNTERS, "registrations": [REGISTRATION],
        "policies": [{"name": "nics", "file": "/etc/vfio-rebind/policy.d/nics.toml", "action": "passthrough"}],
    }
    for path, content in (
        ("run/vfio-rebind/status.json", json.dumps(document) if text is None else text),
        ("proc/42/stat", "42 (vfio rebind) S " + " ".join(["0"] * 18) + " 4711 0 0\n"),
    ):
        file = root.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def test_without_a_monitor(program):
    document = program("status", "--json").ends(0).document
    assert document["pid"] is None and document["since"] is None
    assert document["functions"] == document["policies"] == [] and set(document["counters"].values()) == {0}
    assert program("status").ends(0).out == "No monitor is running.\n"


def test_what_the_monitor_knows(program, root):
    write_status(root)
    document = program("status", "--json").ends(0).document
    assert (document["pid"], document["functions"], document["counters"]) == (42, [FUNCTION], COUNTERS)
    text = program("status").ends(0).out
    assert "pid 42" in text and "0000:04:00.0" in text and "events 7" in text
    assert document["registrations"] == [REGISTRATION]
    assert "8086:10d3 could not be registered with vfio-pci: EINVAL, next try 2026-11-22T20:15:08Z" in text


def test_when_a_failure_is_tried_again(program, root):
    failed = {**FUNCTION, "outcome": "failed", "error": "EIO", "next_try": "2026-11-22T20:15:04Z"}
    write_status(root, functions=[failed])
    assert program("status", "--json").ends(0).document["functions"] == [failed]
    text = program("status").ends(0).out
    assert "NEXT TRY" in text and "2026-11-22T20:15:04Z" in text and "failed: EIO" in text


def test_a_status_of_a_process_that_is_gone_or_another(program, root):
    write_status(root, start=4710)
    assert program("status", "--json").ends(0).document["pid"] is None
    write_status(root)
    (root.path / "proc/42/stat").unlink()
    assert program("status", "--json").ends(0).document["pid"] is None


def test_a_status_that_cannot_be_read(program, root):
    for text in ("", "{", '{"pid": "42"}', "[1]", "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        write_status(root, text)
        assert program("status", "--json").ends(0).document["pid"] is None
