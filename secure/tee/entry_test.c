#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/msg.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/core/notif.h"
#include "secure/core/thread.h"
#include "secure/core/wait.h"
#include "secure/tee/entry.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/revision.h"

static TEE_Result interrupted(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		fake_interrupt(entry);
	}
	return TEE_SUCCESS;
}

static int setup(void **state)
{
	fake_client_begin();
	fake_ta_install(1, TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION, interrupted);
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static struct smc_regs enter(uint64_t a0, uint64_t a1)
{
	struct smc_regs regs = {
		a0, a1, 0x22222222, 0x33333333, 0x44444444, 0x55555555, 0x66666666, 0x77777777,
	};

	tee_enter(&regs);
	assert_int_equal(regs.a4, 0x44444444);
	assert_int_equal(regs.a5, 0x55555555);
	assert_int_equal(regs.a6, 0x66666666);
	assert_int_equal(regs.a7, 0x77777777);
	return regs;
}

/* --- Fast calls ------------------------------------------------------------------------------- */

/* covers: SMC_CALLS_COUNT SMC_CALLS_UID SMC_CALLS_REVISION SMC_GET_OS_UUID
 * SMC_GET_OS_REVISION */
static void it_says_who_it_is(void **state)
{
	struct smc_regs regs = enter(SMC_CALLS_UID, 0);

	assert_int_equal(regs.a0, 0x384fb3e0);
	assert_int_equal(regs.a1, 0xe7f811e3);
	assert_int_equal(regs.a2, 0xaf630002);
	assert_int_equal(regs.a3, 0xa5d5c51b);
	regs = enter(SMC_GET_OS_UUID, 0);
	assert_int_equal(regs.a0, 0x486178e0);
	assert_int_equal(regs.a1, 0xe7f811e3);
	assert_int_equal(regs.a2, 0xbc5e0002);
	assert_int_equal(regs.a3, 0xa5d5c51b);
	regs = enter(SMC_CALLS_REVISION, 0);
	assert_int_equal(regs.a0, 2);
	assert_int_equal(regs.a1, 0);
	regs = enter(SMC_GET_OS_REVISION, 0);
	assert_int_equal(regs.a0, REVISION_MAJOR);
	assert_int_equal(regs.a1, REVISION_MINOR);
	assert_int_equal(regs.a2, REVISION_BUILD);
	assert_int_equal(enter(SMC_CALLS_COUNT, 0).a0, 12);
}

/* covers: SMC_EXCHANGE_CAPABILITIES SMC_GET_THREAD_COUNT */
static void it_says_what_it_can_do(void **state)
{
	struct smc_regs regs = enter(SMC_EXCHANGE_CAPABILITIES, 0);

	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(regs.a1, 1u << 2 | 1u << 4 | 1u << 5 | 1u << 6 | 1u << 7);
	assert_int_equal(regs.a2, wait_value_max());
	assert_int_equal(regs.a3, 4);
	assert_int_equal(enter(SMC_EXCHANGE_CAPABILITIES, SMC_NSEC_CAP_UNIPROCESSOR).a0, SMC_OK);
	for (unsigned int bit = 1; bit < 32; bit++) {
		regs = enter(SMC_EXCHANGE_CAPABILITIES, 1u << bit);
		assert_int_equal(regs.a0, SMC_ENOTAVAIL);
		assert_int_equal(regs.a1, 1u << bit);
	}
	regs = enter(SMC_GET_THREAD_COUNT, 0);
	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(regs.a1, FAKE_CLIENT_THREADS);
}

/* covers: SMC_ENABLE_ASYNC_NOTIF SMC_GET_ASYNC_NOTIF_VALUE */
static void notifications_are_drained_by_a_fast_call(void **state)
{
	struct smc_regs regs = enter(SMC_GET_ASYNC_NOTIF_VALUE, 0);
	uint32_t value;

	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(regs.a1 | regs.a2 | regs.a3, 0);
	assert_int_equal(notif_value_alloc(&value), TEE_SUCCESS);
	notif_send(value);
	notif_send(SMC_NOTIF_VALUE_BOTTOM_HALF);
	assert_int_equal(fake.notifications_raised, 0);
	assert_int_equal(enter(SMC_ENABLE_ASYNC_NOTIF, 0).a0, SMC_OK);
	assert_int_equal(fake.notifications_raised, 1);
	regs = enter(SMC_GET_ASYNC_NOTIF_VALUE, 0);
	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(regs.a1, 0);
	assert_int_equal(regs.a2, SMC_ASYNC_NOTIF_VALID | SMC_ASYNC_NOTIF_PENDING);
	assert_int_equal(regs.a3, 0);
	regs = enter(SMC_GET_ASYNC_NOTIF_VALUE, 0);
	assert_int_equal(regs.a1, value);
	assert_int_equal(regs.a2, SMC_ASYNC_NOTIF_VALID);
	assert_int_equal(enter(SMC_GET_ASYNC_NOTIF_VALUE, 0).a2, 0);
}

/* covers: SMC_BOOT_SECONDARY SMC_VM_CREATED SMC_VM_DESTROYED SMC_L2CC_MUTEX
 * SMC_GET_SHM_CONFIG SMC_GET_PROTMEM_CONFIG SMC_CALL_LOAD_IMAGE */
static void what_is_not_built_is_not_available_or_unknown(void **state)
{
	const uint32_t unavailable[] = { SMC_BOOT_SECONDARY, SMC_VM_CREATED, SMC_VM_DESTROYED };
	const uint32_t unknown[] = {
		SMC_L2CC_MUTEX, SMC_GET_SHM_CONFIG, SMC_GET_PROTMEM_CONFIG,
		0xb2000005,	0xb2000006,	    0xbf000002,
		0xf2000009,	0x80000000,	    0xffffffff,
	};

	for (size_t i = 0; i < array_size(unavailable); i++) {
		assert_int_equal(enter(unavailable[i], 0).a0, SMC_ENOTAVAIL);
	}
	for (size_t i = 0; i < array_size(unknown); i++) {
		assert_int_equal(enter(unknown[i], 0).a0, SMC_UNKNOWN_FUNCTION);
	}
}

static void only_the_low_half_of_a_register_counts(void **state)
{
	struct smc_regs regs = enter(0xdead00000000ull | SMC_EXCHANGE_CAPABILITIES, 1ull << 40);

	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(enter(0xdead00000000ull | SMC_CALLS_COUNT, 0).a0, 12);
	assert_int_equal(enter(0xdead00000000ull | 0x32000001, 0).a0, SMC_EBADCMD);
}

/* --- The cache of request buffers ------------------------------------------------------------- */

/* A call that has to ask for a request buffer. */
static uint32_t open_without_room(void)
{
	struct fake_message open = fake_message_open(1, 0);

	open.call.regs = (struct smc_regs){ .a0 = SMC_CALL_WITH_ARG, .a2 = open.address };
	tee_enter(&open.call.regs);
	assert_int_equal(fake_call_rpc(&open.call), SMC_RPC_ALLOC);
	fake_call_finish(&open.call);
	assert_int_equal(open.arg->ret, TEE_SUCCESS);
	return open.arg->session;
}

/* covers: SMC_CALL_WITH_ARG SMC_RPC_ALLOC SMC_RPC_FREE */
static void without_the_cache_a_request_buffer_lasts_for_one_call(void **state)
{
	uint32_t session = open_without_room();

	assert_int_equal(normal.rooms_made, 1);
	assert_int_equal(normal.rooms_live, 0);
	assert_int_equal(enter(SMC_DISABLE_SHM_CACHE, 0).a0, SMC_ENOTAVAIL);
	fake_client_close(session);
}

/* covers: SMC_ENABLE_SHM_CACHE SMC_DISABLE_SHM_CACHE */
static void with_the_cache_it_lasts_until_disabled(void **state)
{
	struct smc_regs regs;
	uint32_t session;

	assert_int_equal(enter(SMC_ENABLE_SHM_CACHE, 0).a0, SMC_OK);
	session = open_without_room();
	assert_int_equal(normal.rooms_live, 1);
	regs = enter(SMC_DISABLE_SHM_CACHE, 0);
	assert_int_equal(regs.a0, SMC_OK);
	assert_int_not_equal(smc_u64_from_pair(regs.a1, regs.a2), 0);
	normal.rooms_live--;
	assert_int_equal(enter(SMC_DISABLE_SHM_CACHE, 0).a0, SMC_ENOTAVAIL);
	fake_client_close(session);
}

/* A caller that brings its own gets the cached one back. */
static void a_call_with_room_empties_the_cache_of_its_thread(void **state)
{
	uint32_t session;

	assert_int_equal(enter(SMC_ENABLE_SHM_CACHE, 0).a0, SMC_OK);
	session = open_without_room();
	assert_int_equal(normal.rooms_live, 1);
	fake_client_close(session);
	assert_int_equal(normal.rooms_live, 0);
	assert_int_equal(enter(SMC_DISABLE_SHM_CACHE, 0).a0, SMC_ENOTAVAIL);
}

static void the_cache_is_not_touched_while_a_thread_works(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 0);

	fake_message_start(&invoke);
	assert_int_equal(enter(SMC_ENABLE_SHM_CACHE, 0).a0, SMC_EBUSY);
	assert_int_equal(enter(SMC_DISABLE_SHM_CACHE, 0).a0, SMC_EBUSY);
	fake_call_finish(&invoke.call);
	fake_client_close(session);
}

