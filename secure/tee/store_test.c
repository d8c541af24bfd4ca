/* Promises of secure/tee/store.h, with a supplicant that fails and lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/rpc.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_image.h"
#include "secure/tee/fake_rpc.h"
#include "secure/tee/image.h"
#include "secure/tee/store.h"

static const TEE_UUID hello = { 0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5 } };
static const char elf[] = "a program, as far as the store can tell";
static struct fake_image made;

static int setup(void **state)
{
	struct fake_program program = { elf, sizeof(elf), hello, 3, IMAGE_ALGO_PKCS1_PSS_SHA256 };

	fake_reset();
	fake_rpc_reset();
	made.size = 0;
	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &program);
	fake_ta_put(&hello, made.bytes, made.size);
	return 0;
}

/* Nothing is held after a refusal, in either world. */
static int teardown(void **state)
{
	assert_int_equal(fake.pages_live, 0);
	fake_rpc_reset();
	return 0;
}

static void assert_fetch_fails(TEE_Result expected)
{
	struct store_image image;

	assert_int_equal(store_fetch(&hello, &image), expected);
	assert_int_equal(fake.pages_live, 0);
	assert_int_equal(shm_live(), 0);
}

static bool console_says(const char *words)
{
	fake.console[fake.console_size] = '\0';
	return strstr(fake.console, words) != NULL;
}

static void an_image_is_fetched_in_two_requests(void **state)
{
	struct store_image image;

	assert_int_equal(store_fetch(&hello, &image), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 2);
	assert_int_equal(image.version, 3);
	assert_int_equal(image.elf_size, sizeof(elf));
	assert_memory_equal(image.elf, elf, sizeof(elf));
	store_release(&image);
	assert_null(image.pages);
}

static void what_changes_after_the_copy_has_no_effect(void **state)
{
	struct store_image image;

	fake_rpc_scramble(true);
	assert_int_equal(store_fetch(&hello, &image), TEE_SUCCESS);
	assert_memory_equal(image.elf, elf, sizeof(elf));
	store_release(&image);
}

static void an_unknown_ta_is_not_found(void **state)
{
	TEE_UUID other = hello;
	struct store_image image;

	other.timeLow++;
	assert_int_equal(store_fetch(&other, &image), TEE_ERROR_ITEM_NOT_FOUND);
}

static void what_the_supplicant_answers_is_passed_on(void **state)
{
	fake_rpc_fail(1, 1, TEE_ERROR_COMMUNICATION);
	assert_fetch_fails(TEE_ERROR_COMMUNICATION);
	fake_rpc_fail(2, 2, TEE_ERROR_COMMUNICATION);
	assert_fetch_fails(TEE_ERROR_COMMUNICATION);
	fake_rpc_fail(2, 2, TEE_ERROR_ITEM_NOT_FOUND);
	assert_fetch_fails(TEE_ERROR_ITEM_NOT_FOUND);
}

static void no_memory_is_said(void **state)
{
	fake_rpc_exhaust(true);
	assert_fetch_fails(TEE_ERROR_OUT_OF_MEMORY);
	fake_rpc_exhaust(false);
	fake.pages_allowed = 0;
	assert_fetch_fails(TEE_ERROR_OUT_OF_MEMORY);
}

static void a_bad_image_is_refused_and_released(void **state)
{
	made.bytes[made.size - 1] ^= 1;
	assert_fetch_fails(TEE_ERROR_SECURITY);
	assert_true(console_says("digest"));
}

/* --- lies about the size --- */

static uint64_t lie_size;
static unsigned int lie_request;

static void size_liar(uint32_t cmd, struct rpc_param *params, size_t count, TEE_Result *result)
{
	if (fake_rpc_requests() == lie_request) {
		params[1].size = lie_size;
	}
}

static void lie(unsigned int request, uint64_t size)
{
	lie_request = fake_rpc_requests() + request;
	lie_size = size;
	fake_rpc_lie(size_liar);
}

static void a_size_that_is_not_accepted_is_refused(void **state)
{
	static const uint64_t sizes[] = { 0, STORE_IMAGE_MAX + 1ull, UINT32_MAX, 1ull + UINT32_MAX,
					  UINT64_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		lie(1, sizes[i]);
		assert_fetch_fails(TEE_ERROR_SECURITY);
		assert_true(console_says("size of the file is not accepted"));
	}
}

static void a_size_that_changes_is_refused(void **state)
{
	const uint64_t sizes[] = { 0, made.size - 1, made.size + 1, UINT64_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		lie(2, sizes[i]);
		assert_fetch_fails(TEE_ERROR_SECURITY);
		assert_true(console_says("changed while it was fetched"));
	}
}

static void grown_liar(uint32_t cmd, struct rpc_param *params, size_t count, TEE_Result *result)
{
	if (params[1].shm == NULL) {
		fake_ta_put(&hello, made.bytes, made.size + 1);
	}
}

static void a_file_that_grows_in_between_is_refused(void **state)
{
	fake_rpc_lie(grown_liar);
	assert_fetch_fails(TEE_ERROR_SECURITY);
	assert_true(console_says("changed while it was fetched"));
}

static void a_file_larger_than_it_says_ends_where_it_said(void **state)
{
	lie(1, made.size - 1);
	assert_fetch_fails(TEE_ERROR_SECURITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_image_is_fetched_in_two_requests, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_changes_after_the_copy_has_no_effect, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_unknown_ta_is_not_found, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_supplicant_answers_is_passed_on, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_memory_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bad_image_is_refused_and_released, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_size_that_is_not_accepted_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_size_that_changes_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_grows_in_between_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_file_larger_than_it_says_ends_where_it_said,
						setup, teardown),
	};

	return cmocka_run_group_tests_name("secure/tee/store", tests, NULL, NULL);
}
