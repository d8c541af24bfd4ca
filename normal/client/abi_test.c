/* abi_test.c - what programs that were compiled against another build of libteec.so.2 rely on. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <assert.h>
#include <cmocka.h>

#include <tee_client_api.h>
#include <tee_client_api_extensions.h>
#include <teec_trace.h>

/* Sizes and offsets for 64-bit and for 32-bit pointers. */
#define BY_POINTER(lp64, ilp32) (sizeof(void *) == 8 ? (lp64) : (ilp32))
#define SIZE(type, lp64, ilp32)                                                                    \
	static_assert(sizeof(type) == BY_POINTER(lp64, ilp32), "size of " #type)
#define PLACE(type, member, lp64, ilp32)                                                           \
	static_assert(offsetof(type, member) == BY_POINTER(lp64, ilp32), #type "." #member)

SIZE(TEEC_Context, 8, 8);
static_assert(_Alignof(TEEC_Context) == 4, "TEEC_Context is aligned as an int");
PLACE(TEEC_Context, imp.fd, 0, 0);
PLACE(TEEC_Context, imp.reg_mem, 4, 4);
PLACE(TEEC_Context, imp.memref_null, 5, 5);

SIZE(TEEC_Session, 16, 8);
PLACE(TEEC_Session, imp.ctx, 0, 0);
PLACE(TEEC_Session, imp.session_id, 8, 4);

SIZE(TEEC_UUID, 16, 16);
PLACE(TEEC_UUID, timeLow, 0, 0);
PLACE(TEEC_UUID, timeMid, 4, 4);
PLACE(TEEC_UUID, timeHiAndVersion, 6, 6);
PLACE(TEEC_UUID, clockSeqAndNode, 8, 8);

SIZE(TEEC_SharedMemory, 56, 32);
PLACE(TEEC_SharedMemory, buffer, 0, 0);
PLACE(TEEC_SharedMemory, size, 8, 4);
PLACE(TEEC_SharedMemory, flags, 16, 8);
PLACE(TEEC_SharedMemory, imp.id, 24, 12);
PLACE(TEEC_SharedMemory, imp.alloced_size, 32, 16);
PLACE(TEEC_SharedMemory, imp.shadow_buffer, 40, 20);
PLACE(TEEC_SharedMemory, imp.registered_fd, 48, 24);
PLACE(TEEC_SharedMemory, imp.flags, 52, 28);

SIZE(TEEC_TempMemoryReference, 16, 8);
PLACE(TEEC_TempMemoryReference, buffer, 0, 0);
PLACE(TEEC_TempMemoryReference, size, 8, 4);

SIZE(TEEC_RegisteredMemoryReference, 24, 12);
PLACE(TEEC_RegisteredMemoryReference, parent, 0, 0);
PLACE(TEEC_RegisteredMemoryReference, size, 8, 4);
PLACE(TEEC_RegisteredMemoryReference, offset, 16, 8);

SIZE(TEEC_Value, 8, 8);
PLACE(TEEC_Value, a, 0, 0);
PLACE(TEEC_Value, b, 4, 4);
SIZE(TEEC_Parameter, 24, 12);

SIZE(TEEC_Operation, 112, 60);
PLACE(TEEC_Operation, started, 0, 0);
PLACE(TEEC_Operation, paramTypes, 4, 4);
PLACE(TEEC_Operation, params, 8, 8);
PLACE(TEEC_Operation, imp.session, 104, 56);

static_assert(sizeof(TEEC_Result) == 4 && (TEEC_Result)-1 > 0, "TEEC_Result is a uint32_t");

#define VALUE(name, value) static_assert((name) == (value), #name)

VALUE(TEEC_CONFIG_PAYLOAD_REF_COUNT, 4);
VALUE(TEEC_CONFIG_SHAREDMEM_MAX_SIZE, ULONG_MAX);
VALUE(TEEC_NONE, 0);
VALUE(TEEC_VALUE_INPUT, 1);
VALUE(TEEC_VALUE_OUTPUT, 2);
VALUE(TEEC_VALUE_INOUT, 3);
VALUE(TEEC_MEMREF_TEMP_INPUT, 5);
VALUE(TEEC_MEMREF_TEMP_OUTPUT, 6);
VALUE(TEEC_MEMREF_TEMP_INOUT, 7);
VALUE(TEEC_MEMREF_WHOLE, 0xC);
VALUE(TEEC_MEMREF_PARTIAL_INPUT, 0xD);
VALUE(TEEC_MEMREF_PARTIAL_OUTPUT, 0xE);
VALUE(TEEC_MEMREF_PARTIAL_INOUT, 0xF);
VALUE(TEEC_MEM_INPUT, 1);
VALUE(TEEC_MEM_OUTPUT, 2);
VALUE(TEEC_SUCCESS, 0);
VALUE(TEEC_ERROR_STORAGE_NOT_AVAILABLE, 0xF0100003);
VALUE(TEEC_ERROR_GENERIC, 0xFFFF0000);
VALUE(TEEC_ERROR_ACCESS_DENIED, 0xFFFF0001);
VALUE(TEEC_ERROR_CANCEL, 0xFFFF0002);
VALUE(TEEC_ERROR_ACCESS_CONFLICT, 0xFFFF0003);
VALUE(TEEC_ERROR_EXCESS_DATA, 0xFFFF0004);
VALUE(TEEC_ERROR_BAD_FORMAT, 0xFFFF0005);
VALUE(TEEC_ERROR_BAD_PARAMETERS, 0xFFFF0006);
VALUE(TEEC_ERROR_BAD_STATE, 0xFFFF0007);
VALUE(TEEC_ERROR_ITEM_NOT_FOUND, 0xFFFF0008);
VALUE(TEEC_ERROR_NOT_IMPLEMENTED, 0xFFFF0009);
VALUE(TEEC_ERROR_NOT_SUPPORTED, 0xFFFF000A);
VALUE(TEEC_ERROR_NO_DATA, 0xFFFF000B);
VALUE(TEEC_ERROR_OUT_OF_MEMORY, 0xFFFF000C);
VALUE(TEEC_ERROR_BUSY, 0xFFFF000D);
VALUE(TEEC_ERROR_COMMUNICATION, 0xFFFF000E);
VALUE(TEEC_ERROR_SECURITY, 0xFFFF000F);
VALUE(TEEC_ERROR_SHORT_BUFFER, 0xFFFF0010);
VALUE(TEE_ERROR_EXTERNAL_CANCEL, 0xFFFF0011);
VALUE(TEEC_ERROR_EXTERNAL_CANCEL, 0xFFFF0011);
VALUE(TEE_ERROR_OVERFLOW, 0xFFFF300F);
VALUE(TEE_ERROR_TARGET_DEAD, 0xFFFF3024);
VALUE(TEEC_ERROR_TARGET_DEAD, 0xFFFF3024);
VALUE(TEE_ERROR_STORAGE_NO_SPACE, 0xFFFF3041);
VALUE(TEEC_ERROR_STORAGE_NO_SPACE, 0xFFFF3041);
VALUE(TEE_ERROR_MAC_INVALID, 0xFFFF3071);
VALUE(TEE_ERROR_SIGNATURE_INVALID, 0xFFFF3072);
VALUE(TEE_ERROR_TIME_NOT_SET, 0xFFFF5000);
VALUE(TEE_ERROR_TIME_NEEDS_RESET, 0xFFFF5001);
VALUE(TEEC_ORIGIN_API, 1);
VALUE(TEEC_ORIGIN_COMMS, 2);
VALUE(TEEC_ORIGIN_TEE, 3);
VALUE(TEEC_ORIGIN_TRUSTED_APP, 4);
VALUE(TEEC_LOGIN_PUBLIC, 0);
VALUE(TEEC_LOGIN_USER, 1);
VALUE(TEEC_LOGIN_GROUP, 2);
VALUE(TEEC_LOGIN_APPLICATION, 4);
VALUE(TEEC_LOGIN_USER_APPLICATION, 5);
VALUE(TEEC_LOGIN_GROUP_APPLICATION, 6);
VALUE(TEEC_PARAM_TYPES(1, 2, 3, 0xF), 0xF321);
VALUE(TEEC_PARAM_TYPE_GET(0xF321, 3), 0xF);
VALUE(TRACE_ERROR, 1);
VALUE(TRACE_INFO, 2);
VALUE(TRACE_DEBUG, 3);
VALUE(TRACE_FLOW, 4);

/* A program that includes the TA's header too sees the shared names defined twice, with one
 * text. */
#include "abi/tee_api_defines.h"

/* The functions have the types of the standard: an assignment that warns does not compile. */
static TEEC_Result (*const initialize)(const char *, TEEC_Context *) = TEEC_InitializeContext;
static void (*const finalize)(TEEC_Context *) = TEEC_FinalizeContext;
static TEEC_Result (*const open_session)(TEEC_Context *, TEEC_Session *, const TEEC_UUID *,
					 uint32_t, const void *, TEEC_Operation *,
					 uint32_t *) = TEEC_OpenSession;
static void (*const close_session)(TEEC_Session *) = TEEC_CloseSession;
static TEEC_Result (*const invoke)(TEEC_Session *, uint32_t, TEEC_Operation *,
				   uint32_t *) = TEEC_InvokeCommand;
static TEEC_Result (*const register_memory)(TEEC_Context *,
					    TEEC_SharedMemory *) = TEEC_RegisterSharedMemory;
static TEEC_Result (*const register_fd)(TEEC_Context *, TEEC_SharedMemory *,
					int) = TEEC_RegisterSharedMemoryFileDescriptor;
static TEEC_Result (*const allocate)(TEEC_Context *,
				     TEEC_SharedMemory *) = TEEC_AllocateSharedMemory;
static void (*const release)(TEEC_SharedMemory *) = TEEC_ReleaseSharedMemory;
static void (*const cancel)(TEEC_Operation *) = TEEC_RequestCancellation;

static void *library(void)
{
	/* Found by its SONAME, and only because this program is linked with it. */
	return dlopen("libteec.so.2", RTLD_NOW | RTLD_NOLOAD);
}

static void the_soname_is_libteec_so_2(void **state)
{
	void *handle = library();

	assert_non_null(handle);
	dlclose(handle);
}

static void the_api_is_exported(void **state)
{
	static const char *const names[] = {
		"TEEC_InitializeContext",
		"TEEC_FinalizeContext",
		"TEEC_OpenSession",
		"TEEC_CloseSession",
		"TEEC_InvokeCommand",
		"TEEC_RegisterSharedMemory",
		"TEEC_RegisterSharedMemoryFileDescriptor",
		"TEEC_AllocateSharedMemory",
		"TEEC_ReleaseSharedMemory",
		"TEEC_RequestCancellation",
		"_dprintf",
		"dump_buffer",
	};
	void *handle = library();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_non_null(dlsym(handle, names[i]));
	}
	dlclose(handle);
}

static void nothing_else_is_exported(void **state)
{
	static const char *const names[] = {
		"context_get", "context_put",	   "shadow_take",	   "operation_encode",
		"device_open", "postern_back_end", "memory_size_is_valid", "store_be32",
	};
	void *handle = library();
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(dlsym(handle, names[i]));
	}
	dlclose(handle);
}

