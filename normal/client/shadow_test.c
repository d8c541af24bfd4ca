/* shadow_test.c - which buffers are kept between operations, and what is left in them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normal/client/shadow.h"
#include "normal/device/fake_device.h"

static struct device *device;
static struct shadow_cache cache;

static int setup_cache(bool keeps)
{
	fake_device_reset();
	fake_device.registers = !keeps;
	if (device_open(DEVICE_TEE, NULL, &device) != 0) {
		return -1;
	}
	shadow_cache_init(&cache, device, keeps);
	return 0;
}

static int setup(void **state)
{
	return setup_cache(true);
}

static int setup_keeping_nothing(void **state)
{
	return setup_cache(false);
}

static int teardown(void **state)
{
	shadow_cache_destroy(&cache);
	device_close(device);
	return fake_device_shared() == 0 ? 0 : -1;
}

static void a_buffer_serves_one_operation_after_another(void **state)
{
	struct device_shm shadow;
	int i;

	for (i = 1; i <= 100; i++) {
		assert_int_equal(shadow_take(&cache, (size_t)i, &shadow), 0);
		shadow_give(&cache, &shadow, (size_t)i);
	}
	assert_int_equal(fake_device.allocated, 1);
	assert_int_equal(fake_device.freed, 0);
}

static void what_is_in_use_is_not_given_again(void **state)
{
	struct device_shm first;
	struct device_shm second;

	assert_int_equal(shadow_take(&cache, 10, &first), 0);
	assert_int_equal(shadow_take(&cache, 10, &second), 0);
	assert_int_not_equal(first.id, second.id);
	shadow_give(&cache, &first, 10);
	shadow_give(&cache, &second, 10);
}

static void a_buffer_is_wiped_of_what_was_in_it(void **state)
{
	struct device_shm shadow;
	unsigned char *bytes;
	int i;

	assert_int_equal(shadow_take(&cache, 100, &shadow), 0);
	memset(shadow.address, 0x41, 100);
	shadow_give(&cache, &shadow, 100);
	assert_int_equal(shadow_take(&cache, 100, &shadow), 0);
	bytes = shadow.address;
	for (i = 0; i < 100; i++) {
		assert_int_equal(bytes[i], 0);
	}
	shadow_give(&cache, &shadow, 0);
}

static void the_smallest_that_is_large_enough_is_taken(void **state)
{
	struct device_shm large;
	struct device_shm small;
	struct device_shm shadow;
	int32_t id;

	assert_int_equal(shadow_take(&cache, 100000, &large), 0);
	assert_int_equal(shadow_take(&cache, 100, &small), 0);
	id = small.id;
	shadow_give(&cache, &small, 0);
	shadow_give(&cache, &large, 0);
	assert_int_equal(shadow_take(&cache, 4096, &shadow), 0);
	assert_int_equal(shadow.id, id);
	shadow_give(&cache, &shadow, 0);
	assert_int_equal(shadow_take(&cache, 4097, &shadow), 0);
	assert_int_not_equal(shadow.id, id);
	assert_true(shadow.size >= 100000);
	shadow_give(&cache, &shadow, 0);
}

static void no_more_buffers_are_kept_than_the_limit(void **state)
{
	struct device_shm shadows[SHADOWS_MAX + 3];
	size_t i;

	for (i = 0; i < array_size(shadows); i++) {
		assert_int_equal(shadow_take(&cache, 10, &shadows[i]), 0);
	}
	for (i = 0; i < array_size(shadows); i++) {
		shadow_give(&cache, &shadows[i], 10);
	}
	assert_int_equal(fake_device_shared(), SHADOWS_MAX);
}

static void no_more_bytes_are_kept_than_the_limit(void **state)
{
	struct device_shm shadows[4];
	size_t i;

	for (i = 0; i < array_size(shadows); i++) {
		assert_int_equal(shadow_take(&cache, SHADOWS_BYTES_MAX / 2, &shadows[i]), 0);
	}
	for (i = 0; i < array_size(shadows); i++) {
		shadow_give(&cache, &shadows[i], 10);
	}
	assert_int_equal(fake_device_shared(), 2);
	/* A buffer of all the room leaves none for the others. */
	assert_int_equal(shadow_take(&cache, SHADOWS_BYTES_MAX, &shadows[0]), 0);
	shadow_give(&cache, &shadows[0], 10);
	assert_int_equal(fake_device_shared(), 1);
}

static void a_buffer_beyond_the_limit_is_not_kept(void **state)
{
	struct device_shm shadow;

	assert_int_equal(shadow_take(&cache, SHADOWS_BYTES_MAX + 1, &shadow), 0);
	assert_int_equal(shadow.size, SHADOWS_BYTES_MAX + 1);
	shadow_give(&cache, &shadow, 10);
	assert_int_equal(fake_device_shared(), 0);
}

static void where_nothing_is_kept_each_is_freed(void **state)
{
	struct device_shm shadow;

	assert_int_equal(shadow_take(&cache, 10, &shadow), 0);
	assert_int_equal(shadow.size, 10);
	shadow_give(&cache, &shadow, 10);
	assert_int_equal(fake_device_shared(), 0);
}

static void a_device_that_has_none_says_so(void **state)
{
	struct device_shm shadow;

	fake_device.alloc_error = -ENOMEM;
	assert_int_equal(shadow_take(&cache, 10, &shadow), -ENOMEM);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_buffer_serves_one_operation_after_another),
		promise(what_is_in_use_is_not_given_again),
		promise(a_buffer_is_wiped_of_what_was_in_it),
		promise(the_smallest_that_is_large_enough_is_taken),
		promise(no_more_buffers_are_kept_than_the_limit),
		promise(no_more_bytes_are_kept_than_the_limit),
		promise(a_buffer_beyond_the_limit_is_not_kept),
		cmocka_unit_test_setup_teardown(where_nothing_is_kept_each_is_freed,
						setup_keeping_nothing, teardown),
		promise(a_device_that_has_none_says_so),
	};

	return cmocka_run_group_tests_name("client/shadow", tests, NULL, NULL);
}
