// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: stops a CPU for some time, as firmware, a slow console or a hypervisor that takes it away do. Meanwhile it
 * takes no interrupt, so that no timer that it has goes off, and time is not kept if it is the one that keeps it.
 *
 *     echo "CPU MILLISECONDS" >/sys/module/stop_cpu/parameters/stop
 *
 * returns when it is stopped, or says why it could not be.
 */

#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timekeeping.h>

#define LONGEST 10000

static unsigned int milliseconds;
static DECLARE_COMPLETION(stopped);

static int stand_still(void *unused)
{
	unsigned long flags;
	u64 until;

	local_irq_save(flags);
	until = ktime_get_mono_fast_ns() + milliseconds * NSEC_PER_MSEC;
	complete(&stopped);
	while (ktime_get_mono_fast_ns() < until)
		cpu_relax();
	local_irq_restore(flags);
	return 0;
}

static int stop_set(const char *text, const struct kernel_param *param)
{
	struct task_struct *task;
	unsigned int cpu, ms;

	if (sscanf(text, "%u %u", &cpu, &ms) != 2 || ms > LONGEST)
		return -EINVAL;
	if (cpu >= nr_cpu_ids || !cpu_online(cpu))
		return -ENODEV;
	milliseconds = ms;
	reinit_completion(&stopped);
	task = kthread_create_on_cpu(stand_still, NULL, cpu, "stop_cpu/%u");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	wait_for_completion(&stopped);
	return 0;
}

static const struct kernel_param_ops stop_ops = { .set = stop_set };
module_param_cb(stop, &stop_ops, NULL, 0200);
MODULE_PARM_DESC(stop, "a CPU and for how many milliseconds it stands still");

MODULE_DESCRIPTION("Stops a CPU, for tests");
MODULE_LICENSE("GPL");
