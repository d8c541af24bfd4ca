/* Every malformed message, by raw SMC past any driver: the error that the protocol has for it,
 * nothing written that should not be, and nothing held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normal/gate/gate.h"
#include "secure/core/shm.h"
#include "sim/memory.h"
#include "sim/port.h"
#include "sim/raw.h"
#include "sim/tour.h"
#include "sim/trouble.h"
#include "sim/world.h"

#define UNTOUCHED	0xAAAAAAAAu
#define FOREIGN_ADDRESS 0x1000ull
#define PAGE		4096u

static struct world *world;
static struct raw *raw;
static size_t live_before;

static int world_setup(void **state)
{
	const struct world_options options = { .no_driver = true };

	world = world_new(20, tour_scripts, &options);
	raw = world->raw;
	live_before = shm_live();
	return 0;
}

static int world_teardown(void **state)
{
	expect_equal(shm_live(), live_before);
	world_free(world);
	return 0;
}

static uint32_t smc(uint32_t a0, uint64_t address, uint32_t a3)
{
	return (uint32_t)raw_smc(raw,
				 (struct smc_regs){
					 .a0 = a0,
					 .a1 = smc_u64_high(address),
					 .a2 = smc_u64_low(address),
					 .a3 = a3,
				 })
		.a0;
}

/* --- Registers -------------------------------------------------------------------------------- */

static void an_unknown_function_is_refused(void **state)
{
	static const uint32_t yielding[] = { 0x32000000, 0x32000001, 0x32000002,
					     0x32000005, 0x32000006, 0x32000014,
					     0x3200FFFF, 0x00000000, 0x72000004 };
	static const uint32_t fast[] = { 0xB2000002, 0xB2000003, 0xB2000007, 0xB2000008,
					 0xB200FFFF, 0x80000000, 0xBF000002 };

	for (size_t i = 0; i < array_size(yielding); i++) {
		trouble_step("yielding %#x", yielding[i]);
		expect_equal(smc(yielding[i], raw_message_page(raw), 0), SMC_EBADCMD);
	}
	for (size_t i = 0; i < array_size(fast); i++) {
		struct smc_regs regs = { fast[i], 1, 2, 3, 4, 5, 6, 7 };

		trouble_step("fast %#x", fast[i]);
		gate_smc(&regs);
		expect_equal((uint32_t)regs.a0, SMC_UNKNOWN_FUNCTION);
		expect_equal(regs.a4, 4);
		expect_equal(regs.a7, 7);
	}
}

/* covers: SMC_EXCHANGE_CAPABILITIES */
static void capabilities_that_nobody_knows_are_refused(void **state)
{
	for (unsigned int bit = 1; bit < 32; bit++) {
		struct smc_regs regs = { .a0 = SMC_EXCHANGE_CAPABILITIES, .a1 = 1u << bit };

		gate_smc(&regs);
		expect_equal(regs.a0, SMC_ENOTAVAIL);
		expect_equal(regs.a1, 1u << bit);
	}
}

/* covers: SMC_RETURN_FROM_RPC */
static void only_a_suspended_thread_is_resumed(void **state)
{
	static const uint32_t indices[] = { 0, 1, 2, 127, 128, 0x7FFFFFFF, 0xFFFFFFFF };

	for (size_t i = 0; i < array_size(indices); i++) {
		expect_equal(smc(SMC_RETURN_FROM_RPC, 0, indices[i]), SMC_ERESUME);
	}
}

