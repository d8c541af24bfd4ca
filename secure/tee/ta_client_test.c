#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/tee/call.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

#define MULTI	   (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#define READ_WRITE (PORT_ACCESS_READ | PORT_ACCESS_WRITE)
#define COOKIE	   0x5000ull

/* TA 1 calls TA 2, unless a test says otherwise. */
static struct fake_ta *caller_ta;
static struct fake_ta *callee_ta;

/* What TA 1 does when it is invoked, and what it found. */
static void (*body)(struct fake_entry *entry);
static uint32_t results[16];
static uint32_t origins[16];

/* --- What a TA's library would do ------------------------------------------------------------- */

/* Where the caller keeps things in its scratch memory. */
#define AT_UUID	  0u
#define AT_PARAMS 64u
#define AT_WORD	  192u
#define AT_ORIGIN 196u
#define AT_DATA	  1024u

static uint32_t word_at(struct fake_entry *entry, uint64_t at)
{
	return *(uint32_t *)fake_scratch_bytes(entry, at);
}

static uint32_t open_ta(struct fake_entry *entry, uint32_t number, uint32_t timeout_ms,
			const struct utee_params *params, uint32_t *origin)
{
	TEE_UUID uuid = fake_ta_uuid(number);
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_UUID), &uuid, sizeof(uuid));
	if (params != NULL) {
		memcpy(fake_scratch_bytes(entry, AT_PARAMS), params, sizeof(*params));
	}
	*(uint32_t *)fake_scratch_bytes(entry, AT_WORD) = 0x77777777;
	*(uint32_t *)fake_scratch_bytes(entry, AT_ORIGIN) = 0;
	res = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, fake_scratch(entry, AT_UUID), timeout_ms,
			   params == NULL ? 0 : fake_scratch(entry, AT_PARAMS),
			   fake_scratch(entry, AT_WORD), fake_scratch(entry, AT_ORIGIN));
	*origin = word_at(entry, AT_ORIGIN);
	return res;
}

static uint32_t invoke_ta(struct fake_entry *entry, uint32_t session, uint32_t command,
			  uint32_t timeout_ms, struct utee_params *params, uint32_t *origin)
{
	uint32_t res;

	if (params != NULL) {
		memcpy(fake_scratch_bytes(entry, AT_PARAMS), params, sizeof(*params));
	}
	res = fake_syscall(entry, SYSCALL_INVOKE_TA_COMMAND, session, timeout_ms, command,
			   params == NULL ? 0 : fake_scratch(entry, AT_PARAMS),
			   fake_scratch(entry, AT_ORIGIN));
	if (params != NULL) {
		memcpy(params, fake_scratch_bytes(entry, AT_PARAMS), sizeof(*params));
	}
	*origin = word_at(entry, AT_ORIGIN);
	return res;
}

static TEE_Result caller(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		body(entry);
	}
	return TEE_SUCCESS;
}

enum command {
	COMMAND_NOTHING,
	COMMAND_FAIL,
	COMMAND_PANIC,
	COMMAND_IDENTITY,
	COMMAND_ANSWER,
};

static TEE_Identity identity;
static struct utee_params given;
static uint8_t given_bytes[32];
static unsigned int given_access;

static void read_identity(struct fake_entry *entry)
{
	*(uint32_t *)fake_scratch_bytes(entry, 64) = sizeof(identity);
	fake_syscall(entry, SYSCALL_GET_PROPERTY, UTEE_PROP_SET_CLIENT, 0, 0, 0,
		     fake_scratch(entry, 0), fake_scratch(entry, 64), 0);
	memcpy(&identity, fake_scratch_bytes(entry, 0), sizeof(identity));
}

