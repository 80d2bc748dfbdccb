"""What /proc shows of many processes: namespaces, mounts, descriptors, control groups."""

NAMESPACES = 16  # of 500 processes about as many are in containers of their own


def processes(root, count):
    """Adds processes from number 100 on: every third in a container, each with 24 descriptors, some on device nodes."""
    for number in range(count):
        process = f"proc/{100 + number}"
        space = number % NAMESPACES if number % 3 == 0 else 0
        root.write(f"{process}/comm", f"worker-{number % 40}\n")
        root.write(f"{process}/cgroup", f"0::/system.slice/service-{number % 40}.service\n")
        root.write(
            f"{process}/stat",
            f"{100 + number} (worker) S 1 {100 + number} {100 + number} 0 -1 4194560 " + "0 " * 44 + "0\n",
        )
        root.write(f"{process}/mountinfo", mounts(space))
        for kind, base in (("mnt", 4026531840), ("net", 4026531992)):
            root.text_link(f"{process}/ns/{kind}", f"{kind}:[{base + space}]")
        for descriptor in range(24):
            root.text_link(f"{process}/fd/{descriptor}", target(number, descriptor))


def mounts(space):
    lines = ["22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda1 rw"]
    lines += [
        f"{30 + line} 22 0:{40 + line} / /run/{space}/{line} rw,nosuid shared:{line} - tmpfs tmpfs rw"
        for line in range(40)
    ]
    return "\n".join(lines) + "\n"


def target(process, descriptor):
    if descriptor < 3:
        return "/dev/null"
    if descriptor == 3 and process % 10 == 0:
        return f"/dev/dri/renderD{128 + process % 8}"
    if descriptor == 4 and process % 25 == 0:
        return f"/dev/nvme{process % 8}n1"
    return ("socket:[{}]", "pipe:[{}]", "anon_inode:[eventfd]", "/var/log/{}.log")[descriptor % 4].format(
        1000 * process + descriptor
    )
