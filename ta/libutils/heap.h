/* heap.h - memory in blocks of any size, from pools that its owner gives it.
 *
 * Every block lies between two headers that know each other, so that neighbours are found and
 * joined at once. A header that does not make sense (a block freed twice, a pointer that came
 * from elsewhere, bytes written past the end) panics the TA: the program is wrong, and going on
 * would hide where.
 *
 * A heap is used by one thread. Zero-initialised it has no memory. */
#ifndef TA_LIBUTILS_HEAP_H
#define TA_LIBUTILS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_ALIGNMENT	   16u
#define HEAP_POOLS_MAX	   4u
/* Larger pools are used up to here. */
#define HEAP_POOL_SIZE_MAX 0x40000000u
/* Bin n holds free blocks of [2^n, 2^(n+1)) bytes. */
#define HEAP_BINS	   31u

struct heap_block;

struct heap_pool {
	struct heap_block *first;
	struct heap_block *end;
};

struct heap_stats {
	size_t size;
	size_t used;
	size_t used_max;
	uint32_t failures;
	size_t failed_size_max; /* the largest request that failed, */
	size_t failed_used;	/* and what was in use then */
};

struct heap {
	struct heap_pool pools[HEAP_POOLS_MAX];
	size_t pool_count;
	struct heap_block *bins[HEAP_BINS];
	struct heap_stats stats;
};

/* `memory` is the heap's from now on. Pools beyond HEAP_POOLS_MAX, and those too small for a
 * block, are ignored. */
void utils_heap_add(struct heap *heap, void *memory, size_t size);

/* Uninitialised memory, aligned to HEAP_ALIGNMENT. NULL: there is no free block that large.
 * Size 0 gives a block of its own. */
void *utils_heap_alloc(struct heap *heap, size_t size);
/* `alignment` is a power of two; NULL if not. */
void *utils_heap_alloc_aligned(struct heap *heap, size_t alignment, size_t size);
/* NULL is nothing to free. */
void utils_heap_free(struct heap *heap, void *memory);
/* As realloc(). NULL: `memory` stays as it is. */
void *utils_heap_resize(struct heap *heap, void *memory, size_t size);

/* The size that was asked for. */
size_t utils_heap_size(const void *memory);

/* Is [address, address + size) inside one block that is allocated? Takes time in proportion to the
 * number of blocks. */
bool utils_heap_contains(const struct heap *heap, const void *address, size_t size);
/* Does any of it lie in a pool? */
bool utils_heap_overlaps(const struct heap *heap, const void *address, size_t size);

#endif