static void without_a_free_thread_a_call_is_turned_away(void **state)
{
	struct smc_regs suspended[2];
	struct raw_object *pages[3];
	uint32_t session = 0;

	for (size_t i = 0; i < array_size(pages); i++) {
		struct msg_arg *arg;

		pages[i] = raw_object_new(raw, PAGE);
		arg = (void *)pages[i]->bytes;
		arg->num_params = MSG_OPEN_META_PARAMS;
		raw_open_meta(arg, &tour_guide.uuid, MSG_LOGIN_PUBLIC);
	}
	for (size_t i = 0; i < array_size(suspended); i++) {
		uint64_t address = raw_object_page(pages[i], 0);

		suspended[i] = (struct smc_regs){
			.a0 = SMC_CALL_WITH_ARG,
			.a1 = smc_u64_high(address),
			.a2 = smc_u64_low(address),
		};
		gate_smc(&suspended[i]);
		expect_equal(suspended[i].a0, SMC_RPC_ALLOC);
		expect_equal(suspended[i].a3, i);
	}
	expect_equal(smc(SMC_CALL_WITH_ARG, raw_object_page(pages[2], 0), 0), SMC_ETHREAD_LIMIT);
	/* The cache is not touched while a thread may use it. */
	expect_equal(smc(SMC_ENABLE_SHM_CACHE, 0, 0), SMC_EBUSY);
	expect_equal(smc(SMC_DISABLE_SHM_CACHE, 0, 0), SMC_EBUSY);

	/* No memory for the first request of each. The first call can then not load its TA; the
	 * second cannot sleep until the first has, and loads it on its own. */
	for (size_t i = 0; i < array_size(suspended); i++) {
		const struct msg_arg *arg = (void *)pages[i]->bytes;

		suspended[i] = raw_smc(raw, (struct smc_regs){
						    .a0 = SMC_RETURN_FROM_RPC,
						    .a3 = i,
					    });
		expect_equal(suspended[i].a0, SMC_OK);
		expect_equal(arg->ret, i == 0 ? TEE_ERROR_OUT_OF_MEMORY : TEE_SUCCESS);
		session = arg->session;
	}
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(pages); i++) {
		raw_object_free(pages[i]);
	}
}

static void a_message_lies_in_one_aligned_page_of_normal_memory(void **state)
{
	static const uint32_t functions[] = { SMC_CALL_WITH_ARG, SMC_CALL_WITH_RPC_ARG };
	struct raw_object *gone = raw_object_new(raw, PAGE);
	uint64_t gone_page = raw_object_page(gone, 0);

	raw_object_free(gone);
	for (size_t i = 0; i < array_size(functions); i++) {
		uint64_t page = raw_message_page(raw);

		raw_message(raw, MSG_CMD_CLOSE_SESSION, 0);
		expect_equal(smc(functions[i], page + 8, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], page + 1, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], page + PAGE - 32, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], 0, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], FOREIGN_ADDRESS, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], gone_page, 0), SMC_EBADADDR);
		expect_equal(smc(functions[i], 0xFFFFFFFFFFFFF000ull, 0), SMC_EBADADDR);
	}
}

static void more_parameters_than_there_is_room_for_are_refused(void **state)
{
	static const uint32_t too_many[] = { 128, 0x7FFFFFF, 0x8000000, 0x7FFFFFFF, 0xFFFFFFFF };

	for (size_t i = 0; i < array_size(too_many); i++) {
		struct msg_arg *arg = raw_message(raw, MSG_CMD_INVOKE_COMMAND, too_many[i]);

		expect_equal(raw_call_bare(raw), SMC_EBADADDR);
		expect_equal(raw_call(raw), SMC_EBADADDR);
		expect_equal(arg->ret, UNTOUCHED);
	}
	/* 127 fill the page: nothing is left for requests, for which 122 leave just enough. */
	for (uint32_t params = 123; params <= 127; params++) {
		raw_message(raw, MSG_CMD_INVOKE_COMMAND, params);
		expect_equal(raw_call(raw), SMC_EBADADDR);
	}
	raw_message(raw, MSG_CMD_INVOKE_COMMAND, 122);
	expect_equal(raw_call(raw), SMC_OK);
	raw_message(raw, MSG_CMD_INVOKE_COMMAND, 127);
	expect_equal(raw_call_bare(raw), SMC_OK);
}

/* covers: SMC_CALL_WITH_REGD_ARG */
static void a_message_in_registered_memory_lies_wholly_in_it(void **state)
{
	struct raw_object *object = raw_object_new(raw, 2 * PAGE);
	uint64_t cookie = object->cookie;
	struct msg_arg *arg;

	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 0), SMC_EBADADDR);
	expect_equal(raw_register(raw, object), TEE_SUCCESS);
	arg = (void *)object->bytes;
	arg->cmd = MSG_CMD_CLOSE_SESSION;
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 0), SMC_OK);
	expect_equal(arg->ret, TEE_ERROR_ITEM_NOT_FOUND);

	/* One that lies in two pages at once is as good. */
	arg = (void *)(object->bytes + PAGE - 24);
	arg->cmd = MSG_CMD_CLOSE_SESSION;
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, PAGE - 24), SMC_OK);
	expect_equal(arg->ret, TEE_ERROR_ITEM_NOT_FOUND);

	for (uint32_t offset = 1; offset < 8; offset++) {
		expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, offset), SMC_EBADADDR);
	}
	/* Room for requests belongs to it. */
	memset(object->bytes, 0, object->size);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 2 * PAGE - 32 - 160 + 8), SMC_EBADADDR);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 2 * PAGE - 8), SMC_EBADADDR);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 2 * PAGE), SMC_EBADADDR);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 0xFFFFFFF8), SMC_EBADADDR);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, 0, 0), SMC_EBADADDR);
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, ~0ull, 0), SMC_EBADADDR);
	expect_equal(raw_unregister(raw, cookie), TEE_SUCCESS);
	raw_object_free(object);
}

