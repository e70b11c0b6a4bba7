// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests: what a hypervisor does to a machine that it begins anew from a snapshot. The generation in QEMU's device (-device
 * vmgenid), which lies in the machine's own memory, becomes another one, and the firmware's method for the event is run. It is
 * done while this is loaded; loading fails where there is no such device.
 */

#include <linux/acpi.h>
#include <linux/io.h>
#include <linux/module.h>

#define GENERATION 16

static int change(u64 address)
{
	u8 *generation = memremap(address, GENERATION, MEMREMAP_WB);

	if (!generation)
		return -ENOMEM;
	generation[0] ^= 0xff;
	memunmap(generation);
	return 0;
}

static int __init copied_init(void)
{
	struct acpi_buffer parsed = { ACPI_ALLOCATE_BUFFER, NULL };
	struct acpi_device *device = acpi_dev_get_first_match_dev("QEMUVGID", NULL, -1);
	union acpi_object *parts;
	acpi_status status;
	int error = -ENODEV;

	if (!device)
		return -ENODEV;
	status = acpi_evaluate_object(device->handle, "ADDR", NULL, &parsed);
	parts = parsed.pointer;
	if (ACPI_SUCCESS(status) && parts->type == ACPI_TYPE_PACKAGE && parts->package.count == 2)
		error = change(parts->package.elements[0].integer.value | parts->package.elements[1].integer.value << 32);
	kfree(parsed.pointer);
	acpi_dev_put(device);
	if (!error && ACPI_FAILURE(acpi_evaluate_object(NULL, "\\_GPE._E05", NULL, NULL)))
		error = -EIO;
	return error;
}
module_init(copied_init);

static void __exit copied_exit(void)
{
}
module_exit(copied_exit);

MODULE_DESCRIPTION("Makes this machine a copy, for tests");
MODULE_LICENSE("GPL");
