/* Promises of normal/rpmb/device.h: what an eMMC's RPMB does, and the faults that can be ordered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "normal/rpmb/device.h"
#include "normal/rpmb/frame.h"
#include "normal/rpmb/host.h"

#define BLOCKS 512u
#define REL_WR 2u

static struct rpmb_device *device;
static bool store_fails;
static unsigned int stored;

static bool store(void *arg, const struct rpmb_state *state)
{
	(void)arg;
	(void)state;
	stored++;
	return !store_fails;
}

static int setup(void **state)
{
	const struct rpmb_geometry geometry = { { 1, 2, 3 }, 1, REL_WR };

	(void)state;
	store_fails = false;
	stored = 0;
	device = rpmb_device_new(&geometry, store, NULL);
	assert_non_null(device);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rpmb_device_free(device);
	return 0;
}

static struct rpmb_frame exchange(const struct rpmb_frame *request, size_t count)
{
	struct rpmb_frame response;

	assert_int_equal(rpmb_device_exchange(device, request, count, &response, 1), 0);
	return response;
}

static uint16_t program_key(void)
{
	struct rpmb_frame request = host_key_program();
	struct rpmb_frame response = exchange(&request, 1);

	assert_int_equal(host_type(&response), RPMB_MSG_KEY_PROGRAM_RESPONSE);
	return host_result(&response);
}

static uint32_t counter_now(void)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response = exchange(&request, 1);

	assert_int_equal(host_type(&response), RPMB_MSG_READ_COUNTER_RESPONSE);
	assert_int_equal(host_result(&response) & RPMB_RESULT_MASK, RPMB_RESULT_OK);
	assert_true(host_trusts(&response, 1));
	assert_memory_equal(response.nonce, request.nonce, sizeof(response.nonce));
	return host_counter(&response);
}

/* The result of a write of `count` blocks. */
static uint16_t write_blocks(uint16_t address, uint32_t counter, uint8_t fill, size_t count)
{
	struct rpmb_frame frames[2 * REL_WR + 1];
	struct rpmb_frame response;

	host_write(frames, count, address, counter, fill);
	response = exchange(frames, count);
	assert_int_equal(host_type(&response), RPMB_MSG_WRITE_RESPONSE);
	assert_int_equal(load_be16(response.address), address);
	return host_result(&response);
}

static uint8_t block_byte(uint16_t address)
{
	struct rpmb_frame request = host_read(address);
	struct rpmb_frame response = exchange(&request, 1);

	assert_int_equal(host_type(&response), RPMB_MSG_READ_RESPONSE);
	assert_int_equal(host_result(&response), RPMB_RESULT_OK);
	assert_true(host_trusts(&response, 1));
	assert_memory_equal(response.nonce, request.nonce, sizeof(response.nonce));
	return response.data[0];
}

/* --- the key --- */

static void without_a_key_nothing_goes(void **state)
{
	struct rpmb_frame read = host_read(0);
	struct rpmb_frame counter = host_read_counter();
	struct rpmb_frame response;

	response = exchange(&read, 1);
	assert_int_equal(host_result(&response), RPMB_RESULT_NO_KEY);
	response = exchange(&counter, 1);
	assert_int_equal(host_result(&response), RPMB_RESULT_NO_KEY);
	assert_int_equal(write_blocks(0, 0, 1, 1), RPMB_RESULT_NO_KEY);
	assert_int_equal(stored, 0);
}

static void a_key_is_programmed_once(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(program_key(), RPMB_RESULT_GENERAL);
	assert_int_equal(stored, 1);
	assert_int_equal(counter_now(), 0);
}

static void a_key_that_could_not_be_kept_is_not_there(void **state)
{
	store_fails = true;
	assert_int_equal(program_key(), RPMB_RESULT_WRITE);
	store_fails = false;
	assert_int_equal(program_key(), RPMB_RESULT_OK);
}

/* --- writes and reads --- */

static void what_was_written_is_read(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(7, 0, 0x31, 1), RPMB_RESULT_OK);
	assert_int_equal(counter_now(), 1);
	assert_int_equal(block_byte(7), 0x31);
	assert_int_equal(block_byte(6), 0);
	assert_int_equal(block_byte(8), 0);
}

