#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>

#include "ta/libutee/access.h"
#include "ta/libutee/memory.h"
#include "ta/test/fake_kernel.h"

static const TEE_UUID peer = { 1, 2, 3, { 4 } };
static char clients_memory[64];
static char own_memory[64];
static TEE_TASessionHandle session;
static uint32_t origin;

static int prepare(void **state)
{
	utee_memory_init();
	return 0;
}

static int setup(void **state)
{
	fake_kernel_reset();
	utee_access_end();
	session = (TEE_TASessionHandle)99;
	origin = 99;
	return 0;
}

static uint32_t peer_result;
static uint32_t peer_origin;
static struct utee_params peer_params;

static void peer_serve(struct utee_params *params, uint32_t *from)
{
	peer_params = *params;
	params->vals[1] = 1000;
	params->vals[2] = 21;
	params->vals[3] = 22;
	*from = peer_origin;
}

static uint32_t serve_open(const uint64_t args[SYSCALL_ARGS_MAX])
{
	peer_serve(fake_kernel_pointer(args[2]), fake_kernel_pointer(args[4]));
	*(uint32_t *)fake_kernel_pointer(args[3]) = 7;
	return peer_result;
}

static uint32_t serve_invoke(const uint64_t args[SYSCALL_ARGS_MAX])
{
	peer_serve(fake_kernel_pointer(args[3]), fake_kernel_pointer(args[4]));
	return peer_result;
}

static TEE_Result open_with(uint32_t result, uint32_t types, TEE_Param *params)
{
	fake_kernel_set(SYSCALL_OPEN_TA_SESSION, serve_open);
	peer_result = result;
	peer_origin = TEE_ORIGIN_TEE;
	return TEE_OpenTASession(&peer, 250, types, params, &session, &origin);
}

static TEE_Result invoke_with(uint32_t result, uint32_t from)
{
	fake_kernel_set(SYSCALL_INVOKE_TA_COMMAND, serve_invoke);
	peer_result = result;
	peer_origin = from;
	return TEE_InvokeTACommand((TEE_TASessionHandle)7, TEE_TIMEOUT_INFINITE, 42, 0, NULL,
				   &origin);
}

static void a_session_is_opened(void **state)
{
	assert_int_equal(open_with(TEE_SUCCESS, 0, NULL), TEE_SUCCESS);
	assert_ptr_equal(session, (TEE_TASessionHandle)7);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	assert_ptr_equal(fake_kernel_pointer(fake_kernel_args(SYSCALL_OPEN_TA_SESSION)[0]), &peer);
	assert_int_equal(fake_kernel_args(SYSCALL_OPEN_TA_SESSION)[1], 250);
	assert_int_equal(peer_params.types, 0);
}

static void any_failure_to_open_is_returned_with_no_session(void **state)
{
	static const uint32_t results[] = { TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BUSY,
					    TEE_ERROR_TARGET_DEAD, 0x1234 };

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		assert_int_equal(open_with(results[i], 0, NULL), results[i]);
		assert_null(session);
	}
}

static void parameters_go_and_come(void **state)
{
	TEE_Param params[TEE_NUM_PARAMS] = {
		[0].memref = { own_memory, 64 },
		[1].value = { 5, 6 },
		[2].value = { 7, 8 },
	};

	open_with(TEE_SUCCESS,
		  TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT, TEE_PARAM_TYPE_VALUE_INOUT,
				  TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_NONE),
		  params);
	assert_int_equal(peer_params.types, 0x136);
	assert_int_equal(peer_params.vals[0], (uintptr_t)own_memory);
	assert_int_equal(peer_params.vals[1], 64);
	assert_int_equal(peer_params.vals[3], 6);
	assert_int_equal(peer_params.vals[4], 7);
	/* The peer's size, even if it is more than there was. */
	assert_int_equal(params[0].memref.size, 1000);
	assert_ptr_equal(params[0].memref.buffer, own_memory);
	assert_int_equal(params[1].value.a, 21);
	assert_int_equal(params[1].value.b, 22);
	assert_int_equal(params[2].value.a, 7);
}

static void commands_are_invoked(void **state)
{
	assert_int_equal(invoke_with(TEE_SUCCESS, TEE_ORIGIN_TRUSTED_APP), TEE_SUCCESS);
	assert_int_equal(fake_kernel_args(SYSCALL_INVOKE_TA_COMMAND)[0], 7);
	assert_int_equal(fake_kernel_args(SYSCALL_INVOKE_TA_COMMAND)[1], TEE_TIMEOUT_INFINITE);
	assert_int_equal(fake_kernel_args(SYSCALL_INVOKE_TA_COMMAND)[2], 42);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
}

static void any_result_of_the_peer_is_returned(void **state)
{
	assert_int_equal(invoke_with(TEE_ERROR_SECURITY, TEE_ORIGIN_TRUSTED_APP),
			 TEE_ERROR_SECURITY);
	assert_int_equal(invoke_with(0x1234, TEE_ORIGIN_TRUSTED_APP), 0x1234);
}

static void invoke_refused(void)
{
	invoke_with(TEE_ERROR_BAD_PARAMETERS, TEE_ORIGIN_TEE);
}

