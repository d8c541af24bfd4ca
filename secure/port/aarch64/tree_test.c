#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "lib/bits.h"
#include "secure/port/aarch64/tree.h"

#define TREE_SIZE 4096

#define RAM_BASE    0x40000000ull
#define RAM_SIZE    0x10000000ull
#define SECURE_BASE 0x0E000000ull
#define SECURE_SIZE 0x01000000ull

static uint8_t tree[TREE_SIZE];

/* A tree with two cells for an address and two for a size, while `fill` writes what is in it. */
static void tree_make(void (*fill)(void))
{
	memset(tree, 0, sizeof(tree));
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	assert_int_equal(fdt_begin_node(tree, ""), 0);
	assert_int_equal(fdt_property_u32(tree, "#address-cells", 2), 0);
	assert_int_equal(fdt_property_u32(tree, "#size-cells", 2), 0);
	fill();
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
}

static const char *read_made(void (*fill)(void))
{
	tree_make(fill);
	return tree_read(tree, tree_size(tree));
}

static void add_range(const char *name, uint64_t start, uint64_t size, const char *status)
{
	const fdt64_t reg[] = { cpu_to_fdt64(start), cpu_to_fdt64(size) };

	assert_int_equal(fdt_begin_node(tree, name), 0);
	assert_int_equal(fdt_property_string(tree, "device_type", "memory"), 0);
	assert_int_equal(fdt_property(tree, "reg", reg, sizeof(reg)), 0);
	if (status != NULL) {
		assert_int_equal(fdt_property_string(tree, "status", status), 0);
	}
	assert_int_equal(fdt_end_node(tree), 0);
}

static void fill_like_qemu(void)
{
	static const uint8_t rng_seed[32] = { 1, 2, 3 };
	static const uint8_t kaslr_seed[8] = { 9, 8, 7 };

	add_range("memory@40000000", RAM_BASE, RAM_SIZE, NULL);
	add_range("secram@e000000", SECURE_BASE, SECURE_SIZE, "disabled");
	assert_int_equal(fdt_begin_node(tree, "chosen"), 0);
	assert_int_equal(fdt_property(tree, "rng-seed", rng_seed, sizeof(rng_seed)), 0);
	assert_int_equal(fdt_property(tree, "kaslr-seed", kaslr_seed, sizeof(kaslr_seed)), 0);
	assert_int_equal(fdt_end_node(tree), 0);
}

static void the_normal_worlds_memory_is_what_the_tree_says(void **state)
{
	assert_null(read_made(fill_like_qemu));
	assert_true(tree_memory_covers(RAM_BASE, 4096));
	assert_true(tree_memory_covers(RAM_BASE, RAM_SIZE));
	assert_true(tree_memory_covers(RAM_BASE + RAM_SIZE - 4096, 4096));
	assert_false(tree_memory_covers(RAM_BASE - 4096, 4096));
	assert_false(tree_memory_covers(RAM_BASE - 4096, 8192));
	assert_false(tree_memory_covers(RAM_BASE + RAM_SIZE, 4096));
	assert_false(tree_memory_covers(RAM_BASE, RAM_SIZE + 1));
	assert_false(tree_memory_covers(RAM_BASE + 4096, UINT64_MAX));
	assert_false(tree_memory_covers(UINT64_MAX - 4095, 4096));
	assert_false(tree_memory_covers(0, 4096));
}

static void disabled_memory_is_not_the_normal_worlds(void **state)
{
	assert_null(read_made(fill_like_qemu));
	assert_false(tree_memory_covers(SECURE_BASE, 4096));
	assert_false(tree_memory_covers(SECURE_BASE + SECURE_SIZE - 4096, 4096));
}

static uint64_t bad_start;
static uint64_t bad_size;

static void fill_bad_range(void)
{
	add_range("memory@40000000", RAM_BASE, RAM_SIZE, NULL);
	add_range("memory@1", bad_start, bad_size, "okay");
}

/* Whoever wrote such a tree: the normal world would read our memory through our own mappings. */
static void memory_of_the_normal_world_that_is_ours_is_refused(void **state)
{
	static const uint64_t ranges[][2] = {
		{ SECURE_BASE, SECURE_SIZE },
		{ SECURE_BASE + 0x00F00000, 0x1000 },
		{ SECURE_BASE - 0x1000, 0x1001 },
		{ SECURE_BASE + SECURE_SIZE - 1, 0x1000 },
		{ 0, RAM_BASE },
		{ 0, UINT64_MAX },
		{ UINT64_MAX - 0xFFF, 0x2000 },
	};

	for (size_t i = 0; i < array_size(ranges); i++) {
		bad_start = ranges[i][0];
		bad_size = ranges[i][1];
		assert_non_null(read_made(fill_bad_range));
		assert_false(tree_memory_covers(RAM_BASE, 4096));
	}
	bad_start = SECURE_BASE + SECURE_SIZE;
	bad_size = 0x1000;
	assert_null(read_made(fill_bad_range));
	bad_start = SECURE_BASE - 0x1000;
	assert_null(read_made(fill_bad_range));
}

