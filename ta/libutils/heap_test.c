#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_api_defines.h>

#include "lib/bits.h"
#include "ta/libutils/heap.h"
#include "ta/test/fake_kernel.h"

#define POOL_SIZE 65536u

static struct heap heap;
static uint8_t pool[POOL_SIZE + 64] __attribute__((aligned(16)));

static int setup(void **state)
{
	fake_kernel_reset();
	memset(&heap, 0, sizeof(heap));
	memset(pool, 0xa5, sizeof(pool));
	utils_heap_add(&heap, pool, POOL_SIZE);
	return 0;
}

static void a_heap_without_memory_has_none(void **state)
{
	struct heap empty = { 0 };

	assert_null(utils_heap_alloc(&empty, 1));
	assert_int_equal(empty.stats.failures, 1);
}

static void blocks_are_aligned_apart_and_inside(void **state)
{
	uint8_t *blocks[64];

	for (size_t i = 0; i < array_size(blocks); i++) {
		blocks[i] = utils_heap_alloc(&heap, i);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % HEAP_ALIGNMENT, 0);
		assert_true(blocks[i] > pool && blocks[i] + i < pool + POOL_SIZE);
		memset(blocks[i], (int)i, i);
	}
	for (size_t i = 0; i < array_size(blocks); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_int_equal(blocks[i][j], i);
		}
	}
}

static void size_is_what_was_asked_for(void **state)
{
	for (size_t size = 0; size < 100; size++) {
		assert_int_equal(utils_heap_size(utils_heap_alloc(&heap, size)), size);
	}
}

static void all_memory_can_be_had_in_one_block_again(void **state)
{
	void *blocks[100];
	void *whole = utils_heap_alloc(&heap, POOL_SIZE - 64);

	assert_non_null(whole);
	assert_null(utils_heap_alloc(&heap, 64));
	utils_heap_free(&heap, whole);
	for (size_t i = 0; i < array_size(blocks); i++) {
		blocks[i] = utils_heap_alloc(&heap, 100 + i);
	}
	/* Odd ones first: neighbours on both sides are joined. */
	for (size_t i = 1; i < array_size(blocks); i += 2) {
		utils_heap_free(&heap, blocks[i]);
	}
	assert_null(utils_heap_alloc(&heap, POOL_SIZE - 64));
	for (size_t i = 0; i < array_size(blocks); i += 2) {
		utils_heap_free(&heap, blocks[i]);
	}
	assert_int_equal(heap.stats.used, 0);
	assert_non_null(utils_heap_alloc(&heap, POOL_SIZE - 64));
}

static void freed_memory_is_used_again(void **state)
{
	for (size_t i = 0; i < 100000; i++) {
		void *block = utils_heap_alloc(&heap, i % 5000);

		assert_non_null(block);
		utils_heap_free(&heap, block);
	}
	assert_int_equal(heap.stats.used, 0);
}

static void huge_sizes_are_refused(void **state)
{
	static const size_t sizes[] = {
		POOL_SIZE, UINT32_MAX - 16, UINT32_MAX, HEAP_POOL_SIZE_MAX, SIZE_MAX - 64, SIZE_MAX,
	};

	for (size_t i = 0; i < array_size(sizes); i++) {
		assert_null(utils_heap_alloc(&heap, sizes[i]));
		assert_null(utils_heap_alloc_aligned(&heap, 64, sizes[i]));
	}
	assert_int_equal(heap.stats.failures, 2 * array_size(sizes));
	assert_int_equal(heap.stats.failed_size_max, SIZE_MAX);
	assert_non_null(utils_heap_alloc(&heap, POOL_SIZE / 2));
}