/* --- Yielding calls --------------------------------------------------------------------------- */

static void an_unknown_yielding_call_is_a_bad_command(void **state)
{
	const uint32_t unknown[] = { 0x32000000, 0x32000005, 0x32000014, 0x3200ffff, 0x00000004 };

	for (size_t i = 0; i < array_size(unknown); i++) {
		assert_int_equal(enter(unknown[i], 0).a0, SMC_EBADCMD);
	}
}

/* covers: SMC_CALL_WITH_ARG */
static void a_finished_call_returns_one_register(void **state)
{
	struct fake_message close = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);
	struct smc_regs regs = { .a0 = SMC_CALL_WITH_ARG, .a2 = close.address, .a4 = 44, .a7 = 77 };

	tee_enter(&regs);
	assert_int_equal(regs.a0, SMC_OK);
	assert_int_equal(regs.a1 | regs.a2 | regs.a3, 0);
	assert_int_equal(regs.a4, 44);
	assert_int_equal(regs.a7, 77);
}

static void without_a_free_thread_nothing_happens(void **state)
{
	struct fake_message invokes[FAKE_CLIENT_THREADS];
	struct fake_message late = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);
	uint32_t session = fake_client_open(1);
	struct smc_regs regs;

	for (unsigned int i = 0; i < FAKE_CLIENT_THREADS; i++) {
		invokes[i] = fake_message_invoke(session, 0, 0);
		fake_message_start(&invokes[i]);
	}
	late.arg->session = session;
	regs = enter(SMC_CALL_WITH_ARG, 0);
	assert_int_equal(regs.a0, SMC_ETHREAD_LIMIT);
	assert_int_equal(regs.a2, 0x22222222);
	assert_int_equal(regs.a3, 0x33333333);
	/* The unknown ones too. */
	assert_int_equal(enter(0x32000005, 0).a0, SMC_ETHREAD_LIMIT);
	for (unsigned int i = 0; i < FAKE_CLIENT_THREADS; i++) {
		fake_call_finish(&invokes[i].call);
		assert_int_equal(invokes[i].arg->ret, TEE_SUCCESS);
	}
	assert_int_equal(fake_message_run(&late), TEE_SUCCESS);
}

