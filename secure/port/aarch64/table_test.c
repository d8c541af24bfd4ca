#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bits.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/pages.h"
#include "secure/port/aarch64/table.h"

#define MEMORY_PAGES 16u
#define PHYSICAL     0x0E300000ull

/* Of one table of the last level, and of one of the level above. */
#define SPAN_LAST   (512ull * PORT_PAGE_SIZE)
#define SPAN_MIDDLE (512ull * SPAN_LAST)

/* As the upper half's are: only 39 bits of an address count. */
#define USER 0xFFFFFF8010000000ull

static _Alignas(PORT_PAGE_SIZE) uint8_t memory[MEMORY_PAGES * PORT_PAGE_SIZE];
static uint64_t *root;
static size_t at_first;

static size_t used(void)
{
	struct pages_census census;

	pages_census(&census);
	return census.used;
}

static int setup(void **state)
{
	pages_init(memory, memory + sizeof(memory), PHYSICAL);
	root = port_pages_address(port_pages_alloc(1));
	at_first = used();
	return 0;
}

/* What the hardware finds at `address`; 0: nothing. */
static uint64_t walk(uint64_t address)
{
	uint64_t physical = PHYSICAL + (uint64_t)((uint8_t *)root - memory);
	uint64_t entry = 0;

	for (unsigned int shift = 30;; shift -= 9) {
		const uint64_t *table = pages_from_physical(physical);

		entry = table[address >> shift & 511];
		if ((entry & TABLE_VALID) == 0 || shift == 12) {
			return entry;
		}
		assert_int_equal(entry & 3, TABLE_PAGE);
		physical = entry & TABLE_ADDRESS;
	}
}

static void map(uint64_t address, uint64_t value)
{
	uint64_t *entry = table_entry(root, address, true);

	assert_non_null(entry);
	table_set(entry, value);
}

static void unmap(uint64_t address)
{
	struct table_list unlinked;

	if (table_clear(table_entry(root, address, false))) {
		table_prune(root, address, &unlinked);
		table_release(&unlinked);
	}
}

static void a_page_is_found_where_it_was_set_and_nowhere_else(void **state)
{
	uint64_t value = 0x45678000 | TABLE_WINDOW;

	map(USER + 5 * PORT_PAGE_SIZE, value);
	assert_int_equal(walk(USER + 5 * PORT_PAGE_SIZE), value);
	assert_int_equal(walk(USER + 4 * PORT_PAGE_SIZE), 0);
	assert_int_equal(walk(USER + 6 * PORT_PAGE_SIZE), 0);
	assert_int_equal(walk(USER + SPAN_LAST + 5 * PORT_PAGE_SIZE), 0);
	assert_int_equal(walk(USER + SPAN_MIDDLE + 5 * PORT_PAGE_SIZE), 0);
}

static void looking_makes_nothing(void **state)
{
	assert_null(table_entry(root, USER, false));
	assert_int_equal(used(), at_first);
	map(USER, 0x1000 | TABLE_ALL);
	assert_non_null(table_entry(root, USER + PORT_PAGE_SIZE, false));
	assert_null(table_entry(root, USER + SPAN_LAST, false));
	assert_int_equal(used(), at_first + 2);
}

static void tables_that_become_empty_are_given_back_and_others_stay(void **state)
{
	map(USER, 0x1000 | TABLE_ALL);
	map(USER + PORT_PAGE_SIZE, 0x2000 | TABLE_ALL);
	map(USER + SPAN_LAST, 0x3000 | TABLE_ALL);
	map(USER + SPAN_MIDDLE, 0x4000 | TABLE_ALL);
	assert_int_equal(used(), at_first + 5);
	unmap(USER);
	assert_int_equal(used(), at_first + 5);
	assert_int_equal(walk(USER + PORT_PAGE_SIZE), 0x2000 | TABLE_ALL);
	unmap(USER + PORT_PAGE_SIZE);
	assert_int_equal(used(), at_first + 4);
	assert_int_equal(walk(USER + SPAN_LAST), 0x3000 | TABLE_ALL);
	unmap(USER + SPAN_LAST);
	assert_int_equal(used(), at_first + 2);
	assert_int_equal(walk(USER + SPAN_MIDDLE), 0x4000 | TABLE_ALL);
	unmap(USER + SPAN_MIDDLE);
	assert_int_equal(used(), at_first);
}

