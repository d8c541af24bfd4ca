/* Promises of thread.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "secure/core/check.h"
#include "secure/core/fake_port.h"
#include "secure/core/lock.h"
#include "secure/core/thread.h"

#define THREADS	    3u
#define CANARY_SIZE 32u

static int setup(void **state)
{
	fake_reset();
	thread_init(THREADS);
	return 0;
}

static int teardown(void **state)
{
	thread_reset();
	return 0;
}

static struct smc_regs call_regs(void)
{
	return (struct smc_regs){ 0x32000004, 11, 12, 13, 14, 15, 16, 17 };
}

static void assert_rest_kept(const struct smc_regs *regs)
{
	assert_int_equal(regs->a4, 14);
	assert_int_equal(regs->a5, 15);
	assert_int_equal(regs->a6, 16);
	assert_int_equal(regs->a7, 17);
}

/* Suspends once for each a1, and ends with what it was answered. */
static void work_suspends(struct smc_regs *regs)
{
	uint64_t times = regs->a1;
	uint32_t answer[4] = { 0 };

	for (uint64_t i = 0; i < times; i++) {
		thread_suspend(SMC_RPC_CMD, 100, 200, answer);
	}
	*regs = (struct smc_regs){ answer[0], answer[1], answer[2], answer[3], 9, 9, 9, 9 };
}

static struct smc_regs start_suspending(uint64_t times)
{
	struct smc_regs regs = call_regs();

	regs.a1 = times;
	thread_start(work_suspends, &regs);
	return regs;
}

static struct smc_regs resume(uint64_t index)
{
	struct smc_regs regs = { SMC_RETURN_FROM_RPC, 1, 2, index, 4, 5, 6, 7 };

	thread_resume(&regs);
	return regs;
}

static struct smc_regs seen;

static void work_returns(struct smc_regs *regs)
{
	seen = *regs;
	*regs = (struct smc_regs){ 1, 2, 3, 4, 9, 9, 9, 9 };
}

static void a_call_gets_its_registers_and_returns_four(void **state)
{
	struct smc_regs regs = call_regs();
	struct smc_regs sent = regs;

	thread_start(work_returns, &regs);
	assert_memory_equal(&seen, &sent, sizeof(sent));
	assert_int_equal(regs.a0, 1);
	assert_int_equal(regs.a1, 2);
	assert_int_equal(regs.a2, 3);
	assert_int_equal(regs.a3, 4);
	assert_rest_kept(&regs);
}

static void a_suspension_leaves_with_the_index(void **state)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		struct smc_regs regs = start_suspending(1);

		assert_int_equal(regs.a0, SMC_RPC_CMD);
		assert_int_equal(regs.a1, 100);
		assert_int_equal(regs.a2, 200);
		assert_int_equal(regs.a3, i);
		assert_rest_kept(&regs);
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		resume(i);
	}
}

static void a_resumed_thread_gets_exactly_four_words(void **state)
{
	struct smc_regs regs = start_suspending(1);

	regs = (struct smc_regs){ SMC_RETURN_FROM_RPC,
				  0x1111111111ull,
				  0x2222222222ull,
				  0,
				  0x4444444444ull,
				  0x5555555555ull,
				  6,
				  7 };
	thread_resume(&regs);
	assert_int_equal(regs.a0, 0x11111111);
	assert_int_equal(regs.a1, 0x22222222);
	assert_int_equal(regs.a2, 0x44444444);
	assert_int_equal(regs.a3, 0x55555555);
	assert_int_equal(regs.a4, 0x4444444444ull);
	assert_int_equal(regs.a6, 6);
}

static void work_interrupted(struct smc_regs *regs)
{
	struct smc_regs before = *regs;

	thread_suspend(SMC_RPC_FOREIGN_INTR, 0, 0, NULL);
	regs->a0 = regs->a4 == before.a4 && regs->a5 == before.a5 && regs->a6 == before.a6;
}

static void a_foreign_interrupt_brings_nothing_in(void **state)
{
	struct smc_regs regs = call_regs();

	thread_start(work_interrupted, &regs);
	assert_int_equal(regs.a0, SMC_RPC_FOREIGN_INTR);
	assert_int_equal(regs.a1, 0);
	assert_int_equal(regs.a2, 0);
	regs = resume(regs.a3);
	assert_int_equal(regs.a0, 1);
}

static void interrupt_now(void)
{
	thread_suspend(SMC_RPC_FOREIGN_INTR, 0, 0, NULL);
}

/* One that comes at the last moment at which a suspension has interrupts on. */
static void work_suspends_interrupted(struct smc_regs *regs)
{
	uint32_t answer[4] = { 0 };

	fake.interrupt_hook = interrupt_now;
	thread_suspend(SMC_RPC_CMD, 100, 200, answer);
	*regs = (struct smc_regs){ answer[0], answer[1], answer[2], answer[3], 9, 9, 9, 9 };
}

