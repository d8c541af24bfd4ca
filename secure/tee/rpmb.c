#include "secure/tee/rpmb.h"

#include <string.h>

#include "lib/bytes.h"
#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/key.h"
#include "secure/tee/rpmb_policy.h"
#include "secure/tee/rpmb_wire.h"

static_assert(KEY_SIZE == RPMB_KEY_MAC_SIZE, "the device's key is one of ours");

enum state {
	RPMB_CLOSED, /* not found yet, or in doubt */
	RPMB_OPEN,
	RPMB_DEAD,
};

static struct {
	enum state state;
	bool known; /* `device` is the one of this boot */
	struct rpmb_device device;
	struct secret_key key;
	uint32_t counter;
} rpmb;

/* Too large for a stack; one thread at a time is here. */
static struct rpmb_frame request;
static struct rpmb_frame responses[RPMB_READ_MAX];

void rpmb_init(void)
{
	memset(&rpmb, 0, sizeof(rpmb));
}

/* --- frames --- */

/* The revision and the checksum of a CID are not part of the identity: firmware of the device may
 * change them. */
static void device_key(const uint8_t cid[RPMB_CID_SIZE], struct secret_key *key)
{
	uint8_t identity[RPMB_CID_SIZE];

	memcpy(identity, cid, sizeof(identity));
	identity[RPMB_CID_PRV_OFFSET] = 0;
	identity[RPMB_CID_CRC_OFFSET] = 0;
	key_subkey(HUK_SUBKEY_RPMB, identity, sizeof(identity), key);
}

static void frames_mac(const struct rpmb_frame *frames, uint32_t count,
		       uint8_t mac[RPMB_KEY_MAC_SIZE])
{
	struct crypto_piece pieces[RPMB_READ_MAX];

	check(count > 0 && count <= array_size(pieces));
	for (uint32_t i = 0; i < count; i++) {
		pieces[i] = (struct crypto_piece){ frames[i].data, RPMB_MAC_SIZE };
	}
	crypto_hmac_sha256(rpmb.key.bytes, sizeof(rpmb.key.bytes), pieces, count, mac);
}

static void request_begin(enum rpmb_msg_type type)
{
	memset(&request, 0, sizeof(request));
	store_be16(request.msg_type, (uint16_t)type);
}

/* Send the request. What comes back is of that type, and the device's own unless it has no key.
 * Result, of what cannot be: SECURITY; of a device without a key: NO_DATA; of one that reports an
 * error, and signs that: BAD_STATE; else as rpmb_wire_exchange(). */
static TEE_Result exchange(enum rpmb_msg_type type, uint32_t count)
{
	uint8_t mac[RPMB_KEY_MAC_SIZE];
	TEE_Result res;
	uint16_t result;

	res = rpmb_wire_exchange(&request, responses, count);
	if (res != TEE_SUCCESS) {
		return res;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (load_be16(responses[i].msg_type) != type) {
			return TEE_ERROR_SECURITY;
		}
	}
	result = load_be16(responses[count - 1].op_result) & RPMB_RESULT_MASK;
	if (result == RPMB_RESULT_NO_KEY) {
		return TEE_ERROR_NO_DATA;
	}
	frames_mac(responses, count, mac);
	if (!bytes_equal_secret(mac, responses[count - 1].key_mac, sizeof(mac))) {
		return TEE_ERROR_SECURITY;
	}
	return result == RPMB_RESULT_OK ? TEE_SUCCESS : TEE_ERROR_BAD_STATE;
}

/* The same of a request with a number that was never used before. */
static TEE_Result exchange_fresh(enum rpmb_msg_type type, uint32_t count)
{
	TEE_Result res;

	crypto_random(request.nonce, sizeof(request.nonce));
	res = exchange(type, count);
	for (uint32_t i = 0; res == TEE_SUCCESS && i < count; i++) {
		if (memcmp(responses[i].nonce, request.nonce, sizeof(request.nonce)) != 0) {
			res = TEE_ERROR_SECURITY;
		}
	}
	return res;
}

static TEE_Result counter_read(uint32_t *counter)
{
	TEE_Result res;

	request_begin(RPMB_MSG_READ_COUNTER);
	res = exchange_fresh(RPMB_MSG_READ_COUNTER_RESPONSE, 1);
	*counter = load_be32(responses[0].write_counter);
	return res;
}

