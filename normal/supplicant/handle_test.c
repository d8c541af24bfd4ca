/* handle_test.c - numbers for things, and when a thing ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normal/supplicant/handle.h"

#define LIMIT 10

static struct handle_table table;
static int things[LIMIT + 1]; /* how often each was ended */

static void destroy(void *thing)
{
	++*(int *)thing;
}

static int setup(void **state)
{
	size_t i;

	for (i = 0; i < array_size(things); i++) {
		things[i] = 0;
	}
	handle_table_init(&table, LIMIT, destroy);
	return 0;
}

static int teardown(void **state)
{
	handle_table_destroy(&table);
	return 0;
}

static void a_thing_gets_the_lowest_free_number(void **state)
{
	assert_int_equal(handle_add(&table, &things[0]), 0);
	assert_int_equal(handle_add(&table, &things[1]), 1);
	assert_int_equal(handle_add(&table, &things[2]), 2);
	assert_true(handle_remove(&table, 1));
	assert_int_equal(handle_add(&table, &things[3]), 1);
	assert_int_equal(handle_add(&table, &things[4]), 3);
}

static void a_number_is_its_thing(void **state)
{
	assert_int_equal(handle_add(&table, &things[0]), 0);
	assert_int_equal(handle_add(&table, &things[1]), 1);
	assert_ptr_equal(handle_get(&table, 1), &things[1]);
	handle_put(&table, 1);
}

static void numbers_without_a_thing_are_nothing(void **state)
{
	static const uint64_t numbers[] = { 0, 1, LIMIT, UINT32_MAX, UINT64_MAX, 1ull << 32 };
	size_t i;

	for (i = 0; i < array_size(numbers); i++) {
		assert_null(handle_get(&table, numbers[i]));
		assert_false(handle_remove(&table, numbers[i]));
	}
	assert_int_equal(handle_add(&table, &things[0]), 0);
	assert_null(handle_get(&table, 1));
	assert_null(handle_get(&table, 1ull << 32));
}

static void removing_ends_a_thing_once(void **state)
{
	assert_int_equal(handle_add(&table, &things[0]), 0);
	assert_true(handle_remove(&table, 0));
	assert_int_equal(things[0], 1);
	assert_false(handle_remove(&table, 0));
	assert_null(handle_get(&table, 0));
	assert_int_equal(things[0], 1);
}

static void a_thing_in_use_ends_with_its_last_user(void **state)
{
	assert_int_equal(handle_add(&table, &things[0]), 0);
	assert_non_null(handle_get(&table, 0));
	assert_non_null(handle_get(&table, 0));
	assert_true(handle_remove(&table, 0));
	assert_null(handle_get(&table, 0));
	assert_false(handle_remove(&table, 0));
	/* Its number does not mean another thing yet. */
	assert_int_equal(handle_add(&table, &things[1]), 1);
	handle_put(&table, 0);
	assert_int_equal(things[0], 0);
	handle_put(&table, 0);
	assert_int_equal(things[0], 1);
	assert_int_equal(handle_add(&table, &things[2]), 0);
}

static void one_more_than_the_limit_is_refused(void **state)
{
	int i;

	for (i = 0; i < LIMIT; i++) {
		assert_int_equal(handle_add(&table, &things[i]), i);
	}
	assert_int_equal(handle_add(&table, &things[LIMIT]), -1);
	assert_int_equal(things[LIMIT], 0);
	assert_true(handle_remove(&table, 4));
	assert_int_equal(handle_add(&table, &things[LIMIT]), 4);
}

static void the_end_of_the_table_ends_what_is_in_it(void **state)
{
	struct handle_table other;

	handle_table_init(&other, LIMIT, destroy);
	assert_int_equal(handle_add(&other, &things[0]), 0);
	assert_int_equal(handle_add(&other, &things[1]), 1);
	assert_true(handle_remove(&other, 0));
	handle_table_destroy(&other);
	assert_int_equal(things[0], 1);
	assert_int_equal(things[1], 1);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_thing_gets_the_lowest_free_number),
		promise(a_number_is_its_thing),
		promise(numbers_without_a_thing_are_nothing),
		promise(removing_ends_a_thing_once),
		promise(a_thing_in_use_ends_with_its_last_user),
		promise(one_more_than_the_limit_is_refused),
		promise(the_end_of_the_table_ends_what_is_in_it),
	};

	return cmocka_run_group_tests_name("supplicant/handle", tests, NULL, NULL);
}
