/* index_test.c - the table finds what an address lies in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "secure/core/port.h"
#include "secure/port/host/index.h"

#define ENTRIES_MAX 64

static struct index_entry entries[ENTRIES_MAX];

void port_panic(const char *why)
{
	fail_msg("%s", why);
	abort();
}

static struct index index_empty(void)
{
	return (struct index){ .entries = entries, .max = ENTRIES_MAX };
}

static void empty_table_has_nothing(void **state)
{
	struct index index = index_empty();

	(void)state;
	assert_null(index_below(&index, 0));
	assert_null(index_below(&index, UINT64_MAX));
	assert_null(index_above(&index, 0));
}

static void neighbours_are_found_whatever_the_order(void **state)
{
	struct index index = index_empty();
	int values[ENTRIES_MAX];

	(void)state;
	/* 37 and 64 share no factor: every place, in a mixed order. */
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		size_t place = i * 37 % ENTRIES_MAX;

		assert_true(index_insert(&index, 100 + place * 10, &values[place]));
	}
	assert_null(index_below(&index, 99));
	assert_null(index_above(&index, 731));
	for (size_t i = 0; i < ENTRIES_MAX; i++) {
		assert_ptr_equal(index_below(&index, 100 + i * 10), &values[i]);
		assert_ptr_equal(index_below(&index, 109 + i * 10), &values[i]);
		assert_ptr_equal(index_above(&index, 100 + i * 10), &values[i]);
		assert_ptr_equal(index_above(&index, 91 + i * 10), &values[i]);
	}
}

static void full_table_takes_no_more_and_forgets_none(void **state)
{
	struct index index = index_empty();
	int value;

	(void)state;
	for (uint64_t i = 0; i < ENTRIES_MAX; i++) {
		assert_true(index_insert(&index, i, &value));
	}
	assert_false(index_insert(&index, ENTRIES_MAX, &value));
	assert_ptr_equal(index_above(&index, ENTRIES_MAX - 1), &value);
	index_remove(&index, 7);
	assert_true(index_insert(&index, ENTRIES_MAX, &value));
}

static void removed_entry_is_gone_and_others_stay(void **state)
{
	struct index index = index_empty();
	int values[3];

	(void)state;
	for (uint64_t i = 0; i < 3; i++) {
		assert_true(index_insert(&index, i * 10, &values[i]));
	}
	index_remove(&index, 10);
	assert_ptr_equal(index_below(&index, 15), &values[0]);
	assert_ptr_equal(index_above(&index, 5), &values[2]);
	index_remove(&index, 0);
	index_remove(&index, 20);
	assert_null(index_below(&index, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table_has_nothing),
		cmocka_unit_test(neighbours_are_found_whatever_the_order),
		cmocka_unit_test(full_table_takes_no_more_and_forgets_none),
		cmocka_unit_test(removed_entry_is_gone_and_others_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