/* Increments values and bytes. */
static void give_answer(struct fake_entry *entry)
{
	struct utee_params *params = fake_params(entry);

	given = *params;
	for (uint32_t i = 0; i < 4; i++) {
		uint64_t *vals = &params->vals[2 * i];

		switch (TEE_PARAM_TYPE_GET(params->types, i)) {
		case TEE_PARAM_TYPE_MEMREF_INPUT:
			given_access = fake_memory(entry, vals[0], PORT_ACCESS_WRITE) != NULL;
			memcpy(given_bytes, fake_memory(entry, vals[0], PORT_ACCESS_READ), 32);
			vals[1]++;
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			for (uint64_t j = 0; j < vals[1]; j++) {
				(*(uint8_t *)fake_memory(entry, vals[0] + j, READ_WRITE))++;
			}
			vals[1]--;
			break;
		default:
			vals[0]++;
			vals[1]++;
			break;
		}
	}
}

static TEE_Result callee(struct fake_entry *entry)
{
	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	switch ((enum command)entry->command) {
	case COMMAND_NOTHING:
		break;
	case COMMAND_FAIL:
		return TEE_ERROR_NO_DATA;
	case COMMAND_PANIC:
		fake_panic(entry, 1);
	case COMMAND_IDENTITY:
		read_identity(entry);
		break;
	case COMMAND_ANSWER:
		give_answer(entry);
		break;
	}
	return TEE_SUCCESS;
}

static int setup(void **state)
{
	fake_client_begin();
	caller_ta = fake_ta_install(1, MULTI, caller);
	callee_ta = fake_ta_install(2, MULTI, callee);
	memset(results, 0x5a, sizeof(results));
	memset(origins, 0x5a, sizeof(origins));
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static void run(void (*what)(struct fake_entry *entry))
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	body = what;
	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_SUCCESS);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	fake_client_close(session);
}

/* --- Sessions --------------------------------------------------------------------------------- */

static void use_a_session(struct fake_entry *entry)
{
	uint32_t session;

	results[1] = open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
	session = word_at(entry, AT_WORD);
	results[2] = session;
	results[3] = invoke_ta(entry, session, COMMAND_IDENTITY, SESSION_TIMEOUT_NONE, NULL,
			       &origins[3]);
	results[4] =
		invoke_ta(entry, session, COMMAND_FAIL, SESSION_TIMEOUT_NONE, NULL, &origins[4]);
	results[5] = invoke_ta(entry, session + 1, 0, SESSION_TIMEOUT_NONE, NULL, &origins[5]);
	results[6] = fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
	results[7] = fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
}

