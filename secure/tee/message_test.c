#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/core/notif.h"
#include "secure/core/shm.h"
#include "secure/tee/entry.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/session.h"

#define MULTI  (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#define COOKIE 0xc00c1e0000001000ull
#define PAGES  2u
#define SIZE   (PAGES * PORT_PAGE_SIZE)

/* What the TA was given, and what it answers. */
static struct utee_params given;
static struct utee_params answer;
static bool answers;
static bool interrupts;

static TEE_Result notary(struct fake_entry *entry)
{
	struct utee_params *params = fake_params(entry);

	given = *params;
	if (answers) {
		memcpy(params->vals, answer.vals, sizeof(params->vals));
	}
	if (interrupts && entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		fake_interrupt(entry);
	}
	return TEE_SUCCESS;
}

static struct fake_ta *ta;

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, MULTI, notary);
	memset(&given, 0, sizeof(given));
	memset(&answer, 0, sizeof(answer));
	answers = false;
	interrupts = false;
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

/* --- Where a message may lie ------------------------------------------------------------------ */

static uint64_t smc(uint32_t id, uint64_t address, uint64_t a3)
{
	struct fake_call call = {
		.regs = {
			.a0 = id,
			.a1 = smc_u64_high(address),
			.a2 = smc_u64_low(address),
			.a3 = a3,
		},
	};

	tee_enter(&call.regs);
	while (!fake_call_finished(&call)) {
		assert_true(fake_call_serve(&call));
	}
	return call.regs.a0;
}

/* covers: SMC_CALL_WITH_ARG SMC_CALL_WITH_RPC_ARG */
static void a_message_begins_a_page_of_the_normal_world(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);
	const uint32_t ids[] = { SMC_CALL_WITH_ARG, SMC_CALL_WITH_RPC_ARG };
	const uint64_t bad[] = {
		0,
		message.address + 1,
		message.address + 8,
		message.address + PORT_PAGE_SIZE / 2,
		FAKE_NORMAL_BASE - PORT_PAGE_SIZE,
		FAKE_NORMAL_BASE + (uint64_t)FAKE_NORMAL_PAGES * PORT_PAGE_SIZE,
		0xfffffffffffff000ull,
	};

	for (size_t i = 0; i < array_size(ids); i++) {
		assert_int_equal(smc(ids[i], message.address, 0), SMC_OK);
		for (size_t j = 0; j < array_size(bad); j++) {
			assert_int_equal(smc(ids[i], bad[j], 0), SMC_EBADADDR);
		}
	}
}

static void a_message_has_127_parameters_at_most(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_INVOKE_COMMAND, 0);

	message.arg->num_params = 127;
	assert_int_equal(smc(SMC_CALL_WITH_ARG, message.address, 0), SMC_OK);
	assert_int_equal(message.arg->ret, TEE_ERROR_BAD_PARAMETERS);
	message.arg->ret = 0;
	message.arg->num_params = 128;
	assert_int_equal(smc(SMC_CALL_WITH_ARG, message.address, 0), SMC_EBADADDR);
	message.arg->num_params = UINT32_MAX;
	assert_int_equal(smc(SMC_CALL_WITH_ARG, message.address, 0), SMC_EBADADDR);
	message.arg->num_params = 0x08000000;
	assert_int_equal(smc(SMC_CALL_WITH_ARG, message.address, 0), SMC_EBADADDR);
	assert_int_equal(message.arg->ret, 0);
}

static void the_room_for_requests_is_in_the_same_page(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_INVOKE_COMMAND, 0);

	message.arg->num_params = 122;
	assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_OK);
	message.arg->num_params = 123;
	assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_EBADADDR);
}

static void write_close(uint64_t pages, uint64_t offset)
{
	struct msg_arg arg = { .cmd = MSG_CMD_CLOSE_SESSION };

	memcpy(fake_client_byte(pages, PAGES, offset), &arg, sizeof(arg));
}

