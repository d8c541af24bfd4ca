/* Promises of secure/tee/rpmb.h, over devices that are played here and may say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/storage.h"
#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/key.h"
#include "secure/tee/rpmb.h"
#include "secure/tee/rpmb_wire.h"

#define BLOCKS	    64u
#define DEVICES_MAX 3u

/* --- The devices ------------------------------------------------------------------------------ */

struct device {
	uint8_t cid[RPMB_CID_SIZE];
	bool has_key;
	uint8_t key[RPMB_KEY_MAC_SIZE];
	uint32_t counter;
	uint8_t blocks[BLOCKS][RPMB_DATA_SIZE];
};

static struct device devices[DEVICES_MAX];
static unsigned int device_count;
static unsigned int position; /* of the next in a search */
static struct device *current;
static unsigned int searches;
static unsigned int exchanges;

/* What goes wrong: from exchange `first` to `last`, counted from 1, an answer is replaced by an
 * error, or changed after it was signed. */
static struct {
	unsigned int first;
	unsigned int last;
	TEE_Result error;
	bool undone; /* and the request was not carried out */
	void (*forge)(struct rpmb_frame *frames, uint32_t count);
} trouble;

static struct rpmb_frame kept[32]; /* answers, in order */

static void frames_mac(const struct device *device, const struct rpmb_frame *frames, uint32_t count,
		       uint8_t mac[RPMB_KEY_MAC_SIZE])
{
	struct crypto_piece pieces[RPMB_READ_MAX];

	for (uint32_t i = 0; i < count; i++) {
		pieces[i] = (struct crypto_piece){ frames[i].data, RPMB_MAC_SIZE };
	}
	crypto_hmac_sha256(device->key, sizeof(device->key), pieces, count, mac);
}

static void answer(const struct rpmb_frame *request, struct rpmb_frame *frame, uint16_t result)
{
	memset(frame, 0, sizeof(*frame));
	store_be16(frame->msg_type, (uint16_t)(load_be16(request->msg_type) << 8));
	store_be16(frame->op_result, current->has_key ? result : RPMB_RESULT_NO_KEY);
	memcpy(frame->address, request->address, sizeof(frame->address));
}

static uint16_t write_serve(const struct rpmb_frame *request)
{
	uint8_t mac[RPMB_KEY_MAC_SIZE];
	uint16_t address = load_be16(request->address);

	frames_mac(current, request, 1, mac);
	if (memcmp(mac, request->key_mac, sizeof(mac)) != 0) {
		return RPMB_RESULT_AUTH;
	}
	if (load_be32(request->write_counter) != current->counter) {
		return RPMB_RESULT_COUNTER;
	}
	assert_int_equal(load_be16(request->block_count), 1);
	assert_true(address < BLOCKS);
	memcpy(current->blocks[address], request->data, RPMB_DATA_SIZE);
	current->counter++;
	return RPMB_RESULT_OK;
}

static void device_serve(const struct rpmb_frame *request, struct rpmb_frame *response,
			 uint32_t count)
{
	uint16_t result = RPMB_RESULT_OK;

	switch (load_be16(request->msg_type)) {
	case RPMB_MSG_KEY_PROGRAM:
		result = current->has_key ? RPMB_RESULT_GENERAL : RPMB_RESULT_OK;
		if (!current->has_key) {
			memcpy(current->key, request->key_mac, sizeof(current->key));
			current->has_key = true;
		}
		break;
	case RPMB_MSG_WRITE:
		result = write_serve(request);
		break;
	default:
		break;
	}
	for (uint32_t i = 0; i < count; i++) {
		answer(request, &response[i], result);
		if (load_be16(request->msg_type) == RPMB_MSG_READ) {
			memcpy(response[i].data, current->blocks[load_be16(request->address) + i],
			       RPMB_DATA_SIZE);
		}
		if (load_be16(request->msg_type) != RPMB_MSG_WRITE) {
			memcpy(response[i].nonce, request->nonce, sizeof(response[i].nonce));
		}
		store_be32(response[i].write_counter, current->counter);
	}
	if (current->has_key) {
		frames_mac(current, response, count, response[count - 1].key_mac);
	}
}

/* --- rpmb_wire.h ------------------------------------------------------------------------------ */

TEE_Result rpmb_wire_reset(void)
{
	searches++;
	position = 0;
	current = NULL;
	return TEE_SUCCESS;
}

TEE_Result rpmb_wire_next(struct rpmb_device *device)
{
	if (position == device_count) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	current = &devices[position++];
	memcpy(device->cid, current->cid, sizeof(device->cid));
	device->block_count = BLOCKS;
	return TEE_SUCCESS;
}

