#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "normal/driver/fake_client.h"
#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"

#define CALLERS_MAX 8u

/* --- Callers: one invocation each, of command `func` ----------------------------------------- */

struct caller {
	struct driver_file *file;
	uint32_t session;
	uint32_t func;
	int error;
	struct outcome outcome;
	struct fake_task *task;
};

static void caller_run(void *arg)
{
	struct caller *caller = arg;

	caller->error = client_invoke(caller->file, caller->session, caller->func, NULL, 0,
				      &caller->outcome);
}

static void caller_start(struct caller *caller, struct driver_file *file, uint32_t session,
			 uint32_t func)
{
	*caller = (struct caller){ .file = file, .session = session, .func = func };
	caller->task = fake_task_start(caller_run, caller);
}

static void caller_join(struct caller *caller)
{
	fake_task_join(caller->task);
	assert_int_equal(caller->error, 0);
}

/* --- Scripts --------------------------------------------------------------------------------- */

static uint32_t order[CALLERS_MAX];
static unsigned int ordered;

/* One at a time, so nothing else touches `order`. */
static enum fake_stop note_order(struct fake_thread *thread)
{
	order[ordered++ % CALLERS_MAX] = thread->func;
	fake_inside();
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

static enum fake_stop stand_still(struct fake_thread *thread)
{
	fake_inside();
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TRUSTED_APP);
}

/* --- Registers ------------------------------------------------------------------------------- */

static void a_message_is_named_by_the_cookie_of_registered_memory(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct smc_regs first;
	struct smc_regs second;

	client_session(file);
	assert_int_equal(fake_secure_calls(), 2);
	first = fake_secure_call(0);
	assert_int_equal(first.a0, SMC_CALL_WITH_RPC_ARG);
	assert_int_equal(first.a2 % MSG_PAGE_SIZE, 0);
	assert_int_equal(first.a3, 0);
	second = fake_secure_call(1);
	assert_int_equal(second.a0, SMC_CALL_WITH_REGD_ARG);
	assert_non_null(fake_secure_registered_byte(smc_u64_from_pair(second.a1, second.a2), 0));
	assert_int_equal(second.a3, 0);
	assert_int_equal(second.a4 | second.a5 | second.a6 | second.a7, 0);
	driver_release(file);
	fake_driver_end(driver);
}

static void without_rpc_room_a_message_is_named_by_its_address(void **state)
{
	struct driver_file *file;
	struct driver *driver;
	struct smc_regs call;

	fake_secure.capabilities &= ~SMC_SEC_CAP_RPC_ARG;
	driver = fake_driver();
	file = fake_client(driver);
	client_session(file);
	assert_int_equal(fake_secure_calls(), 1);
	call = fake_secure_call(0);
	assert_int_equal(call.a0, SMC_CALL_WITH_ARG);
	assert_int_equal(call.a2 % MSG_PAGE_SIZE, 0);
	assert_int_equal(call.a3, 0);
	driver_release(file);
	fake_driver_end(driver);
}

static enum fake_stop alloc_then_two_interrupts(struct fake_thread *thread)
{
	switch (thread->step) {
	case 0:
		return fake_rpc(thread, SMC_RPC_FOREIGN_INTR, 0, 0);
	case 1:
		thread->kept[0] = thread->regs.a4 | thread->regs.a5;
		return fake_rpc(thread, SMC_RPC_ALLOC, 160, 0);
	case 2:
		thread->kept[1] = thread->regs.a4;
		thread->kept[2] = thread->regs.a5;
		return fake_rpc(thread, SMC_RPC_FOREIGN_INTR, 0, 0);
	case 3:
		/* Nothing before ALLOC, and what ALLOC answered ever after. */
		if (thread->kept[0] != 0 || thread->regs.a0 != SMC_RETURN_FROM_RPC ||
		    thread->regs.a4 != thread->kept[1] || thread->regs.a5 != thread->kept[2] ||
		    thread->regs.a6 != 0 || thread->regs.a7 != 0) {
			return fake_done(thread, TEE_ERROR_BAD_STATE, MSG_ORIGIN_TEE);
		}
		return fake_rpc(thread, SMC_RPC_FREE, thread->kept[1], thread->kept[2]);
	default:
		return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
	}
}

static void only_four_registers_come_back(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	uint32_t session = client_session(file);

	fake_secure.invoke = alloc_then_two_interrupts;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	driver_release(file);
	fake_driver_end(driver);
}

