#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"

static void equal_secrets_are_equal_and_one_bit_is_a_difference(void **state)
{
	uint8_t a[32];
	uint8_t b[32];

	memset(a, 0x5A, sizeof(a));
	memcpy(b, a, sizeof(b));
	assert_true(bytes_equal_secret(a, b, sizeof(a)));
	for (size_t i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(bytes_equal_secret(a, b, sizeof(a)));
		b[i / 8] ^= (uint8_t)(1u << i % 8);
	}
}

static void differences_do_not_cancel_out(void **state)
{
	static const uint8_t a[] = { 0x00, 0x00 };
	static const uint8_t b[] = { 0xFF, 0xFF };

	assert_false(bytes_equal_secret(a, b, sizeof(a)));
}

static void no_bytes_are_equal_to_no_bytes(void **state)
{
	assert_true(bytes_equal_secret(NULL, NULL, 0));
	assert_true(bytes_equal_secret("a", "b", 0));
}

static void wiped_bytes_are_zero_and_their_neighbours_are_not(void **state)
{
	uint8_t bytes[16];

	memset(bytes, 0xA5, sizeof(bytes));
	bytes_wipe(bytes + 4, 8);
	assert_true(bytes_are_zero(bytes + 4, 8));
	assert_int_equal(bytes[3], 0xA5);
	assert_int_equal(bytes[12], 0xA5);
	bytes_wipe(NULL, 0);
}

static void one_bit_is_enough_not_to_be_zero(void **state)
{
	uint8_t bytes[9] = { 0 };

	assert_true(bytes_are_zero(bytes, sizeof(bytes)));
	assert_true(bytes_are_zero(NULL, 0));
	bytes[8] = 0x80;
	assert_false(bytes_are_zero(bytes, sizeof(bytes)));
	assert_true(bytes_are_zero(bytes, 8));
}

static void hex_is_lower_case_and_ends_with_a_nul(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x0F, 0xA5, 0xFF };
	char text[2 * sizeof(bytes) + 1];

	bytes_to_hex(bytes, sizeof(bytes), text);
	assert_string_equal(text, "000fa5ff");
	bytes_to_hex(bytes, 0, text);
	assert_string_equal(text, "");
}

static void hex_of_either_case_is_read_back(void **state)
{
	static const uint8_t expected[] = { 0x00, 0x0F, 0xA5, 0xFF };
	uint8_t bytes[sizeof(expected)];

	assert_true(bytes_from_hex("000FA5ff", bytes, sizeof(bytes)));
	assert_memory_equal(bytes, expected, sizeof(expected));
	assert_true(bytes_from_hex("", bytes, 0));
}

static void every_byte_survives_hex(void **state)
{
	for (unsigned int value = 0; value < 256; value++) {
		uint8_t byte = (uint8_t)value;
		uint8_t back;
		char text[3];

		bytes_to_hex(&byte, 1, text);
		assert_true(bytes_from_hex(text, &back, 1));
		assert_int_equal(back, value);
	}
}

static void what_is_not_a_digit_is_refused_and_leaves_zeros(void **state)
{
	static const char *const wrong[] = { "0g", "g0", "0G", "/0", ":0", "@0",
					     "`0", "0 ", " 0", "0x", "-1", "0\xFF" };
	uint8_t bytes[2];

	for (size_t i = 0; i < array_size(wrong); i++) {
		char text[5] = "a5";

		memcpy(text + 2, wrong[i], 2);
		memset(bytes, 0xFF, sizeof(bytes));
		assert_false(bytes_from_hex(text, bytes, sizeof(bytes)));
		assert_true(bytes_are_zero(bytes, sizeof(bytes)));
	}
}

static void a_short_text_is_refused_without_reading_beyond_it(void **state)
{
	for (size_t length = 0; length < 8; length++) {
		uint8_t bytes[4];
		/* On the heap and of the exact size: a sanitizer sees a read beyond it. */
		char *text = malloc(length + 1);

		assert_non_null(text);
		memset(text, 'a', length);
		text[length] = '\0';
		assert_false(bytes_from_hex(text, bytes, sizeof(bytes)));
		free(text);
	}
}

static void a_text_needs_no_nul(void **state)
{
	static const char text[4] = { 'b', 'e', 'e', 'f' };
	uint8_t bytes[2];

	assert_true(bytes_from_hex(text, bytes, sizeof(bytes)));
	assert_int_equal(bytes[0], 0xBE);
	assert_int_equal(bytes[1], 0xEF);
}

/* One byte in, so that nothing here is aligned. */
static const uint8_t counting[] = { 0xEE, 0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88 };

static void numbers_are_loaded_in_the_order_asked_for(void **state)
{
	assert_int_equal(load_le16(counting + 1), 0x8201);
	assert_int_equal(load_le32(counting + 1), 0x84038201);
	assert_true(load_le64(counting + 1) == 0x8807860584038201);
	assert_int_equal(load_be16(counting + 1), 0x0182);
	assert_int_equal(load_be32(counting + 1), 0x01820384);
	assert_true(load_be64(counting + 1) == 0x0182038405860788);
}

static void numbers_are_stored_in_the_order_asked_for(void **state)
{
	uint8_t bytes[9] = { 0xEE };

	store_le64(bytes + 1, 0x8807860584038201);
	assert_memory_equal(bytes, counting, sizeof(counting));
	store_be64(bytes + 1, 0x0182038405860788);
	assert_memory_equal(bytes, counting, sizeof(counting));
	store_le32(bytes + 1, 0x84038201);
	store_be32(bytes + 5, 0x05860788);
	assert_memory_equal(bytes, counting, sizeof(counting));
	store_le16(bytes + 1, 0x8201);
	store_be16(bytes + 3, 0x0384);
	assert_memory_equal(bytes, counting, sizeof(counting));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_secrets_are_equal_and_one_bit_is_a_difference),
		cmocka_unit_test(differences_do_not_cancel_out),
		cmocka_unit_test(no_bytes_are_equal_to_no_bytes),
		cmocka_unit_test(wiped_bytes_are_zero_and_their_neighbours_are_not),
		cmocka_unit_test(one_bit_is_enough_not_to_be_zero),
		cmocka_unit_test(hex_is_lower_case_and_ends_with_a_nul),
		cmocka_unit_test(hex_of_either_case_is_read_back),
		cmocka_unit_test(every_byte_survives_hex),
		cmocka_unit_test(what_is_not_a_digit_is_refused_and_leaves_zeros),
		cmocka_unit_test(a_short_text_is_refused_without_reading_beyond_it),
		cmocka_unit_test(a_text_needs_no_nul),
		cmocka_unit_test(numbers_are_loaded_in_the_order_asked_for),
		cmocka_unit_test(numbers_are_stored_in_the_order_asked_for),
	};

	return cmocka_run_group_tests_name("lib/bytes", tests, NULL, NULL);
}
