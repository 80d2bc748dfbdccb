/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI host bridge in software: PCI functions of any vendor, device and class in a domain of their own,
 * whose configuration space is memory. The driver core, sysfs, uevents and vfio-pci take them for real.
 *
 *   bridge.c    root buses, made when their first function comes
 *   group.c     the IOMMU groups of their functions
 *   card.c      the cards: their configuration space
 *   function.c  plugging cards in and out
 *   control.c   /dev/standin: the commands
 */
#ifndef STANDIN_BRIDGE_H
#define STANDIN_BRIDGE_H

#include <linux/pci.h>

#define STANDIN_DOMAIN 1
#define STANDIN_CONFIG_SIZE 0x140	/* the standard header, one PCIe capability, one serial number */
#define STANDIN_LABELS 256

/* The group that a function shall be in: one of these, or the label of one that it shares. */
#define STANDIN_GROUP_OWN -1
#define STANDIN_GROUP_NONE -2

struct standin_bus {
	struct pci_sysdata sysdata;	/* first: pci_bus.sysdata points here */
	struct pci_bus *bus;
	struct resource numbers;
	struct pci_dev *requester;	/* the device on whose behalf the IOMMU sees DMA, never registered */
};

struct standin_identity {
	u16 vendor, device, subsystem_vendor, subsystem_device;
	u32 class;
	u8 revision, header;
	u64 serial;
	int group;
};

struct standin_card {
	struct rcu_head rcu;
	struct standin_identity identity;
	bool silent;			/* configuration reads give ff, as from a card that was pulled out */
	u8 config[STANDIN_CONFIG_SIZE];
};

/* bridge.c */
struct standin_bus *standin_bus_get(u8 number);
void standin_buses_remove(void);

/* group.c */
struct pci_dev *standin_requester_make(u8 number);
void standin_group_before_scan(struct standin_bus *bus, int group);
void standin_group_after_scan(struct standin_bus *bus, int group, struct pci_dev *found);
void standin_group_leave(int group);

/* card.c; these do not tell the kernel anything */
extern struct pci_ops standin_ops;
int standin_card_make(u8 bus, u8 devfn, const struct standin_identity *identity);
struct standin_card *standin_card_at(u8 bus, u8 devfn);
struct standin_card *standin_card_next(unsigned long *place);
void standin_card_power(struct standin_card *card, bool on);
void standin_card_forget(u8 bus, u8 devfn);

/* function.c */
int standin_plug(u8 bus, u8 devfn);
int standin_unplug(u8 bus, u8 devfn);
int standin_lose(u8 bus, u8 devfn);
int standin_remove(u8 bus, u8 devfn);
int standin_fill(unsigned int first_bus, unsigned int count, const struct standin_identity *identity);
void standin_clear(void);

/* control.c */
int standin_control_register(void);
void standin_control_unregister(void);

#endif
