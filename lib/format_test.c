/* Promises of lib/format.h. What C promises too is checked against C's own snprintf. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "lib/format.h"

/* The tests hand over formats that a compiler cannot check. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static int print(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = format_vprint(buffer, size, format, args);
	va_end(args);
	return length;
}

#define EXPECT(text, ...)                                                                          \
	do {                                                                                       \
		char out_[256];                                                                    \
		assert_int_equal(print(out_, sizeof(out_), __VA_ARGS__), strlen(text));            \
		assert_string_equal(out_, text);                                                   \
	} while (0)

#define SAME_AS_C(format, ...)                                                                     \
	do {                                                                                       \
		char ours_[256];                                                                   \
		char theirs_[256];                                                                 \
		int length_ = snprintf(theirs_, sizeof(theirs_), format, __VA_ARGS__);             \
		assert_int_equal(print(ours_, sizeof(ours_), format, __VA_ARGS__), length_);       \
		assert_string_equal(ours_, theirs_);                                               \
	} while (0)

static const char *const flags[] = {
	"", "-", "+", " ", "#", "0", "-0", "+0", " 0", "#0", "-#", "+-", "+ ", "-+ #0",
};
static const char *const widths[] = { "", "1", "5", "12", "40" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".7", ".30" };

static void for_each_spec(void (*visit)(const char *spec, const char *conversion),
			  const char *conversion)
{
	for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++) {
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
			for (size_t p = 0; p < sizeof(precisions) / sizeof(precisions[0]); p++) {
				char spec[64];

				snprintf(spec, sizeof(spec), "<%%%s%s%s", flags[f], widths[w],
					 precisions[p]);
				visit(spec, conversion);
			}
		}
	}
}

static void same_number(const char *spec, const char *conversion)
{
	static const long long values[] = {
		0,	1,     -1,     7,	8,	 255,	   -255,      32767,
		-32768, 65536, 123456, INT_MAX, INT_MIN, UINT_MAX, LLONG_MAX, LLONG_MIN,
	};
	char format[96];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(format, sizeof(format), "%s%s>", spec, conversion);
		SAME_AS_C(format, (int)values[i]);
		snprintf(format, sizeof(format), "%sh%s>", spec, conversion);
		SAME_AS_C(format, (int)values[i]);
		snprintf(format, sizeof(format), "%shh%s>", spec, conversion);
		SAME_AS_C(format, (int)values[i]);
		snprintf(format, sizeof(format), "%sl%s>", spec, conversion);
		SAME_AS_C(format, (long)values[i]);
		snprintf(format, sizeof(format), "%sll%s>", spec, conversion);
		SAME_AS_C(format, values[i]);
		snprintf(format, sizeof(format), "%sj%s>", spec, conversion);
		SAME_AS_C(format, (intmax_t)values[i]);
		snprintf(format, sizeof(format), "%st%s>", spec, conversion);
		SAME_AS_C(format, (ptrdiff_t)values[i]);
		snprintf(format, sizeof(format), "%sz%s>", spec, conversion);
		SAME_AS_C(format, (size_t)values[i]);
		snprintf(format, sizeof(format), "%sq%s>", spec, conversion);
		SAME_AS_C(format, values[i]);
	}
}

static void integers_print_as_in_c_with_every_flag_width_precision_and_size(void **state)
{
	static const char *const conversions[] = { "d", "i", "u", "o", "x", "X" };

	for (size_t i = 0; i < sizeof(conversions) / sizeof(conversions[0]); i++) {
		for_each_spec(same_number, conversions[i]);
	}
}

static void same_string(const char *spec, const char *conversion)
{
	char format[96];

	/* C leaves the other flags undefined with %s. */
	if (strpbrk(spec, "#0+ ") != NULL) {
		return;
	}
	snprintf(format, sizeof(format), "%s%s>", spec, conversion);
	SAME_AS_C(format, "");
	SAME_AS_C(format, "x");
	SAME_AS_C(format, "a longer piece of text, longer than the widths");
}

static void strings_print_as_in_c(void **state)
{
	for_each_spec(same_string, "s");
	SAME_AS_C("%c%-3c%3c|", 'a', 'b', 'c');
	SAME_AS_C("100%% of %d", 5);
}

static void width_and_precision_come_from_arguments(void **state)
{
	SAME_AS_C("%*d|", 8, 42);
	SAME_AS_C("%*d|", -8, 42);
	SAME_AS_C("%.*d|", 5, 42);
	SAME_AS_C("%.*d|", -5, 42);
	SAME_AS_C("%*.*s|", 10, 3, "abcdef");
	SAME_AS_C("%-*.*x|", 10, 4, 0xabu);
	SAME_AS_C("%0*d|", 6, -42);
}