static void any_alignment_can_be_had(void **state)
{
	for (size_t alignment = 1; alignment <= 8192; alignment *= 2) {
		uint8_t *block = utils_heap_alloc_aligned(&heap, alignment, 100);

		assert_non_null(block);
		assert_int_equal((uintptr_t)block % alignment, 0);
		assert_int_equal(utils_heap_size(block), 100);
		memset(block, 0x5a, 100);
		/* Other blocks still work around it. */
		utils_heap_free(&heap, utils_heap_alloc(&heap, alignment + 1));
		utils_heap_free(&heap, block);
		assert_int_equal(heap.stats.used, 0);
	}
}

static void what_is_no_alignment_is_refused(void **state)
{
	assert_null(utils_heap_alloc_aligned(&heap, 0, 1));
	assert_null(utils_heap_alloc_aligned(&heap, 3, 1));
	assert_null(utils_heap_alloc_aligned(&heap, 48, 1));
	assert_null(utils_heap_alloc_aligned(&heap, (size_t)1 << 63, 1));
}

static void resizing_keeps_the_bytes(void **state)
{
	uint8_t *block = NULL;
	void *obstacle;

	for (size_t size = 1; size < 3000; size += 7) {
		block = utils_heap_resize(&heap, block, size);
		assert_non_null(block);
		block[size - 1] = (uint8_t)size;
		for (size_t i = 1; i < size; i += 7) {
			assert_int_equal(block[i - 1], (uint8_t)i);
		}
		/* Sometimes it has to move. */
		obstacle = size % 3 == 0 ? utils_heap_alloc(&heap, 16) : NULL;
		(void)obstacle;
	}
}

static void growing_takes_what_is_free_behind(void **state)
{
	void *block = utils_heap_alloc(&heap, 100);
	void *wall;

	assert_ptr_equal(utils_heap_resize(&heap, block, 10000), block);
	assert_ptr_equal(utils_heap_resize(&heap, block, 10), block);
	wall = utils_heap_alloc(&heap, 100);
	assert_ptr_equal((uint8_t *)wall, (uint8_t *)block + 32);
	assert_ptr_not_equal(utils_heap_resize(&heap, block, 200), block);
}

static void a_failed_resize_keeps_the_block(void **state)
{
	uint8_t *block = utils_heap_alloc(&heap, 100);

	memset(block, 7, 100);
	assert_null(utils_heap_resize(&heap, block, POOL_SIZE));
	assert_null(utils_heap_resize(&heap, block, SIZE_MAX));
	assert_int_equal(utils_heap_size(block), 100);
	assert_int_equal(block[99], 7);
	utils_heap_free(&heap, block);
}

static void statistics_count_what_is_in_use(void **state)
{
	void *first = utils_heap_alloc(&heap, 1000);
	void *second = utils_heap_alloc(&heap, 2000);
	size_t both = heap.stats.used;

	assert_int_equal(heap.stats.size, POOL_SIZE);
	assert_in_range(both, 3000, 3100);
	assert_int_equal(heap.stats.used_max, both);
	utils_heap_free(&heap, first);
	assert_in_range(heap.stats.used, 2000, 2050);
	assert_int_equal(heap.stats.used_max, both);
	utils_heap_free(&heap, second);
	assert_int_equal(heap.stats.used, 0);

	assert_null(utils_heap_alloc(&heap, POOL_SIZE + 1));
	assert_int_equal(heap.stats.failures, 1);
	assert_int_equal(heap.stats.failed_size_max, POOL_SIZE + 1);
}

static void pools_that_are_too_small_or_too_many_are_ignored(void **state)
{
	static uint8_t more[HEAP_POOLS_MAX][256] __attribute__((aligned(16)));
	struct heap small = { 0 };

	utils_heap_add(&small, pool, 0);
	utils_heap_add(&small, pool, 40);
	utils_heap_add(&small, pool + 1, 48);
	assert_int_equal(small.stats.size, 0);
	for (size_t i = 0; i < HEAP_POOLS_MAX; i++) {
		utils_heap_add(&heap, more[i], sizeof(more[i]));
	}
	assert_int_equal(heap.stats.size, POOL_SIZE + (HEAP_POOLS_MAX - 1) * sizeof(more[0]));
}

