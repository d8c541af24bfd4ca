/* request.h - one thing that the secure world asks of the supplicant. */
#ifndef NORMAL_SUPPLICANT_REQUEST_H
#define NORMAL_SUPPLICANT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/device.h"
#include "abi/gp.h"
#include "lib/bits.h"

/* As many as any command has. */
#define REQUEST_PARAMS_MAX 4u

struct shm_object;

/* What a memory reference refers to. The secure world may write to it at any time: what is looked
 * at twice is copied first. */
struct request_memory {
	unsigned char *data; /* NULL: no memory, or none of ours */
	size_t size;
	struct shm_object *object;
};

struct request {
	uint32_t command; /* RPC_CMD_* */
	size_t count;
	struct tee_ioctl_param *params; /* without META; outputs are written here */
	struct request_memory memory[REQUEST_PARAMS_MAX]; /* by parameter */
};

struct supplicant;

/* Answer `request`. Any thread, and many at once. */
typedef TEE_Result request_serve(struct supplicant *supplicant, struct request *request);

/* Exactly these types (TEE_IOCTL_PARAM_ATTR_TYPE_*), and memory behind each memory reference? */
MUST_CHECK bool request_has_shape(const struct request *request, const uint32_t *types,
				  size_t count);

/* An output: how much of the memory was written, or how much it would take. */
static inline void request_set_size(struct request *request, size_t index, size_t size)
{
	request->params[index].b = size;
}

static inline bool request_is_memory(uint32_t type)
{
	return type >= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT &&
	       type <= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
}

#endif
