/* Promises of rpc.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/msg.h"
#include "secure/core/check.h"
#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/rpc.h"
#include "secure/core/thread.h"

#define PAGE	  PORT_PAGE_SIZE
#define COOKIE	  0xffff888012345600ull
#define CMD	  0x4711u
#define CALLS_MAX 4u

/* A test is one call: `step` runs on a secure thread and writes down what it saw. */
struct test {
	struct rpc_param params[RPC_PARAMS_MAX + 1];
	size_t count;
	uint32_t type;
	size_t size;
	struct shm *shm;
	TEE_Result res;
};

static struct test test;

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	thread_init(3);
	memset(&test, 0, sizeof(test));
	test.res = 0xdeadbeef;
	return 0;
}

static int teardown(void **state)
{
	uint64_t cookie;

	while (rpc_cache_disable(&cookie) == SMC_OK) {
	}
	/* What is still here leaked: there is no cache left. */
	assert_int_equal(shm_live(), 0);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(fake.maps_live, 0);
	thread_reset();
	return 0;
}

static struct shm *object(uint64_t cookie, size_t count, uint64_t offset)
{
	uint64_t pages[16];
	struct shm *shm;

	assert_int_equal(shm_create_list(cookie, fake_list_of(count, pages) + offset,
					 count * PAGE - offset, &shm),
			 TEE_SUCCESS);
	return shm;
}

/* --- Requests -------------------------------------------------------------------------------- */

static void step_call(void *arg)
{
	test.res = rpc_call(CMD, test.params, test.count);
}

/* Up to the request, with room that was asked for. */
static struct msg_arg *start_call(struct fake_call *call)
{
	fake_call_start(call, step_call, NULL);
	fake_call_serve_rooms(call);
	assert_false(fake_call_finished(call));
	return fake_call_request(call);
}

/* covers: SMC_RPC_ALLOC SMC_RPC_FREE SMC_RPC_CMD */
static void the_room_for_a_request_is_asked_for_and_given_back(void **state)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	fake_call_start(&call, step_call, NULL);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_ALLOC);
	assert_int_equal(call.regs.a1, 160);
	fake_call_serve(&call);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_CMD);
	assert_int_not_equal(smc_u64_from_pair(call.regs.a1, call.regs.a2), 0);
	arg = fake_call_request(&call);
	arg->ret = TEE_SUCCESS;
	fake_call_resume(&call);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_FREE);
	fake_call_serve(&call);
	assert_true(fake_call_finished(&call));
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(normal.rooms_live, 0);
}

static void a_request_is_written_as_the_message_page_says(void **state)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	test.count = 4;
	test.params[0] = (struct rpc_param){
		.type = RPC_PARAM_VALUE_INPUT, .a = 1, .b = 2ull << 40, .c = 3
	};
	test.params[1] =
		(struct rpc_param){ .type = RPC_PARAM_VALUE_OUTPUT, .a = 4, .b = 5, .c = 6 };
	test.params[2] =
		(struct rpc_param){ .type = RPC_PARAM_VALUE_INOUT, .a = 7, .b = 8, .c = 9 };
	test.params[3] = (struct rpc_param){ .type = RPC_PARAM_NONE, .a = 1, .b = 1, .c = 1 };
	arg = start_call(&call);
	assert_int_equal(arg->cmd, CMD);
	assert_int_equal(arg->func, 0);
	assert_int_equal(arg->session, 0);
	assert_int_equal(arg->cancel_id, 0);
	assert_int_equal(arg->pad, 0);
	assert_int_equal(arg->ret, TEE_ERROR_GENERIC);
	assert_int_equal(arg->ret_origin, 0);
	assert_int_equal(arg->num_params, 4);
	assert_int_equal(arg->params[0].attr, MSG_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(arg->params[0].u.value.a, 1);
	assert_true(arg->params[0].u.value.b == 2ull << 40);
	assert_int_equal(arg->params[0].u.value.c, 3);
	assert_int_equal(arg->params[1].attr, MSG_ATTR_TYPE_VALUE_OUTPUT);
	assert_int_equal(arg->params[1].u.value.a, 0);
	assert_int_equal(arg->params[1].u.value.b, 0);
	assert_int_equal(arg->params[1].u.value.c, 0);
	assert_int_equal(arg->params[2].attr, MSG_ATTR_TYPE_VALUE_INOUT);
	assert_int_equal(arg->params[2].u.value.b, 8);
	assert_int_equal(arg->params[3].attr, MSG_ATTR_TYPE_NONE);
	assert_int_equal(arg->params[3].u.value.a, 0);
	fake_call_finish(&call);
}