/* Nobody answered: nobody who may be lying. */
static bool is_silence(TEE_Result res)
{
	return res == TEE_ERROR_COMMUNICATION || res == TEE_ERROR_CANCEL ||
	       res == TEE_ERROR_TIMEOUT || res == TEE_ERROR_OUT_OF_MEMORY;
}

/* What a caller gets to know of it. */
static TEE_Result result_of(TEE_Result res)
{
	return res == TEE_SUCCESS || res == TEE_ERROR_OUT_OF_MEMORY ? res : TEE_ERROR_COMMUNICATION;
}

/* --- finding it --- */

/* Whether it worked shows when the counter is read next, whatever is answered. */
static void key_program(void)
{
	log_info("rpmb: programming our key into a device that has none, for ever");
	request_begin(RPMB_MSG_KEY_PROGRAM);
	memcpy(request.key_mac, rpmb.key.bytes, sizeof(request.key_mac));
	if (rpmb_wire_exchange(&request, responses, 1) != TEE_SUCCESS) {
		log_info("rpmb: no answer to that");
	}
	bytes_wipe(&request, sizeof(request));
}

static bool is_known(const struct rpmb_device *device)
{
	return !rpmb.known || memcmp(&rpmb.device, device, sizeof(*device)) == 0;
}

/* Does the device have our key, or may it get it? As counter_read(). */
static TEE_Result device_try(const struct rpmb_device *device, bool program)
{
	TEE_Result res = TEE_ERROR_COMMUNICATION;

	device_key(device->cid, &rpmb.key);
	for (unsigned int i = 0; i < RPMB_WRITE_RETRY_MAX && res != TEE_SUCCESS; i++) {
		res = counter_read(&rpmb.counter);
		if (res == TEE_ERROR_NO_DATA && !program) {
			break;
		}
		if (res == TEE_ERROR_NO_DATA) {
			key_program();
		}
	}
	return res;
}

/* Look at all devices for one that has our key, or, with `program`, may get it. *keyless: there is
 * one of the latter kind. */
static TEE_Result devices_search(bool program, bool *keyless)
{
	struct rpmb_device device;
	TEE_Result res;

	*keyless = false;
	res = rpmb_wire_reset();
	while (res == TEE_SUCCESS) {
		memset(&device, 0, sizeof(device));
		res = rpmb_wire_next(&device);
		if (res == TEE_SUCCESS && is_known(&device)) {
			TEE_Result tried = device_try(&device, program && !rpmb.known);

			if (tried == TEE_SUCCESS) {
				rpmb.device = device;
				return TEE_SUCCESS;
			}
			*keyless = *keyless || tried == TEE_ERROR_NO_DATA;
		}
	}
	key_wipe(&rpmb.key);
	return res;
}

/* Where nobody is known to have a device the first look decides. */
static TEE_Result device_find(void)
{
	bool keyless;
	TEE_Result res;

	res = devices_search(false, &keyless);
	if (res == TEE_ERROR_ITEM_NOT_FOUND && keyless) {
		if (rpmb_may_program()) {
			res = devices_search(true, &keyless);
		} else {
			log_info("rpmb: a device has no key, and this build programs none");
		}
	}
	return res == TEE_ERROR_ITEM_NOT_FOUND ? res : result_of(res);
}

TEE_Result rpmb_open(bool *fresh)
{
	TEE_Result res;

	*fresh = false;
	if (rpmb.state == RPMB_DEAD) {
		return TEE_ERROR_COMMUNICATION;
	}
	if (rpmb.state == RPMB_OPEN) {
		return TEE_SUCCESS;
	}
	res = device_find();
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!rpmb.known) {
		log_info("rpmb: a device of %u KiB, by %s", rpmb.device.block_count / 4,
			 rpmb_wire_name());
	}
	rpmb.known = true;
	rpmb.state = RPMB_OPEN;
	*fresh = true;
	return TEE_SUCCESS;
}

uint32_t rpmb_block_count(void)
{
	check(rpmb.state == RPMB_OPEN);
	return rpmb.device.block_count;
}