static enum fake_stop unknown_rpc(struct fake_thread *thread)
{
	if (thread->step == 0) {
		return fake_rpc(thread, 0xffff0123, 1, 2);
	}
	return fake_done(thread, TEE_SUCCESS, MSG_ORIGIN_TEE);
}

static void an_unknown_rpc_is_resumed(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	struct outcome outcome;
	uint32_t session = client_session(file);

	fake_secure.invoke = unknown_rpc;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	driver_release(file);
	fake_driver_end(driver);
}

static void a_call_that_fails_is_a_failure_of_communication(void **state)
{
	static const uint32_t results[] = { SMC_EBUSY,		 SMC_ERESUME, SMC_EBADADDR,
					    SMC_EBADCMD,	 SMC_ENOMEM,  SMC_ENOTAVAIL,
					    SMC_UNKNOWN_FUNCTION };
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;
	size_t i;

	for (i = 0; i < array_size(results); i++) {
		fake_secure.final = results[i];
		assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
		assert_int_equal(outcome.ret, TEE_ERROR_COMMUNICATION);
		assert_int_equal(outcome.origin, MSG_ORIGIN_COMMS);
	}
	fake_secure.final = SMC_OK;
	driver_release(file);
	fake_driver_end(driver);
}

/* --- The queue ------------------------------------------------------------------------------- */

static void no_more_calls_enter_than_there_are_threads(void **state)
{
	struct caller callers[3];
	struct driver_census census;
	struct driver_file *file;
	struct driver *driver;
	uint32_t session;
	size_t before;
	size_t i;

	fake_secure.threads = 2;
	fake_secure.threads_claimed = 2;
	driver = fake_driver();
	file = fake_client(driver);
	session = client_session(file);
	before = fake_secure_calls();
	fake_secure.invoke = stand_still;
	for (i = 0; i < 2; i++) {
		caller_start(&callers[i], file, session, 0);
		fake_wait_inside();
	}
	caller_start(&callers[2], file, session, 0);
	fake_wait_asleep(1);
	driver_census(driver, &census);
	assert_int_equal(census.calls, 3);
	assert_int_equal(census.threads, 2);
	assert_int_equal(census.threads_busy, 2);
	assert_int_equal(fake_secure_calls(), before + 2);
	for (i = 0; i < 3; i++) {
		fake_go_on();
	}
	for (i = 0; i < 3; i++) {
		caller_join(&callers[i]);
	}
	assert_int_equal(fake_secure_calls(), before + 3);
	driver_release(file);
	fake_driver_end(driver);
}

/* All callers of a group, one after the other in time, while another call holds the only thread. */
static void assert_order_is_that_of_arrival(struct driver *driver)
{
	struct caller callers[CALLERS_MAX];
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	uint32_t i;

	ordered = 0;
	fake_secure.invoke = note_order;
	caller_start(&callers[0], file, session, 0);
	fake_wait_inside();
	for (i = 1; i < CALLERS_MAX; i++) {
		caller_start(&callers[i], file, session, i);
		fake_wait_asleep(i);
	}
	for (i = 0; i < CALLERS_MAX; i++) {
		fake_go_on();
	}
	for (i = 0; i < CALLERS_MAX; i++) {
		caller_join(&callers[i]);
		assert_int_equal(order[i], i);
		assert_int_equal(callers[i].outcome.ret, TEE_SUCCESS);
	}
	driver_release(file);
}

static void who_waits_longest_enters_first(void **state)
{
	struct driver *driver;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 1;
	driver = fake_driver();
	assert_order_is_that_of_arrival(driver);
	fake_driver_end(driver);
}

static void who_waits_longest_enters_first_also_when_threads_are_not_known(void **state)
{
	struct driver *driver;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 0;
	driver = fake_driver();
	assert_order_is_that_of_arrival(driver);
	fake_driver_end(driver);
}

static void who_waits_longest_enters_first_also_when_fewer_threads_are_there_than_said(void **state)
{
	struct driver *driver;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 4;
	driver = fake_driver();
	assert_order_is_that_of_arrival(driver);
	fake_driver_end(driver);
}

