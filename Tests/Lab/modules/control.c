// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/standin takes one command a write(2) and answers with its errno when it is done:
 *
 *   add ADDRESS VENDOR:DEVICE [WORD…]   a new card, plugged in
 *   unplug ADDRESS, plug ADDRESS        out, in good order, and in again
 *   remove ADDRESS                      out for good
 *   lose ADDRESS                        stops answering; the kernel is not told
 *   surprise ADDRESS                    stops answering, then is taken out
 *   fill COUNT BUS VENDOR:DEVICE [WORD…]  many at once, from this bus on, 32 a bus
 *   clear                               removes every card
 *
 * A word is class=CLASS, subsystem=VENDOR:DEVICE, revision=N, header=N, serial=N, all hexadecimal, or group=GROUP: own,
 * none, or the number of one that functions share, which is not the number that the kernel gives it.
 * ADDRESS is BB:DD.F, with or without the domain 0001 before it.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "standin_bridge.h"

static int group_parse(const char *name, int *group)
{
	if (!strcmp(name, "own"))
		*group = STANDIN_GROUP_OWN;
	else if (!strcmp(name, "none"))
		*group = STANDIN_GROUP_NONE;
	else
		return kstrtoint(name, 10, group) ?: *group < 0 || *group >= STANDIN_LABELS ? -EINVAL : 0;
	return 0;
}

static int identity_parse(char *words, struct standin_identity *identity)
{
	unsigned int number, other;
	unsigned long long serial;
	char *word = strsep(&words, " ");

	if (!word || sscanf(word, "%x:%x", &number, &other) != 2 || number > 0xffff || other > 0xffff)
		return -EINVAL;
	*identity = (struct standin_identity){
		.vendor = number, .device = other, .class = 0x020000, .group = STANDIN_GROUP_OWN,
	};
	while ((word = strsep(&words, " "))) {
		if (sscanf(word, "subsystem=%x:%x", &number, &other) == 2) {
			identity->subsystem_vendor = number;
			identity->subsystem_device = other;
		} else if (sscanf(word, "class=%x", &number) == 1) {
			identity->class = number;
		} else if (sscanf(word, "revision=%x", &number) == 1) {
			identity->revision = number;
		} else if (sscanf(word, "header=%x", &number) == 1) {
			identity->header = number;
		} else if (sscanf(word, "serial=%llx", &serial) == 1) {
			identity->serial = serial;
		} else if (strncmp(word, "group=", 6) || group_parse(word + 6, &identity->group)) {
			return -EINVAL;
		}
	}
	return 0;
}

static int fill(char *words)
{
	char *count_word = strsep(&words, " "), *bus_word = strsep(&words, " ");
	struct standin_identity identity;
	unsigned int count, bus;

	if (!count_word || !bus_word || kstrtouint(count_word, 10, &count) || kstrtouint(bus_word, 16, &bus))
		return -EINVAL;
	return identity_parse(words, &identity) ?: standin_fill(bus, count, &identity);
}

static int add(u8 bus, u8 devfn, char *words)
{
	struct standin_identity identity;
	int error = identity_parse(words, &identity) ?: standin_card_make(bus, devfn, &identity);

	if (error)
		return error;
	error = standin_plug(bus, devfn);
	if (error)
		standin_card_forget(bus, devfn);
	return error;
}

static int command_run(char *words)
{
	char *verb = strsep(&words, " "), *place;
	unsigned int bus, slot, function;
	u8 devfn;

	if (!strcmp(verb, "clear")) {
		standin_clear();
		return 0;
	}
	if (!strcmp(verb, "fill"))
		return fill(words);
	place = strsep(&words, " ");
	if (place && !strncmp(place, "0001:", 5))
		place += 5;
	if (!place || sscanf(place, "%x:%x.%x", &bus, &slot, &function) != 3 || bus > 0xff || slot > 0x1f || function > 7)
		return -EINVAL;
	devfn = PCI_DEVFN(slot, function);
	if (!strcmp(verb, "add"))
		return add(bus, devfn, words);
	if (!strcmp(verb, "plug"))
		return standin_plug(bus, devfn);
	if (!strcmp(verb, "unplug"))
		return standin_unplug(bus, devfn);
	if (!strcmp(verb, "remove"))
		return standin_remove(bus, devfn);
	if (!strcmp(verb, "lose"))
		return standin_lose(bus, devfn);
	if (!strcmp(verb, "surprise"))
		return standin_lose(bus, devfn) ?: standin_unplug(bus, devfn);
	return -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	char *text;
	int error;

	if (size > 255)
		return -EINVAL;
	text = memdup_user_nul(from, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	error = command_run(strim(text));
	kfree(text);
	return error ?: size;
}

static const struct file_operations control_operations = {
	.owner = THIS_MODULE,
	.write = control_write,
};

static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "standin",
	.fops = &control_operations,
};

int standin_control_register(void)
{
	return misc_register(&control);
}

void standin_control_unregister(void)
{
	misc_deregister(&control);
}