static void both_seeds_are_taken(void **state)
{
	uint8_t seed[TREE_SEED_MAX];

	assert_null(read_made(fill_like_qemu));
	assert_int_equal(tree_seed(seed), 40);
	assert_int_equal(seed[1], 2);
	assert_int_equal(seed[33], 8);
}

static void fill_long_seed(void)
{
	static const uint8_t rng_seed[TREE_SEED_MAX + 10] = { 1, 2, 3 };

	add_range("memory@40000000", RAM_BASE, RAM_SIZE, NULL);
	assert_int_equal(fdt_begin_node(tree, "chosen"), 0);
	assert_int_equal(fdt_property(tree, "rng-seed", rng_seed, sizeof(rng_seed)), 0);
	assert_int_equal(fdt_end_node(tree), 0);
}

static void fill_no_seed(void)
{
	add_range("memory@40000000", RAM_BASE, RAM_SIZE, NULL);
}

static void a_seed_may_be_long_or_not_there(void **state)
{
	uint8_t seed[TREE_SEED_MAX];

	assert_null(read_made(fill_long_seed));
	assert_int_equal(tree_seed(seed), TREE_SEED_MAX);
	assert_null(read_made(fill_no_seed));
	assert_int_equal(tree_seed(seed), 0);
}

static void fill_nothing(void)
{
}

static void fill_many(void)
{
	for (unsigned int i = 0; i <= TREE_MEMORIES_MAX; i++) {
		char name[] = "memory@a";

		name[7] = (char)('a' + i);
		add_range(name, RAM_BASE + i * RAM_SIZE, RAM_SIZE, NULL);
	}
}

static void fill_half_a_range(void)
{
	assert_int_equal(fdt_begin_node(tree, "memory@1"), 0);
	assert_int_equal(fdt_property_string(tree, "device_type", "memory"), 0);
	assert_int_equal(fdt_property_u64(tree, "reg", RAM_BASE), 0);
	assert_int_equal(fdt_end_node(tree), 0);
}

static void fill_no_range(void)
{
	assert_int_equal(fdt_begin_node(tree, "memory@1"), 0);
	assert_int_equal(fdt_property_string(tree, "device_type", "memory"), 0);
	assert_int_equal(fdt_end_node(tree), 0);
}

static void a_tree_without_proper_memory_is_refused(void **state)
{
	assert_non_null(read_made(fill_nothing));
	assert_non_null(read_made(fill_many));
	assert_non_null(read_made(fill_half_a_range));
	assert_non_null(read_made(fill_no_range));
}

static void what_is_no_tree_is_refused(void **state)
{
	uint8_t none[64] = { 0 };

	assert_int_equal(tree_size(none), 0);
	assert_non_null(tree_read(none, sizeof(none)));
	assert_non_null(tree_read(none, 0));
}

/* The sanitizers watch: each is a block of its own. */
static void a_tree_that_is_cut_off_is_refused(void **state)
{
	size_t whole;

	tree_make(fill_like_qemu);
	whole = tree_size(tree);
	for (size_t size = TREE_HEAD; size < whole; size++) {
		uint8_t *part = malloc(size);

		assert_non_null(part);
		memcpy(part, tree, size);
		assert_non_null(tree_read(part, size));
		free(part);
	}
	assert_null(tree_read(tree, whole));
}

/* Whatever it says then, it is read within its bounds. */
static void a_tree_with_a_wrong_byte_does_no_harm(void **state)
{
	size_t whole;

	tree_make(fill_like_qemu);
	whole = tree_size(tree);
	for (size_t at = 0; at < whole; at++) {
		uint8_t *changed = malloc(whole);

		assert_non_null(changed);
		memcpy(changed, tree, whole);
		changed[at] ^= 0xFF;
		if (tree_read(changed, whole) != NULL) {
			assert_false(tree_memory_covers(RAM_BASE, 4096));
		}
		assert_false(tree_memory_covers(SECURE_BASE, 4096));
		free(changed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_normal_worlds_memory_is_what_the_tree_says),
		cmocka_unit_test(disabled_memory_is_not_the_normal_worlds),
		cmocka_unit_test(memory_of_the_normal_world_that_is_ours_is_refused),
		cmocka_unit_test(both_seeds_are_taken),
		cmocka_unit_test(a_seed_may_be_long_or_not_there),
		cmocka_unit_test(a_tree_without_proper_memory_is_refused),
		cmocka_unit_test(what_is_no_tree_is_refused),
		cmocka_unit_test(a_tree_that_is_cut_off_is_refused),
		cmocka_unit_test(a_tree_with_a_wrong_byte_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