static void only_the_parameters_there_are_get_written(void **state)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	test.count = 1;
	test.params[0].type = RPC_PARAM_VALUE_INPUT;
	arg = start_call(&call);
	assert_int_equal(arg->num_params, 1);
	/* What was there before. */
	assert_int_equal(((uint8_t *)arg)[MSG_ARG_SIZE(1)], 0x5a);
	fake_call_finish(&call);
}

static void memory_is_named_by_its_cookie(void **state)
{
	static const struct {
		enum rpc_param_type type;
		uint64_t rmem;
		uint64_t tmem;
	} cases[] = {
		{ RPC_PARAM_MEMREF_INPUT, MSG_ATTR_TYPE_RMEM_INPUT, MSG_ATTR_TYPE_TMEM_INPUT },
		{ RPC_PARAM_MEMREF_OUTPUT, MSG_ATTR_TYPE_RMEM_OUTPUT, MSG_ATTR_TYPE_TMEM_OUTPUT },
		{ RPC_PARAM_MEMREF_INOUT, MSG_ATTR_TYPE_RMEM_INOUT, MSG_ATTR_TYPE_TMEM_INOUT },
	};
	struct fake_call call = { .room = 0 };
	struct shm *shm = object(COOKIE, 2, 0x10);

	test.count = 2;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct msg_arg *arg;

		test.params[0] = (struct rpc_param){
			.type = cases[i].type, .shm = shm, .offset = 0x20, .size = 0x30
		};
		/* A buffer that is not there may be of any size. */
		test.params[1] = (struct rpc_param){ .type = cases[i].type,
						     .offset = 0x20,
						     .size = UINT64_MAX };
		arg = start_call(&call);
		assert_int_equal(arg->params[0].attr, cases[i].rmem);
		assert_int_equal(arg->params[0].u.rmem.offs, 0x20);
		assert_int_equal(arg->params[0].u.rmem.size, 0x30);
		assert_true(arg->params[0].u.rmem.shm_ref == COOKIE);
		assert_int_equal(arg->params[1].attr, cases[i].tmem);
		assert_int_equal(arg->params[1].u.tmem.buf_ptr, 0);
		assert_true(arg->params[1].u.tmem.size == UINT64_MAX);
		assert_int_equal(arg->params[1].u.tmem.shm_ref, 0);
		fake_call_finish(&call);
	}
	shm_put(shm);
}

static void assert_not_sent(void)
{
	struct fake_call call = { .room = 0 };

	test.res = 0xdeadbeef;
	fake_call_start(&call, step_call, NULL);
	assert_true(fake_call_finished(&call));
	assert_int_equal(test.res, TEE_ERROR_BAD_PARAMETERS);
}

static void a_request_that_cannot_be_is_not_sent(void **state)
{
	struct shm *shm = object(COOKIE, 1, 0x10);
	struct shm *nameless = object(0, 1, 0);

	test.count = RPC_PARAMS_MAX + 1;
	assert_not_sent();

	test.count = 1;
	test.params[0] = (struct rpc_param){ .type = RPC_PARAM_MEMREF_INPUT, .shm = nameless };
	assert_not_sent();

	test.params[0] = (struct rpc_param){ .type = RPC_PARAM_MEMREF_INPUT, .shm = shm };
	test.params[0].size = PAGE - 0x10 + 1;
	assert_not_sent();
	test.params[0].offset = PAGE - 0x10;
	test.params[0].size = 1;
	assert_not_sent();
	test.params[0].offset = UINT64_MAX;
	test.params[0].size = 2;
	assert_not_sent();

	test.params[0] = (struct rpc_param){ .type = (enum rpc_param_type)99 };
	assert_not_sent();
	shm_put(shm);
	shm_put(nameless);
}

/* --- Replies --------------------------------------------------------------------------------- */

