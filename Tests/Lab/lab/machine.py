"""The machine that tests use.

    with Machine() as machine:            # a clean one, from the snapshot, in about a second
    with Machine(boot=True, words="…"):   # booted from cold, with further words for the kernel
    with Machine(devices=["-device", …]): # the same with further words for QEMU

commands     run(command, check=True, input="") → Result(status, stdout, stderr, began_us, ended_us)
             start(command) → Command: wait(timeout), kill(), send(text), close(), wait_output(text), running
             a command is a list of words, or a text for sh; times are the guest's CLOCK_MONOTONIC
files        put(local, remote, mode=0o644)   get(remote, local)   read(remote) → text
             write(remote, text, mode=0o644): folders are made; below /sys and /proc it is one write(2), whose errno
             comes as OSError
hardware     plug(driver, name, bus="port7", wait=True, **properties) → address; port7 to port15 are free
             unplug(name) → True once QEMU says that the guest let go, False if it does not
             plug_disk(name, size=None, bus=…, vfs=0): an NVMe disk, empty or stored, with SR-IOV
             address_of(name) → "0000:01:00.0"; names from the start: nic net usb sound pair0 pair1 disk serial
stand-ins    bridge("add 0001:00:00.0 15b3:1003"): a command for /dev/standin (modules/control.c lists them)
             knob("mlx4_core", remove_delay_ms=-1, only="0001:00:00.0") (modules/standin_driver.h lists them)
kernel       driver_of(address) → "vfio-pci" or None   group_of(address) → "7" or None   exists(address)
             mark() → a place in the stream of uevents; uevents(since=mark, **keys) → [{"us", "ACTION", …}]
             functions() → {address: driver}   interfaces_of(address) → ["enp1s0"]
             dmesg_faults() → lines that no test may cause, which the fixtures ask for after each test;
             allow_fault(expression) excepts some, give_up() is for a test that destroys its machine
waiting      wait_for(predicate, what="") → the predicate's first true value; every wait ends after PATIENCE, as a failure
             settle(): udev has nothing left to do
the program  install(rules=True, unit=False): the binary (VFIO_REBIND_BINARY), the udev rule, the unit
reboots      reboot(): over the same disk; policies and what is under /var stay, /run does not
             crash(): resets the machine; what the guest had not synced is lost
threads      QEMU dies with the thread that entered the Machine, so that none outlives its test
"""

import pathlib
import time

from . import hardware
from .agent import PATIENCE, CommandTimeout, MachineGone
from .devices import Devices
from .image import image
from .kernel import Kernel
from .process import Process
from .program import Program
from .snapshot import restore, wait_booted


class Machine(Devices, Kernel, Program):
    def __init__(self, boot=False, words="", initrd=None, devices=()):
        self.boot = boot or bool(words) or initrd is not None or bool(devices)
        self.words, self.initrd, self.devices = words, initrd, list(devices)
        self.process, self.allowed_faults, self.boots = None, [], 0

    def __enter__(self):
        if self.boot:
            words = f"{hardware.KERNEL_WORDS} {self.words}".strip()
            command = hardware.words(image(), words, self.initrd) + hardware.memory() + self.devices
            self.process = Process(command, image() / "root.raw", "raw")
            try:
                wait_booted(self.process)
                self.process.agent.set_clock()
            except BaseException:
                self.process.end()
                raise
        else:
            self.process = restore(image())
        self.boots = self.process.agent.hellos
        return self

    def __exit__(self, *_):
        self.process.end()

    # Commands

    def start(self, command):
        return self.process.agent.run(["sh", "-c", command] if isinstance(command, str) else list(command))

    def run(self, command, check=True, timeout=PATIENCE, input=""):  # pylint: disable=redefined-builtin
        started = self.start(command)
        if input:
            started.send(input)
        started.close()
        return self._wait(started, timeout, check)

    def _wait(self, started, timeout=PATIENCE, check=True):
        try:
            return started.wait(timeout, check)
        except (CommandTimeout, MachineGone) as error:
            raise type(error)(f"{error}\nthe console's last lines:\n{self.process.tail()}") from None

    # Files

    def put(self, local, remote, mode=0o644):
        self._write(remote, pathlib.Path(local).read_bytes(), mode)

    def write(self, remote, text, mode=0o644):
        self._write(remote, text.encode() if isinstance(text, str) else text, mode)

    def _write(self, remote, data, mode):
        mode = None if str(remote).startswith(("/sys/", "/proc/")) else mode
        writing = self.process.agent.write_file(str(remote), mode)
        writing.send(data)
        writing.close()
        self._file_error(self._wait(writing, check=False), remote)

    def get(self, remote, local):
        pathlib.Path(local).write_bytes(self._read(remote))

    def read(self, remote):
        return self._read(remote).decode(errors="replace")

    def _read(self, remote):
        reading = self.process.agent.get_file(str(remote))
        self._file_error(self._wait(reading, check=False), remote)
        return bytes(reading.output)

    @staticmethod
    def _file_error(result, remote):
        if result.status:
            raise OSError(result.status, f"in the guest: {remote}")

    # Waiting

    @staticmethod
    def wait_for(predicate, what="", timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while not (value := predicate()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {timeout} s: {what or predicate}")
            time.sleep(0.05)
        return value

    def settle(self):
        self.run(["udevadm", "settle", f"--timeout={PATIENCE - 60}"])

    # Boots

    def reboot(self):
        """In good order, as an administrator would."""
        self.start(["systemctl", "reboot"])
        self._booted_again()

    def crash(self):
        """At once, as a power cut would."""
        self.process.monitor.execute("system_reset")
        self._booted_again()

    def _booted_again(self):
        self.boots += 1
        if not self.process.agent.wait_hello(self.boots):
            raise MachineGone(f"did not come back after a reboot:\n{self.process.tail()}")
        wait_booted(self.process, self.boots)
