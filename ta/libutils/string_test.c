/* string_test.c - the kit's strings, memory, numbers and sorting, next to those of the machine. */
#include <ctype.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <base64.h>
#include <string_ext.h>
#include <util.h>

#include "ta/test/fake_kernel.h"
#include "ta/test/kit.h"

#define BUFFER 200

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void fill(uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bytes[i] = (uint8_t)(i * 7 + 1);
	}
}

static void memory_moves_as_the_machines_does(void **state)
{
	uint8_t ours[BUFFER];
	uint8_t theirs[BUFFER];

	for (size_t from = 0; from < 40; from++) {
		for (size_t to = 0; to < 40; to++) {
			for (size_t size = 0; size < 100; size += size < 40 ? 1 : 13) {
				fill(ours, sizeof(ours));
				fill(theirs, sizeof(theirs));
				assert_ptr_equal(kit_memmove(ours + to, ours + from, size),
						 ours + to);
				memmove(theirs + to, theirs + from, size);
				assert_memory_equal(ours, theirs, sizeof(ours));
			}
		}
	}
}

static void memory_is_copied_and_set_within_bounds(void **state)
{
	uint8_t from[BUFFER];
	uint8_t ours[BUFFER];
	uint8_t theirs[BUFFER];

	fill(from, sizeof(from));
	for (size_t at = 0; at < 20; at++) {
		for (size_t size = 0; size < 150; size++) {
			memset(ours, 0, sizeof(ours));
			memset(theirs, 0, sizeof(theirs));
			assert_ptr_equal(kit_memcpy(ours + at, from + 3, size), ours + at);
			memcpy(theirs + at, from + 3, size);
			assert_memory_equal(ours, theirs, sizeof(ours));
			assert_ptr_equal(kit_memset(ours + at, 0x1c3, size), ours + at);
			memset(theirs + at, 0x1c3, size);
			assert_memory_equal(ours, theirs, sizeof(ours));
		}
	}
}

static void memory_compares_as_unsigned_bytes(void **state)
{
	static const uint8_t low[] = { 1, 2, 3, 4 };
	static const uint8_t high[] = { 1, 2, 0x83, 0 };

	assert_int_equal(kit_memcmp(low, high, 2), 0);
	assert_true(kit_memcmp(low, high, 3) < 0);
	assert_true(kit_memcmp(high, low, 4) > 0);
	assert_int_equal(kit_memcmp(low, high, 0), 0);
	assert_int_equal(consttime_memcmp(low, high, 2), 0);
	assert_true(consttime_memcmp(low, high, 4) < 0);
	assert_true(consttime_memcmp(high, low, 4) > 0);
	/* The first difference decides, whatever comes after. */
	assert_true(consttime_memcmp("az", "ba", 2) < 0);
	assert_true(buf_compare_ct("ba", "az", 2) > 0);
	assert_int_equal(kit_bcmp(low, high, 2), 0);
	assert_int_not_equal(kit_bcmp(low, high, 4), 0);
}

static void every_pair_of_bytes_compares_in_constant_time_as_without(void **state)
{
	for (unsigned int a = 0; a < 256; a++) {
		for (unsigned int b = 0; b < 256; b++) {
			uint8_t left = (uint8_t)a;
			uint8_t right = (uint8_t)b;

			assert_int_equal(sign(consttime_memcmp(&left, &right, 1)),
					 (a > b) - (a < b));
		}
	}
}

static void bytes_are_found(void **state)
{
	static const uint8_t bytes[] = { 5, 0, 0xff, 7 };

	assert_ptr_equal(kit_memchr(bytes, 0xff, 4), bytes + 2);
	assert_ptr_equal(kit_memchr(bytes, -1, 4), bytes + 2);
	assert_null(kit_memchr(bytes, 7, 3));
	assert_null(kit_memchr(bytes, 5, 0));
}

static void wiping_leaves_zeros(void **state)
{
	char secret[] = "secret";

	memzero_explicit(secret, 4);
	assert_memory_equal(secret, "\0\0\0\0et", 6);
}

