#include <setjmp.h>
#include <stdarg.h>
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
