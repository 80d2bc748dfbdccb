/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the stand-in drivers share: knobs that decide how probe and remove behave, changeable at any time below
 * /sys/module/NAME/parameters.
 *
 *   only             a list of addresses to which the knobs below apply; empty: to all functions
 *   probe_errno      probe fails with this errno (a positive number)
 *   probe_delay_ms   probe takes so long
 *   remove_delay_ms  remove takes so long; negative: until the knob says otherwise
 */
#ifndef STANDIN_DRIVER_H
#define STANDIN_DRIVER_H

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/wait.h>

static char only[512];
module_param_string(only, only, sizeof(only), 0644);
static int probe_errno;
module_param(probe_errno, int, 0644);
static int probe_delay_ms;
module_param(probe_delay_ms, int, 0644);
static int remove_delay_ms;
static DECLARE_WAIT_QUEUE_HEAD(standin_turned);

static int standin_turn(const char *value, const struct kernel_param *knob)
{
	int error = param_set_int(value, knob);

	wake_up_all(&standin_turned);
	return error;
}

static const struct kernel_param_ops standin_knob = { .set = standin_turn, .get = param_get_int };
module_param_cb(remove_delay_ms, &standin_knob, &remove_delay_ms, 0644);

static bool standin_is_meant(struct pci_dev *device)
{
	return !only[0] || only[0] == '\n' || strstr(only, pci_name(device));
}

static int standin_probe_knobs(struct pci_dev *device)
{
	if (!standin_is_meant(device))
		return 0;
	if (probe_delay_ms > 0)
		msleep(probe_delay_ms);
	return -abs(READ_ONCE(probe_errno));
}

/*
 * In state D: no signal ends the wait, the knob does. It wakes every 10 seconds and no more, so that the hung task
 * detector sees progress and /proc/PID/wchan names this function.
 */
static noinline void standin_remove_knobs(struct pci_dev *device)
{
	unsigned long begin = jiffies;

	while (standin_is_meant(device)) {
		int delay = READ_ONCE(remove_delay_ms);
		long rest = delay < 0 ? 10 * HZ : (long)(begin + msecs_to_jiffies(delay) - jiffies);

		if (rest <= 0)
			break;
		wait_event_timeout(standin_turned, READ_ONCE(remove_delay_ms) != delay, rest);
	}
}

#endif
