#include "normal/rpmb/frame.h"

#include <mbedtls/md.h>

#include "lib/bytes.h"

static bool mac_of(mbedtls_md_context_t *md, const uint8_t key[RPMB_KEY_MAC_SIZE],
		   const struct rpmb_frame *frames, size_t count, uint8_t mac[RPMB_KEY_MAC_SIZE])
{
	if (mbedtls_md_setup(md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) != 0 ||
	    mbedtls_md_hmac_starts(md, key, RPMB_KEY_MAC_SIZE) != 0) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (mbedtls_md_hmac_update(md, frames[i].data, RPMB_MAC_SIZE) != 0) {
			return false;
		}
	}
	return mbedtls_md_hmac_finish(md, mac) == 0;
}

bool rpmb_frames_mac(const uint8_t key[RPMB_KEY_MAC_SIZE], const struct rpmb_frame *frames,
		     size_t count, uint8_t mac[RPMB_KEY_MAC_SIZE])
{
	mbedtls_md_context_t md;
	bool made;

	mbedtls_md_init(&md);
	made = mac_of(&md, key, frames, count, mac);
	mbedtls_md_free(&md);
	return made;
}

/* How many frames go each way, by type of the request. 0: any number but none. */
static const struct shape {
	uint16_t type;
	enum rpmb_exchange exchange;
	size_t request_count;
	size_t response_count;
} shapes[] = {
	{ RPMB_MSG_KEY_PROGRAM, RPMB_EXCHANGE_WRITE, 1, 1 },
	{ RPMB_MSG_WRITE, RPMB_EXCHANGE_WRITE, 0, 1 },
	{ RPMB_MSG_READ_COUNTER, RPMB_EXCHANGE_READ, 1, 1 },
	{ RPMB_MSG_READ, RPMB_EXCHANGE_READ, 1, 0 },
};

static bool count_fits(size_t count, size_t wanted)
{
	return wanted == 0 ? count > 0 && count <= RPMB_FRAMES_MAX : count == wanted;
}

static bool types_agree(const struct rpmb_frame *frames, size_t count, uint16_t type)
{
	for (size_t i = 0; i < count; i++) {
		if (load_be16(frames[i].msg_type) != type) {
			return false;
		}
	}
	return true;
}

enum rpmb_exchange rpmb_exchange_of(const struct rpmb_frame *request, size_t request_count,
				    size_t response_count)
{
	uint16_t type;

	if (request_count == 0) {
		return RPMB_EXCHANGE_WRONG_SHAPE;
	}
	type = load_be16(request[0].msg_type);
	for (size_t i = 0; i < array_size(shapes); i++) {
		const struct shape *shape = &shapes[i];

		if (shape->type != type) {
			continue;
		}
		return count_fits(request_count, shape->request_count) &&
				       count_fits(response_count, shape->response_count) &&
				       types_agree(request, request_count, type)
			       ? shape->exchange
			       : RPMB_EXCHANGE_WRONG_SHAPE;
	}
	return RPMB_EXCHANGE_WRONG_TYPE;
}
