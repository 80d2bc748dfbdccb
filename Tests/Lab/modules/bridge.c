// SPDX-License-Identifier: GPL-2.0
/* Root buses of the software host bridge. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "standin_bridge.h"

static struct standin_bus *buses[256];
static DEFINE_MUTEX(buses_mutex);

static struct standin_bus *bus_make(u8 number)
{
	struct standin_bus *made = kzalloc(sizeof(*made), GFP_KERNEL);
	LIST_HEAD(windows);

	if (!made)
		return ERR_PTR(-ENOMEM);
	made->requester = standin_requester_make(number);
	if (!made->requester) {
		kfree(made);
		return ERR_PTR(-ENXIO);
	}
	made->sysdata.domain = STANDIN_DOMAIN;
	made->sysdata.node = NUMA_NO_NODE;
	made->sysdata.vmd_dev = made->requester;
	made->numbers = (struct resource){ .name = "standin", .start = number, .end = number, .flags = IORESOURCE_BUS };
	pci_add_resource(&windows, &made->numbers);
	pci_lock_rescan_remove();
	made->bus = pci_create_root_bus(NULL, number, &standin_ops, &made->sysdata, &windows);
	pci_unlock_rescan_remove();
	if (!made->bus) {
		pci_free_resource_list(&windows);
		kfree(made->requester);
		kfree(made);
		return ERR_PTR(-EIO);
	}
	return made;
}

/* The bus of this number, made if it is new. */
struct standin_bus *standin_bus_get(u8 number)
{
	struct standin_bus *bus;

	mutex_lock(&buses_mutex);
	bus = buses[number] ?: bus_make(number);
	if (!IS_ERR(bus))
		buses[number] = bus;
	mutex_unlock(&buses_mutex);
	return bus;
}

void standin_buses_remove(void)
{
	int number;

	for (number = 0; number < 256; number++) {
		struct standin_bus *bus = buses[number];

		if (!bus)
			continue;
		pci_lock_rescan_remove();
		pci_stop_root_bus(bus->bus);
		pci_remove_root_bus(bus->bus);
		pci_unlock_rescan_remove();
		kfree(bus->requester);
		kfree(bus);
		buses[number] = NULL;
	}
}

static int __init standin_bridge_init(void)
{
	return standin_control_register();
}

static void __exit standin_bridge_exit(void)
{
	standin_control_unregister();
	standin_clear();
	standin_buses_remove();
}

module_init(standin_bridge_init);
module_exit(standin_bridge_exit);
MODULE_DESCRIPTION("A PCI host bridge in software");
MODULE_LICENSE("GPL");
