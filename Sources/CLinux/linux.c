#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

pid_t linux_fork(void) {
    return fork();
}

int linux_open_in_root(int directory, const char *path, uint64_t flags, uint64_t mode) {
    struct open_how how = {
        .flags = flags,
        .mode = mode,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
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