static void an_unknown_command_is_refused_and_not_answered(void **state)
{
	static const uint32_t commands[] = { MSG_CMD_LEND_PROTMEM,
					     MSG_CMD_RECLAIM_PROTMEM,
					     MSG_CMD_ASSIGN_PROTMEM,
					     12,
					     0x7FFFFFFF,
					     0xFFFFFFFF };

	for (size_t i = 0; i < array_size(commands); i++) {
		struct msg_arg *arg = raw_message(raw, commands[i], 0);

		trouble_step("command %u", commands[i]);
		expect_equal(raw_call(raw), SMC_EBADCMD);
		expect_equal(arg->ret, UNTOUCHED);
	}
}

/* --- OPEN_SESSION ----------------------------------------------------------------------------- */

static void expect_open(struct msg_arg *arg, TEE_Result result)
{
	arg->session = 77;
	expect_equal(raw_call(raw), SMC_OK);
	expect_equal(arg->ret, result);
	expect_equal(arg->ret_origin, MSG_ORIGIN_TEE);
	expect_equal(arg->session, 0);
	expect_equal(world_secure_sessions(), 0);
}

static struct msg_arg *open_message(uint32_t params)
{
	struct msg_arg *arg = raw_message(raw, MSG_CMD_OPEN_SESSION, params);

	raw_open_meta(arg, &tour_guide.uuid, MSG_LOGIN_PUBLIC);
	return arg;
}

static void opening_takes_two_meta_parameters_and_four_at_most(void **state)
{
	static const uint64_t attrs[] = { 0x000, 0x001, 0x002,
					  0x102, 0x103, 0x10A,
					  0x301, 0x501, 0x8000000000000101ull };

	expect_open(open_message(0), TEE_ERROR_BAD_PARAMETERS);
	expect_open(open_message(1), TEE_ERROR_BAD_PARAMETERS);
	expect_open(open_message(7), TEE_ERROR_BAD_PARAMETERS);
	expect_open(open_message(100), TEE_ERROR_BAD_PARAMETERS);
	for (size_t i = 0; i < array_size(attrs); i++) {
		for (size_t j = 0; j < MSG_OPEN_META_PARAMS; j++) {
			struct msg_arg *arg = open_message(2);

			trouble_step("attr %#llx of %zu", (unsigned long long)attrs[i], j);
			arg->params[j].attr = attrs[i];
			expect_open(arg, TEE_ERROR_BAD_PARAMETERS);
		}
	}
}

static void a_login_that_does_not_exist_is_refused(void **state)
{
	static const uint64_t logins[] = { 3,	       7,	   0x7FFFFFFF,	  0x80000001,
					   0xF0000000, 0xFFFFFFFF, 0x100000000ull };

	for (size_t i = 0; i < array_size(logins); i++) {
		struct msg_arg *arg = open_message(2);

		trouble_step("login %#llx", (unsigned long long)logins[i]);
		arg->params[1].u.value.c = logins[i];
		expect_open(arg, TEE_ERROR_BAD_PARAMETERS);
	}
}

static void a_ta_that_nobody_has_is_not_found(void **state)
{
	static const TEE_UUID nobody = { .timeLow = 1 };
	struct msg_arg *arg = open_message(2);

	raw_open_meta(arg, &nobody, MSG_LOGIN_PUBLIC);
	expect_open(arg, TEE_ERROR_ITEM_NOT_FOUND);
}

/* --- Parameters of a client, in OPEN_SESSION and INVOKE_COMMAND alike ------------------------- */