static void the_tee_may_say_no_in_two_ways(void **state)
{
	assert_int_equal(invoke_with(TEE_ERROR_OUT_OF_MEMORY, TEE_ORIGIN_TEE),
			 TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(invoke_with(TEE_ERROR_TARGET_DEAD, TEE_ORIGIN_TEE), TEE_ERROR_TARGET_DEAD);
	assert_int_equal(fake_kernel_panic_of(invoke_refused), TEE_ERROR_BAD_PARAMETERS);
	assert_non_null(strstr(fake_kernel_log(), "TEE_InvokeTACommand"));
}

static void nobody_needs_the_origin(void **state)
{
	fake_kernel_set(SYSCALL_INVOKE_TA_COMMAND, serve_invoke);
	peer_result = TEE_SUCCESS;
	peer_origin = TEE_ORIGIN_TRUSTED_APP;
	assert_int_equal(TEE_InvokeTACommand((TEE_TASessionHandle)7, 0, 1, 0, NULL, NULL),
			 TEE_SUCCESS);
}

static void forward_callers_input_as_output(void)
{
	TEE_Param incoming[TEE_NUM_PARAMS] = { [0].memref = { clients_memory, 64 } };
	TEE_Param params[TEE_NUM_PARAMS] = { [0].memref = { clients_memory + 63, 1 } };

	utee_access_begin(TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0), incoming, NULL);
	open_with(TEE_SUCCESS, TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, 0), params);
}

static void what_a_caller_granted_is_all_that_is_passed_on(void **state)
{
	TEE_Param incoming[TEE_NUM_PARAMS] = { [0].memref = { clients_memory, 64 } };
	TEE_Param params[TEE_NUM_PARAMS] = { [0].memref = { clients_memory, 64 } };

	utee_access_begin(TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0), incoming, NULL);
	assert_int_equal(open_with(TEE_SUCCESS,
				   TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0), params),
			 TEE_SUCCESS);
	assert_int_equal(fake_kernel_panic_of(forward_callers_input_as_output),
			 TEE_ERROR_ACCESS_DENIED);
}

static void share_what_is_not_to_be_shared(void)
{
	TEE_Param params[TEE_NUM_PARAMS] = {
		[3].memref = { TEE_Malloc(10, TEE_MALLOC_NO_SHARE), 10 },
	};

	open_with(TEE_SUCCESS, TEE_PARAM_TYPES(0, 0, 0, TEE_PARAM_TYPE_MEMREF_INPUT), params);
}

static void memory_that_is_not_to_be_shared_is_not(void **state)
{
	fake_kernel_panic_of(share_what_is_not_to_be_shared);
	assert_non_null(strstr(fake_kernel_log(), "not to be shared"));
	assert_int_equal(fake_kernel_calls(SYSCALL_OPEN_TA_SESSION), 0);
}

static void open_with_bad_pointer(void)
{
	TEE_OpenTASession(&peer, 0, 0, NULL, (TEE_TASessionHandle *)64, NULL);
}

static void bad_pointers_panic(void **state)
{
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	assert_int_equal(fake_kernel_panic_of(open_with_bad_pointer), 0);
	assert_int_equal(fake_kernel_calls(SYSCALL_OPEN_TA_SESSION), 0);
}

static void close_unknown(void)
{
	TEE_CloseTASession((TEE_TASessionHandle)8);
}

static void closing_closes(void **state)
{
	TEE_CloseTASession(TEE_HANDLE_NULL);
	assert_int_equal(fake_kernel_calls(SYSCALL_CLOSE_TA_SESSION), 0);
	fake_kernel_answer(SYSCALL_CLOSE_TA_SESSION, TEE_SUCCESS);
	TEE_CloseTASession((TEE_TASessionHandle)7);
	assert_int_equal(fake_kernel_args(SYSCALL_CLOSE_TA_SESSION)[0], 7);
	fake_kernel_answer(SYSCALL_CLOSE_TA_SESSION, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_kernel_panic_of(close_unknown), TEE_ERROR_BAD_PARAMETERS);
}

static uint32_t answer_yes(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(uint32_t *)fake_kernel_pointer(args[0]) = 1;
	return TEE_SUCCESS;
}

static void cancellation_is_asked_about_and_masked(void **state)
{
	fake_kernel_answer(SYSCALL_GET_CANCELLATION_FLAG, TEE_SUCCESS);
	assert_false(TEE_GetCancellationFlag());
	fake_kernel_set(SYSCALL_GET_CANCELLATION_FLAG, answer_yes);
	assert_true(TEE_GetCancellationFlag());
	fake_kernel_set(SYSCALL_UNMASK_CANCELLATION, answer_yes);
	assert_true(TEE_UnmaskCancellation());
	fake_kernel_answer(SYSCALL_MASK_CANCELLATION, TEE_SUCCESS);
	assert_false(TEE_MaskCancellation());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_session_is_opened, setup),
		cmocka_unit_test_setup(any_failure_to_open_is_returned_with_no_session, setup),
		cmocka_unit_test_setup(parameters_go_and_come, setup),
		cmocka_unit_test_setup(commands_are_invoked, setup),
		cmocka_unit_test_setup(any_result_of_the_peer_is_returned, setup),
		cmocka_unit_test_setup(the_tee_may_say_no_in_two_ways, setup),
		cmocka_unit_test_setup(nobody_needs_the_origin, setup),
		cmocka_unit_test_setup(what_a_caller_granted_is_all_that_is_passed_on, setup),
		cmocka_unit_test_setup(memory_that_is_not_to_be_shared_is_not, setup),
		cmocka_unit_test_setup(bad_pointers_panic, setup),
		cmocka_unit_test_setup(closing_closes, setup),
		cmocka_unit_test_setup(cancellation_is_asked_about_and_masked, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/session", tests, prepare, NULL);
}
