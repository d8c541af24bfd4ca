/* plugin_test.c - which plug-ins are loaded, and who may call what in them. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/supplicant/fake_request.h"

static struct supplicant supplicant;
static const char *modules;
static char directory[] = "/tmp/plugin_test.XXXXXX";

/* The octets of the echo plug-in's UUID, and of one that refuses to be used. */
static const uint8_t echo_octets[16] = { 0x9d, 0x8a, 0x3d, 0x2c, 0x1b, 0x4f, 0x4c, 0x11,
					 0x8e, 0x57, 0x60, 0x21, 0xaa, 0x4b, 0x0f, 0x73 };
static const uint8_t unwilling_octets[16] = { 0x5a, 0x0e, 0x1c, 0x66, 0x70, 0xd9, 0x4f, 0x2a,
					      0x93, 0x0c, 0x4d, 0x8b, 0x52, 0xe6, 0x1f, 0x08 };

static void module_link(const char *module, const char *name)
{
	char from[512];
	char to[512];

	assert_true(snprintf(from, sizeof(from), "%s/libfake_plugin_%s.so", modules, module) > 0);
	assert_true(snprintf(to, sizeof(to), "%s/%s", directory, name) > 0);
	assert_int_equal(symlink(from, to), 0);
}

static int setup(void **state)
{
	fake_device_reset();
	fake_device.registers = true;
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	strcpy(directory + sizeof(directory) - 7, "XXXXXX");
	return mkdtemp(directory) != NULL ? 0 : -1;
}

static void name_remove(const char *name)
{
	char path[512];

	assert_true(snprintf(path, sizeof(path), "%s/%s", directory, name) > 0);
	(void)unlink(path);
}

static int teardown(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	size_t i;

	plugins_unload(&supplicant.plugins);
	shm_destroy(&supplicant.shm);
	device_close(supplicant.device);
	for (i = 0; i < array_size(names); i++) {
		name_remove(names[i]);
	}
	return rmdir(directory);
}

static void params_fill(struct tee_ioctl_param params[4], const uint8_t octets[16])
{
	uint32_t words[4];

	memcpy(words, octets, sizeof(words));
	params[0] = fake_value(VALUE_INPUT, RPC_PLUGIN_INVOKE, words[0], words[1]);
	params[1] = fake_value(VALUE_INPUT, words[2], words[3], TEE_SUCCESS);
	params[2] = fake_value(VALUE_INOUT, 0, 77, 0);
	params[3] = fake_memref(MEMREF_INOUT, 0, 0, UINT64_MAX);
}

static TEE_Result serve(struct tee_ioctl_param params[4])
{
	return supplicant_serve(&supplicant, RPC_CMD_SUPP_PLUGIN, params, 4);
}

static void what_is_no_plugin_is_left_out(void **state)
{
	static const char text[] = "not a shared object\n";
	char path[512];
	FILE *file;

	module_link("none", "a");
	module_link("nameless", "b");
	module_link("echo", "c");
	module_link("unwilling", "d");
	module_link("twin", "e");
	assert_true(snprintf(path, sizeof(path), "%s/f", directory) > 0);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	plugins_load(&supplicant.plugins, directory);
	assert_int_equal(supplicant.plugins.count, 1);
	assert_string_equal(supplicant.plugins.list[0].method->name, "echo");
}

static void a_directory_that_is_not_there_holds_none(void **state)
{
	plugins_load(&supplicant.plugins, "/nowhere/at/all");
	assert_int_equal(supplicant.plugins.count, 0);
}

/* covers: RPC_CMD_SUPP_PLUGIN RPC_PLUGIN_INVOKE */
static void data_goes_there_and_back(void **state)
{
	struct tee_ioctl_param params[4];
	uint64_t id = fake_shm_alloc(&supplicant, 4096);
	struct request_memory memory;

	module_link("echo", "a");
	plugins_load(&supplicant.plugins, directory);
	params_fill(params, echo_octets);
	params[1].c = 0xFFFF1234;
	params[2].a = 1;
	params[3] = fake_memref(MEMREF_INOUT, 16, 3, id);
	assert_true(shm_get(&supplicant.shm, &params[3], &memory));
	memcpy(memory.data, "abcd", 4);
	assert_int_equal(serve(params), 0xFFFF1234);
	assert_int_equal(params[2].b, 3);
	assert_memory_equal(memory.data, "dcbd", 4);
	shm_put(&supplicant.shm, memory.object);
	assert_int_equal(fake_shm_free(&supplicant, id), TEE_SUCCESS);
}

static void a_plugin_may_be_called_without_data(void **state)
{
	struct tee_ioctl_param params[4];

	module_link("echo", "a");
	plugins_load(&supplicant.plugins, directory);
	params_fill(params, echo_octets);
	assert_int_equal(serve(params), TEE_SUCCESS);
	assert_int_equal(params[2].b, 0);
}

static void a_plugin_that_was_not_loaded_is_not_found(void **state)
{
	struct tee_ioctl_param params[4];

	module_link("unwilling", "a");
	plugins_load(&supplicant.plugins, directory);
	params_fill(params, unwilling_octets);
	assert_int_equal(serve(params), TEE_ERROR_ITEM_NOT_FOUND);
	params_fill(params, echo_octets);
	assert_int_equal(serve(params), TEE_ERROR_ITEM_NOT_FOUND);
}

static void only_invocations_are_served(void **state)
{
	struct tee_ioctl_param params[4];

	module_link("echo", "a");
	plugins_load(&supplicant.plugins, directory);
	params_fill(params, echo_octets);
	params[0].a = RPC_PLUGIN_INVOKE + 1;
	assert_int_equal(serve(params), TEE_ERROR_NOT_SUPPORTED);
}

static void wrong_shapes_are_refused(void **state)
{
	struct tee_ioctl_param params[4];
	size_t i;

	module_link("echo", "a");
	plugins_load(&supplicant.plugins, directory);
	for (i = 0; i < array_size(params); i++) {
		params_fill(params, echo_octets);
		params[i].attr = VALUE_OUTPUT;
		assert_int_equal(serve(params), TEE_ERROR_BAD_PARAMETERS);
	}
	params_fill(params, echo_octets);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SUPP_PLUGIN, params, 3),
			 TEE_ERROR_BAD_PARAMETERS);
	/* Data of some size, in no memory. */
	params_fill(params, echo_octets);
	params[3].b = 16;
	assert_int_equal(serve(params), TEE_ERROR_BAD_PARAMETERS);
	/* And in memory that the supplicant does not have. */
	params[3].c = 4711;
	assert_int_equal(serve(params), TEE_ERROR_BAD_PARAMETERS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_no_plugin_is_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(a_directory_that_is_not_there_holds_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(data_goes_there_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_plugin_may_be_called_without_data, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_plugin_that_was_not_loaded_is_not_found, setup,
						teardown),
		cmocka_unit_test_setup_teardown(only_invocations_are_served, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_shapes_are_refused, setup, teardown),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: plugin_test DIRECTORY-OF-MODULES\n");
		return EXIT_FAILURE;
	}
	modules = argv[1];
	return cmocka_run_group_tests_name("plugin", tests, NULL, NULL);
}