static void an_interrupt_does_not_change_the_request_it_comes_before(void **state)
{
	struct smc_regs regs = call_regs();

	thread_start(work_suspends_interrupted, &regs);
	assert_int_equal(regs.a0, SMC_RPC_FOREIGN_INTR);
	regs = (struct smc_regs){ SMC_RETURN_FROM_RPC, 61, 62, regs.a3, 64, 65, 66, 67 };
	thread_resume(&regs);
	assert_int_equal(regs.a0, SMC_RPC_CMD);
	assert_int_equal(regs.a1, 100);
	assert_int_equal(regs.a2, 200);
	regs = resume(regs.a3);
	assert_int_equal(regs.a0, 1);
	assert_int_equal(regs.a1, 2);
	assert_int_equal(regs.a2, 4);
	assert_int_equal(regs.a3, 5);
}

/* The result is in place when the interrupt comes. */
static void work_ends_interrupted(struct smc_regs *regs)
{
	regs->a0 = regs->a1 + regs->a2;
	regs->a1 = 1;
	regs->a2 = 2;
	regs->a3 = 3;
	fake.interrupt_hook = interrupt_now;
}

static void an_interrupt_does_not_change_the_result_it_comes_before(void **state)
{
	struct smc_regs regs = call_regs();

	thread_start(work_ends_interrupted, &regs);
	assert_int_equal(regs.a0, SMC_RPC_FOREIGN_INTR);
	regs = resume(regs.a3);
	assert_int_equal(regs.a0, 11 + 12);
	assert_int_equal(regs.a1, 1);
	assert_int_equal(regs.a2, 2);
	assert_int_equal(regs.a3, 3);
	assert_int_equal(resume(0).a0, SMC_ERESUME);
}

/* It goes on at another CPU between learning which one this is and using that. */
static struct thread *seen_thread;

static void work_looks_interrupted(struct smc_regs *regs)
{
	struct thread *thread = thread_current();

	fake.interrupt_hook = interrupt_now;
	seen_thread = thread_current();
	regs->a0 = seen_thread == thread;
	fake.interrupt_hook = interrupt_now;
	regs->a1 = lock_depth();
}

static void a_thread_knows_itself_wherever_it_is_interrupted(void **state)
{
	struct smc_regs regs = call_regs();

	fake_cpu_set(2);
	thread_start(work_looks_interrupted, &regs);
	assert_int_equal(regs.a0, SMC_RPC_FOREIGN_INTR);
	fake_cpu_set(3);
	regs = resume(0);
	assert_int_equal(regs.a0, SMC_RPC_FOREIGN_INTR);
	fake_cpu_set(4);
	regs = resume(0);
	assert_int_equal(regs.a0, 1);
	assert_int_equal(regs.a1, 0);
	fake_cpu_set(0);
}

static void without_a_free_thread_nothing_changes(void **state)
{
	struct smc_regs regs = call_regs();

	for (unsigned int i = 0; i < THREADS; i++) {
		start_suspending(1);
	}
	thread_start(work_returns, &regs);
	assert_int_equal(regs.a0, SMC_ETHREAD_LIMIT);
	assert_int_equal(regs.a1, 11);
	assert_int_equal(regs.a2, 12);
	assert_int_equal(regs.a3, 13);
	assert_rest_kept(&regs);

	/* One that ends makes room for one. */
	resume(1);
	regs = start_suspending(1);
	assert_int_equal(regs.a0, SMC_RPC_CMD);
	assert_int_equal(regs.a3, 1);
	for (unsigned int i = 0; i < THREADS; i++) {
		resume(i);
	}
}

static void only_a_suspended_thread_is_resumed(void **state)
{
	static const uint64_t others[] = { 1, THREADS - 1, THREADS, THREADS_MAX, 0xffffffff };
	struct smc_regs regs;

	start_suspending(1);
	for (size_t i = 0; i < array_size(others); i++) {
		regs = resume(others[i]);
		assert_int_equal(regs.a0, SMC_ERESUME);
		assert_int_equal(regs.a3, others[i]);
	}
	assert_int_equal(resume(0).a0, 1);
	assert_int_equal(resume(0).a0, SMC_ERESUME);
}

static void work_resumes_itself(struct smc_regs *regs)
{
	struct smc_regs inner = { .a0 = SMC_RETURN_FROM_RPC, .a3 = thread_index(thread_current()) };

	thread_resume(&inner);
	regs->a0 = inner.a0;
}

