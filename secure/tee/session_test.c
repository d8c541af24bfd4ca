#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/core/wait.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

#define MULTI  (TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION)
#define SINGLE TA_FLAG_SINGLE_INSTANCE
#define KEPT   (MULTI | TA_FLAG_INSTANCE_KEEP_ALIVE)

/* --- A TA that does what its command says ----------------------------------------------------- */

enum command {
	COMMAND_NOTHING,
	COMMAND_FAIL,
	COMMAND_PANIC,
	COMMAND_FAULT,
	COMMAND_GONE,
	COMMAND_INTERRUPT,
	COMMAND_LAST_WORDS,
	COMMAND_MASKED,
	COMMAND_UNMASKED,
};

/* Of the next open or close; 0 for none. */
static enum command open_does;
static enum command close_does;
/* The sessions that were invoked, in order. */
static uint32_t invoked[16];
static unsigned int invoked_count;
static uint32_t cancelled;

static uint32_t cancellation_flag(struct fake_entry *entry)
{
	fake_syscall(entry, SYSCALL_GET_CANCELLATION_FLAG, fake_scratch(entry, 0));
	return *(uint32_t *)fake_scratch_bytes(entry, 0);
}

static TEE_Result obey(struct fake_entry *entry, enum command command)
{
	switch (command) {
	case COMMAND_NOTHING:
		return TEE_SUCCESS;
	case COMMAND_FAIL:
		return TEE_ERROR_NO_DATA;
	case COMMAND_PANIC:
		fake_panic(entry, 0x1234);
	case COMMAND_FAULT:
		fake_fault(entry, 0xdead000);
	case COMMAND_GONE:
		fake_gone(entry);
	case COMMAND_INTERRUPT:
		fake_interrupt(entry);
		return TEE_SUCCESS;
	case COMMAND_LAST_WORDS:
		fake_interrupt(entry);
		fake_panic(entry, 0x5678);
	case COMMAND_MASKED:
		fake_interrupt(entry);
		cancelled = cancellation_flag(entry);
		return TEE_SUCCESS;
	case COMMAND_UNMASKED:
		fake_syscall(entry, SYSCALL_UNMASK_CANCELLATION, fake_scratch(entry, 0));
		fake_interrupt(entry);
		cancelled = cancellation_flag(entry);
		return TEE_SUCCESS;
	}
	return TEE_ERROR_NOT_IMPLEMENTED;
}

static TEE_Result obedient(struct fake_entry *entry)
{
	switch (entry->func) {
	case UTEE_ENTRY_FUNC_OPEN_SESSION:
		return obey(entry, open_does);
	case UTEE_ENTRY_FUNC_CLOSE_SESSION:
		return obey(entry, close_does);
	default:
		invoked[invoked_count % array_size(invoked)] = entry->session;
		invoked_count++;
		return obey(entry, entry->command);
	}
}

static struct fake_ta *ta;

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, MULTI, obedient);
	open_does = COMMAND_NOTHING;
	close_does = COMMAND_NOTHING;
	invoked_count = 0;
	cancelled = 77;
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static int teardown_kept(void **state)
{
	fake_client_end(1);
	return 0;
}

/* --- Promises --------------------------------------------------------------------------------- */

static void a_session_is_opened_used_and_closed(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	assert_int_equal(session_count(), 1);
	assert_int_equal(instance_count(), 1);
	assert_int_equal(fake_client_invoke(session, COMMAND_NOTHING, &origin), TEE_SUCCESS);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(fake_client_close(session), TEE_SUCCESS);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_OPEN_SESSION], 1);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], 1);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 1);
}

static void after_the_ta_ran_the_origin_is_the_ta(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, COMMAND_FAIL, &origin), TEE_ERROR_NO_DATA);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	open_does = COMMAND_FAIL;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_NO_DATA);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	fake_client_close(session);
}

static void a_session_that_the_ta_refused_is_not_closed(void **state)
{
	uint32_t origin;

	open_does = COMMAND_FAIL;
	fake_client_try_open(1, &origin);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 0);
	assert_int_equal(session_count(), 0);
	assert_int_equal(instance_count(), 0);
}

