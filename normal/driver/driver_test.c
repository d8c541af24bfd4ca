#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/driver.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"

/* --- Probing --------------------------------------------------------------------------------- */

static void assert_refused(int error)
{
	struct driver *driver;

	assert_int_equal(driver_probe(DRIVER_SMC, &driver), error);
	assert_int_equal(fake_os_blocks(), 0);
}

static void another_secure_world_is_not_ours(void **state)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		fake_secure.uid[i]++;
		assert_refused(-ENODEV);
		fake_secure.uid[i]--;
	}
	fake_secure.revision = 1;
	assert_refused(-ENODEV);
	fake_secure.revision = 3;
	assert_refused(-ENODEV);
}

static void no_secure_world_is_not_ours(void **state)
{
	fake_secure_die();
	assert_refused(-ENODEV);
}

static void capabilities_that_cannot_be_used_are_refused(void **state)
{
	fake_secure.capabilities_result = SMC_ENOTAVAIL;
	assert_refused(-EINVAL);
	fake_secure_reset();
	fake_secure.capabilities &= ~SMC_SEC_CAP_DYNAMIC_SHM;
	assert_refused(-EINVAL);
	fake_secure.capabilities |= SMC_SEC_CAP_HAVE_RESERVED_SHM;
	assert_refused(-EINVAL);
	fake_secure_reset();
	fake_secure.rpc_params = 9;
	assert_refused(-EINVAL);
	fake_secure.rpc_params = 255;
	assert_refused(-EINVAL);
	fake_secure_reset();
	fake_secure.capabilities |= SMC_SEC_CAP_ASYNC_NOTIF;
	fake_secure.key_max = 4096;
	assert_refused(-EINVAL);
	fake_secure.key_max = UINT32_MAX;
	assert_refused(-EINVAL);
}

static void no_memory_is_an_error_and_leaks_nothing(void **state)
{
	fake_os_fail(1);
	assert_refused(-ENOMEM);
	fake_os_fail(2);
	assert_refused(-ENOMEM);
}

static void a_fresh_driver_holds_nothing(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_census census;

	driver_census(driver, &census);
	assert_int_equal(census.threads, 4);
	assert_int_equal(census.threads_busy, 0);
	assert_int_equal(census.files, 0);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(census.shm_bytes, 0);
	assert_int_equal(fake_secure_calls(), 0);
	fake_driver_end(driver);
}

static void an_unknown_number_of_threads_is_none(void **state)
{
	struct driver_census census;
	struct driver *driver;

	fake_secure.threads_claimed = 0;
	driver = fake_driver();
	driver_census(driver, &census);
	assert_int_equal(census.threads, 0);
	fake_driver_end(driver);
}

/* --- The cache of request memory ------------------------------------------------------------- */

static void what_a_driver_before_left_in_the_cache_is_not_touched(void **state)
{
	fake_secure.stale_cookies = 20;
	fake_driver_end(fake_driver());
	assert_int_equal(fake_secure.stale_cookies, 0);
}

static void a_cache_that_never_ends_is_not_believed(void **state)
{
	fake_secure.stale_cookies = UINT64_MAX;
	fake_driver_end(fake_driver());
}

static void the_cache_is_used_only_without_rpc_room(void **state)
{
	struct driver *driver = fake_driver();

	assert_false(fake_secure.cache);
	fake_driver_end(driver);
	fake_setup(NULL);
	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	driver = fake_driver();
	assert_true(fake_secure.cache);
	fake_driver_end(driver);
	assert_false(fake_secure.cache);
}

static void a_busy_cache_is_asked_again(void **state)
{
	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	fake_secure.cache_busy = 3;
	fake_driver_end(fake_driver());
	assert_int_equal(fake_secure.cache_busy, 0);
	fake_secure.cache_busy = UINT_MAX;
	fake_driver_end(fake_driver());
	assert_false(fake_secure.cache);
}

/* --- Removal --------------------------------------------------------------------------------- */

static void removal_gives_back_the_pages_of_messages(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);

	client_session(file);
	driver_release(file);
	assert_int_equal(fake_secure_registered(), 1);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_registered(), 0);
}