static void outputs_come_back_and_inputs_do_not(void **state)
{
	struct fake_call call = { .room = 0 };
	struct shm *shm = object(COOKIE, 1, 0);
	struct msg_arg *arg;

	test.count = 4;
	test.params[0] =
		(struct rpc_param){ .type = RPC_PARAM_VALUE_INPUT, .a = 1, .b = 2, .c = 3 };
	test.params[1] =
		(struct rpc_param){ .type = RPC_PARAM_VALUE_INOUT, .a = 4, .b = 5, .c = 6 };
	test.params[2] =
		(struct rpc_param){ .type = RPC_PARAM_MEMREF_INPUT, .shm = shm, .size = 7 };
	test.params[3] = (struct rpc_param){
		.type = RPC_PARAM_MEMREF_OUTPUT, .shm = shm, .offset = 1, .size = 8
	};
	arg = start_call(&call);
	for (size_t i = 0; i < 4; i++) {
		/* Types, counts and commands are the secure world's own business. */
		arg->params[i].attr = MSG_ATTR_TYPE_TMEM_INOUT;
		arg->params[i].u.value.a = 1000;
		arg->params[i].u.value.b = 1001 + i;
		arg->params[i].u.value.c = 1002;
	}
	arg->num_params = 77;
	arg->cmd = 78;
	arg->ret = TEE_ERROR_BUSY;
	fake_call_resume(&call);
	assert_int_equal(test.res, TEE_ERROR_BUSY);
	assert_int_equal(test.params[0].a, 1);
	assert_int_equal(test.params[0].b, 2);
	assert_int_equal(test.params[0].c, 3);
	assert_int_equal(test.params[1].a, 1000);
	assert_int_equal(test.params[1].b, 1002);
	assert_int_equal(test.params[1].c, 1002);
	assert_int_equal(test.params[2].size, 7);
	assert_int_equal(test.params[3].size, 1004);
	assert_int_equal(test.params[3].offset, 1);
	assert_ptr_equal(test.params[3].shm, shm);
	fake_call_finish(&call);
	shm_put(shm);
}

static void the_size_of_an_absent_buffer_comes_back_too(void **state)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	test.count = 1;
	test.params[0] = (struct rpc_param){ .type = RPC_PARAM_MEMREF_OUTPUT };
	arg = start_call(&call);
	arg->params[0].u.tmem.size = 12345;
	arg->ret = TEE_SUCCESS;
	fake_call_resume(&call);
	assert_int_equal(test.params[0].size, 12345);
	fake_call_finish(&call);
}

static void a_reply_without_a_result_is_an_error(void **state)
{
	struct fake_call call = { .room = 0 };

	start_call(&call);
	fake_call_resume(&call);
	assert_int_equal(test.res, TEE_ERROR_GENERIC);
	fake_call_finish(&call);
}

static void spoil_what_was_read(const void *from, size_t size)
{
	memset((void *)from, 0xff, size);
}

static void a_reply_is_read_once(void **state)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	test.count = 2;
	test.params[0] = (struct rpc_param){ .type = RPC_PARAM_VALUE_OUTPUT };
	test.params[1] = (struct rpc_param){ .type = RPC_PARAM_MEMREF_OUTPUT, .size = 1 };
	arg = start_call(&call);
	arg->ret = TEE_SUCCESS;
	arg->params[0].u.value.a = 42;
	arg->params[1].u.tmem.size = 43;
	fake.normal_read_hook = spoil_what_was_read;
	fake_call_resume(&call);
	fake.normal_read_hook = NULL;
	assert_int_equal(fake.normal_reads, 1);
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(test.params[0].a, 42);
	assert_int_equal(test.params[1].size, 43);
	fake_call_finish(&call);
}

/* --- Room for the request -------------------------------------------------------------------- */

static void assert_no_room(uint64_t address, uint64_t cookie, bool handed_back)
{
	struct fake_call call = { .room = 0 };

	test.res = 0xdeadbeef;
	fake_call_start(&call, step_call, NULL);
	fake_call_resume_alloc(&call, address, cookie);
	if (handed_back) {
		assert_int_equal(fake_call_rpc(&call), SMC_RPC_FREE);
		assert_true(smc_u64_from_pair(call.regs.a1, call.regs.a2) == cookie);
		fake_call_resume(&call);
	}
	assert_true(fake_call_finished(&call));
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(shm_live(), 0);
}

