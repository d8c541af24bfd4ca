#include "normal/driver/rpmb.h"

#include <errno.h>
#include <string.h>

#include "abi/gp.h"
#include "abi/rpmb.h"
#include "normal/driver/param.h"
#include "normal/driver/shm.h"
#include "normal/driver/state.h"

void driver_rpmb_init(struct rpmb *rpmb)
{
	os_mutex_init(&rpmb->mutex);
}

void driver_rpmb_destroy(struct rpmb *rpmb)
{
	os_mutex_destroy(&rpmb->mutex);
}

int driver_rpmb_attach(struct driver *driver, const struct driver_rpmb *device)
{
	struct rpmb *rpmb = &driver->rpmb;

	if (rpmb->count == array_size(rpmb->devices)) {
		return -ENOSPC;
	}
	rpmb->devices[rpmb->count++] = *device;
	return 0;
}

void driver_rpmb_reset(struct rpmb *rpmb)
{
	os_mutex_lock(&rpmb->mutex);
	rpmb->next = 0;
	rpmb->current = NULL;
	os_mutex_unlock(&rpmb->mutex);
}

/* NULL: no more. */
static const struct driver_rpmb *device_advance(struct rpmb *rpmb, uint64_t id_room)
{
	const struct driver_rpmb *device = NULL;

	os_mutex_lock(&rpmb->mutex);
	if (rpmb->next < rpmb->count) {
		device = &rpmb->devices[rpmb->next++];
	}
	rpmb->current = device != NULL && id_room >= sizeof(device->id) ? device : NULL;
	os_mutex_unlock(&rpmb->mutex);
	return device;
}

/* What a memref of a request refers to; NULL: nothing. */
static void *memref_address(const struct param *param)
{
	uint8_t *address = param->shm != NULL ? driver_shm_address(param->shm) : NULL;

	return address != NULL ? address + param->a : NULL;
}

uint32_t driver_rpmb_next(struct rpmb *rpmb, struct param *about, struct param *id)
{
	void *to = memref_address(id);
	const struct driver_rpmb *device = device_advance(rpmb, to != NULL ? id->b : 0);
	bool fits;

	if (device == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	fits = to != NULL && id->b >= sizeof(device->id);
	id->b = sizeof(device->id);
	if (!fits) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(to, device->id, sizeof(device->id));
	about->a = device->kind;
	about->b = device->capacity;
	about->c = device->reliable_writes;
	return TEE_SUCCESS;
}

static const struct driver_rpmb *device_current(struct rpmb *rpmb)
{
	const struct driver_rpmb *device;

	os_mutex_lock(&rpmb->mutex);
	device = rpmb->current;
	os_mutex_unlock(&rpmb->mutex);
	return device;
}

static bool is_whole_frames(const struct param *param)
{
	return param->b > 0 && param->b % RPMB_FRAME_SIZE == 0 &&
	       param->b / RPMB_FRAME_SIZE <= RPMB_FRAMES_AT_ONCE_MAX;
}

uint32_t driver_rpmb_frames(struct rpmb *rpmb, const struct param *request,
			    const struct param *response)
{
	const struct driver_rpmb *device = device_current(rpmb);
	const void *from = memref_address(request);
	void *to = memref_address(response);
	void *frames;
	int error = -EINVAL;

	if (device == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (from == NULL || to == NULL || !is_whole_frames(request) || !is_whole_frames(response)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	/* A copy of both, which does not change while the device looks at it. */
	frames = os_alloc(request->b + response->b);
	if (frames == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	memcpy(frames, from, request->b);
	error = device->exchange(device->arg, frames, request->b / RPMB_FRAME_SIZE,
				 (uint8_t *)frames + request->b, response->b / RPMB_FRAME_SIZE);
	if (error == 0) {
		memcpy(to, (uint8_t *)frames + request->b, response->b);
	}
	os_free(frames);
	return error == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}
