/*
 * vswitch DATAPATH INTERFACE
 * Makes a datapath of Open vSwitch in the kernel and the interface a port of it, as `ovs-dpctl add-dp` and `add-if` do.
 * linux/openvswitch.h describes the messages of generic netlink.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/openvswitch.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct message {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char rest[1024];
};

static int netlink = -1;

static void begin(struct message *message, int family, int command, int version)
{
	memset(message, 0, sizeof(*message));
	message->header.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	message->header.nlmsg_type = family;
	message->header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message->command.cmd = command;
	message->command.version = version;
}

static void add(struct message *message, int type, const void *value, int size)
{
	struct nlattr *attribute = (void *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));

	attribute->nla_type = type;
	attribute->nla_len = NLA_HDRLEN + size;
	memcpy((char *)attribute + NLA_HDRLEN, value, size);
	message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + NLA_ALIGN(attribute->nla_len);
}

static void add_number(struct message *message, int type, __u32 value)
{
	add(message, type, &value, sizeof(value));
}

/* Sends it and waits for the kernel's word; the last answer before that is in its place. Zero, or an errno. */
static int ask(struct message *message)
{
	struct message answer;

	if (send(netlink, message, message->header.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		if (recv(netlink, &answer, sizeof(answer), 0) < 0)
			return errno;
		if (answer.header.nlmsg_type == NLMSG_ERROR)
			return -((struct nlmsgerr *)NLMSG_DATA(&answer.header))->error;
		*message = answer;
	}
}

/* The number of a family, which the kernel gives at random. */
static int family(const char *name)
{
	struct message message;
	struct nlattr *attribute;
	char *end;

	begin(&message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	add(&message, CTRL_ATTR_FAMILY_NAME, name, strlen(name) + 1);
	errno = ask(&message);
	if (errno)
		return -1;
	end = (char *)&message + message.header.nlmsg_len;
	for (attribute = (void *)message.rest; (char *)attribute < end;
	     attribute = (void *)((char *)attribute + NLA_ALIGN(attribute->nla_len)))
		if (attribute->nla_type == CTRL_ATTR_FAMILY_ID)
			return *(__u16 *)((char *)attribute + NLA_HDRLEN);
	errno = ENOENT;
	return -1;
}

static int make(const char *name, int command, const char *datapath, const char *interface)
{
	int number = if_nametoindex(datapath);
	struct message message;
	int type = family(name);

	if (type < 0)
		return -1;
	begin(&message, type, command, interface ? OVS_VPORT_VERSION : OVS_DATAPATH_VERSION);
	/* struct ovs_header, which stands before the attributes */
	memcpy((char *)&message + message.header.nlmsg_len, &number, sizeof(number));
	message.header.nlmsg_len += sizeof(struct ovs_header);
	if (interface) {
		add_number(&message, OVS_VPORT_ATTR_TYPE, OVS_VPORT_TYPE_NETDEV);
		add(&message, OVS_VPORT_ATTR_NAME, interface, strlen(interface) + 1);
		add_number(&message, OVS_VPORT_ATTR_UPCALL_PID, 0);
	} else {
		add(&message, OVS_DP_ATTR_NAME, datapath, strlen(datapath) + 1);
		add_number(&message, OVS_DP_ATTR_UPCALL_PID, 0);
	}
	errno = ask(&message);
	return errno ? -1 : 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (netlink < 0 || make(OVS_DATAPATH_FAMILY, OVS_DP_CMD_NEW, argv[1], NULL) < 0 ||
	    make(OVS_VPORT_FAMILY, OVS_VPORT_CMD_NEW, argv[1], argv[2]) < 0) {
		perror(argv[0]);
		return 1;
	}
	return 0;
}