static void room_that_is_no_room_is_handed_back(void **state)
{
	uint64_t page = fake_pages(1);

	assert_no_room(0, 0, false);
	assert_no_room(0, COOKIE, false);
	assert_no_room(page, 0, false);
	assert_no_room(page + 1, COOKIE, true);
	assert_no_room(page + 8, COOKIE, true);
	assert_no_room(FAKE_NORMAL_BASE - PAGE, COOKIE, true);
	assert_no_room(UINT64_MAX - PAGE + 1, COOKIE, true);
	fake.maps_allowed = 0;
	assert_no_room(page, COOKIE, true);
}

static void step_call_twice(void *arg)
{
	step_call(arg);
	step_call(arg);
}

static void one_room_serves_a_whole_call(void **state)
{
	fake_call_run(step_call_twice, NULL);
	assert_int_equal(normal.rooms_made, 1);
	assert_int_equal(normal.rooms_live, 0);
}

static void step_with_given_room(void *arg)
{
	shm_get(test.shm);
	rpc_begin(test.shm, 0x100);
	step_call(arg);
	rpc_end();
	check(test.count != 1 || test.res == TEE_SUCCESS);
}

static void room_that_comes_with_the_call_is_used(void **state)
{
	uint64_t page = fake_pages(1);
	struct fake_call call = { .room = page + 0x100 };

	assert_int_equal(shm_create_page(COOKIE, page, PAGE, &test.shm), TEE_SUCCESS);
	fake_call_start(&call, step_with_given_room, NULL);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_CMD);
	assert_int_equal(call.regs.a1, 0);
	assert_int_equal(call.regs.a2, 0);
	assert_int_equal(fake_call_request(&call)->cmd, CMD);
	fake_call_serve(&call);
	assert_true(fake_call_finished(&call));
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(normal.rooms_made, 0);
	shm_put(test.shm);
}

static void room_that_does_not_fit_where_it_is_said_to_be_is_not_written(void **state)
{
	struct fake_call call = { .room = 0 };

	test.shm = object(COOKIE, 1, PAGE - 0x100);
	fake_call_start(&call, step_with_given_room, NULL);
	assert_true(fake_call_finished(&call));
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	shm_put(test.shm);
}

/* --- The cache ------------------------------------------------------------------------------- */

static void with_the_cache_on_a_room_stays_with_its_thread(void **state)
{
	uint64_t cookie;

	assert_int_equal(rpc_cache_enable(), SMC_OK);
	fake_call_run(step_call, NULL);
	fake_call_run(step_call, NULL);
	assert_int_equal(normal.rooms_made, 1);
	assert_int_equal(normal.rooms_live, 1);

	assert_int_equal(rpc_cache_disable(&cookie), SMC_OK);
	assert_int_not_equal(cookie, 0);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(rpc_cache_disable(&cookie), SMC_ENOTAVAIL);
	fake_call_run(step_call, NULL);
	assert_int_equal(normal.rooms_made, 2);
	assert_int_equal(normal.rooms_live, 1);
}

static void disabling_hands_out_each_room_and_only_then_ends_the_cache(void **state)
{
	struct fake_call calls[3] = { { .room = 0 } };
	uint64_t cookies[3];

	assert_int_equal(rpc_cache_enable(), SMC_OK);
	for (size_t i = 0; i < 3; i++) {
		start_call(&calls[i]);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rpc_cache_enable(), SMC_EBUSY);
		assert_int_equal(rpc_cache_disable(&cookies[0]), SMC_EBUSY);
		fake_call_finish(&calls[i]);
	}
	assert_int_equal(rpc_cache_disable(&cookies[0]), SMC_OK);
	/* Still on: what a call asks for now, stays. */
	fake_call_run(step_call, NULL);
	assert_int_equal(normal.rooms_made, 4);
	assert_int_equal(normal.rooms_live, 4);
	assert_int_equal(rpc_cache_disable(&cookies[0]), SMC_OK);
	assert_int_equal(rpc_cache_disable(&cookies[1]), SMC_OK);
	assert_int_equal(rpc_cache_disable(&cookies[2]), SMC_OK);
	assert_true(cookies[0] != cookies[1] && cookies[1] != cookies[2]);
	assert_int_equal(rpc_cache_disable(&cookies[0]), SMC_ENOTAVAIL);
	assert_int_equal(shm_live(), 0);
}

