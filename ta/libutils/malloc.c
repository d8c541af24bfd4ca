#include <malloc.h>
#include <stdint.h>
#include <stdlib_ext.h>
#include <string.h>
#include <string_ext.h>

#include "ta/libutils/default_heap.h"
#include "ta/libutils/heap.h"

struct heap utils_heap;

void malloc_add_pool(void *memory, size_t size)
{
	utils_heap_add(&utils_heap, memory, size);
}

void *malloc(size_t size)
{
	return utils_heap_alloc(&utils_heap, size);
}

void *calloc(size_t count, size_t size)
{
	size_t total;
	void *memory;

	if (__builtin_mul_overflow(count, size, &total)) {
		total = SIZE_MAX;
	}
	memory = utils_heap_alloc(&utils_heap, total);
	if (memory != NULL) {
		memset(memory, 0, total);
	}
	return memory;
}

void *realloc(void *block, size_t size)
{
	return utils_heap_resize(&utils_heap, block, size);
}

void *memalign(size_t alignment, size_t size)
{
	return utils_heap_alloc_aligned(&utils_heap, alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return utils_heap_alloc_aligned(&utils_heap, alignment, size);
}

void free(void *block)
{
	utils_heap_free(&utils_heap, block);
}

void free_wipe(void *block)
{
	if (block != NULL) {
		memzero_explicit(block, utils_heap_size(block));
		utils_heap_free(&utils_heap, block);
	}
}

bool malloc_buffer_is_within_alloced(void *buffer, size_t size)
{
	return utils_heap_contains(&utils_heap, buffer, size);
}

bool malloc_buffer_overlaps_heap(void *buffer, size_t size)
{
	return utils_heap_overlaps(&utils_heap, buffer, size);
}