/* The hardware may still be walking through them. */
static void a_table_is_not_used_again_before_it_is_released(void **state)
{
	struct table_list unlinked;

	map(USER, 0x1000 | TABLE_ALL);
	assert_true(table_clear(table_entry(root, USER, false)));
	table_prune(root, USER, &unlinked);
	assert_int_equal(unlinked.count, 2);
	assert_int_equal(walk(USER), 0);
	assert_int_equal(used(), at_first + 2);
	table_release(&unlinked);
	assert_int_equal(used(), at_first);
}

static void without_memory_there_is_no_entry(void **state)
{
	struct port_pages *rest = port_pages_alloc(MEMORY_PAGES - at_first);

	assert_non_null(rest);
	assert_null(table_entry(root, USER, true));
	port_pages_free(rest);
	/* Memory for one table, where two are needed. */
	rest = port_pages_alloc(MEMORY_PAGES - at_first - 1);
	assert_non_null(rest);
	assert_null(table_entry(root, USER, true));
	assert_int_equal(walk(USER), 0);
	port_pages_free(rest);
	map(USER, 0x1000 | TABLE_ALL);
	assert_int_equal(walk(USER), 0x1000 | TABLE_ALL);
}

static void destroying_gives_all_tables_back(void **state)
{
	map(USER, 0x1000 | TABLE_ALL);
	map(USER + SPAN_LAST, 0x2000 | TABLE_ALL);
	map(USER + 3 * SPAN_MIDDLE, 0x3000 | TABLE_ALL);
	table_destroy(root);
	assert_int_equal(used(), at_first);
	assert_int_equal(walk(USER), 0);
	assert_int_equal(walk(USER + 3 * SPAN_MIDDLE), 0);
}

static void no_page_is_both_writable_and_executable(void **state)
{
	for (unsigned int access = 1; access < 8; access++) {
		uint64_t entry = table_user_entry(access, false);
		bool writes = (entry & TABLE_READ_ONLY) == 0;
		bool executes = (entry & TABLE_UXN) == 0;

		if ((access & PORT_ACCESS_WRITE) != 0 && (access & PORT_ACCESS_EXECUTE) != 0) {
			/* Never asked for. */
			continue;
		}
		assert_int_equal(writes, (access & PORT_ACCESS_WRITE) != 0);
		assert_int_equal(executes, (access & PORT_ACCESS_EXECUTE) != 0);
		assert_false(writes && executes);
	}
	assert_true((TABLE_KERNEL_CODE & TABLE_READ_ONLY) != 0);
	assert_true((TABLE_KERNEL_CONST & TABLE_READ_ONLY) != 0);
	assert_true((TABLE_KERNEL_DATA & TABLE_PXN) != 0);
	assert_true((TABLE_WINDOW & TABLE_PXN) != 0);
}

static void a_tas_page_is_never_the_kernels_to_execute_nor_everybodys(void **state)
{
	for (unsigned int access = 1; access < 8; access++) {
		uint64_t entry = table_user_entry(access, true);

		assert_true((entry & TABLE_USER) != 0);
		assert_true((entry & TABLE_PXN) != 0);
		assert_true((entry & TABLE_NOT_GLOBAL) != 0);
		assert_true((entry & TABLE_NORMAL) != 0);
		assert_true((table_user_entry(access, false) & TABLE_NORMAL) == 0);
	}
}

static void what_is_the_kernels_is_not_a_tas(void **state)
{
	static const uint64_t entries[] = { TABLE_KERNEL_CODE, TABLE_KERNEL_CONST,
					    TABLE_KERNEL_DATA, TABLE_WINDOW };

	for (size_t i = 0; i < array_size(entries); i++) {
		assert_true((entries[i] & TABLE_USER) == 0);
		assert_true((entries[i] & TABLE_UXN) != 0);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_found_where_it_was_set_and_nowhere_else),
		TEST(looking_makes_nothing),
		TEST(tables_that_become_empty_are_given_back_and_others_stay),
		TEST(a_table_is_not_used_again_before_it_is_released),
		TEST(without_memory_there_is_no_entry),
		TEST(destroying_gives_all_tables_back),
		TEST(no_page_is_both_writable_and_executable),
		TEST(a_tas_page_is_never_the_kernels_to_execute_nor_everybodys),
		TEST(what_is_the_kernels_is_not_a_tas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