static void room_that_comes_with_a_call_drops_the_cached_one(void **state)
{
	uint64_t page = fake_pages(1);
	struct fake_call call = { .room = page + 0x100 };

	assert_int_equal(rpc_cache_enable(), SMC_OK);
	fake_call_run(step_call, NULL);
	assert_int_equal(shm_create_page(COOKIE, page, PAGE, &test.shm), TEE_SUCCESS);
	fake_call_start(&call, step_with_given_room, NULL);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_FREE);
	fake_call_finish(&call);
	assert_int_equal(normal.rooms_live, 0);
	shm_put(test.shm);
}

static void the_cache_is_off_after_boot(void **state)
{
	uint64_t cookie;

	assert_int_equal(rpc_cache_enable(), SMC_OK);
	fake_call_run(step_call, NULL);
	thread_reset();
	thread_init(3);
	assert_int_equal(shm_live(), 0);
	assert_int_equal(rpc_cache_disable(&cookie), SMC_ENOTAVAIL);
	normal.rooms_live = 0;
	fake_call_run(step_call, NULL);
	assert_int_equal(normal.rooms_live, 0);
}

/* --- Shared memory --------------------------------------------------------------------------- */

static void step_alloc(void *arg)
{
	test.res = rpc_shm_alloc(test.type, test.size, &test.shm);
	if (test.res == TEE_SUCCESS) {
		check(shm_size(test.shm) >= test.size);
		rpc_shm_free(test.type, test.shm);
	}
}

static uint64_t looked_type;
static uint64_t looked_size;

static void look_at_alloc(const struct msg_arg *request)
{
	if (request->cmd == RPC_CMD_SHM_ALLOC) {
		looked_type = request->params[0].u.value.a;
		looked_size = request->params[0].u.value.b;
	}
	if (request->cmd == RPC_CMD_SHM_FREE) {
		assert_int_equal(request->params[0].u.value.a, looked_type);
		assert_int_equal(request->params[0].u.value.c, 0);
	}
}

/* covers: RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE */
static void memory_is_asked_for_by_type_and_size_and_given_back(void **state)
{
	static const size_t sizes[] = { 1, 160, PAGE, PAGE + 1, 700 * PAGE };

	normal.look = look_at_alloc;
	for (size_t i = 0; i < array_size(sizes); i++) {
		for (uint32_t type = RPC_SHM_TYPE_APPL; type <= RPC_SHM_TYPE_GLOBAL; type++) {
			test.type = type;
			test.size = sizes[i];
			fake_call_run(step_alloc, NULL);
			assert_int_equal(test.res, TEE_SUCCESS);
			assert_int_equal(looked_type, type);
			assert_int_equal(looked_size, sizes[i]);
			assert_int_equal(normal.shms_live, 0);
		}
	}
}

static uint64_t reply_attr;
static uint64_t reply_address;
static uint64_t reply_size;
static uint64_t reply_cookie;
static uint32_t reply_count;
static uint32_t reply_ret;
static uint64_t freed[CALLS_MAX];
static size_t freed_count;

/* Answers with exactly these, and takes anything back. */
static void alloc_answering(void)
{
	struct fake_call call = { .room = 0 };
	struct msg_arg *arg;

	freed_count = 0;
	test.res = 0xdeadbeef;
	fake_call_start(&call, step_alloc, NULL);
	fake_call_serve_rooms(&call);
	while (!fake_call_finished(&call)) {
		if (fake_call_rpc(&call) != SMC_RPC_CMD) {
			fake_call_serve(&call);
			continue;
		}
		arg = fake_call_request(&call);
		if (arg->cmd == RPC_CMD_SHM_ALLOC) {
			arg->ret = reply_ret;
			arg->num_params = reply_count;
			arg->params[0].attr = reply_attr;
			arg->params[0].u.tmem.buf_ptr = reply_address;
			arg->params[0].u.tmem.size = reply_size;
			arg->params[0].u.tmem.shm_ref = reply_cookie;
		} else {
			assert_int_equal(arg->cmd, RPC_CMD_SHM_FREE);
			freed[freed_count] = arg->params[0].u.value.b;
			freed_count++;
			arg->ret = TEE_SUCCESS;
		}
		fake_call_resume(&call);
	}
}