static void who_was_turned_away_asks_again_with_the_same_registers(void **state)
{
	struct caller holder;
	struct caller waiter;
	struct driver_file *file;
	struct smc_regs denied;
	struct smc_regs again;
	struct driver *driver;
	uint32_t session;
	size_t first;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 0;
	driver = fake_driver();
	file = fake_client(driver);
	session = client_session(file);
	fake_secure.invoke = stand_still;
	caller_start(&holder, file, session, 0);
	fake_wait_inside();
	first = fake_secure_calls();
	caller_start(&waiter, file, session, 1);
	fake_wait_asleep(1);
	assert_int_equal(fake_secure_calls(), first + 1);
	fake_go_on();
	fake_go_on();
	caller_join(&holder);
	caller_join(&waiter);
	assert_int_equal(waiter.outcome.ret, TEE_SUCCESS);
	assert_int_equal(fake_secure_calls(), first + 2);
	denied = fake_secure_call(first);
	again = fake_secure_call(first + 1);
	assert_memory_equal(&denied, &again, sizeof(denied));
	driver_release(file);
	fake_driver_end(driver);
}

static struct caller leaver;

/* And who was turned away may go on as soon as it is let in. */
static void the_other_leaves(void)
{
	fake_go_on();
	caller_join(&leaver);
	fake_go_on();
}

/* The only thread becomes free after the secure world has said that there is none, and before the
 * caller has heard of it: nobody will leave any more who could wake it. */
static void no_wake_up_is_lost_between_being_turned_away_and_waiting(void **state)
{
	struct driver_file *file;
	struct outcome outcome;
	struct driver *driver;
	uint32_t session;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 0;
	driver = fake_driver();
	file = fake_client(driver);
	session = client_session(file);
	fake_secure.invoke = stand_still;
	caller_start(&leaver, file, session, 0);
	fake_wait_inside();
	fake_secure.on_limit = the_other_leaves;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	assert_null(fake_secure.on_limit);
	driver_release(file);
	fake_driver_end(driver);
}

static void who_is_turned_away_alone_does_not_wait_for_ever(void **state)
{
	struct driver *driver = fake_driver();
	struct driver_file *file = fake_client(driver);
	uint32_t session = client_session(file);
	struct outcome outcome;

	fake_secure.limits = 1;
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_ERROR_COMMUNICATION);
	assert_int_equal(outcome.origin, MSG_ORIGIN_COMMS);
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, TEE_SUCCESS);
	driver_release(file);
	fake_driver_end(driver);
}

/* --- The end of the secure world ------------------------------------------------------------- */

static void calls_end_when_the_secure_world_is_gone(void **state)
{
	struct caller callers[3];
	struct driver_file *file;
	struct outcome outcome;
	struct driver *driver;
	uint32_t session;
	size_t smcs;
	size_t i;

	fake_secure.threads = 1;
	fake_secure.threads_claimed = 1;
	driver = fake_driver();
	file = fake_client(driver);
	session = client_session(file);
	fake_secure.invoke = stand_still;
	caller_start(&callers[0], file, session, 0);
	fake_wait_inside();
	caller_start(&callers[1], file, session, 0);
	fake_wait_asleep(1);
	caller_start(&callers[2], file, session, 0);
	fake_wait_asleep(2);

	/* The one inside is stuck in its SMC until the gate notices. */
	fake_secure_die();
	fake_secure.final = SMC_ENOTAVAIL;
	smcs = fake_secure_smcs();
	driver_dead(driver);
	fake_go_on();
	for (i = 0; i < 3; i++) {
		caller_join(&callers[i]);
		assert_int_equal(callers[i].outcome.ret, TEE_ERROR_COMMUNICATION);
		assert_int_equal(callers[i].outcome.origin, MSG_ORIGIN_COMMS);
	}
	assert_int_equal(client_invoke(file, session, 0, NULL, 0, &outcome), -ENODEV);
	driver_release(file);
	fake_driver_end(driver);
	assert_int_equal(fake_secure_smcs(), smcs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(a_message_is_named_by_the_cookie_of_registered_memory),
		promise(without_rpc_room_a_message_is_named_by_its_address),
		promise(only_four_registers_come_back),
		promise(an_unknown_rpc_is_resumed),
		promise(a_call_that_fails_is_a_failure_of_communication),
		promise(no_more_calls_enter_than_there_are_threads),
		promise(who_waits_longest_enters_first),
		promise(who_waits_longest_enters_first_also_when_threads_are_not_known),
		promise(who_waits_longest_enters_first_also_when_fewer_threads_are_there_than_said),
		promise(who_was_turned_away_asks_again_with_the_same_registers),
		promise(no_wake_up_is_lost_between_being_turned_away_and_waiting),
		promise(who_is_turned_away_alone_does_not_wait_for_ever),
		promise(calls_end_when_the_secure_world_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
