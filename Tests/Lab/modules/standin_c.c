// SPDX-License-Identifier: GPL-2.0
/* A plain driver without any id of its own: it binds by driver_override or by a dynamic id. */
#include "standin_driver.h"

static int plain_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	return standin_probe_knobs(device);
}

static struct pci_driver plain_driver = {
	.name = "standin_c",
	.probe = plain_probe,
	.remove = standin_remove_knobs,
};

module_pci_driver(plain_driver);
MODULE_DESCRIPTION("A PCI driver without ids");
MODULE_LICENSE("GPL");
