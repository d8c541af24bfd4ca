/* device.h - an emulated RPMB device, as an eMMC has one.
 *
 * A key that is programmed once, a counter of authenticated writes, blocks of 256 bytes that are
 * read and written in authenticated frames, and a result register. Every write is on the disk,
 * whole, before its result can be read, or is not done at all.
 *
 * A test orders faults (enum rpmb_fault_kind), in the order in which exchanges come. Errors are
 * negative errno values. All functions may be called by any thread at once. */
#ifndef NORMAL_RPMB_DEVICE_H
#define NORMAL_RPMB_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/rpmb.h"
#include "lib/bits.h"

#define RPMB_FAULTS_MAX 32u

/* rpmb_size_mult may be at most this: 16 MiB, as much as an address can name. */
#define RPMB_SIZE_MULT_MAX 128u

struct rpmb_device;

/* What the outside may know of a device. */
struct rpmb_geometry {
	uint8_t cid[RPMB_CID_SIZE];
	uint8_t size_mult; /* in RPMB_SIZE_UNIT */
	uint8_t rel_wr;	   /* sectors of a reliable write: twice as many blocks */
};

enum rpmb_fault_kind {
	RPMB_FAULT_LOSE_REQUEST, /* nothing is done, and an error is all that comes back */
	RPMB_FAULT_LOSE_ANSWER,	 /* all is done, and an error is all that comes back */
	RPMB_FAULT_REPLAY,	 /* all is done, and the frames of the exchange before come back */
	RPMB_FAULT_FAIL,	 /* the device says that it cannot read or write */
	RPMB_FAULT_CUT_BEFORE,	 /* power goes before anything was done, */
	RPMB_FAULT_CUT_AFTER,	 /* or when all was done, and comes back with the next opening */
};

struct rpmb_fault {
	enum rpmb_fault_kind kind;
	unsigned int exchange; /* 1 is the first after opening */
};

/* What a device is made of, and where it is kept. */
struct rpmb_state {
	struct rpmb_geometry geometry;
	bool key_is_set;
	uint8_t key[RPMB_KEY_MAC_SIZE];
	uint32_t write_counter;
	uint8_t *data; /* geometry.size_mult * RPMB_SIZE_UNIT bytes */
};

/* Keep `state` for good, whole. false: what was kept before still is. */
typedef bool rpmb_store(void *arg, const struct rpmb_state *state);

/* A new device without a key; `store` may be NULL: it is kept in memory only. NULL: no memory, or a
 * geometry that cannot be. */
struct rpmb_device *rpmb_device_new(const struct rpmb_geometry *geometry, rpmb_store *store,
				    void *arg);
/* A device in this state, whose `data` is taken over. NULL: no memory. */
struct rpmb_device *rpmb_device_resume(const struct rpmb_state *state, rpmb_store *store,
				       void *arg);
void rpmb_device_free(struct rpmb_device *device);

void rpmb_device_geometry(struct rpmb_device *device, struct rpmb_geometry *geometry);

/* Frames to the device (CMD25), and from it (CMD18). -EIO: no power, or nothing to read. Faults
 * do not happen here. */
MUST_CHECK int rpmb_device_write(struct rpmb_device *device, const struct rpmb_frame *frames,
				 size_t count);
MUST_CHECK int rpmb_device_read(struct rpmb_device *device, struct rpmb_frame *frames,
				size_t count);

/* One exchange with all that belongs to it. -EINVAL: not the shape of one; -ENOTSUP: its type is
 * none; -EIO. */
MUST_CHECK int rpmb_device_exchange(struct rpmb_device *device, const struct rpmb_frame *request,
				    size_t request_count, struct rpmb_frame *response,
				    size_t response_count);

/* Order one more fault. false: RPMB_FAULTS_MAX are ordered. */
MUST_CHECK bool rpmb_device_fault(struct rpmb_device *device, const struct rpmb_fault *fault);
/* Power is back: as after opening, exchanges are counted from 1, and no fault is ordered. */
void rpmb_device_restart(struct rpmb_device *device);

/* For tests. */
unsigned int rpmb_device_exchanges(struct rpmb_device *device); /* since the last (re)start */
unsigned int rpmb_device_writes(struct rpmb_device *device);	/* of them, that changed it */
void rpmb_device_counter_set(struct rpmb_device *device, uint32_t counter);
void rpmb_device_state(struct rpmb_device *device, struct rpmb_state *state); /* `data`: shared */

#endif