static void every_function_tolerates_null(void **state)
{
	TEEC_UUID uuid = { 0 };
	TEEC_Context context = { 0 };
	TEEC_Session session = { 0 };
	TEEC_SharedMemory memory = { 0 };
	uint32_t origin = 0;

	assert_int_equal(initialize(NULL, NULL), TEEC_ERROR_BAD_PARAMETERS);
	finalize(NULL);
	assert_int_equal(open_session(NULL, &session, &uuid, 0, NULL, NULL, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	assert_int_equal(open_session(&context, NULL, &uuid, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(open_session(&context, &session, NULL, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	close_session(NULL);
	assert_int_equal(invoke(NULL, 0, NULL, &origin), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	assert_int_equal(invoke(NULL, 0, NULL, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_memory(NULL, &memory), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_memory(&context, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_fd(NULL, &memory, 0), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_fd(&context, NULL, 0), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(allocate(NULL, &memory), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(allocate(&context, NULL), TEEC_ERROR_BAD_PARAMETERS);
	release(NULL);
	cancel(NULL);
}

static void zeroed_structures_are_nobodys(void **state)
{
	TEEC_UUID uuid = { 0 };
	TEEC_Context context = { 0 };
	TEEC_Session session = { 0 };
	TEEC_SharedMemory memory = { .buffer = &uuid, .size = 1, .flags = TEEC_MEM_INPUT };
	TEEC_Operation operation = { 0 };

	assert_int_equal(open_session(&context, &session, &uuid, 0, NULL, NULL, NULL),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(invoke(&session, 0, &operation, NULL), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(register_memory(&context, &memory), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(allocate(&context, &memory), TEEC_ERROR_BAD_PARAMETERS);
	cancel(&operation);
	close_session(&session);
	release(&memory);
	finalize(&context);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_soname_is_libteec_so_2),
		cmocka_unit_test(the_api_is_exported),
		cmocka_unit_test(nothing_else_is_exported),
		cmocka_unit_test(every_function_tolerates_null),
		cmocka_unit_test(zeroed_structures_are_nobodys),
	};

	return cmocka_run_group_tests_name("client/abi", tests, NULL, NULL);
}
