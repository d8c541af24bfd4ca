/* operation_test.c - what the TEE sees of each kind of parameter, and what comes back of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normal/client/operation.h"
#include "normal/device/fake_device.h"

#define INPUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define OUTPUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define INOUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT

static TEEC_Context api_context;
static struct context *context;
static TEEC_Operation api;
static struct operation operation;
static struct tee_ioctl_param wire[4];
static char bytes[100];

static void bytes_reset(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (char)i;
	}
}

static int setup_with(bool registers, uint32_t gen_caps)
{
	fake_device_reset();
	fake_device.registers = registers;
	fake_device.version.gen_caps = gen_caps;
	memset(&api, 0, sizeof(api));
	bytes_reset();
	if (TEEC_InitializeContext(NULL, &api_context) != TEEC_SUCCESS) {
		return -1;
	}
	context = context_get(api_context.imp.fd);
	return 0;
}

/* A kernel that takes the program's memory. */
static int setup(void **state)
{
	return setup_with(true, TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL);
}

static int setup_posternd(void **state)
{
	return setup_with(false, TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL);
}

/* A kernel with a fixed pool, which knows no reference to nothing. */
static int setup_pool(void **state)
{
	return setup_with(false, TEE_GEN_CAP_GP);
}

static int teardown(void **state)
{
	context_put(context);
	TEEC_FinalizeContext(&api_context);
	return fake_device_shared() == 0 ? 0 : -1;
}

static TEEC_Result encode(uint32_t p0, uint32_t p1)
{
	api.paramTypes = TEEC_PARAM_TYPES(p0, p1, TEEC_NONE, TEEC_NONE);
	return operation_encode(&operation, context, &api, wire);
}

static void check_range(const void *memory, size_t offset, size_t size)
{
	const unsigned char *seen = memory;
	size_t i;

	for (i = 0; i < size; i++) {
		assert_int_equal(seen[offset + i], offset + i);
	}
}

static bool shadowed(void)
{
	return fake_device_memory(wire[0].c) != (void *)bytes;
}

/* --- NONE and values ------------------------------------------------------------------------ */

static void no_operation_is_four_times_nothing(void **state)
{
	unsigned int i;

	memset(wire, 0xff, sizeof(wire));
	assert_int_equal(operation_encode(&operation, context, NULL, wire), TEEC_SUCCESS);
	for (i = 0; i < 4; i++) {
		assert_int_equal(wire[i].attr | wire[i].a | wire[i].b | wire[i].c, 0);
	}
	operation_decode(&operation);
	operation_release(&operation);
}

