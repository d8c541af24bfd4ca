/* cpu.h - a CPU of the secure world is a thread of its process. */
#ifndef SECURE_PORT_HOST_CPU_H
#define SECURE_PORT_HOST_CPU_H

#include <stdint.h>

/* This thread is CPU `index` from now on. */
void cpu_set(unsigned int index);

/* Look at this machine's CPUs. Before the filter is in force, once. */
void cpu_start(void);

/* Wait for *word to become something else than `value`, for as long as that is cheaper than to
 * sleep: not at all on a machine with a single CPU. */
void cpu_spin(const uint32_t *word, uint32_t value);

#endif
