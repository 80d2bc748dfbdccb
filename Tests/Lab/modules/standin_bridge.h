/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A PCI host bridge in software: PCI functions of any vendor, device and class in a domain of their own,
 * whose configuration space is memory. The driver core, sysfs, uevents and vfio-pci take them for real.
 *
 *   bridge.c    root buses, made when their first function comes, and the IOMMU groups behind them
 *   function.c  one function: its configuration space, and adding and removing it
 *   control.c   /dev/standin: the commands
 */
#ifndef STANDIN_BRIDGE_H
#define STANDIN_BRIDGE_H

#include <linux/pci.h>

#define STANDIN_DOMAIN 1
#define STANDIN_CONFIG_SIZE 0x140	/* the standard header, one PCIe capability, one serial number */

enum standin_group {
	STANDIN_GROUP_OWN,	/* each function is an IOMMU group */
	STANDIN_GROUP_SHARED,	/* the functions of one bus are one group */
	STANDIN_GROUP_NONE,	/* no IOMMU stands before them */
};

struct standin_bus {
	struct pci_sysdata sysdata;	/* first: pci_bus.sysdata points here */
	struct pci_bus *bus;
	struct resource numbers;
	enum standin_group group;
	struct pci_dev *requester;	/* the device on whose behalf the IOMMU sees DMA, never registered */
};

struct standin_identity {
	u16 vendor, device, subsystem_vendor, subsystem_device;
	u32 class;
	u8 revision, header;
	u64 serial;
};

struct standin_function {
	struct rcu_head rcu;
	bool gone;			/* configuration reads give ff, as from a card that was pulled out */
	u8 config[STANDIN_CONFIG_SIZE];
};

/* bridge.c */
struct standin_bus *standin_bus_get(u8 number, enum standin_group group);
void standin_bus_adopt_group(struct standin_bus *bus, struct pci_dev *function);
void standin_buses_remove(void);

/* function.c */
extern struct pci_ops standin_ops;
int standin_function_prepare(u8 bus, u8 devfn, const struct standin_identity *identity);
int standin_function_add(struct standin_bus *bus, u8 devfn, const struct standin_identity *identity);
int standin_function_remove(u8 bus, u8 devfn);
int standin_function_lose(u8 bus, u8 devfn);
int standin_functions_fill(u8 first_bus, unsigned int count, const struct standin_identity *identity,
			   enum standin_group group);
void standin_functions_remove(void);

/* control.c */
int standin_control_register(void);
void standin_control_unregister(void);

#endif
