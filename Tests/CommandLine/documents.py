"""The shapes of the JSON documents, just as the interface fixes them: each key, and what may stand there."""

import re

ADDRESS = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]")
ID = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
GUARDS = {
    "bridge", "siblings", "target", "below", "storage", "network", "open", "console", "libvirt", "iommu", "group",
    "vfs", "identity", "in-use",
}
OPERATIONS = {
    "load_module", "set_override", "clear_override", "unbind", "register_id", "remove_id", "bind", "probe",
}


class Maybe:
    """That shape, or null."""

    def __init__(self, shape):
        self.shape = shape


class MapOf:
    """An object with any addresses as keys."""

    def __init__(self, shape):
        self.shape = shape


STEP = {"op": OPERATIONS, "path": Maybe(str), "value": str}
MADE_STEP = {**STEP, "result": re.compile(r"ok|E[A-Z0-9]+"), "milliseconds": int}
GUARD = {
    "guard": GUARDS, "verdict": {"free", "busy", "unknown"}, "setting": {"enforce", "warn", "off"}, "evidence": [str],
}
REGISTRATION = {"id": ID, "driver": str, "policy": str, "present": bool}
LISTED = {
    "address": ADDRESS, "id": ID, "subsystem": Maybe(ID), "class": re.compile(r"[0-9a-f]{6}"),
    "revision": re.compile(r"[0-9a-f]{2}"), "vendor_name": Maybe(str), "device_name": Maybe(str), "driver": Maybe(str),
    "driver_override": Maybe(str), "iommu_group": Maybe(int), "numa_node": Maybe(int),
    "physical_function": Maybe(ADDRESS), "group_path": Maybe(str), "cdev_path": Maybe(str), "policy": Maybe(str),
    "state": {"host", "passthrough", "unbound", "stuck", "contested", "held"},
}
PLANNED = {
    "address": ADDRESS, "id": ID, "driver": Maybe(str), "policy": Maybe(str),
    "decision": {"rebind", "already", "refused", "ignored", "held", "contested", "stuck", "unmatched"}, "reason": str, "target": Maybe(str),
    "method": Maybe({"new_id", "driver_override"}), "steps": [STEP], "guards": [GUARD], "warnings": [str],
}
DONE = {
    "address": ADDRESS, "policy": Maybe(str),
    "outcome": {
        "rebound", "released", "already", "refused", "failed", "stuck", "vanished", "contested", "held", "ignored",
    },
    "driver": Maybe(str), "steps": [MADE_STEP], "guards": [GUARD], "error": Maybe(str), "undone": Maybe([STEP]),
}
RUN = {"schema": str, "changed": bool, "functions": [DONE], "registrations": [{**REGISTRATION, "result": str}]}

VIEW = {
    "policy": Maybe(str), "decision": PLANNED["decision"], "method": Maybe(str), "driver": Maybe(str),
    "access": Maybe(str),
}
CHANGES = {
    "against": str, "functions": [{"address": ADDRESS, "before": VIEW, "after": VIEW}],
    "registrations": {"added": [REGISTRATION], "removed": [REGISTRATION]},
}
CASE = {
    "file": str, "name": str, "passed": bool,
    "expected": {
        "decision": Maybe(str), "policy": Maybe(str), "method": Maybe(str), "driver": Maybe(str),
        "guard": Maybe(GUARDS),
    },
    "actual": {
        "decision": Maybe(PLANNED["decision"]), "policy": Maybe(str), "method": Maybe(str), "driver": Maybe(str),
        "guards": [GUARDS], "reason": Maybe(str),
    },
}

