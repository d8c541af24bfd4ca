/* psci.h - which CPUs run the normal world, and where they begin. The calls themselves are answered in
 * dispatch.c, where some of them visit the secure kernel first. */
#ifndef MONITOR_PSCI_H
#define MONITOR_PSCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"

/* Once: CPUs 0 to count - 1 exist, CPU 0 is on; entry points are in [ram_start, ram_end). */
void psci_init(unsigned int count, uint64_t ram_start, uint64_t ram_end);

/* The answers to the normal world's calls (abi/psci.h). CPU_ON wakes the CPU. */
int64_t psci_cpu_on(uint64_t target, uint64_t entry, uint64_t context);
int64_t psci_affinity_info(uint64_t target, uint64_t level);
int64_t psci_features(uint64_t id);

/* Could the normal world begin there? */
MUST_CHECK bool psci_entry_is_good(uint64_t entry);

/* 0, or what CPU_SUSPEND answers to such a power state. */
int64_t psci_power_state_check(uint64_t power_state);

/* CPU `index` asks while it is off: is it wanted, and where? True once for each CPU_ON. */
MUST_CHECK bool psci_take_wanted(unsigned int index, uint64_t *entry, uint64_t *context);

/* CPU `index` begins to run the normal world; or one is about to end, which is refused (false) to the last
 * one that runs; or has ended. */
void psci_started(unsigned int index);
MUST_CHECK bool psci_may_stop(void);
void psci_stopped(unsigned int index);

#endif
