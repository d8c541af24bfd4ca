/* Promises of notif.h. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/rpc.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/notif.h"
#include "secure/core/thread.h"

static enum notif_event first_saw[8];
static enum notif_event second_saw[8];
static unsigned int first_count;
static unsigned int second_count;

static void first_notice(enum notif_event event)
{
	first_saw[first_count++] = event;
}

static void second_notice(enum notif_event event)
{
	/* Those who joined before have heard it. */
	assert_int_equal(first_count, second_count + 1);
	second_saw[second_count++] = event;
}

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	thread_init(2);
	notif_init();
	first_count = 0;
	second_count = 0;
	return 0;
}

static int teardown(void **state)
{
	thread_reset();
	return 0;
}

static uint32_t value_new(void)
{
	uint32_t value;

	assert_int_equal(notif_value_alloc(&value), TEE_SUCCESS);
	return value;
}

/* --- Values ---------------------------------------------------------------------------------- */

static void a_user_gets_the_lowest_value_that_is_free(void **state)
{
	assert_int_equal(value_new(), 1);
	assert_int_equal(value_new(), 2);
	assert_int_equal(value_new(), 3);
	notif_value_free(2);
	assert_int_equal(value_new(), 2);
	assert_int_equal(value_new(), 4);
}

static void there_are_63_values_for_users(void **state)
{
	uint32_t value = 77;

	for (uint32_t i = 1; i <= SMC_NOTIF_ASYNC_VALUE_MAX; i++) {
		assert_int_equal(value_new(), i);
	}
	assert_int_equal(notif_value_alloc(&value), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(value, 77);
	notif_value_free(63);
	assert_int_equal(value_new(), 63);
}

/* --- Sending --------------------------------------------------------------------------------- */

static void the_lowest_value_is_drained_first(void **state)
{
	uint32_t value = 77;
	bool pending;

	for (uint32_t i = 1; i <= SMC_NOTIF_ASYNC_VALUE_MAX; i++) {
		value_new();
	}
	notif_enable();
	notif_send(63);
	notif_send(5);
	notif_send(0);
	assert_true(notif_take(&value, &pending));
	assert_int_equal(value, 0);
	assert_true(pending);
	notif_send(4);
	assert_true(notif_take(&value, &pending));
	assert_int_equal(value, 4);
	assert_true(pending);
	assert_true(notif_take(&value, &pending));
	assert_int_equal(value, 5);
	assert_true(pending);
	assert_true(notif_take(&value, &pending));
	assert_int_equal(value, 63);
	assert_false(pending);
	assert_false(notif_take(&value, &pending));
	assert_false(pending);
}

static void sent_twice_before_it_is_drained_is_sent_once(void **state)
{
	uint32_t value = value_new();
	bool pending;

	notif_enable();
	notif_send(value);
	notif_send(value);
	assert_true(notif_take(&value, &pending));
	assert_false(notif_take(&value, &pending));
}

static void each_sending_raises_the_interrupt(void **state)
{
	uint32_t value = value_new();

	notif_enable();
	assert_int_equal(fake.notifications_raised, 0);
	notif_send(value);
	assert_int_equal(fake.notifications_raised, 1);
	notif_send(value);
	assert_int_equal(fake.notifications_raised, 2);
}

static void nothing_is_raised_that_nobody_asked_for(void **state)
{
	uint32_t value = value_new();
	bool pending;

	notif_send(value);
	assert_int_equal(fake.notifications_raised, 0);
	notif_enable();
	assert_int_equal(fake.notifications_raised, 1);
	assert_true(notif_take(&value, &pending));
	notif_stop();
	notif_send(value);
	assert_int_equal(fake.notifications_raised, 1);
	notif_enable();
	assert_int_equal(fake.notifications_raised, 2);
	assert_true(notif_take(&value, &pending));
}

static void a_value_given_back_is_not_sent_any_more(void **state)
{
	uint32_t value = value_new();
	bool pending;

	notif_enable();
	notif_send(value);
	notif_value_free(value);
	assert_false(notif_take(&value, &pending));
	assert_int_equal(value_new(), 1);
	assert_false(notif_take(&value, &pending));
}

/* --- Events ---------------------------------------------------------------------------------- */

static void users_hear_of_each_event_in_the_order_of_joining(void **state)
{
	notif_join(first_notice);
	notif_join(second_notice);
	notif_enable();
	notif_bottom_half();
	notif_stop();
	notif_enable();
	assert_int_equal(second_count, 4);
	assert_int_equal(second_saw[0], NOTIF_STARTED);
	assert_int_equal(second_saw[1], NOTIF_BOTTOM_HALF);
	assert_int_equal(second_saw[2], NOTIF_STOPPED);
	assert_int_equal(second_saw[3], NOTIF_STARTED);
	assert_memory_equal(first_saw, second_saw, sizeof(first_saw[0]) * 4);
}

static void starting_or_stopping_twice_is_doing_it_once(void **state)
{
	notif_join(first_notice);
	notif_stop();
	assert_int_equal(first_count, 0);
	notif_enable();
	notif_enable();
	assert_int_equal(first_count, 1);
	notif_stop();
	notif_stop();
	assert_int_equal(first_count, 2);
}

/* --- Waiting --------------------------------------------------------------------------------- */

static uint32_t waited_value;
static TEE_Result waited;

static void work_wait(void *arg)
{
	waited = notif_wait(waited_value, 1234);
}

static void who_waits_for_a_value_leaves_by_its_number(void **state)
{
	struct fake_call call = { .room = 0 };
	const struct msg_arg *arg;

	waited_value = value_new();
	fake_call_start(&call, work_wait, NULL);
	fake_call_serve_rooms(&call);
	arg = fake_call_request(&call);
	assert_int_equal(arg->cmd, RPC_CMD_NOTIFICATION);
	assert_int_equal(arg->num_params, 1);
	assert_int_equal(arg->params[0].attr, MSG_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(arg->params[0].u.value.a, RPC_NOTIFICATION_WAIT);
	assert_int_equal(arg->params[0].u.value.b, waited_value);
	assert_int_equal(arg->params[0].u.value.c, 1234);
	fake_notify(waited_value);
	fake_call_finish(&call);
	assert_int_equal(waited, TEE_SUCCESS);
}

static void a_wait_ends_with_what_the_normal_world_says(void **state)
{
	struct fake_call call = { .room = 0 };

	waited_value = value_new();
	fake_call_start(&call, work_wait, NULL);
	fake_call_serve_rooms(&call);
	fake_call_request(&call)->ret = TEE_ERROR_TIMEOUT;
	fake_call_resume(&call);
	fake_call_finish(&call);
	assert_int_equal(waited, TEE_ERROR_TIMEOUT);
}

/* --- Bugs of ours ---------------------------------------------------------------------------- */

static void send_what_is_nobodys(void)
{
	notif_init();
	notif_send(1);
}

static void send_what_is_no_value(void)
{
	notif_init();
	notif_send(64);
}

static void free_the_bottom_half(void)
{
	notif_init();
	notif_value_free(0);
}

static void free_twice(void)
{
	notif_init();
	notif_value_free(value_new());
	notif_value_free(1);
}

static void join_too_many(void)
{
	notif_init();
	for (unsigned int i = 0; i <= NOTIF_USERS_MAX; i++) {
		notif_join(first_notice);
	}
}

static const struct fake_panic panics[] = {
	{ "send_what_is_nobodys", send_what_is_nobodys },
	{ "send_what_is_no_value", send_what_is_no_value },
	{ "free_the_bottom_half", free_the_bottom_half },
	{ "free_twice", free_twice },
	{ "join_too_many", join_too_many },
};

static void misuse_panics(void **state)
{
	for (size_t i = 0; i < array_size(panics); i++) {
		fake_panic_expect(panics[i].name, "notif.c");
	}
}

/* --- At once --------------------------------------------------------------------------------- */

#define SENDERS 3u
#define ROUNDS	20000u

static atomic_uint senders_left;

static void *send_often(void *arg)
{
	uint32_t value = (uint32_t)(uintptr_t)arg;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		notif_send(value);
	}
	atomic_fetch_sub(&senders_left, 1);
	return NULL;
}

/* Whatever is sent is seen by a drain that begins later. */
static void nothing_sent_at_once_with_a_drain_is_lost(void **state)
{
	unsigned int taken[SENDERS + 1] = { 0 };
	pthread_t threads[SENDERS];
	bool over = false;
	uint32_t value;
	bool pending;

	notif_enable();
	atomic_store(&senders_left, SENDERS);
	for (uintptr_t i = 0; i < SENDERS; i++) {
		assert_int_equal(value_new(), i + 1);
	}
	for (uintptr_t i = 0; i < SENDERS; i++) {
		pthread_create(&threads[i], NULL, send_often, (void *)(i + 1));
	}
	while (!over) {
		over = atomic_load(&senders_left) == 0;
		while (notif_take(&value, &pending)) {
			assert_in_range(value, 1, SENDERS);
			taken[value]++;
		}
	}
	for (unsigned int i = 0; i < SENDERS; i++) {
		pthread_join(threads[i], NULL);
		assert_in_range(taken[i + 1], 1, ROUNDS);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_user_gets_the_lowest_value_that_is_free),
		TEST(there_are_63_values_for_users),
		TEST(the_lowest_value_is_drained_first),
		TEST(sent_twice_before_it_is_drained_is_sent_once),
		TEST(each_sending_raises_the_interrupt),
		TEST(nothing_is_raised_that_nobody_asked_for),
		TEST(a_value_given_back_is_not_sent_any_more),
		TEST(users_hear_of_each_event_in_the_order_of_joining),
		TEST(starting_or_stopping_twice_is_doing_it_once),
		TEST(who_waits_for_a_value_leaves_by_its_number),
		TEST(a_wait_ends_with_what_the_normal_world_says),
		TEST(misuse_panics),
		TEST(nothing_sent_at_once_with_a_drain_is_lost),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