static void good_reply(uint64_t list)
{
	reply_ret = TEE_SUCCESS;
	reply_count = 1;
	reply_attr = RPC_SHM_ATTR_NONCONTIG;
	reply_address = list;
	reply_size = test.size;
	reply_cookie = COOKIE;
}

static void assert_alloc_refused(bool handed_back)
{
	alloc_answering();
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(freed_count, handed_back ? 1 : 0);
	assert_true(!handed_back || freed[0] == COOKIE);
	assert_int_equal(shm_live(), 0);
}

static void assert_alloc_accepted(void)
{
	alloc_answering();
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(freed_count, 1);
	assert_true(freed[0] == COOKIE);
}

static void a_reply_of_another_shape_is_no_memory(void **state)
{
	static const uint64_t attrs[] = {
		0,
		1,
		2,
		3,
		5,
		6,
		7,
		9,
		0xb,
		0x10a,
		0x205,
		0x206,
		0x209,
		0x20b,
		0x1020a,
		0x8000020aull,
		0x1000000020aull,
		UINT64_MAX,
	};
	static const uint32_t counts[] = { 0, 2, 4, 5, UINT32_MAX };
	static const uint32_t rets[] = { TEE_ERROR_GENERIC, TEE_ERROR_OUT_OF_MEMORY, 1,
					 UINT32_MAX };
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);

	test.size = 2 * PAGE;
	good_reply(list);
	assert_alloc_accepted();
	for (size_t i = 0; i < array_size(attrs); i++) {
		good_reply(list);
		reply_attr = attrs[i];
		assert_alloc_refused(false);
	}
	for (size_t i = 0; i < array_size(counts); i++) {
		good_reply(list);
		reply_count = counts[i];
		assert_alloc_refused(false);
	}
	for (size_t i = 0; i < array_size(rets); i++) {
		good_reply(list);
		reply_ret = rets[i];
		assert_alloc_refused(false);
	}
	good_reply(list);
	reply_cookie = 0;
	assert_alloc_refused(false);
}

static void memory_that_is_too_small_is_handed_back(void **state)
{
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);

	test.size = 2 * PAGE;
	good_reply(list);
	reply_size = test.size - 1;
	assert_alloc_refused(true);
	reply_size = 0;
	assert_alloc_refused(true);
	reply_size = test.size + 1;
	assert_alloc_accepted();
	reply_size = UINT64_MAX;
	assert_alloc_accepted();
}

static void a_list_that_cannot_be_used_is_handed_back(void **state)
{
	uint64_t pages[2];
	uint64_t list = fake_list_of(2, pages);

	test.size = 2 * PAGE;
	good_reply(0);
	assert_alloc_refused(true);
	good_reply(FAKE_NORMAL_BASE - PAGE);
	assert_alloc_refused(true);
	good_reply(list);
	fake_list_page(list, 0)->pages[1] = 0;
	assert_alloc_refused(true);
	fake_list_page(list, 0)->pages[1] = pages[1] + 8;
	assert_alloc_refused(true);
	fake_list_page(list, 0)->pages[1] = pages[1];
	assert_alloc_accepted();

	test.size = SHM_SIZE_MAX + 1;
	good_reply(list);
	assert_alloc_refused(true);
}

static void contiguous_memory_is_one_whole_page(void **state)
{
	uint64_t page = fake_pages(2);

	test.size = PAGE;
	good_reply(page);
	reply_attr = RPC_SHM_ATTR_CONTIG;
	assert_alloc_accepted();
	reply_address = page + 8;
	assert_alloc_refused(true);
	reply_address = FAKE_NORMAL_BASE - PAGE;
	assert_alloc_refused(true);
	reply_address = 0;
	assert_alloc_refused(true);
	reply_address = page;
	reply_size = PAGE + 1;
	assert_alloc_refused(true);
	test.size = PAGE + 1;
	assert_alloc_refused(true);
}

