#include "ta/libutils/heap.h"

#include <string.h>

#include <tee_internal_api.h>
#include <trace.h>

/* In front of each block. The pool ends with a header alone, which counts as allocated. */
struct heap_block {
	uint32_t size;	 /* this header included */
	uint32_t before; /* size of the block in front; 0: there is none */
	uint32_t wanted; /* what was asked for, or HEAP_FREE */
	uint32_t seal;
};

#define HEAP_FREE UINT32_MAX
#define HEAP_SEAL 0x48454150u

/* What a free block holds. */
struct heap_links {
	struct heap_block *next;
	struct heap_block *previous;
};

#define HEAP_HEADER    sizeof(struct heap_block)
#define HEAP_BLOCK_MIN (HEAP_HEADER + sizeof(struct heap_links))

_Static_assert(sizeof(struct heap_block) == HEAP_ALIGNMENT, "what follows a header is aligned");
_Static_assert(HEAP_POOL_SIZE_MAX == 1u << (HEAP_BINS - 1), "each block has a bin");

static uint32_t block_seal(const struct heap_block *block)
{
	return HEAP_SEAL ^ block->size ^ block->before << 7 ^ block->wanted << 13;
}

static void block_write(struct heap_block *block, size_t size, size_t before, size_t wanted)
{
	block->size = (uint32_t)size;
	block->before = (uint32_t)before;
	block->wanted = (uint32_t)wanted;
	block->seal = block_seal(block);
}

static void block_check(const struct heap_block *block)
{
	if (block->seal != block_seal(block)) {
		EMSG_RAW("the heap is damaged near %p", (const void *)block);
		TEE_Panic(TEE_ERROR_BAD_STATE);
	}
}

static struct heap_block *block_next(struct heap_block *block)
{
	return (struct heap_block *)((uintptr_t)block + block->size);
}

static struct heap_block *block_previous(struct heap_block *block)
{
	return (struct heap_block *)((uintptr_t)block - block->before);
}

static void *block_memory(struct heap_block *block)
{
	return block + 1;
}

static struct heap_links *block_links(struct heap_block *block)
{
	return block_memory(block);
}

static bool block_is_free(const struct heap_block *block)
{
	return block->wanted == HEAP_FREE;
}

/* The allocated block of an address that somebody was given. */
static struct heap_block *block_of(const void *memory)
{
	struct heap_block *block = (struct heap_block *)((uintptr_t)memory - HEAP_HEADER);

	if ((uintptr_t)memory % HEAP_ALIGNMENT != 0) {
		EMSG_RAW("%p is no block of the heap", memory);
		TEE_Panic(TEE_ERROR_BAD_PARAMETERS);
	}
	block_check(block);
	if (block_is_free(block)) {
		EMSG_RAW("%p is not allocated", memory);
		TEE_Panic(TEE_ERROR_BAD_STATE);
	}
	block_check(block_next(block));
	return block;
}

static unsigned int bin_of(size_t size)
{
	return 31 - (unsigned int)__builtin_clz((unsigned int)size);
}

static void bin_add(struct heap *heap, struct heap_block *block)
{
	struct heap_block **bin = &heap->bins[bin_of(block->size)];
	struct heap_links *links = block_links(block);

	links->next = *bin;
	links->previous = NULL;
	if (*bin != NULL) {
		block_links(*bin)->previous = block;
	}
	*bin = block;
}

static void bin_remove(struct heap *heap, struct heap_block *block)
{
	struct heap_links *links = block_links(block);

	if (links->previous != NULL) {
		block_links(links->previous)->next = links->next;
	} else {
		heap->bins[bin_of(block->size)] = links->next;
	}
	if (links->next != NULL) {
		block_links(links->next)->previous = links->previous;
	}
}

/* `block` is going to have this size; what is behind it must know. */
static void block_resize(struct heap_block *block, size_t size, size_t wanted)
{
	struct heap_block *next;

	block_write(block, size, block->before, wanted);
	next = block_next(block);
	block_write(next, next->size, size, next->wanted);
}

