/* profile_test.c - which files profiles and traces go to. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/supplicant/fake_request.h"

static struct supplicant supplicant;
static char directory[] = "/tmp/profile_test.XXXXXX";
static struct request_memory memory;
static uint64_t memory_id;

/* As a TEE_UUID lies in memory, and as text. */
static const TEE_UUID uuid = { 0x01020304, 0x0506, 0x0708, { 9, 10, 11, 12, 13, 14, 15, 16 } };
#define UUID_TEXT "01020304-0506-0708-090a-0b0c0d0e0f10"

static int setup(void **state)
{
	struct tee_ioctl_param all;

	fake_device_reset();
	fake_device.registers = true;
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	if (mkdtemp(directory) == NULL) {
		return -1;
	}
	supplicant.profile_directory = directory;
	memory_id = fake_shm_alloc(&supplicant, 4096);
	all = fake_memref(MEMREF_INPUT, 0, 4096, memory_id);
	return shm_get(&supplicant.shm, &all, &memory) ? 0 : -1;
}

static void name_path(char path[512], const char *name)
{
	assert_true(snprintf(path, 512, "%s/%s", directory, name) < 512);
}

static int teardown(void **state)
{
	char command[600];

	shm_put(&supplicant.shm, memory.object);
	if (fake_shm_free(&supplicant, memory_id) != TEE_SUCCESS) {
		return -1;
	}
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

/* *id as the answer has it. */
static TEE_Result serve(uint32_t command, uint64_t *id, const char *text)
{
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INOUT, *id, 0, 0),
		fake_memref(MEMREF_INPUT, 0, sizeof(uuid), memory_id),
		fake_memref(MEMREF_INPUT, 64, strlen(text), memory_id),
	};
	TEE_Result result;

	memcpy(memory.data, &uuid, sizeof(uuid));
	memcpy(memory.data + 64, text, strlen(text));
	result = supplicant_serve(&supplicant, command, params, array_size(params));
	*id = params[0].a;
	return result;
}

static void assert_file(const char *name, const char *text)
{
	char path[512];
	char found[64] = "";
	FILE *file;

	name_path(path, name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(found, 1, sizeof(found) - 1, file), strlen(text));
	assert_string_equal(found, text);
	fclose(file);
}

/* covers: RPC_CMD_GPROF */
static void a_new_file_gets_the_lowest_number_and_is_added_to(void **state)
{
	uint64_t first = 0;
	uint64_t second = 0;

	assert_int_equal(serve(RPC_CMD_GPROF, &first, "one"), TEE_SUCCESS);
	assert_int_equal(first, 1);
	assert_int_equal(serve(RPC_CMD_GPROF, &second, "two"), TEE_SUCCESS);
	assert_int_equal(second, 2);
	assert_int_equal(serve(RPC_CMD_GPROF, &first, " more"), TEE_SUCCESS);
	assert_file("gmon-" UUID_TEXT ".out", "one more");
	assert_file("gmon-" UUID_TEXT ".1.out", "two");
}

/* covers: RPC_CMD_FTRACE */
static void traces_have_a_name_of_their_own(void **state)
{
	uint64_t id = 0;

	assert_int_equal(serve(RPC_CMD_FTRACE, &id, "trace"), TEE_SUCCESS);
	assert_int_equal(id, 1);
	assert_file("ftrace-" UUID_TEXT ".out", "trace");
}

static void there_is_an_end_of_numbers(void **state)
{
	uint64_t id;
	unsigned int i;

	for (i = 1; i <= RPC_PROFILE_FILE_ID_MAX; i++) {
		id = 0;
		assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_SUCCESS);
		assert_int_equal(id, i);
	}
	id = 0;
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_GENERIC);
	id = RPC_PROFILE_FILE_ID_MAX + 1;
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_BAD_PARAMETERS);
	id = (uint64_t)1 << 32 | 1;
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_BAD_PARAMETERS);
}

static void a_file_that_was_not_begun_is_not_added_to(void **state)
{
	uint64_t id = 1;

	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_GENERIC);
}

/* As anybody can put one into /tmp. */
static void a_link_is_not_followed(void **state)
{
	char target[512];
	char link[512];
	uint64_t id = 0;

	name_path(target, "target");
	name_path(link, "gmon-" UUID_TEXT ".out");
	fclose(fopen(target, "w"));
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_SUCCESS);
	assert_int_equal(id, 2);
	id = 1;
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_GENERIC);
	assert_file("target", "");
}

static void what_is_no_file_is_not_written_to(void **state)
{
	char path[512];
	uint64_t id = 1;

	name_path(path, "gmon-" UUID_TEXT ".out");
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(serve(RPC_CMD_GPROF, &id, "x"), TEE_ERROR_GENERIC);
}

static void wrong_shapes_are_refused(void **state)
{
	const struct tee_ioctl_param good[] = {
		fake_value(VALUE_INOUT, 0, 0, 0),
		fake_memref(MEMREF_INPUT, 0, sizeof(uuid), memory_id),
		fake_memref(MEMREF_INPUT, 64, 4, memory_id),
	};
	struct tee_ioctl_param params[array_size(good)];
	size_t i;

	for (i = 0; i < array_size(good); i++) {
		memcpy(params, good, sizeof(good));
		params[i].attr = MEMREF_OUTPUT;
		assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_GPROF, params, 3),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	memcpy(params, good, sizeof(good));
	params[1].b = sizeof(uuid) - 1;
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_FTRACE, params, 3),
			 TEE_ERROR_BAD_PARAMETERS);
	params[1].b = sizeof(uuid) + 1;
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_FTRACE, params, 3),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_FTRACE, params, 2),
			 TEE_ERROR_BAD_PARAMETERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_file_gets_the_lowest_number_and_is_added_to,
						setup, teardown),
		cmocka_unit_test_setup_teardown(traces_have_a_name_of_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(there_is_an_end_of_numbers, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_was_not_begun_is_not_added_to, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_link_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_not_written_to, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_shapes_are_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