static void a_ta_that_does_not_exist_is_not_found(void **state)
{
	uint32_t origin;

	assert_int_equal(fake_client_try_open(2, &origin), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
}

static void what_goes_wrong_with_the_image_is_the_answer(void **state)
{
	uint32_t origin;

	ta->fetch_result = TEE_ERROR_SECURITY;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_SECURITY);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	ta->fetch_result = TEE_SUCCESS;
	ta->load_result = TEE_ERROR_BAD_FORMAT;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_BAD_FORMAT);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	ta->load_result = TEE_SUCCESS;
	fake_client_close(fake_client_open(1));
}

static void an_unknown_session_is_refused(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	for (uint32_t wrong = 0; wrong < 3; wrong++) {
		if (wrong == session) {
			continue;
		}
		assert_int_equal(fake_client_invoke(wrong, 0, &origin), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(origin, TEE_ORIGIN_TEE);
		assert_int_equal(fake_client_close(wrong), TEE_ERROR_ITEM_NOT_FOUND);
		assert_int_equal(fake_client_cancel(wrong), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(fake_client_close(session), TEE_SUCCESS);
	assert_int_equal(fake_client_close(session), TEE_ERROR_ITEM_NOT_FOUND);
}

static struct session *youngest(void)
{
	return list_entry(list_last(session_normal_world()), struct session, link);
}

static void ids_count_up_from_1(void **state)
{
	uint32_t sessions[3];

	for (uint32_t i = 0; i < 3; i++) {
		sessions[i] = fake_client_open(1);
		assert_int_equal(sessions[i], i + 1);
	}
	fake_client_close(sessions[0]);
	assert_int_equal(fake_client_open(1), 4);
	fake_client_close(sessions[1]);
	fake_client_close(sessions[2]);
	fake_client_close(4);
}

static void ids_skip_0_and_what_is_in_use(void **state)
{
	assert_int_equal(fake_client_open(1), 1);
	assert_int_equal(fake_client_open(1), 2);
	youngest()->id = UINT32_MAX;
	assert_int_equal(fake_client_open(1), 2);
	assert_int_equal(fake_client_open(1), 3);
	for (uint32_t i = 1; i <= 3; i++) {
		fake_client_close(i);
	}
	fake_client_close(UINT32_MAX);
}

static void there_are_so_many_sessions_and_no_more(void **state)
{
	uint32_t origin;

	/* Messages are pages of the fake's memory, which are not given back: use one. */
	struct fake_message open = fake_message_open(1, 0);
	struct fake_message close = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);

	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		assert_int_equal(fake_message_run(&open), TEE_SUCCESS);
	}
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		close.arg->session = i + 1;
		assert_int_equal(fake_message_run(&close), TEE_SUCCESS);
	}
}

/* --- Instances -------------------------------------------------------------------------------- */

static void without_single_instance_each_session_has_its_own(void **state)
{
	uint32_t sessions[2];

	ta->flags = 0;
	sessions[0] = fake_client_open(1);
	sessions[1] = fake_client_open(1);
	assert_int_equal(instance_count(), 2);
	fake_client_close(sessions[0]);
	assert_int_equal(instance_count(), 1);
	fake_client_close(sessions[1]);
	assert_int_equal(ta->loads, 2);
}

static void a_single_session_ta_with_a_session_is_busy(void **state)
{
	uint32_t session;
	uint32_t origin;

	ta->flags = SINGLE;
	session = fake_client_open(1);
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_BUSY);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	fake_client_close(session);
	fake_client_close(fake_client_open(1));
	assert_int_equal(ta->loads, 2);
}

static void a_multi_session_ta_serves_all_from_one_instance(void **state)
{
	uint32_t first = fake_client_open(1);
	uint32_t reference = ta->last_session;
	uint32_t second = fake_client_open(1);

	assert_int_equal(instance_count(), 1);
	assert_int_not_equal(ta->last_session, reference);
	fake_client_close(first);
	assert_int_equal(instance_count(), 1);
	fake_client_close(second);
	assert_int_equal(instance_count(), 0);
	assert_int_equal(ta->loads, 1);
}

static void a_kept_instance_stays_without_a_session(void **state)
{
	ta->flags = KEPT;
	fake_client_close(fake_client_open(1));
	assert_int_equal(instance_count(), 1);
	fake_client_close(fake_client_open(1));
	assert_int_equal(ta->loads, 1);
}

static void keep_alive_means_nothing_without_single_instance(void **state)
{
	ta->flags = TA_FLAG_INSTANCE_KEEP_ALIVE;
	fake_client_close(fake_client_open(1));
	assert_int_equal(instance_count(), 0);
}