static void types_that_do_not_exist_are_refused(void **state)
{
	static const uint32_t types[] = { 0x4, 0x8, 0x9, 0xA, 0xB };
	size_t i;

	for (i = 0; i < array_size(types); i++) {
		assert_int_equal(encode(types[i], TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
		assert_int_equal(encode(TEEC_NONE, types[i]), TEEC_ERROR_BAD_PARAMETERS);
	}
}

static void values_go_in_and_come_out_as_32_bits(void **state)
{
	api.params[0].value = (TEEC_Value){ 1, 0xffffffff };
	api.params[1].value = (TEEC_Value){ 3, 4 };
	assert_int_equal(encode(TEEC_VALUE_INPUT, TEEC_VALUE_INOUT), TEEC_SUCCESS);
	assert_int_equal(wire[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(wire[0].a, 1);
	assert_int_equal(wire[0].b, 0xffffffff);
	assert_int_equal(wire[0].c, 0);
	assert_int_equal(wire[1].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT);
	wire[0].a = 9;
	wire[1].a = 0x100000005;
	wire[1].b = 0x100000006;
	operation_decode(&operation);
	assert_int_equal(api.params[0].value.a, 1);
	assert_int_equal(api.params[1].value.a, 5);
	assert_int_equal(api.params[1].value.b, 6);
	operation_release(&operation);
}

static void an_output_value_takes_nothing_along(void **state)
{
	api.params[0].value = (TEEC_Value){ 1, 2 };
	assert_int_equal(encode(TEEC_VALUE_OUTPUT, TEEC_NONE), TEEC_SUCCESS);
	assert_int_equal(wire[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT);
	assert_int_equal(wire[0].a | wire[0].b | wire[0].c, 0);
	wire[0].a = 7;
	operation_decode(&operation);
	assert_int_equal(api.params[0].value.a, 7);
	assert_int_equal(api.params[0].value.b, 0);
	operation_release(&operation);
}

/* --- TEMP ----------------------------------------------------------------------------------- */

static void temp(uint32_t type, size_t size)
{
	api.params[0].tmpref = (TEEC_TempMemoryReference){ bytes, size };
	assert_int_equal(encode(type, TEEC_NONE), TEEC_SUCCESS);
	assert_int_equal(wire[0].a, 0);
	assert_int_equal(wire[0].b, size);
}

static void temporary_memory_is_seen_for_the_operation(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t attr;
	} types[] = {
		{ TEEC_MEMREF_TEMP_INPUT, INPUT },
		{ TEEC_MEMREF_TEMP_OUTPUT, OUTPUT },
		{ TEEC_MEMREF_TEMP_INOUT, INOUT },
	};
	size_t i;

	for (i = 0; i < array_size(types); i++) {
		temp(types[i].type, sizeof(bytes));
		assert_int_equal(wire[0].attr, types[i].attr);
		assert_int_equal(shadowed(), !fake_device.registers);
		check_range(fake_device_memory(wire[0].c), 0, sizeof(bytes));
		operation_release(&operation);
	}
}

static void an_output_comes_back_as_far_as_it_was_written(void **state)
{
	static const uint32_t types[] = { TEEC_MEMREF_TEMP_OUTPUT, TEEC_MEMREF_TEMP_INOUT };
	size_t i;

	for (i = 0; i < array_size(types); i++) {
		temp(types[i], 50);
		memset(fake_device_memory(wire[0].c), 0x7f, 10);
		wire[0].b = 20;
		operation_decode(&operation);
		operation_release(&operation);
		assert_int_equal(api.params[0].tmpref.size, 20);
		assert_int_equal(bytes[0], 0x7f);
		assert_int_equal(bytes[9], 0x7f);
		check_range(bytes, 10, 90);
		bytes_reset();
	}
}

static void a_ta_that_needs_more_says_so_and_writes_no_further(void **state)
{
	temp(TEEC_MEMREF_TEMP_OUTPUT, 50);
	memset(fake_device_memory(wire[0].c), 0x7f, 50);
	wire[0].b = UINT64_MAX;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].tmpref.size, SIZE_MAX);
	assert_int_equal(bytes[49], 0x7f);
	check_range(bytes, 50, 50);
}

static void an_input_does_not_come_back(void **state)
{
	temp(TEEC_MEMREF_TEMP_INPUT, 50);
	if (shadowed()) {
		memset(fake_device_memory(wire[0].c), 0x7f, 50);
	}
	wire[0].b = 3;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].tmpref.size, 50);
	check_range(bytes, 0, sizeof(bytes));
}

static void no_buffer_is_no_memory(void **state)
{
	api.params[0].tmpref = (TEEC_TempMemoryReference){ NULL, 0 };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE), TEEC_SUCCESS);
	assert_int_equal(wire[0].attr, OUTPUT);
	assert_int_equal(wire[0].a, 0);
	assert_int_equal(wire[0].b, 0);
	assert_true(wire[0].c == TEE_MEMREF_NULL);
	assert_int_equal(fake_device_shared(), 0);
	/* The TA says how much it would need. */
	wire[0].b = 1000;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].tmpref.size, 1000);
}

static void no_buffer_is_eight_bytes_where_nothing_is_unknown(void **state)
{
	api.params[0].tmpref = (TEEC_TempMemoryReference){ NULL, 0 };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INOUT, TEEC_NONE), TEEC_SUCCESS);
	assert_int_equal(wire[0].b, 0);
	assert_non_null(fake_device_memory(wire[0].c));
	assert_int_equal(fake_device.shared_size, 8);
	wire[0].b = 1000;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].tmpref.size, 1000);
}