static void a_reply_with_memory_is_read_once(void **state)
{
	uint64_t pages[2];

	test.size = 2 * PAGE;
	good_reply(fake_list_of(2, pages));
	fake.normal_read_hook = spoil_what_was_read;
	assert_alloc_accepted();
}

static void without_room_no_memory_is_asked_for(void **state)
{
	normal.is_out_of_memory = true;
	test.size = PAGE;
	fake_call_run(step_alloc, NULL);
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(normal.shms_made, 0);
}

/* --- Payloads -------------------------------------------------------------------------------- */

static void step_payloads(void *arg)
{
	struct shm *first;
	struct shm *again;
	struct shm *other;

	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, 100, &first) == TEE_SUCCESS);
	check(normal.last_asked == PAGE);
	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, PAGE, &again) == TEE_SUCCESS);
	check(again == first && normal.shms_made == 1);

	/* For each user its own. */
	check(rpc_payload(RPC_PAYLOAD_RPMB, RPC_SHM_TYPE_APPL, 1, &other) == TEE_SUCCESS);
	check(other != first && normal.shms_live == 2);

	/* Too small, or of another type: the old one goes first. */
	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, PAGE + 1, &again) == TEE_SUCCESS);
	check(normal.last_asked == 2 * PAGE && normal.shms_live == 2 && normal.shms_made == 3);
	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_KERNEL, 1, &again) == TEE_SUCCESS);
	check(normal.shms_live == 2 && normal.shms_made == 4);
	check(shm_covers(again, 0, PAGE));

	/* Dropped: one less, and the next is another. */
	rpc_payload_drop(RPC_PAYLOAD_FS);
	check(normal.shms_live == 1);
	rpc_payload_drop(RPC_PAYLOAD_FS);
	check(normal.shms_live == 1);
	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_KERNEL, 1, &again) == TEE_SUCCESS);
	check(normal.shms_live == 2 && normal.shms_made == 5);
}

static void a_payload_is_kept_until_the_call_ends(void **state)
{
	fake_call_run(step_payloads, NULL);
	assert_int_equal(normal.shms_made, 5);
	assert_int_equal(normal.shms_live, 0);
	assert_int_equal(normal.rooms_live, 0);
}

/* Two pages for what would fit in one. */
static void begin_within_a_page(struct msg_arg *reply)
{
	uint64_t pages[4];

	if (reply->cmd == RPC_CMD_SHM_ALLOC) {
		reply->params[0].u.tmem.buf_ptr = fake_list_of(array_size(pages), pages) | 0x128;
	}
}

static void step_payload_grows(void *arg)
{
	struct shm *first;
	struct shm *second;

	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, PAGE, &first) == TEE_SUCCESS);
	check(shm_covers(first, 0, PAGE + 1));
	check(rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, PAGE + 1, &second) == TEE_SUCCESS);
	check(normal.shms_made == 2);
}

/* What follows it in its last page is somebody else's, although the secure world sees it. */
static void a_payload_is_no_larger_than_was_asked_for(void **state)
{
	normal.lie = begin_within_a_page;
	fake_call_run(step_payload_grows, NULL);
	assert_int_equal(normal.shms_made, 2);
	assert_int_equal(normal.shms_live, 0);
}

static void step_payload(void *arg)
{
	test.res = rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, test.size, &test.shm);
}

static void payloads_go_even_when_the_cache_is_on(void **state)
{
	test.size = 1;
	assert_int_equal(rpc_cache_enable(), SMC_OK);
	fake_call_run(step_payload, NULL);
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(normal.shms_live, 0);
	assert_int_equal(normal.rooms_live, 1);
}

static void refuse_memory(struct msg_arg *reply)
{
	if (reply->cmd == RPC_CMD_SHM_ALLOC) {
		reply->ret = TEE_ERROR_OUT_OF_MEMORY;
	}
}

