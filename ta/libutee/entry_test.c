#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <utee_entry.h>
#include <user_ta_header.h>

#include "ta/test/fake_kernel.h"
#include "ta/test/fake_ta.h"

#define VALUES_OUT                                                                                 \
	TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,                  \
			TEE_PARAM_TYPE_VALUE_OUTPUT, TEE_PARAM_TYPE_NONE)

static struct utee_params params;

/* The library lives as long as the process: each test ends with no session open, and begins with an
 * instance that does not exist yet. */
static int setup(void **state)
{
	fake_kernel_reset();
	memset(&fake_ta, 0, sizeof(fake_ta));
	memset(&params, 0, sizeof(params));
	fake_ta_flags(0);
	return 0;
}

static TEE_Result enter(enum utee_entry_func func, unsigned long session, unsigned long command)
{
	return __utee_entry(func, session, &params, command);
}

static void open(unsigned long session)
{
	assert_int_equal(enter(UTEE_ENTRY_FUNC_OPEN_SESSION, session, 0), TEE_SUCCESS);
}

static void close(unsigned long session)
{
	assert_int_equal(enter(UTEE_ENTRY_FUNC_CLOSE_SESSION, session, 0), TEE_SUCCESS);
}

static void the_first_session_creates_and_the_last_destroys(void **state)
{
	open(1);
	open(2);
	/* The first test of all: only here the library itself begins. */
	assert_int_equal(fake_ta.constructed, 1);
	assert_int_equal(fake_ta.created, 1);
	assert_int_equal(fake_ta.opened, 2);
	close(1);
	assert_int_equal(fake_ta.destroyed, 0);
	close(2);
	assert_int_equal(fake_ta.closed, 2);
	assert_int_equal(fake_ta.destroyed, 1);
	assert_int_equal(fake_ta.destructed, 1);
}

static void what_is_kept_alive_is_not_destroyed(void **state)
{
	fake_ta_flags(TA_FLAG_SINGLE_INSTANCE | TA_FLAG_INSTANCE_KEEP_ALIVE);
	open(1);
	close(1);
	open(2);
	close(2);
	assert_int_equal(fake_ta.created, 1);
	assert_int_equal(fake_ta.destroyed, 0);

	/* For the tests that follow. */
	fake_ta_flags(TA_FLAG_INSTANCE_KEEP_ALIVE);
	open(3);
	close(3);
	assert_int_equal(fake_ta.destroyed, 1);
}

static void a_failed_creation_is_tried_again(void **state)
{
	fake_ta.create_result = TEE_ERROR_OUT_OF_MEMORY;
	assert_int_equal(enter(UTEE_ENTRY_FUNC_OPEN_SESSION, 1, 0), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_ta.opened, 0);
	assert_int_equal(enter(UTEE_ENTRY_FUNC_OPEN_SESSION, 2, 0), TEE_ERROR_OUT_OF_MEMORY);
	fake_ta.create_result = TEE_SUCCESS;
	open(3);
	assert_int_equal(fake_ta.created, 3);
	assert_int_equal(fake_ta.constructed, 0);
	close(3);
}

static void a_failed_open_leaves_no_session(void **state)
{
	fake_ta.open_result = TEE_ERROR_ACCESS_DENIED;
	assert_int_equal(enter(UTEE_ENTRY_FUNC_OPEN_SESSION, 1, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 1, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(fake_ta.invoked, 0);
	assert_int_equal(fake_ta.closed, 0);
	assert_int_equal(fake_ta.destroyed, 1);
}

static void a_session_keeps_its_context(void **state)
{
	open(1);
	assert_null(fake_ta.context);
	enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 1, 77);
	assert_ptr_equal(fake_ta.context, &fake_ta);
	assert_int_equal(fake_ta.command, 77);
	fake_ta.context = NULL;
	close(1);
	assert_ptr_equal(fake_ta.context, &fake_ta);
}

static void results_are_the_tas(void **state)
{
	open(1);
	fake_ta.invoke_result = 0x12345678;
	assert_int_equal(enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 1, 0), 0x12345678);
	close(1);
}

static void sessions_that_are_not_open_are_refused(void **state)
{
	assert_int_equal(enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 9, 0), TEE_ERROR_BAD_STATE);
	assert_int_equal(enter(UTEE_ENTRY_FUNC_CLOSE_SESSION, 9, 0), TEE_ERROR_BAD_STATE);
}

