/* context_test.c - which TEE a name finds, and what a context's number is good for. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normal/client/context.h"
#include "normal/device/fake_device.h"

static int setup(void **state)
{
	fake_device_reset();
	return 0;
}

/* Nothing stays open or shared. */
static int teardown(void **state)
{
	return fake_device.open == 0 && fake_device_shared() == 0 ? 0 : -1;
}

static void no_name_finds_any_tee(void **state)
{
	TEEC_Context context;

	fake_device.version.impl_id = TEE_IMPL_ID_AMDTEE;
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_SUCCESS);
	assert_int_equal(fake_device.open, 1);
	TEEC_FinalizeContext(&context);
	assert_int_equal(fake_device.open, 0);
}

static void a_tee_without_globalplatforms_api_is_not_found(void **state)
{
	TEEC_Context context;

	fake_device.version.gen_caps = TEE_GEN_CAP_REG_MEM;
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
}

static void optee_tz_finds_only_optee_in_trustzone(void **state)
{
	TEEC_Context context;

	assert_int_equal(TEEC_InitializeContext("optee-tz", &context), TEEC_SUCCESS);
	TEEC_FinalizeContext(&context);
	fake_device.version.impl_caps = 0;
	assert_int_equal(TEEC_InitializeContext("optee-tz", &context), TEEC_ERROR_ITEM_NOT_FOUND);
	fake_device.version.impl_caps = TEE_OPTEE_CAP_TZ;
	fake_device.version.impl_id = TEE_IMPL_ID_AMDTEE;
	assert_int_equal(TEEC_InitializeContext("optee-tz", &context), TEEC_ERROR_ITEM_NOT_FOUND);
}

static void any_other_name_finds_nothing(void **state)
{
	TEEC_Context context;

	assert_int_equal(TEEC_InitializeContext("", &context), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("optee", &context), TEEC_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEEC_InitializeContext("optee-tz2", &context), TEEC_ERROR_ITEM_NOT_FOUND);
}

static void a_device_that_does_not_open_is_not_found(void **state)
{
	static const int errors[] = { -ENOENT, -EACCES, -ENODEV, -EPROTO };
	TEEC_Context context;
	size_t i;

	for (i = 0; i < array_size(errors); i++) {
		fake_device.open_error = errors[i];
		assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
	}
}

static void capabilities_are_in_the_context(void **state)
{
	TEEC_Context context;

	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_SUCCESS);
	assert_true(context.imp.reg_mem);
	assert_true(context.imp.memref_null);
	TEEC_FinalizeContext(&context);
	fake_device.version.gen_caps = TEE_GEN_CAP_GP;
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_SUCCESS);
	assert_false(context.imp.reg_mem);
	assert_false(context.imp.memref_null);
	TEEC_FinalizeContext(&context);
}

static void finalizing_twice_does_nothing(void **state)
{
	TEEC_Context context;
	TEEC_Context copy;
	TEEC_Context other;

	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_SUCCESS);
	copy = context;
	TEEC_FinalizeContext(&context);
	TEEC_FinalizeContext(&context);
	/* The place of the old one is taken, its number is not. */
	assert_int_equal(TEEC_InitializeContext(NULL, &other), TEEC_SUCCESS);
	assert_int_not_equal(other.imp.fd, copy.imp.fd);
	TEEC_FinalizeContext(&copy);
	assert_int_equal(fake_device.open, 1);
	TEEC_FinalizeContext(&other);
}

static void a_context_that_failed_to_open_may_be_finalized(void **state)
{
	TEEC_Context context = { .imp.fd = 12345 };

	fake_device.open_error = -ENOENT;
	assert_int_equal(TEEC_InitializeContext(NULL, &context), TEEC_ERROR_ITEM_NOT_FOUND);
	TEEC_FinalizeContext(&context);
}

static void a_context_lives_while_somebody_uses_it(void **state)
{
	TEEC_Context api;
	struct context *context;
	int number;

	assert_int_equal(TEEC_InitializeContext(NULL, &api), TEEC_SUCCESS);
	number = api.imp.fd;
	context = context_get(number);
	assert_non_null(context);
	TEEC_FinalizeContext(&api);
	assert_null(context_get(number));
	assert_int_equal(fake_device.open, 1);
	context_put(context);
	assert_int_equal(fake_device.open, 0);
}

static void numbers_that_never_were_find_nothing(void **state)
{
	static const int numbers[] = { -1, 0, 1, CONTEXTS_MAX, INT_MAX, INT_MIN };
	size_t i;

	for (i = 0; i < array_size(numbers); i++) {
		assert_null(context_get(numbers[i]));
	}
}

static void one_more_than_the_limit_is_refused(void **state)
{
	static TEEC_Context contexts[CONTEXTS_MAX];
	TEEC_Context one_more;
	unsigned int i;

	for (i = 0; i < CONTEXTS_MAX; i++) {
		assert_int_equal(TEEC_InitializeContext(NULL, &contexts[i]), TEEC_SUCCESS);
	}
	assert_int_equal(TEEC_InitializeContext(NULL, &one_more), TEEC_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_device.open, CONTEXTS_MAX);
	TEEC_FinalizeContext(&contexts[500]);
	assert_int_equal(TEEC_InitializeContext(NULL, &contexts[500]), TEEC_SUCCESS);
	for (i = 0; i < CONTEXTS_MAX; i++) {
		TEEC_FinalizeContext(&contexts[i]);
	}
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(no_name_finds_any_tee),
		promise(a_tee_without_globalplatforms_api_is_not_found),
		promise(optee_tz_finds_only_optee_in_trustzone),
		promise(any_other_name_finds_nothing),
		promise(a_device_that_does_not_open_is_not_found),
		promise(capabilities_are_in_the_context),
		promise(finalizing_twice_does_nothing),
		promise(a_context_that_failed_to_open_may_be_finalized),
		promise(a_context_lives_while_somebody_uses_it),
		promise(numbers_that_never_were_find_nothing),
		promise(one_more_than_the_limit_is_refused),
	};

	return cmocka_run_group_tests_name("client/context", tests, NULL, NULL);
}
