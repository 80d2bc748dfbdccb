#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// Newer than the headers of Debian 11: include/uapi/linux/if_link.h.
enum { parent_name = 56, parent_bus = 57 };

struct dump {
    uint16_t type;
    void (*take)(struct nlmsghdr *, void *);
    void *context;
};

// Asks rtnetlink(7) for everything of a kind, and gives each message to `take`. Returns -1 with errno.
static int dump(int descriptor, uint8_t family, struct dump dump) {
    struct {
        struct nlmsghdr header;
        struct rtmsg body;
    } request = {
        .header = {sizeof request, dump.type, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        .body = {.rtm_family = family},
    };
    if (dump.type == RTM_GETNEXTHOP) request.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct nhmsg));
    if (dump.type == RTM_GETLINK) request.header.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg));
    if (send(descriptor, &request, request.header.nlmsg_len, 0) < 0) return -1;
    static char buffer[65536] __attribute__((aligned(8)));
    for (;;) {
        ssize_t size = recv(descriptor, buffer, sizeof buffer, MSG_TRUNC);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return -1;
        if (size > (ssize_t)sizeof buffer) return errno = EMSGSIZE, -1;
        int left = (int)size; // signed: NLMSG_NEXT takes away the padding of the last message, too
        for (struct nlmsghdr *each = (void *)buffer; NLMSG_OK(each, left); each = NLMSG_NEXT(each, left)) {
            if (each->nlmsg_type == NLMSG_DONE) return 0;
            if (each->nlmsg_type == NLMSG_ERROR) {
                errno = -((struct nlmsgerr *)NLMSG_DATA(each))->error;
                return errno ? -1 : 0;
            }
            dump.take(each, dump.context);
        }
    }
}

// The kernel answers a dump at once; a second is for a machine that is busy.
static int open_netlink(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct timeval patience = {.tv_sec = 1};
    if (descriptor >= 0) setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return descriptor;
}

static int fail(int descriptor) {
    int error = errno;
    close(descriptor);
    return errno = error, -1;
}

struct hops {
    struct linux_route *routes;
    int32_t count, limit;
    // Nexthop objects: ID, and interface, or the ID of a group's member.
    struct {
        uint32_t id, interface, member;
    } *objects;
    int32_t known, room;
};

static void add_route(struct hops *hops, uint8_t family, uint32_t table, uint32_t interface) {
    if (hops->count < hops->limit) hops->routes[hops->count] = (struct linux_route){table, interface, family};
    hops->count++;
}

static void add_object(struct hops *hops, uint32_t id, uint32_t interface, uint32_t member) {
    if (hops->known == hops->room) {
        int32_t room = hops->room ? 2 * hops->room : 64;
        void *objects = realloc(hops->objects, (size_t)room * sizeof *hops->objects);
        if (!objects) return;
        hops->objects = objects, hops->room = room;
    }
    hops->objects[hops->known].id = id;
    hops->objects[hops->known].interface = interface;
    hops->objects[hops->known++].member = member;
}

static void take_nexthop(struct nlmsghdr *message, void *context) {
    struct nhmsg *body = NLMSG_DATA(message);
    int left = (int)message->nlmsg_len - (int)NLMSG_LENGTH(sizeof *body);
    uint32_t id = 0;
    for (struct rtattr *each = (void *)(body + 1); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type == NHA_ID) id = *(uint32_t *)RTA_DATA(each);
        if (each->rta_type == NHA_OIF) add_object(context, id, *(uint32_t *)RTA_DATA(each), 0);
        if (each->rta_type != NHA_GROUP) continue;
        struct nexthop_grp *members = RTA_DATA(each);
        for (size_t index = 0; index < RTA_PAYLOAD(each) / sizeof *members; index++)
            add_object(context, id, 0, members[index].id);
    }
}

static void add_through(struct hops *hops, uint8_t family, uint32_t table, uint32_t id, int depth) {
    for (int32_t index = 0; index < hops->known; index++) {
        if (hops->objects[index].id != id) continue;
        if (hops->objects[index].interface) add_route(hops, family, table, hops->objects[index].interface);
        else if (depth < 2) add_through(hops, family, table, hops->objects[index].member, depth + 1);
    }
}