static void a_payload_that_cannot_be_had_is_out_of_memory(void **state)
{
	test.size = SIZE_MAX;
	fake_call_run(step_payload, NULL);
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	test.size = SIZE_MAX - PAGE + 1;
	fake_call_run(step_payload, NULL);
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	test.size = SHM_SIZE_MAX + 1;
	fake_call_run(step_payload, NULL);
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(normal.shms_made, 0);

	normal.lie = refuse_memory;
	test.size = 1;
	fake_call_run(step_payload, NULL);
	assert_int_equal(test.res, TEE_ERROR_OUT_OF_MEMORY);
}

/* --- The rest -------------------------------------------------------------------------------- */

static void step_interrupt(void *arg)
{
	rpc_foreign_interrupt();
}

/* covers: SMC_RPC_FOREIGN_INTR */
static void a_foreign_interrupt_leaves_without_a_request(void **state)
{
	struct fake_call call = { .room = 0 };

	fake_call_start(&call, step_interrupt, NULL);
	assert_int_equal(fake_call_rpc(&call), SMC_RPC_FOREIGN_INTR);
	assert_int_equal(call.regs.a1, 0);
	assert_int_equal(call.regs.a2, 0);
	fake_call_resume(&call);
	assert_true(fake_call_finished(&call));
}

static void step_unregister(void *arg)
{
	test.res = shm_unregister(COOKIE);
}

static void step_with_registered_room(void *arg)
{
	struct shm *shm = shm_find(COOKIE);

	check(shm != NULL);
	rpc_begin(shm, 0);
	test.res = rpc_call(CMD, NULL, 0);
	rpc_end();
}

/* The wake-up is one more request, after the room that came with the call is no longer ours. */
static void the_end_of_a_call_wakes_who_unregisters_its_room(void **state)
{
	uint64_t pages[1];
	uint64_t list = fake_list_of(1, pages);
	struct fake_call user = { .room = pages[0] };
	struct fake_call other = { .room = 0 };

	assert_int_equal(shm_register(COOKIE, list, PAGE), TEE_SUCCESS);
	fake_call_start(&user, step_with_registered_room, NULL);
	fake_call_start(&other, step_unregister, NULL);
	fake_call_serve_rooms(&other);
	assert_false(fake_call_serve(&other));
	fake_call_finish(&user);
	assert_int_equal(normal.sends, 1);
	fake_call_finish(&other);
	assert_int_equal(test.res, TEE_SUCCESS);
	assert_int_equal(normal.rooms_live, 0);
	assert_int_equal(shm_live(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_room_for_a_request_is_asked_for_and_given_back),
		TEST(a_request_is_written_as_the_message_page_says),
		TEST(only_the_parameters_there_are_get_written),
		TEST(memory_is_named_by_its_cookie),
		TEST(a_request_that_cannot_be_is_not_sent),
		TEST(outputs_come_back_and_inputs_do_not),
		TEST(the_size_of_an_absent_buffer_comes_back_too),
		TEST(a_reply_without_a_result_is_an_error),
		TEST(a_reply_is_read_once),
		TEST(room_that_is_no_room_is_handed_back),
		TEST(one_room_serves_a_whole_call),
		TEST(room_that_comes_with_the_call_is_used),
		TEST(room_that_does_not_fit_where_it_is_said_to_be_is_not_written),
		TEST(with_the_cache_on_a_room_stays_with_its_thread),
		TEST(disabling_hands_out_each_room_and_only_then_ends_the_cache),
		TEST(room_that_comes_with_a_call_drops_the_cached_one),
		TEST(the_cache_is_off_after_boot),
		TEST(memory_is_asked_for_by_type_and_size_and_given_back),
		TEST(a_reply_of_another_shape_is_no_memory),
		TEST(memory_that_is_too_small_is_handed_back),
		TEST(a_list_that_cannot_be_used_is_handed_back),
		TEST(contiguous_memory_is_one_whole_page),
		TEST(a_reply_with_memory_is_read_once),
		TEST(without_room_no_memory_is_asked_for),
		TEST(a_payload_is_kept_until_the_call_ends),
		TEST(a_payload_is_no_larger_than_was_asked_for),
		TEST(payloads_go_even_when_the_cache_is_on),
		TEST(a_payload_that_cannot_be_had_is_out_of_memory),
		TEST(a_foreign_interrupt_leaves_without_a_request),
		TEST(the_end_of_a_call_wakes_who_unregisters_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