/* covers: SMC_CALL_WITH_REGD_ARG */
static void a_registered_message_is_found_by_cookie_and_offset(void **state)
{
	uint64_t pages = fake_client_register(COOKIE, PAGES);
	const uint64_t last = SIZE - MSG_ARG_SIZE(0) - MSG_RPC_ARG_SIZE;
	struct msg_arg *arg = (struct msg_arg *)fake_client_byte(pages, PAGES, 4096);

	write_close(pages, 4096);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, 4096), SMC_OK);
	assert_int_equal(arg->ret, TEE_ERROR_ITEM_NOT_FOUND);
	write_close(pages, last);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, last), SMC_OK);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, last + 8), SMC_EBADADDR);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, SIZE - 8), SMC_EBADADDR);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, SIZE), SMC_EBADADDR);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, 0xfffffff8), SMC_EBADADDR);
	for (uint64_t i = 1; i < 8; i++) {
		assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, 4096 + i), SMC_EBADADDR);
	}
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE + 1, 0), SMC_EBADADDR);
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, 0, 0), SMC_EBADADDR);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void a_message_may_lie_across_pages(void **state)
{
	uint64_t pages = fake_client_register(COOKIE, PAGES);
	const uint64_t offset = PORT_PAGE_SIZE - 16;
	struct msg_arg arg = { .cmd = MSG_CMD_CANCEL, .num_params = 0 };
	uint32_t ret;

	for (size_t i = 0; i < sizeof(arg); i++) {
		*fake_client_byte(pages, PAGES, offset + i) = ((uint8_t *)&arg)[i];
	}
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, offset), SMC_OK);
	memcpy(&ret, fake_client_byte(pages, PAGES, offset + offsetof(struct msg_arg, ret)), 4);
	assert_int_equal(ret, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void a_message_that_cannot_be_mapped_is_no_memory(void **state)
{
	uint64_t pages = fake_client_register(COOKIE, PAGES);

	write_close(pages, 0);
	fake.maps_allowed = 0;
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, 0), SMC_ENOMEM);
	fake.maps_allowed = FAKE_UNLIMITED;
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

/* covers: MSG_CMD_LEND_PROTMEM MSG_CMD_RECLAIM_PROTMEM MSG_CMD_GET_PROTMEM_CONFIG
 * MSG_CMD_ASSIGN_PROTMEM */
static void an_unknown_command_writes_nothing(void **state)
{
	struct fake_message message = fake_message_new(0, 1);
	uint8_t before[PORT_PAGE_SIZE];

	for (uint32_t cmd = MSG_CMD_LEND_PROTMEM; cmd < 40; cmd++) {
		message.arg->cmd = cmd;
		memcpy(before, message.arg, sizeof(before));
		assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_EBADCMD);
		assert_memory_equal(before, message.arg, sizeof(before));
	}
	message.arg->cmd = UINT32_MAX;
	assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_EBADCMD);
}

static enum notif_event noticed[4];
static unsigned int noticed_count;

static void notice(enum notif_event event)
{
	noticed[noticed_count++ % array_size(noticed)] = event;
}

/* Each on a secure thread; what the message says besides does not matter, and it gets no result. */
/* covers: MSG_CMD_DO_BOTTOM_HALF MSG_CMD_STOP_ASYNC_NOTIF */
static void bottom_halves_and_the_end_of_notifications_are_messages(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_DO_BOTTOM_HALF, 0);
	struct smc_regs enable = { .a0 = SMC_ENABLE_ASYNC_NOTIF };

	noticed_count = 0;
	notif_join(notice);
	tee_enter(&enable);
	assert_int_equal(enable.a0, SMC_OK);
	message.arg->ret = 0x12345678;
	assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_OK);
	message.arg->cmd = MSG_CMD_STOP_ASYNC_NOTIF;
	assert_int_equal(smc(SMC_CALL_WITH_RPC_ARG, message.address, 0), SMC_OK);
	assert_int_equal(message.arg->ret, 0x12345678);
	assert_int_equal(noticed_count, 3);
	assert_int_equal(noticed[0], NOTIF_STARTED);
	assert_int_equal(noticed[1], NOTIF_BOTTOM_HALF);
	assert_int_equal(noticed[2], NOTIF_STOPPED);
}

/* --- Parameters ------------------------------------------------------------------------------- */

