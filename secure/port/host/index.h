/* index.h - a table ordered by where things start, for finding what an address lies in.
 *
 * Its user holds a lock, and the memory: `entries` has room for `max`. */
#ifndef SECURE_PORT_HOST_INDEX_H
#define SECURE_PORT_HOST_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

struct index_entry {
	uint64_t start;
	void *value;
};

struct index {
	struct index_entry *entries;
	size_t count;
	size_t max;
};

/* The entry with the greatest start that is not above `address`; NULL: there is none. */
void *index_below(const struct index *index, uint64_t address);

/* The entry with the least start that is `address` or above; NULL: there is none. */
void *index_above(const struct index *index, uint64_t address);

/* false: the table is full. No two entries start at the same address. */
MUST_CHECK bool index_insert(struct index *index, uint64_t start, void *value);

/* `start` is in the table. */
void index_remove(struct index *index, uint64_t start);

#endif
