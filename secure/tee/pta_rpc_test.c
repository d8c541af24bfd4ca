#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/pta_rpc.h"
#include "abi/rpc.h"
#include "abi/rpmb.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/core/notif.h"
#include "secure/core/wait.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"

#define COOKIE 0x7000ull
#define PAGES  4u
#define SIZE   (PAGES * PORT_PAGE_SIZE)
/* Where the call and the data are in the client's memory. */
#define CALL   0u
#define DATA   1000u

static uint64_t pages;
static uint32_t session;
static struct pta_rpc_call call;

/* The last request that was no SHM_ALLOC or SHM_FREE, and how many there were. */
static union {
	uint8_t bytes[MSG_ARG_SIZE(4)];
	struct msg_arg arg;
} request;
static unsigned int requests;
/* What its first memref pointed at. */
static uint8_t seen[64];
/* Answers it. */
static void (*answer)(struct msg_arg *reply);

static bool is_memory_request(const struct msg_arg *arg)
{
	return arg->cmd == RPC_CMD_SHM_ALLOC || arg->cmd == RPC_CMD_SHM_FREE;
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
	if (is_memory_request(arg)) {
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
	if (!is_memory_request(reply) && answer != NULL) {
		answer(reply);
	}
}

static void bytes_put(uint64_t offset, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*fake_client_byte(pages, PAGES, offset + i) = ((const uint8_t *)from)[i];
	}
}

static void bytes_get(uint64_t offset, void *to, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		((uint8_t *)to)[i] = *fake_client_byte(pages, PAGES, offset + i);
	}
}

static TEE_Result try_open(uint32_t *opened)
{
	const TEE_UUID uuid = PTA_RPC_UUID;
	struct fake_message message = fake_message_open(1, 0);
	TEE_Result res;

	uuid_to_octets(&uuid, message.arg->params[0].u.octets);
	res = fake_message_run(&message);
	*opened = message.arg->session;
	return res;
}

static int setup(void **state)
{
	fake_client_begin();
	pages = fake_client_register(COOKIE, PAGES);
	assert_int_equal(try_open(&session), TEE_SUCCESS);
	memset(&call, 0, sizeof(call));
	requests = 0;
	answer = NULL;
	normal.look = look;
	normal.lie = lie;
	return 0;
}

static int teardown(void **state)
{
	normal.lie = NULL;
	fake_client_close(session);
	fake_client_unregister(COOKIE);
	fake_client_end(0);
	return 0;
}

/* With `size` bytes of data behind it. */
static TEE_Result invoke_sized(uint64_t call_size, uint64_t size)
{
	struct fake_message message = fake_message_invoke(session, PTA_RPC_CALL, 2);
	TEE_Result res;

	bytes_put(CALL, &call, sizeof(call));
	message.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, CALL, call_size);
	message.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, DATA, size);
	res = fake_message_run(&message);
	bytes_get(CALL, &call, sizeof(call));
	return res;
}

static TEE_Result invoke(void)
{
	return invoke_sized(sizeof(call), SIZE - DATA);
}

/* --- What is sent ----------------------------------------------------------------------------- */

static void tell_the_time(struct msg_arg *reply)
{
	reply->params[0].u.value.a = 1700000000;
	reply->params[0].u.value.b = 123456789;
}

static void a_request_is_sent_as_it_was_given_and_the_answer_comes_back(void **state)
{
	call.cmd = RPC_CMD_GET_TIME;
	call.count = 1;
	call.params[0].type = PTA_RPC_VALUE_OUTPUT;
	answer = tell_the_time;
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_int_equal(call.result, TEE_SUCCESS);
	assert_int_equal(call.params[0].a, 1700000000);
	assert_int_equal(call.params[0].b, 123456789);
	assert_int_equal(request.arg.cmd, RPC_CMD_GET_TIME);
	assert_int_equal(request.arg.num_params, 1);
	assert_int_equal(request.arg.params[0].attr, MSG_ATTR_TYPE_VALUE_OUTPUT);
}

static void refuse(struct msg_arg *reply)
{
	reply->ret = 0x12345678;
}

