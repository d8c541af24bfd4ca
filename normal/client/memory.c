#include "normal/client/memory.h"

#include <errno.h>

#include "normal/client/include/tee_client_api_extensions.h"

/* imp.flags: `buffer` is the library's; what it allocated is of the heap; it is mapped. */
#define MEMORY_OWN_BUFFER (1u << 0)
#define MEMORY_HEAP	  (1u << 1)
#define MEMORY_MAPPED	  (1u << 2)

bool memory_flags_are_valid(uint32_t flags)
{
	return flags != 0 && (flags & ~(uint32_t)(TEEC_MEM_INPUT | TEEC_MEM_OUTPUT)) == 0;
}

bool memory_is_shared(const TEEC_SharedMemory *memory)
{
	return memory->imp.id > 0;
}

TEEC_Result memory_result(const struct context *context, int error)
{
	/* A fixed pool only ever runs out. */
	if (error == -ENOMEM || !context->dynamic) {
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	return TEEC_ERROR_GENERIC;
}

/* Memory with a descriptor is given back through it. For the rest the context has to be found
 * again, so its number goes where the descriptor would be, as what no descriptor is: negative. */
static void memory_fill(TEEC_SharedMemory *memory, const struct context *context,
			const struct device_shm *shm)
{
	memory->imp.id = shm->id;
	memory->imp.alloced_size = shm->mapped;
	memory->imp.shadow_buffer = NULL;
	memory->imp.registered_fd = shm->fd >= 0 ? shm->fd : ~context->number;
	memory->imp.flags = 0;
	if (shm->kind == DEVICE_SHM_HEAP) {
		memory->imp.flags |= MEMORY_HEAP;
	} else if (shm->kind == DEVICE_SHM_MAPPED) {
		memory->imp.flags |= MEMORY_MAPPED;
	}
}

/* The inverse. */
static struct device_shm memory_recall(const TEEC_SharedMemory *memory)
{
	struct device_shm shm = {
		.id = memory->imp.id,
		.fd = memory->imp.registered_fd >= 0 ? memory->imp.registered_fd : -1,
		.mapped = memory->imp.alloced_size,
		.kind = DEVICE_SHM_NONE,
	};

	shm.address = (memory->imp.flags & MEMORY_OWN_BUFFER) != 0 ? memory->buffer
								   : memory->imp.shadow_buffer;
	if ((memory->imp.flags & MEMORY_HEAP) != 0) {
		shm.kind = DEVICE_SHM_HEAP;
	} else if ((memory->imp.flags & MEMORY_MAPPED) != 0) {
		shm.kind = DEVICE_SHM_MAPPED;
	}
	return shm;
}

static TEEC_Result memory_register(struct context *context, TEEC_SharedMemory *memory)
{
	size_t size = memory_size(memory->size);
	struct device_shm shm;
	int error;

	if (device_shm_register(context->device, memory->buffer, size, &shm) == 0) {
		memory_fill(memory, context, &shm);
		return TEEC_SUCCESS;
	}
	error = device_shm_create(context->device, size, &shm);
	if (error != 0) {
		return memory_result(context, error);
	}
	memory_fill(memory, context, &shm);
	memory->imp.shadow_buffer = shm.address;
	return TEEC_SUCCESS;
}

static TEEC_Result memory_allocate(struct context *context, TEEC_SharedMemory *memory)
{
	struct device_shm shm;

	if (device_shm_create(context->device, memory_size(memory->size), &shm) != 0) {
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	memory->buffer = shm.address;
	memory_fill(memory, context, &shm);
	memory->imp.flags |= MEMORY_OWN_BUFFER;
	return TEEC_SUCCESS;
}

static TEEC_Result memory_register_fd(struct context *context, TEEC_SharedMemory *memory, int fd)
{
	struct device_shm shm;

	if (device_shm_register_fd(context->device, fd, &shm) != 0) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	memory->buffer = NULL;
	memory->size = shm.size;
	memory_fill(memory, context, &shm);
	return TEEC_SUCCESS;
}

/* NULL: the caller's mistake. */
static struct context *context_of(const TEEC_Context *api, const TEEC_SharedMemory *memory)
{
	if (api == NULL || memory == NULL || !memory_flags_are_valid(memory->flags)) {
		return NULL;
	}
	return context_get(api->imp.fd);
}

TEEC_Result TEEC_RegisterSharedMemory(TEEC_Context *api, TEEC_SharedMemory *memory)
{
	struct context *context = context_of(api, memory);
	TEEC_Result result = TEEC_ERROR_BAD_PARAMETERS;

	if (context == NULL) {
		return result;
	}
	if (memory->buffer != NULL) {
		result = memory_register(context, memory);
	}
	context_put(context);
	return result;
}

TEEC_Result TEEC_AllocateSharedMemory(TEEC_Context *api, TEEC_SharedMemory *memory)
{
	struct context *context = context_of(api, memory);
	TEEC_Result result;

	if (context == NULL) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	result = memory_allocate(context, memory);
	context_put(context);
	return result;
}

TEEC_Result TEEC_RegisterSharedMemoryFileDescriptor(TEEC_Context *api, TEEC_SharedMemory *memory,
						    int fd)
{
	struct context *context = context_of(api, memory);
	TEEC_Result result;

	if (context == NULL) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	result = memory_register_fd(context, memory, fd);
	context_put(context);
	return result;
}

void TEEC_ReleaseSharedMemory(TEEC_SharedMemory *memory)
{
	struct context *context;
	struct device_shm shm;

	if (memory == NULL || !memory_is_shared(memory)) {
		return;
	}
	shm = memory_recall(memory);
	context = context_get(~memory->imp.registered_fd);
	device_shm_free(context != NULL ? context->device : NULL, &shm);
	if (context != NULL) {
		context_put(context);
	}
	if ((memory->imp.flags & MEMORY_OWN_BUFFER) != 0) {
		memory->buffer = NULL;
	}
	memory->imp.id = -1;
	memory->imp.alloced_size = 0;
	memory->imp.shadow_buffer = NULL;
	memory->imp.registered_fd = -1;
	memory->imp.flags = 0;
}