static void take_route(struct nlmsghdr *message, void *context) {
    struct rtmsg *body = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWROUTE || body->rtm_dst_len || body->rtm_type != RTN_UNICAST) return;
    uint32_t table = body->rtm_table, interface = 0, object = 0;
    struct rtattr *paths = NULL;
    int left = (int)RTM_PAYLOAD(message);
    for (struct rtattr *each = RTM_RTA(body); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type == RTA_TABLE) table = *(uint32_t *)RTA_DATA(each);
        if (each->rta_type == RTA_OIF) interface = *(uint32_t *)RTA_DATA(each);
        if (each->rta_type == RTA_NH_ID) object = *(uint32_t *)RTA_DATA(each);
        if (each->rta_type == RTA_MULTIPATH) paths = each;
    }
    if (interface) add_route(context, body->rtm_family, table, interface);
    if (paths) {
        int rest = (int)RTA_PAYLOAD(paths);
        for (struct rtnexthop *hop = RTA_DATA(paths); RTNH_OK(hop, rest); rest -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
            add_route(context, body->rtm_family, table, (uint32_t)hop->rtnh_ifindex);
    }
    if (object && !interface && !paths) add_through(context, body->rtm_family, table, object, 0);
}

int32_t linux_default_routes(struct linux_route *routes, int32_t limit) {
    struct hops hops = {.routes = routes, .limit = limit};
    int descriptor = open_netlink();
    if (descriptor < 0) return -1;
    // Kernels before 5.3 have no nexthop objects.
    (void)dump(descriptor, AF_UNSPEC, (struct dump){RTM_GETNEXTHOP, take_nexthop, &hops});
    int failed = dump(descriptor, AF_INET, (struct dump){RTM_GETROUTE, take_route, &hops});
    // EOPNOTSUPP: a kernel without IPv6.
    if (!failed && dump(descriptor, AF_INET6, (struct dump){RTM_GETROUTE, take_route, &hops}))
        failed = errno != EOPNOTSUPP;
    free(hops.objects);
    if (failed) return fail(descriptor);
    close(descriptor);
    return hops.count;
}

struct links {
    struct linux_link *links;
    int32_t count, limit;
};

static void copy_name(char *name, size_t room, struct rtattr *attribute) {
    size_t size = RTA_PAYLOAD(attribute);
    if (size >= room) size = room - 1;
    memcpy(name, RTA_DATA(attribute), size);
    name[size] = 0;
}

static void take_link(struct nlmsghdr *message, void *context) {
    struct links *links = context;
    struct ifinfomsg *body = NLMSG_DATA(message);
    if (message->nlmsg_type != RTM_NEWLINK) return;
    struct linux_link link = {{0}, {0}, {0}};
    int left = (int)IFLA_PAYLOAD(message);
    for (struct rtattr *each = IFLA_RTA(body); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (each->rta_type == IFLA_IFNAME) copy_name(link.name, sizeof link.name, each);
        if (each->rta_type == parent_name) copy_name(link.parent, sizeof link.parent, each);
        if (each->rta_type == parent_bus) copy_name(link.bus, sizeof link.bus, each);
    }
    if (!link.parent[0]) return;
    if (links->count < links->limit) links->links[links->count] = link;
    links->count++;
}

int32_t linux_links_in_namespace(const char *path, struct linux_link *found, int32_t limit) {
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) return -1;
    int other = open(path, O_RDONLY | O_CLOEXEC);
    if (other < 0) return fail(home);
    int error = setns(other, CLONE_NEWNET) < 0 ? errno : 0;
    close(other);
    if (error) return errno = error, fail(home);
    // A socket stays in the namespace in which it was made.
    int descriptor = open_netlink();
    error = errno;
    // Nothing may go on in a foreign namespace.
    if (setns(home, CLONE_NEWNET) < 0) abort();
    close(home);
    if (descriptor < 0) return errno = error, -1;
    struct links links = {found, 0, limit};
    if (dump(descriptor, AF_UNSPEC, (struct dump){RTM_GETLINK, take_link, &links})) return fail(descriptor);
    close(descriptor);
    return links.count;
}