static void a_reliable_write_is_one_write(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(BLOCKS - 4, 0, 0x31, 2 * REL_WR), RPMB_RESULT_OK);
	assert_int_equal(counter_now(), 1);
	assert_int_equal(block_byte(BLOCKS - 1), 0x34);
	assert_int_equal(write_blocks(0, 1, 0x31, 2 * REL_WR + 1), RPMB_RESULT_GENERAL);
	assert_int_equal(counter_now(), 1);
	assert_int_equal(stored, 2);
}

static void many_blocks_are_read_at_once(void **state)
{
	struct rpmb_frame request = host_read(5);
	struct rpmb_frame response[3];

	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(5, 0, 0x31, 2), RPMB_RESULT_OK);
	assert_int_equal(rpmb_device_exchange(device, &request, 1, response, 3), 0);
	assert_true(host_trusts(response, 3));
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(host_result(&response[i]), RPMB_RESULT_OK);
		assert_int_equal(load_be16(response[i].block_count), 3);
		assert_int_equal(response[i].data[9], i < 2 ? 0x31 + i : 0);
	}
}

static void a_wrong_mac_writes_nothing(void **state)
{
	struct rpmb_frame frame;
	struct rpmb_frame response;

	assert_int_equal(program_key(), RPMB_RESULT_OK);
	host_write(&frame, 1, 0, 0, 1);
	frame.data[200] ^= 1;
	response = exchange(&frame, 1);
	assert_int_equal(host_result(&response), RPMB_RESULT_AUTH);
	assert_true(host_trusts(&response, 1));
	assert_int_equal(counter_now(), 0);
	assert_int_equal(block_byte(0), 0);
}

static void a_stale_or_early_counter_writes_nothing(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(0, 0, 1, 1), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(0, 0, 2, 1), RPMB_RESULT_COUNTER);
	assert_int_equal(write_blocks(0, 2, 2, 1), RPMB_RESULT_COUNTER);
	assert_int_equal(block_byte(0), 1);
	assert_int_equal(counter_now(), 1);
}

static void beyond_the_end_is_an_address_error(void **state)
{
	struct rpmb_frame request = host_read(BLOCKS - 1);
	struct rpmb_frame response[2];

	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(BLOCKS, 0, 1, 1), RPMB_RESULT_ADDRESS);
	assert_int_equal(write_blocks(BLOCKS - 1, 0, 1, 2), RPMB_RESULT_ADDRESS);
	assert_int_equal(rpmb_device_exchange(device, &request, 1, response, 2), 0);
	assert_int_equal(host_result(&response[0]), RPMB_RESULT_ADDRESS);
	assert_true(bytes_are_zero(response[0].data, sizeof(response[0].data)));
	assert_int_equal(block_byte(BLOCKS - 1), 0);
}

static void a_block_count_that_lies_writes_nothing(void **state)
{
	struct rpmb_frame frames[2];
	struct rpmb_frame response;

	assert_int_equal(program_key(), RPMB_RESULT_OK);
	host_write(frames, 2, 0, 0, 1);
	store_be16(frames[0].block_count, 1);
	host_sign(frames, 2);
	response = exchange(frames, 2);
	assert_int_equal(host_result(&response), RPMB_RESULT_GENERAL);
	assert_int_equal(counter_now(), 0);
}

static void at_the_counters_end_there_is_no_write_any_more(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	rpmb_device_counter_set(device, UINT32_MAX - 1);
	assert_int_equal(write_blocks(0, UINT32_MAX - 1, 1, 1),
			 RPMB_RESULT_COUNTER_EXPIRED | RPMB_RESULT_OK);
	assert_int_equal(write_blocks(0, UINT32_MAX, 2, 1),
			 RPMB_RESULT_COUNTER_EXPIRED | RPMB_RESULT_WRITE);
	assert_int_equal(counter_now(), UINT32_MAX);
}

