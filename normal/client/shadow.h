/* shadow.h - memory that the TEE sees in place of a program's, for one operation.
 *
 * On posternd each allocation is a round trip and a registration with the secure world, so a few
 * buffers are kept for the next operation, wiped of what the last one left in them. A kernel that
 * cannot register memory has a small pool for everybody: there none is kept. */
#ifndef NORMAL_CLIENT_SHADOW_H
#define NORMAL_CLIENT_SHADOW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/bits.h"
#include "normal/device/device.h"

/* Kept at most, for each context: buffers, and bytes in all of them. */
#define SHADOWS_MAX	  8u
#define SHADOWS_BYTES_MAX (1024u * 1024u)

struct shadow_cache {
	struct device *device;
	bool keeps;
	pthread_mutex_t lock;
	size_t count;
	size_t bytes;
	struct device_shm buffers[SHADOWS_MAX]; /* the one used last comes last */
};

void shadow_cache_init(struct shadow_cache *cache, struct device *device, bool keeps);
/* All that were taken have been given back. */
void shadow_cache_destroy(struct shadow_cache *cache);

/* At least `size` bytes, which is not 0. 0 or a negative errno. */
MUST_CHECK int shadow_take(struct shadow_cache *cache, size_t size, struct device_shm *shadow);

/* Of the buffer the first `used` bytes may have been written to. */
void shadow_give(struct shadow_cache *cache, struct device_shm *shadow, size_t used);

#endif
