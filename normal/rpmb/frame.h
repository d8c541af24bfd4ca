/* frame.h - the frames of an RPMB device: their numbers, their MAC, and which of them make one
 * exchange (spec/rpc.md). */
#ifndef NORMAL_RPMB_FRAME_H
#define NORMAL_RPMB_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "abi/rpmb.h"
#include "lib/bits.h"

/* The most that block_count can say. */
#define RPMB_FRAMES_MAX 65535u

/* HMAC-SHA256 over what is authenticated of `count` frames, one after another. false: the crypto
 * library has no memory. */
MUST_CHECK bool rpmb_frames_mac(const uint8_t key[RPMB_KEY_MAC_SIZE],
				const struct rpmb_frame *frames, size_t count,
				uint8_t mac[RPMB_KEY_MAC_SIZE]);

/* What one exchange is, by the type of its first request frame. */
enum rpmb_exchange {
	RPMB_EXCHANGE_WRITE, /* write request, result request, one response */
	RPMB_EXCHANGE_READ,  /* one request, responses */
	RPMB_EXCHANGE_WRONG_SHAPE,
	RPMB_EXCHANGE_WRONG_TYPE, /* nothing that a host begins with */
};

/* Upstream's supplicant refuses every write of more than one frame, by a mistake with byte order;
 * here they are served. */
enum rpmb_exchange rpmb_exchange_of(const struct rpmb_frame *request, size_t request_count,
				    size_t response_count);

#endif
