#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <user_ta_header.h>

#include "ta/libutee/access.h"
#include "ta/libutee/memory.h"
#include "ta/test/fake_kernel.h"
#include "ta/test/fake_ta.h"

static char clients_memory[64];

static int prepare(void **state)
{
	utee_memory_init();
	return 0;
}

static int setup(void **state)
{
	fake_kernel_reset();
	utee_access_end();
	return 0;
}

/* --- TEE_Malloc() ----------------------------------------------------------------------------- */

static bool in_heap(const void *block)
{
	return (uintptr_t)block - (uintptr_t)ta_heap < ta_heap_size;
}

static void memory_is_zeroed_unless_asked_not_to_be(void **state)
{
	static const uint8_t zeros[100];
	uint8_t *block;

	for (int i = 0; i < 3; i++) {
		block = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO);
		assert_true(in_heap(block));
		assert_memory_equal(block, zeros, 100);
		memset(block, 1, 100);
		TEE_Free(block);
		block = TEE_Malloc(100, TEE_USER_MEM_HINT_NO_FILL_ZERO);
		assert_true(in_heap(block));
		TEE_Free(block);
		block = TEE_Malloc(100, TEE_MALLOC_NO_SHARE);
		assert_false(in_heap(block));
		assert_memory_equal(block, zeros, 100);
		memset(block, 1, 100);
		TEE_Free(block);
		block = TEE_Malloc(100, TEE_MALLOC_NO_SHARE | TEE_MALLOC_NO_FILL);
		assert_false(in_heap(block));
		TEE_Free(block);
	}
}

static void unknown_hints_are_refused(void **state)
{
	assert_null(TEE_Malloc(1, 0x100));
	assert_non_null(strstr(fake_kernel_log(), "0x100"));
}

static void malloc_no_fill(void)
{
	TEE_Malloc(1, TEE_MALLOC_NO_FILL);
}

static void no_fill_of_shared_memory_panics(void **state)
{
	fake_kernel_panic_of(malloc_no_fill);
}

static void nothing_is_a_pointer_that_can_be_freed(void **state)
{
	void *shared = TEE_Malloc(0, TEE_MALLOC_FILL_ZERO);
	void *own = TEE_Malloc(0, TEE_MALLOC_NO_SHARE);
	void *block;

	assert_int_equal((uintptr_t)shared, 1);
	assert_int_equal((uintptr_t)own, 2);
	TEE_Free(shared);
	TEE_Free(own);
	TEE_Free(NULL);
	block = TEE_Realloc(shared, 10);
	assert_true(in_heap(block));
	assert_ptr_equal(TEE_Realloc(block, 0), shared);
	block = TEE_Realloc(own, 10);
	assert_true(block != NULL && !in_heap(block));
	assert_ptr_equal(TEE_Realloc(block, 0), own);
}

static void memory_runs_out(void **state)
{
	assert_null(TEE_Malloc(FAKE_TA_HEAP_SIZE, TEE_MALLOC_FILL_ZERO));
	assert_null(TEE_Malloc(SIZE_MAX, TEE_MALLOC_FILL_ZERO));
	assert_null(TEE_Malloc(FAKE_TA_NO_SHARE_HEAP_SIZE, TEE_MALLOC_NO_SHARE));
}

static void growing_fills_with_zeros(void **state)
{
	uint8_t *block = TEE_Malloc(3, TEE_USER_MEM_HINT_NO_FILL_ZERO);

	memset(block, 0xff, 3);
	block = TEE_Realloc(block, 40);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(block[i], i < 3 ? 0xff : 0);
	}
	assert_null(TEE_Realloc(block, SIZE_MAX));
	assert_int_equal(block[2], 0xff);
	TEE_Free(block);
	block = TEE_Realloc(NULL, 10);
	assert_true(in_heap(block));
	TEE_Free(block);
}

static void memory_functions_do_what_they_say(void **state)
{
	char text[] = "abcdef";

	TEE_MemMove(text + 1, text, 5);
	assert_string_equal(text, "aabcde");
	TEE_MemFill(text, 0x141, 3);
	assert_string_equal(text, "AAAcde");
	assert_int_equal(TEE_MemCompare("abc", "abc", 3), 0);
	assert_true(TEE_MemCompare("abc", "abd", 3) < 0);
	assert_true(TEE_MemCompare("abd", "abc", 3) > 0);
}

static void instance_data_is_kept(void **state)
{
	assert_null(TEE_GetInstanceData());
	TEE_SetInstanceData(clients_memory);
	assert_ptr_equal(TEE_GetInstanceData(), clients_memory);
	TEE_SetInstanceData(NULL);
}

/* --- TEE_CheckMemoryAccessRights() ------------------------------------------------------------ */

static void incoming(uint32_t type)
{
	TEE_Param params[TEE_NUM_PARAMS] = {
		[2].memref = { clients_memory + 8, 32 },
	};

	utee_access_begin(TEE_PARAM_TYPES(0, 0, type, 0), params, NULL);
}

static bool allowed(uint32_t flags, const void *buffer, size_t size)
{
	TEE_Result res = TEE_CheckMemoryAccessRights(flags, (void *)(uintptr_t)buffer, size);

	assert_true(res == TEE_SUCCESS || res == TEE_ERROR_ACCESS_DENIED);
	return res == TEE_SUCCESS;
}