const char *rpmb_wire_name(void)
{
	return "the test";
}

TEE_Result rpmb_wire_exchange(const struct rpmb_frame *request, struct rpmb_frame *response,
			      uint32_t count)
{
	bool wrong;

	exchanges++;
	wrong = exchanges >= trouble.first && exchanges <= trouble.last;
	if (!wrong || !trouble.undone) {
		device_serve(request, response, count);
	}
	if (wrong && trouble.error != TEE_SUCCESS) {
		return trouble.error;
	}
	if (wrong && trouble.forge != NULL) {
		trouble.forge(response, count);
	}
	kept[exchanges % array_size(kept)] = response[0];
	return TEE_SUCCESS;
}

/* --- Tests ------------------------------------------------------------------------------------ */

static int setup(void **state)
{
	fake_reset();
	fake_device_key = 0x21;
	memset(devices, 0, sizeof(devices));
	memset(&trouble, 0, sizeof(trouble));
	for (unsigned int i = 0; i < DEVICES_MAX; i++) {
		memset(devices[i].cid, 0x40 + (int)i, sizeof(devices[i].cid));
	}
	device_count = 1;
	searches = 0;
	exchanges = 0;
	rpmb_init();
	return 0;
}

/* From the next exchange on, `count` of them. */
static void trouble_begin(unsigned int count, TEE_Result error,
			  void (*forge)(struct rpmb_frame *frames, uint32_t count))
{
	trouble.first = exchanges + 1;
	trouble.last = count == UINT32_MAX ? count : exchanges + count;
	trouble.error = error;
	trouble.forge = forge;
}

static void must_open(void)
{
	bool fresh;

	assert_int_equal(rpmb_open(&fresh), TEE_SUCCESS);
	assert_true(fresh);
}

static TEE_Result write_fill(uint32_t block, uint8_t fill)
{
	uint8_t data[RPMB_DATA_SIZE];

	memset(data, fill, sizeof(data));
	return rpmb_write(block, data);
}

static void the_key_is_that_of_the_cid_without_revision_and_checksum(void **state)
{
	uint8_t identity[RPMB_CID_SIZE];
	struct secret_key expected;

	must_open();
	memcpy(identity, devices[0].cid, sizeof(identity));
	identity[9] = 0;
	identity[15] = 0;
	key_subkey(HUK_SUBKEY_RPMB, identity, sizeof(identity), &expected);
	assert_memory_equal(devices[0].key, expected.bytes, sizeof(expected.bytes));
	/* Other firmware in the device. */
	devices[0].cid[9] = 0x99;
	devices[0].cid[15] = 0x98;
	rpmb_init();
	must_open();
}

static void what_was_written_is_read(void **state)
{
	uint8_t read[20 * RPMB_DATA_SIZE];

	must_open();
	assert_int_equal(rpmb_block_count(), BLOCKS);
	for (uint32_t i = 0; i < 20; i++) {
		assert_int_equal(write_fill(i, (uint8_t)(i + 1)), TEE_SUCCESS);
	}
	assert_int_equal(rpmb_read(0, read, 20), TEE_SUCCESS);
	for (uint32_t i = 0; i < sizeof(read); i++) {
		assert_int_equal(read[i], i / RPMB_DATA_SIZE + 1);
	}
	assert_int_equal(devices[0].counter, 20);
}

static void it_is_opened_once(void **state)
{
	unsigned int before;
	bool fresh;

	must_open();
	before = exchanges;
	assert_int_equal(rpmb_open(&fresh), TEE_SUCCESS);
	assert_false(fresh);
	assert_int_equal(exchanges, before);
}

/* The first two devices are of others. */
static void the_device_with_our_key_is_taken(void **state)
{
	must_open();
	devices[2] = devices[0];
	devices[0].key[0] ^= 1;
	devices[1].has_key = true;
	device_count = 3;
	rpmb_init();
	must_open();
	assert_ptr_equal(current, &devices[2]);
}

/* Not the first without a key, while there is one with it. */
static void a_key_is_only_programmed_when_there_is_no_other_way(void **state)
{
	must_open();
	devices[1] = devices[0];
	memset(&devices[0], 0, sizeof(devices[0]));
	device_count = 2;
	rpmb_init();
	must_open();
	assert_ptr_equal(current, &devices[1]);
	assert_false(devices[0].has_key);
}

static void without_a_device_there_is_none(void **state)
{
	bool fresh;

	device_count = 0;
	assert_int_equal(rpmb_open(&fresh), TEE_ERROR_ITEM_NOT_FOUND);
	device_count = 1;
	devices[0].has_key = true;
	assert_int_equal(rpmb_open(&fresh), TEE_ERROR_ITEM_NOT_FOUND);
	/* Looked for again. */
	devices[0].has_key = false;
	must_open();
}

