// SPDX-License-Identifier: GPL-2.0
/* Cards whose configuration space is memory, plugged in or not. */
#include <linux/slab.h>
#include <linux/xarray.h>
#include "standin_bridge.h"

#define CAPABILITY 0x40		/* where the PCIe capability lies */

static DEFINE_XARRAY(cards);	/* by bus << 8 | devfn */

static int config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct standin_card *card;

	*value = ~0U;
	rcu_read_lock();
	card = standin_card_at(bus->number, devfn);
	if (card && !READ_ONCE(card->silent)) {
		*value = 0;
		if (where + size <= STANDIN_CONFIG_SIZE)
			memcpy(value, card->config + where, size);
	}
	rcu_read_unlock();
	return PCIBIOS_SUCCESSFUL;
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
	struct standin_card *card;
	int at;

	rcu_read_lock();
	card = standin_card_at(bus->number, devfn);
	for (at = where; card && !READ_ONCE(card->silent) && at < where + size; at++, value >>= 8)
		if (is_writable(at))
			card->config[at] = value;
	rcu_read_unlock();
	return PCIBIOS_SUCCESSFUL;
}

struct pci_ops standin_ops = { .read = config_read, .write = config_write };

static void config_fill(u8 *config, const struct standin_identity *identity)
{
	memset(config, 0, STANDIN_CONFIG_SIZE);
	*(__le16 *)(config + PCI_VENDOR_ID) = cpu_to_le16(identity->vendor);
	*(__le16 *)(config + PCI_DEVICE_ID) = cpu_to_le16(identity->device);
	*(__le32 *)(config + PCI_CLASS_REVISION) = cpu_to_le32(identity->class << 8 | identity->revision);
	config[PCI_HEADER_TYPE] = identity->header;
	if ((identity->header & 0x7f) == PCI_HEADER_TYPE_NORMAL) {
		*(__le16 *)(config + PCI_SUBSYSTEM_VENDOR_ID) = cpu_to_le16(identity->subsystem_vendor);
		*(__le16 *)(config + PCI_SUBSYSTEM_ID) = cpu_to_le16(identity->subsystem_device);
	}
	*(__le16 *)(config + PCI_STATUS) = cpu_to_le16(PCI_STATUS_CAP_LIST);
	config[PCI_CAPABILITY_LIST] = CAPABILITY;
	config[CAPABILITY] = PCI_CAP_ID_EXP;
	*(__le16 *)(config + CAPABILITY + PCI_EXP_FLAGS) = cpu_to_le16(2 | PCI_EXP_TYPE_RC_END << 4);
	if (identity->serial) {
		*(__le32 *)(config + PCI_CFG_SPACE_SIZE) = cpu_to_le32(PCI_EXT_CAP_ID_DSN | 1 << 16);
		*(__le64 *)(config + PCI_CFG_SPACE_SIZE + 4) = cpu_to_le64(identity->serial);
	}
}

/* A new card for this place, without power yet. EEXIST: the place has one. */
int standin_card_make(u8 bus, u8 devfn, const struct standin_identity *identity)
{
	struct standin_card *card = kzalloc(sizeof(*card), GFP_KERNEL);
	int error;

	if (!card)
		return -ENOMEM;
	card->identity = *identity;
	card->silent = true;
	error = xa_insert(&cards, bus << 8 | devfn, card, GFP_KERNEL);
	if (error)
		kfree(card);
	return error == -EBUSY ? -EEXIST : error;
}

struct standin_card *standin_card_at(u8 bus, u8 devfn)
{
	return xa_load(&cards, bus << 8 | devfn);
}

/* The first card at this place or after it; the place moves on. */
struct standin_card *standin_card_next(unsigned long *place)
{
	return xa_find(&cards, place, 0xffff, XA_PRESENT);
}

/* With power a card is as new; without it does not answer. */
void standin_card_power(struct standin_card *card, bool on)
{
	if (on)
		config_fill(card->config, &card->identity);
	WRITE_ONCE(card->silent, !on);
}

void standin_card_forget(u8 bus, u8 devfn)
{
	struct standin_card *card = xa_erase(&cards, bus << 8 | devfn);

	if (card)
		kfree_rcu(card, rcu);
}
