/* What posternd promises the driver as its operating system. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normal/daemon/task.h"
#include "normal/driver/os.h"
#include "normal/gate/gate.h"

#define WAITERS 8

void gate_smc(struct smc_regs *regs)
{
	regs->a0 = regs->a1;
}

static struct os_completion completion;
static struct task task;

static int setup(void **state)
{
	os_completion_init(&completion);
	task_init(&task);
	return 0;
}

static int teardown(void **state)
{
	os_completion_destroy(&completion);
	task_destroy(&task);
	return 0;
}

static void a_completion_may_come_before_the_wait(void **state)
{
	os_complete(&completion);
	os_complete(&completion);
	os_wait(&completion);
	assert_int_equal(os_wait_killable(&completion), 0);
}

static void a_wait_that_nobody_completes_times_out(void **state)
{
	assert_int_equal(os_wait_timeout(&completion, 1), -ETIMEDOUT);
	os_complete(&completion);
	assert_int_equal(os_wait_timeout(&completion, 1), 0);
}

static void *waiter(void *arg)
{
	os_wait(&completion);
	return NULL;
}

static void each_completion_wakes_one_waiter(void **state)
{
	pthread_t threads[WAITERS];
	int i;

	for (i = 0; i < WAITERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, waiter, NULL), 0);
	}
	for (i = 0; i < WAITERS; i++) {
		os_complete(&completion);
	}
	for (i = 0; i < WAITERS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(os_wait_timeout(&completion, 1), -ETIMEDOUT);
}

static void *killable_waiter(void *arg)
{
	int error;

	task_adopt(&task);
	error = os_wait_killable(&completion);
	task_adopt(NULL);
	return (void *)(intptr_t)error;
}

static void killing_a_task_ends_its_killable_wait(void **state)
{
	pthread_t thread;
	void *error;

	assert_int_equal(pthread_create(&thread, NULL, killable_waiter, NULL), 0);
	task_kill(&task);
	pthread_join(thread, &error);
	assert_int_equal((intptr_t)error, -EINTR);
}

static void a_killed_task_does_not_begin_to_wait(void **state)
{
	task_adopt(&task);
	task_kill(&task);
	assert_true(os_task_killed());
	assert_int_equal(os_wait_killable(&completion), -EINTR);
	os_sleep(3600 * 1000);
	task_adopt(NULL);
}

static void what_was_completed_counts_even_for_a_killed_task(void **state)
{
	os_complete(&completion);
	task_adopt(&task);
	task_kill(&task);
	assert_int_equal(os_wait_killable(&completion), 0);
	task_adopt(NULL);
}

static void complete_it(void *arg)
{
	os_complete(arg);
}

static void work_runs_in_a_task_of_its_own(void **state)
{
	assert_int_equal(os_work(complete_it, &completion), 0);
	os_wait(&completion);
}

static void memory_is_zeroed_and_freeing_nothing_is_allowed(void **state)
{
	unsigned char *memory = os_alloc(64);

	assert_non_null(memory);
	assert_int_equal(memory[0] | memory[63], 0);
	os_free(memory);
	os_free(NULL);
}

static void sha1_is_sha1(void **state)
{
	static const uint8_t expected[20] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81,
					      0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50,
					      0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
	uint8_t digest[20];

	os_sha1("abc", 3, digest);
	assert_memory_equal(digest, expected, sizeof(digest));
}

static void the_world_switch_is_the_gates(void **state)
{
	struct smc_regs regs = { .a1 = 7 };

	os_smc(&regs);
	assert_int_equal(regs.a0, 7);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_completion_may_come_before_the_wait),
		TEST(a_wait_that_nobody_completes_times_out),
		TEST(each_completion_wakes_one_waiter),
		TEST(killing_a_task_ends_its_killable_wait),
		TEST(a_killed_task_does_not_begin_to_wait),
		TEST(what_was_completed_counts_even_for_a_killed_task),
		TEST(work_runs_in_a_task_of_its_own),
		TEST(memory_is_zeroed_and_freeing_nothing_is_allowed),
		TEST(sha1_is_sha1),
		TEST(the_world_switch_is_the_gates),
	};

	return cmocka_run_group_tests_name("posternd as an operating system", tests, NULL, NULL);
}