/* Is `param` refused with `result`, wherever it stands? */
static void expect_refused(const struct msg_param *param, TEE_Result result)
{
	uint32_t session = 0;

	for (uint32_t place = 0; place < MSG_CLIENT_PARAMS_MAX; place++) {
		struct msg_arg *arg = open_message(MSG_OPEN_META_PARAMS + MSG_CLIENT_PARAMS_MAX);

		arg->params[MSG_OPEN_META_PARAMS + place] = *param;
		expect_open(arg, result);
	}
	expect_equal(raw_open(raw, &tour_guide.uuid, &session), TEE_SUCCESS);
	for (uint32_t place = 0; place < MSG_CLIENT_PARAMS_MAX; place++) {
		struct msg_arg *arg =
			raw_message(raw, MSG_CMD_INVOKE_COMMAND, MSG_CLIENT_PARAMS_MAX);

		arg->session = session;
		arg->params[place] = *param;
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, result);
		expect_equal(arg->ret_origin, MSG_ORIGIN_TEE);
		expect(memcmp(&arg->params[place], param, sizeof(*param)) == 0);
	}
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
}

static void an_attribute_that_does_not_exist_is_refused(void **state)
{
	static const uint64_t attrs[] = {
		0x4,
		0x8,
		0xC,
		0xF,
		0x10,
		0x7F,
		0xFF,
		0x100,
		0x101,
		0x103,
		0x105,
		0x106,
		0x109,
		0x201,
		0x205,
		0x400,
		0x401,
		0x80000001,
		0x100000001ull,
		0x8000000000000005ull,
	};

	for (size_t i = 0; i < array_size(attrs); i++) {
		struct msg_param param = { .attr = attrs[i] };

		trouble_step("attr %#llx", (unsigned long long)attrs[i]);
		expect_refused(&param, TEE_ERROR_BAD_PARAMETERS);
	}
}

static void a_range_outside_its_object_is_a_security_violation(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t size;
	} ranges[] = {
		{ 0, 2 * PAGE + 1 },
		{ 1, 2 * PAGE },
		{ 2 * PAGE, 1 },
		{ 2 * PAGE + 1, 0 },
		{ 0, ~0ull },
		{ ~0ull, 1 },
		{ ~0ull, 2 },
		{ 1, ~0ull },
		{ 0x8000000000000000ull, 0x8000000000000000ull },
		{ 0x100000000ull, 1 },
		{ 0, 0x100000001ull },
	};
	struct raw_object *object = raw_object_new(raw, 2 * PAGE);

	expect_equal(raw_register(raw, object), TEE_SUCCESS);
	for (uint64_t attr = MSG_ATTR_TYPE_RMEM_INPUT; attr <= MSG_ATTR_TYPE_RMEM_INOUT; attr++) {
		for (size_t i = 0; i < array_size(ranges); i++) {
			struct msg_param param = { .attr = attr };

			trouble_step("range %zu", i);
			param.u.rmem.offs = ranges[i].offset;
			param.u.rmem.size = ranges[i].size;
			param.u.rmem.shm_ref = object->cookie;
			expect_refused(&param, TEE_ERROR_SECURITY);
		}
	}
	expect_equal(raw_unregister(raw, object->cookie), TEE_SUCCESS);
	raw_object_free(object);
}

static void an_unknown_cookie_is_refused(void **state)
{
	static const uint64_t cookies[] = { 0, 1, 0x700000001ull, ~0ull };

	for (size_t i = 0; i < array_size(cookies); i++) {
		struct msg_param param = { .attr = MSG_ATTR_TYPE_RMEM_INOUT };

		param.u.rmem.size = 1;
		param.u.rmem.shm_ref = cookies[i];
		expect_refused(&param, TEE_ERROR_BAD_PARAMETERS);
	}
}

/* There is no memory that would be known by its address. */
static void memory_by_address_is_refused(void **state)
{
	for (uint64_t attr = MSG_ATTR_TYPE_TMEM_INPUT; attr <= MSG_ATTR_TYPE_TMEM_INOUT; attr++) {
		struct msg_param param = { .attr = attr };

		param.u.tmem.buf_ptr = raw_message_page(raw);
		param.u.tmem.size = 16;
		param.u.tmem.shm_ref = 5;
		expect_refused(&param, TEE_ERROR_BAD_PARAMETERS);
		param.u.tmem.buf_ptr = FOREIGN_ADDRESS;
		expect_refused(&param, TEE_ERROR_BAD_PARAMETERS);
	}
}