static void a_ta_is_a_client_under_its_own_name(void **state)
{
	run(use_a_session);
	assert_int_equal(results[1], TEE_SUCCESS);
	assert_int_equal(origins[1], TEE_ORIGIN_TRUSTED_APP);
	/* Its ids are its own: the normal world has number 1 too. */
	assert_int_equal(results[2], 1);
	assert_int_equal(results[3], TEE_SUCCESS);
	assert_int_equal(identity.login, TEE_LOGIN_TRUSTED_APP);
	assert_memory_equal(&identity.uuid, &caller_ta->uuid, sizeof(TEE_UUID));
	assert_int_equal(results[4], TEE_ERROR_NO_DATA);
	assert_int_equal(origins[4], TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(results[5], TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(origins[5], TEE_ORIGIN_TEE);
	assert_int_equal(results[6], TEE_SUCCESS);
	assert_int_equal(results[7], TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(callee_ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 1);
}

static void open_nobody(struct fake_entry *entry)
{
	results[1] = open_ta(entry, 9, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
	results[2] = word_at(entry, AT_WORD);
}

static void a_session_that_was_not_opened_has_number_0(void **state)
{
	run(open_nobody);
	assert_int_equal(results[1], TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(origins[1], TEE_ORIGIN_TEE);
	assert_int_equal(results[2], 0);
}

static void open_and_leave(struct fake_entry *entry)
{
	for (int i = 1; i < 4; i++) {
		results[i] = open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[i]);
	}
}

static void what_a_ta_leaves_open_is_closed_when_it_ends(void **state)
{
	run(open_and_leave);
	assert_int_equal(results[3], TEE_SUCCESS);
	assert_int_equal(callee_ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 3);
}

static void open_and_die(struct fake_entry *entry)
{
	open_and_leave(entry);
	fake_panic(entry, 3);
}

static void what_a_ta_leaves_open_is_closed_when_it_dies(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	body = open_and_die;
	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_ERROR_TARGET_DEAD);
	/* Before the client has its answer. */
	assert_int_equal(callee_ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 3);
	assert_int_equal(session_count(), 1);
	fake_client_close(session);
}

static void kill_the_other(struct fake_entry *entry)
{
	uint32_t session;

	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
	session = word_at(entry, AT_WORD);
	results[2] =
		invoke_ta(entry, session, COMMAND_PANIC, SESSION_TIMEOUT_NONE, NULL, &origins[2]);
	results[3] = invoke_ta(entry, session, 0, SESSION_TIMEOUT_NONE, NULL, &origins[3]);
	results[4] = fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
}

static void a_ta_outlives_the_one_it_called(void **state)
{
	run(kill_the_other);
	assert_int_equal(results[2], TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origins[2], TEE_ORIGIN_TEE);
	assert_int_equal(results[3], TEE_ERROR_TARGET_DEAD);
	assert_int_equal(results[4], TEE_SUCCESS);
}

/* --- Parameters ------------------------------------------------------------------------------- */

static void pass_everything(struct fake_entry *entry)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT,
					 TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_MEMREF_OUTPUT),
		.vals = { 0x100000001, 0x200000002, fake_scratch(entry, AT_DATA), 32,
			  fake_scratch(entry, AT_DATA + 100), 8, fake_scratch(entry, AT_DATA + 200),
			  16 },
	};
	uint8_t *data = fake_scratch_bytes(entry, AT_DATA);

	for (int i = 0; i < 300; i++) {
		data[i] = (uint8_t)(i + 1);
	}
	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
	results[2] = invoke_ta(entry, word_at(entry, AT_WORD), COMMAND_ANSWER, SESSION_TIMEOUT_NONE,
			       &params, &origins[2]);
	results[3] = (uint32_t)params.vals[0];
	results[4] = (uint32_t)params.vals[1];
	results[5] = (uint32_t)params.vals[3];
	results[6] = (uint32_t)params.vals[5];
	results[7] = (uint32_t)params.vals[7];
	/* The last byte of an inout and the first beyond it, then those of an output. */
	results[8] = data[106] - 106u;
	results[9] = data[107] - 107u;
	results[10] = data[108] - 108u;
	results[11] = data[214];
	results[12] = data[215] - 215u;
	results[13] = params.vals[2] == fake_scratch(entry, AT_DATA);
}

static void parameters_reach_the_other_ta_and_outputs_come_back(void **state)
{
	run(pass_everything);
	assert_int_equal(results[2], TEE_SUCCESS);
	assert_int_equal(given.vals[0], 1);
	assert_int_equal(given.vals[1], 2);
	assert_int_equal(results[3], 2);
	assert_int_equal(results[4], 3);
	assert_int_equal(given.vals[3], 32);
	assert_int_equal(given_access, 0);
	for (int i = 0; i < 32; i++) {
		assert_int_equal(given_bytes[i], i + 1);
	}
	/* A size of an input does not come back, that of an output does. */
	assert_int_equal(results[5], 32);
	assert_int_equal(results[6], 7);
	assert_int_equal(results[7], 15);
	/* As many bytes come back as the callee says, and no more. */
	assert_int_equal(results[8], 2);
	assert_int_equal(results[9], 1);
	assert_int_equal(results[10], 1);
	assert_int_equal(results[11], 1);
	assert_int_equal(results[12], 1);
	assert_int_equal(results[13], 1);
}

