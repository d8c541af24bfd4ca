/* memory.h - shared memory that outlives an operation, and the rules that all of it follows. */
#ifndef NORMAL_CLIENT_MEMORY_H
#define NORMAL_CLIENT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "normal/client/context.h"
#include "normal/client/include/tee_client_api.h"

/* No device shares nothing: this much is shared in its place. */
#define MEMORY_SIZE_MIN 8u

static inline size_t memory_size(size_t size)
{
	return size == 0 ? MEMORY_SIZE_MIN : size;
}

/* Directions, at least one, and nothing else. */
bool memory_flags_are_valid(uint32_t flags);

/* Was it registered or allocated, and not released since? */
bool memory_is_shared(const TEEC_SharedMemory *memory);

/* What the caller hears when the device could not share memory. */
TEEC_Result memory_result(const struct context *context, int error);

#endif