static void there_are_so_many_instances_and_no_more(void **state)
{
	uint32_t origin;

	ta->flags = 0;
	for (uint32_t i = 0; i < INSTANCES_MAX; i++) {
		fake_client_open(1);
	}
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	assert_int_equal(session_count(), INSTANCES_MAX);
	for (uint32_t i = 0; i < INSTANCES_MAX; i++) {
		assert_int_equal(fake_client_close(i + 1), TEE_SUCCESS);
	}
}

static void a_load_that_fails_at_any_allocation_leaks_nothing(void **state)
{
	uint32_t origin;
	long n = 0;

	for (; n < 32; n++) {
		fake.pages_allowed = n;
		if (fake_client_try_open(1, &origin) == TEE_SUCCESS) {
			break;
		}
		fake.pages_allowed = FAKE_UNLIMITED;
		assert_int_equal(origin, TEE_ORIGIN_TEE);
		assert_int_equal(instance_count(), 0);
		assert_int_equal(fake.pages_live, 0);
	}
	fake.pages_allowed = FAKE_UNLIMITED;
	assert_in_range(n, 3, 31);
	fake.spaces_allowed = 0;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_OUT_OF_MEMORY);
	fake.spaces_allowed = FAKE_UNLIMITED;
	fake.commits_allowed = 0;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_TARGET_DEAD);
	fake.commits_allowed = FAKE_UNLIMITED;
	fake_ta_objects_limit(0);
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_OUT_OF_MEMORY);
}

/* --- Death ------------------------------------------------------------------------------------ */

static void expect_dead(uint32_t session)
{
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, COMMAND_NOTHING, &origin),
			 TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
}

static void dies_of(enum command command)
{
	uint32_t sessions[2] = { fake_client_open(1), fake_client_open(1) };
	unsigned int entries;
	uint32_t origin;

	assert_int_equal(fake_client_invoke(sessions[0], command, &origin), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	/* Its memory is free at once, the instance is there until all sessions are closed. */
	assert_int_equal(fake.spaces_live, 0);
	assert_int_equal(instance_count(), 1);
	entries = ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND];
	expect_dead(sessions[0]);
	expect_dead(sessions[1]);
	assert_int_equal(fake_client_close(sessions[0]), TEE_SUCCESS);
	assert_int_equal(fake_client_close(sessions[1]), TEE_SUCCESS);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], entries);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 0);
}

static void a_ta_that_panics_is_dead(void **state)
{
	dies_of(COMMAND_PANIC);
	assert_non_null(strstr(fake.console, "panic 0x1234"));
}

static void a_ta_that_faults_is_dead(void **state)
{
	dies_of(COMMAND_FAULT);
	assert_non_null(strstr(fake.console, "fault 11 at address 0xdead000"));
	assert_non_null(strstr(fake.console, "pc = load address + 0x50"));
}

static void a_ta_whose_user_mode_is_gone_is_dead(void **state)
{
	dies_of(COMMAND_GONE);
}

static void a_ta_that_dies_in_open_leaves_nothing(void **state)
{
	uint32_t origin;

	open_does = COMMAND_PANIC;
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	assert_int_equal(instance_count(), 0);
}

static void a_ta_that_dies_in_close_leaves_nothing(void **state)
{
	uint32_t session = fake_client_open(1);

	close_does = COMMAND_FAULT;
	assert_int_equal(fake_client_close(session), TEE_SUCCESS);
	assert_int_equal(instance_count(), 0);
}

static void the_tas_opinion_of_being_closed_is_not_asked(void **state)
{
	uint32_t session = fake_client_open(1);

	close_does = COMMAND_FAIL;
	assert_int_equal(fake_client_close(session), TEE_SUCCESS);
}

static void who_comes_after_a_crash_gets_a_new_instance(void **state)
{
	uint32_t session;
	uint32_t origin;

	for (int i = 0; i < 2; i++) {
		ta->flags = i == 0 ? MULTI : KEPT;
		session = fake_client_open(1);
		fake_client_invoke(session, COMMAND_PANIC, &origin);
		/* Even while the dead one still has a session. */
		fake_client_invoke(fake_client_open(1), COMMAND_PANIC, &origin);
		assert_int_equal(instance_count(), 2);
		fake_client_close(session);
		fake_client_close(session + 1);
		assert_int_equal(instance_count(), 0);
	}
	assert_int_equal(ta->loads, 4);
}