static void no_buffer_of_a_size_is_refused(void **state)
{
	api.params[0].tmpref = (TEEC_TempMemoryReference){ NULL, 1 };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
}

static void a_buffer_of_size_0_is_shared_as_8_and_sent_as_0(void **state)
{
	temp(TEEC_MEMREF_TEMP_INOUT, 0);
	assert_true(fake_device.shared_size >= 8);
	wire[0].b = 5;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].tmpref.size, 5);
	check_range(bytes, 0, sizeof(bytes));
}

static void memory_that_may_not_be_registered_is_copied(void **state)
{
	static const char constant[] = "a constant of the program";

	fake_device.register_error = -EFAULT;
	api.params[0].tmpref = (TEEC_TempMemoryReference){ (void *)constant, sizeof(constant) };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE), TEEC_SUCCESS);
	assert_string_equal(fake_device_memory(wire[0].c), constant);
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(fake_device_shared(), 0);
}

static void memory_that_cannot_be_shared_is_an_error(void **state)
{
	fake_device.register_error = -EFAULT;
	fake_device.alloc_error = -ENOMEM;
	api.params[0].tmpref = (TEEC_TempMemoryReference){ bytes, 10 };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE), TEEC_ERROR_OUT_OF_MEMORY);
	fake_device.alloc_error = -EINVAL;
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE),
			 api_context.imp.reg_mem ? TEEC_ERROR_GENERIC : TEEC_ERROR_OUT_OF_MEMORY);
}

static void a_refusal_gives_back_what_came_before_it(void **state)
{
	api.params[0].tmpref = (TEEC_TempMemoryReference){ bytes, 10 };
	api.params[1].tmpref = (TEEC_TempMemoryReference){ NULL, 10 };
	assert_int_equal(encode(TEEC_MEMREF_TEMP_INOUT, TEEC_MEMREF_TEMP_INOUT),
			 TEEC_ERROR_BAD_PARAMETERS);
	/* On posternd it was put by for the next operation. */
	assert_true(fake_device_shared() <= 1);
	if (fake_device.registers || !api_context.imp.reg_mem) {
		assert_int_equal(fake_device_shared(), 0);
	}
}

static void on_posternd_operations_reuse_their_shadows(void **state)
{
	int i;

	for (i = 0; i < 50; i++) {
		temp(TEEC_MEMREF_TEMP_INOUT, 50);
		operation_decode(&operation);
		operation_release(&operation);
	}
	assert_int_equal(fake_device.allocated, 1);
}

/* --- WHOLE and PARTIAL ---------------------------------------------------------------------- */

static TEEC_SharedMemory memory;

static void share(uint32_t flags)
{
	memory = (TEEC_SharedMemory){ .buffer = bytes, .size = sizeof(bytes), .flags = flags };
	assert_int_equal(TEEC_RegisterSharedMemory(&api_context, &memory), TEEC_SUCCESS);
}

static void forget(void)
{
	TEEC_ReleaseSharedMemory(&memory);
}

static void whole_memory_goes_as_its_flags_say(void **state)
{
	static const struct {
		uint32_t flags;
		uint32_t attr;
	} directions[] = {
		{ TEEC_MEM_INPUT, INPUT },
		{ TEEC_MEM_OUTPUT, OUTPUT },
		{ TEEC_MEM_INPUT | TEEC_MEM_OUTPUT, INOUT },
	};
	size_t i;

	for (i = 0; i < array_size(directions); i++) {
		share(directions[i].flags);
		/* What the reference says of offset and size is not looked at. */
		api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 9999, 9999 };
		assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_SUCCESS);
		assert_int_equal(wire[0].attr, directions[i].attr);
		assert_int_equal(wire[0].a, 0);
		assert_int_equal(wire[0].b, sizeof(bytes));
		assert_int_equal(wire[0].c, memory.imp.id);
		if (directions[i].attr != OUTPUT) {
			check_range(fake_device_memory(wire[0].c), 0, sizeof(bytes));
		}
		memset(fake_device_memory(wire[0].c), 0x7f, 10);
		wire[0].b = 10;
		operation_decode(&operation);
		operation_release(&operation);
		if (directions[i].attr == INPUT) {
			assert_int_equal(api.params[0].memref.size, 9999);
			assert_int_equal(bytes[0], fake_device.registers ? 0x7f : 0);
		} else {
			assert_int_equal(api.params[0].memref.size, 10);
			assert_int_equal(bytes[0], 0x7f);
			assert_int_equal(bytes[10], 10);
		}
		forget();
		bytes_reset();
	}
}