static void unknown_functions_are_refused(void **state)
{
	assert_int_equal(__utee_entry(4, 1, &params, 0), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(__utee_entry(~0ul, 1, &params, 0), TEE_ERROR_NOT_SUPPORTED);
}

static void change_all(uint32_t types, TEE_Param list[TEE_NUM_PARAMS])
{
	for (int i = 0; i < TEE_NUM_PARAMS; i++) {
		if (TEE_PARAM_TYPE_GET(types, i) >= TEE_PARAM_TYPE_MEMREF_INPUT) {
			list[i].memref.size = 1000;
			list[i].memref.buffer = NULL;
		} else {
			list[i].value.a = 2000;
			list[i].value.b = 3000;
		}
	}
}

static void parameters_arrive_and_outputs_leave(void **state)
{
	static const uint64_t before[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	open(1);
	fake_ta.look = change_all;

	params.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT,
				       TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_NONE);
	memcpy(params.vals, before, sizeof(before));
	enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 1, 0);
	assert_int_equal(fake_ta.types, params.types);
	assert_int_equal(fake_ta.params[0].value.a, 1);
	assert_int_equal(fake_ta.params[1].value.b, 4);
	assert_int_equal(fake_ta.params[2].value.a, 5);
	assert_memory_equal(params.vals, ((uint64_t[8]){ 1, 2, 2000, 3000, 2000, 3000, 7, 8 }), 64);

	params.types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
				       TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_NONE);
	memcpy(params.vals, before, sizeof(before));
	enter(UTEE_ENTRY_FUNC_INVOKE_COMMAND, 1, 0);
	assert_ptr_equal(fake_ta.params[1].memref.buffer, (void *)3);
	assert_int_equal(fake_ta.params[2].memref.size, 6);
	assert_memory_equal(params.vals, ((uint64_t[8]){ 1, 2, 3, 1000, 5, 1000, 7, 8 }), 64);
	fake_ta.look = NULL;
	close(1);
}

static void memory_statistics_are_told(void **state)
{
	open(1);
	params.types = VALUES_OUT;
	assert_int_equal(enter(UTEE_ENTRY_FUNC_DUMP_MEMSTATS, 0, 0), TEE_SUCCESS);
	assert_true(params.vals[0] > 0);
	assert_true(params.vals[1] >= params.vals[0]);
	assert_int_equal(params.vals[2], FAKE_TA_HEAP_SIZE);
	params.types = 0;
	assert_int_equal(enter(UTEE_ENTRY_FUNC_DUMP_MEMSTATS, 0, 0), TEE_ERROR_BAD_PARAMETERS);
	close(1);
}

static void sessions_end_when_memory_does(void **state)
{
	unsigned long count = 1;

	open(1);
	while (enter(UTEE_ENTRY_FUNC_OPEN_SESSION, count + 1, 0) == TEE_SUCCESS) {
		count++;
	}
	assert_int_equal(enter(UTEE_ENTRY_FUNC_OPEN_SESSION, count + 1, 0),
			 TEE_ERROR_OUT_OF_MEMORY);
	assert_in_range(count, 100, FAKE_TA_HEAP_SIZE);
	for (; count > 0; count--) {
		close(count);
	}
	assert_int_equal(fake_ta.destroyed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_session_creates_and_the_last_destroys, setup),
		cmocka_unit_test_setup(what_is_kept_alive_is_not_destroyed, setup),
		cmocka_unit_test_setup(a_failed_creation_is_tried_again, setup),
		cmocka_unit_test_setup(a_failed_open_leaves_no_session, setup),
		cmocka_unit_test_setup(a_session_keeps_its_context, setup),
		cmocka_unit_test_setup(results_are_the_tas, setup),
		cmocka_unit_test_setup(sessions_that_are_not_open_are_refused, setup),
		cmocka_unit_test_setup(unknown_functions_are_refused, setup),
		cmocka_unit_test_setup(parameters_arrive_and_outputs_leave, setup),
		cmocka_unit_test_setup(memory_statistics_are_told, setup),
		cmocka_unit_test_setup(sessions_end_when_memory_does, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/entry", tests, NULL, NULL);
}
