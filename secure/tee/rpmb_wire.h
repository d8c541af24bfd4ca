/* rpmb_wire.h - frames to an RPMB device and back, on either way there is: routed by the driver
 * (RPMB_PROBE_*, RPMB_FRAMES), or by the supplicant (RPMB).
 *
 * Sizes are checked here, and what is given to the caller is a private copy; what the frames say is
 * the caller's to authenticate. As rpmb.h: one thread at a time. */
#ifndef SECURE_TEE_RPMB_WIRE_H
#define SECURE_TEE_RPMB_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/rpmb.h"
#include "lib/bits.h"

/* What the normal world says of a device. */
struct rpmb_device {
	uint8_t cid[RPMB_CID_SIZE];
	uint32_t block_count; /* 1 to 65536 */
};

/* Look from the beginning; then at one after the other. ITEM_NOT_FOUND: no more. A device that we
 * cannot use is passed over. COMMUNICATION: the answer cannot be; OUT_OF_MEMORY. */
MUST_CHECK TEE_Result rpmb_wire_reset(void);
MUST_CHECK TEE_Result rpmb_wire_next(struct rpmb_device *device);

/* For people: which way it is. */
const char *rpmb_wire_name(void);

/* Send one frame to the device that rpmb_wire_next() found last, and receive `count`.
 * COMMUNICATION: there was no answer, or one of another size; OUT_OF_MEMORY; else what the normal
 * world said. */
MUST_CHECK TEE_Result rpmb_wire_exchange(const struct rpmb_frame *request,
					 struct rpmb_frame *response, uint32_t count);

#endif
