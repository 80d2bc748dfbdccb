// The peer of `monitor` under noise: a C program that receives the same uevents, by libudev and with the same filter, and does
// nothing with them but read which function they name.
//
//   listen
//
// Prints `ready`, and how many it received when SIGTERM ends it.
//
// Build: cc -O2 -o listen listen.c -ludev
#define _GNU_SOURCE
#include <errno.h>
#include <libudev.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t is_over;

static void end(int number) {
    (void)number;
    is_over = 1;
}

int main(void) {
    struct udev *udev = udev_new();
    struct udev_monitor *monitor = udev ? udev_monitor_new_from_netlink(udev, "udev") : NULL;
    if (monitor == NULL || udev_monitor_filter_add_match_subsystem_devtype(monitor, "pci", NULL) < 0) return 69;
    udev_monitor_set_receive_buffer_size(monitor, 128 << 20);
    if (udev_monitor_enable_receiving(monitor) < 0) return 69;
    struct sigaction action = {.sa_handler = end};
    sigset_t blocked, while_waiting;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &while_waiting);
    sigaction(SIGTERM, &action, NULL);
    printf("ready\n");
    fflush(stdout);
    unsigned long received = 0, nameless = 0;
    struct pollfd waiting = {.fd = udev_monitor_get_fd(monitor), .events = POLLIN};
    while (!is_over) {
        if (ppoll(&waiting, 1, NULL, &while_waiting) < 0) continue;
        struct udev_device *device;
        while ((device = udev_monitor_receive_device(monitor)) != NULL) {
            const char *action_name = udev_device_get_property_value(device, "ACTION");
            const char *address = udev_device_get_property_value(device, "PCI_SLOT_NAME");
            if (action_name == NULL || address == NULL) nameless++;
            received++;
            udev_device_unref(device);
        }
        if (errno == ENOBUFS) fprintf(stderr, "events were lost\n");
    }
    printf("received %lu nameless %lu\n", received, nameless);
    udev_monitor_unref(monitor);
    udev_unref(udev);
    return 0;
}
