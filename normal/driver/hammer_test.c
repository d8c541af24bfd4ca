/* Many threads at once, sharing and not sharing files, sessions and memory, on few secure threads;
 * some are killed, and the supplicant dies. Every call is answered, and nothing is held afterwards.
 * Run it under the thread sanitizer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"

#define CLIENTS	  16u
#define ROUNDS	  20u
#define RECEIVERS 3u
#define PAGE	  ((uint64_t)OS_PAGE_SIZE)

/* --- A TA that asks for everything ----------------------------------------------------------- */

enum {
	ASK_TIME,
	ASK_KERNEL_ALLOC,
	ASK_APPLICATION_ALLOC,
	ASK_READ,
	ASK_SEND,
	ASK_WAIT,
	ASK_APPLICATION_FREE,
	ASK_KERNEL_FREE,
	ASK_INTERRUPT,
	ASK_NOTHING,
};

static enum fake_stop ask(struct fake_thread *thread)
{
	const struct msg_arg *reply = fake_reply(thread);
	struct msg_param param = { .attr = MSG_ATTR_TYPE_VALUE_INPUT };
	struct msg_param_value *value = &param.u.value;

	if (thread->step == ASK_KERNEL_ALLOC + 1) {
		thread->kept[0] = reply->ret == TEE_SUCCESS ? reply->params[0].u.tmem.shm_ref : 0;
	} else if (thread->step == ASK_APPLICATION_ALLOC + 1) {
		thread->kept[1] = reply->ret == TEE_SUCCESS ? reply->params[0].u.tmem.shm_ref : 0;
	}
	switch (thread->step) {
	case ASK_TIME:
		param.attr = MSG_ATTR_TYPE_VALUE_OUTPUT;
		return fake_request(thread, RPC_CMD_GET_TIME, 1, &param);
	case ASK_KERNEL_ALLOC:
		*value = (struct msg_param_value){ RPC_SHM_TYPE_KERNEL, 2 * PAGE, 8 };
		return fake_request(thread, RPC_CMD_SHM_ALLOC, 1, &param);
	case ASK_APPLICATION_ALLOC:
		*value = (struct msg_param_value){ RPC_SHM_TYPE_APPL, PAGE, 8 };
		return fake_request(thread, RPC_CMD_SHM_ALLOC, 1, &param);
	case ASK_READ:
		param = fake_memref(MSG_ATTR_TYPE_RMEM_OUTPUT, 0, PAGE, thread->kept[0]);
		return fake_request(thread, RPC_CMD_RPMB, 1, &param);
	case ASK_SEND:
		*value = (struct msg_param_value){ RPC_NOTIFICATION_SEND, thread->index, 0 };
		return fake_request(thread, RPC_CMD_NOTIFICATION, 1, &param);
	case ASK_WAIT:
		*value = (struct msg_param_value){ RPC_NOTIFICATION_WAIT, thread->index, 0 };
		return fake_request(thread, RPC_CMD_NOTIFICATION, 1, &param);
	case ASK_APPLICATION_FREE:
		*value = (struct msg_param_value){ RPC_SHM_TYPE_APPL, thread->kept[1], 0 };
		return fake_request(thread, RPC_CMD_SHM_FREE, 1, &param);
	case ASK_KERNEL_FREE:
		*value = (struct msg_param_value){ RPC_SHM_TYPE_KERNEL, thread->kept[0], 0 };
		return fake_request(thread, RPC_CMD_SHM_FREE, 1, &param);
	case ASK_INTERRUPT:
		return fake_rpc(thread, SMC_RPC_FOREIGN_INTR, 0, 0);
	default:
		return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
	}
}

static uint32_t serve(struct driver_file *file, struct taken *taken)
{
	struct tee_ioctl_param *param = &taken->params[1];
	int32_t id;

	if (taken->func == RPC_CMD_SHM_ALLOC) {
		if (client_shm_alloc(file, param->b, &id) != 0) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		param->c = (uint64_t)id;
	} else if (taken->func == RPC_CMD_SHM_FREE) {
		(void)driver_shm_close(file, (int32_t)param->b);
	}
	return TEE_SUCCESS;
}

/* --- Clients --------------------------------------------------------------------------------- */

struct client {
	struct driver *driver;
	struct driver_file *shared; /* NULL: opens its own */
	uint32_t shared_session;
	unsigned int answered;
	unsigned int wrong;
	struct fake_task *task;
};

static void client_check(struct client *client, int error, const struct outcome *outcome)
{
	client->answered++;
	if (error != 0 || outcome->ret != TEE_SUCCESS) {
		client->wrong++;
	}
}

static void client_round(struct client *client, struct driver_file *file, uint32_t shared_session)
{
	struct tee_ioctl_param param;
	struct outcome outcome;
	uint32_t session = 0;
	int32_t id;
	int error;

	error = client_open(file, TEE_IOCTL_LOGIN_PUBLIC, 0, NULL, 0, &outcome);
	client_check(client, error, &outcome);
	session = outcome.session;
	if (client_shm_alloc(file, 3 * PAGE, &id) != 0) {
		client->wrong++;
		return;
	}
	param = client_memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, id, 5, PAGE);
	error = client_invoke(file, session, 1, &param, 1, &outcome);
	client_check(client, error, &outcome);
	if (shared_session != 0) {
		error = client_invoke(file, shared_session, 1, NULL, 0, &outcome);
		client_check(client, error, &outcome);
	}
	client->wrong += client_cancel(file, session) != 0 ? 1 : 0;
	client->wrong += driver_shm_close(file, id) != 0 ? 1 : 0;
	client->wrong += client_close(file, session) != 0 ? 1 : 0;
}