static void commands_and_results_are_any_number(void **state)
{
	call.cmd = 0x99999999;
	answer = refuse;
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_int_equal(call.result, 0x12345678);
	assert_int_equal(request.arg.cmd, 0x99999999);
	assert_int_equal(request.arg.num_params, 0);
}

static void values_have_64_bits(void **state)
{
	call.cmd = RPC_CMD_FS;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){
		.type = PTA_RPC_VALUE_INOUT, .a = UINT64_MAX, .b = 1ull << 32, .c = 1ull << 63
	};
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_true(request.arg.params[0].u.value.a == UINT64_MAX);
	assert_true(request.arg.params[0].u.value.b == 1ull << 32);
	assert_true(call.params[0].c == 1ull << 63);
}

static void fill_and_shorten(struct msg_arg *reply)
{
	memset(memory_of(reply), 'r', 8);
	reply->params[0].u.rmem.size = 3;
}

static void memory_goes_and_comes_back_and_no_more_than_was_said(void **state)
{
	char data[9] = { 0 };

	call.cmd = RPC_CMD_SOCKET;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){
		.type = PTA_RPC_MEMREF_INOUT, .memory = RPC_SHM_TYPE_APPL, .size = 8, .offset = 2
	};
	bytes_put(DATA, "..abcdefgh", 10);
	answer = fill_and_shorten;
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_memory_equal(seen, "abcdefgh", 8);
	assert_int_equal(request.arg.params[0].u.rmem.size, 8);
	assert_int_equal(call.params[0].size, 3);
	bytes_get(DATA + 2, data, 8);
	assert_string_equal(data, "rrrdefgh");
	assert_int_equal(normal.shms_live, 0);
}

static void claim_more(struct msg_arg *reply)
{
	memset(memory_of(reply), 'm', 16);
	reply->params[0].u.rmem.size = UINT64_MAX;
}

static void an_answer_that_claims_more_gives_what_there_is(void **state)
{
	char data[13] = { 0 };

	call.cmd = RPC_CMD_FS;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_MEMREF_OUTPUT,
						 .memory = RPC_SHM_TYPE_KERNEL,
						 .size = 8 };
	bytes_put(DATA, "............", 12);
	answer = claim_more;
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_true(call.params[0].size == UINT64_MAX);
	bytes_get(DATA, data, 12);
	assert_string_equal(data, "mmmmmmmm....");
}

static void memory_for_an_answer_is_sent_as_zeros(void **state)
{
	static const uint8_t zeros[64];

	call.cmd = RPC_CMD_FS;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_MEMREF_OUTPUT,
						 .memory = RPC_SHM_TYPE_APPL,
						 .size = 64 };
	bytes_put(DATA, "secret of the client", 20);
	memset(seen, 0xff, sizeof(seen));
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_memory_equal(seen, zeros, sizeof(zeros));
}

static void a_memref_may_refer_to_nothing(void **state)
{
	call.cmd = RPC_CMD_LOAD_TA;
	call.count = 2;
	call.params[0].type = PTA_RPC_VALUE_INPUT;
	call.params[1] = (struct pta_rpc_param){ .type = PTA_RPC_MEMREF_OUTPUT,
						 .memory = PTA_RPC_MEMORY_NONE };
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_int_equal(request.arg.params[1].attr, MSG_ATTR_TYPE_TMEM_OUTPUT);
	assert_int_equal(request.arg.params[1].u.tmem.buf_ptr, 0);
	assert_int_equal(normal.shms_made, 0);
}

static void memory_that_is_asked_for_is_given_back_at_once(void **state)
{
	call.cmd = RPC_CMD_SHM_ALLOC;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_VALUE_INPUT,
						 .a = RPC_SHM_TYPE_KERNEL,
						 .b = 5000 };
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_int_equal(call.result, TEE_SUCCESS);
	assert_true(call.params[0].b >= 5000);
	assert_int_equal(normal.shms_made, 1);
	assert_int_equal(normal.shms_live, 0);
}

/* --- What is refused -------------------------------------------------------------------------- */

static void refused(TEE_Result expected)
{
	assert_int_equal(invoke(), expected);
	assert_int_equal(requests, 0);
	assert_int_equal(normal.shms_live, 0);
}

