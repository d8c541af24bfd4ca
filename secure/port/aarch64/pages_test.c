#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "secure/port/aarch64/pages.h"

#define MEMORY_PAGES 200u
#define PHYSICAL     0x0E300000ull

static _Alignas(PORT_PAGE_SIZE) uint8_t memory[MEMORY_PAGES * PORT_PAGE_SIZE];

static int setup(void **state)
{
	memset(memory, 0xA5, sizeof(memory));
	pages_init(memory, memory + sizeof(memory), PHYSICAL);
	return 0;
}

static size_t used(void)
{
	struct pages_census census;

	pages_census(&census);
	return census.used;
}

static bool all_bytes(const void *bytes, uint8_t value, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++) {
		if (at[i] != value) {
			return false;
		}
	}
	return true;
}

static void pages_are_zero_and_next_to_one_another(void **state)
{
	struct port_pages *pages = port_pages_alloc(3);
	uint8_t *address;

	assert_non_null(pages);
	address = port_pages_address(pages);
	assert_int_equal((uintptr_t)address % PORT_PAGE_SIZE, 0);
	assert_true(all_bytes(address, 0, 3 * PORT_PAGE_SIZE));
	assert_int_equal(pages_size(pages), 3);
	assert_int_equal(pages_physical(pages), PHYSICAL + (uint64_t)(address - memory));
	assert_ptr_equal(pages_from_physical(pages_physical(pages)), address);
}

static void what_the_last_owner_left_is_gone(void **state)
{
	struct port_pages *pages = port_pages_alloc(2);
	void *address = port_pages_address(pages);

	memset(address, 0x5A, 2 * PORT_PAGE_SIZE);
	*pages_count_of(address) = 7;
	port_pages_free(pages);
	pages = port_pages_alloc(2);
	assert_ptr_equal(port_pages_address(pages), address);
	assert_true(all_bytes(address, 0, 2 * PORT_PAGE_SIZE));
	assert_int_equal(*pages_count_of(address), 0);
}

static void nothing_and_too_much_are_refused(void **state)
{
	assert_null(port_pages_alloc(0));
	assert_null(port_pages_alloc(MEMORY_PAGES + 1));
	assert_null(port_pages_alloc(SIZE_MAX));
	assert_int_equal(used(), 0);
	assert_non_null(port_pages_alloc(MEMORY_PAGES));
	assert_null(port_pages_alloc(1));
}

static void every_page_can_be_had_once(void **state)
{
	struct port_pages *all[MEMORY_PAGES];

	for (size_t i = 0; i < MEMORY_PAGES; i++) {
		all[i] = port_pages_alloc(1);
		assert_non_null(all[i]);
		/* Somebody else's page would not be zero. */
		assert_true(all_bytes(port_pages_address(all[i]), 0, PORT_PAGE_SIZE));
		memset(port_pages_address(all[i]), 0xFF, PORT_PAGE_SIZE);
	}
	assert_null(port_pages_alloc(1));
	for (size_t i = 0; i < MEMORY_PAGES; i++) {
		port_pages_free(all[i]);
	}
	assert_int_equal(used(), 0);
}

static void a_hole_is_used_by_what_fits_and_by_nothing_else(void **state)
{
	struct port_pages *left = port_pages_alloc(10);
	struct port_pages *hole = port_pages_alloc(4);
	struct port_pages *right = port_pages_alloc(MEMORY_PAGES - 14);
	void *address = port_pages_address(hole);

	assert_non_null(left);
	assert_non_null(right);
	port_pages_free(hole);
	assert_null(port_pages_alloc(5));
	assert_ptr_equal(port_pages_address(port_pages_alloc(4)), address);
	assert_null(port_pages_alloc(1));
}

static void the_census_knows_now_most_and_all(void **state)
{
	struct port_pages *first = port_pages_alloc(5);
	struct port_pages *second = port_pages_alloc(7);
	struct pages_census census;

	port_pages_free(first);
	pages_census(&census);
	assert_int_equal(census.used, 7);
	assert_int_equal(census.peak, 12);
	assert_int_equal(census.total, MEMORY_PAGES);
	port_pages_free(second);
	assert_int_equal(used(), 0);
}

static void each_page_has_a_counter_and_what_is_elsewhere_shares_one(void **state)
{
	uint8_t *address = port_pages_address(port_pages_alloc(2));
	uint8_t elsewhere[2] = { 0 };

	assert_ptr_equal(pages_count_of(address), pages_count_of(address + PORT_PAGE_SIZE - 1));
	assert_ptr_not_equal(pages_count_of(address), pages_count_of(address + PORT_PAGE_SIZE));
	assert_ptr_equal(pages_count_of(&elsewhere[0]), pages_count_of(&elsewhere[1]));
	assert_ptr_not_equal(pages_count_of(&elsewhere[0]), pages_count_of(address));
}

struct lot {
	struct port_pages *pages;
	size_t count;
	uint8_t mark;
};

/* Sizes as they come, in an order that is always the same: nobody's bytes change. */
static void what_is_given_out_belongs_to_one_owner(void **state)
{
	struct lot lots[40] = { 0 };
	uint32_t seed = 1;

	for (unsigned int step = 1; step < 4000; step++) {
		struct lot *lot;

		seed = seed * 1664525u + 1013904223u;
		lot = &lots[(seed >> 16) % array_size(lots)];
		if (lot->pages != NULL) {
			assert_true(all_bytes(port_pages_address(lot->pages), lot->mark,
					      lot->count * PORT_PAGE_SIZE));
			port_pages_free(lot->pages);
			lot->pages = NULL;
			continue;
		}
		lot->count = 1 + (seed >> 8) % 12;
		lot->mark = (uint8_t)step;
		lot->pages = port_pages_alloc(lot->count);
		if (lot->pages != NULL) {
			memset(port_pages_address(lot->pages), lot->mark,
			       lot->count * PORT_PAGE_SIZE);
		}
	}
	for (size_t i = 0; i < array_size(lots); i++) {
		if (lots[i].pages != NULL) {
			port_pages_free(lots[i].pages);
		}
	}
	assert_int_equal(used(), 0);
	assert_non_null(port_pages_alloc(MEMORY_PAGES));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_are_zero_and_next_to_one_another),
		TEST(what_the_last_owner_left_is_gone),
		TEST(nothing_and_too_much_are_refused),
		TEST(every_page_can_be_had_once),
		TEST(a_hole_is_used_by_what_fits_and_by_nothing_else),
		TEST(the_census_knows_now_most_and_all),
		TEST(each_page_has_a_counter_and_what_is_elsewhere_shares_one),
		TEST(what_is_given_out_belongs_to_one_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
