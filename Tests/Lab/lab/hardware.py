"""The machine as QEMU is told of it: 16 root ports, those up to port6 occupied from the start."""

PORTS = 16

KERNEL_WORDS = (
    "root=/dev/vda rw console=ttyS0 quiet intel_iommu=on "
    # These only save time under emulation.
    "mitigations=off tsc=reliable no_timer_check audit=0 nowatchdog "
    # Warnings by the clock, which a busy machine would cause (Documentation/admin-guide/kernel-parameters.txt).
    "rcupdate.rcu_cpu_stall_timeout=300 sysctl.kernel.hung_task_timeout_secs=0"
)

# id, driver, properties
OCCUPIED = [
    ("nic", "e1000e", "bus=port0,romfile="),
    ("net", "virtio-net-pci", "bus=port1,romfile="),
    ("usb", "qemu-xhci", "bus=port2"),
    ("sound", "ich9-intel-hda", "bus=port3"),
    ("bridge", "pcie-pci-bridge", "bus=port4"),
    ("pair0", "e1000", "bus=bridge,addr=1,romfile="),
    ("pair1", "e1000", "bus=bridge,addr=2,romfile="),
    ("disk", "virtio-blk-pci", "bus=port5,drive=root"),
    ("serial", "virtio-serial-pci", "bus=port6"),
]


def words(image, kernel_words=KERNEL_WORDS, initrd=None):
    """What does not change between the run that makes a snapshot and those that start from it."""
    command = ["qemu-system-x86_64", "-machine", "q35,memory-backend=ram", "-accel", "tcg,thread=multi"]
    command += ["-cpu", "max,la57=off,svm=off", "-smp", "2", "-m", "2G", "-nodefaults", "-display", "none", "-nic", "none"]
    command += ["-kernel", str(image / "vmlinux"), "-initrd", str(initrd or image / "initrd")]
    command += ["-append", kernel_words, "-device", "intel-iommu,intremap=on,caching-mode=on"]
    for number in range(PORTS):
        command += ["-device", f"pcie-root-port,id=port{number},bus=pcie.0,chassis={number + 1},slot={number + 1}"]
    for name, driver, properties in OCCUPIED:
        command += ["-device", f"{driver},id={name},{properties}"]
    command += ["-device", "virtserialport,chardev=agent,name=lab", "-device", "nvme-subsys,id=subsystem"]
    return command


def memory(file=None, share=False):
    """The guest's memory: its own, or a file's. Not shared, a file is only read, and what is written stays here."""
    if file is None:
        return ["-object", "memory-backend-ram,id=ram,size=2G"]
    return ["-object", f"memory-backend-file,id=ram,size=2G,mem-path={file},share={'on' if share else 'off'}"]


def ends(disk, console, monitor, agent):
    """What is each run's own: the overlay of the root disk, the console's log, two connected sockets."""
    return [
        *("-drive", f"file={disk},format=qcow2,if=none,id=root,cache=unsafe,discard=unmap"),
        *("-serial", f"file:{console}"),
        *("-chardev", f"socket,id=monitor,fd={monitor}", "-mon", "chardev=monitor,mode=control"),
        *("-chardev", f"socket,id=agent,fd={agent}"),
    ]