/* covers: SMC_RETURN_FROM_RPC SMC_RPC_FOREIGN_INTR */
static void only_a_suspended_thread_is_resumed(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 0);
	struct smc_regs regs = { .a0 = SMC_RETURN_FROM_RPC };

	for (uint32_t i = 0; i < 200; i++) {
		regs = (struct smc_regs){ .a0 = SMC_RETURN_FROM_RPC, .a3 = i };
		tee_enter(&regs);
		assert_int_equal(regs.a0, SMC_ERESUME);
	}
	regs = (struct smc_regs){ .a0 = SMC_RETURN_FROM_RPC, .a3 = UINT32_MAX };
	tee_enter(&regs);
	assert_int_equal(regs.a0, SMC_ERESUME);
	fake_message_start(&invoke);
	invoke.call.regs.a0 = SMC_RETURN_FROM_RPC;
	tee_enter(&invoke.call.regs);
	assert_int_equal(invoke.call.regs.a0, SMC_OK);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
	fake_client_close(session);
}

static void it_announces_itself(void **state)
{
	assert_non_null(strstr(fake.console, REVISION_NAME));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_who_it_is),
		TEST(it_says_what_it_can_do),
		TEST(notifications_are_drained_by_a_fast_call),
		TEST(what_is_not_built_is_not_available_or_unknown),
		TEST(only_the_low_half_of_a_register_counts),
		TEST(without_the_cache_a_request_buffer_lasts_for_one_call),
		TEST(with_the_cache_it_lasts_until_disabled),
		TEST(a_call_with_room_empties_the_cache_of_its_thread),
		TEST(the_cache_is_not_touched_while_a_thread_works),
		TEST(an_unknown_yielding_call_is_a_bad_command),
		TEST(a_finished_call_returns_one_register),
		TEST(without_a_free_thread_nothing_happens),
		TEST(only_a_suspended_thread_is_resumed),
		TEST(it_announces_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
