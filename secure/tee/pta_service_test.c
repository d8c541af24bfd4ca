/* The pseudo-TAs that ask the supplicant for a TA: socket, system, gprof. The supplicant is the
 * test's, and lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/pta.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/key.h"
#include "secure/tee/session.h"

/* In the TA's scratch memory. */
#define AT_UUID	  0u
#define AT_PARAMS 64u
#define AT_WORD	  192u
#define AT_DATA	  1024u

static struct fake_ta *ta;

/* What the TA does when it is invoked. */
static void (*job)(struct fake_entry *entry);

/* Of one service, the last request, how many there were, the memory of its first memref, and what
 * it is answered with. */
static union {
	uint8_t bytes[MSG_ARG_SIZE(4)];
	struct msg_arg arg;
} request;
static unsigned int requests;
static uint8_t seen[64];
static void (*answer)(struct msg_arg *reply);

static bool is_service(const struct msg_arg *arg)
{
	return arg->cmd == RPC_CMD_SOCKET || arg->cmd == RPC_CMD_SUPP_PLUGIN ||
	       arg->cmd == RPC_CMD_GPROF;
}

static uint8_t *memory_of(const struct msg_arg *arg)
{
	for (uint32_t i = 0; i < arg->num_params; i++) {
		uint64_t type = arg->params[i].attr & MSG_ATTR_TYPE_MASK;

		if (type >= MSG_ATTR_TYPE_RMEM_INPUT && type <= MSG_ATTR_TYPE_RMEM_INOUT) {
			return fake_object_bytes(arg->params[i].u.rmem.shm_ref);
		}
	}
	return NULL;
}

static void look(const struct msg_arg *arg)
{
	if (!is_service(arg)) {
		return;
	}
	requests++;
	memcpy(request.bytes, arg, msg_arg_size(arg->num_params));
	if (memory_of(arg) != NULL) {
		memcpy(seen, memory_of(arg), sizeof(seen));
	}
}

static void lie(struct msg_arg *reply)
{
	if (is_service(reply) && answer != NULL) {
		answer(reply);
	}
}

static TEE_Result asker(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		job(entry);
	}
	return TEE_SUCCESS;
}

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION, asker);
	requests = 0;
	answer = NULL;
	memset(&request, 0, sizeof(request));
	memset(seen, 0, sizeof(seen));
	normal.look = look;
	normal.lie = lie;
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

	job = what;
	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_SUCCESS);
	fake_client_close(session);
}

static const TEE_UUID socket_uuid = PTA_SOCKET_UUID;
static const TEE_UUID system_uuid = PTA_SYSTEM_UUID;
static const TEE_UUID gprof_uuid = PTA_GPROF_UUID;

static uint32_t open_pta(struct fake_entry *entry, const TEE_UUID *uuid, uint32_t *session)
{
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_UUID), uuid, sizeof(*uuid));
	res = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, fake_scratch(entry, AT_UUID),
			   SESSION_TIMEOUT_NONE, 0, fake_scratch(entry, AT_WORD),
			   fake_scratch(entry, AT_WORD + 4));
	memcpy(session, fake_scratch_bytes(entry, AT_WORD), sizeof(*session));
	return res;
}

static uint32_t must_open(struct fake_entry *entry, const TEE_UUID *uuid)
{
	uint32_t session;

	assert_int_equal(open_pta(entry, uuid, &session), TEE_SUCCESS);
	return session;
}

static uint32_t invoke(struct fake_entry *entry, uint32_t session, uint32_t command,
		       struct utee_params *params)
{
	uint32_t origin;
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_PARAMS), params, sizeof(*params));
	res = fake_syscall(entry, SYSCALL_INVOKE_TA_COMMAND, session, SESSION_TIMEOUT_NONE, command,
			   fake_scratch(entry, AT_PARAMS), fake_scratch(entry, AT_WORD));
	memcpy(params, fake_scratch_bytes(entry, AT_PARAMS), sizeof(*params));
	memcpy(&origin, fake_scratch_bytes(entry, AT_WORD), sizeof(origin));
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	return res;
}

/* --- Who may call ----------------------------------------------------------------------------- */

