/* tree.h - what the device tree says that this kernel wants to know.
 *
 * It is read once, at boot, before the normal world runs; whoever started us made it. */
#ifndef SECURE_PORT_AARCH64_TREE_H
#define SECURE_PORT_AARCH64_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

#define TREE_MEMORIES_MAX 8u
#define TREE_SEED_MAX	  64u

/* `tree` is `size` bytes that hold a flattened device tree. NULL, or what is wrong
 * with it: then no memory is the normal world's. */
MUST_CHECK const char *tree_read(const void *tree, size_t size);

/* How many bytes the tree at `head` (its first TREE_HEAD bytes) says that it has; 0: it is none. */
#define TREE_HEAD 40u
size_t tree_size(const void *head);

/* Is all of [address, address + size) the normal world's memory? */
bool tree_memory_covers(uint64_t address, uint64_t size);

/* What the firmware gave as a seed for random numbers. Returns its size, 0: nothing. */
size_t tree_seed(uint8_t seed[TREE_SEED_MAX]);

#endif
