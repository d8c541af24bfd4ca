#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"
#include "normal/driver/file.h"

static void any_number_of_clients_may_open(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *files[10];
	struct driver_census census;
	size_t i;

	for (i = 0; i < array_size(files); i++) {
		files[i] = fake_client(driver);
	}
	driver_census(driver, &census);
	assert_int_equal(census.files, array_size(files));
	for (i = 0; i < array_size(files); i++) {
		driver_release(files[i]);
	}
	fake_driver_end(driver);
}

static void no_memory_opens_nothing(void **state)
{
	const struct driver_credentials nobody = { .pid = 1 };
	struct driver *driver = fake_driver();
	struct driver_file *file;

	fake_os_fail(1);
	assert_int_equal(driver_open(driver, DRIVER_TEE, &nobody, &file), -ENOMEM);
	fake_os_fail(1);
	assert_int_equal(driver_open(driver, DRIVER_TEEPRIV, &nobody, &file), -ENOMEM);
	fake_driver_end(driver);
}

static uint32_t closed[4];
static unsigned int closed_count;

static enum fake_stop note_close(struct fake_thread *thread)
{
	closed[closed_count++ % array_size(closed)] = thread->message->session;
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static void what_a_client_left_open_is_closed_in_order(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_census census;
	uint32_t sessions[3];
	int32_t id;
	size_t i;

	for (i = 0; i < array_size(sessions); i++) {
		sessions[i] = client_session(file);
		assert_int_equal(client_shm_alloc(file, 1, &id), 0);
	}
	closed_count = 0;
	fake_secure.close = note_close;
	driver_release(file);
	assert_int_equal(closed_count, 3);
	assert_memory_equal(closed, sessions, sizeof(sessions));
	driver_census(driver, &census);
	assert_int_equal(census.files, 0);
	assert_int_equal(census.sessions, 0);
	assert_int_equal(census.shm, 0);
	assert_int_equal(census.shm_bytes, 0);
	fake_driver_end(driver);
}

/* --- Closing a session asks for the supplicant ----------------------------------------------- */

static uint32_t close_reply;

static enum fake_stop close_with_request(struct fake_thread *thread)
{
	const struct msg_param param = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, RPC_FS_CLOSE, 3, 0);

	if (thread->step == 0) {
		return fake_request(thread, RPC_CMD_FS, 1, &param);
	}
	close_reply = fake_reply(thread)->ret;
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static void release_does_not_wait_for_a_supplicant_that_is_not_there(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);

	client_session(file);
	fake_secure.close = close_with_request;
	driver_release(file);
	assert_int_equal(close_reply, TEE_ERROR_COMMUNICATION);
	fake_driver_end(driver);
}

static uint32_t serve_close(struct driver_file *file, struct taken *taken)
{
	return taken->func == RPC_CMD_FS && taken->params[1].b == 3 ? 0x33
								    : TEE_ERROR_BAD_PARAMETERS;
}

/* A file that the dead client's TA has open at the supplicant's is closed there too. */
static void release_by_a_killed_task_reaches_the_supplicant(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct driver_file *supplicant = fake_supplicant(driver);
	struct supplicant_thread thread;

	client_session(file);
	supplicant_start(&thread, supplicant, serve_close);
	fake_secure.close = close_with_request;
	fake_self_kill(true);
	driver_release(file);
	fake_self_kill(false);
	assert_int_equal(close_reply, 0x33);
	supplicant_stop(&thread);
	driver_release(supplicant);
	fake_driver_end(driver);
}

/* --- A client that is killed in the middle --------------------------------------------------- */

struct client {
	struct driver_file *file;
	uint32_t session;
	struct outcome outcome;
	int error;
};

static void client_run(void *arg)
{
	struct client *client = arg;

	client->error = client_invoke(client->file, client->session, 0, NULL, 0, &client->outcome);
}

static void a_client_killed_while_it_waits_for_the_supplicant_goes_at_once(void **state)
{
	struct driver *driver = fake_driver();
	struct client client = { .file = fake_client(driver) };
	struct driver_census census;
	struct fake_task *task;

	client.session = client_session(client.file);
	fake_secure.invoke = close_with_request;
	task = fake_task_start(client_run, &client);
	fake_wait_asleep(1);
	driver_census(driver, &census);
	assert_int_equal(census.calls, 1);
	assert_int_equal(census.requests_queued, 1);
	fake_task_kill(task);
	fake_task_join(task);
	assert_int_equal(client.error, 0);
	assert_int_equal(client.outcome.ret, TEE_SUCCESS);
	assert_int_equal(close_reply, TEE_ERROR_CANCEL);
	driver_census(driver, &census);
	assert_int_equal(census.requests_queued, 0);
	assert_int_equal(fake_secure_busy(), 0);
	driver_release(client.file);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(any_number_of_clients_may_open),
		promise(no_memory_opens_nothing),
		promise(what_a_client_left_open_is_closed_in_order),
		promise(release_does_not_wait_for_a_supplicant_that_is_not_there),
		promise(release_by_a_killed_task_reaches_the_supplicant),
		promise(a_client_killed_while_it_waits_for_the_supplicant_goes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
