// The peer of `monitor`: the least that a C program can do. For the lab only.
//
//   rebind [--group kernel|udev] [--action ACTION] [--method override|new_id] [--count N] [--sys DIR] VENDOR:DEVICE
//
// Listens to uevents and, at each ACTION (default bind) of a PCI function of these ids, gives it to vfio-pci: no guard, no
// journal, no deadline. `--sys` takes another folder than /sys, to try the writes on a made-up root. Prints a line a function:
// address, and milliseconds from the message's arrival to the end of the last write. Ends after N functions (default: never).
//
// Build: cc -O2 -static -o rebind rebind.c
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { group_kernel = 1, group_udev = 2 };

static const char *sys = "/sys";

// systemd, src/libsystemd/sd-device/device-monitor.c: what udevd puts before the properties.
struct udev_header {
    char prefix[8];
    uint32_t magic, header_size, properties_offset, properties_length;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int store(const char *path, const char *text) {
    int descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC), failed;
    if (descriptor < 0) return errno;
    failed = write(descriptor, text, strlen(text)) < 0 ? errno : 0;
    close(descriptor);
    return failed;
}

static void rebind(const char *address, const char *id, int by_override) {
    char path[PATH_MAX], text[16];
    int failed, bound;
    if (by_override) {
        snprintf(path, sizeof path, "%s/bus/pci/devices/%s/driver_override", sys, address);
        failed = store(path, "vfio-pci");
    } else {
        snprintf(text, sizeof text, "%.4s %.4s", id, id + 5);
        snprintf(path, sizeof path, "%s/bus/pci/drivers/vfio-pci/new_id", sys);
        failed = store(path, text);
        if (failed == EEXIST) failed = 0;
    }
    if (failed) fprintf(stderr, "%s: %s\n", path, strerror(failed));
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/driver/unbind", sys, address);
    bound = access(path, F_OK) == 0;
    if (bound && (failed = store(path, address))) fprintf(stderr, "%s: %s\n", path, strerror(failed));
    snprintf(path, sizeof path, "%s/bus/pci/drivers/vfio-pci/bind", sys);
    // new_id took a function without a driver already: EBUSY or ENODEV then says so.
    if ((failed = store(path, address)) && (by_override || bound)) fprintf(stderr, "%s: %s\n", path, strerror(failed));
}

static const char *value(const char *properties, size_t length, const char *key) {
    size_t key_length = strlen(key);
    for (const char *at = properties, *end = properties + length; at < end; at += strnlen(at, (size_t)(end - at)) + 1)
        if ((size_t)(end - at) > key_length && !strncmp(at, key, key_length) && at[key_length] == '=') return at + key_length + 1;
    return "";
}

// The properties of a message of the group listened to; NULL for every other message.
static const char *properties(const char *message, size_t *length, int group) {
    if (group == group_udev) {
        struct udev_header header;
        if (*length < sizeof header || memcmp(message, "libudev", 8) != 0) return NULL;
        memcpy(&header, message, sizeof header);
        if (header.properties_offset > *length) return NULL;
        *length -= header.properties_offset;
        return message + header.properties_offset;
    }
    size_t head = strnlen(message, *length) + 1;
    if (memcmp(message, "libudev", 8) == 0 || head > *length) return NULL;
    *length -= head;
    return message + head;
}

static int listen_to(int group) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = (uint32_t)group};
    int size = 128 << 20, descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (descriptor < 0) return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return -1;
    return descriptor;
}

int main(int count, char **arguments) {
    int group = group_kernel, by_override = 1, left = -1, at;
    const char *action = "bind", *id = NULL;
    for (at = 1; at < count; at++) {
        const char *next = at + 1 < count ? arguments[at + 1] : "";
        if (!strcmp(arguments[at], "--group")) group = strcmp(next, "udev") ? group_kernel : group_udev, at++;
        else if (!strcmp(arguments[at], "--action")) action = next, at++;
        else if (!strcmp(arguments[at], "--method")) by_override = strcmp(next, "new_id") != 0, at++;
        else if (!strcmp(arguments[at], "--count")) left = atoi(next), at++;
        else if (!strcmp(arguments[at], "--sys")) sys = next, at++;
        else id = arguments[at];
    }
    if (id == NULL || strlen(id) != 9 || id[4] != ':') {
        fprintf(stderr, "usage: rebind [--group G] [--action A] [--method M] [--count N] [--sys DIR] VENDOR:DEVICE\n");
        return 64;
    }
    int descriptor = listen_to(group);
    if (descriptor < 0) {
        perror("netlink");
        return 69;
    }
    printf("ready\n");
    fflush(stdout);
    while (left != 0) {
        char message[16384];
        struct sockaddr_nl sender;
        socklen_t sender_size = sizeof sender;
        ssize_t got = recvfrom(descriptor, message, sizeof message - 1, 0, (struct sockaddr *)&sender, &sender_size);
        double start = now();
        if (got <= 0) continue;
        message[got] = 0;
        size_t length = (size_t)got;
        const char *found = properties(message, &length, group);
        // Only the kernel sends with port 0.
        if (found == NULL || (group == group_kernel && sender.nl_pid != 0)) continue;
        if (strcmp(value(found, length, "SUBSYSTEM"), "pci") || strcmp(value(found, length, "ACTION"), action)) continue;
        if (strcasecmp(value(found, length, "PCI_ID"), id) || !strcmp(value(found, length, "DRIVER"), "vfio-pci")) continue;
        const char *address = strrchr(value(found, length, "DEVPATH"), '/');
        if (address == NULL || strlen(address + 1) > 16) continue;
        rebind(address + 1, id, by_override);
        printf("%s %.3f\n", address + 1, now() - start);
        fflush(stdout);
        if (left > 0) left--;
    }
    return 0;
}
