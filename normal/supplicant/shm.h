/* shm.h - memory that the secure world asked for, and what it refers to in it. */
#ifndef NORMAL_SUPPLICANT_SHM_H
#define NORMAL_SUPPLICANT_SHM_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "normal/device/device.h"
#include "normal/supplicant/request.h"

/* Objects at the same time, and bytes in one. */
#define SHM_OBJECTS_MAX 1024u
#define SHM_SIZE_MAX	(256u * 1024u * 1024u)

struct shm {
	struct device *device;
	pthread_mutex_t lock;
	unsigned int count;
	struct list objects;
};

void shm_init(struct shm *shm, struct device *device);
/* Nobody uses any of it. Frees everything. */
void shm_destroy(struct shm *shm);

/* Look up what `param`, a memory reference, refers to. The memory stays until shm_put(), even
 * when it is freed meanwhile. No memory, or none of ours: `memory->data` is NULL. false: it is
 * ours, but the reference does not lie within it. */
MUST_CHECK bool shm_get(struct shm *shm, const struct tee_ioctl_param *param,
			struct request_memory *memory);

/* NULL: nothing happens. */
void shm_put(struct shm *shm, struct shm_object *object);

/* RPC_CMD_SHM_ALLOC: VALUE_INOUT b = size; c = id. TEE_ERROR_OUT_OF_MEMORY, _BAD_PARAMETERS. */
request_serve shm_serve_alloc;

/* RPC_CMD_SHM_FREE: VALUE_INOUT b = id. TEE_ERROR_BAD_PARAMETERS: there is none. */
request_serve shm_serve_free;

#endif