static void lengths_end_at_a_nul_or_before(void **state)
{
	assert_int_equal(kit_strlen(""), 0);
	assert_int_equal(kit_strlen("four"), 4);
	assert_int_equal(kit_strnlen("four", 10), 4);
	assert_int_equal(kit_strnlen("four", 2), 2);
	assert_int_equal(kit_strnlen(NULL, 0), 0);
}

static void strings_compare_as_the_machines_do(void **state)
{
	static const char *const words[] = { "", "a", "ab", "b", "B", "\x80", "ab\xff", "aba" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
			assert_int_equal(sign(kit_strcmp(words[i], words[j])),
					 sign(strcmp(words[i], words[j])));
			for (size_t n = 0; n < 4; n++) {
				assert_int_equal(sign(kit_strncmp(words[i], words[j], n)),
						 sign(strncmp(words[i], words[j], n)));
			}
		}
	}
}

static void characters_and_parts_are_found(void **state)
{
	static const char text[] = "abcabcd";

	assert_ptr_equal(kit_strchr(text, 'b'), text + 1);
	assert_ptr_equal(kit_strchr(text, '\0'), text + 7);
	assert_null(kit_strchr(text, 'x'));
	assert_ptr_equal(kit_strrchr(text, 'b'), text + 4);
	assert_ptr_equal(kit_strrchr(text, '\0'), text + 7);
	assert_null(kit_strrchr(text, 'x'));
	assert_ptr_equal(kit_strstr(text, "abcd"), text + 3);
	assert_ptr_equal(kit_strstr(text, ""), text);
	assert_null(kit_strstr(text, "abcde"));
	assert_null(kit_strstr("", "a"));
}

static void copies_fit_or_say_so(void **state)
{
	char text[8];

	assert_int_equal(kit_strlcpy(text, "12345678", sizeof(text)), 8);
	assert_string_equal(text, "1234567");
	assert_int_equal(kit_strlcpy(text, "123", sizeof(text)), 3);
	assert_int_equal(kit_strlcat(text, "4567", sizeof(text)), 7);
	assert_string_equal(text, "1234567");
	assert_int_equal(kit_strlcat(text, "89", sizeof(text)), 9);
	assert_string_equal(text, "1234567");
	assert_int_equal(kit_strlcpy(text, "abc", 0), 3);
	assert_string_equal(text, "1234567");

	assert_ptr_equal(kit_strcpy(text, "xy"), text);
	assert_string_equal(text, "xy");
	memset(text, '!', sizeof(text));
	kit_strncpy(text, "ab", 4);
	assert_memory_equal(text, "ab\0\0!!!!", 8);
	kit_strncpy(text, "abcdef", 4);
	assert_memory_equal(text, "abcd!!!!", 8);
}

static void tokens_come_one_by_one(void **state)
{
	char text[] = ",,one,two;;three;";
	char *rest;

	assert_string_equal(kit_strtok_r(text, ",;", &rest), "one");
	assert_string_equal(kit_strtok_r(NULL, ",;", &rest), "two");
	assert_string_equal(kit_strtok_r(NULL, ",;", &rest), "three");
	assert_null(kit_strtok_r(NULL, ",;", &rest));
	assert_null(kit_strtok_r(NULL, ",;", &rest));
}

static void character_classes_are_ascii(void **state)
{
	for (int c = -1; c < 128; c++) {
		assert_int_equal(!kit_isalnum(c), !isalnum(c));
		assert_int_equal(!kit_isalpha(c), !isalpha(c));
		assert_int_equal(!kit_isblank(c), !isblank(c));
		assert_int_equal(!kit_iscntrl(c), !iscntrl(c));
		assert_int_equal(!kit_isdigit(c), !isdigit(c));
		assert_int_equal(!kit_isgraph(c), !isgraph(c));
		assert_int_equal(!kit_islower(c), !islower(c));
		assert_int_equal(!kit_isprint(c), !isprint(c));
		assert_int_equal(!kit_ispunct(c), !ispunct(c));
		assert_int_equal(!kit_isspace(c), !isspace(c));
		assert_int_equal(!kit_isupper(c), !isupper(c));
		assert_int_equal(!kit_isxdigit(c), !isxdigit(c));
		assert_int_equal(kit_tolower(c), tolower(c));
		assert_int_equal(kit_toupper(c), toupper(c));
	}
	assert_false(kit_isalpha(0xe4));
	assert_false(kit_isprint(INT_MAX) || kit_isspace(INT_MIN));
}

