// The kernel's part of a made-up /sys, at this machine's own speed: preloaded (ld.so(8)), it answers what a program writes to the files
// `bind` and `unbind` of drivers as the kernel does, by moving the function's link `driver`. For a mount namespace where /sys is made up,
// and for a program that is given another root.
//
//   REMOVE_DELAY_MS=500 BINDS=/tmp/binds LD_PRELOAD=./drivers.so sh -c '…'
//
// An unbind takes REMOVE_DELAY_MS; one from the driver `endless` never returns. To the file BINDS goes a line for each bind: the address, and
// nanoseconds of CLOCK_MONOTONIC.
//
// Build: cc -O2 -shared -fPIC -o drivers.so drivers.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef ssize_t writer(int, const void *, size_t);

static const char devices[] = "/sys/bus/pci/devices/", drivers[] = "/sys/bus/pci/drivers/";

static void let_go(const char *link, const char *driver) {
    const char *delay = getenv("REMOVE_DELAY_MS");
    while (!strcmp(driver, "endless")) pause();
    usleep((useconds_t)(delay ? atoi(delay) : 0) * 1000);
    unlink(link);
}

static void take(const char *link, const char *root, const char *address, const char *driver, writer *write_really) {
    char text[2 * PATH_MAX];
    struct timespec now;
    const char *path = getenv("BINDS");
    int descriptor = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
    snprintf(text, sizeof text, "%s%s%s/vfio-dev", root, devices, address);
    mkdir(text, 0755);
    snprintf(text, sizeof text, "%s%s%s", root, drivers, driver);
    if (symlink(text, link)) abort();
    if (!path) return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(text, sizeof text, "%s %lld%09ld\n", address, (long long)now.tv_sec, now.tv_nsec);
    if (descriptor < 0 || write_really(descriptor, text, (size_t)length) != length) abort();
    close(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    writer *write_really = (writer *)dlsym(RTLD_NEXT, "write");
    char name[64], path[PATH_MAX], link[2 * PATH_MAX], address[32];
    ssize_t written = write_really(descriptor, bytes, count);
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0 || written < 1 || count > sizeof address) return written;
    path[length] = 0;
    char *prefix = strstr(path, drivers), *file = strrchr(path, '/');
    if (!prefix || file < prefix + strlen(drivers)) return written;
    char *driver = prefix + strlen(drivers);
    *prefix = *file++ = 0;
    snprintf(address, sizeof address, "%.*s", (int)count - 1, (const char *)bytes);
    snprintf(link, sizeof link, "%s%s%s/driver", path, devices, address);
    if (!strcmp(file, "unbind")) let_go(link, driver);
    if (!strcmp(file, "bind")) take(link, path, address, driver, write_really);
    return written;
}