static void whole_memory_that_is_too_small_comes_back_untouched(void **state)
{
	share(TEEC_MEM_OUTPUT);
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ .parent = &memory };
	assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_SUCCESS);
	wire[0].b = sizeof(bytes) + 1;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].memref.size, sizeof(bytes) + 1);
	check_range(bytes, 0, sizeof(bytes));
	forget();
}

static void part_of_the_memory_goes_alone(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t attr;
	} types[] = {
		{ TEEC_MEMREF_PARTIAL_INPUT, INPUT },
		{ TEEC_MEMREF_PARTIAL_OUTPUT, OUTPUT },
		{ TEEC_MEMREF_PARTIAL_INOUT, INOUT },
	};
	unsigned char *seen;
	size_t i;

	for (i = 0; i < array_size(types); i++) {
		share(TEEC_MEM_INPUT | TEEC_MEM_OUTPUT);
		api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 20, 30 };
		assert_int_equal(encode(types[i].type, TEEC_NONE), TEEC_SUCCESS);
		assert_int_equal(wire[0].attr, types[i].attr);
		assert_int_equal(wire[0].a, 30);
		assert_int_equal(wire[0].b, 20);
		assert_int_equal(wire[0].c, memory.imp.id);
		seen = fake_device_memory(wire[0].c);
		if (types[i].attr != OUTPUT) {
			check_range(seen, 30, 20);
		}
		if (!fake_device.registers) {
			/* Not a byte of the rest. */
			assert_int_equal(seen[29], 0);
			assert_int_equal(seen[50], 0);
		}
		memset(seen + 30, 0x7f, 20);
		wire[0].b = 5;
		operation_decode(&operation);
		operation_release(&operation);
		if (types[i].attr == INPUT) {
			assert_int_equal(api.params[0].memref.size, 20);
		} else {
			assert_int_equal(api.params[0].memref.size, 5);
			assert_int_equal(bytes[34], 0x7f);
			assert_int_equal(bytes[35], fake_device.registers ? 0x7f : 35);
		}
		check_range(bytes, 0, 30);
		forget();
		bytes_reset();
	}
}

static void part_that_is_too_small_comes_back_untouched(void **state)
{
	share(TEEC_MEM_OUTPUT);
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 20, 30 };
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE), TEEC_SUCCESS);
	wire[0].b = 21;
	operation_decode(&operation);
	operation_release(&operation);
	assert_int_equal(api.params[0].memref.size, 21);
	check_range(bytes, 0, sizeof(bytes));
	forget();
}

static void part_against_the_direction_is_refused(void **state)
{
	share(TEEC_MEM_INPUT);
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 20, 30 };
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INOUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	forget();
	share(TEEC_MEM_OUTPUT);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INOUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	forget();
}

static void part_outside_the_memory_is_refused(void **state)
{
	static const struct {
		size_t size;
		size_t offset;
	} parts[] = { { 101, 0 }, { 1, 100 }, { 50, 51 }, { SIZE_MAX, 1 }, { 1, SIZE_MAX } };
	size_t i;

	share(TEEC_MEM_INPUT);
	for (i = 0; i < array_size(parts); i++) {
		api.params[0].memref =
			(TEEC_RegisteredMemoryReference){ &memory, parts[i].size, parts[i].offset };
		assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE),
				 TEEC_ERROR_BAD_PARAMETERS);
	}
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 0, 100 };
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE), TEEC_SUCCESS);
	operation_release(&operation);
	forget();
}

static void memory_that_is_not_shared_is_refused(void **state)
{
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ NULL, 1, 0 };
	assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	share(TEEC_MEM_INPUT);
	forget();
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 1, 0 };
	assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
}

