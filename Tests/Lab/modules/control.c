// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/standin takes one command a write(2) and answers with its errno when it is done:
 *
 *   add ADDRESS VENDOR:DEVICE [CLASS] [subsystem=V:D] [revision=N] [header=N] [serial=N] [group=own|shared|none]
 *   fill COUNT BUS VENDOR:DEVICE [the same words]    many at once, from this bus on, 32 a bus
 *   remove ADDRESS                                   in good order
 *   lose ADDRESS                                     stops answering; the kernel is not told
 *   surprise ADDRESS                                 stops answering, then is removed
 *   clear                                            removes every function
 *
 * ADDRESS is BB:DD.F, with or without the domain 0001 before it. All numbers but COUNT are hexadecimal. What kind
 * of group there is belongs to a bus, so it is settled by the bus's first function.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include "standin_bridge.h"

static int group_parse(const char *name, enum standin_group *group)
{
	static const char * const names[] = { "own", "shared", "none", NULL };
	int found = match_string(names, -1, name);

	if (found < 0)
		return -EINVAL;
	*group = found;
	return 0;
}

static int words_parse(char *words, struct standin_identity *identity, enum standin_group *group)
{
	unsigned int number, other;
	unsigned long long serial;
	char *word;

	word = strsep(&words, " ");
	if (!word || sscanf(word, "%x:%x", &number, &other) != 2 || number > 0xffff || other > 0xffff)
		return -EINVAL;
	*identity = (struct standin_identity){ .vendor = number, .device = other, .class = 0x020000 };
	while ((word = strsep(&words, " "))) {
		if (sscanf(word, "subsystem=%x:%x", &number, &other) == 2) {
			identity->subsystem_vendor = number;
			identity->subsystem_device = other;
		} else if (sscanf(word, "revision=%x", &number) == 1) {
			identity->revision = number;
		} else if (sscanf(word, "header=%x", &number) == 1) {
			identity->header = number;
		} else if (sscanf(word, "serial=%llx", &serial) == 1) {
			identity->serial = serial;
		} else if (!strncmp(word, "group=", 6)) {
			if (group_parse(word + 6, group))
				return -EINVAL;
		} else if (*word && kstrtouint(word, 16, &identity->class)) {
			return -EINVAL;
		}
	}
	return 0;
}

static int command_run(char *words)
{
	char *verb = strsep(&words, " "), *place = strsep(&words, " ");
	enum standin_group group = STANDIN_GROUP_OWN;
	struct standin_identity identity;
	unsigned int count, bus, slot, function;
	int error;

	if (!strcmp(verb, "clear")) {
		standin_functions_remove();
		return 0;
	}
	if (!place)
		return -EINVAL;
	if (!strcmp(verb, "fill")) {
		char *first = strsep(&words, " ");

		error = first ? kstrtouint(place, 10, &count) ?: kstrtouint(first, 16, &bus) : -EINVAL;
		if (!error)
			error = bus > 0xff ? -EINVAL : words_parse(words, &identity, &group);
		return error ?: standin_functions_fill(bus, count, &identity, group);
	}
	if (!strncmp(place, "0001:", 5))
		place += 5;
	if (sscanf(place, "%x:%x.%x", &bus, &slot, &function) != 3 || bus > 0xff || slot > 0x1f || function > 7)
		return -EINVAL;
	if (!strcmp(verb, "add")) {
		struct standin_bus *on;

		error = words_parse(words, &identity, &group);
		if (error)
			return error;
		on = standin_bus_get(bus, group);
		return IS_ERR(on) ? PTR_ERR(on) : standin_function_add(on, PCI_DEVFN(slot, function), &identity);
	}
	if (!strcmp(verb, "remove"))
		return standin_function_remove(bus, PCI_DEVFN(slot, function));
	if (!strcmp(verb, "lose"))
		return standin_function_lose(bus, PCI_DEVFN(slot, function));
	if (!strcmp(verb, "surprise"))
		return standin_function_lose(bus, PCI_DEVFN(slot, function)) ?:
		       standin_function_remove(bus, PCI_DEVFN(slot, function));
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