static void only_tas_may_call(void **state)
{
	const TEE_UUID *const uuids[] = { &socket_uuid, &system_uuid, &gprof_uuid };

	for (size_t i = 0; i < array_size(uuids); i++) {
		struct fake_message message = fake_message_open(1, 0);

		uuid_to_octets(uuids[i], message.arg->params[0].u.octets);
		assert_int_equal(fake_message_run(&message), TEE_ERROR_ACCESS_DENIED);
		assert_int_equal(message.arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	}
}

static void ask_for_what_there_is_not(struct fake_entry *entry)
{
	struct utee_params params = { .types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0,
							       0) };

	assert_int_equal(invoke(entry, must_open(entry, &socket_uuid), 0, &params),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(invoke(entry, must_open(entry, &socket_uuid), 6, &params),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(invoke(entry, must_open(entry, &socket_uuid), PTA_SOCKET_SEND, &params),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(invoke(entry, must_open(entry, &system_uuid), 14, &params),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(invoke(entry, must_open(entry, &system_uuid), PTA_SYSTEM_GET_TPM_EVENT_LOG,
				&params),
			 TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(invoke(entry, must_open(entry, &system_uuid),
				PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY, &params),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(
		invoke(entry, must_open(entry, &gprof_uuid), PTA_GPROF_START_PC_SAMPLING, &params),
		TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(invoke(entry, must_open(entry, &gprof_uuid), PTA_GPROF_SEND, &params),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void what_there_is_not_is_refused_without_a_request(void **state)
{
	run(ask_for_what_there_is_not);
	assert_int_equal(requests, 0);
}

/* --- Sockets ---------------------------------------------------------------------------------- */

static uint32_t socket_open(struct fake_entry *entry, uint32_t session, const char *host,
			    uint64_t size, uint32_t *handle)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT,
					 TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		.vals = { RPC_SOCKET_IP_V4, 8080, fake_scratch(entry, AT_DATA), size,
			  RPC_SOCKET_PROTOCOL_TCP },
	};
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_DATA), host, size < 512 ? (size_t)size : 512);
	res = invoke(entry, session, PTA_SOCKET_OPEN, &params);
	*handle = (uint32_t)params.vals[6];
	return res;
}

static uint32_t socket_transfer(struct fake_entry *entry, uint32_t session, uint32_t command,
				uint64_t size, uint64_t *done)
{
	bool is_send = command == PTA_SOCKET_SEND;
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(
			TEE_PARAM_TYPE_VALUE_INPUT,
			is_send ? TEE_PARAM_TYPE_MEMREF_INPUT : TEE_PARAM_TYPE_MEMREF_OUTPUT,
			is_send ? TEE_PARAM_TYPE_VALUE_OUTPUT : TEE_PARAM_TYPE_NONE, 0),
		.vals = { 3, 250, size == 0 ? 0 : fake_scratch(entry, AT_DATA), size },
	};
	uint32_t res = invoke(entry, session, command, &params);

	*done = is_send ? params.vals[4] : params.vals[3];
	return res;
}

static uint32_t instance;

static void give_handle_5(struct msg_arg *reply)
{
	if (reply->params[0].u.value.a == RPC_SOCKET_OPEN) {
		reply->params[3].u.value.a = 5;
	}
}

static void open_a_socket(struct fake_entry *entry)
{
	uint32_t handle;

	assert_int_equal(
		socket_open(entry, must_open(entry, &socket_uuid), "localhost", 10, &handle),
		TEE_SUCCESS);
	assert_int_equal(handle, 5);
	assert_int_equal(request.arg.num_params, 4);
	assert_int_equal(request.arg.params[0].u.value.a, RPC_SOCKET_OPEN);
	assert_int_not_equal(request.arg.params[0].u.value.b, 0);
	instance = (uint32_t)request.arg.params[0].u.value.b;
	assert_int_equal(request.arg.params[1].u.value.a, 8080);
	assert_int_equal(request.arg.params[1].u.value.b, RPC_SOCKET_PROTOCOL_TCP);
	assert_int_equal(request.arg.params[1].u.value.c, RPC_SOCKET_IP_V4);
	assert_int_equal(request.arg.params[2].u.rmem.size, 10);
	assert_string_equal((char *)seen, "localhost");
}

static void sockets_are_closed_when_their_ta_is_gone(void **state)
{
	answer = give_handle_5;
	run(open_a_socket);
	assert_int_equal(requests, 2);
	assert_int_equal(request.arg.num_params, 1);
	assert_int_equal(request.arg.params[0].u.value.a, RPC_SOCKET_CLOSE_ALL);
	assert_int_equal(request.arg.params[0].u.value.b, instance);
}

static void open_and_die(struct fake_entry *entry)
{
	open_a_socket(entry);
	fake_panic(entry, 7);
}

static void sockets_are_closed_when_their_ta_dies(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	answer = give_handle_5;
	job = open_and_die;
	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(request.arg.params[0].u.value.a, RPC_SOCKET_CLOSE_ALL);
	fake_client_close(session);
}

static bool is_deaf;

static void deaf_to_close_all(struct msg_arg *reply)
{
	give_handle_5(reply);
	if (is_deaf && reply->params[0].u.value.a == RPC_SOCKET_CLOSE_ALL) {
		reply->ret = TEE_ERROR_COMMUNICATION;
	}
}

static uint32_t opened;

/* Open one session after the other until one has the number of the first again. */
static void open_until_asked(struct fake_entry *entry)
{
	uint32_t session;

	requests = 0;
	for (unsigned int i = 0; i < SESSIONS_MAX && requests == 0; i++) {
		opened = open_pta(entry, &socket_uuid, &session);
		if (opened == TEE_SUCCESS) {
			fake_syscall(entry, SYSCALL_CLOSE_TA_SESSION, session);
		}
	}
}

static void what_could_not_be_closed_is_closed_before_its_number_is_used_again(void **state)
{
	answer = deaf_to_close_all;
	is_deaf = true;
	run(open_a_socket);
	run(open_until_asked);
	assert_int_equal(requests, 1);
	assert_int_equal(request.arg.params[0].u.value.a, RPC_SOCKET_CLOSE_ALL);
	assert_int_equal(request.arg.params[0].u.value.b, instance);
	assert_int_equal(opened, TEE_ERROR_COMMUNICATION);
	is_deaf = false;
	run(open_until_asked);
	assert_int_equal(requests, 1);
	assert_int_equal(request.arg.params[0].u.value.b, instance);
	assert_int_equal(opened, TEE_SUCCESS);
	run(open_until_asked);
	assert_int_equal(requests, 0);
}

static void name_bad_hosts(struct fake_entry *entry)
{
	uint32_t session = must_open(entry, &socket_uuid);
	char host[512];
	uint32_t handle;

	memset(host, 'h', sizeof(host));
	assert_int_equal(socket_open(entry, session, host, 10, &handle), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(socket_open(entry, session, "a\0b", 4, &handle), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(socket_open(entry, session, "", 0, &handle), TEE_ERROR_BAD_PARAMETERS);
	host[511] = '\0';
	assert_int_equal(socket_open(entry, session, host, 512, &handle), TEE_ERROR_BAD_PARAMETERS);
}

static void a_host_is_a_string_of_sensible_size(void **state)
{
	run(name_bad_hosts);
	assert_int_equal(requests, 0);
}

static void sent_4(struct msg_arg *reply)
{
	if (reply->params[0].u.value.a == RPC_SOCKET_SEND) {
		reply->params[2].u.value.b = 4;
	}
	if (reply->params[0].u.value.a == RPC_SOCKET_RECV) {
		memcpy(memory_of(reply), "data that is long", 17);
		reply->params[1].u.rmem.size = 12;
	}
}

static void send_and_receive(struct fake_entry *entry)
{
	uint32_t session = must_open(entry, &socket_uuid);
	uint64_t done;

	memcpy(fake_scratch_bytes(entry, AT_DATA), "hello", 5);
	assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_SEND, 5, &done), TEE_SUCCESS);
	assert_int_equal(done, 4);
	assert_memory_equal(seen, "hello", 5);
	assert_int_equal(request.arg.params[0].u.value.c, 3);
	assert_int_equal(request.arg.params[2].u.value.a, 250);
	/* Of a datagram that is longer, as much as there is room for, and its whole size. */
	memset(fake_scratch_bytes(entry, AT_DATA), '.', 16);
	assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_RECV, 4, &done), TEE_SUCCESS);
	assert_int_equal(done, 12);
	assert_memory_equal(fake_scratch_bytes(entry, AT_DATA), "data....", 8);
	assert_int_equal(request.arg.params[2].u.value.a, 250);
}

static void data_goes_and_comes(void **state)
{
	answer = sent_4;
	run(send_and_receive);
}

static void waits_99(struct msg_arg *reply)
{
	if (reply->params[0].u.value.a == RPC_SOCKET_RECV) {
		reply->params[1].u.tmem.size = 99;
	}
}

static void peek(struct fake_entry *entry)
{
	uint64_t done;

	assert_int_equal(
		socket_transfer(entry, must_open(entry, &socket_uuid), PTA_SOCKET_RECV, 0, &done),
		TEE_SUCCESS);
	assert_int_equal(done, 99);
	assert_int_equal(request.arg.params[1].attr, MSG_ATTR_TYPE_TMEM_OUTPUT);
	assert_int_equal(request.arg.params[1].u.tmem.buf_ptr, 0);
}

static void without_room_it_is_asked_how_much_waits(void **state)
{
	answer = waits_99;
	run(peek);
}

/* --- Lies about sockets ----------------------------------------------------------------------- */

static uint64_t lied;
static TEE_Result lied_result;

static void lie_about_sizes(struct msg_arg *reply)
{
	reply->ret = lied_result;
	if (reply->params[0].u.value.a == RPC_SOCKET_OPEN) {
		reply->params[3].u.value.a = lied;
	} else if (reply->params[0].u.value.a == RPC_SOCKET_SEND) {
		reply->params[2].u.value.b = lied;
	} else if (reply->params[0].u.value.a == RPC_SOCKET_RECV) {
		reply->params[1].u.rmem.size = lied;
	}
}

static void believe_no_size(struct fake_entry *entry)
{
	static const uint64_t lies[] = { 1ull << 32, UINT64_MAX, 1ull << 63 };
	uint32_t session = must_open(entry, &socket_uuid);
	uint32_t handle;
	uint64_t done;

	lied_result = TEE_SUCCESS;
	for (size_t i = 0; i < array_size(lies); i++) {
		lied = lies[i];
		assert_int_equal(socket_open(entry, session, "h", 2, &handle),
				 TEE_ERROR_COMMUNICATION);
		assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_SEND, 8, &done),
				 TEE_ERROR_COMMUNICATION);
		assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_RECV, 8, &done),
				 TEE_ERROR_COMMUNICATION);
	}
	lied = 9;
	assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_SEND, 8, &done),
			 TEE_ERROR_COMMUNICATION);
}