static const struct {
	uint32_t type;
	uint64_t address; /* 1: the TA's data, 2: what the client gave to read */
	uint64_t size;
	TEE_Result result;
} memrefs[] = {
	{ TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, TEE_SUCCESS },
	{ TEE_PARAM_TYPE_MEMREF_INOUT, 0, 1, TEE_ERROR_BAD_PARAMETERS },
	{ TEE_PARAM_TYPE_MEMREF_INOUT, 1, 0, TEE_SUCCESS },
	{ TEE_PARAM_TYPE_MEMREF_INOUT, 1, 100, TEE_SUCCESS },
	{ TEE_PARAM_TYPE_MEMREF_INPUT, 1, UINT64_MAX, TEE_ERROR_ACCESS_DENIED },
	{ TEE_PARAM_TYPE_MEMREF_INPUT, 1, 1 << 24, TEE_ERROR_ACCESS_DENIED },
	{ TEE_PARAM_TYPE_MEMREF_INPUT, 0x1000, 1, TEE_ERROR_ACCESS_DENIED },
	{ TEE_PARAM_TYPE_MEMREF_INPUT, 2, 64, TEE_SUCCESS },
	{ TEE_PARAM_TYPE_MEMREF_INPUT, 2, 65, TEE_ERROR_ACCESS_DENIED },
	{ TEE_PARAM_TYPE_MEMREF_OUTPUT, 2, 64, TEE_ERROR_ACCESS_DENIED },
	{ 4, 1, 1, TEE_ERROR_BAD_PARAMETERS },
	{ 8, 1, 1, TEE_ERROR_BAD_PARAMETERS },
	{ 15, 1, 1, TEE_ERROR_BAD_PARAMETERS },
};

static void pass_memrefs(struct fake_entry *entry)
{
	uint64_t input = fake_params(entry)->vals[0];
	uint32_t session;

	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[0]);
	session = word_at(entry, AT_WORD);
	for (uint32_t i = 0; i < array_size(memrefs); i++) {
		uint64_t address = memrefs[i].address;
		struct utee_params params = { .types = memrefs[i].type };

		address = address == 1 ? fake_scratch(entry, AT_DATA) : address;
		params.vals[0] = address == 2 ? input : address;
		params.vals[1] = memrefs[i].size;
		results[i] = invoke_ta(entry, session, COMMAND_NOTHING, SESSION_TIMEOUT_NONE,
				       &params, &origins[i]);
	}
	fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
}

static void a_ta_passes_on_only_what_it_may_touch_itself(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 1);

	fake_client_register(COOKIE, 1);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 0, 64);
	body = pass_memrefs;
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(memrefs); i++) {
		if (results[i] != memrefs[i].result) {
			fail_msg("case %zu: %#x", i, results[i]);
		}
	}
	fake_client_close(session);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void answer_in_foreign_memory(struct fake_entry *entry)
{
	uint64_t inout = fake_params(entry)->vals[0];
	uint64_t uuid = fake_scratch(entry, AT_UUID);
	uint64_t good = fake_scratch(entry, AT_WORD);
	TEE_UUID number = fake_ta_uuid(2);

	memcpy(fake_scratch_bytes(entry, AT_UUID), &number, sizeof(number));
	results[0] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, uuid, 0, 0, inout, good);
	results[1] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, uuid, 0, 0, good, inout);
	results[2] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, inout, 0, 0, good, good);
	results[3] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, uuid, 0, inout, good, good);
	results[4] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, 0, 0, 0, good, good);
	results[5] = fake_syscall(entry, SYSCALL_INVOKE_TA_COMMAND, 1, 0, 0, 0, inout);
	results[6] = fake_syscall(entry, SYSCALL_INVOKE_TA_COMMAND, 1, 0, 0, inout, good);
	results[7] = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, uuid, 0, 0, entry->code, good);
}

static void answers_go_into_the_tas_own_memory_or_nothing_is_done(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 1);

	fake_client_register(COOKIE, 1);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, 256);
	body = answer_in_foreign_memory;
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(results[i], TEE_ERROR_ACCESS_DENIED);
	}
	assert_int_equal(callee_ta->loads, 0);
	fake_client_close(session);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void pass_too_much(struct fake_entry *entry)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPE_MEMREF_INOUT,
		.vals = { fake_scratch(entry, AT_DATA), 64 },
	};
	uint32_t session;

	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[0]);
	session = word_at(entry, AT_WORD);
	fake.pages_allowed = 0;
	results[1] = invoke_ta(entry, session, COMMAND_NOTHING, SESSION_TIMEOUT_NONE, &params,
			       &origins[1]);
	fake.pages_allowed = FAKE_UNLIMITED;
	results[2] = invoke_ta(entry, session, COMMAND_NOTHING, SESSION_TIMEOUT_NONE, &params,
			       &origins[2]);
	fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
}