static void client_run(void *arg)
{
	struct client *client = arg;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		struct driver_file *file = client->shared;

		if (file == NULL) {
			file = fake_client(client->driver);
		}
		client_round(client, file, client->shared_session);
		if (client->shared == NULL) {
			driver_release(file);
		}
	}
}

/* Half of the clients share one file and one session of it. */
static void clients_start(struct client *clients, struct driver *driver, struct driver_file *shared,
			  uint32_t session)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .driver = driver };
		if (i % 2 == 0) {
			clients[i].shared = shared;
			clients[i].shared_session = session;
		}
		clients[i].task = fake_task_start(client_run, &clients[i]);
	}
}

/* --- The promises ---------------------------------------------------------------------------- */

static void assert_every_call_is_answered(void)
{
	struct driver *driver = fake_driver();
	struct driver_file *supplicant = fake_supplicant(driver);
	struct supplicant_thread receivers[RECEIVERS];
	struct driver_file *shared = fake_client(driver);
	uint32_t session = client_session(shared);
	struct client clients[CLIENTS];
	struct driver_census census;
	unsigned int i;

	fake_secure.invoke = ask;
	for (i = 0; i < RECEIVERS; i++) {
		supplicant_start(&receivers[i], supplicant, serve);
	}
	clients_start(clients, driver, shared, session);
	for (i = 0; i < CLIENTS; i++) {
		fake_task_join(clients[i].task);
		assert_int_equal(clients[i].wrong, 0);
		assert_int_equal(clients[i].answered, (i % 2 == 0 ? 3 : 2) * ROUNDS);
	}
	for (i = 0; i < RECEIVERS; i++) {
		supplicant_stop(&receivers[i]);
	}
	driver_census(driver, &census);
	assert_int_equal(census.shm, 0);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(census.sessions, 1);
	driver_release(shared);
	driver_release(supplicant);
	assert_int_equal(fake_secure_busy(), 0);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_registered(), 0);
}

static void every_call_is_answered(void **state)
{
	assert_every_call_is_answered();
}

static void every_call_is_answered_when_threads_are_not_known(void **state)
{
	fake_secure.threads_claimed = 0;
	fake_secure.threads = 3;
	assert_every_call_is_answered();
}

static void every_call_is_answered_when_fewer_threads_are_there_than_said(void **state)
{
	fake_secure.threads_claimed = 8;
	fake_secure.threads = 2;
	assert_every_call_is_answered();
}

static void every_call_is_answered_by_one_thread(void **state)
{
	fake_secure.threads_claimed = 1;
	fake_secure.threads = 1;
	assert_every_call_is_answered();
}

/* Requests fail or are served, as it happens; calls end, and nothing stays. */
static void nothing_is_held_when_supplicants_and_clients_die(void **state)
{
	struct driver *driver = fake_driver();
	struct supplicant_thread receivers[RECEIVERS];
	struct driver_file *supplicant;
	struct client clients[CLIENTS];
	struct driver_census census;
	unsigned int round;
	unsigned int i;

	fake_secure.invoke = ask;
	clients_start(clients, driver, NULL, 0);
	for (round = 0; round < 6; round++) {
		supplicant = fake_supplicant(driver);
		for (i = 0; i < RECEIVERS; i++) {
			supplicant_start(&receivers[i], supplicant, serve);
		}
		fake_task_kill(clients[round].task);
		os_task_yield();
		for (i = 0; i < RECEIVERS; i++) {
			supplicant_stop(&receivers[i]);
		}
		driver_release(supplicant);
	}
	/* Without a supplicant the rest would wait for one for ever. */
	for (i = 0; i < CLIENTS; i++) {
		fake_task_kill(clients[i].task);
	}
	for (i = 0; i < CLIENTS; i++) {
		fake_task_join(clients[i].task);
	}
	driver_census(driver, &census);
	assert_int_equal(census.shm, 0);
	assert_int_equal(census.shm_kernel, 0);
	assert_int_equal(fake_secure_busy(), 0);
	assert_int_equal(fake_secure_sessions(), 0);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_registered(), 0);
}

static void all_end_when_the_secure_world_dies(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *supplicant = fake_supplicant(driver);
	struct supplicant_thread receivers[RECEIVERS];
	/* Clients that share the file keep trying; those that open their own could not. */
	struct driver_file *shared = fake_client(driver);
	uint32_t session = client_session(shared);
	struct client clients[CLIENTS];
	unsigned int i;

	fake_secure.invoke = ask;
	for (i = 0; i < RECEIVERS; i++) {
		supplicant_start(&receivers[i], supplicant, serve);
	}

	for (i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ driver, shared, session };
		clients[i].task = fake_task_start(client_run, &clients[i]);
	}
	os_task_yield();
	fake_secure_die();
	driver_dead(driver);
	for (i = 0; i < CLIENTS; i++) {
		fake_task_join(clients[i].task);
	}
	for (i = 0; i < RECEIVERS; i++) {
		supplicant_stop(&receivers[i]);
	}
	driver_release(shared);
	driver_release(supplicant);
	fake_driver_end(driver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(every_call_is_answered),
		promise(every_call_is_answered_when_threads_are_not_known),
		promise(every_call_is_answered_when_fewer_threads_are_there_than_said),
		promise(every_call_is_answered_by_one_thread),
		promise(nothing_is_held_when_supplicants_and_clients_die),
		promise(all_end_when_the_secure_world_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
