// SPDX-License-Identifier: GPL-2.0
/*
 * A variant driver of vfio-pci, as small as one can be. It binds any function by driver_override or by a dynamic
 * id, and is named in modules.alias as the variant for one made-up card. Its name is not one that the kernel gives to
 * a driver of VFIO; standin_vfio_pci.c is the same under such a name.
 */
#ifndef VARIANT
#define VARIANT "standin_vfio"
#define VARIANT_DEVICE 0x7f11
#endif

#include <linux/vfio_pci_core.h>
#include "standin_driver.h"

static int variant_open(struct vfio_device *device)
{
	struct vfio_pci_core_device *core = container_of(device, struct vfio_pci_core_device, vdev);
	int error = vfio_pci_core_enable(core);

	if (!error)
		vfio_pci_core_finish_enable(core);
	return error;
}

static const struct vfio_device_ops variant_operations = {
	.name = VARIANT,
	.init = vfio_pci_core_init_dev,
	.release = vfio_pci_core_release_dev,
	.open_device = variant_open,
	.close_device = vfio_pci_core_close_device,
	.ioctl = vfio_pci_core_ioctl,
	.device_feature = vfio_pci_core_ioctl_feature,
	.read = vfio_pci_core_read,
	.write = vfio_pci_core_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
};

static int variant_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	struct vfio_pci_core_device *core;
	int error = standin_probe_knobs(device);

	if (error)
		return error;
	core = vfio_alloc_device(vfio_pci_core_device, vdev, &device->dev, &variant_operations);
	if (IS_ERR(core))
		return PTR_ERR(core);
	dev_set_drvdata(&device->dev, core);
	error = vfio_pci_core_register_device(core);
	if (error)
		vfio_put_device(&core->vdev);
	return error;
}

static void variant_remove(struct pci_dev *device)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&device->dev);

	standin_remove_knobs(device);
	vfio_pci_core_unregister_device(core);
	vfio_put_device(&core->vdev);
}

static const struct pci_device_id variant_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(0x1d6b, VARIANT_DEVICE) },
	{}
};
MODULE_DEVICE_TABLE(pci, variant_ids);

static struct pci_driver variant_driver = {
	.name = VARIANT,
	.id_table = variant_ids,
	.probe = variant_probe,
	.remove = variant_remove,
	.err_handler = &vfio_pci_core_err_handlers,
	.driver_managed_dma = true,
};

module_pci_driver(variant_driver);
MODULE_DESCRIPTION("A variant driver of vfio-pci");
MODULE_LICENSE("GPL");
