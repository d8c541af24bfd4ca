/* memory_test.c - memory that is registered, allocated and released. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normal/client/include/tee_client_api_extensions.h"
#include "normal/client/memory.h"
#include "normal/device/fake_device.h"

static TEEC_Context context;
static char bytes[100];

static int setup(void **state)
{
	fake_device_reset();
	return TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS ? 0 : -1;
}

/* As posternd: memory is dynamic, and the program's own cannot be registered. */
static int setup_posternd(void **state)
{
	fake_device_reset();
	fake_device.registers = false;
	return TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS ? 0 : -1;
}

/* As a kernel with a fixed pool. */
static int setup_pool(void **state)
{
	fake_device_reset();
	fake_device.registers = false;
	fake_device.version.gen_caps = TEE_GEN_CAP_GP;
	return TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
	TEEC_FinalizeContext(&context);
	return fake_device_shared() == 0 ? 0 : -1;
}

static void flags_other_than_directions_are_refused(void **state)
{
	static const uint32_t flags[] = { 0, 4, 7, 0x80000001 };
	TEEC_SharedMemory memory = { .buffer = bytes, .size = sizeof(bytes) };
	size_t i;

	for (i = 0; i < array_size(flags); i++) {
		memory.flags = flags[i];
		assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory),
				 TEEC_ERROR_BAD_PARAMETERS);
		assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory),
				 TEEC_ERROR_BAD_PARAMETERS);
		assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&context, &memory, 1),
				 TEEC_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(fake_device.registered + fake_device.allocated, 0);
}

static void registering_no_buffer_is_refused(void **state)
{
	TEEC_SharedMemory memory = { .size = 10, .flags = TEEC_MEM_INPUT };

	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_ERROR_BAD_PARAMETERS);
}

static void registered_memory_is_the_programs_own(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes,
				     .size = sizeof(bytes),
				     .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };

	fake_device.shm_fd = 77;
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_ptr_equal(fake_device.shared_address, bytes);
	assert_int_equal(fake_device.shared_size, sizeof(bytes));
	assert_ptr_equal(memory.buffer, bytes);
	assert_null(memory.imp.shadow_buffer);
	assert_int_equal(memory.imp.registered_fd, 77);
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(fake_device.freed_fd, 77);
	assert_int_equal(fake_device_shared(), 0);
}

static void nothing_is_registered_as_eight_bytes(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes, .size = 0, .flags = TEEC_MEM_INPUT };

	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_int_equal(fake_device.shared_size, 8);
	assert_int_equal(memory.size, 0);
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_int_equal(fake_device.shared_size, 8);
	TEEC_ReleaseSharedMemory(&memory);
}

static void memory_that_cannot_be_registered_gets_a_shadow(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes,
				     .size = sizeof(bytes),
				     .flags = TEEC_MEM_INPUT };

	fake_device.register_error = -EFAULT;
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_ptr_equal(memory.buffer, bytes);
	assert_non_null(memory.imp.shadow_buffer);
	assert_ptr_equal(fake_device.shared_address, memory.imp.shadow_buffer);
	TEEC_ReleaseSharedMemory(&memory);
	assert_ptr_equal(memory.buffer, bytes);
	assert_null(memory.imp.shadow_buffer);
}

static void a_shadow_that_cannot_be_had_is_an_error(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes,
				     .size = sizeof(bytes),
				     .flags = TEEC_MEM_INPUT };

	fake_device.register_error = -EFAULT;
	fake_device.alloc_error = -ENOMEM;
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_ERROR_OUT_OF_MEMORY);
	fake_device.alloc_error = -EINVAL;
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_ERROR_GENERIC);
}

static void a_pool_only_ever_runs_out(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes,
				     .size = sizeof(bytes),
				     .flags = TEEC_MEM_INPUT };

	fake_device.alloc_error = -EINVAL;
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_ERROR_OUT_OF_MEMORY);
	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_ERROR_OUT_OF_MEMORY);
}

static void allocated_memory_has_no_shadow(void **state)
{
	TEEC_SharedMemory memory = { .size = 5000, .flags = TEEC_MEM_OUTPUT };

	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_non_null(memory.buffer);
	assert_ptr_equal(memory.buffer, fake_device.shared_address);
	assert_null(memory.imp.shadow_buffer);
	memset(memory.buffer, 1, 5000);
	TEEC_ReleaseSharedMemory(&memory);
	assert_null(memory.buffer);
	assert_int_equal(memory.size, 5000);
	assert_int_equal(memory.flags, TEEC_MEM_OUTPUT);
	fake_device.alloc_error = -EINVAL;
	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_ERROR_OUT_OF_MEMORY);
}

