#include "ta/libutee/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <string_ext.h>

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <user_ta_header.h>

#include "ta/libutee/api.h"
#include "ta/libutils/default_heap.h"
#include "ta/libutils/heap.h"

/* What TEE_Malloc(0) returns: never mapped, never NULL, and each heap has its own. */
#define EMPTY_SHARED   ((void *)1)
#define EMPTY_NO_SHARE ((void *)2)

static struct heap no_share_heap;
static const void *instance_data;

void utee_memory_init(void)
{
	malloc_add_pool(ta_heap, ta_heap_size);
	utils_heap_add(&no_share_heap, __ta_no_share_heap, __ta_no_share_heap_size);
}

bool utee_no_share_overlaps(const void *address, size_t size)
{
	return utils_heap_overlaps(&no_share_heap, address, size);
}

bool utee_no_share_contains(const void *address, size_t size)
{
	return utils_heap_contains(&no_share_heap, address, size);
}

void TEE_SetInstanceData(const void *instanceData)
{
	instance_data = instanceData;
}

const void *TEE_GetInstanceData(void)
{
	return instance_data;
}

static void *memory_alloc(struct heap *heap, size_t size, bool zero)
{
	void *memory;

	if (size == 0) {
		return heap == &utils_heap ? EMPTY_SHARED : EMPTY_NO_SHARE;
	}
	memory = utils_heap_alloc(heap, size);
	if (memory != NULL && zero) {
		memset(memory, 0, size);
	}
	return memory;
}

void *TEE_Malloc(size_t size, uint32_t hint)
{
	switch (hint) {
	case TEE_MALLOC_FILL_ZERO:
		return memory_alloc(&utils_heap, size, true);
	case TEE_MALLOC_NO_FILL | TEE_MALLOC_NO_SHARE:
		return memory_alloc(&no_share_heap, size, false);
	case TEE_MALLOC_NO_SHARE:
		return memory_alloc(&no_share_heap, size, true);
	case TEE_USER_MEM_HINT_NO_FILL_ZERO:
		return memory_alloc(&utils_heap, size, false);
	case TEE_MALLOC_NO_FILL:
		utee_panic(__func__, "TEE_MALLOC_NO_FILL without TEE_MALLOC_NO_SHARE",
			   TEE_ERROR_BAD_PARAMETERS);
	default:
		EMSG_RAW("TEE_Malloc: hint 0x%x is unknown", (unsigned int)hint);
		return NULL;
	}
}

static struct heap *heap_of(const void *memory)
{
	if (memory == EMPTY_NO_SHARE || utee_no_share_overlaps(memory, 1)) {
		return &no_share_heap;
	}
	return &utils_heap;
}

static bool is_empty(const void *memory)
{
	return memory == NULL || memory == EMPTY_SHARED || memory == EMPTY_NO_SHARE;
}

void *TEE_Realloc(void *buffer, size_t newSize)
{
	struct heap *heap = heap_of(buffer);
	size_t old_size;
	unsigned char *moved;

	if (is_empty(buffer)) {
		return memory_alloc(heap, newSize, true);
	}
	if (newSize == 0) {
		utils_heap_free(heap, buffer);
		return memory_alloc(heap, 0, false);
	}
	old_size = utils_heap_size(buffer);
	moved = utils_heap_resize(heap, buffer, newSize);
	if (moved != NULL && newSize > old_size) {
		memset(moved + old_size, 0, newSize - old_size);
	}
	return moved;
}

void TEE_Free(void *buffer)
{
	if (!is_empty(buffer)) {
		utils_heap_free(heap_of(buffer), buffer);
	}
}

void TEE_MemMove(void *dest, const void *src, size_t size)
{
	memmove(dest, src, size);
}

int32_t TEE_MemCompare(const void *buffer1, const void *buffer2, size_t size)
{
	return consttime_memcmp(buffer1, buffer2, size);
}

void TEE_MemFill(void *buff, uint32_t x, size_t size)
{
	memset(buff, (int)(x & 0xff), size);
}