static void sizes_that_cannot_be_are_a_failure_of_communication(void **state)
{
	answer = lie_about_sizes;
	run(believe_no_size);
}

static void believe_no_result(struct fake_entry *entry)
{
	static const struct {
		TEE_Result said, told;
	} results[] = {
		{ RPC_SOCKET_ERROR_TIMEOUT, RPC_SOCKET_ERROR_TIMEOUT },
		{ RPC_SOCKET_ERROR_HOSTNAME, RPC_SOCKET_ERROR_HOSTNAME },
		{ TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_OUT_OF_MEMORY },
		{ TEE_ERROR_TARGET_DEAD, TEE_ERROR_COMMUNICATION },
		{ TEE_ERROR_SHORT_BUFFER, TEE_ERROR_COMMUNICATION },
		{ 1, TEE_ERROR_COMMUNICATION },
		{ 0x80000000, TEE_ERROR_COMMUNICATION },
		{ UINT32_MAX, TEE_ERROR_COMMUNICATION },
	};
	uint32_t session = must_open(entry, &socket_uuid);
	uint64_t done;

	lied = 0;
	for (size_t i = 0; i < array_size(results); i++) {
		lied_result = results[i].said;
		assert_int_equal(socket_transfer(entry, session, PTA_SOCKET_RECV, 8, &done),
				 results[i].told);
	}
	lied_result = TEE_SUCCESS;
}