static TEE_Result invoke_with(uint32_t session, const struct msg_param *params, uint32_t count)
{
	struct fake_message message = fake_message_invoke(session, 0, count);

	memcpy(message.arg->params, params, count * sizeof(*params));
	fake_message_run(&message);
	if (message.arg->ret != TEE_SUCCESS) {
		assert_int_equal(message.arg->ret_origin, TEE_ORIGIN_TEE);
	}
	return message.arg->ret;
}

static void an_unknown_attribute_is_refused(void **state)
{
	const uint32_t good[] = { 0, 1, 2, 3, 9, 10, 11 };
	uint32_t session = fake_client_open(1);
	struct msg_param param = { 0 };

	for (uint32_t type = 0; type < 256; type++) {
		TEE_Result expected = TEE_ERROR_BAD_PARAMETERS;

		for (size_t i = 0; i < array_size(good); i++) {
			expected = type == good[i] ? TEE_SUCCESS : expected;
		}
		param.attr = type;
		assert_int_equal(invoke_with(session, &param, 1), expected);
	}
	for (unsigned int bit = 8; bit < 64; bit++) {
		param.attr = MSG_ATTR_TYPE_VALUE_INPUT | 1ull << bit;
		assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
		param.attr = MSG_ATTR_TYPE_TMEM_INPUT | 1ull << bit;
		assert_int_equal(invoke_with(session, &param, 1),
				 bit == 9 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
	}
	fake_client_close(session);
}

static void a_client_has_four_parameters_at_most(void **state)
{
	uint32_t session = fake_client_open(1);
	struct msg_param params[6] = { { 0 } };
	struct fake_message open;

	assert_int_equal(invoke_with(session, params, 4), TEE_SUCCESS);
	assert_int_equal(invoke_with(session, params, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(invoke_with(session, params, 6), TEE_ERROR_BAD_PARAMETERS);
	open = fake_message_open(1, 5);
	assert_int_equal(fake_message_run(&open), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open.arg->ret_origin, TEE_ORIGIN_TEE);
	open = fake_message_open(1, 4);
	assert_int_equal(fake_message_run(&open), TEE_SUCCESS);
	fake_client_close(open.arg->session);
	fake_client_close(session);
}

/* covers: MSG_CMD_OPEN_SESSION */
static void open_begins_with_two_meta_parameters(void **state)
{
	const uint64_t bad[] = { 0, 1, 0x100, 0x102, 0x103, 0x301, 0x10101, 1ull << 32 | 0x101 };
	struct fake_message open;

	for (uint32_t count = 0; count < 2; count++) {
		open = fake_message_open(1, 0);
		open.arg->num_params = count;
		assert_int_equal(fake_message_run(&open), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(open.arg->ret_origin, TEE_ORIGIN_TEE);
	}
	for (size_t i = 0; i < array_size(bad); i++) {
		for (int which = 0; which < 2; which++) {
			open = fake_message_open(1, 0);
			open.arg->session = 99;
			open.arg->params[which].attr = bad[i];
			assert_int_equal(fake_message_run(&open), TEE_ERROR_BAD_PARAMETERS);
			assert_int_equal(open.arg->session, 0);
		}
	}
	open = fake_message_open(1, 1);
	open.arg->params[2].attr = MSG_ATTR_OPEN_META;
	assert_int_equal(fake_message_run(&open), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(ta->loads, 0);
}

static TEE_Result open_as(uint64_t login, TEE_Identity *client)
{
	struct fake_message open = fake_message_open(1, 0);
	TEE_Result res;

	memset(open.arg->params[1].u.octets, 0x11, 16);
	open.arg->params[1].u.value.c = login;
	res = fake_message_run(&open);
	if (res == TEE_SUCCESS) {
		struct list *link = list_last(session_normal_world());

		*client = list_entry(link, struct session, link)->client;
		fake_client_close(open.arg->session);
	}
	return res;
}

static void a_client_logs_in_as_somebody_we_know(void **state)
{
	const uint32_t named[] = { 1, 2, 4, 5, 6 };
	const uint32_t nameless[] = { 0, 0x80000000 };
	const uint64_t bad[] = {
		3, 7, 0x7fffffff, 0x80000001, TEE_LOGIN_TRUSTED_APP, 0xffffffff, 1ull << 32,
	};
	const TEE_UUID ones = { 0x11111111, 0x1111, 0x1111, { 17, 17, 17, 17, 17, 17, 17, 17 } };
	const TEE_UUID nil = { 0 };
	TEE_Identity client;

	for (size_t i = 0; i < array_size(named); i++) {
		assert_int_equal(open_as(named[i], &client), TEE_SUCCESS);
		assert_int_equal(client.login, named[i]);
		assert_memory_equal(&client.uuid, &ones, sizeof(ones));
	}
	for (size_t i = 0; i < array_size(nameless); i++) {
		assert_int_equal(open_as(nameless[i], &client), TEE_SUCCESS);
		assert_int_equal(client.login, nameless[i]);
		assert_memory_equal(&client.uuid, &nil, sizeof(nil));
	}
	for (size_t i = 0; i < array_size(bad); i++) {
		assert_int_equal(open_as(bad[i], &client), TEE_ERROR_BAD_PARAMETERS);
	}
}

/* covers: MSG_CMD_INVOKE_COMMAND */
static void values_are_32_bits_and_only_outputs_come_back(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message message = fake_message_invoke(session, 0, 4);
	struct msg_param *params = message.arg->params;

	params[0] = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, 0xf00000001, 0xf00000002);
	params[1] = fake_value(MSG_ATTR_TYPE_VALUE_OUTPUT, 0xf00000003, 0xf00000004);
	params[2] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 0xf00000005, 0xf00000006);
	params[3].u.value.a = 0xf00000007;
	for (int i = 0; i < 4; i++) {
		params[i].u.value.c = 0xccccccccccccccccull;
	}
	answers = true;
	for (uint64_t i = 0; i < 8; i++) {
		answer.vals[i] = 0xe00000010 + i;
	}
	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	assert_int_equal(given.types,
			 TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,
					 TEE_PARAM_TYPE_VALUE_INOUT, 0));
	for (uint64_t i = 0; i < 6; i++) {
		assert_int_equal(given.vals[i], i + 1);
	}
	assert_int_equal(given.vals[6] + given.vals[7], 0);
	assert_int_equal(params[0].u.value.a, 0xf00000001);
	assert_int_equal(params[0].u.value.b, 0xf00000002);
	assert_int_equal(params[1].u.value.a, 0x12);
	assert_int_equal(params[1].u.value.b, 0x13);
	assert_int_equal(params[2].u.value.a, 0x14);
	assert_int_equal(params[2].u.value.b, 0x15);
	assert_int_equal(params[3].u.value.a, 0xf00000007);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(params[i].u.value.c, 0xccccccccccccccccull);
	}
	answers = false;
	fake_client_close(session);
}

static void of_a_message_only_results_are_written(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message message = fake_message_invoke(session, 5, 3);
	struct msg_arg *arg = message.arg;
	uint8_t before[PORT_PAGE_SIZE];

	fake_client_register(COOKIE, PAGES);
	memset(arg->params, 0x77, PORT_PAGE_SIZE - sizeof(*arg));
	arg->pad = 0x77777777;
	arg->cancel_id = 0x77777777;
	arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 16, 32);
	arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 64, 32);
	arg->params[2] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 1, 2);
	memcpy(before, arg, sizeof(before));
	answers = true;
	for (uint64_t i = 0; i < 8; i++) {
		answer.vals[i] = 0x1000000 + i;
	}
	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	assert_int_equal(arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(arg->params[1].u.rmem.size, 0x1000003);
	assert_int_equal(arg->params[2].u.value.a, 0x1000004);
	assert_int_equal(arg->params[2].u.value.b, 0x1000005);
	arg->ret = 0;
	arg->ret_origin = 0;
	arg->params[1].u.rmem.size = 32;
	arg->params[2] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 1, 2);
	assert_memory_equal(before, arg, sizeof(before));
	answers = false;
	fake_client_close(session);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void memory_by_address_is_a_page_list_or_null(void **state)
{
	uint32_t session = fake_client_open(1);
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);
	struct msg_param param = { .attr = MSG_ATTR_TYPE_TMEM_INOUT };

	/* NULL has no size, whatever it says. */
	param.u.tmem.size = 4711;
	assert_int_equal(invoke_with(session, &param, 1), TEE_SUCCESS);
	assert_int_equal(given.types, TEE_PARAM_TYPE_MEMREF_INOUT);
	assert_int_equal(given.vals[0] + given.vals[1], 0);

	param.u.tmem.buf_ptr = pages[0];
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	param.attr |= MSG_ATTR_NONCONTIG;
	param.u.tmem.buf_ptr = list + 100;
	param.u.tmem.size = 5000;
	assert_int_equal(invoke_with(session, &param, 1), TEE_SUCCESS);
	assert_int_equal(given.vals[0] % PORT_PAGE_SIZE, 100);
	assert_int_equal(given.vals[1], 5000);

	param.u.tmem.size = 0;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	param.u.tmem.size = UINT64_MAX;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	param.u.tmem.size = 2 * PORT_PAGE_SIZE;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	param.u.tmem.size = 5000;
	fake_list_page(list, 0)->pages[1] = pages[1] + 8;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	fake_list_page(list, 0)->pages[1] = 0x1000;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	param.u.tmem.buf_ptr = 0x1000;
	assert_int_equal(invoke_with(session, &param, 1), TEE_ERROR_BAD_PARAMETERS);
	fake_client_close(session);
}

