#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/notif.h"

struct waiter {
	struct driver *driver;
	uint64_t key;
	uint64_t timeout_ms;
	uint32_t result;
	struct fake_task *task;
};

static void waiter_run(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = driver_notif_wait(waiter->driver, waiter->key, waiter->timeout_ms);
}

static void waiter_start(struct waiter *waiter)
{
	waiter->task = fake_task_start(waiter_run, waiter);
}

static uint32_t waiter_result(struct waiter *waiter)
{
	fake_task_join(waiter->task);
	return waiter->result;
}

static void a_token_that_came_first_is_taken_at_once(void **state)
{
	struct driver *driver = fake_driver();

	assert_int_equal(driver_notif_send(driver, 5), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 5, 0), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void a_key_holds_one_token(void **state)
{
	struct driver *driver = fake_driver();

	fake_time_flies(true);
	assert_int_equal(driver_notif_send(driver, 5), TEE_SUCCESS);
	assert_int_equal(driver_notif_send(driver, 5), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 5, 10), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 5, 10), TEE_ERROR_TIMEOUT);
	fake_driver_end(driver);
}

static void a_token_wakes_the_one_who_waits_for_its_key(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter one = { driver, 1, 0 };
	struct waiter two = { driver, 65, 0 };

	waiter_start(&one);
	waiter_start(&two);
	fake_wait_asleep(2);
	assert_int_equal(driver_notif_send(driver, 65), TEE_SUCCESS);
	assert_int_equal(waiter_result(&two), TEE_SUCCESS);
	assert_int_equal(driver_notif_send(driver, 1), TEE_SUCCESS);
	assert_int_equal(waiter_result(&one), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void a_token_that_woke_somebody_is_gone(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter waiter = { driver, 7, 0 };

	waiter_start(&waiter);
	fake_wait_asleep(1);
	assert_int_equal(driver_notif_send(driver, 7), TEE_SUCCESS);
	assert_int_equal(waiter_result(&waiter), TEE_SUCCESS);
	fake_time_flies(true);
	assert_int_equal(driver_notif_wait(driver, 7, 1), TEE_ERROR_TIMEOUT);
	fake_driver_end(driver);
}

static void the_second_who_waits_for_a_key_is_refused(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter waiter = { driver, 7, 0 };

	waiter_start(&waiter);
	fake_wait_asleep(1);
	assert_int_equal(driver_notif_wait(driver, 7, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(driver_notif_send(driver, 7), TEE_SUCCESS);
	assert_int_equal(waiter_result(&waiter), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void the_largest_key_is_a_key_and_the_next_is_not(void **state)
{
	struct driver *driver = fake_driver();

	assert_int_equal(driver_notif_send(driver, 255), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 255, 0), TEE_SUCCESS);
	assert_int_equal(driver_notif_send(driver, 256), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(driver_notif_wait(driver, 256, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(driver_notif_send(driver, UINT64_MAX), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(driver_notif_wait(driver, 1ull << 32, 0), TEE_ERROR_BAD_PARAMETERS);
	fake_driver_end(driver);
}

static void the_secure_world_says_how_large_keys_are(void **state)
{
	struct driver *driver;

	fake_secure.capabilities |= SMC_SEC_CAP_ASYNC_NOTIF;
	fake_secure.key_max = 68;
	driver = fake_driver();
	assert_int_equal(driver_notif_send(driver, 68), TEE_SUCCESS);
	assert_int_equal(driver_notif_send(driver, 69), TEE_ERROR_BAD_PARAMETERS);
	fake_driver_end(driver);
}

static void a_time_out_is_one_of_milliseconds(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter waiter = { driver, 3, 250 };

	waiter_start(&waiter);
	fake_wait_asleep(1);
	fake_time_advance(249);
	fake_wait_asleep(1);
	fake_time_advance(1);
	assert_int_equal(waiter_result(&waiter), TEE_ERROR_TIMEOUT);
	fake_driver_end(driver);
}

static void a_time_out_leaves_no_one_behind(void **state)
{
	struct driver *driver = fake_driver();

	fake_time_flies(true);
	assert_int_equal(driver_notif_wait(driver, 3, UINT64_MAX), TEE_ERROR_TIMEOUT);
	assert_int_equal(driver_notif_send(driver, 3), TEE_SUCCESS);
	assert_int_equal(driver_notif_wait(driver, 3, 1), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void a_kill_does_not_end_the_wait_for_a_lock(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter waiter = { driver, 3, 0 };

	waiter_start(&waiter);
	fake_wait_asleep(1);
	fake_task_kill(waiter.task);
	fake_wait_asleep(1);
	assert_int_equal(driver_notif_send(driver, 3), TEE_SUCCESS);
	assert_int_equal(waiter_result(&waiter), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void the_end_of_the_secure_world_wakes_all(void **state)
{
	struct driver *driver = fake_driver();
	struct waiter one = { driver, 1, 0 };
	struct waiter two = { driver, 2, 1000 };

	waiter_start(&one);
	waiter_start(&two);
	fake_wait_asleep(2);
	driver_dead(driver);
	assert_int_equal(waiter_result(&one), TEE_ERROR_COMMUNICATION);
	assert_int_equal(waiter_result(&two), TEE_ERROR_COMMUNICATION);
	assert_int_equal(driver_notif_wait(driver, 1, 0), TEE_ERROR_COMMUNICATION);
	fake_driver_end(driver);
}

/* --- What the secure world sends unasked ------------------------------------------------------ */

/* A driver that was told what the fake secure world tells by default, and of notifications. */
static struct driver *notified_driver(void)
{
	fake_secure.capabilities |= SMC_SEC_CAP_ASYNC_NOTIF;
	fake_secure.key_max = 68;
	return fake_driver();
}

static unsigned int bottom_halves(struct driver *driver)
{
	struct driver_census census;

	driver_census(driver, &census);
	return census.bottom_halves;
}

/* covers: SMC_ENABLE_ASYNC_NOTIF MSG_CMD_STOP_ASYNC_NOTIF */
static void notifications_are_asked_for_only_where_they_are(void **state)
{
	struct driver *driver = fake_driver();

	assert_false(fake_secure.notifying);
	fake_driver_end(driver);
	fake_setup(NULL);
	driver = notified_driver();
	assert_true(fake_secure.notifying);
	fake_driver_end(driver);
	assert_false(fake_secure.notifying);
}

static void a_secure_world_that_refuses_to_notify_is_not_asked_again(void **state)
{
	struct driver *driver;
	size_t smcs;

	fake_secure.enable_result = SMC_UNKNOWN_FUNCTION;
	driver = notified_driver();
	smcs = fake_secure_smcs();
	driver_interrupt(driver);
	assert_int_equal(fake_secure_smcs(), smcs);
	fake_secure.notifying = true;
	fake_driver_end(driver);
	/* Nor told to stop. */
	assert_true(fake_secure.notifying);
}

/* covers: SMC_GET_ASYNC_NOTIF_VALUE */
static void an_interrupt_wakes_who_waits_for_what_is_pending(void **state)
{
	struct driver *driver = notified_driver();
	struct waiter one = { driver, 1, 0 };
	struct waiter last = { driver, 63, 0 };
	struct driver_census census;

	waiter_start(&one);
	waiter_start(&last);
	fake_wait_asleep(2);
	driver_census(driver, &census);
	assert_int_equal(census.notifications, 2);
	fake_secure_post(1);
	fake_secure_post(63);
	driver_interrupt(driver);
	assert_int_equal(waiter_result(&one), TEE_SUCCESS);
	assert_int_equal(waiter_result(&last), TEE_SUCCESS);
	driver_census(driver, &census);
	assert_int_equal(census.notifications, 0);
	fake_driver_end(driver);
}

static void what_nobody_waits_for_yet_is_kept(void **state)
{
	struct driver *driver = notified_driver();

	fake_secure_post(7);
	driver_interrupt(driver);
	assert_int_equal(driver_notif_wait(driver, 7, 0), TEE_SUCCESS);
	fake_driver_end(driver);
}

static void an_interrupt_for_nothing_is_nothing(void **state)
{
	struct driver *driver = notified_driver();

	driver_interrupt(driver);
	assert_int_equal(fake_secure_calls(), 0);
	fake_driver_end(driver);
}

static void notifications_without_end_are_cut_off(void **state)
{
	struct driver *driver = notified_driver();
	size_t smcs = fake_secure_smcs();

	fake_secure.endless = true;
	driver_interrupt(driver);
	assert_int_equal(fake_secure_smcs() - smcs, NOTIF_TAKEN_MAX);
	fake_secure.endless = false;
	fake_driver_end(driver);
}

static atomic_uint halves;

static enum fake_stop count_half(struct fake_thread *thread)
{
	atomic_fetch_add(&halves, 1);
	return FAKE_DONE;
}

static enum fake_stop stand_in_half(struct fake_thread *thread)
{
	fake_inside();
	return count_half(thread);
}

/* covers: MSG_CMD_DO_BOTTOM_HALF */
static void value_0_runs_the_bottom_half_in_a_task_of_its_own(void **state)
{
	struct driver *driver = notified_driver();

	atomic_store(&halves, 0);
	fake_secure.bottom_half = stand_in_half;
	fake_secure_post(0);
	driver_interrupt(driver);
	fake_wait_inside();
	assert_int_equal(bottom_halves(driver), 1);
	assert_int_equal(atomic_load(&halves), 0);
	fake_go_on();
	/* Removal waits for it. */
	driver_remove(driver);
	assert_int_equal(fake_os_blocks(), 0);
	assert_int_equal(atomic_load(&halves), 1);
}

static void a_bottom_half_wanted_while_one_runs_runs_after_it(void **state)
{
	struct driver *driver = notified_driver();

	atomic_store(&halves, 0);
	fake_secure.bottom_half = stand_in_half;
	fake_secure_post(0);
	driver_interrupt(driver);
	fake_wait_inside();
	/* Twice, but it is owed only once. */
	fake_secure_post(0);
	driver_interrupt(driver);
	fake_secure_post(0);
	driver_interrupt(driver);
	fake_go_on();
	fake_wait_inside();
	assert_int_equal(atomic_load(&halves), 1);
	fake_go_on();
	while (bottom_halves(driver) > 0) {
		sched_yield();
	}
	assert_int_equal(atomic_load(&halves), 2);
	fake_driver_end(driver);
}

static void a_bottom_half_that_there_was_no_memory_for_stays_owed(void **state)
{
	struct driver *driver = notified_driver();

	atomic_store(&halves, 0);
	fake_secure.bottom_half = count_half;
	fake_secure_post(0);
	fake_os_fail(1);
	driver_interrupt(driver);
	assert_int_equal(bottom_halves(driver), 0);
	assert_int_equal(atomic_load(&halves), 0);
	driver_interrupt(driver);
	while (bottom_halves(driver) > 0) {
		sched_yield();
	}
	assert_int_equal(atomic_load(&halves), 1);
	fake_driver_end(driver);
}

static void the_end_of_the_secure_world_ends_notifications(void **state)
{
	struct driver *driver = notified_driver();
	size_t smcs;

	driver_dead(driver);
	smcs = fake_secure_smcs();
	fake_secure_post(0);
	driver_interrupt(driver);
	assert_int_equal(fake_secure_smcs(), smcs);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_smcs(), smcs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_token_that_came_first_is_taken_at_once),
		promise(a_key_holds_one_token),
		promise(a_token_wakes_the_one_who_waits_for_its_key),
		promise(a_token_that_woke_somebody_is_gone),
		promise(the_second_who_waits_for_a_key_is_refused),
		promise(the_largest_key_is_a_key_and_the_next_is_not),
		promise(the_secure_world_says_how_large_keys_are),
		promise(a_time_out_is_one_of_milliseconds),
		promise(a_time_out_leaves_no_one_behind),
		promise(a_kill_does_not_end_the_wait_for_a_lock),
		promise(the_end_of_the_secure_world_wakes_all),
		promise(notifications_are_asked_for_only_where_they_are),
		promise(a_secure_world_that_refuses_to_notify_is_not_asked_again),
		promise(an_interrupt_wakes_who_waits_for_what_is_pending),
		promise(what_nobody_waits_for_yet_is_kept),
		promise(an_interrupt_for_nothing_is_nothing),
		promise(notifications_without_end_are_cut_off),
		promise(value_0_runs_the_bottom_half_in_a_task_of_its_own),
		promise(a_bottom_half_wanted_while_one_runs_runs_after_it),
		promise(a_bottom_half_that_there_was_no_memory_for_stays_owed),
		promise(the_end_of_the_secure_world_ends_notifications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