static void what_could_not_be_kept_was_not_written(void **state)
{
	assert_int_equal(program_key(), RPMB_RESULT_OK);
	store_fails = true;
	assert_int_equal(write_blocks(0, 0, 1, 1), RPMB_RESULT_WRITE);
	assert_int_equal(counter_now(), 0);
	assert_int_equal(block_byte(0), 0);
}

/* --- the bus --- */

static void the_result_is_read_after_it_was_asked_for(void **state)
{
	struct rpmb_frame key = host_key_program();
	struct rpmb_frame result = host_result_read();
	struct rpmb_frame response[2];

	assert_int_equal(rpmb_device_read(device, response, 1), -EIO);
	assert_int_equal(rpmb_device_write(device, &key, 1), 0);
	assert_int_equal(rpmb_device_read(device, response, 1), -EIO);
	assert_int_equal(rpmb_device_write(device, &result, 1), 0);
	assert_int_equal(rpmb_device_read(device, response, 2), -EIO);
	assert_int_equal(rpmb_device_read(device, response, 1), 0);
	assert_int_equal(host_type(response), RPMB_MSG_KEY_PROGRAM_RESPONSE);
}

static void only_exchanges_are_exchanged(void **state)
{
	struct rpmb_frame request[2] = { host_read_counter(), host_read_counter() };
	struct rpmb_frame response[2];

	assert_int_equal(rpmb_device_exchange(device, request, 0, response, 1), -EINVAL);
	assert_int_equal(rpmb_device_exchange(device, request, 2, response, 1), -EINVAL);
	assert_int_equal(rpmb_device_exchange(device, request, 1, response, 0), -EINVAL);
	assert_int_equal(rpmb_device_exchange(device, request, 1, response, 2), -EINVAL);
	request[0] = host_read(0);
	assert_int_equal(rpmb_device_exchange(device, request, 1, response, 0), -EINVAL);
	host_write(request, 2, 0, 0, 0);
	assert_int_equal(rpmb_device_exchange(device, request, 2, response, 2), -EINVAL);
	request[1] = host_read(0);
	assert_int_equal(rpmb_device_exchange(device, request, 2, response, 1), -EINVAL);
	request[0] = host_result_read();
	assert_int_equal(rpmb_device_exchange(device, request, 1, response, 1), -ENOTSUP);
	store_be16(request[0].msg_type, 0x77);
	assert_int_equal(rpmb_device_exchange(device, request, 1, response, 1), -ENOTSUP);
	assert_int_equal(rpmb_device_exchanges(device), 0);
}

/* --- faults --- */

static void order(enum rpmb_fault_kind kind)
{
	const struct rpmb_fault fault = { kind, rpmb_device_exchanges(device) + 1 };

	assert_true(rpmb_device_fault(device, &fault));
}

/* A write under a fault; what the exchange says. */
static int faulty_write(enum rpmb_fault_kind kind, struct rpmb_frame *response)
{
	struct rpmb_frame frame;

	assert_int_equal(program_key(), RPMB_RESULT_OK);
	assert_int_equal(write_blocks(0, 0, 1, 1), RPMB_RESULT_OK);
	host_write(&frame, 1, 0, 1, 2);
	order(kind);
	return rpmb_device_exchange(device, &frame, 1, response, 1);
}

static void a_lost_request_does_nothing(void **state)
{
	struct rpmb_frame response;

	assert_int_equal(faulty_write(RPMB_FAULT_LOSE_REQUEST, &response), -EIO);
	assert_int_equal(counter_now(), 1);
	assert_int_equal(block_byte(0), 1);
}

static void a_lost_answer_was_done(void **state)
{
	struct rpmb_frame response;

	assert_int_equal(faulty_write(RPMB_FAULT_LOSE_ANSWER, &response), -EIO);
	assert_true(bytes_are_zero(&response, sizeof(response)));
	assert_int_equal(counter_now(), 2);
	assert_int_equal(block_byte(0), 2);
}