static void memory_by_cookie_is_inside_its_object(void **state)
{
	uint32_t session = fake_client_open(1);
	const struct {
		uint64_t cookie, offset, size;
		TEE_Result result;
	} cases[] = {
		{ COOKIE, 0, SIZE, TEE_SUCCESS },
		{ COOKIE, SIZE, 0, TEE_SUCCESS },
		{ COOKIE, 0, 0, TEE_SUCCESS },
		{ COOKIE, SIZE - 1, 1, TEE_SUCCESS },
		{ COOKIE, SIZE, 1, TEE_ERROR_SECURITY },
		{ COOKIE, SIZE + 1, 0, TEE_ERROR_SECURITY },
		{ COOKIE, 1, SIZE, TEE_ERROR_SECURITY },
		{ COOKIE, UINT64_MAX, 1, TEE_ERROR_SECURITY },
		{ COOKIE, UINT64_MAX, 2, TEE_ERROR_SECURITY },
		{ COOKIE, 16, UINT64_MAX, TEE_ERROR_SECURITY },
		{ COOKIE, 16, UINT64_MAX - 15, TEE_ERROR_SECURITY },
		{ COOKIE + 1, 0, 1, TEE_ERROR_BAD_PARAMETERS },
		{ 0, 0, 0, TEE_ERROR_BAD_PARAMETERS },
	};

	fake_client_register(COOKIE, PAGES);
	for (size_t i = 0; i < array_size(cases); i++) {
		/* The one before is given back when this one is refused. */
		struct msg_param params[2] = {
			fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 0, 1),
			fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, cases[i].cookie, cases[i].offset,
				  cases[i].size),
		};

		assert_int_equal(invoke_with(session, params, 2), cases[i].result);
		if (cases[i].result == TEE_SUCCESS) {
			assert_int_not_equal(given.vals[2], 0);
			assert_int_equal(given.vals[3], cases[i].size);
		}
	}
	fake_client_close(session);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

