/* operation.h - an operation's parameters on their way to the TEE and back. */
#ifndef NORMAL_CLIENT_OPERATION_H
#define NORMAL_CLIENT_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "normal/client/context.h"
#include "normal/client/include/tee_client_api.h"

struct parameter_kind;

/* One parameter while its operation is under way. */
struct parameter {
	const struct parameter_kind *kind;
	TEEC_Parameter *api;
	struct tee_ioctl_param *wire;
	size_t size;	       /* of the memory reference, as the caller gave it */
	struct device_shm shm; /* made for this operation; id -1: none was */
	bool shadowed;	       /* `shm` is a shadow */
};

struct operation {
	struct context *context;
	struct parameter parameters[TEEC_CONFIG_PAYLOAD_REF_COUNT];
};

/* Fill `params` from `api` (NULL: no parameters), and have the TEE see the memory. On any other
 * result than TEEC_SUCCESS nothing is held. */
MUST_CHECK TEEC_Result
operation_encode(struct operation *operation, struct context *context, TEEC_Operation *api,
		 struct tee_ioctl_param params[TEEC_CONFIG_PAYLOAD_REF_COUNT]);

/* The TEE answered: bring the outputs back. */
void operation_decode(struct operation *operation);

/* Give back what operation_encode() took. */
void operation_release(struct operation *operation);

#endif
