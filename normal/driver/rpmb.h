/* rpmb.h - the RPMB devices of this machine, which the secure world looks for one after the other.
 *
 * As in Linux, one of them is current, for the whole driver, from PROBE_NEXT to the next
 * PROBE_RESET. With no device attached the three commands are the supplicant's. */
#ifndef NORMAL_DRIVER_RPMB_H
#define NORMAL_DRIVER_RPMB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "normal/driver/driver.h"
#include "normal/driver/os.h"

struct param;

/* Of one request, each way. */
#define RPMB_FRAMES_AT_ONCE_MAX 1024u

struct rpmb {
	struct driver_rpmb devices[DRIVER_RPMB_MAX]; /* as many as `count`, set before any call */
	size_t count;
	struct os_mutex mutex; /* of what follows */
	size_t next;
	const struct driver_rpmb *current; /* NULL: none */
};

void driver_rpmb_init(struct rpmb *rpmb);
void driver_rpmb_destroy(struct rpmb *rpmb);

/* RPMB_PROBE_RESET: no device is current, and the first is next. */
void driver_rpmb_reset(struct rpmb *rpmb);

/* RPMB_PROBE_NEXT: `about` is its value, `id` where the device's name goes. ITEM_NOT_FOUND: no more
 * devices; SHORT_BUFFER: the device is passed over. */
MUST_CHECK uint32_t driver_rpmb_next(struct rpmb *rpmb, struct param *about, struct param *id);

/* RPMB_FRAMES. ITEM_NOT_FOUND: no device is current; BAD_PARAMETERS: not whole frames, frames that
 * make no exchange, or the device failed; OUT_OF_MEMORY. */
MUST_CHECK uint32_t driver_rpmb_frames(struct rpmb *rpmb, const struct param *request,
				       const struct param *response);

#endif