static void more_than_four_parameters_are_refused(void **state)
{
	uint32_t session;

	expect_equal(raw_open(raw, &tour_guide.uuid, &session), TEE_SUCCESS);
	for (uint32_t count = 5; count <= 122; count += 9) {
		struct msg_arg *arg = raw_message(raw, MSG_CMD_INVOKE_COMMAND, count);

		arg->session = session;
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
		expect_equal(arg->ret_origin, MSG_ORIGIN_TEE);
	}
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
}

/* --- Page lists, in a parameter and in REGISTER_SHM alike ------------------------------------- */

#define LONG_PAGES (2 * MSG_PAGE_LIST_ENTRIES + 10)

static void expect_list_refused(const struct raw_object *object, uint64_t address, uint64_t size)
{
	struct msg_param param = { .attr = MSG_ATTR_TYPE_TMEM_INOUT | MSG_ATTR_NONCONTIG };
	struct msg_arg *arg;

	param.u.tmem.buf_ptr = address;
	param.u.tmem.size = size;
	param.u.tmem.shm_ref = object->cookie;
	expect_refused(&param, TEE_ERROR_BAD_PARAMETERS);

	arg = raw_message(raw, MSG_CMD_REGISTER_SHM, 1);
	arg->params[0] = param;
	arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
	expect_equal(raw_call(raw), SMC_OK);
	expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	expect_equal(shm_live(), live_before);
	expect_equal(raw_unregister(raw, object->cookie), TEE_ERROR_BAD_PARAMETERS);
}

static uint64_t *list_entry_of(const struct raw_object *object, size_t index)
{
	struct msg_page_list *list = (void *)memory_file_bytes(object->list);

	return &list[index / MSG_PAGE_LIST_ENTRIES].pages[index % MSG_PAGE_LIST_ENTRIES];
}

static uint64_t *list_link_of(const struct raw_object *object, size_t page)
{
	struct msg_page_list *list = (void *)memory_file_bytes(object->list);

	return &list[page].next;
}

static void a_page_list_with_a_bad_entry_is_refused(void **state)
{
	static const size_t places[] = { 0, 1, 510, 511, 512, 1021, 1022, LONG_PAGES - 1 };
	struct raw_object *object = raw_object_new(raw, LONG_PAGES * PAGE);

	for (size_t i = 0; i < array_size(places); i++) {
		uint64_t *entry = list_entry_of(object, places[i]);
		uint64_t good = *entry;
		/* A hole, foreign pages, and addresses within pages. */
		const uint64_t bad[] = {
			0,     FOREIGN_ADDRESS,	     good + 8, good | 1, good | 0xFFF,
			~0ull, 0xFFFFFFFFFFFFF000ull
		};

		for (size_t j = 0; j < array_size(bad); j++) {
			trouble_step("entry %zu is %#llx", places[i], (unsigned long long)bad[j]);
			*entry = bad[j];
			expect_list_refused(object, object->list_address, object->size);
		}
		*entry = good;
	}
	raw_object_free(object);
}

static void a_page_list_with_a_bad_link_is_refused(void **state)
{
	struct raw_object *object = raw_object_new(raw, LONG_PAGES * PAGE);

	for (size_t page = 0; page < 2; page++) {
		uint64_t *link = list_link_of(object, page);
		uint64_t good = *link;
		const uint64_t bad[] = { 0, FOREIGN_ADDRESS, good + 8, good | 1, ~0ull };

		for (size_t j = 0; j < array_size(bad); j++) {
			*link = bad[j];
			expect_list_refused(object, object->list_address, object->size);
		}
		*link = good;
	}
	raw_object_free(object);
}

/* A list that leads back into itself has an end all the same: the size says how much of it
 * counts. Its pages are then named twice, which does nobody harm but its owner. */
static void a_page_list_with_a_cycle_ends(void **state)
{
	struct raw_object *object = raw_object_new(raw, LONG_PAGES * PAGE);
	uint64_t cookie = object->cookie;
	TEE_Result res;

	*list_link_of(object, 0) = object->list_address;
	res = raw_register(raw, object);
	if (res == TEE_SUCCESS) {
		expect_equal(raw_unregister(raw, cookie), TEE_SUCCESS);
	} else {
		expect_equal(res, TEE_ERROR_BAD_PARAMETERS);
	}
	raw_object_free(object);
}

