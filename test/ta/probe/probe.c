/* probe.c - lets the probe TA try everything, and says how each attempt ended.
 *
 * One line for each: its name, the result in hex, its origin, and the errno that the TA saw (0:
 * none). The attempts on memory come with addresses of this process too. probe_test.py says
 * what is right. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "test/ta/probe/probe_ta.h"

#define BUFFER_SIZE 4096

static const struct attempt {
	const char *name;
	uint32_t command;
} attempts[] = {
	{ "open-file", PROBE_OPEN_FILE },
	{ "fork", PROBE_FORK },
	{ "clone-thread", PROBE_CLONE_THREAD },
	{ "execute", PROBE_EXECUTE },
	{ "socket", PROBE_SOCKET },
	{ "kill-parent", PROBE_KILL_PARENT },
	{ "trace-parent", PROBE_TRACE_PARENT },
	{ "read-parent", PROBE_READ_PARENT },
	{ "read-clock", PROBE_READ_CLOCK },
	{ "get-random", PROBE_GET_RANDOM },
	{ "map-executable", PROBE_MAP_EXECUTABLE },
	{ "duplicate-files", PROBE_DUPLICATE_FILES },
	{ "write-file-1", PROBE_WRITE_FILE_1 },
	{ "signal-action", PROBE_SIGNAL_ACTION },
	{ "io-uring", PROBE_IO_URING },
	{ "write-own-code", PROBE_WRITE_OWN_CODE },
	{ "execute-own-data", PROBE_EXECUTE_OWN_DATA },
	{ "write-constant", PROBE_WRITE_CONSTANT },
	{ "exhaust-stack", PROBE_EXHAUST_STACK },
	{ "bad-syscall", PROBE_BAD_SYSCALL },
};

static const TEEC_UUID uuid = PROBE_TA_UUID;
static uint8_t secret[BUFFER_SIZE] __attribute__((aligned(BUFFER_SIZE)));

/* A client: its own context, and one session. */
struct client {
	TEEC_Context context;
	TEEC_Session session;
};

static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "probe: %s: 0x%08x (origin %u)\n", what, result, origin);
	exit(EXIT_FAILURE);
}

static void client_open(struct client *client)
{
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InitializeContext(NULL, &client->context);

	if (result == TEEC_SUCCESS) {
		result = TEEC_OpenSession(&client->context, &client->session, &uuid,
					  TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);
	}
	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
}

static void client_close(struct client *client)
{
	TEEC_CloseSession(&client->session);
	TEEC_FinalizeContext(&client->context);
}

static void report(const char *name, TEEC_Result result, uint32_t origin, uint32_t error)
{
	printf("%s %08x %u %u\n", name, result, origin, error);
	fflush(stdout);
}

static void try_value(struct client *client, const char *name, uint32_t command, uint64_t address)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].value = { (uint32_t)address, (uint32_t)(address >> 32) },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(&client->session, command, &operation, &origin);

	report(name, result, origin,
	       result == TEEC_ERROR_ACCESS_DENIED ? operation.params[0].value.b : 0);
}

static void try_input(struct client *client, const char *name, uint32_t command)
{
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { secret, sizeof(secret) },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(&client->session, command, &operation, &origin);

	report(name, result, origin, 0);
}

/* Lend `secret` to the TA for one call; where the TA sees it. */
static uint64_t lend(struct client *client)
{
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { secret, sizeof(secret) },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result =
		TEEC_InvokeCommand(&client->session, PROBE_REMEMBER, &operation, &origin);
	uint64_t address;

	if (result != TEEC_SUCCESS) {
		fail("remember", result, origin);
	}
	memcpy(&address, secret, sizeof(address));
	return address;
}

static void alive(const char *after)
{
	struct client client;
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result;

	client_open(&client);
	result = TEEC_InvokeCommand(&client.session, PROBE_ALIVE, NULL, &origin);
	if (result != TEEC_SUCCESS) {
		fail(after, result, origin);
	}
	client_close(&client);
}

static void try_fresh(const char *name, uint32_t command, uint64_t address)
{
	struct client client;

	client_open(&client);
	try_value(&client, name, command, address);
	client_close(&client);
	alive(name);
}

/* What a call lent is out of reach after it: for its own client, and for another one. */
static void try_after_the_call(const char *name, uint32_t command)
{
	struct client lender;
	struct client other;

	client_open(&lender);
	client_open(&other);
	lend(&lender);
	try_value(&other, name, command, 0);
	client_close(&other);
	client_close(&lender);
	alive(name);
}

static void try_lent(const char *name, uint32_t command)
{
	struct client client;

	client_open(&client);
	try_input(&client, name, command);
	client_close(&client);
	alive(name);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		try_fresh(attempts[i].name, attempts[i].command, 0);
	}
	try_fresh("peek-nothing", PROBE_PEEK, 0);
	try_fresh("peek-client", PROBE_PEEK, (uintptr_t)secret);
	try_fresh("poke-client", PROBE_POKE, (uintptr_t)secret);
	try_fresh("peek-kernel", PROBE_PEEK, UINT64_C(0xffffffff80000000));
	try_after_the_call("peek-after-the-call", PROBE_PEEK_REMEMBERED);
	try_after_the_call("poke-after-the-call", PROBE_POKE_REMEMBERED);
	try_lent("write-input", PROBE_WRITE_INPUT);
	try_lent("read-behind", PROBE_READ_BEHIND);
	return EXIT_SUCCESS;
}
