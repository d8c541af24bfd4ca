/* Many client threads on few secure threads, on CPUs that are really there: for TSan to look at.
 * Nothing here depends on who comes first. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/entry.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

#define CLIENTS	    8u
#define ROUNDS	    60u
#define KEYS	    (64u + 32u)
#define SHARED	    1u /* the TA that all share, and the one of which each has his own */
#define OWN	    2u
#define COOKIE_BASE 0x100000ull

/* --- A driver that several threads may call --------------------------------------------------- */

static pthread_mutex_t driver_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t driver_changed = PTHREAD_COND_INITIALIZER;
static bool posted[KEYS];
static unsigned int calls_ended;

static void require(bool condition, const char *why)
{
	if (!condition) {
		fprintf(stderr, "crowd: %s\n", why);
		abort();
	}
}

static void notification_send(uint64_t key)
{
	require(key < KEYS, "key");
	pthread_mutex_lock(&driver_mutex);
	posted[key] = true;
	pthread_cond_broadcast(&driver_changed);
	pthread_mutex_unlock(&driver_mutex);
}

static void notification_wait(uint64_t key)
{
	require(key < KEYS, "key");
	pthread_mutex_lock(&driver_mutex);
	while (!posted[key]) {
		pthread_cond_wait(&driver_changed, &driver_mutex);
	}
	posted[key] = false;
	pthread_mutex_unlock(&driver_mutex);
}

static void request_serve(struct msg_arg *arg)
{
	const struct msg_param *param = &arg->params[0];

	if (arg->cmd == RPC_CMD_NOTIFICATION && param->u.value.a == RPC_NOTIFICATION_SEND) {
		notification_send(param->u.value.b);
	} else if (arg->cmd == RPC_CMD_NOTIFICATION) {
		notification_wait(param->u.value.b);
	} else {
		require(arg->cmd == RPC_CMD_LOAD_TA, "a request that was not expected");
	}
	arg->ret = TEE_SUCCESS;
}

/* Until a secure thread is free. */
static void enter(struct smc_regs *regs)
{
	const struct smc_regs call = *regs;
	unsigned int seen;

	for (;;) {
		pthread_mutex_lock(&driver_mutex);
		seen = calls_ended;
		pthread_mutex_unlock(&driver_mutex);
		*regs = call;
		tee_enter(regs);
		if (regs->a0 != SMC_ETHREAD_LIMIT) {
			return;
		}
		pthread_mutex_lock(&driver_mutex);
		while (calls_ended == seen) {
			pthread_cond_wait(&driver_changed, &driver_mutex);
		}
		pthread_mutex_unlock(&driver_mutex);
	}
}

static void call(uint64_t address, struct msg_arg *arg)
{
	struct msg_arg *room = fake_normal(address + msg_arg_size(arg->num_params));
	struct smc_regs regs = { .a0 = SMC_CALL_WITH_RPC_ARG, .a2 = address };

	enter(&regs);
	while (smc_is_rpc(regs.a0)) {
		require(regs.a0 == SMC_RPC_CMD || regs.a0 == SMC_RPC_FOREIGN_INTR, "an RPC");
		if (regs.a0 == SMC_RPC_CMD) {
			request_serve(room);
		}
		regs.a0 = SMC_RETURN_FROM_RPC;
		tee_enter(&regs);
	}
	require(regs.a0 == SMC_OK, "a call that was refused");
	pthread_mutex_lock(&driver_mutex);
	calls_ended++;
	pthread_cond_broadcast(&driver_changed);
	pthread_mutex_unlock(&driver_mutex);
}

/* --- Clients ---------------------------------------------------------------------------------- */

struct client {
	pthread_t thread;
	unsigned int cpu;
	uint64_t address; /* of its message */
	struct msg_arg *arg;
	uint64_t list; /* of its memory */
	uint64_t cookie;
	uint32_t random;
	unsigned int answered;
};

static struct client clients[CLIENTS];
static uint32_t shared_session;

static TEE_Result client_call(struct client *client)
{
	call(client->address, client->arg);
	client->answered++;
	return client->arg->ret;
}

static struct msg_arg *client_message(struct client *client, uint32_t cmd, uint32_t count)
{
	memset(client->arg, 0, PORT_PAGE_SIZE);
	client->arg->cmd = cmd;
	client->arg->num_params = count;
	return client->arg;
}

static uint32_t client_open(struct client *client, uint32_t ta)
{
	struct msg_arg *arg = client_message(client, MSG_CMD_OPEN_SESSION, 2);
	TEE_UUID uuid = fake_ta_uuid(ta);

	arg->params[0].attr = MSG_ATTR_OPEN_META;
	arg->params[1].attr = MSG_ATTR_OPEN_META;
	uuid_to_octets(&uuid, arg->params[0].u.octets);
	require(client_call(client) == TEE_SUCCESS, "open");
	return arg->session;
}