/* covers: MSG_CMD_CLOSE_SESSION MSG_CMD_CANCEL */
static void close_and_cancel_take_no_parameters(void **state)
{
	const uint32_t cmds[] = { MSG_CMD_CLOSE_SESSION, MSG_CMD_CANCEL };
	uint32_t session = fake_client_open(1);

	for (size_t i = 0; i < array_size(cmds); i++) {
		struct fake_message message = fake_message_new(cmds[i], 1);

		message.arg->session = session;
		assert_int_equal(fake_message_run(&message), TEE_ERROR_BAD_PARAMETERS);
	}
	fake_client_close(session);
}

/* --- Shared memory ---------------------------------------------------------------------------- */

static TEE_Result register_with(uint32_t num_params, uint64_t attr, uint64_t buf_ptr, uint64_t size,
				uint64_t cookie)
{
	struct fake_message message = fake_message_new(MSG_CMD_REGISTER_SHM, num_params);
	struct msg_param *param = message.arg->params;

	param->attr = attr;
	param->u.tmem.buf_ptr = buf_ptr;
	param->u.tmem.size = size;
	param->u.tmem.shm_ref = cookie;
	message.arg->ret_origin = 77;
	fake_message_run(&message);
	assert_int_equal(message.arg->ret_origin, 77);
	return message.arg->ret;
}