static void a_running_thread_is_not_resumed(void **state)
{
	struct smc_regs regs = call_regs();

	thread_start(work_resumes_itself, &regs);
	assert_int_equal(regs.a0, SMC_ERESUME);
}

static void work_tells_cpu(struct smc_regs *regs)
{
	uint32_t unused[4];
	unsigned int before = port_cpu();
	struct thread *thread = thread_current();

	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
	check(thread_current() == thread);
	regs->a0 = before;
	regs->a1 = port_cpu();
}

static void a_thread_goes_on_wherever_it_is_resumed(void **state)
{
	struct smc_regs regs = call_regs();

	fake_cpu_set(2);
	thread_start(work_tells_cpu, &regs);
	assert_int_equal(port_cpu(), 2);
	fake_cpu_set(5);
	regs = resume(0);
	assert_int_equal(port_cpu(), 5);
	assert_int_equal(regs.a0, 2);
	assert_int_equal(regs.a1, 5);
}

static void a_cpus_own_stack_is_no_thread(void **state)
{
	assert_null(thread_current());
	start_suspending(1);
	assert_null(thread_current());
	resume(0);
	assert_null(thread_current());
}

static void work_calls(struct smc_regs *regs)
{
	uint32_t unused[4];
	struct thread *thread = thread_current();

	check(thread_call(thread) == NULL);
	thread_set_call(thread, (struct call *)&regs->a6);
	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
	check(thread_call(thread) == (struct call *)&regs->a6);
}

static void a_thread_keeps_its_call_and_a_new_one_has_none(void **state)
{
	struct smc_regs regs;

	for (unsigned int i = 0; i < 2; i++) {
		regs = call_regs();
		thread_start(work_calls, &regs);
		resume(0);
	}
}

static void threads_are_found_by_index(void **state)
{
	assert_int_equal(thread_count(), THREADS);
	for (unsigned int i = 0; i < THREADS; i++) {
		assert_int_equal(thread_index(thread_by_index(i)), i);
		assert_non_null(thread_rpc(thread_by_index(i)));
	}
	assert_null(thread_by_index(THREADS));
	assert_null(thread_by_index(0xffffffff));
}

static void count_visit(struct thread *thread, void *arg)
{
	unsigned int *count = arg;

	assert_int_equal(thread_index(thread), *count);
	(*count)++;
}

static void all_free_visits_each_or_none(void **state)
{
	unsigned int count = 0;

	assert_true(thread_all_free(count_visit, &count));
	assert_int_equal(count, THREADS);
	count = 0;
	start_suspending(1);
	assert_false(thread_all_free(count_visit, &count));
	assert_int_equal(count, 0);
	resume(0);
	assert_true(thread_all_free(count_visit, &count));
	assert_int_equal(count, THREADS);
}

static void a_call_may_suspend_many_times(void **state)
{
	struct smc_regs regs;

	start_suspending(50);
	for (unsigned int i = 0; i < 49; i++) {
		regs = resume(0);
		assert_int_equal(regs.a0, SMC_RPC_CMD);
	}
	assert_int_equal(resume(0).a0, 1);
}

/* --- Panics ---------------------------------------------------------------------------------- */

static void work_nothing(struct smc_regs *regs)
{
	(void)regs;
}

/* Until it leaves for the first time. */
static void start(void (*work)(struct smc_regs *regs))
{
	struct smc_regs regs = call_regs();

	thread_init(1);
	thread_start(work, &regs);
}

static void too_many_threads(void)
{
	thread_init(THREADS_MAX + 1);
}

static void no_threads(void)
{
	thread_init(0);
}

static void init_twice(void)
{
	thread_init(1);
	thread_init(1);
}

static void reset_while_suspended(void)
{
	thread_init(1);
	start_suspending(1);
	thread_reset();
}

static void suspend_off_thread(void)
{
	uint32_t unused[4];

	thread_init(1);
	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
}

static struct spinlock lock = SPINLOCK(LOCK_SESSION);

static void work_suspends_locked(struct smc_regs *regs)
{
	uint32_t unused[4];
	struct spinlock_held held = spinlock_take(&lock);

	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
	spinlock_release(&held);
}

static void suspend_with_a_lock(void)
{
	start(work_suspends_locked);
}

static void work_ends_locked(struct smc_regs *regs)
{
	spinlock_take(&lock);
}

static void end_with_a_lock(void)
{
	start(work_ends_locked);
}

static void work_overflows_then_suspends(struct smc_regs *regs)
{
	uint32_t unused[4];

	*(volatile uint8_t *)fake_stack_base(0) ^= 1;
	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
}

static void lower_end_at_suspension(void)
{
	start(work_overflows_then_suspends);
}

