/* ta_test.c - where TA images are found, and how they are handed over. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/supplicant/fake_request.h"

#define NEW_NAME "8aaaf200-2450-11e4-abe2-0002a5d5c51b.ta"
#define OLD_NAME "8aaaf200-2450-11e4-abe20002a5d5c51b.ta"

static const uint8_t octets[16] = { 0x8a, 0xaa, 0xf2, 0x00, 0x24, 0x50, 0x11, 0xe4,
				    0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b };

static struct supplicant supplicant;
static char top[32];
static struct tee_ioctl_param params[2];

/* Names are relative to the directory of the test. */
static void make_directory(const char *name)
{
	assert_int_equal(mkdir(name, 0700), 0);
}

static void write_file(const char *name, const char *content)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

/* The load path: a and b below `top`, with empty parts. */
static void look(const char *below)
{
	char path[128];

	ta_destroy(&supplicant.ta);
	snprintf(path, sizeof(path), ":%s/a::%s/b:", top, top);
	assert_true(ta_init(&supplicant.ta, path, below));
}

static int setup(void **state)
{
	fake_device_reset();
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	strcpy(top, "/tmp/ta-XXXXXX");
	if (mkdtemp(top) == NULL || chdir(top) != 0 || !ta_init(&supplicant.ta, "", NULL)) {
		return -1;
	}
	make_directory("a");
	make_directory("b");
	look(NULL);
	params[0].attr = VALUE_INPUT;
	memcpy(&params[0].a, octets, 8);
	memcpy(&params[0].b, octets + 8, 8);
	params[0].c = 0;
	params[1] = fake_memref(MEMREF_OUTPUT, 0, 0, TEE_MEMREF_NULL);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", top);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(system(command), 0);
	ta_destroy(&supplicant.ta);
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	return 0;
}

static TEE_Result load(void)
{
	return supplicant_serve(&supplicant, RPC_CMD_LOAD_TA, params, 2);
}

/* Load what is found, and compare. */
static void expect(const char *content)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);

	params[1] = fake_memref(MEMREF_OUTPUT, 0, 0, TEE_MEMREF_NULL);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(params[1].b, strlen(content));
	params[1] = fake_memref(MEMREF_OUTPUT, 10, strlen(content), id);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(params[1].b, strlen(content));
	assert_memory_equal((char *)fake_device_memory(id) + 10, content, strlen(content));
	assert_int_equal(fake_shm_free(&supplicant, id), TEE_SUCCESS);
}

static void a_ta_in_no_directory_is_not_found(void **state)
{
	assert_int_equal(load(), TEE_ERROR_ITEM_NOT_FOUND);
	make_directory("c");
	write_file("c/" NEW_NAME, "in a directory that is not looked at");
	assert_int_equal(load(), TEE_ERROR_ITEM_NOT_FOUND);
}

/* covers: RPC_CMD_LOAD_TA */
static void directories_are_searched_in_order(void **state)
{
	write_file("b/" NEW_NAME, "second");
	expect("second");
	write_file("a/" NEW_NAME, "first");
	expect("first");
}

static void the_old_name_comes_after_the_new_one(void **state)
{
	write_file("b/" NEW_NAME, "second directory");
	write_file("a/" OLD_NAME, "old name");
	expect("old name");
	write_file("a/" NEW_NAME, "new name");
	expect("new name");
}

static void what_is_no_file_is_passed_over(void **state)
{
	assert_int_equal(mkfifo("a/" NEW_NAME, 0600), 0);
	make_directory("a/" OLD_NAME);
	write_file("b/" NEW_NAME, "a file");
	expect("a file");
}

static void a_name_may_be_looked_for_below_each_directory(void **state)
{
	look("optee_armtz");
	write_file("a/" NEW_NAME, "beside");
	assert_int_equal(load(), TEE_ERROR_ITEM_NOT_FOUND);
	make_directory("b/optee_armtz");
	write_file("b/optee_armtz/" NEW_NAME, "below");
	expect("below");
}

static void a_buffer_too_small_gets_the_size_and_nothing_else(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);

	write_file("a/" NEW_NAME, "eleven byte");
	params[1] = fake_memref(MEMREF_OUTPUT, 0, 10, id);
	assert_int_equal(load(), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(params[1].b, 11);
	assert_int_equal(*(char *)fake_device_memory(id), 0);
}

static void a_buffer_too_large_gets_the_file(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);

	write_file("a/" NEW_NAME, "eleven byte");
	params[1] = fake_memref(MEMREF_OUTPUT, 0, 100, id);
	assert_int_equal(load(), TEE_SUCCESS);
	assert_int_equal(params[1].b, 11);
}

static void an_empty_file_is_a_file(void **state)
{
	write_file("a/" NEW_NAME, "");
	expect("");
}

static void other_shapes_are_refused(void **state)
{
	static const uint64_t attrs[] = { 0, VALUE_OUTPUT, VALUE_INOUT, MEMREF_INPUT,
					  MEMREF_INOUT };
	size_t i;

	write_file("a/" NEW_NAME, "content");
	for (i = 0; i < array_size(attrs); i++) {
		params[1].attr = attrs[i];
		assert_int_equal(load(), TEE_ERROR_BAD_PARAMETERS);
		params[1].attr = MEMREF_OUTPUT;
		params[0].attr = attrs[i];
		assert_int_equal(load(), TEE_ERROR_BAD_PARAMETERS);
		params[0].attr = VALUE_INPUT;
	}
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_LOAD_TA, params, 1),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(load(), TEE_SUCCESS);
}

static void there_is_a_limit_to_directories(void **state)
{
	char path[4 * TA_DIRECTORIES_MAX + 4] = "";
	struct ta ta;
	unsigned int i;

	for (i = 0; i < TA_DIRECTORIES_MAX; i++) {
		strcat(path, "/x:");
	}
	assert_true(ta_init(&ta, path, NULL));
	assert_int_equal(ta.count, TA_DIRECTORIES_MAX);
	ta_destroy(&ta);
	strcat(path, "/x");
	assert_false(ta_init(&ta, path, NULL));
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_ta_in_no_directory_is_not_found),
		promise(directories_are_searched_in_order),
		promise(the_old_name_comes_after_the_new_one),
		promise(what_is_no_file_is_passed_over),
		promise(a_name_may_be_looked_for_below_each_directory),
		promise(a_buffer_too_small_gets_the_size_and_nothing_else),
		promise(a_buffer_too_large_gets_the_file),
		promise(an_empty_file_is_a_file),
		promise(other_shapes_are_refused),
		promise(there_is_a_limit_to_directories),
	};

	return cmocka_run_group_tests_name("supplicant/ta", tests, NULL, NULL);
}