/* Beyond what the size asks for nothing is looked at. */
static void what_follows_the_last_page_does_not_matter(void **state)
{
	struct raw_object *object = raw_object_new(raw, MSG_PAGE_LIST_ENTRIES * PAGE);

	*list_link_of(object, 0) = ~0ull;
	expect_equal(raw_register(raw, object), TEE_SUCCESS);
	expect_equal(raw_unregister(raw, object->cookie), TEE_SUCCESS);
	raw_object_free(object);
}

static void a_page_list_is_in_normal_memory_and_has_a_sane_size(void **state)
{
	struct raw_object *object = raw_object_new(raw, 2 * PAGE);
	const uint64_t list = object->list_address;

	expect_list_refused(object, FOREIGN_ADDRESS, PAGE);
	expect_list_refused(object, 0xFFFFFFFFFFFFF000ull, PAGE);
	expect_list_refused(object, list, 1ull << 40);
	expect_list_refused(object, list, ~0ull);
	expect_list_refused(object, list | 0xFFF, ~0ull);
	expect_list_refused(object, list, 1ull << 63);
	expect_list_refused(object, list | 0xFFF, ~0ull - 0xFFE);
	/* The offset makes it a page more than there is. */
	expect_list_refused(object, list | 1, 2 * PAGE);
	raw_object_free(object);
}

/* --- The other messages ----------------------------------------------------------------------- */

static void closing_and_cancelling_take_no_parameters(void **state)
{
	static const uint32_t commands[] = { MSG_CMD_CLOSE_SESSION, MSG_CMD_CANCEL };
	static const uint32_t counts[] = { 1, 2, 4, 122 };
	uint32_t session;

	expect_equal(raw_open(raw, &tour_guide.uuid, &session), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(commands); i++) {
		for (size_t j = 0; j < array_size(counts); j++) {
			struct msg_arg *arg = raw_message(raw, commands[i], counts[j]);

			arg->session = session;
			expect_equal(raw_call(raw), SMC_OK);
			expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
		}
	}
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
}

static void a_session_that_does_not_exist_is_unknown_to_all(void **state)
{
	uint32_t session;

	expect_equal(raw_open(raw, &tour_guide.uuid, &session), TEE_SUCCESS);
	for (uint32_t i = 0; i < 4; i++) {
		const uint32_t ids[] = { 0, session + 1, session | 0x80000000, 0xFFFFFFFF };
		struct msg_arg *arg;

		expect_equal(raw_invoke(raw, ids[i], 0, NULL, 0), TEE_ERROR_BAD_PARAMETERS);
		expect_equal(raw_close(raw, ids[i]), TEE_ERROR_ITEM_NOT_FOUND);
		arg = raw_message(raw, MSG_CMD_CANCEL, 0);
		arg->session = ids[i];
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	}
	expect_equal(raw_close(raw, session), TEE_SUCCESS);
	expect_equal(raw_close(raw, session), TEE_ERROR_ITEM_NOT_FOUND);
	expect_equal(raw_invoke(raw, session, 0, NULL, 0), TEE_ERROR_BAD_PARAMETERS);
}

/* covers: MSG_CMD_REGISTER_SHM */
static void registering_has_one_shape(void **state)
{
	static const uint64_t attrs[] = {
		0,     0x1,   0x5,   0x9,   0xA,   0xB,	    0x205,
		0x209, 0x20B, 0x10A, 0x30A, 0x60A, 0x1020A, 0x8000000000000000ull | 0x20A
	};
	static const uint32_t counts[] = { 0, 2, 4, 122 };
	struct raw_object *object = raw_object_new(raw, PAGE);
	struct msg_arg *arg;

	for (size_t i = 0; i < array_size(attrs) + array_size(counts); i++) {
		bool by_attr = i < array_size(attrs);

		arg = raw_message(raw, MSG_CMD_REGISTER_SHM,
				  by_attr ? 1 : counts[i - array_size(attrs)]);
		arg->params[0].attr = by_attr ? attrs[i] : MSG_ATTR_REGISTER_SHM;
		arg->params[0].u.tmem.buf_ptr = object->list_address;
		arg->params[0].u.tmem.size = PAGE;
		arg->params[0].u.tmem.shm_ref = object->cookie;
		trouble_step("shape %zu", i);
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
		expect_equal(arg->ret_origin, UNTOUCHED);
	}
	/* Neither a name that is none, nor memory that is none. */
	for (size_t i = 0; i < 2; i++) {
		arg = raw_message(raw, MSG_CMD_REGISTER_SHM, 1);
		arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
		arg->params[0].u.tmem.buf_ptr = object->list_address;
		arg->params[0].u.tmem.size = i == 0 ? PAGE : 0;
		arg->params[0].u.tmem.shm_ref = i == 0 ? 0 : object->cookie;
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	}
	raw_object_free(object);
}

