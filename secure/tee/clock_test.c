#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/tee/clock.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/session.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

static void (*body)(struct fake_entry *entry);
static uint32_t results[16];
static struct utee_time times[16];

static TEE_Result program(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		body(entry);
	}
	return TEE_SUCCESS;
}

/* What the normal world answers to GET_TIME. */
static struct msg_param_value normal_time;
static TEE_Result normal_result;

static void answer_time(struct msg_arg *reply)
{
	if (reply->cmd == RPC_CMD_GET_TIME) {
		reply->ret = normal_result;
		reply->params[0].u.value = normal_time;
	}
}

/* The sleeps that were asked for. */
static uint64_t sleeps_ms;
static uint64_t sleep_longest_ms;
static unsigned int sleeps_count;
/* Of what it was asked to sleep, the normal world sleeps one part in this. */
static uint64_t sleep_divisor;
static void (*while_asleep)(void);

static void sleep_normally(const struct msg_arg *request)
{
	uint64_t ms = request->params[0].u.value.a;

	if (request->cmd != RPC_CMD_SUSPEND) {
		return;
	}
	sleeps_ms += ms;
	sleeps_count++;
	sleep_longest_ms = ms > sleep_longest_ms ? ms : sleep_longest_ms;
	fake.time_ns += ms * NS_PER_MS / sleep_divisor;
	if (while_asleep != NULL) {
		while_asleep();
	}
}

static int setup(void **state)
{
	fake_client_begin();
	fake_ta_install(1, 0, program);
	fake_ta_install(2, 0, program);
	memset(results, 0x5a, sizeof(results));
	normal.lie = answer_time;
	normal.look = sleep_normally;
	normal_time = (struct msg_param_value){ 0 };
	normal_result = TEE_SUCCESS;
	sleeps_ms = 0;
	sleep_longest_ms = 0;
	sleeps_count = 0;
	sleep_divisor = 1;
	while_asleep = NULL;
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static void run_as(uint32_t ta, void (*what)(struct fake_entry *entry))
{
	uint32_t session = fake_client_open(ta);
	uint32_t origin;

	body = what;
	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_SUCCESS);
	fake_client_close(session);
}

static void get(struct fake_entry *entry, int i, uint64_t category)
{
	memset(fake_scratch_bytes(entry, 0), 0x77, sizeof(times[0]));
	results[i] = fake_syscall(entry, SYSCALL_GET_TIME, category, fake_scratch(entry, 0));
	memcpy(&times[i], fake_scratch_bytes(entry, 0), sizeof(times[0]));
}

static void set(struct fake_entry *entry, int i, uint32_t seconds, uint32_t millis)
{
	const struct utee_time time = { seconds, millis };

	memcpy(fake_scratch_bytes(entry, 0), &time, sizeof(time));
	results[i] = fake_syscall(entry, SYSCALL_SET_TA_TIME, fake_scratch(entry, 0));
}

static void expect_time(int i, uint32_t seconds, uint32_t millis)
{
	assert_int_equal(times[i].seconds, seconds);
	assert_int_equal(times[i].millis, millis);
}

/* --- What time it is -------------------------------------------------------------------------- */

static void get_system(struct fake_entry *entry)
{
	get(entry, 0, UTEE_TIME_CAT_SYSTEM);
	fake.time_ns += 999999;
	get(entry, 1, UTEE_TIME_CAT_SYSTEM);
	fake.time_ns += 1;
	get(entry, 2, UTEE_TIME_CAT_SYSTEM);
}

static void system_time_is_the_cpus_counter(void **state)
{
	fake.time_ns = 7 * NS_PER_S + 654 * NS_PER_MS;
	run_as(1, get_system);
	assert_int_equal(results[0], TEE_SUCCESS);
	expect_time(0, 7, 654);
	expect_time(1, 7, 654);
	expect_time(2, 7, 655);
}

static void get_ree(struct fake_entry *entry)
{
	get(entry, 0, UTEE_TIME_CAT_REE);
}

static void ree_time_is_the_normal_worlds(void **state)
{
	normal_time = (struct msg_param_value){ .a = 1700000000, .b = 123999999, .c = 99 };
	run_as(1, get_ree);
	assert_int_equal(results[0], TEE_SUCCESS);
	expect_time(0, 1700000000, 123);
}

static void ree_time_that_is_none_is_refused(void **state)
{
	normal_time.b = NS_PER_S;
	run_as(1, get_ree);
	assert_int_equal(results[0], TEE_ERROR_COMMUNICATION);
	expect_time(0, 0x77777777, 0x77777777);
	normal_time.b = UINT64_MAX;
	run_as(1, get_ree);
	assert_int_equal(results[0], TEE_ERROR_COMMUNICATION);
	normal_time.b = 0;
	normal_result = TEE_ERROR_BAD_PARAMETERS;
	run_as(1, get_ree);
	assert_int_equal(results[0], TEE_ERROR_BAD_PARAMETERS);
}

static void get_nonsense(struct fake_entry *entry)
{
	get(entry, 0, 3);
	get(entry, 1, UINT64_MAX);
	results[2] = fake_syscall(entry, SYSCALL_GET_TIME, UTEE_TIME_CAT_SYSTEM, 0x1000);
	results[3] = fake_syscall(entry, SYSCALL_SET_TA_TIME, 0x1000);
	results[4] = fake_syscall(entry, SYSCALL_GET_TIME, UTEE_TIME_CAT_SYSTEM, entry->code);
}