static void a_ta_is_told_only_what_there_is_for_sockets(void **state)
{
	answer = lie_about_sizes;
	run(believe_no_result);
}

/* --- Keys ------------------------------------------------------------------------------------- */

static uint32_t derive(struct fake_entry *entry, uint32_t session, uint64_t extra, uint64_t size)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
					 0, 0),
		.vals = { extra == 0 ? 0 : fake_scratch(entry, AT_DATA), extra,
			  fake_scratch(entry, AT_DATA + 1024), size },
	};

	return invoke(entry, session, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY, &params);
}

static void derive_keys(struct fake_entry *entry)
{
	uint32_t session = must_open(entry, &system_uuid);
	uint8_t *key = fake_scratch_bytes(entry, AT_DATA + 1024);
	struct {
		TEE_UUID uuid;
		char extra[5];
	} input = { ta->uuid, "extra" };
	struct secret_key expected;

	memcpy(fake_scratch_bytes(entry, AT_DATA), "extra", 5);
	assert_int_equal(derive(entry, session, 5, 32), TEE_SUCCESS);
	key_subkey(HUK_SUBKEY_UNIQUE_TA, &input, 21, &expected);
	assert_memory_equal(key, expected.bytes, 32);
	memset(key, 0, 32);
	assert_int_equal(derive(entry, session, 0, 16), TEE_SUCCESS);
	key_subkey(HUK_SUBKEY_UNIQUE_TA, &ta->uuid, 16, &expected);
	assert_memory_equal(key, expected.bytes, 16);
	assert_int_equal(key[16], 0);
	assert_int_equal(derive(entry, session, 1025, 32), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(derive(entry, session, 0, 15), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(derive(entry, session, 0, 33), TEE_ERROR_BAD_PARAMETERS);
}

static void a_ta_has_a_key_of_its_own(void **state)
{
	run(derive_keys);
	assert_int_equal(requests, 0);
}

static void add_entropy(struct fake_entry *entry)
{
	uint32_t session = must_open(entry, &system_uuid);
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0),
		.vals = { fake_scratch(entry, AT_DATA), 1000 },
	};

	assert_int_equal(invoke(entry, session, PTA_SYSTEM_ADD_RNG_ENTROPY, &params), TEE_SUCCESS);
}

