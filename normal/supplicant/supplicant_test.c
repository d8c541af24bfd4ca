/* supplicant_test.c - which commands are served, and what a memory reference may refer to. */
#include <errno.h>

#include "normal/supplicant/fake_request.h"

static struct supplicant supplicant;

static int setup_with(bool registers)
{
	fake_device_reset();
	fake_device.registers = registers;
	if (device_open(DEVICE_TEEPRIV, NULL, &supplicant.device) != 0 ||
	    !ta_init(&supplicant.ta, "", NULL) || !fs_init(&supplicant.fs, "/nowhere", false)) {
		return -1;
	}
	shm_init(&supplicant.shm, supplicant.device);
	return 0;
}

static int setup(void **state)
{
	return setup_with(true);
}

static int setup_posternd(void **state)
{
	return setup_with(false);
}

static int teardown(void **state)
{
	shm_destroy(&supplicant.shm);
	fs_destroy(&supplicant.fs);
	ta_destroy(&supplicant.ta);
	device_close(supplicant.device);
	return fake_device_shared() == 0 ? 0 : -1;
}

/* covers: RPC_CMD_SQL_FS RPC_CMD_BENCH_REG RPC_CMD_I2C_TRANSFER */
static void unknown_commands_are_not_supported(void **state)
{
	static const uint32_t commands[] = {
		RPC_CMD_GET_TIME,
		RPC_CMD_NOTIFICATION,
		RPC_CMD_SUSPEND,
		RPC_CMD_SQL_FS,
		RPC_CMD_BENCH_REG,
		RPC_CMD_I2C_TRANSFER,
		RPC_CMD_RPMB_PROBE_RESET,
		RPC_CMD_RPMB_PROBE_NEXT,
		RPC_CMD_RPMB_FRAMES,
		13,
		25,
		1000,
		UINT32_MAX,
	};
	struct tee_ioctl_param params[REQUEST_PARAMS_MAX + 2] = { 0 };
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		assert_int_equal(supplicant_serve(&supplicant, commands[i], params, 0),
				 TEE_ERROR_NOT_SUPPORTED);
		assert_int_equal(
			supplicant_serve(&supplicant, commands[i], params, array_size(params)),
			TEE_ERROR_NOT_SUPPORTED);
	}
}

static void too_many_parameters_are_refused(void **state)
{
	static const uint32_t commands[] = { RPC_CMD_LOAD_TA,	RPC_CMD_FS,
					     RPC_CMD_SHM_ALLOC, RPC_CMD_SHM_FREE,
					     RPC_CMD_GPROF,	RPC_CMD_SOCKET,
					     RPC_CMD_FTRACE,	RPC_CMD_SUPP_PLUGIN };
	struct tee_ioctl_param params[REQUEST_PARAMS_MAX + 1] = { 0 };
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		assert_int_equal(
			supplicant_serve(&supplicant, commands[i], params, array_size(params)),
			TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(supplicant_serve(&supplicant, commands[i], params, 0),
				 TEE_ERROR_BAD_PARAMETERS);
	}
}

/* covers: RPC_CMD_SHM_ALLOC RPC_CMD_SHM_FREE RPC_SHM_TYPE_APPL */
static void memory_is_allocated_and_freed(void **state)
{
	struct tee_ioctl_param param = fake_value(VALUE_INOUT, 0, 5000, 0);
	unsigned char *bytes;
	int i;

	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_ALLOC, &param, 1), TEE_SUCCESS);
	assert_int_equal(fake_device.shared_size, 5000);
	assert_int_equal(fake_device.registered, fake_device.registers ? 1 : 0);
	bytes = fake_device_memory(param.c);
	assert_true(is_aligned((uintptr_t)bytes, 4096));
	for (i = 0; i < 5000; i++) {
		assert_int_equal(bytes[i], 0);
	}
	assert_int_equal(fake_shm_free(&supplicant, param.c), TEE_SUCCESS);
	assert_int_equal(fake_device_shared(), 0);
}

static void the_type_of_memory_is_not_looked_at(void **state)
{
	struct tee_ioctl_param param = fake_value(VALUE_INOUT, 77, 10, 0);

	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_ALLOC, &param, 1), TEE_SUCCESS);
	param = fake_value(VALUE_INOUT, 77, param.c, 0);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_FREE, &param, 1), TEE_SUCCESS);
}

static void memory_that_cannot_be_had_is_an_error(void **state)
{
	static const uint64_t sizes[] = { SHM_SIZE_MAX + 1ull, UINT64_MAX, 1ull << 40 };
	struct tee_ioctl_param param;
	size_t i;

	for (i = 0; i < array_size(sizes); i++) {
		param = fake_value(VALUE_INOUT, 0, sizes[i], 0);
		assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_ALLOC, &param, 1),
				 TEE_ERROR_OUT_OF_MEMORY);
	}
	param = fake_value(VALUE_INOUT, 0, 10, 0);
	fake_device.alloc_error = -ENOMEM;
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_ALLOC, &param, 1),
			 TEE_ERROR_OUT_OF_MEMORY);
}