static void without_memory_for_the_copy_the_other_is_not_entered(void **state)
{
	run(pass_too_much);
	assert_int_equal(results[1], TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(origins[1], TEE_ORIGIN_TEE);
	assert_int_equal(results[2], TEE_SUCCESS);
	assert_int_equal(callee_ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], 1);
}

/* --- TAs that call each other ----------------------------------------------------------------- */

static void open_myself(struct fake_entry *entry)
{
	results[1] = open_ta(entry, 1, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
}

static void a_single_instance_that_opens_itself_is_busy(void **state)
{
	run(open_myself);
	assert_int_equal(results[1], TEE_ERROR_BUSY);
	assert_int_equal(origins[1], TEE_ORIGIN_TEE);
}

static unsigned int depth;

/* Opens a session with a new instance of itself, which does the same, and so on. */
static TEE_Result nester(struct fake_entry *entry)
{
	unsigned int here = depth;

	if (entry->func != UTEE_ENTRY_FUNC_OPEN_SESSION) {
		return TEE_SUCCESS;
	}
	depth++;
	results[here] = open_ta(entry, 1, SESSION_TIMEOUT_NONE, NULL, &origins[here]);
	return TEE_SUCCESS;
}

static void tas_nest_so_deep_and_no_deeper(void **state)
{
	caller_ta->program = nester;
	caller_ta->flags = 0;
	depth = 0;
	fake_client_close(fake_client_open(1));
	assert_int_equal(depth, CALL_DEPTH_MAX);
	for (unsigned int i = 0; i < CALL_DEPTH_MAX - 1; i++) {
		assert_int_equal(results[i], TEE_SUCCESS);
	}
	assert_int_equal(results[CALL_DEPTH_MAX - 1], TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(origins[CALL_DEPTH_MAX - 1], TEE_ORIGIN_TEE);
}

/* Each calls the other while it is called itself. */
static TEE_Result crosser(struct fake_entry *entry)
{
	uint32_t me = entry->ta == caller_ta ? 1 : 2;

	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	fake_interrupt(entry);
	results[me] = open_ta(entry, 3 - me, SESSION_TIMEOUT_NONE, NULL, &origins[me]);
	return TEE_SUCCESS;
}

static void two_tas_that_call_each_other_do_not_wait_for_ever(void **state)
{
	struct fake_message calls[2];

	caller_ta->program = crosser;
	callee_ta->program = crosser;
	for (uint32_t i = 0; i < 2; i++) {
		calls[i] = fake_message_invoke(fake_client_open(i + 1), 0, 0);
		fake_message_start(&calls[i]);
	}
	/* The first goes to sleep until the second has ended, who is told at once. */
	fake_call_serve(&calls[0].call);
	assert_int_equal(fake_call_rpc(&calls[0].call), SMC_RPC_CMD);
	assert_false(fake_call_serve(&calls[0].call));
	fake_call_finish(&calls[1].call);
	fake_call_finish(&calls[0].call);
	assert_int_equal(results[1], TEE_SUCCESS);
	assert_int_equal(results[2], TEE_ERROR_BUSY);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(calls[i].arg->ret, TEE_SUCCESS);
		fake_client_close(calls[i].arg->session);
	}
}

/* Invoked with 1, opens a session with TA 1 and keeps it; with 2, closes it. */
static TEE_Result keeper(struct fake_entry *entry)
{
	static uint32_t kept;

	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	if (entry->command == 1) {
		results[8] = open_ta(entry, 1, SESSION_TIMEOUT_NONE, NULL, &origins[8]);
		kept = word_at(entry, AT_WORD);
	} else {
		results[9] = fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, kept);
	}
	return TEE_SUCCESS;
}