static void a_replay_gives_the_answer_before(void **state)
{
	struct rpmb_frame response;

	assert_int_equal(faulty_write(RPMB_FAULT_REPLAY, &response), 0);
	assert_true(host_trusts(&response, 1));
	assert_int_equal(host_counter(&response), 1);
	assert_int_equal(counter_now(), 2);
}

static void a_failing_device_says_so_and_signs_it(void **state)
{
	struct rpmb_frame read = host_read(0);
	struct rpmb_frame response;

	assert_int_equal(faulty_write(RPMB_FAULT_FAIL, &response), 0);
	assert_int_equal(host_result(&response), RPMB_RESULT_WRITE);
	assert_true(host_trusts(&response, 1));
	order(RPMB_FAULT_FAIL);
	response = exchange(&read, 1);
	assert_int_equal(host_result(&response), RPMB_RESULT_READ);
	assert_true(host_trusts(&response, 1));
	assert_int_equal(block_byte(0), 1);
}

static void power_goes_before_a_write_or_after_it(void **state)
{
	struct rpmb_frame request = host_read_counter();
	struct rpmb_frame response;

	assert_int_equal(faulty_write(RPMB_FAULT_CUT_BEFORE, &response), -EIO);
	assert_int_equal(rpmb_device_exchange(device, &request, 1, &response, 1), -EIO);
	assert_int_equal(rpmb_device_write(device, &request, 1), -EIO);
	rpmb_device_restart(device);
	assert_int_equal(counter_now(), 1);
	order(RPMB_FAULT_CUT_AFTER);
	{
		struct rpmb_frame frame;

		host_write(&frame, 1, 0, 1, 2);
		assert_int_equal(rpmb_device_exchange(device, &frame, 1, &response, 1), -EIO);
	}
	rpmb_device_restart(device);
	assert_int_equal(counter_now(), 2);
	assert_int_equal(block_byte(0), 2);
}

static void only_so_many_faults_can_be_ordered(void **state)
{
	for (size_t i = 0; i < RPMB_FAULTS_MAX; i++) {
		order(RPMB_FAULT_LOSE_ANSWER);
	}
	assert_false(rpmb_device_fault(device, &(struct rpmb_fault){ RPMB_FAULT_FAIL, 9 }));
}

static void impossible_devices_are_not_made(void **state)
{
	assert_null(rpmb_device_new(&(struct rpmb_geometry){ { 0 }, 0, 1 }, NULL, NULL));
	assert_null(rpmb_device_new(&(struct rpmb_geometry){ { 0 }, 1, 0 }, NULL, NULL));
	assert_null(rpmb_device_new(&(struct rpmb_geometry){ { 0 }, RPMB_SIZE_MULT_MAX + 1, 1 },
				    NULL, NULL));
}

int main(void)
{
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_DEVICE(without_a_key_nothing_goes),
		WITH_DEVICE(a_key_is_programmed_once),
		WITH_DEVICE(a_key_that_could_not_be_kept_is_not_there),
		WITH_DEVICE(what_was_written_is_read),
		WITH_DEVICE(a_reliable_write_is_one_write),
		WITH_DEVICE(many_blocks_are_read_at_once),
		WITH_DEVICE(a_wrong_mac_writes_nothing),
		WITH_DEVICE(a_stale_or_early_counter_writes_nothing),
		WITH_DEVICE(beyond_the_end_is_an_address_error),
		WITH_DEVICE(a_block_count_that_lies_writes_nothing),
		WITH_DEVICE(at_the_counters_end_there_is_no_write_any_more),
		WITH_DEVICE(what_could_not_be_kept_was_not_written),
		WITH_DEVICE(the_result_is_read_after_it_was_asked_for),
		WITH_DEVICE(only_exchanges_are_exchanged),
		WITH_DEVICE(a_lost_request_does_nothing),
		WITH_DEVICE(a_lost_answer_was_done),
		WITH_DEVICE(a_replay_gives_the_answer_before),
		WITH_DEVICE(a_failing_device_says_so_and_signs_it),
		WITH_DEVICE(power_goes_before_a_write_or_after_it),
		WITH_DEVICE(only_so_many_faults_can_be_ordered),
		WITH_DEVICE(impossible_devices_are_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