#define READ  TEE_MEMORY_ACCESS_READ
#define WRITE TEE_MEMORY_ACCESS_WRITE
#define ANY   TEE_MEMORY_ACCESS_ANY_OWNER

static void the_kernel_decides_about_pages(void **state)
{
	assert_true(allowed(READ, clients_memory, 10));
	assert_int_equal(fake_kernel_args(SYSCALL_CHECK_ACCESS_RIGHTS)[0], READ);
	assert_int_equal(fake_kernel_args(SYSCALL_CHECK_ACCESS_RIGHTS)[1],
			 (uintptr_t)clients_memory);
	assert_int_equal(fake_kernel_args(SYSCALL_CHECK_ACCESS_RIGHTS)[2], 10);
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	assert_false(allowed(READ, clients_memory, 10));
}

static void no_bytes_may_be_anywhere(void **state)
{
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	assert_true(allowed(READ | WRITE, NULL, 0));
	assert_true(allowed(READ | WRITE, (void *)1, 0));
}

static void a_callers_input_may_be_read_by_those_who_share(void **state)
{
	incoming(TEE_PARAM_TYPE_MEMREF_INPUT);
	assert_true(allowed(READ | ANY, clients_memory + 8, 32));
	assert_false(allowed(WRITE | ANY, clients_memory + 8, 32));
	/* One byte of it is enough. */
	assert_false(allowed(WRITE | ANY, clients_memory, 9));
	assert_false(allowed(WRITE | ANY, clients_memory + 39, 10));
	assert_true(allowed(WRITE | ANY, clients_memory, 8));
	assert_true(allowed(WRITE | ANY, clients_memory + 40, 8));
	utee_access_end();
	assert_true(allowed(WRITE | ANY, clients_memory + 8, 32));
}

static void a_callers_output_may_be_read_and_written(void **state)
{
	incoming(TEE_PARAM_TYPE_MEMREF_OUTPUT);
	assert_true(allowed(READ | WRITE | ANY, clients_memory + 8, 32));
	incoming(TEE_PARAM_TYPE_MEMREF_INOUT);
	assert_true(allowed(READ | WRITE | ANY, clients_memory, 64));
}

static void the_heap_is_what_was_allocated_of_it(void **state)
{
	uint8_t *block = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO);
	uint8_t *own = TEE_Malloc(100, TEE_MALLOC_NO_SHARE);

	assert_true(allowed(READ | WRITE, block, 100));
	assert_false(allowed(READ | WRITE, block, 101));
	assert_true(allowed(READ | WRITE, own, 100));
	assert_false(allowed(READ | WRITE, own, 101));
	TEE_Free(block);
	TEE_Free(own);
	assert_false(allowed(READ, block, 1));
	assert_false(allowed(READ, own, 1));
}

static void the_kernel_is_not_asked_about_the_tas_own_data(void **state)
{
	static char zeroed[16];
	uint8_t *block = TEE_Malloc(100, TEE_MALLOC_FILL_ZERO);

	assert_true(utee_access_allowed(READ | WRITE, zeroed, sizeof(zeroed)));
	assert_true(utee_access_allowed(READ | WRITE, block, 100));
	assert_false(utee_access_allowed(READ | WRITE, block, 101));
	assert_int_equal(fake_kernel_calls(SYSCALL_CHECK_ACCESS_RIGHTS), 0);
	assert_true(utee_access_allowed(READ, "constant", 8));
	assert_true(utee_access_allowed(READ, (void *)64, 8));
	assert_int_equal(fake_kernel_calls(SYSCALL_CHECK_ACCESS_RIGHTS), 2);
	TEE_Free(block);
}

static void the_kernel_is_not_asked_about_the_stack_of_this_call(void **state)
{
	char mine[16];
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };

	utee_access_begin(0, params, mine + sizeof(mine));
	assert_true(utee_access_allowed(READ | WRITE, mine, sizeof(mine)));
	assert_int_equal(fake_kernel_calls(SYSCALL_CHECK_ACCESS_RIGHTS), 0);
	/* Beyond where this call's stack begins it is. */
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	assert_false(utee_access_allowed(READ | WRITE, mine, sizeof(mine) + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(memory_is_zeroed_unless_asked_not_to_be, setup),
		cmocka_unit_test_setup(unknown_hints_are_refused, setup),
		cmocka_unit_test_setup(no_fill_of_shared_memory_panics, setup),
		cmocka_unit_test_setup(nothing_is_a_pointer_that_can_be_freed, setup),
		cmocka_unit_test_setup(memory_runs_out, setup),
		cmocka_unit_test_setup(growing_fills_with_zeros, setup),
		cmocka_unit_test_setup(memory_functions_do_what_they_say, setup),
		cmocka_unit_test_setup(instance_data_is_kept, setup),
		cmocka_unit_test_setup(the_kernel_decides_about_pages, setup),
		cmocka_unit_test_setup(no_bytes_may_be_anywhere, setup),
		cmocka_unit_test_setup(a_callers_input_may_be_read_by_those_who_share, setup),
		cmocka_unit_test_setup(a_callers_output_may_be_read_and_written, setup),
		cmocka_unit_test_setup(the_heap_is_what_was_allocated_of_it, setup),
		cmocka_unit_test_setup(the_kernel_is_not_asked_about_the_tas_own_data, setup),
		cmocka_unit_test_setup(the_kernel_is_not_asked_about_the_stack_of_this_call, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/memory", tests, prepare, NULL);
}