/* covers: MSG_CMD_REGISTER_SHM */
static void register_wants_exactly_one_noncontiguous_output(void **state)
{
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);

	for (uint32_t count = 0; count < 4; count++) {
		if (count != 1) {
			assert_int_equal(register_with(count, MSG_ATTR_REGISTER_SHM, list, 100, 5),
					 TEE_ERROR_BAD_PARAMETERS);
		}
	}
	for (uint64_t attr = 0; attr < 0x400; attr++) {
		if (attr != MSG_ATTR_REGISTER_SHM) {
			assert_int_equal(register_with(1, attr, list, 100, 5),
					 TEE_ERROR_BAD_PARAMETERS);
			/* So many pages the fake does not have. */
			fake_normal_reset();
			fake_pages(8);
		}
	}
	assert_int_equal(shm_live(), 0);
}

static void register_refuses_what_is_no_page_list(void **state)
{
	const uint64_t attr = MSG_ATTR_REGISTER_SHM;
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);

	assert_int_equal(register_with(1, attr, list, 0, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, list, 100, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, 0, 100, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, 0x2000, 100, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, list, 3 * 4096, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, list + 1, 2 * 4096, 5), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, list + 4095, UINT64_MAX, 5),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_with(1, attr, list, 2 * 4096, 5), TEE_SUCCESS);
	assert_int_equal(fake_client_unregister(5), TEE_SUCCESS);
}

/* covers: MSG_CMD_UNREGISTER_SHM */
static void unregister_wants_exactly_one_known_cookie(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_UNREGISTER_SHM, 0);

	fake_client_register(COOKIE, PAGES);
	for (uint32_t count = 0; count < 4; count++) {
		if (count != 1) {
			message.arg->num_params = count;
			message.arg->params[0].u.rmem.shm_ref = COOKIE;
			assert_int_equal(fake_message_run(&message), TEE_ERROR_BAD_PARAMETERS);
		}
	}
	assert_int_equal(fake_client_unregister(COOKIE + 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_unregister(0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_ERROR_BAD_PARAMETERS);
}

static void unregister_waits_until_the_ta_has_lost_the_memory(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 1);
	struct fake_message unregister = fake_message_new(MSG_CMD_UNREGISTER_SHM, 1);

	fake_client_register(COOKIE, PAGES);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, SIZE);
	unregister.arg->params[0].u.rmem.shm_ref = COOKIE;
	interrupts = true;
	fake_message_start(&invoke);
	assert_int_equal(fake_call_rpc(&invoke.call), SMC_RPC_FOREIGN_INTR);
	fake_message_start(&unregister);
	assert_false(fake_call_serve(&unregister.call));
	fake_call_finish(&invoke.call);
	fake_call_finish(&unregister.call);
	assert_int_equal(unregister.arg->ret, TEE_SUCCESS);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
	fake_client_close(session);
}

static void a_message_cannot_unregister_the_memory_it_lies_in(void **state)
{
	uint64_t pages = fake_client_register(COOKIE, PAGES);
	struct msg_arg *arg = (struct msg_arg *)fake_client_byte(pages, PAGES, 0);

	arg->cmd = MSG_CMD_UNREGISTER_SHM;
	arg->num_params = 1;
	arg->params[0].u.rmem.shm_ref = COOKIE;
	assert_int_equal(smc(SMC_CALL_WITH_REGD_ARG, COOKIE, 0), SMC_OK);
	assert_int_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

/* --- Memory that changes ---------------------------------------------------------------------- */

/* What was read is no longer there. */
static void forget(const void *from, size_t size)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)from;

	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0xff;
	}
}

