// Calls that Swift cannot import: fork is marked unavailable there, openat2 has no wrapper in Debian 12's C library.
#pragma once

#include <stdint.h>
#include <sys/types.h>

// fork(2), and no signal blocked in the child. The caller must have one thread only.
pid_t linux_fork(void);

// openat2(2) with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS: links are followed, but never out of `directory`.
// Returns -1 and sets errno as the call does.
int linux_open_in_root(int directory, const char *path, uint64_t flags, uint64_t mode);

// O_PATH of open(2), which the C library shows only to GNU programs.
extern const int32_t linux_o_path;

// strerrorname_np(3): "EEXIST"; NULL for a number without a name.
const char *linux_errno_name(int number);

// pipe2(2) with O_CLOEXEC, which the C library shows only to GNU programs.
int linux_pipe(int32_t *ends);

// close_range(2) over every descriptor from 3 on but the `count` ones of `kept` (-1 is passed over).
void linux_close_all_but(const int32_t *kept, int32_t count);

// getdents64(2): whole entries of an open directory; how many bytes of `buffer` they fill, 0 at the end, -1 with errno.
int64_t linux_read_folder(int folder, void *buffer, uint64_t size);

// A default route: its table, the index of an interface that it goes through, AF_INET or AF_INET6.
struct linux_route {
    uint32_t table;
    uint32_t interface;
    uint32_t family;
};

// Default routes of both families and of every table, nexthop objects and multipath resolved (rtnetlink(7)). Fills at most `limit` and
// returns how many there are; -1 with errno.
int32_t linux_default_routes(struct linux_route *routes, int32_t limit);

// An interface with the device that it belongs to (IFLA_PARENT_DEV_NAME, Linux 5.14) and the bus of that.
struct linux_link {
    char name[32];
    char parent[64];
    char bus[32];
};

// The interfaces with a parent device in the network namespace at `path`. Fills at most `limit` and returns how many there are; -1 with
// errno. The caller must have one thread only.
int32_t linux_links_in_namespace(const char *path, struct linux_link *links, int32_t limit);

// Blocks signals and gives a signalfd(2) for them, close-on-exec and never waiting; -1 with errno.
int linux_signal_descriptor(const int32_t *signals, int32_t count);

// The next signal of such a descriptor; 0 where none has come.
int32_t linux_next_signal(int descriptor);

// Makes what the process has mapped present: memory of its own is copied from the process that it was forked from, files are read
// (MADV_POPULATE_WRITE and MADV_POPULATE_READ of madvise(2), Linux 5.14). Where that cannot be, each page comes when it is used; so do those
// of mappings above 64 MiB, which are address space held in reserve (the sanitizers' shadow memory) and never used as a whole.
void linux_populate(void);

// Listens to the kernel's own uevents (netlink(7), NETLINK_KOBJECT_UEVENT), of which a filter lets through only those whose head is `bind@…`,
// without nearly all in which vfio-pci took a function: the kernel would wake us before it has told everybody else. Never waits; -1 with errno.
int linux_open_binds(void);

// Attaches that filter to a socket; -1 with errno.
int linux_filter_binds(int descriptor);

// The next such message: its length, 0 for one that is not the kernel's or was lost, -1 where nothing has come.
int64_t linux_receive_bind(int descriptor, void *buffer, uint64_t size);

// pidfd_open(2), which has no wrapper in Debian 12's headers: readable when the process has ended.
int linux_process_descriptor(pid_t process);
