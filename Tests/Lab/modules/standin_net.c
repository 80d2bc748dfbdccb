// SPDX-License-Identifier: GPL-2.0
/*
 * A network interface below any PCI function, which keeps a MAC address and a VLAN for each of its virtual functions
 * and, as some drivers do, forgets them when a driver lets the virtual function go.
 */
#include <linux/etherdevice.h>
#include <linux/if_link.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>

#define FUNCTIONS 64

static char *parent;
module_param(parent, charp, 0444);
MODULE_PARM_DESC(parent, "the physical function, 0000:08:00.0");

static bool refuses;
module_param(refuses, bool, 0644);
MODULE_PARM_DESC(refuses, "take no settings: EOPNOTSUPP");

static struct net_device *port;
static struct pci_dev *physical;
static struct ifla_vf_info kept[FUNCTIONS];

static void forget(int number)
{
	memset(&kept[number], 0, sizeof(kept[number]));
	kept[number].vf = number;
	memset(kept[number].mac, 0xee, ETH_ALEN);
	kept[number].mac[0] = 2;
	kept[number].vlan_proto = htons(ETH_P_8021Q);
}

static int get_config(struct net_device *device, int number, struct ifla_vf_info *info)
{
	if (number < 0 || number >= FUNCTIONS)
		return -EINVAL;
	*info = kept[number];
	return 0;
}

static int set_mac(struct net_device *device, int number, u8 *address)
{
	if (number < 0 || number >= FUNCTIONS)
		return -EINVAL;
	if (refuses)
		return -EOPNOTSUPP;
	memcpy(kept[number].mac, address, ETH_ALEN);
	return 0;
}

static int set_vlan(struct net_device *device, int number, u16 vlan, u8 priority, __be16 protocol)
{
	if (number < 0 || number >= FUNCTIONS)
		return -EINVAL;
	if (refuses)
		return -EOPNOTSUPP;
	kept[number].vlan = vlan;
	kept[number].qos = priority;
	kept[number].vlan_proto = protocol;
	return 0;
}

static netdev_tx_t transmit(struct sk_buff *packet, struct net_device *device)
{
	dev_kfree_skb(packet);
	return NETDEV_TX_OK;
}

static const struct net_device_ops operations = {
	.ndo_start_xmit = transmit,
	.ndo_get_vf_config = get_config,
	.ndo_set_vf_mac = set_mac,
	.ndo_set_vf_vlan = set_vlan,
};

static int bus_event(struct notifier_block *block, unsigned long action, void *data)
{
	struct pci_dev *device = to_pci_dev(data);
	int number;

	if (action == BUS_NOTIFY_UNBOUND_DRIVER && device->is_virtfn && pci_physfn(device) == physical) {
		number = pci_iov_vf_id(device);
		if (number >= 0 && number < FUNCTIONS)
			forget(number);
	}
	return NOTIFY_OK;
}

static struct notifier_block notifier = { .notifier_call = bus_event };

static int __init standin_net_init(void)
{
	unsigned int domain, bus, slot, function;
	int number, error;

	if (!parent || sscanf(parent, "%x:%x:%x.%u", &domain, &bus, &slot, &function) != 4)
		return -EINVAL;
	physical = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!physical)
		return -ENODEV;
	for (number = 0; number < FUNCTIONS; number++)
		forget(number);
	error = -ENOMEM;
	port = alloc_etherdev(0);
	if (!port)
		goto put;
	port->netdev_ops = &operations;
	SET_NETDEV_DEV(port, &physical->dev);
	eth_hw_addr_random(port);
	error = register_netdev(port);
	if (error)
		goto release;
	error = bus_register_notifier(&pci_bus_type, &notifier);
	if (!error)
		return 0;
	unregister_netdev(port);
release:
	free_netdev(port);
put:
	pci_dev_put(physical);
	return error;
}

static void __exit standin_net_exit(void)
{
	bus_unregister_notifier(&pci_bus_type, &notifier);
	unregister_netdev(port);
	free_netdev(port);
	pci_dev_put(physical);
}

module_init(standin_net_init);
module_exit(standin_net_exit);
MODULE_DESCRIPTION("A network interface with settings of virtual functions");
MODULE_LICENSE("GPL");