static void entropy_is_welcome(void **state)
{
	run(add_entropy);
}

/* --- Plug-ins --------------------------------------------------------------------------------- */

static uint64_t plugin_out;
static TEE_Result plugin_result;

static void plugin_answers(struct msg_arg *reply)
{
	reply->params[2].u.value.b = plugin_out;
	reply->ret = plugin_result;
	if (memory_of(reply) != NULL) {
		memset(memory_of(reply), 'P', 16);
	}
}

static uint32_t plugin_invoke(struct fake_entry *entry, uint64_t size, uint64_t uuid_size,
			      uint64_t *out)
{
	const TEE_UUID uuid = { 0x04050607, 0x0809, 0x0a0b, { 0xc, 0xd, 0xe, 0xf, 1, 2, 3, 4 } };
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_INPUT,
					 TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		.vals = { fake_scratch(entry, AT_DATA), uuid_size, 21, 22,
			  size == 0 ? 0 : fake_scratch(entry, AT_DATA + 64), size },
	};
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_DATA), &uuid, sizeof(uuid));
	memcpy(fake_scratch_bytes(entry, AT_DATA + 64), "to the plug-in", 14);
	res = invoke(entry, must_open(entry, &system_uuid), PTA_SYSTEM_SUPP_PLUGIN_INVOKE, &params);
	*out = params.vals[6];
	return res;
}