static void releasing_twice_does_nothing(void **state)
{
	TEEC_SharedMemory memory = { .size = 10, .flags = TEEC_MEM_OUTPUT };

	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_SUCCESS);
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(memory.imp.id, -1);
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(fake_device.freed, 1);
}

static void memory_may_be_released_after_its_context(void **state)
{
	TEEC_SharedMemory memory = { .size = 10, .flags = TEEC_MEM_OUTPUT };
	TEEC_Context other;

	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_SUCCESS);
	TEEC_FinalizeContext(&context);
	/* The next context is not mistaken for the one that is gone. */
	assert_int_equal(TEEC_InitializeContext(NULL, &other), TEEC_SUCCESS);
	strcpy(memory.buffer, "alive");
	TEEC_ReleaseSharedMemory(&memory);
	assert_int_equal(fake_device.freed, 1);
	assert_false(fake_device.freed_by_device);
	TEEC_FinalizeContext(&other);
}

static void memory_without_descriptor_is_freed_through_its_device(void **state)
{
	TEEC_SharedMemory memory = { .size = 10, .flags = TEEC_MEM_OUTPUT };

	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_SUCCESS);
	assert_true(memory.imp.registered_fd < 0);
	TEEC_ReleaseSharedMemory(&memory);
	assert_true(fake_device.freed_by_device);
	assert_int_equal(fake_device.freed_fd, -1);
}

static void memory_of_a_descriptor_has_the_devices_size(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes, .flags = TEEC_MEM_INPUT };

	fake_device.shm_fd = 77;
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&context, &memory, 42),
			 TEEC_SUCCESS);
	assert_int_equal(fake_device.registered_fd, 42);
	assert_null(memory.buffer);
	assert_int_equal(memory.size, 12288);
	assert_int_equal(memory.imp.registered_fd, 77);
	TEEC_ReleaseSharedMemory(&memory);
}

static void every_failure_of_a_descriptor_is_a_bad_parameter(void **state)
{
	static const int errors[] = { -ENOMEM, -EINVAL, -EBADF, -ENODEV };
	TEEC_SharedMemory memory = { .flags = TEEC_MEM_INPUT };
	size_t i;

	for (i = 0; i < array_size(errors); i++) {
		fake_device.register_error = errors[i];
		assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&context, &memory, 42),
				 TEEC_ERROR_BAD_PARAMETERS);
	}
}

static void a_finalized_context_shares_nothing(void **state)
{
	TEEC_SharedMemory memory = { .buffer = bytes, .size = 10, .flags = TEEC_MEM_INPUT };

	TEEC_FinalizeContext(&context);
	assert_int_equal(TEEC_RegisterSharedMemory(&context, &memory), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_AllocateSharedMemory(&context, &memory), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(TEEC_RegisterSharedMemoryFileDescriptor(&context, &memory, 1),
			 TEEC_ERROR_BAD_PARAMETERS);
}

#define on(name, device) cmocka_unit_test_setup_teardown(name, setup##device, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on(flags_other_than_directions_are_refused, ),
		on(registering_no_buffer_is_refused, ),
		on(registered_memory_is_the_programs_own, ),
		on(nothing_is_registered_as_eight_bytes, ),
		on(nothing_is_registered_as_eight_bytes, _posternd),
		on(nothing_is_registered_as_eight_bytes, _pool),
		on(memory_that_cannot_be_registered_gets_a_shadow, ),
		on(memory_that_cannot_be_registered_gets_a_shadow, _posternd),
		on(memory_that_cannot_be_registered_gets_a_shadow, _pool),
		on(a_shadow_that_cannot_be_had_is_an_error, ),
		on(a_shadow_that_cannot_be_had_is_an_error, _posternd),
		on(a_pool_only_ever_runs_out, _pool),
		on(allocated_memory_has_no_shadow, ),
		on(allocated_memory_has_no_shadow, _posternd),
		on(allocated_memory_has_no_shadow, _pool),
		on(releasing_twice_does_nothing, ),
		on(memory_may_be_released_after_its_context, _posternd),
		on(memory_without_descriptor_is_freed_through_its_device, _posternd),
		on(memory_of_a_descriptor_has_the_devices_size, ),
		on(every_failure_of_a_descriptor_is_a_bad_parameter, ),
		on(a_finalized_context_shares_nothing, ),
	};

	return cmocka_run_group_tests_name("client/memory", tests, NULL, NULL);
}