/* Make `block`, in no bin, free: join it with its neighbours. */
static void block_release(struct heap *heap, struct heap_block *block)
{
	struct heap_block *next = block_next(block);
	struct heap_block *previous;
	size_t size = block->size;

	if (block_is_free(next)) {
		bin_remove(heap, next);
		size += next->size;
	}
	if (block->before != 0) {
		previous = block_previous(block);
		block_check(previous);
		if (block_is_free(previous)) {
			bin_remove(heap, previous);
			size += previous->size;
			block = previous;
		}
	}
	block_resize(block, size, HEAP_FREE);
	bin_add(heap, block);
}

/* Once a request is served: what was taken too much for a moment does not count. */
static void stats_peak(struct heap *heap)
{
	if (heap->stats.used > heap->stats.used_max) {
		heap->stats.used_max = heap->stats.used;
	}
}

static void stats_fail(struct heap *heap, size_t size)
{
	heap->stats.failures++;
	if (size > heap->stats.failed_size_max) {
		heap->stats.failed_size_max = size;
		heap->stats.failed_used = heap->stats.used;
	}
}

/* Cut what `block`, allocated and in use up to `need` bytes, does not need. */
static void block_trim(struct heap *heap, struct heap_block *block, size_t need, size_t wanted)
{
	size_t rest = block->size - need;
	struct heap_block *tail;

	if (rest < HEAP_BLOCK_MIN) {
		block_write(block, block->size, block->before, wanted);
	} else {
		tail = (struct heap_block *)((uintptr_t)block + need);
		block_write(tail, rest, need, 0);
		block_write(block, need, block->before, wanted);
		heap->stats.used -= rest;
		block_release(heap, tail);
	}
	stats_peak(heap);
}