static void capital_conversions_are_long(void **state)
{
	EXPECT("-5000000000 6000000000 7000000", "%D %U %O", -5000000000l, 6000000000ul,
	       07000000ul);
}

static void a_string_with_a_precision_need_not_end(void **state)
{
	const char text[3] = { 'a', 'b', 'c' };

	EXPECT("abc", "%.3s", text);
	EXPECT("ab ", "%-3.2s", text);
}

static void a_null_string_is_named(void **state)
{
	EXPECT("(null)", "%s", NULL);
	EXPECT("  (null)", "%8s", NULL);
	EXPECT("(nu", "%.3s", NULL);
}

static void a_pointer_is_hexadecimal(void **state)
{
	EXPECT("0x1234abcd", "%p", (void *)0x1234abcd);
	EXPECT("0x0", "%p", NULL);
	EXPECT("      0xff", "%10p", (void *)0xff);
}

static void a_uuid_in_memory_prints_canonically(void **state)
{
	const TEE_UUID uuid = {
		0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b }
	};

	EXPECT("8aaaf200-2450-11e4-abe2-0002a5d5c51b", "%pUl", (const void *)&uuid);
	EXPECT("<  8aaaf200-2450-11e4-abe2-0002a5d5c51b>", "<%38pUl>", (const void *)&uuid);
	EXPECT("(null)", "%pUl", NULL);
	EXPECT("0x1Ux", "%pUx", (void *)1);
}

static void n_writes_nothing_and_takes_its_argument(void **state)
{
	int untouched = 77;

	EXPECT("ab5", "a%nb%d", &untouched, 5);
	EXPECT("ab5", "a%hhnb%d", &untouched, 5);
	assert_int_equal(untouched, 77);
}

static void what_is_not_known_is_copied(void **state)
{
	EXPECT("%y 5", "%y %d", 5);
	EXPECT("%-08.3lk5", "%-08.3lk%d", 5);
	EXPECT("%", "%");
	EXPECT("half %-5", "half %-5");
	EXPECT("%.2f", "%.2f");
}

static void text_that_does_not_fit_is_cut_and_its_length_returned(void **state)
{
	char buffer[8];

	for (size_t size = 0; size <= sizeof(buffer); size++) {
		memset(buffer, '#', sizeof(buffer));
		assert_int_equal(print(buffer, size, "%s-%05d", "abc", 42), 9);
		for (size_t i = 0; i < sizeof(buffer); i++) {
			char expected = i + 1 < size ? "abc-00042"[i] : i + 1 == size ? '\0' : '#';

			assert_int_equal(buffer[i], expected);
		}
	}
	assert_int_equal(print(NULL, 0, "%d", 12345), 5);
}

static void a_length_beyond_int_is_minus_one(void **state)
{
	char buffer[4];

	assert_int_equal(print(buffer, sizeof(buffer), "%2147483646d", 1), 2147483646);
	assert_int_equal(print(buffer, sizeof(buffer), "%2147483647dx", 1), -1);
	assert_int_equal(print(buffer, sizeof(buffer), "%99999999999999999999d", 1), 2147483647);
	assert_int_equal(print(buffer, sizeof(buffer), "%*d", INT_MIN, 7), -1);
	assert_string_equal(buffer, "7  ");
	assert_int_equal(print(buffer, sizeof(buffer), "%.2147483647d%.2147483647d", 1, 1), -1);
	assert_string_equal(buffer, "000");
}

static void format_print_takes_its_arguments_itself(void **state)
{
	char buffer[16];

	assert_int_equal(format_print(buffer, sizeof(buffer), "%s %u", "got", 3u), 5);
	assert_string_equal(buffer, "got 3");
	assert_int_equal(format_print(buffer, sizeof(buffer), "%s", ""), 0);
	assert_string_equal(buffer, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_print_as_in_c_with_every_flag_width_precision_and_size),
		cmocka_unit_test(strings_print_as_in_c),
		cmocka_unit_test(width_and_precision_come_from_arguments),
		cmocka_unit_test(capital_conversions_are_long),
		cmocka_unit_test(a_string_with_a_precision_need_not_end),
		cmocka_unit_test(a_null_string_is_named),
		cmocka_unit_test(a_pointer_is_hexadecimal),
		cmocka_unit_test(a_uuid_in_memory_prints_canonically),
		cmocka_unit_test(n_writes_nothing_and_takes_its_argument),
		cmocka_unit_test(what_is_not_known_is_copied),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_its_length_returned),
		cmocka_unit_test(a_length_beyond_int_is_minus_one),
		cmocka_unit_test(format_print_takes_its_arguments_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