static void there_are_three_clocks(void **state)
{
	run_as(1, get_nonsense);
	assert_int_equal(results[0], TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(results[1], TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(results[2], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[3], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[4], TEE_ERROR_ACCESS_DENIED);
}

/* --- A TA's own time -------------------------------------------------------------------------- */

static void get_persistent(struct fake_entry *entry)
{
	get(entry, 0, UTEE_TIME_CAT_TA_PERSISTENT);
}

static void set_and_get(struct fake_entry *entry)
{
	set(entry, 1, 1000, 900);
	get(entry, 2, UTEE_TIME_CAT_TA_PERSISTENT);
	fake.time_ns += 1200 * NS_PER_MS;
	get(entry, 3, UTEE_TIME_CAT_TA_PERSISTENT);
}

static void a_ta_has_a_time_of_its_own_once_it_set_it(void **state)
{
	fake.time_ns = 5000 * NS_PER_S;
	run_as(1, get_persistent);
	assert_int_equal(results[0], TEE_ERROR_TIME_NOT_SET);
	/* Before system time, too. */
	run_as(1, set_and_get);
	assert_int_equal(results[1], TEE_SUCCESS);
	expect_time(2, 1000, 900);
	expect_time(3, 1002, 100);
	/* Other instances of it know the time, other TAs do not. */
	run_as(1, get_persistent);
	assert_int_equal(results[0], TEE_SUCCESS);
	expect_time(0, 1002, 100);
	run_as(2, get_persistent);
	assert_int_equal(results[0], TEE_ERROR_TIME_NOT_SET);
}

static void set_late(struct fake_entry *entry)
{
	set(entry, 0, UINT32_MAX, 999);
	get(entry, 1, UTEE_TIME_CAT_TA_PERSISTENT);
	fake.time_ns += 2 * NS_PER_S;
	get(entry, 2, UTEE_TIME_CAT_TA_PERSISTENT);
}

static void a_time_that_no_longer_fits_overflows_and_wraps(void **state)
{
	run_as(1, set_late);
	assert_int_equal(results[1], TEE_SUCCESS);
	expect_time(1, UINT32_MAX, 999);
	assert_int_equal(results[2], TEE_ERROR_OVERFLOW);
	expect_time(2, 1, 999);
}

static void set_badly(struct fake_entry *entry)
{
	set(entry, 0, 1, 1000);
	set(entry, 1, 1, UINT32_MAX);
	get(entry, 2, UTEE_TIME_CAT_TA_PERSISTENT);
}

static void a_second_has_1000_milliseconds(void **state)
{
	run_as(1, set_badly);
	assert_int_equal(results[0], TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(results[1], TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(results[2], TEE_ERROR_TIME_NOT_SET);
}

/* --- Waiting ---------------------------------------------------------------------------------- */

static uint32_t wait_ms;
static bool unmasks;

static void wait_once(struct fake_entry *entry)
{
	if (unmasks) {
		fake_syscall(entry, SYSCALL_UNMASK_CANCELLATION, fake_scratch(entry, 0));
	}
	results[0] = fake_syscall(entry, SYSCALL_WAIT, wait_ms);
}

static void wait_for(uint32_t ms)
{
	wait_ms = ms;
	run_as(1, wait_once);
}

static void a_wait_is_asked_of_the_normal_world_in_slices(void **state)
{
	wait_for(120);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(sleeps_ms, 120);
	assert_int_equal(sleeps_count, 3);
	assert_int_equal(sleep_longest_ms, CLOCK_WAIT_SLICE_MS);
	wait_for(0);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(sleeps_count, 3);
}

static void a_normal_world_that_wakes_early_is_asked_again(void **state)
{
	uint64_t begin = fake.time_ns;

	sleep_divisor = 7;
	wait_for(100);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_true(fake.time_ns - begin >= 100 * NS_PER_MS);
	assert_true(sleeps_ms > 100);
}

static void a_normal_world_that_oversleeps_is_not_asked_again(void **state)
{
	while_asleep = NULL;
	fake.time_ns = NS_PER_S;
	sleep_divisor = 1;
	wait_for(40);
	assert_int_equal(sleeps_count, 1);
}

static unsigned int cancel_at;

static void cancel_the_session(void)
{
	if (sleeps_count == cancel_at) {
		/* The request that is being answered is in another page. */
		fake_client_cancel(1);
	}
}

static void a_ta_that_waits_unmasked_is_cancelled(void **state)
{
	unmasks = true;
	cancel_at = 2;
	while_asleep = cancel_the_session;
	wait_for(SESSION_TIMEOUT_NONE);
	assert_int_equal(results[0], TEE_ERROR_CANCEL);
	assert_int_equal(sleeps_count, 2);
	wait_for(10000);
	/* Of a wait that was not cancelled in time, the flag is not seen again. */
	assert_int_equal(results[0], TEE_SUCCESS);
}

static void a_ta_that_waits_masked_is_not(void **state)
{
	unmasks = false;
	cancel_at = 2;
	while_asleep = cancel_the_session;
	wait_for(200);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(sleeps_ms, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(system_time_is_the_cpus_counter),
		TEST(ree_time_is_the_normal_worlds),
		TEST(ree_time_that_is_none_is_refused),
		TEST(there_are_three_clocks),
		TEST(a_ta_has_a_time_of_its_own_once_it_set_it),
		TEST(a_time_that_no_longer_fits_overflows_and_wraps),
		TEST(a_second_has_1000_milliseconds),
		TEST(a_wait_is_asked_of_the_normal_world_in_slices),
		TEST(a_normal_world_that_wakes_early_is_asked_again),
		TEST(a_normal_world_that_oversleeps_is_not_asked_again),
		TEST(a_ta_that_waits_unmasked_is_cancelled),
		TEST(a_ta_that_waits_masked_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
