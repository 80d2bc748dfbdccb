// SPDX-License-Identifier: GPL-2.0
/* PCI functions whose configuration space is memory. */
#include <linux/slab.h>
#include <linux/xarray.h>
#include "standin_bridge.h"

#define CAPABILITY 0x40		/* where the PCIe capability lies */

static DEFINE_XARRAY(functions);	/* by bus << 8 | devfn */

static unsigned long place_of(u8 bus, u8 devfn)
{
	return (unsigned long)bus << 8 | devfn;
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct standin_function *function;

	*value = ~0U;
	rcu_read_lock();
	function = xa_load(&functions, place_of(bus->number, devfn));
	if (function && !READ_ONCE(function->gone)) {
		*value = 0;
		if (where + size <= STANDIN_CONFIG_SIZE)
			memcpy(value, function->config + where, size);
	}
	rcu_read_unlock();
	return function ? PCIBIOS_SUCCESSFUL : PCIBIOS_DEVICE_NOT_FOUND;
}

/* What a card lets software write: not its identity, and no base address, so every BAR has the size 0. */
static bool is_writable(int where)
{
	return where == PCI_COMMAND || where == PCI_COMMAND + 1 || where == PCI_CACHE_LINE_SIZE ||
	       where == PCI_LATENCY_TIMER || where == PCI_INTERRUPT_LINE ||
	       (where >= CAPABILITY + PCI_EXP_DEVCTL && where < CAPABILITY + PCI_EXP_DEVSTA);
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct standin_function *function;
	int at;

	rcu_read_lock();
	function = xa_load(&functions, place_of(bus->number, devfn));
	for (at = where; function && at < where + size; at++, value >>= 8)
		if (is_writable(at))
			function->config[at] = value;
	rcu_read_unlock();
	return function ? PCIBIOS_SUCCESSFUL : PCIBIOS_DEVICE_NOT_FOUND;
}

struct pci_ops standin_ops = { .read = config_read, .write = config_write };

static void config_fill(u8 *config, const struct standin_identity *identity)
{
	*(__le16 *)(config + PCI_VENDOR_ID) = cpu_to_le16(identity->vendor);
	*(__le16 *)(config + PCI_DEVICE_ID) = cpu_to_le16(identity->device);
	*(__le32 *)(config + PCI_CLASS_REVISION) = cpu_to_le32(identity->class << 8 | identity->revision);
	config[PCI_HEADER_TYPE] = identity->header;
	*(__le16 *)(config + PCI_SUBSYSTEM_VENDOR_ID) = cpu_to_le16(identity->subsystem_vendor);
	*(__le16 *)(config + PCI_SUBSYSTEM_ID) = cpu_to_le16(identity->subsystem_device);
	*(__le16 *)(config + PCI_STATUS) = cpu_to_le16(PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = CAPABILITY;
	config[CAPABILITY] = PCI_CAP_ID_EXP;
	*(__le16 *)(config + CAPABILITY + PCI_EXP_FLAGS) = cpu_to_le16(2 | PCI_EXP_TYPE_RC_END << 4);
	if (identity->serial) {
		*(__le32 *)(config + PCI_CFG_SPACE_SIZE) = cpu_to_le32(PCI_EXT_CAP_ID_DSN | 1 << 16);
		*(__le64 *)(config + PCI_CFG_SPACE_SIZE + 4) = cpu_to_le64(identity->serial);
	}
}

/* Plugs the card in without anyone looking. EEXIST: the place is taken. */
int standin_function_prepare(u8 bus, u8 devfn, const struct standin_identity *identity)
{
	struct standin_function *function = kzalloc(sizeof(*function), GFP_KERNEL);
	int error;

	if (!function)
		return -ENOMEM;
	config_fill(function->config, identity);
	error = xa_insert(&functions, place_of(bus, devfn), function, GFP_KERNEL);
	if (error)
		kfree(function);
	return error == -EBUSY ? -EEXIST : error;
}

static int function_scan(struct standin_bus *bus, u8 devfn)
{
	struct pci_dev *found = pci_scan_single_device(bus->bus, devfn);

	if (!found)
		return -ENODEV;
	standin_bus_adopt_group(bus, found);
	return 0;
}

int standin_function_add(struct standin_bus *bus, u8 devfn, const struct standin_identity *identity)
{
	int error = standin_function_prepare(bus->bus->number, devfn, identity);

	if (error)
		return error;
	pci_lock_rescan_remove();
	error = function_scan(bus, devfn);
	pci_bus_add_devices(bus->bus);	/* probes, under the lock, as a real hot-plug controller does */
	pci_unlock_rescan_remove();
	return error;
}

/* Many cards at once, each the first function of its slot, 32 slots a bus: all are seen before any is probed. */
int standin_functions_fill(u8 first_bus, unsigned int count, const struct standin_identity *identity,
			   enum standin_group group)
{
	unsigned int done = 0;
	int number, slot, error = 0;

	for (number = first_bus; number < 256 && done < count && !error; number++) {
		struct standin_bus *bus = standin_bus_get(number, group);

		if (IS_ERR(bus))
			return PTR_ERR(bus);
		pci_lock_rescan_remove();
		for (slot = 0; slot < 32 && done < count && !error; slot++, done++) {
			error = standin_function_prepare(number, PCI_DEVFN(slot, 0), identity);
			if (!error)
				error = function_scan(bus, PCI_DEVFN(slot, 0));
		}
		pci_bus_add_devices(bus->bus);
		pci_unlock_rescan_remove();
	}
	return error ?: done < count ? -ENOSPC : 0;
}

/* Takes the card out. The kernel's part comes first and waits for the driver, as long as that takes. */
int standin_function_remove(u8 bus, u8 devfn)
{
	struct pci_dev *device = pci_get_domain_bus_and_slot(STANDIN_DOMAIN, bus, devfn);
	struct standin_function *function;

	if (device) {
		pci_stop_and_remove_bus_device_locked(device);
		pci_dev_put(device);
	}
	function = xa_erase(&functions, place_of(bus, devfn));
	if (!function)
		return -ENODEV;
	kfree_rcu(function, rcu);
	return 0;
}

/* The card is pulled out: it does not answer any more, and nobody told the kernel. */
int standin_function_lose(u8 bus, u8 devfn)
{
	struct standin_function *function;

	rcu_read_lock();
	function = xa_load(&functions, place_of(bus, devfn));
	if (function)
		WRITE_ONCE(function->gone, true);
	rcu_read_unlock();
	return function ? 0 : -ENODEV;
}

void standin_functions_remove(void)
{
	struct standin_function *function;
	unsigned long place;

	xa_for_each(&functions, place, function)
		standin_function_remove(place >> 8, place & 0xff);
}
