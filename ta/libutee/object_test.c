#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>

#include "ta/test/fake_kernel.h"

static const char id[] = "name";
static TEE_ObjectHandle object;
static uint32_t result;

static TEE_ObjectHandle number(uint32_t n)
{
	return (TEE_ObjectHandle)(uintptr_t)n;
}

static int setup(void **state)
{
	fake_kernel_reset();
	object = number(99);
	return 0;
}

/* Every result that a function may return, and no other. */
static void check_results(enum syscall_number call, void (*body)(void), const uint32_t *allowed,
			  size_t count)
{
	static const uint32_t all[] = {
		TEE_SUCCESS,
		TEE_ERROR_CORRUPT_OBJECT,
		TEE_ERROR_STORAGE_NOT_AVAILABLE,
		TEE_ERROR_GENERIC,
		TEE_ERROR_ACCESS_DENIED,
		TEE_ERROR_ACCESS_CONFLICT,
		TEE_ERROR_BAD_PARAMETERS,
		TEE_ERROR_BAD_STATE,
		TEE_ERROR_ITEM_NOT_FOUND,
		TEE_ERROR_NOT_SUPPORTED,
		TEE_ERROR_OUT_OF_MEMORY,
		TEE_ERROR_COMMUNICATION,
		TEE_ERROR_OVERFLOW,
		TEE_ERROR_STORAGE_NO_SPACE,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		bool returned = false;

		for (size_t j = 0; j < count; j++) {
			returned = returned || allowed[j] == all[i];
		}
		fake_kernel_answer(call, all[i]);
		if (returned) {
			body();
			assert_int_equal(result, all[i]);
		} else {
			assert_int_equal(fake_kernel_panic_of(body), all[i]);
		}
	}
}

#define CHECK_RESULTS(call, body, ...)                                                             \
	check_results(call, body, (const uint32_t[]){ TEE_SUCCESS, __VA_ARGS__ },                  \
		      sizeof((const uint32_t[]){ TEE_SUCCESS, __VA_ARGS__ }) / sizeof(uint32_t))

/* --- Opening and closing ---------------------------------------------------------------------- */

static uint32_t give_open(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(uint32_t *)fake_kernel_pointer(args[4]) = 5;
	return TEE_SUCCESS;
}

static uint32_t give_created(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(uint32_t *)fake_kernel_pointer(args[7]) = 6;
	return TEE_SUCCESS;
}

static void do_open(void)
{
	result = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id, 4, TEE_DATA_FLAG_ACCESS_READ,
					  &object);
}

static void objects_are_opened(void **state)
{
	const uint64_t *args = fake_kernel_args(SYSCALL_STORAGE_OBJ_OPEN);

	fake_kernel_set(SYSCALL_STORAGE_OBJ_OPEN, give_open);
	do_open();
	assert_ptr_equal(object, number(5));
	assert_int_equal(args[0], TEE_STORAGE_PRIVATE);
	assert_ptr_equal(fake_kernel_pointer(args[1]), id);
	assert_int_equal(args[2], 4);
	assert_int_equal(args[3], TEE_DATA_FLAG_ACCESS_READ);
}

static void what_cannot_be_opened_has_no_handle(void **state)
{
	fake_kernel_answer(SYSCALL_STORAGE_OBJ_OPEN, TEE_ERROR_ITEM_NOT_FOUND);
	do_open();
	assert_null(object);
}

static void opening_returns_what_it_may(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_OPEN, do_open, TEE_ERROR_ITEM_NOT_FOUND,
		      TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_CORRUPT_OBJECT,
		      TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void open_with_long_name(void)
{
	static const char name[65];

	TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, sizeof(name), 0, &object);
}

static void open_with_bad_name(void)
{
	TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, (void *)64, 1, 0, &object);
}

static void bad_names_panic(void **state)
{
	fake_kernel_panic_of(open_with_long_name);
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	fake_kernel_panic_of(open_with_bad_name);
	assert_int_equal(fake_kernel_calls(SYSCALL_STORAGE_OBJ_OPEN), 0);
}

