// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for mlx4_core: same module name, same driver name, and the ids of a ConnectX-3 and its virtual
 * functions, so that udev loads it by modalias as it would the real one.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include "standin_driver.h"

#define PORTS 2

static int netdev;
module_param(netdev, int, 0644);
MODULE_PARM_DESC(netdev, "network interfaces that each function gets, 0 to 2; a real card has 2");

struct card {
	struct net_device *ports[PORTS];
};

static netdev_tx_t port_transmit(struct sk_buff *packet, struct net_device *port)
{
	dev_kfree_skb(packet);
	return NETDEV_TX_OK;
}

static const struct net_device_ops port_operations = { .ndo_start_xmit = port_transmit };

static void ports_remove(struct card *card)
{
	int number;

	for (number = 0; number < PORTS; number++) {
		if (!card->ports[number])
			continue;
		unregister_netdev(card->ports[number]);
		free_netdev(card->ports[number]);
	}
}

static int card_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	int number, wanted = clamp(READ_ONCE(netdev), 0, PORTS), error = standin_probe_knobs(device);
	struct card *card;

	if (error)
		return error;
	error = pci_enable_device(device);
	if (error)
		return error;
	card = devm_kzalloc(&device->dev, sizeof(*card), GFP_KERNEL);
	if (!card)
		error = -ENOMEM;
	for (number = 0; number < wanted && !error; number++) {
		struct net_device *port = alloc_etherdev(0);

		error = port ? 0 : -ENOMEM;
		if (error)
			break;
		port->netdev_ops = &port_operations;
		port->dev_port = number;
		SET_NETDEV_DEV(port, &device->dev);
		eth_hw_addr_random(port);
		error = register_netdev(port);
		if (error)
			free_netdev(port);
		else
			card->ports[number] = port;
	}
	if (!error) {
		pci_set_drvdata(device, card);
		return 0;
	}
	if (card)
		ports_remove(card);
	pci_disable_device(device);
	return error;
}

static void card_remove(struct pci_dev *device)
{
	standin_remove_knobs(device);
	ports_remove(pci_get_drvdata(device));
	pci_disable_device(device);
}

static const struct pci_device_id card_ids[] = {
	{ PCI_DEVICE(0x15b3, 0x1003) },
	{ PCI_DEVICE(0x15b3, 0x1004) },
	{}
};
MODULE_DEVICE_TABLE(pci, card_ids);

static struct pci_driver card_driver = {
	.name = "mlx4_core",
	.id_table = card_ids,
	.probe = card_probe,
	.remove = card_remove,
};

module_pci_driver(card_driver);
MODULE_DESCRIPTION("Stands in for mlx4_core");
MODULE_LICENSE("GPL");
