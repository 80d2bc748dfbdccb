#define _GNU_SOURCE
#include "CVirtualFunctions.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// A message under construction; `size` stays within `room`.
struct message {
    uint8_t *start;
    size_t room, size;
};

static void *append(struct message *message, size_t size) {
    size_t padded = NLMSG_ALIGN(size);
    if (message->size + padded > message->room) return NULL;
    uint8_t *place = message->start + message->size;
    memset(place, 0, padded);
    message->size += padded;
    return place;
}

static size_t open_attribute(struct message *message, uint16_t type) {
    size_t start = message->size;
    struct rtattr *attribute = append(message, sizeof *attribute);
    if (attribute) attribute->rta_type = type;
    return start;
}

static void close_attribute(struct message *message, size_t start) {
    ((struct rtattr *)(message->start + start))->rta_len = (uint16_t)(message->size - start);
}

static void add_attribute(struct message *message, uint16_t type, const void *value, size_t size) {
    size_t start = open_attribute(message, type);
    void *place = append(message, size);
    if (place) memcpy(place, value, size);
    ((struct rtattr *)(message->start + start))->rta_len = (uint16_t)RTA_LENGTH(size);
}

static struct message begin(uint8_t *buffer, size_t room, uint16_t type, uint32_t interface) {
    struct message message = {buffer, room, 0};
    struct nlmsghdr *header = append(&message, sizeof *header);
    header->nlmsg_type = type;
    header->nlmsg_flags = NLM_F_REQUEST | (type == RTM_SETLINK ? NLM_F_ACK : 0);
    header->nlmsg_seq = 1;
    struct ifinfomsg *body = append(&message, sizeof *body);
    body->ifi_family = AF_UNSPEC;
    body->ifi_index = (int)interface;
    return message;
}

static int32_t end(struct message *message) {
    ((struct nlmsghdr *)message->start)->nlmsg_len = (uint32_t)message->size;
    return (int32_t)message->size;
}

// The longest message that is made here has 100 bytes.
enum { longest = 256 };

int32_t linux_vf_question(uint8_t *buffer, uint32_t interface) {
    struct message message = begin(buffer, longest, RTM_GETLINK, interface);
    uint32_t mask = RTEXT_FILTER_VF;
    add_attribute(&message, IFLA_EXT_MASK, &mask, sizeof mask);
    return end(&message);
}

int32_t linux_vf_order(uint8_t *buffer, uint32_t interface, struct linux_vf wanted, int with_address) {
    struct message message = begin(buffer, longest, RTM_SETLINK, interface);
    size_t list = open_attribute(&message, IFLA_VFINFO_LIST);
    size_t info = open_attribute(&message, IFLA_VF_INFO);
    if (with_address) {
        struct ifla_vf_mac address = {.vf = wanted.index};
        memcpy(address.mac, wanted.address, sizeof wanted.address);
        add_attribute(&message, IFLA_VF_MAC, &address, sizeof address);
    } else {
        struct ifla_vf_vlan vlan = {.vf = wanted.index, .vlan = wanted.vlan, .qos = wanted.priority};
        add_attribute(&message, IFLA_VF_VLAN, &vlan, sizeof vlan);
    }
    close_attribute(&message, info);
    close_attribute(&message, list);
    return end(&message);
}

// The attributes of one VF; whether it is the one that was asked for, and has an address.
static int read_info(struct rtattr *info, struct linux_vf *found) {
    struct linux_vf read = {.index = found->index};
    int has_address = 0;
    int left = (int)RTA_PAYLOAD(info);
    for (struct rtattr *each = RTA_DATA(info); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type == IFLA_VF_MAC && RTA_PAYLOAD(each) >= sizeof(struct ifla_vf_mac)) {
            struct ifla_vf_mac *address = RTA_DATA(each);
            if (address->vf != found->index) return 0;
            memcpy(read.address, address->mac, sizeof read.address);
            has_address = 1;
        }
        if (each->rta_type == IFLA_VF_VLAN && RTA_PAYLOAD(each) >= sizeof(struct ifla_vf_vlan)) {
            struct ifla_vf_vlan *vlan = RTA_DATA(each);
            if (vlan->vf != found->index) return 0;
            read.vlan = vlan->vlan;
            read.priority = vlan->qos;
        }
    }
    if (has_address) *found = read;
    return has_address;
}

int32_t linux_vf_answer(const uint8_t *bytes, int32_t size, struct linux_vf *found) {
    // Signed: NLMSG_NEXT takes away the padding of a last message, too, which may not be there.
    int left = size;
    for (struct nlmsghdr *each = (void *)bytes; NLMSG_OK(each, left); each = NLMSG_NEXT(each, left)) {
        if (each->nlmsg_type == NLMSG_ERROR && each->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
            int error = -((struct nlmsgerr *)NLMSG_DATA(each))->error;
            return error ? (errno = error, -1) : 0;
        }
        if (each->nlmsg_type != RTM_NEWLINK || each->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg))) continue;
        int attributes = (int)IFLA_PAYLOAD(each);
        struct rtattr *list = IFLA_RTA(NLMSG_DATA(each));
        for (; RTA_OK(list, attributes); list = RTA_NEXT(list, attributes)) {
            if ((list->rta_type & NLA_TYPE_MASK) != IFLA_VFINFO_LIST) continue;
            int rest = (int)RTA_PAYLOAD(list);
            for (struct rtattr *info = RTA_DATA(list); RTA_OK(info, rest); info = RTA_NEXT(info, rest)) {
                if ((info->rta_type & NLA_TYPE_MASK) == IFLA_VF_INFO && read_info(info, found)) return 0;
            }
        }
    }
    return errno = ENODATA, -1;
}

// Sends a message and takes the one datagram that answers it; its size, or -1 with errno.
static int32_t exchange(const uint8_t *message, int32_t size, uint8_t *answer, size_t room) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -1;
    // A driver may ask its firmware; ten seconds are beyond any that answers.
    struct timeval patience = {.tv_sec = 10};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t got = send(descriptor, message, (size_t)size, 0);
    while (got >= 0 && (got = recv(descriptor, answer, room, MSG_TRUNC)) < 0 && errno == EINTR) got = 0;
    int error = got > (ssize_t)room ? EMSGSIZE : errno;
    close(descriptor);
    return got < 0 || got > (ssize_t)room ? (errno = error, -1) : (int32_t)got;
}

// 256 VFs, each with its counters, fit in.
static uint8_t answer[256 * 1024] __attribute__((aligned(8)));

int32_t linux_vf_read(uint32_t interface, struct linux_vf *found) {
    uint8_t message[longest] __attribute__((aligned(8)));
    int32_t size = exchange(message, linux_vf_question(message, interface), answer, sizeof answer);
    return size < 0 ? -1 : linux_vf_answer(answer, size, found);
}

int32_t linux_vf_write(uint32_t interface, struct linux_vf wanted, int with_address) {
    uint8_t message[longest] __attribute__((aligned(8)));
    int32_t length = linux_vf_order(message, interface, wanted, with_address);
    int32_t size = exchange(message, length, answer, sizeof answer);
    return size < 0 ? -1 : linux_vf_answer(answer, size, &wanted);
}