static void a_kept_crashed_instance_stays_dead(void **state)
{
	uint32_t session;
	uint32_t origin;

	ta->flags = KEPT | TA_FLAG_INSTANCE_KEEP_CRASHED;
	session = fake_client_open(1);
	fake_client_invoke(session, COMMAND_PANIC, &origin);
	fake_client_close(session);
	assert_int_equal(instance_count(), 1);
	assert_int_equal(fake.spaces_live, 0);
	assert_int_equal(fake_client_try_open(1, &origin), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	assert_int_equal(ta->loads, 1);
}

/* --- Waiting ---------------------------------------------------------------------------------- */

static void start_and_leave(struct fake_message *message, uint32_t rpc)
{
	fake_message_start(message);
	assert_int_equal(fake_call_rpc(&message->call), rpc);
}

/* It sleeps until somebody wakes it. */
static void expect_asleep(struct fake_message *message)
{
	assert_int_equal(fake_call_rpc(&message->call), SMC_RPC_CMD);
	assert_int_equal(fake_call_request(&message->call)->cmd, RPC_CMD_NOTIFICATION);
	assert_false(fake_call_serve(&message->call));
}

static void who_wants_a_ta_that_is_loading_waits_and_shares(void **state)
{
	struct fake_message first = fake_message_open(1, 0);
	struct fake_message second = fake_message_open(1, 0);

	start_and_leave(&first, SMC_RPC_CMD);
	assert_int_equal(fake_call_request(&first.call)->cmd, RPC_CMD_LOAD_TA);
	start_and_leave(&second, SMC_RPC_CMD);
	expect_asleep(&second);
	fake_call_finish(&first.call);
	fake_call_finish(&second.call);
	assert_int_equal(first.arg->ret, TEE_SUCCESS);
	assert_int_equal(second.arg->ret, TEE_SUCCESS);
	assert_int_equal(ta->loads, 1);
	fake_client_close(first.arg->session);
	fake_client_close(second.arg->session);
}

static void who_waited_for_a_load_that_failed_tries_itself(void **state)
{
	struct fake_message first = fake_message_open(1, 0);
	struct fake_message second = fake_message_open(1, 0);

	ta->fetch_result = TEE_ERROR_COMMUNICATION;
	start_and_leave(&first, SMC_RPC_CMD);
	start_and_leave(&second, SMC_RPC_CMD);
	expect_asleep(&second);
	fake_call_finish(&first.call);
	assert_int_equal(first.arg->ret, TEE_ERROR_COMMUNICATION);
	ta->fetch_result = TEE_SUCCESS;
	fake_call_finish(&second.call);
	assert_int_equal(second.arg->ret, TEE_SUCCESS);
	fake_client_close(second.arg->session);
}

static void calls_into_one_instance_take_turns_in_order(void **state)
{
	uint32_t sessions[3] = { fake_client_open(1), fake_client_open(1), fake_client_open(1) };
	struct fake_message calls[3];

	for (int i = 0; i < 3; i++) {
		calls[i] = fake_message_invoke(sessions[i], COMMAND_INTERRUPT, 0);
		fake_message_start(&calls[i]);
	}
	assert_int_equal(fake_call_rpc(&calls[0].call), SMC_RPC_FOREIGN_INTR);
	/* A wake-up that the normal world invents changes nothing. */
	fake_notify(WAIT_VALUE_BASE + 2);
	assert_true(fake_call_serve(&calls[2].call));
	expect_asleep(&calls[2]);
	expect_asleep(&calls[1]);
	for (int i = 0; i < 3; i++) {
		fake_call_finish(&calls[i].call);
		assert_int_equal(calls[i].arg->ret, TEE_SUCCESS);
	}
	assert_int_equal(invoked_count, 3);
	assert_true(invoked[0] != invoked[1] && invoked[1] != invoked[2]);
	for (int i = 0; i < 3; i++) {
		fake_client_close(sessions[i]);
	}
}

static void nobody_overtakes_who_was_there_first(void **state)
{
	uint32_t sessions[3] = { fake_client_open(1), fake_client_open(1), fake_client_open(1) };
	struct fake_message calls[3];

	for (int i = 0; i < 3; i++) {
		calls[i] = fake_message_invoke(sessions[i], COMMAND_INTERRUPT, 0);
	}
	fake_message_start(&calls[0]);
	fake_message_start(&calls[1]);
	/* The first ends, and it is the second's turn although it still sleeps. */
	fake_call_finish(&calls[0].call);
	fake_message_start(&calls[2]);
	expect_asleep(&calls[2]);
	fake_call_finish(&calls[1].call);
	fake_call_finish(&calls[2].call);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(calls[i].arg->ret, TEE_SUCCESS);
		fake_client_close(sessions[i]);
	}
}

