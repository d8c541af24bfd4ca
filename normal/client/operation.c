#include "normal/client/operation.h"

#include <errno.h>
#include <string.h>

#include "normal/client/memory.h"

struct parameter_kind {
	uint32_t attr;
	uint32_t direction; /* TEEC_MEM_*, as the TA sees it */
	TEEC_Result (*encode)(struct context *context, struct parameter *parameter);
	void (*decode)(struct parameter *parameter); /* NULL: nothing comes back */
};

static TEEC_Result encode_none(struct context *context, struct parameter *parameter)
{
	return TEEC_SUCCESS;
}

static TEEC_Result encode_value(struct context *context, struct parameter *parameter)
{
	if ((parameter->kind->direction & TEEC_MEM_INPUT) != 0) {
		parameter->wire->a = parameter->api->value.a;
		parameter->wire->b = parameter->api->value.b;
	}
	return TEEC_SUCCESS;
}

static void decode_value(struct parameter *parameter)
{
	parameter->api->value.a = (uint32_t)parameter->wire->a;
	parameter->api->value.b = (uint32_t)parameter->wire->b;
}

/* --- TEMP ----------------------------------------------------------------------------------- */

/* Without memory the TEE is told so, or, when it does not know such references, shown some. */
static TEEC_Result encode_temp_null(struct context *context, struct parameter *parameter)
{
	if (parameter->api->tmpref.size != 0) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	if (context->memref_null) {
		parameter->wire->c = TEE_MEMREF_NULL;
		return TEEC_SUCCESS;
	}
	if (shadow_take(&context->shadows, MEMORY_SIZE_MIN, &parameter->shm) != 0) {
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	parameter->shadowed = true;
	parameter->wire->c = (uint64_t)parameter->shm.id;
	return TEEC_SUCCESS;
}

/* Let the TEE see the caller's memory, or a copy of it. */
static TEEC_Result temp_share(struct context *context, struct parameter *parameter)
{
	TEEC_TempMemoryReference *reference = &parameter->api->tmpref;
	size_t size = memory_size(reference->size);
	int error;

	if (device_shm_register(context->device, reference->buffer, size, &parameter->shm) == 0) {
		return TEEC_SUCCESS;
	}
	error = shadow_take(&context->shadows, size, &parameter->shm);
	if (error != 0) {
		return memory_result(context, error);
	}
	parameter->shadowed = true;
	/* Of an output too: what the TA leaves alone must come back as it was. */
	memcpy(parameter->shm.address, reference->buffer, reference->size);
	return TEEC_SUCCESS;
}

static TEEC_Result encode_temp(struct context *context, struct parameter *parameter)
{
	TEEC_Result result;

	parameter->size = parameter->api->tmpref.size;
	if (parameter->api->tmpref.buffer == NULL) {
		return encode_temp_null(context, parameter);
	}
	result = temp_share(context, parameter);
	if (result == TEEC_SUCCESS) {
		parameter->wire->b = parameter->size;
		parameter->wire->c = (uint64_t)parameter->shm.id;
	}
	return result;
}

static void decode_temp(struct parameter *parameter)
{
	TEEC_TempMemoryReference *reference = &parameter->api->tmpref;
	size_t size = (size_t)parameter->wire->b;

	if (parameter->shadowed && reference->buffer != NULL) {
		memcpy(reference->buffer, parameter->shm.address,
		       size < parameter->size ? size : parameter->size);
	}
	reference->size = size;
}

/* --- WHOLE and PARTIAL ---------------------------------------------------------------------- */

/* The program may have changed `size` since the memory was shared. */
static bool fits_shadow(const TEEC_SharedMemory *memory, size_t offset, size_t size)
{
	return memory->imp.shadow_buffer == NULL ||
	       range_within(offset, size, memory->imp.alloced_size);
}

static void copy_to_shadow(const TEEC_SharedMemory *memory, size_t offset, size_t size)
{
	if (memory->imp.shadow_buffer != NULL) {
		memcpy((char *)memory->imp.shadow_buffer + offset, (char *)memory->buffer + offset,
		       size);
	}
}

static void copy_from_shadow(const TEEC_SharedMemory *memory, size_t offset, size_t size)
{
	if (memory->imp.shadow_buffer != NULL) {
		memcpy((char *)memory->buffer + offset, (char *)memory->imp.shadow_buffer + offset,
		       size);
	}
}

static uint32_t memref_attr(uint32_t direction)
{
	if (direction == TEEC_MEM_INPUT) {
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
	}
	return direction == TEEC_MEM_OUTPUT ? TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
					    : TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

static TEEC_Result encode_memref(struct parameter *parameter, uint32_t direction, size_t offset,
				 size_t size)
{
	const TEEC_SharedMemory *memory = parameter->api->memref.parent;

	if (!memory_is_shared(memory) || !fits_shadow(memory, offset, size)) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	parameter->size = size;
	parameter->wire->attr = memref_attr(direction);
	parameter->wire->a = offset;
	parameter->wire->b = size;
	parameter->wire->c = (uint64_t)memory->imp.id;
	if ((direction & TEEC_MEM_INPUT) != 0) {
		copy_to_shadow(memory, offset, size);
	}
	return TEEC_SUCCESS;
}

static TEEC_Result encode_whole(struct context *context, struct parameter *parameter)
{
	const TEEC_SharedMemory *memory = parameter->api->memref.parent;

	if (memory == NULL || !memory_flags_are_valid(memory->flags)) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	return encode_memref(parameter, memory->flags, 0, memory->size);
}

static TEEC_Result encode_partial(struct context *context, struct parameter *parameter)
{
	const TEEC_RegisteredMemoryReference *reference = &parameter->api->memref;
	const TEEC_SharedMemory *memory = reference->parent;
	uint32_t direction = parameter->kind->direction;

	if (memory == NULL || (memory->flags & direction) != direction ||
	    !range_within(reference->offset, reference->size, memory->size)) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	return encode_memref(parameter, direction, reference->offset, reference->size);
}

static void decode_memref(struct parameter *parameter)
{
	TEEC_RegisteredMemoryReference *reference = &parameter->api->memref;
	size_t size = (size_t)parameter->wire->b;

	if (parameter->wire->attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT) {
		return;
	}
	/* A TA that needs more room than there was has written nothing worth having. */
	if (size <= parameter->size) {
		copy_from_shadow(reference->parent, (size_t)parameter->wire->a, size);
	}
	reference->size = size;
}

/* --- All of them ---------------------------------------------------------------------------- */

#define IN  TEEC_MEM_INPUT
#define OUT TEEC_MEM_OUTPUT

/* By the four bits of paramTypes. WHOLE has its attr and direction from the memory. */
static const struct parameter_kind kinds[16] = {
	[TEEC_NONE] = { TEE_IOCTL_PARAM_ATTR_TYPE_NONE, 0, encode_none, NULL },
	[TEEC_VALUE_INPUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, IN, encode_value, NULL },
	[TEEC_VALUE_OUTPUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT, OUT, encode_value,
				decode_value },
	[TEEC_VALUE_INOUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT, IN | OUT, encode_value,
			       decode_value },
	[TEEC_MEMREF_TEMP_INPUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, IN, encode_temp,
				     NULL },
	[TEEC_MEMREF_TEMP_OUTPUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, OUT, encode_temp,
				      decode_temp },
	[TEEC_MEMREF_TEMP_INOUT] = { TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, IN | OUT, encode_temp,
				     decode_temp },
	[TEEC_MEMREF_WHOLE] = { 0, 0, encode_whole, decode_memref },
	[TEEC_MEMREF_PARTIAL_INPUT] = { 0, IN, encode_partial, decode_memref },
	[TEEC_MEMREF_PARTIAL_OUTPUT] = { 0, OUT, encode_partial, decode_memref },
	[TEEC_MEMREF_PARTIAL_INOUT] = { 0, IN | OUT, encode_partial, decode_memref },
};

static TEEC_Result parameter_encode(struct context *context, struct parameter *parameter,
				    uint32_t type)
{
	const struct parameter_kind *kind = &kinds[type];

	if (kind->encode == NULL) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	parameter->kind = kind;
	parameter->wire->attr = kind->attr;
	return kind->encode(context, parameter);
}

TEEC_Result operation_encode(struct operation *operation, struct context *context,
			     TEEC_Operation *api,
			     struct tee_ioctl_param params[TEEC_CONFIG_PAYLOAD_REF_COUNT])
{
	TEEC_Result result = TEEC_SUCCESS;
	struct parameter *parameter;
	unsigned int i;

	operation->context = context;
	for (i = 0; i < TEEC_CONFIG_PAYLOAD_REF_COUNT; i++) {
		parameter = &operation->parameters[i];
		*parameter = (struct parameter){
			.kind = &kinds[TEEC_NONE],
			.wire = &params[i],
			.shm = { .id = -1, .fd = -1 },
		};
		params[i] = (struct tee_ioctl_param){ 0 };
		if (api != NULL && result == TEEC_SUCCESS) {
			parameter->api = &api->params[i];
			result = parameter_encode(context, parameter,
						  TEEC_PARAM_TYPE_GET(api->paramTypes, i));
		}
	}
	if (result != TEEC_SUCCESS) {
		operation_release(operation);
	}
	return result;
}

void operation_decode(struct operation *operation)
{
	struct parameter *parameter;
	unsigned int i;

	for (i = 0; i < TEEC_CONFIG_PAYLOAD_REF_COUNT; i++) {
		parameter = &operation->parameters[i];
		if (parameter->kind->decode != NULL) {
			parameter->kind->decode(parameter);
		}
	}
}

static void parameter_release(struct context *context, struct parameter *parameter)
{
	if (parameter->shm.id < 0) {
		return;
	}
	if (parameter->shadowed) {
		shadow_give(&context->shadows, &parameter->shm, parameter->size);
	} else {
		device_shm_free(context->device, &parameter->shm);
	}
}

void operation_release(struct operation *operation)
{
	unsigned int i;

	for (i = 0; i < TEEC_CONFIG_PAYLOAD_REF_COUNT; i++) {
		parameter_release(operation->context, &operation->parameters[i]);
	}
}