static enum fake_stop keep_memory(struct fake_thread *thread)
{
	const struct msg_param param =
		fake_value(MSG_ATTR_TYPE_VALUE_INPUT, RPC_SHM_TYPE_KERNEL, 1, 8);

	if (thread->step == 0) {
		return fake_request(thread, RPC_CMD_SHM_ALLOC, 1, &param);
	}
	return fake_done(thread, fake_reply(thread)->ret, MSG_ORIGIN_TEE);
}

static void removal_gives_back_what_the_secure_world_kept(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct driver_census census;
	struct outcome outcome;

	fake_secure.invoke = keep_memory;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	driver_release(file);
	driver_census(driver, &census);
	assert_int_equal(census.shm_kernel, 1);
	fake_driver_end(driver);
}

/* --- The end of the secure world ------------------------------------------------------------- */

static void without_a_secure_world_nothing_opens(void **state)
{
	const struct driver_credentials nobody = { .pid = 1 };
	struct driver *driver = fake_driver();
	struct driver_file *file;

	driver_dead(driver);
	assert_int_equal(driver_open(driver, DRIVER_TEE, &nobody, &file), -ENODEV);
	assert_int_equal(driver_open(driver, DRIVER_TEEPRIV, &nobody, &file), -ENODEV);
	fake_driver_end(driver);
}

static void without_a_secure_world_nothing_is_sent_and_all_is_given_back(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct driver_census census;
	struct outcome outcome;
	size_t smcs;
	int32_t id;

	assert_int_equal(client_shm_alloc(file, 1, &id), 0);
	fake_secure.invoke = keep_memory;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	smcs = fake_secure_smcs();
	driver_dead(driver);
	driver_census(driver, &census);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(driver_shm_close(file, id), 0);
	driver_release(file);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_smcs(), smcs);
}

/* --- All that can fail for want of memory ---------------------------------------------------- */

static void a_whole_life_survives_any_allocation_that_fails(void **state)
{
	unsigned int number = 0;
	bool failed = true;

	while (failed) {
		const struct driver_credentials nobody = { .pid = 1 };
		struct driver_file *file = NULL;
		struct driver *driver = NULL;
		struct outcome outcome;
		int32_t id;

		fake_setup(NULL);
		fake_secure.invoke = keep_memory;
		fake_os_fail(++number);
		if (driver_probe(DRIVER_SMC, &driver) == 0) {
			if (driver_open(driver, DRIVER_TEE, &nobody, &file) == 0) {
				(void)client_shm_alloc(file, 10000, &id);
				(void)client_shm_register(file, 10, 10000, &id);
				if (client_open(file, 0, 0, NULL, 0, &outcome) == 0) {
					(void)client_invoke(file, outcome.session, 0, NULL, 0,
							    &outcome);
				}
				driver_release(file);
			}
			fake_driver_end(driver);
		}
		failed = fake_os_failed();
		assert_int_equal(fake_os_blocks(), 0);
		assert_int_equal(fake_os_memories(), 0);
		assert_int_equal(fake_secure_busy(), 0);
		assert_int_equal(fake_secure_sessions(), 0);
	}
	assert_true(number > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(another_secure_world_is_not_ours),
		promise(no_secure_world_is_not_ours),
		promise(capabilities_that_cannot_be_used_are_refused),
		promise(no_memory_is_an_error_and_leaks_nothing),
		promise(a_fresh_driver_holds_nothing),
		promise(an_unknown_number_of_threads_is_none),
		promise(what_a_driver_before_left_in_the_cache_is_not_touched),
		promise(a_cache_that_never_ends_is_not_believed),
		promise(the_cache_is_used_only_without_rpc_room),
		promise(a_busy_cache_is_asked_again),
		promise(removal_gives_back_the_pages_of_messages),
		promise(removal_gives_back_what_the_secure_world_kept),
		promise(without_a_secure_world_nothing_opens),
		promise(without_a_secure_world_nothing_is_sent_and_all_is_given_back),
		promise(a_whole_life_survives_any_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