static TEE_Result run_forgetting(struct fake_message *message)
{
	fake.normal_read_hook = forget;
	fake_message_start(message);
	while (!fake_call_finished(&message->call)) {
		/* Requests are the core's, and answered in good faith. */
		fake.normal_read_hook = NULL;
		assert_true(fake_call_serve(&message->call));
		fake.normal_read_hook = forget;
	}
	fake.normal_read_hook = NULL;
	assert_int_equal(message->call.regs.a0, SMC_OK);
	return message->arg->ret;
}

static void a_message_that_changes_once_read_is_served_as_it_was(void **state)
{
	struct fake_message open = fake_message_open(1, 1);
	struct fake_message invoke;
	struct fake_message close;
	uint32_t session;

	open.arg->params[2] = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, 21, 22);
	fake.normal_read_hook = forget;
	fake_message_start(&open);
	fake.normal_read_hook = NULL;
	fake_call_finish(&open.call);
	assert_int_equal(open.arg->ret, TEE_SUCCESS);
	assert_int_equal(given.vals[0], 21);
	session = open.arg->session;

	fake_client_register(COOKIE, PAGES);
	invoke = fake_message_invoke(session, 0, 2);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 8, 24);
	invoke.arg->params[1] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 31, 32);
	assert_int_equal(run_forgetting(&invoke), TEE_SUCCESS);
	assert_int_equal(given.vals[1], 24);
	assert_int_equal(given.vals[2], 31);
	/* Results are where they belong, by the count that was read and not by what is there. */
	assert_int_equal(invoke.arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(invoke.arg->params[0].u.rmem.size, 24);
	assert_int_equal(invoke.arg->params[1].u.value.a, 31);

	close = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);
	close.arg->session = session;
	assert_int_equal(run_forgetting(&close), TEE_SUCCESS);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void memory_is_registered_as_it_was_when_read(void **state)
{
	struct fake_message message = fake_message_new(MSG_CMD_REGISTER_SHM, 1);
	uint64_t pages[2];

	message.arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
	message.arg->params[0].u.tmem.buf_ptr = fake_list_of(2, pages);
	message.arg->params[0].u.tmem.size = SIZE;
	message.arg->params[0].u.tmem.shm_ref = COOKIE;
	assert_int_equal(run_forgetting(&message), TEE_SUCCESS);
	message = fake_message_new(MSG_CMD_UNREGISTER_SHM, 1);
	message.arg->params[0].u.rmem.shm_ref = COOKIE;
	assert_int_equal(run_forgetting(&message), TEE_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_begins_a_page_of_the_normal_world),
		TEST(a_message_has_127_parameters_at_most),
		TEST(the_room_for_requests_is_in_the_same_page),
		TEST(a_registered_message_is_found_by_cookie_and_offset),
		TEST(a_message_may_lie_across_pages),
		TEST(a_message_that_cannot_be_mapped_is_no_memory),
		TEST(an_unknown_command_writes_nothing),
		TEST(bottom_halves_and_the_end_of_notifications_are_messages),
		TEST(an_unknown_attribute_is_refused),
		TEST(a_client_has_four_parameters_at_most),
		TEST(open_begins_with_two_meta_parameters),
		TEST(a_client_logs_in_as_somebody_we_know),
		TEST(values_are_32_bits_and_only_outputs_come_back),
		TEST(of_a_message_only_results_are_written),
		TEST(memory_by_address_is_a_page_list_or_null),
		TEST(memory_by_cookie_is_inside_its_object),
		TEST(close_and_cancel_take_no_parameters),
		TEST(register_wants_exactly_one_noncontiguous_output),
		TEST(register_refuses_what_is_no_page_list),
		TEST(unregister_wants_exactly_one_known_cookie),
		TEST(unregister_waits_until_the_ta_has_lost_the_memory),
		TEST(a_message_cannot_unregister_the_memory_it_lies_in),
		TEST(a_message_that_changes_once_read_is_served_as_it_was),
		TEST(memory_is_registered_as_it_was_when_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