static void memory_that_outgrew_its_shadow_is_refused(void **state)
{
	fake_device.register_error = -EFAULT;
	share(TEEC_MEM_INPUT);
	memory.size = 1000000;
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 1, 999999 };
	assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE), TEEC_ERROR_BAD_PARAMETERS);
	forget();
}

static void allocated_memory_is_never_copied(void **state)
{
	memory = (TEEC_SharedMemory){ .size = 100, .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	assert_int_equal(TEEC_AllocateSharedMemory(&api_context, &memory), TEEC_SUCCESS);
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ .parent = &memory };
	assert_int_equal(encode(TEEC_MEMREF_WHOLE, TEEC_NONE), TEEC_SUCCESS);
	assert_ptr_equal(fake_device_memory(wire[0].c), memory.buffer);
	strcpy(memory.buffer, "written by the TA");
	wire[0].b = 3;
	operation_decode(&operation);
	operation_release(&operation);
	assert_string_equal(memory.buffer, "written by the TA");
	forget();
}

static void memory_of_a_descriptor_is_referred_to_without_being_read(void **state)
{
	memory = (TEEC_SharedMemory){ .flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT };
	assert_int_equal(TEEC_AllocateSharedMemory(&api_context, &memory), TEEC_SUCCESS);
	forget();
	memory.buffer = NULL;
	memory.size = 12288;
	memory.imp.id = 5;
	api.params[0].memref = (TEEC_RegisteredMemoryReference){ &memory, 4096, 8192 };
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INOUT, TEEC_MEMREF_WHOLE),
			 TEEC_ERROR_BAD_PARAMETERS);
	api.params[1].memref = (TEEC_RegisteredMemoryReference){ .parent = &memory };
	assert_int_equal(encode(TEEC_MEMREF_PARTIAL_INOUT, TEEC_MEMREF_WHOLE), TEEC_SUCCESS);
	assert_int_equal(wire[0].a, 8192);
	assert_int_equal(wire[1].b, 12288);
	operation_decode(&operation);
	operation_release(&operation);
}

#define on(name, device)  cmocka_unit_test_setup_teardown(name, setup##device, teardown)
#define on_all(name)	  on(name, ), on(name, _posternd), on(name, _pool)
#define on_shadowed(name) on(name, _posternd), on(name, _pool)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		on(no_operation_is_four_times_nothing, ),
		on(types_that_do_not_exist_are_refused, ),
		on(values_go_in_and_come_out_as_32_bits, ),
		on(an_output_value_takes_nothing_along, ),
		on_all(temporary_memory_is_seen_for_the_operation),
		on_all(an_output_comes_back_as_far_as_it_was_written),
		on_all(a_ta_that_needs_more_says_so_and_writes_no_further),
		on_all(an_input_does_not_come_back),
		on(no_buffer_is_no_memory, ),
		on(no_buffer_is_no_memory, _posternd),
		on(no_buffer_is_eight_bytes_where_nothing_is_unknown, _pool),
		on_all(no_buffer_of_a_size_is_refused),
		on_all(a_buffer_of_size_0_is_shared_as_8_and_sent_as_0),
		on(memory_that_may_not_be_registered_is_copied, ),
		on_all(memory_that_cannot_be_shared_is_an_error),
		on_all(a_refusal_gives_back_what_came_before_it),
		on(on_posternd_operations_reuse_their_shadows, _posternd),
		on_all(whole_memory_goes_as_its_flags_say),
		on_all(whole_memory_that_is_too_small_comes_back_untouched),
		on_all(part_of_the_memory_goes_alone),
		on_all(part_that_is_too_small_comes_back_untouched),
		on_all(part_against_the_direction_is_refused),
		on_all(part_outside_the_memory_is_refused),
		on_all(memory_that_is_not_shared_is_refused),
		on_all(memory_that_outgrew_its_shadow_is_refused),
		on_all(allocated_memory_is_never_copied),
		on(memory_of_a_descriptor_is_referred_to_without_being_read, ),
	};

	return cmocka_run_group_tests_name("client/operation", tests, NULL, NULL);
}