/* --- reading --- */

static TEE_Result part_read(uint32_t first, uint8_t *to, uint32_t count)
{
	TEE_Result res = TEE_ERROR_COMMUNICATION;

	for (unsigned int i = 0; i < RPMB_WRITE_RETRY_MAX; i++) {
		request_begin(RPMB_MSG_READ);
		store_be16(request.address, (uint16_t)first);
		res = exchange_fresh(RPMB_MSG_READ_RESPONSE, count);
		/* The block count is of the answer, which is authentic as a whole. */
		if (res == TEE_SUCCESS && load_be16(responses[0].address) == first) {
			break;
		}
		res = res == TEE_SUCCESS ? TEE_ERROR_SECURITY : res;
	}
	for (uint32_t i = 0; res == TEE_SUCCESS && i < count; i++) {
		memcpy(to + i * RPMB_DATA_SIZE, responses[i].data, RPMB_DATA_SIZE);
	}
	return res;
}

TEE_Result rpmb_read(uint32_t first, void *to, uint32_t count)
{
	uint8_t *next = to;
	TEE_Result res = TEE_SUCCESS;

	check(rpmb.state == RPMB_OPEN && range_within(first, count, rpmb.device.block_count));
	while (res == TEE_SUCCESS && count > 0) {
		uint32_t part = count < RPMB_READ_MAX ? count : RPMB_READ_MAX;

		res = part_read(first, next, part);
		first += part;
		next += part * RPMB_DATA_SIZE;
		count -= part;
	}
	return result_of(res);
}

/* --- writing --- */

/* One attempt. SUCCESS: the device says, and signs, that it was done. */
static TEE_Result write_try(uint32_t block, const void *from)
{
	TEE_Result res;

	request_begin(RPMB_MSG_WRITE);
	memcpy(request.data, from, sizeof(request.data));
	store_be32(request.write_counter, rpmb.counter);
	store_be16(request.address, (uint16_t)block);
	store_be16(request.block_count, 1);
	frames_mac(&request, 1, request.key_mac);
	res = exchange(RPMB_MSG_WRITE_RESPONSE, 1);
	if (res == TEE_SUCCESS && (load_be32(responses[0].write_counter) != rpmb.counter + 1 ||
				   load_be16(responses[0].address) != block)) {
		res = TEE_ERROR_SECURITY;
	}
	return res;
}

/* After an attempt without a good answer. SUCCESS: it was done all the same. BUSY: it was not, and
 * may be tried again. SECURITY: the counter is not where it can be. Else: the counter is not
 * known. All attempts carry the same counter, so that one of them counts at most. */
static TEE_Result write_ask(void)
{
	uint32_t counter;
	TEE_Result res = counter_read(&counter);

	if (res != TEE_SUCCESS) {
		return res == TEE_ERROR_SECURITY ? TEE_ERROR_BAD_STATE : res;
	}
	if (counter == rpmb.counter) {
		return TEE_ERROR_BUSY;
	}
	return counter == rpmb.counter + 1 ? TEE_SUCCESS : TEE_ERROR_SECURITY;
}

/* What we sent may come at any time. */
static void write_give_up(bool silence)
{
	rpmb.state = silence ? RPMB_CLOSED : RPMB_DEAD;
	log_error("rpmb: a write has no good answer: the device is %s",
		  silence ? "in doubt" : "dead until the next boot");
}

TEE_Result rpmb_write(uint32_t block, const void *from)
{
	bool silence = false;
	TEE_Result res;

	check(rpmb.state == RPMB_OPEN && block < rpmb.device.block_count);
	if (rpmb.counter == UINT32_MAX) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	for (unsigned int i = 0; i < RPMB_WRITE_RETRY_MAX; i++) {
		res = write_try(block, from);
		silence = silence || is_silence(res);
		if (res != TEE_SUCCESS) {
			res = write_ask();
			silence = silence || is_silence(res);
		}
		if (res == TEE_SUCCESS) {
			rpmb.counter++;
			return TEE_SUCCESS;
		}
		if (res == TEE_ERROR_SECURITY) {
			break;
		}
	}
	write_give_up(silence);
	return TEE_ERROR_COMMUNICATION;
}