static void do_create(void)
{
	result = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, 4, TEE_DATA_FLAG_OVERWRITE,
					    number(3), "data", 4, &object);
}

static void objects_are_created(void **state)
{
	const uint64_t *args = fake_kernel_args(SYSCALL_STORAGE_OBJ_CREATE);

	fake_kernel_set(SYSCALL_STORAGE_OBJ_CREATE, give_created);
	do_create();
	assert_ptr_equal(object, number(6));
	assert_int_equal(args[3], TEE_DATA_FLAG_OVERWRITE);
	assert_int_equal(args[4], 3);
	assert_memory_equal(fake_kernel_pointer(args[5]), "data", 4);
	assert_int_equal(args[6], 4);
}

static void creating_returns_what_it_may(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_CREATE, do_create, TEE_ERROR_ITEM_NOT_FOUND,
		      TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_OUT_OF_MEMORY,
		      TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_CORRUPT_OBJECT,
		      TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void what_nobody_wants_is_created_and_closed(void **state)
{
	fake_kernel_set(SYSCALL_STORAGE_OBJ_CREATE, give_created);
	fake_kernel_answer(SYSCALL_CRYP_OBJ_CLOSE, TEE_SUCCESS);
	assert_int_equal(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, id, 4, 0, TEE_HANDLE_NULL,
						    NULL, 0, NULL),
			 TEE_SUCCESS);
	assert_int_equal(fake_kernel_args(SYSCALL_CRYP_OBJ_CLOSE)[0], 6);
}

static void close_unknown(void)
{
	TEE_CloseObject(number(8));
}

static void objects_are_closed(void **state)
{
	TEE_CloseObject(TEE_HANDLE_NULL);
	fake_kernel_answer(SYSCALL_CRYP_OBJ_CLOSE, TEE_SUCCESS);
	TEE_CloseObject(number(5));
	assert_int_equal(fake_kernel_args(SYSCALL_CRYP_OBJ_CLOSE)[0], 5);
	assert_int_equal(fake_kernel_calls(SYSCALL_CRYP_OBJ_CLOSE), 1);
	fake_kernel_answer(SYSCALL_CRYP_OBJ_CLOSE, TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_kernel_panic_of(close_unknown), TEE_ERROR_BAD_PARAMETERS);
}

static void do_delete(void)
{
	result = TEE_CloseAndDeletePersistentObject1(number(5));
}

static void delete_for_sure(void)
{
	TEE_CloseAndDeletePersistentObject(number(5));
}