/* covers: MSG_CMD_UNREGISTER_SHM */
static void unregistering_has_one_shape_and_works_once(void **state)
{
	struct raw_object *object = raw_object_new(raw, PAGE);
	uint64_t cookie = object->cookie;
	static const uint32_t counts[] = { 0, 2, 122 };

	expect_equal(raw_register(raw, object), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(counts); i++) {
		struct msg_arg *arg = raw_message(raw, MSG_CMD_UNREGISTER_SHM, counts[i]);

		arg->params[0].attr = MSG_ATTR_TYPE_RMEM_INPUT;
		arg->params[0].u.rmem.shm_ref = cookie;
		expect_equal(raw_call(raw), SMC_OK);
		expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	}
	expect_equal(raw_unregister(raw, 0), TEE_ERROR_BAD_PARAMETERS);
	expect_equal(raw_unregister(raw, cookie + 1), TEE_ERROR_BAD_PARAMETERS);
	expect_equal(raw_unregister(raw, cookie), TEE_SUCCESS);
	expect_equal(raw_unregister(raw, cookie), TEE_ERROR_BAD_PARAMETERS);
	raw_object_free(object);
}

/* The message would have to wait for its own end. */
static void a_message_cannot_unregister_the_memory_it_lies_in(void **state)
{
	struct raw_object *object = raw_object_new(raw, PAGE);
	uint64_t cookie = object->cookie;
	struct msg_arg *arg;

	expect_equal(raw_register(raw, object), TEE_SUCCESS);
	arg = (void *)object->bytes;
	arg->cmd = MSG_CMD_UNREGISTER_SHM;
	arg->num_params = 1;
	arg->params[0].attr = MSG_ATTR_TYPE_RMEM_INPUT;
	arg->params[0].u.rmem.shm_ref = cookie;
	expect_equal(smc(SMC_CALL_WITH_REGD_ARG, cookie, 0), SMC_OK);
	expect_equal(arg->ret, TEE_ERROR_BAD_PARAMETERS);
	expect_equal(raw_unregister(raw, cookie), TEE_SUCCESS);
	raw_object_free(object);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_function_is_refused),
		TEST(capabilities_that_nobody_knows_are_refused),
		TEST(only_a_suspended_thread_is_resumed),
		TEST(without_a_free_thread_a_call_is_turned_away),
		TEST(a_message_lies_in_one_aligned_page_of_normal_memory),
		TEST(more_parameters_than_there_is_room_for_are_refused),
		TEST(a_message_in_registered_memory_lies_wholly_in_it),
		TEST(an_unknown_command_is_refused_and_not_answered),
		TEST(opening_takes_two_meta_parameters_and_four_at_most),
		TEST(a_login_that_does_not_exist_is_refused),
		TEST(a_ta_that_nobody_has_is_not_found),
		TEST(an_attribute_that_does_not_exist_is_refused),
		TEST(a_range_outside_its_object_is_a_security_violation),
		TEST(an_unknown_cookie_is_refused),
		TEST(memory_by_address_is_refused),
		TEST(more_than_four_parameters_are_refused),
		TEST(a_page_list_with_a_bad_entry_is_refused),
		TEST(a_page_list_with_a_bad_link_is_refused),
		TEST(a_page_list_with_a_cycle_ends),
		TEST(what_follows_the_last_page_does_not_matter),
		TEST(a_page_list_is_in_normal_memory_and_has_a_sane_size),
		TEST(closing_and_cancelling_take_no_parameters),
		TEST(a_session_that_does_not_exist_is_unknown_to_all),
		TEST(registering_has_one_shape),
		TEST(unregistering_has_one_shape_and_works_once),
		TEST(a_message_cannot_unregister_the_memory_it_lies_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
