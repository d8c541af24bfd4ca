/* tree.h - the device tree: what it says of the machine, and what the firmware adds to it.
 *
 * Functions that return int return 0 or libfdt's error, a negative number. */
#ifndef MONITOR_TREE_H
#define MONITOR_TREE_H

#include <stdint.h>

#include "lib/bits.h"
#include "monitor/kernel.h"

/* Get room for additions, up to `size_max` bytes in all. The tree has to be good. */
MUST_CHECK int tree_open(void *tree, uint32_t size_max);

/* The normal world's memory (the first range of it), and the CPUs with affinity 0, 1, 2 ... */
MUST_CHECK int tree_memory(const void *tree, uint64_t *start, uint64_t *end);
MUST_CHECK int tree_cpus(const void *tree, unsigned int *count);

/* How to turn CPUs on, that there is a TEE and how it interrupts, and what the kernel is told. */
MUST_CHECK int tree_add_psci(void *tree);
MUST_CHECK int tree_add_tee(void *tree);
MUST_CHECK int tree_add_kernel(void *tree, const struct kernel *kernel);

/* Take out memory that the normal world cannot reach. */
MUST_CHECK int tree_remove_secure_memory(void *tree);

#endif