static void objects_are_deleted(void **state)
{
	assert_int_equal(TEE_CloseAndDeletePersistentObject1(TEE_HANDLE_NULL), TEE_SUCCESS);
	TEE_CloseAndDeletePersistentObject(TEE_HANDLE_NULL);
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_DEL, do_delete, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	fake_kernel_answer(SYSCALL_STORAGE_OBJ_DEL, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	fake_kernel_panic_of(delete_for_sure);
}

static void do_rename(void)
{
	result = TEE_RenamePersistentObject(number(5), id, 4);
}

static void objects_are_renamed(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_RENAME, do_rename, TEE_ERROR_ACCESS_CONFLICT,
		      TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(fake_kernel_args(SYSCALL_STORAGE_OBJ_RENAME)[0], 5);
	assert_ptr_equal(fake_kernel_pointer(fake_kernel_args(SYSCALL_STORAGE_OBJ_RENAME)[1]), id);
}

/* --- Information ------------------------------------------------------------------------------ */

static TEE_ObjectInfo info;
static uint32_t info_result;

static uint32_t give_info(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(struct utee_object_info *)fake_kernel_pointer(args[1]) =
		(struct utee_object_info){ 1, 2, 3, 4, 5, 6, 7 };
	return info_result;
}

static void information_is_copied(void **state)
{
	fake_kernel_set(SYSCALL_CRYP_OBJ_GET_INFO, give_info);
	info_result = TEE_SUCCESS;
	assert_int_equal(TEE_GetObjectInfo1(number(5), &info), TEE_SUCCESS);
	assert_int_equal(info.objectType, 1);
	assert_int_equal(info.objectSize, 2);
	assert_int_equal(info.maxObjectSize, 3);
	assert_int_equal(info.objectUsage, 4);
	assert_int_equal(info.dataSize, 5);
	assert_int_equal(info.dataPosition, 6);
	assert_int_equal(info.handleFlags, 7);
}

static void do_info(void)
{
	result = TEE_GetObjectInfo1(number(5), &info);
}

static void information_returns_what_it_may(void **state)
{
	CHECK_RESULTS(SYSCALL_CRYP_OBJ_GET_INFO, do_info, TEE_ERROR_CORRUPT_OBJECT,
		      TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void information_of_a_corrupt_object_is_its_type(void **state)
{
	fake_kernel_set(SYSCALL_CRYP_OBJ_GET_INFO, give_info);
	info_result = TEE_ERROR_CORRUPT_OBJECT;
	TEE_GetObjectInfo(number(5), &info);
	assert_int_equal(info.objectType, 1);
	assert_int_equal(info.dataSize, 0);
}

/* --- Enumerators ------------------------------------------------------------------------------ */

static TEE_ObjectEnumHandle enumerator;
static char found_id[TEE_OBJECT_ID_MAX_LEN];
static size_t found_size;

static uint32_t give_enumerator(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(uint32_t *)fake_kernel_pointer(args[0]) = 9;
	return TEE_SUCCESS;
}

static uint32_t give_next(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(struct utee_object_info *)fake_kernel_pointer(args[1]) =
		(struct utee_object_info){ .data_size = 11, .data_pos = 12 };
	memcpy(fake_kernel_pointer(args[2]), "found", 5);
	*(uint64_t *)fake_kernel_pointer(args[3]) = 5;
	return TEE_SUCCESS;
}

static void do_start(void)
{
	result = TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE);
}

static void do_next(void)
{
	result = TEE_GetNextPersistentObject(enumerator, NULL, found_id, &found_size);
}

static void objects_are_enumerated(void **state)
{
	fake_kernel_set(SYSCALL_STORAGE_ENUM_ALLOC, give_enumerator);
	fake_kernel_answer(SYSCALL_STORAGE_ENUM_RESET, TEE_SUCCESS);
	fake_kernel_answer(SYSCALL_STORAGE_ENUM_FREE, TEE_SUCCESS);
	fake_kernel_set(SYSCALL_STORAGE_ENUM_NEXT, give_next);

	assert_int_equal(TEE_AllocatePersistentObjectEnumerator(&enumerator), TEE_SUCCESS);
	assert_int_equal(TEE_GetNextPersistentObject(enumerator, &info, found_id, &found_size),
			 TEE_SUCCESS);
	assert_int_equal(fake_kernel_args(SYSCALL_STORAGE_ENUM_NEXT)[0], 9);
	assert_memory_equal(found_id, "found", 5);
	assert_int_equal(found_size, 5);
	assert_int_equal(info.dataSize, 11);
	assert_int_equal(info.dataPosition, 0);
	TEE_ResetPersistentObjectEnumerator(enumerator);
	TEE_FreePersistentObjectEnumerator(enumerator);
	TEE_ResetPersistentObjectEnumerator(TEE_HANDLE_NULL);
	TEE_FreePersistentObjectEnumerator(TEE_HANDLE_NULL);
	assert_int_equal(fake_kernel_calls(SYSCALL_STORAGE_ENUM_RESET), 1);
	assert_int_equal(fake_kernel_calls(SYSCALL_STORAGE_ENUM_FREE), 1);
}

static void enumerating_returns_what_it_may(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_ENUM_START, do_start, TEE_ERROR_ITEM_NOT_FOUND,
		      TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
	CHECK_RESULTS(SYSCALL_STORAGE_ENUM_NEXT, do_next, TEE_ERROR_ITEM_NOT_FOUND,
		      TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void next_without_a_place_for_the_name(void)
{
	TEE_GetNextPersistentObject(enumerator, &info, NULL, &found_size);
}

static void a_place_for_the_name_is_needed(void **state)
{
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	fake_kernel_panic_of(next_without_a_place_for_the_name);
}

/* --- Data ------------------------------------------------------------------------------------- */

static char buffer[16];
static size_t count;

static uint32_t give_data(const uint64_t args[SYSCALL_ARGS_MAX])
{
	memcpy(fake_kernel_pointer(args[1]), "content", 7);
	*(uint64_t *)fake_kernel_pointer(args[3]) = 7;
	return TEE_SUCCESS;
}

static void do_read(void)
{
	result = TEE_ReadObjectData(number(5), buffer, sizeof(buffer), &count);
}

static void do_write(void)
{
	result = TEE_WriteObjectData(number(5), "data", 4);
}

static void do_truncate(void)
{
	result = TEE_TruncateObjectData(number(5), 4);
}

static void data_is_read(void **state)
{
	fake_kernel_set(SYSCALL_STORAGE_OBJ_READ, give_data);
	do_read();
	assert_int_equal(count, 7);
	assert_memory_equal(buffer, "content", 7);
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_READ, do_read, TEE_ERROR_CORRUPT_OBJECT,
		      TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void data_is_written(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_WRITE, do_write, TEE_ERROR_STORAGE_NO_SPACE,
		      TEE_ERROR_OVERFLOW, TEE_ERROR_CORRUPT_OBJECT,
		      TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_memory_equal(fake_kernel_pointer(fake_kernel_args(SYSCALL_STORAGE_OBJ_WRITE)[1]),
			    "data", 4);
	assert_int_equal(TEE_WriteObjectData(number(5), buffer, (size_t)TEE_DATA_MAX_POSITION + 1),
			 TEE_ERROR_OVERFLOW);
}

static void data_is_truncated(void **state)
{
	CHECK_RESULTS(SYSCALL_STORAGE_OBJ_TRUNC, do_truncate, TEE_ERROR_STORAGE_NO_SPACE,
		      TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

/* An object of 1000 bytes whose position is 100; where it is then. */
static int64_t position;

static uint32_t give_seek_info(const uint64_t args[SYSCALL_ARGS_MAX])
{
	*(struct utee_object_info *)fake_kernel_pointer(args[1]) =
		(struct utee_object_info){ .data_size = 1000, .data_pos = (uint32_t)position };
	return TEE_SUCCESS;
}

static uint32_t seek(const uint64_t args[SYSCALL_ARGS_MAX])
{
	int64_t base = args[2] == TEE_DATA_SEEK_SET   ? 0
		       : args[2] == TEE_DATA_SEEK_CUR ? position
						      : 1000;

	assert_in_range((int32_t)args[1] - (int64_t)INT32_MIN, 0, UINT32_MAX);
	position = base + (int64_t)args[1];
	position = position < 0 ? 0 : position;
	return position > UINT32_MAX ? TEE_ERROR_OVERFLOW : TEE_SUCCESS;
}

static void seek_and_check(intmax_t offset, TEE_Whence whence, uint32_t expected, int64_t where)
{
	fake_kernel_set(SYSCALL_CRYP_OBJ_GET_INFO, give_seek_info);
	fake_kernel_set(SYSCALL_STORAGE_OBJ_SEEK, seek);
	position = 100;
	assert_int_equal(TEE_SeekObjectData(number(5), offset, whence), expected);
	assert_int_equal(position, where);
}

static void positions_are_found(void **state)
{
	seek_and_check(0, TEE_DATA_SEEK_SET, TEE_SUCCESS, 0);
	seek_and_check(50, TEE_DATA_SEEK_SET, TEE_SUCCESS, 50);
	seek_and_check(50, TEE_DATA_SEEK_CUR, TEE_SUCCESS, 150);
	seek_and_check(-50, TEE_DATA_SEEK_CUR, TEE_SUCCESS, 50);
	seek_and_check(-50, TEE_DATA_SEEK_END, TEE_SUCCESS, 950);
	seek_and_check(50, TEE_DATA_SEEK_END, TEE_SUCCESS, 1050);
}

static void nothing_is_before_the_beginning(void **state)
{
	seek_and_check(-1, TEE_DATA_SEEK_SET, TEE_SUCCESS, 0);
	seek_and_check(-101, TEE_DATA_SEEK_CUR, TEE_SUCCESS, 0);
	seek_and_check(INTMAX_MIN, TEE_DATA_SEEK_END, TEE_SUCCESS, 0);
}

static void far_positions_are_reached(void **state)
{
	seek_and_check(INT32_MAX, TEE_DATA_SEEK_SET, TEE_SUCCESS, INT32_MAX);
	seek_and_check(UINT32_MAX, TEE_DATA_SEEK_SET, TEE_SUCCESS, UINT32_MAX);
	seek_and_check((int64_t)UINT32_MAX - 100, TEE_DATA_SEEK_CUR, TEE_SUCCESS, UINT32_MAX);
	seek_and_check((int64_t)UINT32_MAX - 1000, TEE_DATA_SEEK_END, TEE_SUCCESS, UINT32_MAX);
}

static void too_far_is_an_overflow_and_changes_nothing(void **state)
{
	seek_and_check((int64_t)UINT32_MAX + 1, TEE_DATA_SEEK_SET, TEE_ERROR_OVERFLOW, 100);
	seek_and_check((int64_t)UINT32_MAX - 99, TEE_DATA_SEEK_CUR, TEE_ERROR_OVERFLOW, 100);
	seek_and_check((int64_t)UINT32_MAX - 999, TEE_DATA_SEEK_END, TEE_ERROR_OVERFLOW, 100);
	seek_and_check(INTMAX_MAX, TEE_DATA_SEEK_CUR, TEE_ERROR_OVERFLOW, 100);
}

static void seek_from_nowhere(void)
{
	TEE_SeekObjectData(number(5), 0, 3);
}

static void seeking_from_nowhere_panics(void **state)
{
	fake_kernel_panic_of(seek_from_nowhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(objects_are_opened, setup),
		cmocka_unit_test_setup(what_cannot_be_opened_has_no_handle, setup),
		cmocka_unit_test_setup(opening_returns_what_it_may, setup),
		cmocka_unit_test_setup(bad_names_panic, setup),
		cmocka_unit_test_setup(objects_are_created, setup),
		cmocka_unit_test_setup(creating_returns_what_it_may, setup),
		cmocka_unit_test_setup(what_nobody_wants_is_created_and_closed, setup),
		cmocka_unit_test_setup(objects_are_closed, setup),
		cmocka_unit_test_setup(objects_are_deleted, setup),
		cmocka_unit_test_setup(objects_are_renamed, setup),
		cmocka_unit_test_setup(information_is_copied, setup),
		cmocka_unit_test_setup(information_returns_what_it_may, setup),
		cmocka_unit_test_setup(information_of_a_corrupt_object_is_its_type, setup),
		cmocka_unit_test_setup(objects_are_enumerated, setup),
		cmocka_unit_test_setup(enumerating_returns_what_it_may, setup),
		cmocka_unit_test_setup(a_place_for_the_name_is_needed, setup),
		cmocka_unit_test_setup(data_is_read, setup),
		cmocka_unit_test_setup(data_is_written, setup),
		cmocka_unit_test_setup(data_is_truncated, setup),
		cmocka_unit_test_setup(positions_are_found, setup),
		cmocka_unit_test_setup(nothing_is_before_the_beginning, setup),
		cmocka_unit_test_setup(far_positions_are_reached, setup),
		cmocka_unit_test_setup(too_far_is_an_overflow_and_changes_nothing, setup),
		cmocka_unit_test_setup(seeking_from_nowhere_panics, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/object", tests, NULL, NULL);
}
