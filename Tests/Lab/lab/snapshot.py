"""A booted machine kept in files: its memory, the state of its devices and its disk."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from . import hardware
from .agent import PATIENCE
from .process import Process


def wait_booted(process, hellos=1):
    """Waits for the guest's agent, then until no unit is left to start and udev is idle."""
    if not process.agent.wait_hello(hellos):
        raise TimeoutError(f"the machine did not boot in {PATIENCE} s:\n{process.tail()}")
    script = "systemctl is-system-running --wait; udevadm settle"
    process.agent.run(["sh", "-c", script]).wait()


def snapshot(image) -> pathlib.Path:
    """The snapshot's folder, made now if it is not there."""
    words = hardware.words(image)
    version = subprocess.run([words[0], "--version"], capture_output=True, check=True).stdout
    # Relative to the cache, so that a cache that was moved is not made anew.
    identity = " ".join(words).replace(str(image.parent), "").encode() + version
    folder = image.parent / f"snapshot-{hashlib.sha256(identity).hexdigest()[:16]}"
    if folder.exists():
        os.utime(folder)  # build-image removes what was not used for two weeks
        return folder
    with open(image.parent / "snapshot.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _make(image, words, folder)
    return folder


def _make(image, words, folder):
    for stale in image.parent.glob("unfinished-snapshot.*"):  # of a run that was killed: we hold the lock
        shutil.rmtree(stale, ignore_errors=True)
    unfinished = pathlib.Path(tempfile.mkdtemp(prefix="unfinished-snapshot.", dir=image.parent))
    words = words + hardware.memory(unfinished / "memory", share=True)
    process = Process(words, image / "root.raw", "raw")
    try:
        wait_booted(process)
        process.agent.run(["sync"]).wait()
        process.monitor.execute("stop")
        # Memory that is a shared file is not written again: the file is the snapshot of it.
        _ignore_shared(process.monitor)
        process.monitor.execute("migrate", uri=f"exec:cat > {unfinished / 'devices'}")
        _wait_status(process.monitor, "query-migrate", "completed")
        process.monitor.execute("quit")
        process.process.wait(PATIENCE)
        shutil.move(process.disk, unfinished / "root.qcow2")
        backing = os.path.relpath(image / "root.raw", folder)
        rebase = ["qemu-img", "rebase", "-u", "-b", backing, "-F", "raw", unfinished / "root.qcow2"]
        subprocess.run(rebase, check=True)
        os.rename(unfinished, folder)
    finally:
        process.end()
        shutil.rmtree(unfinished, ignore_errors=True)


def restore(image) -> Process:
    """A machine that goes on where the snapshot was taken."""
    folder = snapshot(image)
    words = hardware.words(image) + hardware.memory(folder / "memory")
    process = Process(words, folder / "root.qcow2", "qcow2", incoming=True)
    try:
        _ignore_shared(process.monitor)
        process.monitor.execute("migrate-incoming", uri=f"exec:cat {folder / 'devices'}")
        _wait_status(process.monitor, "query-status", "paused")  # as it was when it was saved
        process.monitor.execute("cont")
        process.agent.set_clock()
    except BaseException:
        process.end()
        raise
    return process


def _ignore_shared(monitor):
    capabilities = [{"capability": "x-ignore-shared", "state": True}]
    monitor.execute("migrate-set-capabilities", capabilities=capabilities)


def _wait_status(monitor, query, wanted, timeout=PATIENCE):
    deadline = time.monotonic() + timeout
    while (status := monitor.execute(query).get("status")) != wanted:
        if status == "failed" or time.monotonic() > deadline:
            raise TimeoutError(f"{query} says {status} instead of {wanted}")
        time.sleep(0.01)
