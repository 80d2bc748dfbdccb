"""What is measured of a program: time, instructions, memory, and what it reads."""

import ctypes
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

# The environment of every program measured.
MINIMAL = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "SWIFT_BACKTRACE": "enable=no"}


def tool(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:" + os.environ.get("PATH", ""))


def need(*names):
    missing = [name for name in names if not tool(name)]
    if missing:
        sys.exit(f"missing: install {', '.join(missing)}")


def duration(command, environment):
    """Milliseconds from spawn to exit, with the status."""
    null = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=null)
    _, status = os.waitpid(child, 0)
    return (time.perf_counter() - start) * 1e3, os.waitstatus_to_exitcode(status)


def in_turns(ways, runs, verbose=False):
    """Median of what each way gives, in turns, so that what else the machine does hits all alike; the first turn warms
    up."""
    values = {name: [] for name in ways}
    for turn in range(runs + 1):
        for name, way in ways.items():
            value = way()
            if turn:
                values[name].append(value)
            if verbose:
                print(f"    {name}: {value:.0f}", file=sys.stderr, flush=True)
    return {name: statistics.median(taken) for name, taken in values.items()}


def medians(commands, runs):
    """Median of the time of each command."""
    return in_turns({name: lambda each=each: duration(*each)[0] for name, each in commands.items()}, runs)


def instructions(command, environment):
    """Instructions of a program and of what it starts, the dynamic loader's included; None if valgrind cannot tell."""
    result = subprocess.run(
        [tool("valgrind"), "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes", "--child-silent-after-fork=no",
         "--cachegrind-out-file=/dev/null", *command],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")  # fmt: skip
    counts = [int(text.replace(",", "")) for text in re.findall(r"I\s+refs:\s+([\d,]+)", result.stderr)]
    return sum(counts) or None


def read_list(root, command, path):
    """What a program was seen to read below a root, once each, as a list for `read-root`; gives the number of
    entries."""
    trace = path + ".strace"
    calls = "openat,openat2,open,read,pread64,getdents64,readlink,readlinkat"
    subprocess.run([tool("strace"), "-f", "-y", "-qq", "-s", "4096", "-e", f"trace={calls}", "-o", trace, *command],
                   env=MINIMAL, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)  # fmt: skip
    top, entries = os.path.realpath(root), {}
    opened = re.compile(r'open(?:at2?)?\((?:[^<,"]*(?:<([^>]*)>)?, )?"([^"]*)", .*\) = (-1|\d+<([^>]*)>)')
    used = re.compile(r"(read|pread64|getdents64)\(\d+<([^>]*)>")
    link = re.compile(r'readlink(?:at)?\((?:[^<,"]*(?:<([^>]*)>)?, )?"([^"]*)",')
    with open(trace, errors="replace") as lines:
        for line in lines:
            if match := used.search(line):
                entries[("d" if match[1] == "getdents64" else "r", match[2])] = True
            elif match := link.search(line):
                base = match[1] or ""
                entries[("l", os.path.join(base, match[2].lstrip("/") if base == top else match[2]).rstrip("/"))] = True
            elif (match := opened.search(line)) and match[3] == "-1":
                base = match[1] or ""
                entries[("r", os.path.join(base, match[2].lstrip("/") if base == top else match[2]))] = True
    os.unlink(trace)
    kept = [(kind, name) for kind, name in entries if name.startswith(top + "/")]
    with open(path, "w") as output:
        output.writelines(f"{kind} {name}\n" for kind, name in kept)
    return len(kept)


def private_dirty(process):
    """KiB that only this process has and has written (proc_pid_smaps_rollup)."""
    with open(f"/proc/{process}/smaps_rollup") as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:")), None)


def memory_at_exit(command, environment):
    """Private dirty memory of a program when it is about to exit, held there by ptrace(2); None if it cannot be
    held."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    trace_me, proceed, set_options, exit_event, exit_kill = 0, 7, 0x4200, 6, 0x100000
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        libc.ptrace(trace_me, 0, None, None)
        try:
            os.execve(command[0], command, environment)
        finally:
            os._exit(127)
    os.waitpid(child, 0)
    libc.ptrace(set_options, child, None, 1 << exit_event | exit_kill)
    found, forward = None, 0
    while True:
        libc.ptrace(proceed, child, None, forward)
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            return found
        forward = 0
        if status >> 8 == signal.SIGTRAP | exit_event << 8:
            found = private_dirty(child)
        elif os.WSTOPSIG(status) != signal.SIGTRAP:
            forward = os.WSTOPSIG(status)


def memory_idle(command, environment, seconds=3):
    """Private dirty memory of a program that waits; None if it ends before."""
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        process.wait(seconds)
        return None
    except subprocess.TimeoutExpired:
        return private_dirty(process.pid)
    finally:
        process.terminate()
        process.wait()
