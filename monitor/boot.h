/* boot.h - from the first instruction to the kernels' (called by start_aarch64.S). */
#ifndef MONITOR_BOOT_H
#define MONITOR_BOOT_H

struct cpu;
struct world;

/* The first CPU, with memory ready and the MMU on. */
struct world *boot_first(struct cpu *cpu);

/* Any other, and any that was turned off: sleeps until PSCI wants it. */
struct world *boot_later(struct cpu *cpu, unsigned int index);

#endif
