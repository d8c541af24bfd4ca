#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "lib/cursor.h"
#include "lib/uuid.h"

static const uint8_t message[] = {
	0x01,						/* u8 */
	0x02, 0x03,					/* u16 */
	0x04, 0x05, 0x06, 0x07,				/* u32 */
	0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x8F, /* u64 */
	0x8A, 0xAA, 0xF2, 0x00, 0x24, 0x50, 0x11, 0xE4, /* uuid */
	0xAB, 0xE2, 0x00, 0x02, 0xA5, 0xD5, 0xC5, 0x1B, /* and its rest */
	'e',  'n',  'd',				/* bytes */
};

static const TEE_UUID message_uuid = {
	0x8AAAF200,
	0x2450,
	0x11E4,
	{ 0xAB, 0xE2, 0x00, 0x02, 0xA5, 0xD5, 0xC5, 0x1B },
};

static void a_message_is_read_from_front_to_back(void **state)
{
	struct cursor cursor = cursor_over(message, sizeof(message));
	TEE_UUID uuid;

	assert_int_equal(cursor_left(&cursor), sizeof(message));
	assert_int_equal(cursor_u8(&cursor), 0x01);
	assert_int_equal(cursor_u16(&cursor), 0x0302);
	assert_int_equal(cursor_u32(&cursor), 0x07060504);
	assert_true(cursor_u64(&cursor) == 0x8F0E0D0C0B0A0908);
	uuid = cursor_uuid_octets(&cursor);
	assert_true(uuid_equal(&uuid, &message_uuid));
	assert_false(cursor_finished(&cursor));
	assert_int_equal(cursor_left(&cursor), 3);
	assert_memory_equal(cursor_bytes(&cursor, 3), "end", 3);
	assert_false(cursor_failed(&cursor));
	assert_true(cursor_finished(&cursor));
}

/* Read the whole message from its first `size` bytes, on the heap and of the exact size, so that a
 * sanitizer sees a read beyond them. */
static struct cursor read_all_of(size_t size)
{
	uint8_t *copy = malloc(size == 0 ? 1 : size);
	struct cursor cursor;
	uint8_t end[3];

	assert_non_null(copy);
	memcpy(copy, message, size);
	cursor = cursor_over(copy, size);
	(void)cursor_u8(&cursor);
	(void)cursor_u16(&cursor);
	(void)cursor_u32(&cursor);
	(void)cursor_u64(&cursor);
	(void)cursor_uuid_octets(&cursor);
	cursor_copy(&cursor, end, sizeof(end));
	free(copy);
	return cursor;
}

static void a_message_truncated_anywhere_is_not_finished(void **state)
{
	struct cursor cursor;

	for (size_t size = 0; size < sizeof(message); size++) {
		cursor = read_all_of(size);
		assert_true(cursor_failed(&cursor));
		assert_false(cursor_finished(&cursor));
		assert_int_equal(cursor_left(&cursor), 0);
	}
	cursor = read_all_of(sizeof(message));
	assert_true(cursor_finished(&cursor));
}

static void trailing_bytes_are_not_a_mistake_but_not_the_end_either(void **state)
{
	struct cursor cursor = cursor_over(message, sizeof(message));

	(void)cursor_u8(&cursor);
	assert_false(cursor_failed(&cursor));
	assert_false(cursor_finished(&cursor));
}

static void after_a_mistake_every_read_is_zero_even_if_it_would_fit(void **state)
{
	struct cursor cursor = cursor_over(message, 3);
	TEE_UUID uuid;
	uint8_t copy[2] = { 0xFF, 0xFF };

	assert_int_equal(cursor_u32(&cursor), 0);
	assert_true(cursor_failed(&cursor));
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_int_equal(cursor_u16(&cursor), 0);
	assert_true(cursor_u64(&cursor) == 0);
	uuid = cursor_uuid_octets(&cursor);
	assert_true(uuid_is_nil(&uuid));
	assert_null(cursor_bytes(&cursor, 1));
	assert_null(cursor_bytes(&cursor, 0));
	cursor_copy(&cursor, copy, sizeof(copy));
	assert_true(bytes_are_zero(copy, sizeof(copy)));
	assert_true(cursor_failed(&cursor));
	assert_false(cursor_finished(&cursor));
}

static void a_size_near_the_top_of_memory_is_a_mistake(void **state)
{
	struct cursor cursor = cursor_over(message, sizeof(message));

	(void)cursor_u8(&cursor);
	assert_null(cursor_bytes(&cursor, SIZE_MAX));
	assert_true(cursor_failed(&cursor));
}

static void an_empty_message_is_finished_at_once(void **state)
{
	struct cursor cursor = cursor_over(NULL, 0);

	assert_true(cursor_finished(&cursor));
	(void)cursor_bytes(&cursor, 0);
	cursor_copy(&cursor, NULL, 0);
	assert_true(cursor_finished(&cursor));
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_true(cursor_failed(&cursor));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_read_from_front_to_back),
		cmocka_unit_test(a_message_truncated_anywhere_is_not_finished),
		cmocka_unit_test(trailing_bytes_are_not_a_mistake_but_not_the_end_either),
		cmocka_unit_test(after_a_mistake_every_read_is_zero_even_if_it_would_fit),
		cmocka_unit_test(a_size_near_the_top_of_memory_is_a_mistake),
		cmocka_unit_test(an_empty_message_is_finished_at_once),
	};

	return cmocka_run_group_tests_name("lib/cursor", tests, NULL, NULL);
}