static void use_a_plugin(struct fake_entry *entry)
{
	const struct msg_param *params = request.arg.params;
	uint64_t out;

	plugin_out = 4;
	plugin_result = TEE_SUCCESS;
	assert_int_equal(plugin_invoke(entry, 8, 16, &out), TEE_SUCCESS);
	assert_int_equal(out, 4);
	assert_memory_equal(fake_scratch_bytes(entry, AT_DATA + 64), "PPPPhe p", 8);
	assert_memory_equal(seen, "to the p", 8);
	assert_int_equal(params[0].u.value.a, RPC_PLUGIN_INVOKE);
	/* Octets 04 05 06 07, 08 09 0a 0b, and so on, as little-endian words. */
	assert_int_equal(params[0].u.value.b, 0x07060504);
	assert_int_equal(params[0].u.value.c, 0x0b0a0908);
	assert_int_equal(params[1].u.value.a, 0x0f0e0d0c);
	assert_int_equal(params[1].u.value.b, 0x04030201);
	assert_int_equal(params[1].u.value.c, 21);
	assert_int_equal(params[2].u.value.a, 22);
	/* What it would have written, and no more than there is room for. */
	plugin_out = 1000;
	plugin_result = 0x1234;
	assert_int_equal(plugin_invoke(entry, 8, 16, &out), 0x1234);
	assert_int_equal(out, 1000);
	assert_memory_equal(fake_scratch_bytes(entry, AT_DATA + 64), "PPPPPPPPlug-in", 14);
	plugin_out = 0;
	plugin_result = TEE_ERROR_ITEM_NOT_FOUND;
	assert_int_equal(plugin_invoke(entry, 0, 16, &out), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(params[3].u.tmem.buf_ptr, 0);
	plugin_out = 1ull << 32;
	plugin_result = TEE_SUCCESS;
	assert_int_equal(plugin_invoke(entry, 8, 16, &out), TEE_ERROR_COMMUNICATION);
	assert_int_equal(plugin_invoke(entry, 8, 15, &out), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(normal.shms_live, 0);
}

static void a_plugin_answers_for_itself(void **state)
{
	answer = plugin_answers;
	run(use_a_plugin);
}

/* --- Profiles --------------------------------------------------------------------------------- */

static uint64_t profile_id;

static void profile_answers(struct msg_arg *reply)
{
	reply->params[0].u.value.a = profile_id;
}

static uint32_t profile_send(struct fake_entry *entry, uint32_t id, uint64_t *out)
{
	struct utee_params params = {
		.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT, 0,
					 0),
		.vals = { id, 0, fake_scratch(entry, AT_DATA), 7 },
	};
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, AT_DATA), "profile", 7);
	res = invoke(entry, must_open(entry, &gprof_uuid), PTA_GPROF_SEND, &params);
	*out = params.vals[0];
	return res;
}

static void send_profiles(struct fake_entry *entry)
{
	static const uint64_t lies[] = { 0, 101, 1ull << 32, UINT64_MAX };
	uint64_t out;

	profile_id = 3;
	assert_int_equal(profile_send(entry, 0, &out), TEE_SUCCESS);
	assert_int_equal(out, 3);
	assert_memory_equal(seen, &ta->uuid, 16);
	assert_memory_equal(seen + 16, "profile", 7);
	assert_int_equal(request.arg.params[1].u.rmem.size, 16);
	assert_int_equal(request.arg.params[2].u.rmem.size, 7);
	for (size_t i = 0; i < array_size(lies); i++) {
		profile_id = lies[i];
		assert_int_equal(profile_send(entry, 0, &out), TEE_ERROR_COMMUNICATION);
	}
	requests = 0;
	assert_int_equal(profile_send(entry, 101, &out), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(requests, 0);
}

static void a_profile_is_the_calling_tas(void **state)
{
	answer = profile_answers;
	run(send_profiles);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_tas_may_call),
		TEST(what_there_is_not_is_refused_without_a_request),
		TEST(sockets_are_closed_when_their_ta_is_gone),
		TEST(sockets_are_closed_when_their_ta_dies),
		TEST(what_could_not_be_closed_is_closed_before_its_number_is_used_again),
		TEST(a_host_is_a_string_of_sensible_size),
		TEST(data_goes_and_comes),
		TEST(without_room_it_is_asked_how_much_waits),
		TEST(sizes_that_cannot_be_are_a_failure_of_communication),
		TEST(a_ta_is_told_only_what_there_is_for_sockets),
		TEST(a_ta_has_a_key_of_its_own),
		TEST(entropy_is_welcome),
		TEST(a_plugin_answers_for_itself),
		TEST(a_profile_is_the_calling_tas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
