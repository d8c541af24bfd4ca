#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "normal/tools/symbolize.h"

#define UUID "3f2f02c5-fc42-4f67-a1ec-e2d127f780c1"

static void where_a_ta_faulted_is_exact(void **state)
{
	struct symbolize_place place;

	assert_true(symbolize_parse("E/TC:0 TA " UUID ": fault 11 at address 0x8, pc = load "
				    "address + 0x10c0\n",
				    &place));
	assert_string_equal(place.uuid, UUID);
	assert_int_equal(place.offset, 0x10c0);
}

/* Where it returns to may be another function, after one that never returns. */
static void a_call_is_before_where_it_returns_to(void **state)
{
	struct symbolize_place place;

	assert_true(symbolize_parse("E/TC:0 TA " UUID ": #1 load address + 0x4b16\n", &place));
	assert_int_equal(place.offset, 0x4b15);
	assert_true(symbolize_parse("E/TC:0 TA " UUID ": #12 load address + 0x0\n", &place));
	assert_int_equal(place.offset, 0);
}

static void what_others_wrote_before_it_does_not_matter(void **state)
{
	struct symbolize_place place;

	assert_true(symbolize_parse("[ 12.5] secure: E/TC:? TA " UUID ": #2 load address + 0x10",
				    &place));
	assert_int_equal(place.offset, 0xf);
}

static void other_lines_say_nothing(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"TA ",
		"TA " UUID,
		"TA " UUID ": panic 0x1234",
		"TA " UUID ": load address 0x349d67592000, called from",
		"TA " UUID ": #1 load address + ",
		"TA " UUID ": #1 load address + 0x",
		"TA " UUID ": #1 load address + 123",
		"TA " UUID ": #1 load address + 0x12345678901234567",
		"TA 3f2f02c5-fc42-4f67-a1ec-e2d127f780cx: #1 load address + 0x10",
		"TA ../../../../../../../../etc/passwd: #1 load address + 0x10",
		UUID ": #1 load address + 0x10",
	};
	struct symbolize_place place;

	for (size_t i = 0; i < array_size(lines); i++) {
		assert_false(symbolize_parse(lines[i], &place));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_a_ta_faulted_is_exact),
		cmocka_unit_test(a_call_is_before_where_it_returns_to),
		cmocka_unit_test(what_others_wrote_before_it_does_not_matter),
		cmocka_unit_test(other_lines_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