static void two_instances_do_not_wait_for_each_other(void **state)
{
	struct fake_message calls[2];

	ta->flags = 0;
	for (int i = 0; i < 2; i++) {
		calls[i] = fake_message_invoke(fake_client_open(1), COMMAND_INTERRUPT, 0);
		fake_message_start(&calls[i]);
		assert_int_equal(fake_call_rpc(&calls[i].call), SMC_RPC_FOREIGN_INTR);
	}
	for (int i = 0; i < 2; i++) {
		fake_call_finish(&calls[i].call);
		fake_client_close(calls[i].arg->session);
	}
}

static void who_waits_for_a_ta_that_dies_is_told(void **state)
{
	uint32_t sessions[2] = { fake_client_open(1), fake_client_open(1) };
	struct fake_message first = fake_message_invoke(sessions[0], COMMAND_LAST_WORDS, 0);
	struct fake_message second = fake_message_invoke(sessions[1], COMMAND_NOTHING, 0);
	struct fake_message third = fake_message_open(1, 0);

	fake_message_start(&first);
	fake_message_start(&second);
	expect_asleep(&second);
	fake_message_start(&third);
	expect_asleep(&third);
	fake_call_finish(&first.call);
	fake_call_finish(&second.call);
	fake_call_finish(&third.call);
	assert_int_equal(first.arg->ret, TEE_ERROR_TARGET_DEAD);
	assert_int_equal(second.arg->ret, TEE_ERROR_TARGET_DEAD);
	assert_int_equal(third.arg->ret, TEE_ERROR_TARGET_DEAD);
	assert_int_equal(third.arg->session, 0);
	fake_client_close(sessions[0]);
	fake_client_close(sessions[1]);
}

static void a_session_serves_one_invoke_at_a_time(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message calls[2];

	for (int i = 0; i < 2; i++) {
		calls[i] = fake_message_invoke(session, COMMAND_INTERRUPT, 0);
		fake_message_start(&calls[i]);
	}
	expect_asleep(&calls[1]);
	fake_call_finish(&calls[0].call);
	fake_call_finish(&calls[1].call);
	assert_int_equal(calls[1].arg->ret, TEE_SUCCESS);
	fake_client_close(session);
}

static void close_waits_for_the_invoke_and_ends_the_others(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, COMMAND_INTERRUPT, 0);
	struct fake_message close = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);
	struct fake_message late = fake_message_invoke(session, COMMAND_NOTHING, 0);
	struct fake_message again = fake_message_new(MSG_CMD_CLOSE_SESSION, 0);

	close.arg->session = session;
	again.arg->session = session;
	fake_message_start(&invoke);
	fake_message_start(&close);
	expect_asleep(&close);
	fake_message_start(&late);
	expect_asleep(&late);
	fake_message_start(&again);
	expect_asleep(&again);
	fake_call_finish(&invoke.call);
	fake_call_finish(&close.call);
	fake_call_finish(&late.call);
	fake_call_finish(&again.call);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
	assert_int_equal(close.arg->ret, TEE_SUCCESS);
	assert_int_equal(late.arg->ret, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(again.arg->ret, TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], 1);
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_CLOSE_SESSION], 1);
}

static void an_interrupt_leaves_and_comes_back(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, COMMAND_INTERRUPT, 0);

	start_and_leave(&invoke, SMC_RPC_FOREIGN_INTR);
	assert_int_equal(invoke.arg->ret, 0);
	fake_call_finish(&invoke.call);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
	assert_int_equal(invoke.arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	fake_client_close(session);
}

static void without_contention_nothing_is_asked_of_the_normal_world(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, COMMAND_NOTHING, 0);

	fake_message_start(&invoke);
	assert_true(fake_call_finished(&invoke.call));
	fake_client_close(session);
	assert_int_equal(normal.waits + normal.sends + normal.rooms_made, 0);
}

/* --- Cancellation ----------------------------------------------------------------------------- */