static void there_is_a_limit_to_objects(void **state)
{
	struct tee_ioctl_param param;
	unsigned int i;

	for (i = 0; i < SHM_OBJECTS_MAX; i++) {
		fake_shm_alloc(&supplicant, 8);
	}
	param = fake_value(VALUE_INOUT, 0, 8, 0);
	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_SHM_ALLOC, &param, 1),
			 TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_device_shared(), SHM_OBJECTS_MAX);
	assert_int_equal(fake_shm_free(&supplicant, 5), TEE_SUCCESS);
	fake_shm_alloc(&supplicant, 8);
}

static void freeing_what_is_not_there_is_refused(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 10);

	assert_int_equal(fake_shm_free(&supplicant, id + 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_shm_free(&supplicant, UINT64_MAX), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_shm_free(&supplicant, id | 1ull << 32), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_shm_free(&supplicant, id), TEE_SUCCESS);
	assert_int_equal(fake_shm_free(&supplicant, id), TEE_ERROR_BAD_PARAMETERS);
}

static void memory_commands_take_one_value(void **state)
{
	static const uint32_t commands[] = { RPC_CMD_SHM_ALLOC, RPC_CMD_SHM_FREE };
	struct tee_ioctl_param params[2];
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		params[0] = fake_value(VALUE_INOUT, 0, 10, 0);
		params[1] = fake_value(VALUE_INOUT, 0, 10, 0);
		assert_int_equal(supplicant_serve(&supplicant, commands[i], params, 2),
				 TEE_ERROR_BAD_PARAMETERS);
		params[0].attr = MEMREF_INOUT;
		assert_int_equal(supplicant_serve(&supplicant, commands[i], params, 1),
				 TEE_ERROR_BAD_PARAMETERS);
		params[0].attr = 0;
		assert_int_equal(supplicant_serve(&supplicant, commands[i], params, 1),
				 TEE_ERROR_BAD_PARAMETERS);
	}
}

/* --- References ----------------------------------------------------------------------------- */

static bool resolves(uint64_t offset, uint64_t size, uint64_t id, struct request_memory *memory)
{
	struct tee_ioctl_param param = fake_memref(MEMREF_INPUT, offset, size, id);

	memset(memory, 0, sizeof(*memory));
	return shm_get(&supplicant.shm, &param, memory);
}

static void a_reference_within_memory_is_that_memory(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);
	unsigned char *bytes = fake_device_memory(id);
	struct request_memory memory;

	assert_true(resolves(0, 100, id, &memory));
	assert_ptr_equal(memory.data, bytes);
	assert_int_equal(memory.size, 100);
	shm_put(&supplicant.shm, memory.object);
	assert_true(resolves(99, 1, id, &memory));
	assert_ptr_equal(memory.data, bytes + 99);
	shm_put(&supplicant.shm, memory.object);
	assert_true(resolves(100, 0, id, &memory));
	shm_put(&supplicant.shm, memory.object);
}

static void a_reference_beyond_memory_is_refused(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);
	struct request_memory memory;

	assert_false(resolves(0, 101, id, &memory));
	assert_false(resolves(100, 1, id, &memory));
	assert_false(resolves(UINT64_MAX, 2, id, &memory));
	assert_false(resolves(1, UINT64_MAX, id, &memory));
	assert_null(memory.data);
}

static void a_reference_beyond_memory_fails_the_request(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);
	struct tee_ioctl_param params[] = {
		fake_value(VALUE_INPUT, 0, 0, 0),
		fake_memref(MEMREF_OUTPUT, 0, 101, id),
	};

	assert_int_equal(supplicant_serve(&supplicant, RPC_CMD_LOAD_TA, params, 2),
			 TEE_ERROR_BAD_PARAMETERS);
}

static void a_reference_to_nothing_of_ours_has_no_memory(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);
	struct request_memory memory;

	assert_true(resolves(0, 10, UINT64_MAX, &memory));
	assert_null(memory.data);
	assert_true(resolves(0, 10, id + 1, &memory));
	assert_null(memory.data);
	assert_true(resolves(0, 10, id | 1ull << 32, &memory));
	assert_null(memory.data);
}

static void memory_freed_in_use_stays_until_it_is_not(void **state)
{
	uint64_t id = fake_shm_alloc(&supplicant, 100);
	struct request_memory memory;

	assert_true(resolves(0, 100, id, &memory));
	assert_int_equal(fake_shm_free(&supplicant, id), TEE_SUCCESS);
	assert_int_equal(fake_device_shared(), 1);
	memset(memory.data, 1, memory.size);
	shm_put(&supplicant.shm, memory.object);
	assert_int_equal(fake_device_shared(), 0);
}

#define promise(name)	  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define on_posternd(name) cmocka_unit_test_setup_teardown(name, setup_posternd, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(unknown_commands_are_not_supported),
		promise(too_many_parameters_are_refused),
		promise(memory_is_allocated_and_freed),
		on_posternd(memory_is_allocated_and_freed),
		promise(the_type_of_memory_is_not_looked_at),
		promise(memory_that_cannot_be_had_is_an_error),
		promise(there_is_a_limit_to_objects),
		promise(freeing_what_is_not_there_is_refused),
		promise(memory_commands_take_one_value),
		promise(a_reference_within_memory_is_that_memory),
		promise(a_reference_beyond_memory_is_refused),
		promise(a_reference_beyond_memory_fails_the_request),
		promise(a_reference_to_nothing_of_ours_has_no_memory),
		promise(memory_freed_in_use_stays_until_it_is_not),
	};

	return cmocka_run_group_tests_name("supplicant/supplicant", tests, NULL, NULL);
}
