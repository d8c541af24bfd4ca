/* stack_test.c - stacks that are left in the middle and taken up again, on any thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "secure/core/port.h"
#include "secure/port/host/stack.h"

struct task {
	struct port_stack stack;
	struct port_stack *home;
	unsigned int steps;
	uint64_t sum;
	double fraction;
	bool aligned;
};

void port_panic(const char *why)
{
	(void)why;
	abort();
}

static void task_leave(struct task *task)
{
	stack_switch(&task->stack, task->home);
}

static void task_enter(struct task *task)
{
	struct port_stack home = { 0 };

	task->home = &home;
	stack_switch(&home, &task->stack);
}

/* Keeps its values in registers or on its stack, wherever the compiler likes. */
static void task_work(void *arg)
{
	struct task *task = arg;
	volatile uint8_t array[256];
	double fraction = task->fraction;

	task->aligned = (uintptr_t)__builtin_frame_address(0) % 16 == 0;
	memset((void *)(uintptr_t)array, 0x77, sizeof(array));
	for (uint64_t i = 1;; i++) {
		task->steps++;
		task->sum += i;
		fraction *= 2;
		task_leave(task);
		task->fraction = fraction;
		if (array[i % sizeof(array)] != 0x77) {
			port_panic("its stack changed");
		}
	}
}

static int task_make(void **state)
{
	struct task *task = calloc(1, sizeof(*task));

	assert_true(port_stack_create(&task->stack));
	task->fraction = 0.5;
	port_stack_prepare(&task->stack, task_work, task);
	*state = task;
	return 0;
}

static int task_free(void **state)
{
	free(*state);
	return 0;
}

static void stack_runs_from_where_it_was_left(void **state)
{
	struct task *task = *state;

	for (unsigned int i = 1; i <= 10; i++) {
		task_enter(task);
		assert_int_equal(task->steps, i);
	}
	assert_int_equal(task->sum, 55);
	assert_true(task->fraction == 256.0);
	assert_true(task->aligned);
}

static void *task_enter_once(void *arg)
{
	task_enter(arg);
	return NULL;
}

static void stack_goes_on_in_another_thread(void **state)
{
	struct task *task = *state;
	pthread_t thread;

	for (unsigned int i = 1; i <= 10; i++) {
		assert_int_equal(pthread_create(&thread, NULL, task_enter_once, task), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		task_enter(task);
		assert_int_equal(task->steps, 2 * i);
	}
}

static void prepared_stack_starts_afresh(void **state)
{
	struct task *task = *state;

	for (unsigned int i = 0; i < 100; i++) {
		task_enter(task);
		task_enter(task);
		task->sum = 0;
		port_stack_prepare(&task->stack, task_work, task);
		task_enter(task);
		assert_int_equal(task->sum, 1);
	}
}

static void two_stacks_do_not_meet(void **state)
{
	struct task *first = *state;
	struct task second = { .fraction = 1 };

	assert_true(port_stack_create(&second.stack));
	port_stack_prepare(&second.stack, task_work, &second);
	for (unsigned int i = 1; i <= 10; i++) {
		task_enter(first);
		task_enter(&second);
		task_enter(&second);
	}
	assert_int_equal(first->steps, 10);
	assert_int_equal(second.steps, 20);
}

/* Linux looks there for us. */
static void page_below_the_stack_is_out_of_reach(void **state)
{
	const struct task *task = *state;
	const uint8_t *base = task->stack.base;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], base, 1), 1);
	assert_int_equal(write(ends[1], base - 1, 1), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(write(ends[1], base - PORT_PAGE_SIZE, 1), -1);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_TASK(test) cmocka_unit_test_setup_teardown(test, task_make, task_free)
		WITH_TASK(stack_runs_from_where_it_was_left),
		WITH_TASK(stack_goes_on_in_another_thread),
		WITH_TASK(prepared_stack_starts_afresh),
		WITH_TASK(two_stacks_do_not_meet),
		WITH_TASK(page_below_the_stack_is_out_of_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