/* --- Lies ------------------------------------------------------------------------------------- */

static void forge_mac(struct rpmb_frame *frames, uint32_t count)
{
	frames[count - 1].key_mac[31] ^= 1;
}

static void forge_data(struct rpmb_frame *frames, uint32_t count)
{
	frames[0].data[0] ^= 1;
}

static void forge_nonce(struct rpmb_frame *frames, uint32_t count)
{
	frames[0].nonce[15] ^= 1;
}

static void forge_counter(struct rpmb_frame *frames, uint32_t count)
{
	frames[0].write_counter[3] ^= 1;
}

static void forge_address(struct rpmb_frame *frames, uint32_t count)
{
	frames[0].address[1] ^= 1;
}

static void forge_result(struct rpmb_frame *frames, uint32_t count)
{
	store_be16(frames[count - 1].op_result, RPMB_RESULT_GENERAL);
}

static void forge_no_key(struct rpmb_frame *frames, uint32_t count)
{
	memset(frames, 0, count * sizeof(*frames));
	store_be16(frames[count - 1].msg_type, RPMB_MSG_READ_RESPONSE);
	store_be16(frames[count - 1].op_result, RPMB_RESULT_NO_KEY);
}

static void forge_type(struct rpmb_frame *frames, uint32_t count)
{
	store_be16(frames[0].msg_type, RPMB_MSG_READ_COUNTER_RESPONSE + 1);
}

static void forge_nothing_at_all(struct rpmb_frame *frames, uint32_t count)
{
	memset(frames, 0, count * sizeof(*frames));
}

/* An authentic frame, but of the exchange before. */
static void forge_old(struct rpmb_frame *frames, uint32_t count)
{
	frames[0] = kept[(exchanges - 1) % array_size(kept)];
}

/* Or of three before: of the same kind, where writes follow one another. */
static void forge_very_old(struct rpmb_frame *frames, uint32_t count)
{
	frames[0] = kept[(exchanges - 3) % array_size(kept)];
}

static void (*const forgeries[])(struct rpmb_frame *frames, uint32_t count) = {
	forge_mac,    forge_data, forge_nonce, forge_counter,	     forge_address,  forge_result,
	forge_no_key, forge_type, forge_old,   forge_nothing_at_all, forge_very_old,
};

static void a_forged_answer_to_a_read_is_not_believed(void **state)
{
	uint8_t read[2 * RPMB_DATA_SIZE];
	unsigned int before;

	must_open();
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(write_fill(i, (uint8_t)(i + 1)), TEE_SUCCESS);
	}
	for (size_t i = 0; i < array_size(forgeries); i++) {
		trouble_begin(UINT32_MAX, TEE_SUCCESS, forgeries[i]);
		before = exchanges;
		assert_int_equal(rpmb_read(2, read, 2), TEE_ERROR_COMMUNICATION);
		assert_int_equal(exchanges - before, RPMB_WRITE_RETRY_MAX);
		/* The truth is believed, as late as it comes. */
		trouble_begin(RPMB_WRITE_RETRY_MAX - 1, TEE_SUCCESS, forgeries[i]);
		assert_int_equal(rpmb_read(2, read, 2), TEE_SUCCESS);
		assert_int_equal(read[RPMB_DATA_SIZE], 4);
	}
}

static void a_forged_answer_to_a_write_is_cleared_up(void **state)
{
	must_open();
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(write_fill(i, 0), TEE_SUCCESS);
	}
	for (size_t i = 0; i < array_size(forgeries); i++) {
		uint32_t counter = devices[0].counter;

		trouble_begin(1, TEE_SUCCESS, forgeries[i]);
		assert_int_equal(write_fill(1, (uint8_t)(i + 1)), TEE_SUCCESS);
		assert_int_equal(devices[0].blocks[1][0], i + 1);
		assert_int_equal(devices[0].counter, counter + 1);
	}
}

/* Says that it was done, by the answer to an older write. */
static void a_write_that_was_not_done_is_done_again(void **state)
{
	must_open();
	assert_int_equal(write_fill(1, 1), TEE_SUCCESS);
	trouble_begin(1, TEE_SUCCESS, forge_old);
	trouble.undone = true;
	assert_int_equal(write_fill(1, 2), TEE_SUCCESS);
	assert_int_equal(devices[0].blocks[1][0], 2);
	assert_int_equal(devices[0].counter, 2);
}

