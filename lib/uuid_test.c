#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/uuid.h"

static const char text_of_example[] = "8aaaf200-2450-11e4-abe2-0002a5d5c51b";

static const TEE_UUID example = {
	0x8AAAF200,
	0x2450,
	0x11E4,
	{ 0xAB, 0xE2, 0x00, 0x02, 0xA5, 0xD5, 0xC5, 0x1B },
};

static const uint8_t octets_of_example[UUID_OCTETS] = {
	0x8A, 0xAA, 0xF2, 0x00, 0x24, 0x50, 0x11, 0xE4,
	0xAB, 0xE2, 0x00, 0x02, 0xA5, 0xD5, 0xC5, 0x1B,
};

static void octets_are_big_endian_fields(void **state)
{
	uint8_t octets[UUID_OCTETS];
	TEE_UUID uuid = uuid_from_octets(octets_of_example);

	assert_true(uuid_equal(&uuid, &example));
	uuid_to_octets(&example, octets);
	assert_memory_equal(octets, octets_of_example, UUID_OCTETS);
}

static void text_is_lower_case_in_five_groups(void **state)
{
	char text[UUID_TEXT_SIZE];

	uuid_to_text(&example, text);
	assert_string_equal(text, text_of_example);
	uuid_to_text(&(TEE_UUID){ 0 }, text);
	assert_string_equal(text, "00000000-0000-0000-0000-000000000000");
}

static void text_of_either_case_is_read(void **state)
{
	TEE_UUID uuid;

	assert_true(uuid_from_text(text_of_example, &uuid));
	assert_true(uuid_equal(&uuid, &example));
	assert_true(uuid_from_text("8AAAF200-2450-11E4-ABE2-0002A5D5C51B", &uuid));
	assert_true(uuid_equal(&uuid, &example));
}

static void a_wrong_character_anywhere_is_refused(void **state)
{
	for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
		char text[UUID_TEXT_SIZE];
		TEE_UUID uuid = example;

		memcpy(text, text_of_example, sizeof(text));
		text[i] = text[i] == '-' ? '0' : '-';
		assert_false(uuid_from_text(text, &uuid));
		assert_true(uuid_is_nil(&uuid));
		text[i] = 'g';
		assert_false(uuid_from_text(text, &uuid));
	}
}

static void a_truncated_text_is_refused_without_reading_beyond_it(void **state)
{
	for (size_t length = 0; length < UUID_TEXT_SIZE - 1; length++) {
		/* On the heap and of the exact size: a sanitizer sees a read beyond it. */
		char *text = malloc(length + 1);
		TEE_UUID uuid;

		assert_non_null(text);
		memcpy(text, text_of_example, length);
		text[length] = '\0';
		assert_false(uuid_from_text(text, &uuid));
		free(text);
	}
}

static void text_with_something_around_it_is_refused(void **state)
{
	static const char *const wrong[] = {
		"8aaaf200-2450-11e4-abe2-0002a5d5c51b ",   " 8aaaf200-2450-11e4-abe2-0002a5d5c51b",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51b0",   "{8aaaf200-2450-11e4-abe2-0002a5d5c51b}",
		"8aaaf200-2450-11e4-abe2-0002a5d5c51b.ta", "8aaaf200245011e4abe20002a5d5c51b",
	};
	TEE_UUID uuid;

	for (size_t i = 0; i < array_size(wrong); i++) {
		assert_false(uuid_from_text(wrong[i], &uuid));
	}
}

static void uuids_differ_in_any_bit(void **state)
{
	for (size_t i = 0; i < 8 * sizeof(TEE_UUID); i++) {
		TEE_UUID other = example;

		((uint8_t *)&other)[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(uuid_equal(&other, &example));
	}
	assert_true(uuid_equal(&example, &example));
}

static void only_all_zero_is_nil(void **state)
{
	TEE_UUID uuid = { 0 };

	assert_true(uuid_is_nil(&uuid));
	uuid.clockSeqAndNode[7] = 1;
	assert_false(uuid_is_nil(&uuid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_are_big_endian_fields),
		cmocka_unit_test(text_is_lower_case_in_five_groups),
		cmocka_unit_test(text_of_either_case_is_read),
		cmocka_unit_test(a_wrong_character_anywhere_is_refused),
		cmocka_unit_test(a_truncated_text_is_refused_without_reading_beyond_it),
		cmocka_unit_test(text_with_something_around_it_is_refused),
		cmocka_unit_test(uuids_differ_in_any_bit),
		cmocka_unit_test(only_all_zero_is_nil),
	};

	return cmocka_run_group_tests_name("lib/uuid", tests, NULL, NULL);
}
