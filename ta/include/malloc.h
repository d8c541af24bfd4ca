/* malloc.h - the TA's heap: TA_DATA_SIZE bytes of its image, shared with TEE_Malloc().
 *
 * Blocks are aligned to MALLOC_DEFAULT_ALIGNMENT. A block that is freed twice, or whose
 * surroundings were overwritten, panics the TA when the allocator comes by. */
#ifndef MALLOC_H
#define MALLOC_H

#include <stdbool.h>
#include <stddef.h>

#define MALLOC_INITIAL_POOL_MIN_SIZE 1024
#define MALLOC_DEFAULT_ALIGNMENT     (sizeof(long) * 2)

/* NULL: out of memory. Size 0 gives a block of no bytes. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
/* The old block stays as it is when this fails. Size 0 is a size. */
void *realloc(void *block, size_t size);
/* `alignment` is a power of two, else NULL. */
void *memalign(size_t alignment, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void free(void *block);

/* Give the heap more memory, for good. */
void malloc_add_pool(void *memory, size_t size);

/* Does all of the buffer lie inside one block that is allocated? */
bool malloc_buffer_is_within_alloced(void *buffer, size_t size);
/* Does any of the buffer lie inside the heap? */
bool malloc_buffer_overlaps_heap(void *buffer, size_t size);

#endif