static void memory_of_any_alignment_makes_a_pool(void **state)
{
	for (size_t offset = 0; offset < 16; offset++) {
		struct heap odd = { 0 };
		uint8_t *block;

		utils_heap_add(&odd, pool + offset, 1000);
		block = utils_heap_alloc(&odd, 900);
		assert_non_null(block);
		assert_int_equal((uintptr_t)block % HEAP_ALIGNMENT, 0);
		assert_true(block + 900 <= pool + offset + 1000);
		assert_null(utils_heap_alloc(&odd, 100));
	}
}

static void blocks_from_all_pools_are_used(void **state)
{
	static uint8_t second[4096] __attribute__((aligned(16)));

	utils_heap_add(&heap, second, sizeof(second));
	assert_non_null(utils_heap_alloc(&heap, POOL_SIZE - 64));
	assert_non_null(utils_heap_alloc(&heap, 4000));
	assert_null(utils_heap_alloc(&heap, 100));
}

static void containing_means_inside_one_block(void **state)
{
	uint8_t *first = utils_heap_alloc(&heap, 100);
	uint8_t *second = utils_heap_alloc(&heap, 100);

	assert_true(utils_heap_contains(&heap, first, 100));
	assert_true(utils_heap_contains(&heap, first + 50, 50));
	assert_true(utils_heap_contains(&heap, second, 100));
	assert_false(utils_heap_contains(&heap, first, 101));
	assert_false(utils_heap_contains(&heap, first - 1, 2));
	assert_false(utils_heap_contains(&heap, first, 200));
	assert_false(utils_heap_contains(&heap, second + 200, 1));
	utils_heap_free(&heap, first);
	assert_false(utils_heap_contains(&heap, first, 1));
	assert_false(utils_heap_contains(&heap, &heap, 1));
}

static void *before(size_t distance)
{
	return (void *)((uintptr_t)pool - distance);
}

static void overlapping_means_any_byte(void **state)
{
	assert_true(utils_heap_overlaps(&heap, pool, 1));
	assert_true(utils_heap_overlaps(&heap, pool + POOL_SIZE - 1, 1));
	assert_true(utils_heap_overlaps(&heap, before(1), 2));
	assert_false(utils_heap_overlaps(&heap, before(1), 1));
	assert_false(utils_heap_overlaps(&heap, pool + POOL_SIZE, 1));
	assert_true(utils_heap_overlaps(&heap, before(10), POOL_SIZE * 2));
	assert_false(utils_heap_overlaps(&heap, NULL, 0));
}

/* --- A program that is wrong ------------------------------------------------------------------ */

static uint8_t *victim;

static void free_victim(void)
{
	utils_heap_free(&heap, victim);
}

static void freeing_twice_panics(void **state)
{
	victim = utils_heap_alloc(&heap, 10);
	free_victim();
	assert_int_equal(fake_kernel_panic_of(free_victim), TEE_ERROR_BAD_STATE);
	assert_non_null(strstr(fake_kernel_log(), "not allocated"));
}

static void freeing_twice_after_joining_panics(void **state)
{
	void *first = utils_heap_alloc(&heap, 10);

	victim = utils_heap_alloc(&heap, 10);
	utils_heap_free(&heap, victim);
	utils_heap_free(&heap, first);
	fake_kernel_panic_of(free_victim);
}

static void freeing_what_is_no_block_panics(void **state)
{
	victim = (uint8_t *)utils_heap_alloc(&heap, 100) + 32;
	fake_kernel_panic_of(free_victim);
	victim += 1;
	assert_int_equal(fake_kernel_panic_of(free_victim), TEE_ERROR_BAD_PARAMETERS);
}

static void writing_past_the_end_panics_when_it_is_freed(void **state)
{
	victim = utils_heap_alloc(&heap, 32);
	victim[32] ^= 0xff;
	assert_int_equal(fake_kernel_panic_of(free_victim), TEE_ERROR_BAD_STATE);
	assert_non_null(strstr(fake_kernel_log(), "damaged"));
}