static void client_invoke(struct client *client, uint32_t session, uint32_t command)
{
	struct msg_arg *arg = client_message(client, MSG_CMD_INVOKE_COMMAND, 1);

	arg->session = session;
	arg->func = command;
	arg->params[0] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, client->random, 0);
	require(client_call(client) == TEE_SUCCESS, "invoke");
	require(arg->params[0].u.value.b == client->random, "somebody else's answer");
}

static void client_invoke_memory(struct client *client, uint32_t session)
{
	struct msg_arg *arg = client_message(client, MSG_CMD_INVOKE_COMMAND, 1);

	arg->session = session;
	arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, client->cookie, 10, 5000);
	require(client_call(client) == TEE_SUCCESS, "invoke with memory");
}

static void client_close(struct client *client, uint32_t session)
{
	client_message(client, MSG_CMD_CLOSE_SESSION, 0)->session = session;
	require(client_call(client) == TEE_SUCCESS, "close");
}

static void client_cancel(struct client *client, uint32_t session)
{
	client_message(client, MSG_CMD_CANCEL, 0)->session = session;
	require(client_call(client) == TEE_SUCCESS, "cancel");
}

static void client_register(struct client *client)
{
	struct msg_arg *arg = client_message(client, MSG_CMD_REGISTER_SHM, 1);

	arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
	arg->params[0].u.tmem.buf_ptr = client->list;
	arg->params[0].u.tmem.size = 2 * PORT_PAGE_SIZE;
	arg->params[0].u.tmem.shm_ref = client->cookie;
	require(client_call(client) == TEE_SUCCESS, "register");
}

static void client_unregister(struct client *client)
{
	client_message(client, MSG_CMD_UNREGISTER_SHM, 1)->params[0].u.rmem.shm_ref =
		client->cookie;
	require(client_call(client) == TEE_SUCCESS, "unregister");
}

static void use_shared_session(struct client *client)
{
	client_invoke(client, shared_session, client->random & 1);
}

static void use_session_of_shared_ta(struct client *client)
{
	uint32_t session = client_open(client, SHARED);

	client_invoke(client, session, client->random & 1);
	client_close(client, session);
}

static void use_own_ta(struct client *client)
{
	uint32_t session = client_open(client, OWN);

	client_invoke(client, session, 1);
	client_close(client, session);
}

static void use_memory(struct client *client)
{
	client_register(client);
	client_invoke_memory(client, shared_session);
	client_unregister(client);
}

static void cancel_somebody(struct client *client)
{
	client_cancel(client, shared_session);
}

static void (*const deeds[])(struct client *client) = {
	use_shared_session, use_session_of_shared_ta, use_own_ta, use_memory, cancel_somebody,
};

static void *client_main(void *arg)
{
	struct client *client = arg;

	fake_cpu_set(client->cpu);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		client->random = client->random * 1664525u + 1013904223u;
		deeds[(client->random >> 16) % array_size(deeds)](client);
	}
	return NULL;
}

/* --- TAs -------------------------------------------------------------------------------------- */

/* Written by each entry without a lock: two entries at once would be a race. */
static uint64_t inside;

static void answer(struct fake_entry *entry)
{
	struct utee_params *params = fake_params(entry);

	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return;
	}
	if (entry->command == 1) {
		fake_interrupt(entry);
	}
	if (params->types == TEE_PARAM_TYPE_VALUE_INOUT) {
		params->vals[1] = params->vals[0];
	}
}

static TEE_Result shared_program(struct fake_entry *entry)
{
	inside++;
	answer(entry);
	inside--;
	return inside == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_STATE;
}

static TEE_Result own_program(struct fake_entry *entry)
{
	answer(entry);
	return TEE_SUCCESS;
}

/* --- Promises --------------------------------------------------------------------------------- */

static void crowd_begin(void)
{
	uint64_t pages[2];

	fake_client_begin();
	fake_ta_install(SHARED, TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION, shared_program);
	fake_ta_install(OWN, 0, own_program);
	memset(posted, 0, sizeof(posted));
	shared_session = fake_client_open(SHARED);
	for (unsigned int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){
			.cpu = i + 1,
			.address = fake_pages(1),
			.list = fake_list_of(2, pages),
			.cookie = COOKIE_BASE + i,
			.random = 4711 * (i + 1),
		};
		clients[i].arg = fake_normal(clients[i].address);
	}
}

static void every_call_of_a_crowd_is_answered_and_nothing_is_left(void **state)
{
	crowd_begin();
	for (unsigned int i = 0; i < CLIENTS; i++) {
		assert_int_equal(pthread_create(&clients[i].thread, NULL, client_main, &clients[i]),
				 0);
	}
	for (unsigned int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		assert_true(clients[i].answered >= ROUNDS);
	}
	assert_int_equal(session_count(), 1);
	assert_int_equal(instance_count(), 1);
	fake_client_close(shared_session);
	fake_client_end(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_of_a_crowd_is_answered_and_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
