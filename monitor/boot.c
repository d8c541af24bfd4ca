#include "monitor/boot.h"

#include <stddef.h>
#include <string.h>

#include "monitor/console.h"
#include "monitor/cpu.h"
#include "monitor/dispatch.h"
#include "monitor/dump.h"
#include "monitor/gic.h"
#include "monitor/kernel.h"
#include "monitor/machine.h"
#include "monitor/mmu.h"
#include "monitor/psci.h"
#include "monitor/tree.h"

/* QEMU puts the device tree at the start of the normal world's memory and keeps a MiB for it. */
#define TREE_ADDRESS  NORMAL_RAM_BASE
#define TREE_SIZE_MAX 0x100000u

extern const uint8_t secure_kernel_start[];
extern const uint8_t secure_kernel_end[];

static struct features features;
static struct kernel kernel;

static void *tree(void)
{
	return (void *)(uintptr_t)TREE_ADDRESS;
}

static void require(int result, const char *what)
{
	if (result != 0) {
		console_print("monitor: libfdt says %d", result);
		dump_stop(what, NULL);
	}
}

static void boot_tree(void)
{
	uint64_t ram_start;
	uint64_t ram_end;
	unsigned int count;
	const char *wrong;

	require(tree_open(tree(), TREE_SIZE_MAX), "there is no device tree");
	require(tree_memory(tree(), &ram_start, &ram_end), "the device tree knows no memory");
	require(tree_cpus(tree(), &count), "the device tree knows no CPU");
	wrong = kernel_from_block((const struct boot_block *)(uintptr_t)BOOT_BLOCK_ADDRESS,
				  ram_start, ram_end, &kernel);
	if (wrong != NULL) {
		dump_stop(wrong, NULL);
	}
	require(tree_add_psci(tree()), "the device tree has no room for PSCI");
	require(tree_add_tee(tree()), "the device tree has no room for the TEE");
	require(tree_add_kernel(tree(), &kernel), "the device tree has no room for the kernel");
	psci_init(count, ram_start, ram_end);
	console_print("monitor: %u CPUs, %llu MiB, kernel at %llx (EL%d), initrd %llu bytes", count,
		      (unsigned long long)((ram_end - ram_start) >> 20),
		      (unsigned long long)kernel.entry, features.el2 ? 2 : 1,
		      (unsigned long long)(kernel.initrd_end - kernel.initrd));
}

static void boot_secure_kernel(void)
{
	size_t size = (size_t)(secure_kernel_end - secure_kernel_start);
	void *place = (void *)(uintptr_t)SECURE_KERNEL_BASE;

	if (size > SECURE_KERNEL_SIZE) {
		dump_stop("the secure kernel is too large", NULL);
	}
	memcpy(place, secure_kernel_start, size);
	machine_sync_code(place, size);
	console_print("monitor: secure kernel of %llu bytes", (unsigned long long)size);
}

/* The device tree is read by the kernels with their caches off. */
static void boot_publish(void)
{
	machine_sync_code(tree(), TREE_SIZE_MAX);
}

struct world *boot_first(struct cpu *cpu)
{
	struct feature_registers registers;

	console_init();
	machine_features(&registers);
	feature_decide(&registers, &features);
	machine_cpu_init(&features);
	boot_tree();
	boot_secure_kernel();
	boot_publish();
	gic_init();
	gic_cpu_init(0);
	gic_cpu_unpark();
	dispatch_init(&features);
	dispatch_cpu_init(cpu, 0, kernel.entry, TREE_ADDRESS);
	return dispatch_boot(cpu, SECURE_KERNEL_BASE, TREE_ADDRESS);
}

void boot_finished(enum secure_kernel state)
{
	if (state == SECURE_KERNEL_FAILED) {
		console_print("monitor: the secure kernel cannot start; going on without it");
	}
	require(tree_remove_secure_memory(tree()), "the device tree keeps the secure memory");
	boot_publish();
	mmu_forget();
}

struct world *boot_later(struct cpu *cpu, unsigned int index)
{
	uint64_t entry;
	uint64_t context;

	machine_cpu_init(&features);
	gic_cpu_init(index);
	gic_cpu_park();
	while (!psci_take_wanted(index, &entry, &context)) {
		gic_sleep();
	}
	gic_cpu_unpark();
	dispatch_cpu_init(cpu, index, entry, context);
	return dispatch_on(cpu);
}
