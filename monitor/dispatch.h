/* dispatch.h - what the worlds ask of the monitor, and what it asks of the secure kernel.
 *
 * A call of the normal world to the secure kernel and its answer pass through switch_aarch64.S alone.
 * Here is the rest: PSCI, secure interrupts, and the visits to the secure kernel that these need (TF-A's
 * opteed convention, abi/smc.h). A function that returns a world says which one this CPU goes on with;
 * the registers of EL1 are that world's then. */
#ifndef MONITOR_DISPATCH_H
#define MONITOR_DISPATCH_H

#include <stdint.h>

#include "monitor/cpu.h"
#include "monitor/feature.h"

/* Once, at boot. */
void dispatch_init(const struct features *features);

/* This CPU's worlds, each as after a reset; its normal world begins at `entry`. */
void dispatch_cpu_init(struct cpu *cpu, unsigned int index, uint64_t entry, uint64_t context);

/* The first CPU starts the secure kernel at `image` and goes on with boot_finished(); any other tells
 * it that it is on, and goes on with the normal world. */
struct world *dispatch_boot(struct cpu *cpu, uint64_t image, uint64_t device_tree);
struct world *dispatch_on(struct cpu *cpu);

/* A lower level was left for `reason`, and was `stopped`. (switch_aarch64.S) */
struct world *monitor_lower(struct cpu *cpu, struct world *stopped, enum lower_reason reason);

/* The secure kernel has started, or has said that it cannot. (boot.c) */
enum secure_kernel {
	SECURE_KERNEL_RUNS,
	SECURE_KERNEL_FAILED,
};
void boot_finished(enum secure_kernel state);

#endif
