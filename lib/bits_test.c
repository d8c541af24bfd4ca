#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/bits.h"

struct outer {
	uint32_t before;
	uint64_t inner;
};

static void an_array_has_as_many_elements_as_it_was_given(void **state)
{
	static const uint16_t numbers[7];

	assert_int_equal(array_size(numbers), 7);
}

static void a_member_leads_back_to_its_structure(void **state)
{
	struct outer outer;

	assert_ptr_equal(container_of(&outer.inner, struct outer, inner), &outer);
	assert_ptr_equal(container_of(&outer.before, struct outer, before), &outer);
}

static void an_aligned_value_stays_when_aligned_up_or_down(void **state)
{
	uint64_t aligned;

	assert_true(align_up(0, 4096, &aligned));
	assert_int_equal(aligned, 0);
	assert_true(align_up(8192, 4096, &aligned));
	assert_int_equal(aligned, 8192);
	assert_int_equal(align_down(8192, 4096), 8192);
	assert_true(align_up(13, 1, &aligned));
	assert_int_equal(aligned, 13);
}

static void other_values_go_to_the_next_multiple(void **state)
{
	uint64_t aligned;

	assert_true(align_up(1, 4096, &aligned));
	assert_int_equal(aligned, 4096);
	assert_true(align_up(4097, 4096, &aligned));
	assert_int_equal(aligned, 8192);
	assert_int_equal(align_down(4095, 4096), 0);
	assert_int_equal(align_down(8191, 4096), 4096);
}

static void aligning_up_beyond_64_bits_is_refused_and_changes_nothing(void **state)
{
	uint64_t aligned = 42;

	assert_false(align_up(UINT64_MAX, 4096, &aligned));
	assert_false(align_up(UINT64_MAX - 4094, 4096, &aligned));
	assert_int_equal(aligned, 42);
	assert_true(align_up(UINT64_MAX - 4095, 4096, &aligned));
	assert_true(aligned == UINT64_MAX - 4095);
}

static void zero_is_aligned_to_everything_and_one_to_nothing(void **state)
{
	assert_true(is_aligned(0, 4096));
	assert_false(is_aligned(1, 2));
	assert_true(is_aligned(24, 8));
	assert_false(is_aligned(20, 8));
}

static void a_range_within_ends_at_the_limit_or_before(void **state)
{
	assert_true(range_within(0, 100, 100));
	assert_true(range_within(100, 0, 100));
	assert_true(range_within(99, 1, 100));
	assert_true(range_within(0, 0, 0));
	assert_false(range_within(100, 1, 100));
	assert_false(range_within(101, 0, 100));
	assert_false(range_within(1, 0, 0));
}

static void a_range_whose_end_wraps_is_not_within(void **state)
{
	assert_false(range_within(1, UINT64_MAX, 100));
	assert_false(range_within(UINT64_MAX, 1, 100));
	assert_false(range_within(UINT64_MAX, UINT64_MAX, UINT64_MAX));
	assert_true(range_within(1, UINT64_MAX - 1, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_has_as_many_elements_as_it_was_given),
		cmocka_unit_test(a_member_leads_back_to_its_structure),
		cmocka_unit_test(an_aligned_value_stays_when_aligned_up_or_down),
		cmocka_unit_test(other_values_go_to_the_next_multiple),
		cmocka_unit_test(aligning_up_beyond_64_bits_is_refused_and_changes_nothing),
		cmocka_unit_test(zero_is_aligned_to_everything_and_one_to_nothing),
		cmocka_unit_test(a_range_within_ends_at_the_limit_or_before),
		cmocka_unit_test(a_range_whose_end_wraps_is_not_within),
	};

	return cmocka_run_group_tests_name("lib/bits", tests, NULL, NULL);
}
