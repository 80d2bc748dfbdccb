// SPDX-License-Identifier: GPL-2.0
/* Plugging cards in and out: what the kernel is told of them. */
#include "standin_bridge.h"

/* Under the lock of rescan and removal. Functions are not probed before pci_bus_add_devices(). */
static int function_scan(struct standin_bus *bus, u8 devfn)
{
	struct standin_card *card = standin_card_at(bus->bus->number, devfn);
	struct pci_dev *found;

	standin_card_power(card, true);
	standin_group_before_scan(bus, card->identity.group);
	found = pci_scan_single_device(bus->bus, devfn);
	standin_group_after_scan(bus, card->identity.group, found);
	if (!found)
		standin_card_power(card, false);
	return found ? 0 : -ENODEV;
}

/* EEXIST: it is plugged in. */
int standin_plug(u8 bus, u8 devfn)
{
	struct standin_bus *on = standin_bus_get(bus);
	int error;

	if (IS_ERR(on))
		return PTR_ERR(on);
	if (!standin_card_at(bus, devfn))
		return -ENODEV;
	pci_lock_rescan_remove();
	if (standin_card_at(bus, devfn)->silent) {
		error = function_scan(on, devfn);
		pci_bus_add_devices(on->bus);	/* probes, under the lock, as a real hot-plug controller does */
	} else {
		error = -EEXIST;
	}
	pci_unlock_rescan_remove();
	return error;
}

/*
 * Takes the card out and keeps it at hand for plugging it in again. The kernel's part comes first and waits for the
 * driver, as long as that takes.
 */
int standin_unplug(u8 bus, u8 devfn)
{
	struct pci_dev *device;

	pci_lock_rescan_remove();
	device = pci_get_domain_bus_and_slot(STANDIN_DOMAIN, bus, devfn);
	if (device) {
		pci_stop_and_remove_bus_device(device);
		pci_dev_put(device);
		standin_card_power(standin_card_at(bus, devfn), false);
		standin_group_leave(standin_card_at(bus, devfn)->identity.group);
	}
	pci_unlock_rescan_remove();
	return device ? 0 : -ENODEV;
}

/* The card is pulled out: it does not answer any more, and nobody told the kernel. */
int standin_lose(u8 bus, u8 devfn)
{
	struct standin_card *card = standin_card_at(bus, devfn);

	if (!card)
		return -ENODEV;
	standin_card_power(card, false);
	return 0;
}

int standin_remove(u8 bus, u8 devfn)
{
	if (!standin_card_at(bus, devfn))
		return -ENODEV;
	standin_unplug(bus, devfn);	/* where it is not plugged in, there is nothing to do */
	standin_card_forget(bus, devfn);
	return 0;
}

/* Many cards at once, each the first function of its slot, 32 slots a bus: all are seen before any is probed. */
int standin_fill(unsigned int first_bus, unsigned int count, const struct standin_identity *identity)
{
	unsigned int number, slot, done = 0;
	int error = 0;

	for (number = first_bus; number < 256 && done < count && !error; number++) {
		struct standin_bus *bus = standin_bus_get(number);

		if (IS_ERR(bus))
			return PTR_ERR(bus);
		pci_lock_rescan_remove();
		for (slot = 0; slot < 32 && done < count && !error; slot++, done++)
			error = standin_card_make(number, PCI_DEVFN(slot, 0), identity) ?:
				function_scan(bus, PCI_DEVFN(slot, 0));
		pci_bus_add_devices(bus->bus);
		pci_unlock_rescan_remove();
	}
	return error ?: done < count ? -ENOSPC : 0;
}

void standin_clear(void)
{
	unsigned long place = 0;

	while (standin_card_next(&place))
		standin_remove(place >> 8, place & 0xff);
}