static void numbers_are_read_as_the_machines_strtoul_does(void **state)
{
	static const char *const texts[] = {
		"",
		"0",
		"42",
		"  42 ",
		"-1",
		"+7",
		"0x1F",
		"0X1fg",
		"017",
		"08",
		"0x",
		"0xg",
		"zz",
		"-",
		"1z",
		"\t\n9",
		"- 1",
		"18446744073709551615",
		"18446744073709551616",
		"-18446744073709551616",
		"99999999999999999999999",
		"0xffffffffffffffffff",
	};
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(bases); j++) {
			char *our_end;
			char *their_end;
			unsigned long theirs = strtoul(texts[i], &their_end, bases[j]);

			assert_int_equal(kit_strtoul(texts[i], &our_end, bases[j]), theirs);
			assert_ptr_equal(our_end, their_end);
		}
	}
	assert_int_equal(kit_strtoul("12", NULL, 10), 12);
	assert_int_equal(kit_strtoul("12", NULL, 1), 0);
	assert_int_equal(kit_strtoul("12", NULL, 37), 0);
	assert_int_equal(kit_abs(-5), 5);
	assert_int_equal(kit_abs(5), 5);
}

static int compare_ints(const void *a, const void *b)
{
	return CMP_TRILEAN(*(const int *)a, *(const int *)b);
}

static void sorting_sorts(void **state)
{
	int items[257];
	uint32_t seed = 1;

	for (size_t count = 0; count < ARRAY_SIZE(items); count++) {
		int sum = 0;

		for (size_t i = 0; i < count; i++) {
			seed = seed * 1103515245 + 12345;
			items[i] = (int)(seed >> 16) % 100 - 50;
			sum += items[i];
		}
		kit_qsort(items, count, sizeof(int), compare_ints);
		for (size_t i = 0; i < count; i++) {
			assert_true(i == 0 || items[i - 1] <= items[i]);
			sum -= items[i];
		}
		assert_int_equal(sum, 0);
	}
}

static void sorting_works_for_every_integer(void **state)
{
	uint64_t large[] = { UINT64_MAX, 0, 1 };
	int64_t negative[] = { 0, INT64_MIN, INT64_MAX };
	uint8_t small[] = { 255, 0, 7 };

	qsort_u64(large, 3);
	assert_true(large[0] == 0 && large[1] == 1 && large[2] == UINT64_MAX);
	qsort_s64(negative, 3);
	assert_true(negative[0] == INT64_MIN && negative[1] == 0 && negative[2] == INT64_MAX);
	qsort_u8(small, 3);
	assert_true(small[0] == 0 && small[1] == 7 && small[2] == 255);
}

static void base64_encodes(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	char text[16];
	size_t length;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		length = sizeof(text);
		assert_true(base64_enc(pairs[i][0], strlen(pairs[i][0]), text, &length));
		assert_string_equal(text, pairs[i][1]);
		assert_int_equal(length, strlen(pairs[i][1]) + 1);
		assert_int_equal(length, base64_enc_len(strlen(pairs[i][0])));

		length = sizeof(text);
		assert_true(base64_dec(pairs[i][1], strlen(pairs[i][1]), text, &length));
		assert_int_equal(length, strlen(pairs[i][0]));
		assert_memory_equal(text, pairs[i][0], length);
	}
}

static void base64_says_how_much_room_it_needs(void **state)
{
	char text[8];
	size_t length = 8;

	assert_false(base64_enc("foobar", 6, text, &length));
	assert_int_equal(length, 9);
	length = 2;
	assert_false(base64_dec("Zm9v", 4, text, &length));
	assert_int_equal(length, 3);
	length = 0;
	assert_false(base64_dec("Zm9v", 4, NULL, &length));
	assert_int_equal(length, 3);
}

