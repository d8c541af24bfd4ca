#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <utee_syscalls.h>

#include "ta/test/fake_kernel.h"

/* Each system call with arguments that can be told apart: which number it becomes, and where each
 * argument arrives. */

static const uint64_t *args_of(enum syscall_number number)
{
	assert_int_equal(fake_kernel_calls(number), 1);
	return fake_kernel_args(number);
}

#define P(n) ((void *)(uintptr_t)(n))

static void arguments_arrive_in_order(void **state)
{
	const uint64_t *args;

	fake_kernel_reset();
	for (enum syscall_number n = SYSCALL_GET_PROPERTY; n < SYSCALL_COUNT; n++) {
		fake_kernel_answer(n, 0x1234);
	}

	assert_int_equal(_utee_get_property(1, 2, P(3), P(4), P(5), P(6), P(7)), 0x1234);
	args = args_of(SYSCALL_GET_PROPERTY);
	for (unsigned int i = 0; i < 7; i++) {
		assert_int_equal(args[i], i + 1);
	}
	assert_int_equal(args[7], 0);

	_utee_storage_obj_create(1, P(2), 3, 4, 5, P(6), 7, P(8));
	args = args_of(SYSCALL_STORAGE_OBJ_CREATE);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(args[i], i + 1);
	}

	_utee_open_ta_session(P(1), 2, P(3), P(4), P(5));
	args = args_of(SYSCALL_OPEN_TA_SESSION);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(args[i], i + 1);
	}

	_utee_storage_enum_next(1, P(2), P(3), P(4));
	args = args_of(SYSCALL_STORAGE_ENUM_NEXT);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(args[i], i + 1);
	}

	/* A negative number keeps its sign in 64 bits. */
	_utee_storage_obj_seek(1, -2, 3);
	args = args_of(SYSCALL_STORAGE_OBJ_SEEK);
	assert_int_equal(args[0], 1);
	assert_true((int64_t)args[1] == -2);
	assert_int_equal(args[2], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_arrive_in_order),
	};

	return cmocka_run_group_tests_name("ta/libutee/syscall", tests, NULL, NULL);
}
