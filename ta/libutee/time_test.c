#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "ta/test/fake_kernel.h"
#include "ta/test/kit.h"

static int setup(void **state)
{
	fake_kernel_reset();
	return 0;
}

static uint32_t tell_time(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(TEE_Time *)fake_kernel_pointer(args[1]) = (TEE_Time){ 100 + (uint32_t)args[0], 5 };
	return TEE_SUCCESS;
}

static void each_clock_is_asked_for_by_its_number(void **state)
{
	TEE_Time time;

	fake_kernel_set(SYSCALL_GET_TIME, tell_time);
	TEE_GetSystemTime(&time);
	assert_int_equal(time.seconds, 100);
	assert_int_equal(TEE_GetTAPersistentTime(&time), TEE_SUCCESS);
	assert_int_equal(time.seconds, 101);
	TEE_GetREETime(&time);
	assert_int_equal(time.seconds, 102);
	assert_int_equal(time.millis, 5);
}

static void time_that_is_not_set_is_zero(void **state)
{
	TEE_Time time = { 1, 2 };

	fake_kernel_answer(SYSCALL_GET_TIME, TEE_ERROR_TIME_NOT_SET);
	assert_int_equal(TEE_GetTAPersistentTime(&time), TEE_ERROR_TIME_NOT_SET);
	assert_int_equal(time.seconds + time.millis, 0);
}

static void time_that_overflows_is_told(void **state)
{
	TEE_Time time = { 1, 2 };

	fake_kernel_answer(SYSCALL_GET_TIME, TEE_ERROR_OVERFLOW);
	assert_int_equal(TEE_GetTAPersistentTime(&time), TEE_ERROR_OVERFLOW);
	assert_int_equal(time.seconds, 1);
}

static void get_system_time(void)
{
	TEE_Time time;

	TEE_GetSystemTime(&time);
}

static void system_time_cannot_fail(void **state)
{
	fake_kernel_answer(SYSCALL_GET_TIME, TEE_ERROR_COMMUNICATION);
	assert_int_equal(fake_kernel_panic_of(get_system_time), TEE_ERROR_COMMUNICATION);
}

static void set_bad_time(void)
{
	const TEE_Time time = { 1, 1000 };

	TEE_SetTAPersistentTime(&time);
}

static void time_is_set(void **state)
{
	const TEE_Time time = { 1, 2 };

	fake_kernel_answer(SYSCALL_SET_TA_TIME, TEE_SUCCESS);
	assert_int_equal(TEE_SetTAPersistentTime(&time), TEE_SUCCESS);
	assert_ptr_equal(fake_kernel_pointer(fake_kernel_args(SYSCALL_SET_TA_TIME)[0]), &time);
	fake_kernel_answer(SYSCALL_SET_TA_TIME, TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(TEE_SetTAPersistentTime(&time), TEE_ERROR_STORAGE_NO_SPACE);
	fake_kernel_answer(SYSCALL_SET_TA_TIME, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_kernel_panic_of(set_bad_time), TEE_ERROR_BAD_PARAMETERS);
}

static void wait_badly(void)
{
	TEE_Wait(1);
}

static void waiting_ends_or_is_cancelled(void **state)
{
	fake_kernel_answer(SYSCALL_WAIT, TEE_SUCCESS);
	assert_int_equal(TEE_Wait(1234), TEE_SUCCESS);
	assert_int_equal(fake_kernel_args(SYSCALL_WAIT)[0], 1234);
	fake_kernel_answer(SYSCALL_WAIT, TEE_ERROR_CANCEL);
	assert_int_equal(TEE_Wait(1), TEE_ERROR_CANCEL);
	fake_kernel_answer(SYSCALL_WAIT, TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_kernel_panic_of(wait_badly), TEE_ERROR_OUT_OF_MEMORY);
}

static uint32_t fill_with_ff(const uint64_t args[SYSCALL_ARGS_MAX])
{
	memset(fake_kernel_pointer(args[0]), 0xff, args[1]);
	return TEE_SUCCESS;
}

static void random_bytes_come_from_the_kernel(void **state)
{
	uint8_t bytes[5] = { 0 };

	fake_kernel_set(SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, fill_with_ff);
	TEE_GenerateRandom(bytes, 4);
	assert_memory_equal(bytes, "\xff\xff\xff\xff", 5);
	assert_int_equal(kit_rand(), INT32_MAX);
}

static void caches_are_the_kernels(void **state)
{
	char bytes[4];

	fake_kernel_answer(SYSCALL_CACHE_OPERATION, TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(TEE_CacheClean(bytes, 4), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(fake_kernel_args(SYSCALL_CACHE_OPERATION)[2], UTEE_CACHE_CLEAN);
	TEE_CacheFlush(bytes, 4);
	assert_int_equal(fake_kernel_args(SYSCALL_CACHE_OPERATION)[2], UTEE_CACHE_FLUSH);
	TEE_CacheInvalidate(bytes, 4);
	assert_int_equal(fake_kernel_args(SYSCALL_CACHE_OPERATION)[2], UTEE_CACHE_INVALIDATE);
}

static void uuids_are_read_from_text(void **state)
{
	const TEE_UUID expected = {
		0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5, 0xc5, 0x1b }
	};
	TEE_UUID uuid;

	assert_int_equal(tee_uuid_from_str(&uuid, "8aaaf200-2450-11e4-abe2-0002a5d5c51b"),
			 TEE_SUCCESS);
	assert_memory_equal(&uuid, &expected, sizeof(uuid));
	assert_int_equal(tee_uuid_from_str(&uuid, "8AAAF200-2450-11E4-ABE2-0002A5D5C51B"),
			 TEE_SUCCESS);
	assert_memory_equal(&uuid, &expected, sizeof(uuid));
}

static void what_is_no_uuid_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"8aaaf200",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51b0",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51g",
		"8aaaf200 2450-11e4-abe2-0002a5d5c51b",
		"8aaaf20-02450-11e4-abe2-0002a5d5c51b",
		"8aaaf2-0-2450-11e4-abe2-0002a5d5c51b",
	};
	TEE_UUID uuid;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(tee_uuid_from_str(&uuid, texts[i]), TEE_ERROR_BAD_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_clock_is_asked_for_by_its_number, setup),
		cmocka_unit_test_setup(time_that_is_not_set_is_zero, setup),
		cmocka_unit_test_setup(time_that_overflows_is_told, setup),
		cmocka_unit_test_setup(system_time_cannot_fail, setup),
		cmocka_unit_test_setup(time_is_set, setup),
		cmocka_unit_test_setup(waiting_ends_or_is_cancelled, setup),
		cmocka_unit_test_setup(random_bytes_come_from_the_kernel, setup),
		cmocka_unit_test_setup(caches_are_the_kernels, setup),
		cmocka_unit_test_setup(uuids_are_read_from_text, setup),
		cmocka_unit_test_setup(what_is_no_uuid_is_refused, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/time", tests, NULL, NULL);
}