static void nothing_is_sent_when_the_call_is_not_well_formed(void **state)
{
	call.cmd = RPC_CMD_FS;
	assert_int_equal(invoke_sized(sizeof(call) - 1, 64), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(invoke_sized(sizeof(call) + 1, 64), TEE_ERROR_BAD_PARAMETERS);
	call.count = 5;
	refused(TEE_ERROR_BAD_PARAMETERS);
	call.count = UINT32_MAX;
	refused(TEE_ERROR_BAD_PARAMETERS);
	call.count = 1;
	call.params[0].type = 4;
	refused(TEE_ERROR_BAD_PARAMETERS);
	call.params[0].type = 8;
	refused(TEE_ERROR_BAD_PARAMETERS);
	call.params[0].type = UINT32_MAX;
	refused(TEE_ERROR_BAD_PARAMETERS);
	call.params[0].type = PTA_RPC_NONE;
	call.reserved = 1;
	refused(TEE_ERROR_BAD_PARAMETERS);
}

static void memory_outside_the_data_is_refused(void **state)
{
	const struct {
		uint64_t offset, size;
	} bad[] = {
		{ 0, 0 },	    { 0, SIZE - DATA + 1 }, { SIZE - DATA, 1 },
		{ UINT64_MAX, 2 },  { 1, UINT64_MAX },	    { 0, PTA_RPC_DATA_MAX + 1 },
		{ 1ull << 63, 16 },
	};

	call.cmd = RPC_CMD_FS;
	call.count = 1;
	call.params[0].type = PTA_RPC_MEMREF_INOUT;
	for (size_t i = 0; i < array_size(bad); i++) {
		call.params[0].offset = bad[i].offset;
		call.params[0].size = bad[i].size;
		refused(TEE_ERROR_BAD_PARAMETERS);
	}
	call.params[0].offset = 0;
	call.params[0].size = 1;
	call.params[0].memory = RPC_SHM_TYPE_GLOBAL + 1;
	refused(TEE_ERROR_BAD_PARAMETERS);
}

static void memory_that_is_somebody_elses_cannot_be_freed(void **state)
{
	call.cmd = RPC_CMD_SHM_FREE;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_VALUE_INPUT, .a = 1, .b = 2 };
	refused(TEE_ERROR_ACCESS_DENIED);
}

static void only_keys_that_nobody_sleeps_on_can_be_named(void **state)
{
	call.cmd = RPC_CMD_NOTIFICATION;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_VALUE_INPUT,
						 .a = RPC_NOTIFICATION_SEND,
						 .b = PTA_RPC_KEYS };
	refused(TEE_ERROR_ACCESS_DENIED);
	call.params[0].b = UINT64_MAX;
	refused(TEE_ERROR_ACCESS_DENIED);
	for (uint64_t key = 0; key < PTA_RPC_KEYS; key++) {
		call.params[0].b = key;
		assert_int_equal(invoke(), TEE_SUCCESS);
		assert_true(request.arg.params[0].u.value.b >=
			    WAIT_VALUE_BASE + FAKE_CLIENT_THREADS);
		assert_true(request.arg.params[0].u.value.b <= wait_value_max());
		assert_int_equal(call.params[0].b, key);
	}
}

static void rpmb_request(uint32_t cmd, uint16_t type, uint64_t header)
{
	uint8_t frames[2 * RPMB_FRAME_SIZE + 6] = { 0 };

	frames[header + RPMB_FRAME_SIZE + 511] = (uint8_t)type;
	bytes_put(DATA, frames, sizeof(frames));
	memset(&call, 0, sizeof(call));
	call.cmd = cmd;
	call.count = 1;
	call.params[0].type = PTA_RPC_MEMREF_INPUT;
	call.params[0].size = header + 2ull * RPMB_FRAME_SIZE;
}

