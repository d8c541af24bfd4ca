/* rpmb.h - the legacy way to an RPMB device: RPC_CMD_RPMB, both kinds of request (abi/rpmb.h).
 *
 * The device is one that normal/rpmb emulates, or an eMMC's /dev/mmcblkNrpmb, or there is none. One
 * exchange at a time. Where upstream's supplicant refuses a write of more than one frame, by a
 * mistake with byte order, this one hands it on. */
#ifndef NORMAL_SUPPLICANT_RPMB_H
#define NORMAL_SUPPLICANT_RPMB_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/rpmb.h"
#include "normal/supplicant/request.h"
#include "normal/supplicant/rpmb_mmc.h"

/* Frames of one request, and of one answer: what Linux takes in one ioctl. */
#define RPMB_REQUEST_FRAMES_MAX 1024u

struct rpmb_file;

enum rpmb_source {
	RPMB_NOWHERE,
	RPMB_EMULATED,
	RPMB_REAL,
};

struct rpmb {
	pthread_mutex_t lock; /* while an exchange runs */
	enum rpmb_source source;
	struct rpmb_file *file; /* EMULATED */
	struct rpmb_mmc mmc;	/* REAL */
};

/* There is no device, until one of the next two is called. */
void rpmb_init(struct rpmb *rpmb);
/* As normal/rpmb/file.h describes it. false: why not is in `why`. */
MUST_CHECK bool rpmb_emulate(struct rpmb *rpmb, const char *description, char *why,
			     size_t why_size);
/* The one that requests name by number, or the one with this CID, which may be NULL. */
void rpmb_drive(struct rpmb *rpmb, const uint8_t *cid);
void rpmb_destroy(struct rpmb *rpmb);

/* RPC_CMD_RPMB. BAD_PARAMETERS: sizes that do not fit the request, or a device node that cannot be
 * opened; ITEM_NOT_FOUND: there is no such device; NO_DATA: what the system says of it makes no
 * sense; GENERIC: the device failed, or frames of a type that it does not take. */
request_serve rpmb_serve;

#endif
