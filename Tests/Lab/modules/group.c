// SPDX-License-Identifier: GPL-2.0
/*
 * IOMMU groups of stand-in functions.
 *
 * The IOMMU of this machine knows nothing of our domain. Intel's VMD has the same trouble, and the kernel an answer:
 * pci_sysdata.vmd_dev names the PCI device as which the DMA of the bus appears. We name one that lies behind a real
 * root port with ACS and was never registered. What the IOMMU's driver makes of a function is settled while it is
 * scanned, and these three decide it:
 *   - the requester has no group: pci_device_group() makes a new one for each function;
 *   - the requester has one: the function joins that;
 *   - there is no requester: the function is of no IOMMU's.
 * All of this happens under the lock of rescan and removal.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include "standin_bridge.h"

static struct {
	struct iommu_group *group;
	unsigned int functions;
} labels[STANDIN_LABELS];

struct pci_dev *standin_requester_make(u8 number)
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
		requester->dev.bus = port->dev.bus;
		dev_set_msi_domain(&requester->dev, dev_get_msi_domain(&port->dev));
		/* Beside slot 0, where the port's own device sits: an entry in the IOMMU's tables for each bus. */
		requester->devfn = 8 + number % 248;
	}
	pci_dev_put(port);
	return requester;
}

void standin_group_before_scan(struct standin_bus *bus, int group)
{
	if (group == STANDIN_GROUP_NONE)
		bus->sysdata.vmd_dev = NULL;
	else if (group >= 0)
		bus->requester->dev.iommu_group = labels[group].group;
}

void standin_group_after_scan(struct standin_bus *bus, int group, struct pci_dev *found)
{
	bus->sysdata.vmd_dev = bus->requester;
	bus->requester->dev.iommu_group = NULL;
	if (!found)
		return;
	/* Interrupts would be remapped by the same IOMMU; from Linux 6.3 on vfio asks for each device whether they are. */
	if (group != STANDIN_GROUP_NONE)
		dev_set_msi_domain(&found->dev, dev_get_msi_domain(&bus->requester->dev));
	if (group < 0)
		return;
	if (!labels[group].functions++)
		labels[group].group = iommu_group_get(&found->dev);
}

/* With its last function a shared group ends, as the kernel's own do. */
void standin_group_leave(int group)
{
	if (group < 0 || --labels[group].functions)
		return;
	if (labels[group].group)
		iommu_group_put(labels[group].group);
	labels[group].group = NULL;
}
