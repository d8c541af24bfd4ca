/* memory.h - the normal world's physical memory: the memory objects that are plugged in.
 *
 * An object is mapped once, whole, when it comes. Pages that follow one another in one object are
 * then mapped already; a scattered list gets a window of its own. Who uses an object keeps it: one
 * that was removed is no more the normal world's memory, but lives until the last mapping is gone.
 *
 * Objects cannot shrink (their seals), so that touching one never raises SIGBUS. */
#ifndef SECURE_PORT_HOST_MEMORY_H
#define SECURE_PORT_HOST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

#define MEMORY_OBJECTS_MAX 16384u
#define MEMORY_WINDOWS_MAX 4096u

struct memory_object;

/* Plug `fd` in at physical `address`; NULL, and it is ours, or what is wrong: not a memfd of 4 KiB
 * pages, not sealed against shrinking and growing, not exactly of `size`, unaligned, empty,
 * overlapping, too many. */
MUST_CHECK const char *memory_add(uint64_t address, uint64_t size, int fd);

/* The object at exactly this place is no longer the normal world's memory. NULL or why not. */
MUST_CHECK const char *memory_remove(uint64_t address, uint64_t size);

/* Pages that follow one another in an object. */
struct memory_extent {
	struct memory_object *object;
	int fd;
	uint64_t offset;
	size_t count;
};

/* The longest extent that begins the list `pages`, with the object held until memory_release().
 * false: the first page is not the normal world's memory. */
MUST_CHECK bool memory_hold(const uint64_t *pages, size_t count, struct memory_extent *extent);
void memory_release(struct memory_object *object);

#endif