static void lies_without_end_make_it_dead_until_the_next_boot(void **state)
{
	for (size_t i = 0; i < array_size(forgeries); i++) {
		uint8_t read[RPMB_DATA_SIZE];
		unsigned int before;
		bool fresh;

		setup(NULL);
		must_open();
		for (uint32_t j = 0; j < 3; j++) {
			assert_int_equal(write_fill(j, 7), TEE_SUCCESS);
		}
		trouble_begin(UINT32_MAX, TEE_SUCCESS, forgeries[i]);
		before = exchanges;
		assert_int_equal(write_fill(1, 8), TEE_ERROR_COMMUNICATION);
		assert_true(exchanges - before <= 2 * RPMB_WRITE_RETRY_MAX);
		memset(&trouble, 0, sizeof(trouble));
		before = exchanges;
		assert_int_equal(rpmb_open(&fresh), TEE_ERROR_COMMUNICATION);
		assert_int_equal(exchanges, before);
		rpmb_init();
		must_open();
		assert_int_equal(rpmb_read(0, read, 1), TEE_SUCCESS);
	}
}

/* Somebody else writes with our key: nothing is sure any more. */
static void a_counter_that_jumps_makes_it_dead(void **state)
{
	bool fresh;

	must_open();
	devices[0].counter += 2;
	assert_int_equal(write_fill(1, 1), TEE_ERROR_COMMUNICATION);
	assert_int_equal(rpmb_open(&fresh), TEE_ERROR_COMMUNICATION);
}

/* --- Silence ---------------------------------------------------------------------------------- */

static void silence_leaves_it_in_doubt_and_it_is_found_again(void **state)
{
	static const TEE_Result silences[] = { TEE_ERROR_COMMUNICATION, TEE_ERROR_CANCEL,
					       TEE_ERROR_OUT_OF_MEMORY };

	for (size_t i = 0; i < array_size(silences); i++) {
		setup(NULL);
		must_open();
		trouble_begin(UINT32_MAX, silences[i], NULL);
		assert_int_equal(write_fill(1, 9), TEE_ERROR_COMMUNICATION);
		memset(&trouble, 0, sizeof(trouble));
		must_open();
		/* The first attempt was done, and the counter shows it. */
		assert_int_equal(devices[0].counter, 1);
		assert_int_equal(write_fill(1, 10), TEE_SUCCESS);
	}
}

/* It is the same device in one boot, also when another has come that has our key. */
static void another_device_is_not_taken_in_its_place(void **state)
{
	bool fresh;

	device_count = 2;
	must_open();
	trouble_begin(UINT32_MAX, TEE_ERROR_COMMUNICATION, NULL);
	assert_int_equal(write_fill(1, 9), TEE_ERROR_COMMUNICATION);
	memset(&trouble, 0, sizeof(trouble));
	devices[0] = devices[1];
	device_count = 1;
	assert_int_equal(rpmb_open(&fresh), TEE_ERROR_ITEM_NOT_FOUND);
	assert_false(devices[0].has_key);
}

static void errors_without_end_make_it_dead(void **state)
{
	bool fresh;

	must_open();
	trouble_begin(UINT32_MAX, TEE_ERROR_GENERIC, NULL);
	assert_int_equal(write_fill(1, 9), TEE_ERROR_COMMUNICATION);
	memset(&trouble, 0, sizeof(trouble));
	assert_int_equal(rpmb_open(&fresh), TEE_ERROR_COMMUNICATION);
}

static void at_the_counters_end_nothing_is_sent(void **state)
{
	unsigned int before;

	must_open();
	devices[0].counter = UINT32_MAX;
	rpmb_init();
	must_open();
	before = exchanges;
	assert_int_equal(write_fill(1, 9), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(exchanges, before);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup(test, setup)
	const struct CMUnitTest tests[] = {
		TEST(the_key_is_that_of_the_cid_without_revision_and_checksum),
		TEST(what_was_written_is_read),
		TEST(it_is_opened_once),
		TEST(the_device_with_our_key_is_taken),
		TEST(a_key_is_only_programmed_when_there_is_no_other_way),
		TEST(without_a_device_there_is_none),
		TEST(a_forged_answer_to_a_read_is_not_believed),
		TEST(a_forged_answer_to_a_write_is_cleared_up),
		TEST(a_write_that_was_not_done_is_done_again),
		TEST(lies_without_end_make_it_dead_until_the_next_boot),
		TEST(a_counter_that_jumps_makes_it_dead),
		TEST(silence_leaves_it_in_doubt_and_it_is_found_again),
		TEST(another_device_is_not_taken_in_its_place),
		TEST(errors_without_end_make_it_dead),
		TEST(at_the_counters_end_nothing_is_sent),
	};

	return cmocka_run_group_tests_name("tee/rpmb", tests, NULL, NULL);
}