/* --- Anything at all -------------------------------------------------------------------------- */

static uint32_t seed;

static uint32_t draw(uint32_t limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % limit;
}

struct model {
	uint8_t *block;
	size_t size;
	uint8_t fill;
};

static void model_check(const struct model *model)
{
	for (size_t i = 0; i < model->size; i++) {
		assert_int_equal(model->block[i], model->fill);
	}
}

static void model_step(struct model *model)
{
	size_t size = draw(8) == 0 ? draw(8000) : draw(200);
	uint8_t *block;

	if (model->block == NULL) {
		model->block = draw(4) == 0 ? utils_heap_alloc_aligned(&heap, 1u << draw(9), size)
					    : utils_heap_alloc(&heap, size);
		model->size = model->block == NULL ? 0 : size;
	} else if (draw(3) == 0) {
		block = utils_heap_resize(&heap, model->block, size);
		if (block != NULL) {
			model->block = block;
			model->size = model->size < size ? model->size : size;
			model_check(model);
			model->size = size;
		}
	} else {
		model_check(model);
		utils_heap_free(&heap, model->block);
		model->block = NULL;
		model->size = 0;
	}
	model->fill = (uint8_t)draw(256);
	memset(model->block != NULL ? model->block : &model->fill, model->fill, model->size);
}

static void a_long_random_life_leaves_nothing(void **state)
{
	static struct model models[50];

	for (uint32_t start = 1; start <= 20; start++) {
		seed = start;
		for (int i = 0; i < 4000; i++) {
			model_step(&models[draw(array_size(models))]);
		}
		for (size_t i = 0; i < array_size(models); i++) {
			model_check(&models[i]);
			utils_heap_free(&heap, models[i].block);
			models[i] = (struct model){ 0 };
		}
		assert_int_equal(heap.stats.used, 0);
		utils_heap_free(&heap, utils_heap_alloc(&heap, POOL_SIZE - 64));
	}
	assert_int_equal(heap.stats.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_heap_without_memory_has_none, setup),
		cmocka_unit_test_setup(blocks_are_aligned_apart_and_inside, setup),
		cmocka_unit_test_setup(size_is_what_was_asked_for, setup),
		cmocka_unit_test_setup(all_memory_can_be_had_in_one_block_again, setup),
		cmocka_unit_test_setup(freed_memory_is_used_again, setup),
		cmocka_unit_test_setup(huge_sizes_are_refused, setup),
		cmocka_unit_test_setup(any_alignment_can_be_had, setup),
		cmocka_unit_test_setup(what_is_no_alignment_is_refused, setup),
		cmocka_unit_test_setup(resizing_keeps_the_bytes, setup),
		cmocka_unit_test_setup(growing_takes_what_is_free_behind, setup),
		cmocka_unit_test_setup(a_failed_resize_keeps_the_block, setup),
		cmocka_unit_test_setup(statistics_count_what_is_in_use, setup),
		cmocka_unit_test_setup(pools_that_are_too_small_or_too_many_are_ignored, setup),
		cmocka_unit_test_setup(memory_of_any_alignment_makes_a_pool, setup),
		cmocka_unit_test_setup(blocks_from_all_pools_are_used, setup),
		cmocka_unit_test_setup(containing_means_inside_one_block, setup),
		cmocka_unit_test_setup(overlapping_means_any_byte, setup),
		cmocka_unit_test_setup(freeing_twice_panics, setup),
		cmocka_unit_test_setup(freeing_twice_after_joining_panics, setup),
		cmocka_unit_test_setup(freeing_what_is_no_block_panics, setup),
		cmocka_unit_test_setup(writing_past_the_end_panics_when_it_is_freed, setup),
		cmocka_unit_test_setup(a_long_random_life_leaves_nothing, setup),
	};

	return cmocka_run_group_tests_name("ta/libutils/heap", tests, NULL, NULL);
}