static void no_key_is_programmed(void **state)
{
	rpmb_request(RPC_CMD_RPMB, 1, 6);
	refused(TEE_ERROR_ACCESS_DENIED);
	rpmb_request(RPC_CMD_RPMB_FRAMES, 1, 0);
	refused(TEE_ERROR_ACCESS_DENIED);
	rpmb_request(RPC_CMD_RPMB, 2, 6);
	assert_int_equal(invoke(), TEE_SUCCESS);
	rpmb_request(RPC_CMD_RPMB_FRAMES, 2, 0);
	assert_int_equal(invoke(), TEE_SUCCESS);
	assert_int_equal(requests, 2);
}

static void no_memory(struct msg_arg *reply)
{
	if (reply->cmd == RPC_CMD_SHM_ALLOC) {
		reply->ret = TEE_ERROR_OUT_OF_MEMORY;
	}
}

static void without_memory_for_the_data_nothing_is_sent(void **state)
{
	call.cmd = RPC_CMD_FS;
	call.count = 1;
	call.params[0] = (struct pta_rpc_param){ .type = PTA_RPC_MEMREF_INPUT, .size = 8 };
	normal.lie = no_memory;
	assert_int_equal(invoke(), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(requests, 0);
	/* The fake keeps what it gave and then denied. */
	normal.shms_live = 0;
}

static void a_notification_is_sent_and_said(void **state)
{
	struct fake_message message = fake_message_invoke(session, PTA_RPC_NOTIFY, 1);
	uint32_t value;
	bool pending;

	message.arg->params[0] = fake_value(MSG_ATTR_TYPE_VALUE_OUTPUT, 0, 0);
	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	assert_true(notif_take(&value, &pending));
	assert_int_equal(value, message.arg->params[0].u.value.a);
	assert_int_not_equal(value, SMC_NOTIF_VALUE_BOTTOM_HALF);
	assert_false(notif_take(&value, &pending));
}

static void who_waits_for_it_sleeps_on_its_value(void **state)
{
	struct fake_message message = fake_message_invoke(session, PTA_RPC_NOTIFY_WAIT, 1);

	message.arg->params[0] = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, 250, 0);
	fake_message_start(&message);
	fake_call_serve_rooms(&message.call);
	assert_int_equal(fake_call_request(&message.call)->cmd, RPC_CMD_NOTIFICATION);
	assert_int_equal(fake_call_request(&message.call)->params[0].u.value.c, 250);
	assert_true(fake_call_request(&message.call)->params[0].u.value.b <=
		    SMC_NOTIF_ASYNC_VALUE_MAX);
	assert_false(fake_call_serve(&message.call));
	fake_notify(fake_call_request(&message.call)->params[0].u.value.b);
	fake_call_finish(&message.call);
	assert_int_equal(message.arg->ret, TEE_SUCCESS);
}

static void a_command_that_there_is_not_is_not_supported(void **state)
{
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, 3, &origin), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(fake_client_invoke(session, PTA_RPC_NOTIFY, &origin),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_invoke(session, PTA_RPC_NOTIFY_WAIT, &origin),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void it_is_for_development_only(void **state)
{
	uint32_t opened;

	fake_ta_key_is_public = false;
	assert_int_equal(try_open(&opened), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(opened, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_sent_as_it_was_given_and_the_answer_comes_back),
		TEST(commands_and_results_are_any_number),
		TEST(values_have_64_bits),
		TEST(memory_goes_and_comes_back_and_no_more_than_was_said),
		TEST(an_answer_that_claims_more_gives_what_there_is),
		TEST(memory_for_an_answer_is_sent_as_zeros),
		TEST(a_memref_may_refer_to_nothing),
		TEST(memory_that_is_asked_for_is_given_back_at_once),
		TEST(nothing_is_sent_when_the_call_is_not_well_formed),
		TEST(memory_outside_the_data_is_refused),
		TEST(memory_that_is_somebody_elses_cannot_be_freed),
		TEST(only_keys_that_nobody_sleeps_on_can_be_named),
		TEST(no_key_is_programmed),
		TEST(without_memory_for_the_data_nothing_is_sent),
		TEST(a_notification_is_sent_and_said),
		TEST(who_waits_for_it_sleeps_on_its_value),
		TEST(a_command_that_there_is_not_is_not_supported),
		TEST(it_is_for_development_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
