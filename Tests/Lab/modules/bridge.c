// SPDX-License-Identifier: GPL-2.0
/* Root buses of the software host bridge, and what the IOMMU believes about them. */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include "standin_bridge.h"

static struct standin_bus *buses[256];
static DEFINE_MUTEX(buses_mutex);

/*
 * The IOMMU of this machine knows nothing of our domain. Intel's VMD has the same trouble, and the kernel an
 * answer: pci_sysdata.vmd_dev names the PCI device as which the DMA of the bus appears. We name one that lies
 * behind a real root port with ACS and was never registered: it has no IOMMU group that ours could fall into, so
 * pci_device_group() makes a new one for each function.
 */
static struct pci_dev *requester_make(u8 number)
{
	struct pci_dev *port = NULL, *requester;

	while ((port = pci_get_class(PCI_CLASS_BRIDGE_PCI << 8, port)))
		if (pci_is_pcie(port) && pci_pcie_type(port) == PCI_EXP_TYPE_ROOT_PORT && port->subordinate)
			break;
	if (!port)
		return NULL;
	requester = kzalloc(sizeof(*requester), GFP_KERNEL);
	if (requester) {
		requester->bus = port->subordinate;
		requester->dev.bus = &pci_bus_type;
		/* Beside slot 0, where the port's own device sits: an entry in the IOMMU's tables for each bus. */
		requester->devfn = 8 + number % 248;
	}
	pci_dev_put(port);
	return requester;
}

static struct standin_bus *bus_make(u8 number, enum standin_group group)
{
	struct standin_bus *made = kzalloc(sizeof(*made), GFP_KERNEL);
	LIST_HEAD(windows);

	if (!made)
		return ERR_PTR(-ENOMEM);
	made->group = group;
	made->sysdata.domain = STANDIN_DOMAIN;
	made->sysdata.node = NUMA_NO_NODE;
	if (group != STANDIN_GROUP_NONE) {
		made->requester = requester_make(number);
		if (!made->requester) {
			kfree(made);
			return ERR_PTR(-ENXIO);
		}
		made->sysdata.vmd_dev = made->requester;
	}
	made->numbers = (struct resource){ .name = "standin", .start = number, .end = number, .flags = IORESOURCE_BUS };
	pci_add_resource(&windows, &made->numbers);
	pci_lock_rescan_remove();
	made->bus = pci_create_root_bus(NULL, number, &standin_ops, &made->sysdata, &windows);
	if (made->bus)
		pci_bus_add_devices(made->bus);	/* none yet; makes the bus itself known */
	pci_unlock_rescan_remove();
	if (!made->bus) {
		pci_free_resource_list(&windows);
		kfree(made->requester);
		kfree(made);
		return ERR_PTR(-EIO);
	}
	return made;
}

/* The bus of this number, made if it is new. EEXIST: it is there with another kind of group. */
struct standin_bus *standin_bus_get(u8 number, enum standin_group group)
{
	struct standin_bus *bus;

	mutex_lock(&buses_mutex);
	bus = buses[number];
	if (!bus) {
		bus = bus_make(number, group);
		if (!IS_ERR(bus))
			buses[number] = bus;
	} else if (bus->group != group) {
		bus = ERR_PTR(-EEXIST);
	}
	mutex_unlock(&buses_mutex);
	return bus;
}

/* In a shared bus the requester carries the first function's group, and every later function falls into it. */
void standin_bus_adopt_group(struct standin_bus *bus, struct pci_dev *function)
{
	if (bus->group == STANDIN_GROUP_SHARED && !bus->requester->dev.iommu_group)
		bus->requester->dev.iommu_group = iommu_group_get(&function->dev);
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
		if (bus->requester && bus->requester->dev.iommu_group)
			iommu_group_put(bus->requester->dev.iommu_group);
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
	standin_functions_remove();
	standin_buses_remove();
}

module_init(standin_bridge_init);
module_exit(standin_bridge_exit);
MODULE_DESCRIPTION("A PCI host bridge in software");
MODULE_LICENSE("GPL");
