#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t linux_fork(void) {
    pid_t child = fork();
    if (child == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, 0);
    }
    return child;
}

// What openat2 does, a component at a time, for kernels without it (before Linux 5.6) and sandboxes that forbid it. Every link is
// read and taken apart here, so that none leads out; unlike openat2 it can be fooled by renames while it runs.
static int open_by_components(int directory, const char *path, int flags, mode_t mode) {
    char done[PATH_MAX], rest[PATH_MAX], link[PATH_MAX], joined[PATH_MAX];
    int links = 0;

    strcpy(done, ".");
    if (strlen(path) >= sizeof rest) return errno = ENAMETOOLONG, -1;
    strcpy(rest, path);
    for (char *next = rest + strspn(rest, "/"); *next;) {
        size_t length = strcspn(next, "/");
        size_t after = length + strspn(next + length, "/");
        int is_last = !next[after];

        if (length == 2 && !strncmp(next, "..", 2)) {
            char *slash = strrchr(done, '/');
            if (slash) *slash = 0;
        } else if (length != 1 || *next != '.') {
            if (strlen(done) + length + 2 > sizeof joined) return errno = ENAMETOOLONG, -1;
            char *end = stpcpy(joined, done);
            *end++ = '/';
            memcpy(end, next, length);
            end[length] = 0;
            ssize_t size = is_last && flags & O_NOFOLLOW ? -1 : readlinkat(directory, joined, link, sizeof link - 1);
            if (size >= 0) {
                if (++links > 40) return errno = ELOOP, -1;
                link[size] = 0;
                if ((size_t)size + strlen(next + after) + 2 > sizeof rest) return errno = ENAMETOOLONG, -1;
                strcpy(stpcpy(stpcpy(joined, link), "/"), next + after);
                if (*link == '/') strcpy(done, ".");
                strcpy(rest, joined);
                next = rest + strspn(rest, "/");
                continue;
            }
            strcpy(done, joined);
        }
        next += after;
    }
    return openat(directory, done, flags | O_NOFOLLOW, mode);
}

int linux_open_in_root(int directory, const char *path, uint64_t flags, uint64_t mode) {
    struct open_how how = {
        .flags = flags,
        .mode = mode,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int descriptor = (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (descriptor >= 0 || errno != ENOSYS) return descriptor;
    return open_by_components(directory, path, (int)flags, (mode_t)mode);
}

const int32_t linux_o_path = O_PATH;

const char *linux_errno_name(int number) {
    return strerrorname_np(number);
}

int linux_pipe(int32_t *ends) {
    return pipe2(ends, O_CLOEXEC);
}

void linux_close_all_but(const int32_t *kept, int32_t count) {
    unsigned next = 3;
    for (;;) {
        unsigned lowest = ~0U;
        for (int32_t index = 0; index < count; index++) {
            if (kept[index] >= (int32_t)next && (unsigned)kept[index] < lowest) lowest = (unsigned)kept[index];
        }
        if (lowest == ~0U) break;
        if (lowest > next) close_range(next, lowest - 1, 0);
        next = lowest + 1;
    }
    close_range(next, ~0U, 0);
}

int linux_signal_descriptor(const int32_t *signals, int32_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (int32_t index = 0; index < count; index++) sigaddset(&set, signals[index]);
    if (sigprocmask(SIG_BLOCK, &set, 0)) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int32_t linux_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    return read(descriptor, &info, sizeof info) == sizeof info ? (int32_t)info.ssi_signo : 0;
}

int linux_process_descriptor(pid_t process) {
    return (int)syscall(SYS_pidfd_open, process, 0);
}

// Lets through what begins with `bind@` and is not by vfio-pci. Where `DRIVER=` stands depends on the length of the path, which a filter
// cannot measure, so that it tries those of a function below 0 to 11 bridges: `/devices/pci0000:00` and 13 bytes for each. A byte beyond the
// end of a message drops it; a function's is longer than all that is looked at, if only for MODALIAS.
static uint16_t binds_filter(struct sock_filter *program) {
    enum { bridges = 12, each = 4, root = 19, component = 13 };
    const struct sock_filter
        begin[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x62696e64, 0, 2), // "bind"
            BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 4),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, '@', 1, 0),
            BPF_STMT(BPF_RET | BPF_K, 0),
        },
        end[] = {
            BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
            BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x44524956, 0, 7), // "DRIV"
            BPF_STMT(BPF_LD | BPF_W | BPF_IND, 4),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x45523d76, 0, 5), // "ER=v"
            BPF_STMT(BPF_LD | BPF_W | BPF_IND, 8),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x66696f2d, 0, 3), // "fio-"
            BPF_STMT(BPF_LD | BPF_W | BPF_IND, 12),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x70636900, 0, 1), // "pci"
            BPF_STMT(BPF_RET | BPF_K, 0),
            BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
        };
    uint16_t count = sizeof begin / sizeof *begin;

    memcpy(program, begin, sizeof begin);
    for (uint32_t index = 0; index < bridges; index++, count += each) {
        uint32_t path = root + component * (index + 1), path_end = sizeof "bind@" - 1 + path;
        uint32_t driver = path_end + sizeof "\0ACTION=bind\0DEVPATH=" - 1 + path + sizeof "\0SUBSYSTEM=pci\0" - 1;
        const struct sock_filter try[each] = {
            BPF_STMT(BPF_LD | BPF_B | BPF_ABS, path_end),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2),
            BPF_STMT(BPF_LDX | BPF_IMM, driver),
            BPF_STMT(BPF_JMP | BPF_JA, each * (bridges - 1 - index) + 1),
        };
        memcpy(program + count, try, sizeof try);
    }
    memcpy(program + count, end, sizeof end);
    return count + sizeof end / sizeof *end;
}

int linux_filter_binds(int descriptor) {
    struct sock_filter program[64];
    struct sock_fprog filter = {.len = binds_filter(program), .filter = program};

    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

int linux_open_binds(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1}; // 2 is udev's
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

    if (descriptor < 0) return -1;
    if (linux_filter_binds(descriptor) || bind(descriptor, (struct sockaddr *)&address, sizeof address)) {
        int reason = errno;
        close(descriptor);
        return errno = reason, -1;
    }
    return descriptor;
}

int64_t linux_receive_bind(int descriptor, void *buffer, uint64_t size) {
    struct sockaddr_nl sender;
    socklen_t length = sizeof sender;
    ssize_t count = recvfrom(descriptor, buffer, size, MSG_DONTWAIT, (struct sockaddr *)&sender, &length);
    if (count < 0) return errno == EAGAIN ? -1 : 0;
    return sender.nl_pid == 0 ? count : 0;
}

void linux_populate(void) {
    // As in asm-generic/mman-common.h, which Debian 11 has without them.
    const int populate_read = 22, populate_write = 23;
    const unsigned long largest = 64 << 20;
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long start, end, inode;
    char rights[5];

    if (!maps) return;
    // proc_pid_maps(5): only memory that belongs to no file has inode 0.
    while (fscanf(maps, "%lx-%lx %4s %*x %*x:%*x %lu%*[^\n]", &start, &end, rights, &inode) == 4) {
        if (rights[0] != 'r' || rights[3] != 'p' || end - start > largest) continue;
        int is_own = rights[1] == 'w' && inode == 0;
        madvise((void *)start, end - start, is_own ? populate_write : populate_read);
    }
    fclose(maps);
}

int64_t linux_read_folder(int folder, void *buffer, uint64_t size) { return getdents64(folder, buffer, size); }