/* The block that `wanted` bytes take. 0: no pool can have it. */
static size_t block_need(size_t wanted)
{
	size_t need;

	if (wanted > HEAP_POOL_SIZE_MAX - 2 * HEAP_HEADER) {
		return 0;
	}
	need = (wanted + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT * HEAP_ALIGNMENT + HEAP_HEADER;
	return need < HEAP_BLOCK_MIN ? HEAP_BLOCK_MIN : need;
}

/* A free block of `need` bytes or more. */
static struct heap_block *heap_find(struct heap *heap, size_t need)
{
	struct heap_block *block;

	for (unsigned int bin = bin_of(need); bin < HEAP_BINS; bin++) {
		for (block = heap->bins[bin]; block != NULL; block = block_links(block)->next) {
			block_check(block);
			if (block->size >= need) {
				return block;
			}
		}
	}
	return NULL;
}

static struct heap_block *heap_take(struct heap *heap, size_t need)
{
	struct heap_block *block = need == 0 ? NULL : heap_find(heap, need);

	if (block != NULL) {
		bin_remove(heap, block);
		heap->stats.used += block->size;
	}
	return block;
}

void utils_heap_add(struct heap *heap, void *memory, size_t size)
{
	uintptr_t start =
		((uintptr_t)memory + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT * HEAP_ALIGNMENT;
	size_t lost = start - (uintptr_t)memory;
	struct heap_block *first = (struct heap_block *)start;
	struct heap_block *end;

	if (heap->pool_count == HEAP_POOLS_MAX || size < lost + HEAP_BLOCK_MIN + HEAP_HEADER) {
		return;
	}
	size = (size - lost) / HEAP_ALIGNMENT * HEAP_ALIGNMENT;
	if (size > HEAP_POOL_SIZE_MAX) {
		size = HEAP_POOL_SIZE_MAX;
	}
	end = (struct heap_block *)(start + size - HEAP_HEADER);
	block_write(first, size - HEAP_HEADER, 0, HEAP_FREE);
	block_write(end, HEAP_HEADER, size - HEAP_HEADER, 0);
	bin_add(heap, first);
	heap->pools[heap->pool_count] = (struct heap_pool){ first, end };
	heap->pool_count++;
	heap->stats.size += size;
}

void *utils_heap_alloc(struct heap *heap, size_t size)
{
	size_t need = block_need(size);
	struct heap_block *block = heap_take(heap, need);

	if (block == NULL) {
		stats_fail(heap, size);
		return NULL;
	}
	block_trim(heap, block, need, size);
	return block_memory(block);
}

void *utils_heap_alloc_aligned(struct heap *heap, size_t alignment, size_t size)
{
	struct heap_block *block;
	struct heap_block *aligned;
	size_t room;
	size_t front;

	if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
		return NULL;
	}
	if (alignment <= HEAP_ALIGNMENT) {
		return utils_heap_alloc(heap, size);
	}
	/* Room for a block in front of the aligned one. */
	if (__builtin_add_overflow(size, alignment + HEAP_BLOCK_MIN, &room)) {
		room = SIZE_MAX;
	}
	block = heap_take(heap, block_need(room));
	if (block == NULL) {
		stats_fail(heap, size);
		return NULL;
	}
	front = (0u - (uintptr_t)block_memory(block)) & (alignment - 1);
	if (front != 0 && front < HEAP_BLOCK_MIN) {
		front += alignment;
	}
	if (front == 0) {
		block_trim(heap, block, block_need(size), size);
		return block_memory(block);
	}
	aligned = (struct heap_block *)((uintptr_t)block + front);
	block_write(aligned, block->size - front, front, size);
	block_resize(aligned, aligned->size, size);
	block_write(block, front, block->before, 0);
	heap->stats.used -= front;
	block_release(heap, block);
	block_trim(heap, aligned, block_need(size), size);
	return block_memory(aligned);
}

void utils_heap_free(struct heap *heap, void *memory)
{
	struct heap_block *block;

	if (memory == NULL) {
		return;
	}
	block = block_of(memory);
	heap->stats.used -= block->size;
	block_release(heap, block);
}

/* Grow `block` into what is free behind it. */
static bool heap_grow(struct heap *heap, struct heap_block *block, size_t need)
{
	struct heap_block *next = block_next(block);

	if (!block_is_free(next) || block->size + next->size < need) {
		return false;
	}
	bin_remove(heap, next);
	heap->stats.used += next->size;
	block_resize(block, block->size + next->size, block->wanted);
	return true;
}

void *utils_heap_resize(struct heap *heap, void *memory, size_t size)
{
	struct heap_block *block;
	size_t need = block_need(size);
	void *moved;

	if (memory == NULL) {
		return utils_heap_alloc(heap, size);
	}
	block = block_of(memory);
	if (need != 0 && (need <= block->size || heap_grow(heap, block, need))) {
		block_trim(heap, block, need, size);
		return memory;
	}
	moved = utils_heap_alloc(heap, size);
	if (moved != NULL) {
		memcpy(moved, memory, block->wanted);
		utils_heap_free(heap, memory);
	}
	return moved;
}

size_t utils_heap_size(const void *memory)
{
	return block_of(memory)->wanted;
}

/* The pool that some of the range lies in. */
static const struct heap_pool *heap_pool_of(const struct heap *heap, uintptr_t start, size_t size)
{
	const struct heap_pool *pool;

	for (size_t i = 0; i < heap->pool_count; i++) {
		pool = &heap->pools[i];
		if (start < (uintptr_t)(pool->end + 1) &&
		    (start >= (uintptr_t)pool->first || (uintptr_t)pool->first - start < size)) {
			return pool;
		}
	}
	return NULL;
}

bool utils_heap_contains(const struct heap *heap, const void *address, size_t size)
{
	uintptr_t start = (uintptr_t)address;
	const struct heap_pool *pool = heap_pool_of(heap, start, size);
	struct heap_block *block;
	uintptr_t offset;

	if (pool == NULL) {
		return false;
	}
	for (block = pool->first; block != pool->end; block = block_next(block)) {
		block_check(block);
		offset = start - (uintptr_t)block_memory(block);
		if (!block_is_free(block) && offset <= block->wanted) {
			return size <= block->wanted - offset;
		}
	}
	return false;
}

bool utils_heap_overlaps(const struct heap *heap, const void *address, size_t size)
{
	return heap_pool_of(heap, (uintptr_t)address, size) != NULL;
}