SHAPES = {
    "test": {"schema": str, "cases": [CASE], "passed": int, "failed": int},
    "list": {"schema": str, "functions": [LISTED]},
    "plan": {
        "schema": str, "complete": bool, "functions": [PLANNED], "registrations": [REGISTRATION],
        "predicted": MapOf(Maybe(str)),
    },
    "explain": {
        "schema": str, "address": ADDRESS,
        "policies": [
            {"policy": str, "matched": bool, "key": Maybe(str), "wanted": Maybe([str]), "found": Maybe(str)},
        ],
        "guards": [GUARD],
        "owners": [
            {
                "manager": {"libvirt", "driverctl", "kernel-command-line", "modprobe.d", "udev", "sriov-operator"},
                "source": str, "statement": str,
            },
        ],
        "history": [{"time": TIME, "what": str, "result": str}],
    },
    "check": {
        "schema": str,
        "findings": [
            {
                "id": re.compile(r"[a-z0-9-]+"), "severity": {"error", "warning", "info"}, "message": str,
                "evidence": [str], "fix": Maybe(str),
            },
        ],
    },
    "export": {
        "schema": str, "kind": {"modprobe", "cmdline", "initramfs", "udev", "libvirt", "qemu", "kubevirt"},
        "files": [{"path": Maybe(str), "mode": str, "text": str}], "ids": [ID],
        "left_out": [{"id": ID, "address": ADDRESS, "reason": str}],
    },
    "apply": RUN, "bind": RUN, "release": RUN, "handle": RUN,
    "forget": {
        "schema": str, "changed": bool,
        "functions": [{"address": ADDRESS, "identity": Maybe(ID), "evidence": [{"guard": GUARDS, "evidence": [str]}]}],
    },
    "status": {
        "schema": str, "pid": Maybe(int), "since": Maybe(TIME),
        "functions": [
            {
                "address": ADDRESS, "driver": Maybe(str), "policy": Maybe(str), "state": LISTED["state"],
                "outcome": Maybe(str), "error": Maybe(str), "time": Maybe(TIME), "next_try": Maybe(TIME),
            },
        ],
        "registrations": [
            {
                "id": ID, "driver": str, "policy": str, "result": str, "error": Maybe(str), "next_try": Maybe(TIME),
            },
        ],
        "counters": {
            key: int for key in ("events", "overruns", "resyncs", "rebound", "failed", "refused", "stuck")
        },
        "policies": [{"name": str, "file": str, "action": {"passthrough", "ignore"}}],
    },
    "error": {"schema": str, "status": int, "message": str, "details": [str]},
}


def checked(document):
    """The document, if its schema is known and everything in it has its shape."""
    assert isinstance(document, dict), f"no object: {document!r}"
    json_document = document
    schema = document.get("schema", "")
    found = re.fullmatch(r"vfio-rebind\.([a-z]+)/1", schema)
    assert found and found[1] in SHAPES, f"unknown schema {schema!r}"
    # `plan --against` adds this key; no other key comes and goes.
    if found[1] == "plan" and "changes" in document:
        document = dict(document)
        _check(document.pop("changes"), CHANGES, "plan.changes")
        _check(document, SHAPES["plan"], "plan")
        return json_document
    _check(document, SHAPES[found[1]], found[1])
    return document


def _check(value, shape, place):
    if shape is object:
        return
    if isinstance(shape, Maybe):
        if value is not None:
            _check(value, shape.shape, place)
    elif isinstance(shape, MapOf):
        assert isinstance(value, dict), f"{place}: no object: {value!r}"
        for key, inner in value.items():
            _check(key, ADDRESS, f"{place}, key")
            _check(inner, shape.shape, f"{place}.{key}")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), f"{place}: no object: {value!r}"
        assert set(value) == set(shape), f"{place}: keys {sorted(value)}, not {sorted(shape)}"
        for key, inner in shape.items():
            _check(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{place}: no list: {value!r}"
        for index, each in enumerate(value):
            _check(each, shape[0], f"{place}[{index}]")
    elif isinstance(shape, set):
        assert value in shape, f"{place}: {value!r} is none of {sorted(shape)}"
    elif isinstance(shape, re.Pattern):
        assert isinstance(value, str) and shape.fullmatch(value), f"{place}: {value!r} is not {shape.pattern}"
    else:
        assert type(value) is shape, f"{place}: {value!r} is no {shape.__name__}"
