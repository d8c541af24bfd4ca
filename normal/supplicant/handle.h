/* handle.h - small numbers for things that the secure world holds on to.
 *
 * What it says is a number of this table, and never a descriptor of this process: with a wrong
 * number it reaches nothing, or another thing of its own. */
#ifndef NORMAL_SUPPLICANT_HANDLE_H
#define NORMAL_SUPPLICANT_HANDLE_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

struct handle_entry;

struct handle_table {
	pthread_mutex_t lock;
	size_t limit;
	size_t count; /* entries there is room for now */
	struct handle_entry *entries;
	void (*destroy)(void *thing);
};

/* At most `limit` things at once, each ended by destroy() when nobody uses it any more. */
void handle_table_init(struct handle_table *table, size_t limit, void (*destroy)(void *thing));
/* Ends all things. Nobody uses any. */
void handle_table_destroy(struct handle_table *table);

/* The lowest free number, from 0; -1: there is no room, and `thing` is still the caller's. */
MUST_CHECK int handle_add(struct handle_table *table, void *thing);

/* The thing, which stays until handle_put(); NULL: there is none of that number. */
MUST_CHECK void *handle_get(struct handle_table *table, uint64_t handle);
void handle_put(struct handle_table *table, uint64_t handle);

/* The number is free. false: there was no thing of that number. */
MUST_CHECK bool handle_remove(struct handle_table *table, uint64_t handle);

#endif