static void base64_skips_junk_and_stops_at_the_padding(void **state)
{
	char text[8];
	size_t length = sizeof(text);

	assert_true(base64_dec("Z m\n9-v", 7, text, &length));
	assert_int_equal(length, 3);
	assert_memory_equal(text, "foo", 3);
	length = sizeof(text);
	assert_true(base64_dec("====Zm9v", 8, text, &length));
	assert_int_equal(length, 0);
	length = sizeof(text);
	assert_true(base64_dec("-%@&", 4, text, &length));
	assert_int_equal(length, 0);
}

static void helpers_compute(void **state)
{
	uint32_t result;

	assert_int_equal(ROUNDUP(13u, 10), 20);
	assert_int_equal(ROUNDUP2(17u, 16), 32);
	assert_int_equal(ROUNDDOWN(19u, 10), 10);
	assert_int_equal(ROUNDDOWN2(31u, 16), 16);
	assert_int_equal(ROUNDUP_DIV(21u, 10), 3);
	assert_int_equal(UDIV_ROUND_NEAREST(25u, 10), 3);
	assert_false(ROUNDUP_OVERFLOW(UINT32_C(13), 10, &result));
	assert_int_equal(result, 20);
	assert_true(ROUNDUP_OVERFLOW(UINT32_MAX, 16, &result));
	assert_true(IS_POWER_OF_TWO(64) && !IS_POWER_OF_TWO(0) && !IS_POWER_OF_TWO(48));
	assert_int_equal(GENMASK_32(7, 4), 0xf0);
	assert_true(GENMASK_64(63, 0) == UINT64_MAX);
	assert_int_equal(get_field_u32(0x1234, 0xf0), 3);
	assert_int_equal(set_field_u32(0x1234, 0xf0, 0xb), 0x12b4);
	assert_int_equal(MIN(3, 4) + MAX(3, 4), 7);
	assert_true(reg_pair_to_64(1, 2) == UINT64_C(0x100000002));
	assert_true(CMP_TRILEAN(1, 2) == -1 && CMP_TRILEAN(2, 2) == 0 && CMP_TRILEAN(3, 2) == 1);
}

static void strings_are_duplicated_on_the_heap(void **state)
{
	static uint8_t pool[1024] __attribute__((aligned(16)));
	extern void malloc_add_pool(void *memory, size_t size);
	char *copy;

	malloc_add_pool(pool, sizeof(pool));
	copy = kit_strdup("twice");
	assert_string_equal(copy, "twice");
	kit_free(copy);
	copy = kit_strndup("twice", 3);
	assert_string_equal(copy, "twi");
	kit_free(copy);
	assert_null(kit_calloc(SIZE_MAX / 2, 3));
	assert_null(kit_calloc(SIZE_MAX / 8, 8));
	copy = kit_calloc(3, 5);
	assert_memory_equal(copy, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
	kit_free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_moves_as_the_machines_does),
		cmocka_unit_test(memory_is_copied_and_set_within_bounds),
		cmocka_unit_test(memory_compares_as_unsigned_bytes),
		cmocka_unit_test(every_pair_of_bytes_compares_in_constant_time_as_without),
		cmocka_unit_test(bytes_are_found),
		cmocka_unit_test(wiping_leaves_zeros),
		cmocka_unit_test(lengths_end_at_a_nul_or_before),
		cmocka_unit_test(strings_compare_as_the_machines_do),
		cmocka_unit_test(characters_and_parts_are_found),
		cmocka_unit_test(copies_fit_or_say_so),
		cmocka_unit_test(tokens_come_one_by_one),
		cmocka_unit_test(character_classes_are_ascii),
		cmocka_unit_test(numbers_are_read_as_the_machines_strtoul_does),
		cmocka_unit_test(sorting_sorts),
		cmocka_unit_test(sorting_works_for_every_integer),
		cmocka_unit_test(base64_encodes),
		cmocka_unit_test(base64_says_how_much_room_it_needs),
		cmocka_unit_test(base64_skips_junk_and_stops_at_the_padding),
		cmocka_unit_test(helpers_compute),
		cmocka_unit_test(strings_are_duplicated_on_the_heap),
	};

	return cmocka_run_group_tests_name("ta/libutils/string", tests, NULL, NULL);
}
