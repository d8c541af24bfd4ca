#include "ta/libutee/access.h"

#include <malloc.h>
#include <utee_syscalls.h>

#include "ta/libutee/api.h"
#include "ta/libutee/memory.h"

/* A memref of our caller, and what may be done with it. */
struct incoming {
	uintptr_t start;
	size_t size;
	uint32_t granted;
};

static struct incoming incoming[TEE_NUM_PARAMS];
static uintptr_t stack_top;

/* By the linker: where zeroed data begins, and where all of the image ends. */
extern const char __bss_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

static bool type_is_memref(uint32_t type)
{
	return type == TEE_PARAM_TYPE_MEMREF_INPUT || type == TEE_PARAM_TYPE_MEMREF_OUTPUT ||
	       type == TEE_PARAM_TYPE_MEMREF_INOUT;
}

static uint32_t type_rights(uint32_t type)
{
	uint32_t rights = TEE_MEMORY_ACCESS_ANY_OWNER | TEE_MEMORY_ACCESS_READ;

	return type == TEE_PARAM_TYPE_MEMREF_INPUT ? rights : rights | TEE_MEMORY_ACCESS_WRITE;
}

void utee_access_begin(uint32_t types, const TEE_Param params[TEE_NUM_PARAMS], const void *top)
{
	uint32_t type;

	stack_top = (uintptr_t)top;
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		type = TEE_PARAM_TYPE_GET(types, i);
		incoming[i] = (struct incoming){ 0 };
		if (type_is_memref(type)) {
			incoming[i] = (struct incoming){
				.start = (uintptr_t)params[i].memref.buffer,
				.size = params[i].memref.size,
				.granted = type_rights(type),
			};
		}
	}
}

void utee_access_end(void)
{
	utee_access_begin(0, NULL, NULL);
}

static bool ranges_overlap(uintptr_t a, size_t a_size, uintptr_t b, size_t b_size)
{
	return a_size != 0 && b_size != 0 && (a - b < b_size || b - a < a_size);
}

/* Is what is asked for granted by every parameter that the range touches? */
static bool incoming_allow(uint32_t asked, uintptr_t start, size_t size)
{
	asked &= TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE | TEE_MEMORY_ACCESS_ANY_OWNER;
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (ranges_overlap(start, size, incoming[i].start, incoming[i].size) &&
		    (asked & ~incoming[i].granted) != 0) {
			return false;
		}
	}
	return true;
}

static bool within(uintptr_t start, size_t size, uintptr_t low, uintptr_t high)
{
	return start >= low && start <= high && size <= high - start;
}

/* The stack between this function and the entry of the TA, and zeroed data (the heap is there): in
 * every image these are readable, writable and the TA's own. */
static bool is_known(uintptr_t start, size_t size)
{
	return within(start, size, (uintptr_t)__builtin_frame_address(0), stack_top) ||
	       within(start, size, (uintptr_t)__bss_start, (uintptr_t)_end);
}

/* What of the heap is not allocated is nobody's. */
static bool heap_allows(const void *buffer, size_t size)
{
	void *start = (void *)(uintptr_t)buffer;

	if (malloc_buffer_overlaps_heap(start, size)) {
		return malloc_buffer_is_within_alloced(start, size);
	}
	if (utee_no_share_overlaps(buffer, size)) {
		return utee_no_share_contains(buffer, size);
	}
	return true;
}

bool utee_access_allowed(uint32_t flags, const void *buffer, size_t size)
{
	uintptr_t start = (uintptr_t)buffer;

	if (size == 0) {
		return true;
	}
	if (!is_known(start, size)) {
		return TEE_CheckMemoryAccessRights(flags, (void *)start, size) == TEE_SUCCESS;
	}
	return heap_allows(buffer, size);
}

TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
	if (size == 0) {
		return TEE_SUCCESS;
	}
	if (_utee_check_access_rights(accessFlags, buffer, size) != TEE_SUCCESS ||
	    !incoming_allow(accessFlags, (uintptr_t)buffer, size) || !heap_allows(buffer, size)) {
		return TEE_ERROR_ACCESS_DENIED;
	}
	return TEE_SUCCESS;
}

void utee_access_check_forward(const char *function, uint32_t types, const TEE_Param *params)
{
	uint32_t type;
	uintptr_t start;
	size_t size;

	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		type = TEE_PARAM_TYPE_GET(types, i);
		if (!type_is_memref(type)) {
			continue;
		}
		start = (uintptr_t)params[i].memref.buffer;
		size = params[i].memref.size;
		if (!incoming_allow(type_rights(type), start, size)) {
			utee_panic(function, "a memref asks for more than our caller granted",
				   TEE_ERROR_ACCESS_DENIED);
		}
		if (utee_no_share_overlaps(params[i].memref.buffer, size)) {
			utee_panic(function, "a memref lies in memory that is not to be shared",
				   TEE_ERROR_ACCESS_DENIED);
		}
	}
}