static void work_overflows_then_ends(struct smc_regs *regs)
{
	((volatile uint8_t *)fake_stack_base(0))[CANARY_SIZE - 1] ^= 0x80;
}

static void lower_end_at_the_end(void)
{
	start(work_overflows_then_ends);
}

/* The upper canary is somewhere above this frame; thread_init() drew it last. */
__attribute__((no_sanitize("address"), noinline)) static void damage_upper_end(void)
{
	const uint8_t *canary = fake_random_given(0);
	volatile uint8_t *at = __builtin_frame_address(0);
	volatile uint8_t *end = (uint8_t *)fake_stack_base(0) + FAKE_STACK_SIZE - CANARY_SIZE;
	size_t same;

	for (; at < end; at++) {
		for (same = 0; same < CANARY_SIZE && at[same] == canary[same]; same++) {
		}
		if (same == CANARY_SIZE) {
			at[CANARY_SIZE - 1] ^= 1;
			return;
		}
	}
}

static void work_underflows_then_suspends(struct smc_regs *regs)
{
	uint32_t unused[4];

	damage_upper_end();
	thread_suspend(SMC_RPC_CMD, 0, 0, unused);
}

static void upper_end_at_suspension(void)
{
	start(work_underflows_then_suspends);
}

static void work_underflows_then_ends(struct smc_regs *regs)
{
	damage_upper_end();
}

static void upper_end_at_the_end(void)
{
	start(work_underflows_then_ends);
}

static void start_on_a_thread(struct smc_regs *regs)
{
	struct smc_regs inner = call_regs();

	thread_start(work_nothing, &inner);
}

static void start_inside(void)
{
	struct smc_regs regs = call_regs();

	thread_init(2);
	thread_start(start_on_a_thread, &regs);
}

static const struct fake_panic panics[] = {
	{ "too_many_threads", too_many_threads },
	{ "no_threads", no_threads },
	{ "init_twice", init_twice },
	{ "reset_while_suspended", reset_while_suspended },
	{ "suspend_off_thread", suspend_off_thread },
	{ "suspend_with_a_lock", suspend_with_a_lock },
	{ "end_with_a_lock", end_with_a_lock },
	{ "lower_end_at_suspension", lower_end_at_suspension },
	{ "lower_end_at_the_end", lower_end_at_the_end },
	{ "upper_end_at_suspension", upper_end_at_suspension },
	{ "upper_end_at_the_end", upper_end_at_the_end },
	{ "start_inside", start_inside },
};

static void damage_at_either_end_of_a_stack_panics(void **state)
{
	fake_panic_expect("lower_end_at_suspension", "canary_lower");
	fake_panic_expect("lower_end_at_the_end", "canary_lower");
	fake_panic_expect("upper_end_at_suspension", "canary_upper");
	fake_panic_expect("upper_end_at_the_end", "canary_upper");
}

static void leaving_with_a_spinlock_held_panics(void **state)
{
	fake_panic_expect("suspend_with_a_lock", "lock_depth() == 0");
	fake_panic_expect("end_with_a_lock", "lock_depth() == 0");
}

static void misuse_panics(void **state)
{
	fake_panic_expect("too_many_threads", "THREADS_MAX");
	fake_panic_expect("no_threads", "count >= 1");
	fake_panic_expect("init_twice", "threads_count == 0");
	fake_panic_expect("reset_while_suspended", "thread_all_free");
	fake_panic_expect("suspend_off_thread", "thread != NULL");
	fake_panic_expect("start_inside", "current == NULL");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_call_gets_its_registers_and_returns_four, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_suspension_leaves_with_the_index, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_resumed_thread_gets_exactly_four_words, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_foreign_interrupt_brings_nothing_in, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_interrupt_does_not_change_the_request_it_comes_before, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_interrupt_does_not_change_the_result_it_comes_before, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_knows_itself_wherever_it_is_interrupted,
						setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_free_thread_nothing_changes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(only_a_suspended_thread_is_resumed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_running_thread_is_not_resumed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_goes_on_wherever_it_is_resumed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_cpus_own_stack_is_no_thread, setup, teardown),
		cmocka_unit_test_setup_teardown(a_thread_keeps_its_call_and_a_new_one_has_none,
						setup, teardown),
		cmocka_unit_test_setup_teardown(threads_are_found_by_index, setup, teardown),
		cmocka_unit_test_setup_teardown(all_free_visits_each_or_none, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_may_suspend_many_times, setup, teardown),
		cmocka_unit_test(damage_at_either_end_of_a_stack_panics),
		cmocka_unit_test(leaving_with_a_spinlock_held_panics),
		cmocka_unit_test(misuse_panics),
	};

	fake_panics_serve(panics, array_size(panics), argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