static void make_it_close(struct fake_entry *entry)
{
	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[1]);
	results[2] = invoke_ta(entry, word_at(entry, AT_WORD), 2, SESSION_TIMEOUT_NONE, NULL,
			       &origins[2]);
	results[3] = caller_ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION];
	fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, word_at(entry, AT_WORD));
}

/* TA 2 closes a session with TA 1 while TA 1 waits for TA 2. */
static void a_ta_that_cannot_be_told_now_is_told_later(void **state)
{
	uint32_t sessions[2];
	uint32_t origin;

	callee_ta->program = keeper;
	sessions[0] = fake_client_open(1);
	sessions[1] = fake_client_open(2);
	fake_client_invoke(sessions[1], 1, &origin);
	assert_int_equal(results[8], TEE_SUCCESS);
	body = make_it_close;
	assert_int_equal(fake_client_invoke(sessions[0], 0, &origin), TEE_SUCCESS);
	assert_int_equal(results[9], TEE_SUCCESS);
	assert_int_equal(results[2], TEE_SUCCESS);
	assert_int_equal(results[3], 0);
	assert_int_equal(caller_ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 1);
	assert_int_equal(session_count(), 2);
	fake_client_close(sessions[0]);
	fake_client_close(sessions[1]);
}

/* --- Time limits ------------------------------------------------------------------------------ */

static void time_passes(const struct msg_arg *request)
{
	if (request->cmd == RPC_CMD_SUSPEND) {
		fake.time_ns += request->params[0].u.value.a * 1000000ull;
	}
}

/* Waits for its command in milliseconds. */
static TEE_Result waiter(struct fake_entry *entry)
{
	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	fake_syscall(entry, SYSCALL_UNMASK_CANCELLATION, fake_scratch(entry, 0));
	return fake_syscall(entry, SYSCALL_WAIT, entry->command);
}

static void wait_with_limits(struct fake_entry *entry)
{
	uint32_t session;

	open_ta(entry, 2, SESSION_TIMEOUT_NONE, NULL, &origins[0]);
	session = word_at(entry, AT_WORD);
	results[1] = invoke_ta(entry, session, 1000, 500, NULL, &origins[1]);
	results[2] = (uint32_t)(fake.time_ns / 1000000);
	results[3] = invoke_ta(entry, session, 1000, 2000, NULL, &origins[3]);
	results[4] = invoke_ta(entry, session, 1000, SESSION_TIMEOUT_NONE, NULL, &origins[4]);
	results[5] = invoke_ta(entry, session, 1000, 0, NULL, &origins[5]);
	fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
}

static void a_time_limit_cancels(void **state)
{
	callee_ta->program = waiter;
	normal.look = time_passes;
	run(wait_with_limits);
	assert_int_equal(results[1], TEE_ERROR_CANCEL);
	assert_int_equal(origins[1], TEE_ORIGIN_TRUSTED_APP);
	assert_in_range(results[2], 500, 550);
	assert_int_equal(results[3], TEE_SUCCESS);
	assert_int_equal(results[4], TEE_SUCCESS);
	assert_int_equal(results[5], TEE_ERROR_CANCEL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ta_is_a_client_under_its_own_name),
		TEST(a_session_that_was_not_opened_has_number_0),
		TEST(what_a_ta_leaves_open_is_closed_when_it_ends),
		TEST(what_a_ta_leaves_open_is_closed_when_it_dies),
		TEST(a_ta_outlives_the_one_it_called),
		TEST(parameters_reach_the_other_ta_and_outputs_come_back),
		TEST(a_ta_passes_on_only_what_it_may_touch_itself),
		TEST(answers_go_into_the_tas_own_memory_or_nothing_is_done),
		TEST(without_memory_for_the_copy_the_other_is_not_entered),
		TEST(a_single_instance_that_opens_itself_is_busy),
		TEST(tas_nest_so_deep_and_no_deeper),
		TEST(two_tas_that_call_each_other_do_not_wait_for_ever),
		TEST(a_ta_that_cannot_be_told_now_is_told_later),
		TEST(a_time_limit_cancels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