static void cancel_while_invoked(uint32_t session, enum command command)
{
	struct fake_message invoke = fake_message_invoke(session, command, 0);

	start_and_leave(&invoke, SMC_RPC_FOREIGN_INTR);
	assert_int_equal(fake_client_cancel(session), TEE_SUCCESS);
	fake_call_finish(&invoke.call);
	assert_int_equal(invoke.arg->ret, TEE_SUCCESS);
}

static void a_ta_that_unmasked_sees_that_it_is_cancelled(void **state)
{
	uint32_t session = fake_client_open(1);

	cancel_while_invoked(session, COMMAND_UNMASKED);
	assert_int_equal(cancelled, 1);
	fake_client_close(session);
}

static void a_ta_that_did_not_unmask_does_not(void **state)
{
	uint32_t session = fake_client_open(1);

	cancel_while_invoked(session, COMMAND_MASKED);
	assert_int_equal(cancelled, 0);
	fake_client_close(session);
}

static void each_entry_begins_masked_and_not_cancelled(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	cancel_while_invoked(session, COMMAND_UNMASKED);
	fake_client_invoke(session, COMMAND_UNMASKED, &origin);
	assert_int_equal(cancelled, 0);
	cancel_while_invoked(session, COMMAND_MASKED);
	assert_int_equal(cancelled, 0);
	fake_client_close(session);
}

static void cancelling_one_session_leaves_the_others_alone(void **state)
{
	uint32_t sessions[2] = { fake_client_open(1), fake_client_open(1) };
	struct fake_message invoke = fake_message_invoke(sessions[0], COMMAND_UNMASKED, 0);

	fake_message_start(&invoke);
	assert_int_equal(fake_client_cancel(sessions[1]), TEE_SUCCESS);
	fake_call_finish(&invoke.call);
	assert_int_equal(cancelled, 0);
	fake_client_close(sessions[0]);
	fake_client_close(sessions[1]);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_KEPT(name) cmocka_unit_test_setup_teardown(name, setup, teardown_kept)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_is_opened_used_and_closed),
		TEST(after_the_ta_ran_the_origin_is_the_ta),
		TEST(a_session_that_the_ta_refused_is_not_closed),
		TEST(a_ta_that_does_not_exist_is_not_found),
		TEST(what_goes_wrong_with_the_image_is_the_answer),
		TEST(an_unknown_session_is_refused),
		TEST(ids_count_up_from_1),
		TEST(ids_skip_0_and_what_is_in_use),
		TEST(there_are_so_many_sessions_and_no_more),
		TEST(without_single_instance_each_session_has_its_own),
		TEST(a_single_session_ta_with_a_session_is_busy),
		TEST(a_multi_session_ta_serves_all_from_one_instance),
		TEST_KEPT(a_kept_instance_stays_without_a_session),
		TEST(keep_alive_means_nothing_without_single_instance),
		TEST(there_are_so_many_instances_and_no_more),
		TEST(a_load_that_fails_at_any_allocation_leaks_nothing),
		TEST(a_ta_that_panics_is_dead),
		TEST(a_ta_that_faults_is_dead),
		TEST(a_ta_whose_user_mode_is_gone_is_dead),
		TEST(a_ta_that_dies_in_open_leaves_nothing),
		TEST(a_ta_that_dies_in_close_leaves_nothing),
		TEST(the_tas_opinion_of_being_closed_is_not_asked),
		TEST(who_comes_after_a_crash_gets_a_new_instance),
		TEST_KEPT(a_kept_crashed_instance_stays_dead),
		TEST(who_wants_a_ta_that_is_loading_waits_and_shares),
		TEST(who_waited_for_a_load_that_failed_tries_itself),
		TEST(calls_into_one_instance_take_turns_in_order),
		TEST(nobody_overtakes_who_was_there_first),
		TEST(two_instances_do_not_wait_for_each_other),
		TEST(who_waits_for_a_ta_that_dies_is_told),
		TEST(a_session_serves_one_invoke_at_a_time),
		TEST(close_waits_for_the_invoke_and_ends_the_others),
		TEST(an_interrupt_leaves_and_comes_back),
		TEST(without_contention_nothing_is_asked_of_the_normal_world),
		TEST(a_ta_that_unmasked_sees_that_it_is_cancelled),
		TEST(a_ta_that_did_not_unmask_does_not),
		TEST(each_entry_begins_masked_and_not_cancelled),
		TEST(cancelling_one_session_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
