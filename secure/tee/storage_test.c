/* Promises of secure/tee/storage.h: what a TA sees of its persistent objects through the system
 * calls, and what is in the normal world meanwhile. All of it runs on one secure thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/syscall.h"
#include "abi/tee_api_defines_extensions.h"
#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/core/thread.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/fake_rpc.h"
#include "secure/tee/instance.h"
#include "secure/tee/seal.h"
#include "secure/tee/storage.h"

#define READ	    TEE_DATA_FLAG_ACCESS_READ
#define WRITE	    TEE_DATA_FLAG_ACCESS_WRITE
#define META	    TEE_DATA_FLAG_ACCESS_WRITE_META
#define SHARE_READ  TEE_DATA_FLAG_SHARE_READ
#define SHARE_WRITE TEE_DATA_FLAG_SHARE_WRITE
#define OVERWRITE   TEE_DATA_FLAG_OVERWRITE
#define ALL	    (READ | WRITE | META)
#define SHARED	    (READ | WRITE | SHARE_READ | SHARE_WRITE)

/* --- a TA --- */

#define PRIVATE_PAGES 24u
#define SHARED_SIZE   8192u

/* Places in a TA's private memory. */
#define AT_RESULT 0u
#define AT_ID	  64u
#define AT_INFO	  256u
#define AT_DATA	  PORT_PAGE_SIZE
#define DATA_MAX  ((PRIVATE_PAGES - 1) * PORT_PAGE_SIZE)

struct ta {
	struct instance instance;
	struct caller caller;
	uint64_t private;
	uint64_t shared;
	struct shm *shm;
};

static const TEE_UUID uuid_one = { 1, 2, 3, { 4 } };
static const TEE_UUID uuid_two = { 9, 2, 3, { 4 } };

/* The first two are of one TA, the third is of another. */
static struct ta ta[3];

static void ta_start(struct ta *t, const TEE_UUID *uuid)
{
	memset(t, 0, sizeof(*t));
	t->instance.uuid = *uuid;
	t->instance.space = space_create("ta");
	assert_non_null(t->instance.space);
	t->instance.objects = storage_handles_create();
	assert_non_null(t->instance.objects);
	t->caller.instance = &t->instance;
	assert_int_equal(space_map(t->instance.space, &t->private, PRIVATE_PAGES,
				   PORT_ACCESS_READ | PORT_ACCESS_WRITE),
			 TEE_SUCCESS);
	t->shm = fake_shm(SHARED_SIZE);
	assert_int_equal(space_map_shm(t->instance.space, t->shm, 0, SHARED_SIZE,
				       PORT_ACCESS_READ | PORT_ACCESS_WRITE, &t->shared),
			 TEE_SUCCESS);
}

static void ta_stop(struct ta *t)
{
	if (t->instance.space != NULL) {
		storage_handles_destroy(t->instance.objects);
		space_destroy(t->instance.space);
		shm_put(t->shm);
		t->instance.space = NULL;
	}
}

static int setup(void **state)
{
	fake_reset();
	fake_rpc_reset();
	fake_device_key = 0x11;
	storage_init();
	ta_start(&ta[0], &uuid_one);
	ta_start(&ta[1], &uuid_one);
	ta_start(&ta[2], &uuid_two);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < array_size(ta); i++) {
		ta_stop(&ta[i]);
	}
	assert_int_equal(storage_open_objects(), 0);
	assert_int_equal(fake.pages_live, 0);
	fake_rpc_reset();
	return 0;
}

/* After the normal world has failed it may be that files of its own are left open. */
static int teardown_after_failures(void **state)
{
	for (size_t i = 0; i < array_size(ta); i++) {
		ta_stop(&ta[i]);
	}
	assert_int_equal(storage_open_objects(), 0);
	assert_int_equal(fake.pages_live, 0);
	fake_rpc_forget();
	fake_rpc_reset();
	return 0;
}

static void *ta_at(struct ta *t, uint64_t place)
{
	return (uint8_t *)space_address(t->instance.space, t->private, 1) + place;
}

static uint32_t ta_number(struct ta *t)
{
	return load_le32(ta_at(t, AT_RESULT));
}

/* --- its system calls --- */

static uint64_t put_id(struct ta *t, const char *id)
{
	memcpy(ta_at(t, AT_ID), id, strlen(id));
	return t->private + AT_ID;
}

static TEE_Result open_in(struct ta *t, uint64_t storage, const char *id, uint64_t flags,
			  uint32_t *number)
{
	const uint64_t args[8] = { storage, put_id(t, id), strlen(id), flags,
				   t->private + AT_RESULT };
	TEE_Result res = storage_sys_open(&t->caller, args);

	*number = ta_number(t);
	return res;
}

static TEE_Result open(struct ta *t, const char *id, uint64_t flags, uint32_t *number)
{
	return open_in(t, TEE_STORAGE_PRIVATE, id, flags, number);
}

static TEE_Result create_in(struct ta *t, uint64_t storage, const char *id, uint64_t flags,
			    const void *data, size_t size, uint32_t *number)
{
	const uint64_t args[8] = {
		storage, put_id(t, id),	       strlen(id), flags,
		0,	 t->private + AT_DATA, size,	   t->private + AT_RESULT,
	};
	TEE_Result res;

	assert_true(size <= DATA_MAX);
	memcpy(ta_at(t, AT_DATA), data, size);
	res = storage_sys_create(&t->caller, args);
	*number = ta_number(t);
	return res;
}

static TEE_Result create(struct ta *t, const char *id, uint64_t flags, const char *data,
			 uint32_t *number)
{
	return create_in(t, TEE_STORAGE_PRIVATE, id, flags, data, strlen(data), number);
}

static TEE_Result call1(struct ta *t, syscall_handler handler, uint64_t a)
{
	const uint64_t args[8] = { a };

	return handler(&t->caller, args);
}

static TEE_Result call2(struct ta *t, syscall_handler handler, uint64_t a, uint64_t b)
{
	const uint64_t args[8] = { a, b };

	return handler(&t->caller, args);
}

static TEE_Result close_object(struct ta *t, uint32_t number)
{
	return call1(t, storage_sys_close, number);
}

static TEE_Result read_some(struct ta *t, uint32_t number, size_t size, uint64_t *count)
{
	const uint64_t args[8] = { number, t->private + AT_DATA, size, t->private + AT_RESULT };
	TEE_Result res = storage_sys_read(&t->caller, args);

	*count = load_le64(ta_at(t, AT_RESULT));
	return res;
}

static TEE_Result write_bytes(struct ta *t, uint32_t number, const void *data, size_t size)
{
	const uint64_t args[8] = { number, t->private + AT_DATA, size };

	assert_true(size <= DATA_MAX);
	memcpy(ta_at(t, AT_DATA), data, size);
	return storage_sys_write(&t->caller, args);
}

static TEE_Result write_text(struct ta *t, uint32_t number, const char *text)
{
	return write_bytes(t, number, text, strlen(text));
}

static TEE_Result seek(struct ta *t, uint32_t number, int32_t offset, uint32_t whence)
{
	/* As a register holds it: the upper half is not the callee's to rely on. */
	const uint64_t args[8] = { number, 0xdead00000000ull | (uint32_t)offset, whence };

	return storage_sys_seek(&t->caller, args);
}

static TEE_Result rename_to(struct ta *t, uint32_t number, const char *id)
{
	const uint64_t args[8] = { number, put_id(t, id), strlen(id) };

	return storage_sys_rename(&t->caller, args);
}

static struct utee_object_info info_of(struct ta *t, uint32_t number)
{
	struct utee_object_info info;

	assert_int_equal(call2(t, storage_sys_get_info, number, t->private + AT_INFO), TEE_SUCCESS);
	memcpy(&info, ta_at(t, AT_INFO), sizeof(info));
	return info;
}

/* --- in short --- */

static uint32_t must_open(struct ta *t, const char *id, uint64_t flags)
{
	uint32_t number;

	assert_int_equal(open(t, id, flags, &number), TEE_SUCCESS);
	return number;
}

static uint32_t must_create(struct ta *t, const char *id, uint64_t flags, const char *data)
{
	uint32_t number;

	assert_int_equal(create(t, id, flags, data, &number), TEE_SUCCESS);
	return number;
}

static void must_close(struct ta *t, uint32_t number)
{
	assert_int_equal(close_object(t, number), TEE_SUCCESS);
}

static void put(struct ta *t, const char *id, const char *data)
{
	must_close(t, must_create(t, id, META, data));
}

/* All of the object from its beginning is `size` bytes of `data`. */
static void assert_holds(struct ta *t, uint32_t number, const void *data, size_t size)
{
	uint64_t count;

	assert_int_equal(seek(t, number, 0, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(read_some(t, number, DATA_MAX, &count), TEE_SUCCESS);
	assert_int_equal(count, size);
	assert_memory_equal(ta_at(t, AT_DATA), data, size);
}

static void assert_stored(struct ta *t, const char *id, const char *data)
{
	uint32_t number = must_open(t, id, READ | SHARE_READ);

	assert_holds(t, number, data, strlen(data));
	must_close(t, number);
}

static void assert_missing(struct ta *t, const char *id)
{
	uint32_t number;

	assert_int_equal(open(t, id, READ, &number), TEE_ERROR_ITEM_NOT_FOUND);
}

/* --- create and open --- */

static void what_was_created_is_found_again(void **state)
{
	put(&ta[0], "vault", "gold");
	assert_int_equal(storage_open_objects(), 0);
	assert_int_equal(fake_files(), 1);
	assert_stored(&ta[0], "vault", "gold");
	assert_stored(&ta[1], "vault", "gold");
}

static void an_object_is_described(void **state)
{
	uint32_t number = must_create(&ta[0], "vault", READ | WRITE | SHARE_READ, "gold");
	struct utee_object_info info;

	assert_int_equal(seek(&ta[0], number, 3, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	info = info_of(&ta[0], number);
	assert_int_equal(info.obj_type, TEE_TYPE_DATA);
	assert_int_equal(info.obj_size, 0);
	assert_int_equal(info.max_obj_size, 0);
	assert_int_equal(info.obj_usage, 0xffffffffu);
	assert_int_equal(info.data_size, 4);
	assert_int_equal(info.data_pos, 3);
	assert_int_equal(info.handle_flags, TEE_HANDLE_FLAG_PERSISTENT |
						    TEE_HANDLE_FLAG_INITIALIZED | READ | WRITE |
						    SHARE_READ);
	must_close(&ta[0], number);
}

static void another_ta_has_objects_of_its_own(void **state)
{
	put(&ta[0], "vault", "gold");
	assert_missing(&ta[2], "vault");
	put(&ta[2], "vault", "tin");
	assert_stored(&ta[0], "vault", "gold");
	assert_stored(&ta[2], "vault", "tin");
}

static void both_names_of_the_storage_mean_the_same(void **state)
{
	uint32_t number;

	assert_int_equal(create_in(&ta[0], TEE_STORAGE_PRIVATE_REE, "x", ALL, "a", 1, &number),
			 TEE_SUCCESS);
	must_close(&ta[0], number);
	assert_int_equal(open_in(&ta[0], TEE_STORAGE_PRIVATE, "x", READ, &number), TEE_SUCCESS);
	must_close(&ta[0], number);
}

static void another_storage_is_not_there(void **state)
{
	static const uint64_t storages[] = { 0, 2, TEE_STORAGE_PRIVATE_RPMB + 1,
					     1ull << 32 | TEE_STORAGE_PRIVATE, UINT64_MAX };
	uint32_t number;

	for (size_t i = 0; i < array_size(storages); i++) {
		assert_int_equal(open_in(&ta[0], storages[i], "x", READ, &number),
				 TEE_ERROR_ITEM_NOT_FOUND);
		assert_int_equal(create_in(&ta[0], storages[i], "x", READ, "a", 1, &number),
				 TEE_ERROR_ITEM_NOT_FOUND);
	}
	assert_int_equal(fake_rpc_requests(), 0);
}

static void ids_are_of_0_to_64_bytes(void **state)
{
	char longest[66];
	uint32_t number;

	put(&ta[0], "", "no id");
	assert_stored(&ta[0], "", "no id");
	memset(longest, 'x', sizeof(longest));
	longest[64] = '\0';
	put(&ta[0], longest, "long id");
	assert_stored(&ta[0], longest, "long id");
	longest[64] = 'x';
	longest[65] = '\0';
	assert_int_equal(create(&ta[0], longest, ALL, "", &number), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(open(&ta[0], longest, ALL, &number), TEE_ERROR_BAD_PARAMETERS);
}

static void an_id_in_shared_memory_is_refused(void **state)
{
	uint32_t number = must_create(&ta[0], "x", ALL, "");
	const uint64_t result = ta[0].private + AT_RESULT;
	const uint64_t opening[8] = { TEE_STORAGE_PRIVATE, ta[0].shared, 1, READ, result };
	const uint64_t creating[8] = {
		TEE_STORAGE_PRIVATE, ta[0].shared, 1, READ, 0, 0, 0, result
	};
	const uint64_t renaming[8] = { number, ta[0].shared, 1 };

	assert_int_equal(storage_sys_open(&ta[0].caller, opening), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_create(&ta[0].caller, creating), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_rename(&ta[0].caller, renaming), TEE_ERROR_ACCESS_DENIED);
	must_close(&ta[0], number);
}

static void results_outside_the_tas_memory_are_refused_before_anything_is_done(void **state)
{
	static const uint64_t wild[] = { 0, 1, UINT64_MAX - 3 };
	const uint64_t id = put_id(&ta[0], "x");

	for (size_t i = 0; i < array_size(wild); i++) {
		const uint64_t opening[8] = { TEE_STORAGE_PRIVATE, id, 1, READ, wild[i] };
		const uint64_t creating[8] = { TEE_STORAGE_PRIVATE, id, 1, READ, 0, 0, 0, wild[i] };

		assert_int_equal(storage_sys_open(&ta[0].caller, opening), TEE_ERROR_ACCESS_DENIED);
		assert_int_equal(storage_sys_create(&ta[0].caller, creating),
				 TEE_ERROR_ACCESS_DENIED);
		assert_int_equal(call1(&ta[0], storage_sys_enum_alloc, wild[i]),
				 TEE_ERROR_ACCESS_DENIED);
	}
	assert_int_equal(fake_rpc_requests(), 0);
}

static void unknown_flags_are_refused(void **state)
{
	static const uint64_t flags[] = { 0x8, 0x40, 0x800, 0x80000000, 1ull << 32 };
	uint32_t number;

	for (size_t i = 0; i < array_size(flags); i++) {
		assert_int_equal(open(&ta[0], "x", flags[i], &number), TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(create(&ta[0], "x", flags[i], "", &number),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_int_equal(open(&ta[0], "x", OVERWRITE, &number), TEE_ERROR_BAD_PARAMETERS);
}

static void an_object_that_is_there_is_overwritten_only_on_demand(void **state)
{
	uint32_t number;

	put(&ta[0], "x", "old");
	assert_int_equal(create(&ta[0], "x", ALL, "new", &number), TEE_ERROR_ACCESS_CONFLICT);
	assert_stored(&ta[0], "x", "old");
	assert_int_equal(fake_files(), 1);
	must_close(&ta[0], must_create(&ta[0], "x", ALL | OVERWRITE, "new"));
	assert_stored(&ta[0], "x", "new");
	assert_int_equal(fake_files(), 1);
}

static void an_object_that_is_open_is_created_anew_only_on_demand_and_if_it_is_shared(void **state)
{
	uint32_t first = must_create(&ta[0], "x", SHARED, "old");
	uint32_t number;

	assert_int_equal(create(&ta[1], "x", SHARED, "new", &number), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(create(&ta[1], "x", ALL | OVERWRITE, "new", &number),
			 TEE_ERROR_ACCESS_CONFLICT);
	assert_holds(&ta[0], first, "old", 3);
	number = must_create(&ta[1], "x", SHARED | OVERWRITE, "newer");
	assert_holds(&ta[0], first, "newer", 5);
	must_close(&ta[0], first);
	assert_holds(&ta[1], number, "newer", 5);
	must_close(&ta[1], number);
}

static void usage_is_taken_from_the_object_that_is_named(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | SHARE_READ, "");
	uint64_t args[8] = { TEE_STORAGE_PRIVATE,      put_id(&ta[0], "y"), 1, ALL, number, 0, 0,
			     ta[0].private + AT_RESULT };

	assert_int_equal(storage_sys_create(&ta[0].caller, args), TEE_SUCCESS);
	assert_int_equal(info_of(&ta[0], ta_number(&ta[0])).obj_type, TEE_TYPE_DATA);
	args[4] = 0x1234;
	args[3] |= OVERWRITE;
	assert_int_equal(storage_sys_create(&ta[0].caller, args), TEE_ERROR_BAD_PARAMETERS);
}

static void data_that_is_not_the_tas_to_read_is_refused(void **state)
{
	const uint64_t args[8] = {
		TEE_STORAGE_PRIVATE,	  put_id(&ta[0], "y"), 1, ALL, 0, 0x10, 4,
		ta[0].private + AT_RESULT
	};

	assert_int_equal(storage_sys_create(&ta[0].caller, args), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fake_rpc_requests(), 0);
}

/* --- sharing --- */

static void sharing_needs_both_sides_to_agree(void **state)
{
	static const struct {
		uint32_t first, second;
		bool agree;
	} pairs[] = {
		{ READ, READ, false },
		{ READ | SHARE_READ, READ | SHARE_READ, true },
		{ READ | SHARE_READ, READ, false },
		{ READ, READ | SHARE_READ, false },
		{ READ | SHARE_READ, SHARE_READ, true },
		{ READ | SHARE_READ, READ | SHARE_READ | SHARE_WRITE, false },
		{ WRITE | SHARE_WRITE, WRITE | SHARE_WRITE, true },
		{ WRITE | SHARE_READ, WRITE | SHARE_READ, false },
		{ READ | SHARE_WRITE, SHARE_WRITE, false },
		{ WRITE | SHARE_WRITE | SHARE_READ, READ | SHARE_WRITE | SHARE_READ, true },
		{ SHARED, SHARED, true },
		{ SHARED, SHARED | META, false },
		{ SHARED | META, SHARED, false },
		{ 0, 0, true },
		{ 0, SHARE_READ, false },
		{ SHARE_WRITE, 0, false },
		{ META, 0, false },
	};

	put(&ta[0], "x", "data");
	for (size_t i = 0; i < array_size(pairs); i++) {
		uint32_t first = must_open(&ta[0], "x", pairs[i].first);
		uint32_t second;
		TEE_Result res = open(&ta[1], "x", pairs[i].second, &second);

		assert_int_equal(res, pairs[i].agree ? TEE_SUCCESS : TEE_ERROR_ACCESS_CONFLICT);
		if (pairs[i].agree) {
			must_close(&ta[1], second);
		}
		must_close(&ta[0], first);
	}
}

static void a_third_has_to_agree_with_all(void **state)
{
	uint32_t reader = must_create(&ta[0], "x", READ | SHARE_READ, "data");
	uint32_t looker = must_open(&ta[1], "x", SHARE_READ);
	uint32_t number;

	assert_int_equal(open(&ta[0], "x", WRITE | SHARE_READ, &number), TEE_ERROR_ACCESS_CONFLICT);
	must_close(&ta[0], reader);
	assert_int_equal(open(&ta[0], "x", META | SHARE_READ, &number), TEE_ERROR_ACCESS_CONFLICT);
	must_close(&ta[1], looker);
	must_close(&ta[0], must_open(&ta[0], "x", META | SHARE_READ));
}

static void handles_of_one_object_see_each_others_writes(void **state)
{
	uint32_t first = must_create(&ta[0], "x", SHARED, "");
	uint32_t second = must_open(&ta[1], "x", SHARED);

	assert_int_equal(storage_open_objects(), 1);
	assert_int_equal(write_text(&ta[0], first, "hello"), TEE_SUCCESS);
	assert_holds(&ta[1], second, "hello", 5);
	assert_int_equal(info_of(&ta[0], first).data_pos, 5);
	assert_int_equal(write_text(&ta[1], second, "!"), TEE_SUCCESS);
	assert_holds(&ta[0], first, "hello!", 6);
	must_close(&ta[0], first);
	assert_int_equal(storage_open_objects(), 1);
	must_close(&ta[1], second);
	assert_int_equal(storage_open_objects(), 0);
}

static void an_object_of_another_ta_is_never_in_the_way(void **state)
{
	uint32_t first = must_create(&ta[0], "x", ALL, "");
	uint32_t second = must_create(&ta[2], "x", ALL, "");

	assert_int_equal(storage_open_objects(), 2);
	must_close(&ta[0], first);
	must_close(&ta[2], second);
}

/* --- read, write, truncate, seek --- */

static void reading_moves_on_and_ends_at_the_end(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ, "abcdef");
	uint64_t count;

	assert_int_equal(read_some(&ta[0], number, 4, &count), TEE_SUCCESS);
	assert_int_equal(count, 4);
	assert_memory_equal(ta_at(&ta[0], AT_DATA), "abcd", 4);
	assert_int_equal(read_some(&ta[0], number, 4, &count), TEE_SUCCESS);
	assert_int_equal(count, 2);
	assert_memory_equal(ta_at(&ta[0], AT_DATA), "ef", 2);
	assert_int_equal(read_some(&ta[0], number, 4, &count), TEE_SUCCESS);
	assert_int_equal(count, 0);
	assert_int_equal(seek(&ta[0], number, 1000, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(read_some(&ta[0], number, 4, &count), TEE_SUCCESS);
	assert_int_equal(count, 0);
	assert_int_equal(info_of(&ta[0], number).data_pos, 1000);
	must_close(&ta[0], number);
}

static void data_may_be_in_shared_memory(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "");
	uint64_t args[8] = { number, ta[0].shared + 5, 3, ta[0].private + AT_RESULT };
	char text[3];

	assert_true(shm_copy_out(ta[0].shm, 5, "abc", 3));
	assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_SUCCESS);
	assert_int_equal(seek(&ta[0], number, 0, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	args[1] = ta[0].shared + 100;
	assert_int_equal(storage_sys_read(&ta[0].caller, args), TEE_SUCCESS);
	assert_true(shm_copy_in(ta[0].shm, 100, text, 3));
	assert_memory_equal(text, "abc", 3);
	must_close(&ta[0], number);
}

static void access_that_was_not_asked_for_is_a_conflict(void **state)
{
	uint32_t number = must_create(&ta[0], "x", WRITE, "abc");
	uint64_t count;

	assert_int_equal(read_some(&ta[0], number, 1, &count), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(call1(&ta[0], storage_sys_delete, number), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(rename_to(&ta[0], number, "y"), TEE_ERROR_BAD_STATE);
	must_close(&ta[0], number);
	number = must_open(&ta[0], "x", READ);
	assert_int_equal(write_text(&ta[0], number, "x"), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(call2(&ta[0], storage_sys_truncate, number, 0), TEE_ERROR_ACCESS_CONFLICT);
	assert_holds(&ta[0], number, "abc", 3);
	must_close(&ta[0], number);
}

static void memory_that_is_not_the_tas_is_refused(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abc");
	const uint64_t result = ta[0].private + AT_RESULT;
	const uint64_t data = ta[0].private + AT_DATA;
	const uint64_t wild[8] = { number, 0x10, 2, result };
	const uint64_t wild_count[8] = { number, data, 2, 0x10 };
	const uint64_t shared_count[8] = { number, data, 2, ta[0].shared };
	const uint64_t beyond[8] = { number, data, DATA_MAX + 1, result };

	assert_int_equal(storage_sys_read(&ta[0].caller, wild), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_read(&ta[0].caller, wild_count), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_read(&ta[0].caller, shared_count), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_read(&ta[0].caller, beyond), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(info_of(&ta[0], number).data_pos, 0);
	assert_int_equal(storage_sys_write(&ta[0].caller, wild), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(storage_sys_write(&ta[0].caller, beyond), TEE_ERROR_ACCESS_DENIED);
	assert_holds(&ta[0], number, "abc", 3);
	assert_int_equal(call2(&ta[0], storage_sys_get_info, number, 0x10),
			 TEE_ERROR_ACCESS_DENIED);
	must_close(&ta[0], number);
	assert_stored(&ta[0], "x", "abc");
}

static void writing_replaces_extends_and_fills_the_gap(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abcdef");

	assert_int_equal(seek(&ta[0], number, 1, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(write_text(&ta[0], number, "XY"), TEE_SUCCESS);
	assert_int_equal(info_of(&ta[0], number).data_pos, 3);
	assert_holds(&ta[0], number, "aXYdef", 6);
	assert_int_equal(write_text(&ta[0], number, "gh"), TEE_SUCCESS);
	assert_holds(&ta[0], number, "aXYdefgh", 8);
	assert_int_equal(seek(&ta[0], number, 3, TEE_DATA_SEEK_CUR), TEE_SUCCESS);
	assert_int_equal(write_text(&ta[0], number, "z"), TEE_SUCCESS);
	assert_holds(&ta[0], number, "aXYdefgh\0\0\0z", 12);
	must_close(&ta[0], number);
	number = must_open(&ta[0], "x", READ);
	assert_holds(&ta[0], number, "aXYdefgh\0\0\0z", 12);
	must_close(&ta[0], number);
}

static void writing_nothing_changes_nothing(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abc");
	unsigned int before = fake_rpc_requests();

	assert_int_equal(seek(&ta[0], number, 100, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(write_text(&ta[0], number, ""), TEE_SUCCESS);
	assert_int_equal(info_of(&ta[0], number).data_size, 3);
	assert_int_equal(info_of(&ta[0], number).data_pos, 100);
	assert_int_equal(fake_rpc_requests(), before);
	must_close(&ta[0], number);
}

static void an_object_has_a_largest_size(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abc");
	uint64_t args[8] = { number, ta[0].private + AT_DATA, 1 };
	uint32_t other;

	assert_int_equal(call2(&ta[0], storage_sys_truncate, number, STORAGE_OBJECT_SIZE_MAX),
			 TEE_SUCCESS);
	assert_int_equal(
		call2(&ta[0], storage_sys_truncate, number, STORAGE_OBJECT_SIZE_MAX + 1ull),
		TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(call2(&ta[0], storage_sys_truncate, number, UINT64_MAX),
			 TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(seek(&ta[0], number, 0, TEE_DATA_SEEK_END), TEE_SUCCESS);
	assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(seek(&ta[0], number, -1, TEE_DATA_SEEK_END), TEE_SUCCESS);
	assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_SUCCESS);
	must_close(&ta[0], number);
	number = must_open(&ta[0], "x", READ);
	assert_int_equal(info_of(&ta[0], number).data_size, STORAGE_OBJECT_SIZE_MAX);
	must_close(&ta[0], number);
	assert_int_equal(
		storage_sys_create(&ta[0].caller,
				   (const uint64_t[8]){ TEE_STORAGE_PRIVATE, put_id(&ta[0], "y"), 1,
							READ, 0, ta[0].private,
							STORAGE_OBJECT_SIZE_MAX + 1ull,
							ta[0].private + AT_RESULT }),
		TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(open(&ta[0], "y", READ, &other), TEE_ERROR_ITEM_NOT_FOUND);
}

static void a_position_that_cannot_be_said_is_an_overflow(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abc");
	uint64_t args[8] = { number, ta[0].private + AT_DATA, 0 };
	static const uint64_t sizes[] = { 1ull << 32, UINT64_MAX, UINT64_MAX - 10 };

	assert_int_equal(seek(&ta[0], number, 11, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	for (size_t i = 0; i < array_size(sizes); i++) {
		args[2] = sizes[i];
		assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_ERROR_OVERFLOW);
	}
	args[2] = 0xffffffffu - 10;
	assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_ERROR_OVERFLOW);
	args[2] = 0xffffffffu - 11;
	assert_int_equal(storage_sys_write(&ta[0].caller, args), TEE_ERROR_STORAGE_NO_SPACE);
	assert_holds(&ta[0], number, "abc", 3);
	must_close(&ta[0], number);
}

static void truncating_cuts_and_extends_and_leaves_the_position(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "abcdef");

	assert_int_equal(seek(&ta[0], number, 5, TEE_DATA_SEEK_SET), TEE_SUCCESS);
	assert_int_equal(call2(&ta[0], storage_sys_truncate, number, 2), TEE_SUCCESS);
	assert_int_equal(info_of(&ta[0], number).data_pos, 5);
	assert_holds(&ta[0], number, "ab", 2);
	assert_int_equal(call2(&ta[0], storage_sys_truncate, number, 4), TEE_SUCCESS);
	assert_holds(&ta[0], number, "ab\0\0", 4);
	must_close(&ta[0], number);
	number = must_open(&ta[0], "x", READ);
	assert_holds(&ta[0], number, "ab\0\0", 4);
	must_close(&ta[0], number);
}

static void seeking_counts_from_where_it_is_told(void **state)
{
	uint32_t number = must_create(&ta[0], "x", READ, "abcdef");
	static const struct {
		int32_t offset;
		uint32_t whence;
		uint32_t position;
	} steps[] = {
		{ 4, TEE_DATA_SEEK_SET, 4 },
		{ -1, TEE_DATA_SEEK_CUR, 3 },
		{ 2, TEE_DATA_SEEK_CUR, 5 },
		{ -2, TEE_DATA_SEEK_END, 4 },
		{ 10, TEE_DATA_SEEK_END, 16 },
		{ -17, TEE_DATA_SEEK_CUR, 0 },
		{ -1, TEE_DATA_SEEK_SET, 0 },
		{ INT32_MIN, TEE_DATA_SEEK_END, 0 },
		{ INT32_MAX, TEE_DATA_SEEK_SET, INT32_MAX },
	};

	for (size_t i = 0; i < array_size(steps); i++) {
		assert_int_equal(seek(&ta[0], number, steps[i].offset, steps[i].whence),
				 TEE_SUCCESS);
		assert_int_equal(info_of(&ta[0], number).data_pos, steps[i].position);
	}
	assert_int_equal(seek(&ta[0], number, INT32_MAX, TEE_DATA_SEEK_CUR), TEE_SUCCESS);
	assert_int_equal(info_of(&ta[0], number).data_pos, 0xfffffffeu);
	assert_int_equal(seek(&ta[0], number, 2, TEE_DATA_SEEK_CUR), TEE_ERROR_OVERFLOW);
	assert_int_equal(seek(&ta[0], number, 1, TEE_DATA_SEEK_CUR), TEE_SUCCESS);
	assert_int_equal(seek(&ta[0], number, 0, 3), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(seek(&ta[0], number, 0, TEE_WHENCE_ILLEGAL_VALUE),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(info_of(&ta[0], number).data_pos, 0xffffffffu);
	must_close(&ta[0], number);
}

static void large_objects_come_back_whole(void **state)
{
	static const size_t sizes[] = {
		4096 - SEAL_OVERHEAD - 1,
		4096 - SEAL_OVERHEAD,
		4096 - SEAL_OVERHEAD + 1,
		8192 - SEAL_OVERHEAD,
		DATA_MAX,
	};
	uint8_t *bytes = malloc(DATA_MAX);
	uint32_t number;

	for (size_t i = 0; i < DATA_MAX; i++) {
		bytes[i] = (uint8_t)(i * 13 + i / 251);
	}
	for (size_t i = 0; i < array_size(sizes); i++) {
		assert_int_equal(create_in(&ta[0], TEE_STORAGE_PRIVATE, "x", ALL | OVERWRITE, bytes,
					   sizes[i], &number),
				 TEE_SUCCESS);
		must_close(&ta[0], number);
		number = must_open(&ta[0], "x", READ);
		assert_holds(&ta[0], number, bytes, sizes[i]);
		must_close(&ta[0], number);
	}
	free(bytes);
}

/* --- delete and rename --- */

static void a_deleted_object_is_gone(void **state)
{
	uint32_t number = must_create(&ta[0], "x", META, "abc");

	assert_int_equal(call1(&ta[0], storage_sys_delete, number), TEE_SUCCESS);
	assert_int_equal(close_object(&ta[0], number), TEE_ERROR_BAD_PARAMETERS);
	assert_missing(&ta[0], "x");
	assert_int_equal(fake_files(), 0);
	assert_int_equal(storage_open_objects(), 0);
}

static void the_handle_is_gone_even_when_the_file_stays(void **state)
{
	uint32_t number = must_create(&ta[0], "x", META, "abc");

	fake_rpc_fail(1, 1, TEE_ERROR_GENERIC);
	assert_int_equal(call1(&ta[0], storage_sys_delete, number),
			 TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(close_object(&ta[0], number), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(storage_open_objects(), 0);
	assert_stored(&ta[0], "x", "abc");
}

static void a_renamed_object_is_found_by_its_new_id_only(void **state)
{
	uint32_t number = must_create(&ta[0], "old", ALL, "abc");

	assert_int_equal(rename_to(&ta[0], number, "new"), TEE_SUCCESS);
	assert_int_equal(write_text(&ta[0], number, "ABCD"), TEE_SUCCESS);
	must_close(&ta[0], number);
	assert_missing(&ta[0], "old");
	assert_stored(&ta[0], "new", "ABCD");
	assert_int_equal(fake_files(), 1);
}

static void a_name_that_is_taken_is_a_conflict(void **state)
{
	uint32_t number = must_create(&ta[0], "x", ALL, "abc");
	uint32_t other;

	put(&ta[0], "closed", "1");
	other = must_create(&ta[1], "open", READ, "2");
	assert_int_equal(rename_to(&ta[0], number, "closed"), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(rename_to(&ta[0], number, "open"), TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(rename_to(&ta[0], number, "x"), TEE_ERROR_ACCESS_CONFLICT);
	must_close(&ta[1], other);
	must_close(&ta[0], number);
	assert_stored(&ta[0], "x", "abc");
	assert_stored(&ta[0], "closed", "1");
	assert_stored(&ta[0], "open", "2");
	assert_int_equal(fake_files(), 3);
}

/* --- handles --- */

static void a_number_stands_for_one_handle_only(void **state)
{
	uint32_t number = must_create(&ta[0], "x", ALL, "");
	uint32_t next;

	assert_int_not_equal(number, 0);
	must_close(&ta[0], number);
	assert_int_equal(close_object(&ta[0], number), TEE_ERROR_BAD_PARAMETERS);
	next = must_open(&ta[0], "x", ALL);
	assert_int_not_equal(next, number);
	assert_int_equal(close_object(&ta[0], number), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(close_object(&ta[1], next), TEE_ERROR_BAD_PARAMETERS);
	must_close(&ta[0], next);
}

static void a_number_that_stands_for_nothing_is_refused(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 64, 65, 255, 256, UINT32_MAX, UINT64_MAX };
	static const syscall_handler handlers[] = {
		storage_sys_get_info,	storage_sys_close,     storage_sys_delete,
		storage_sys_rename,	storage_sys_enum_free, storage_sys_enum_reset,
		storage_sys_enum_start, storage_sys_enum_next, storage_sys_read,
		storage_sys_write,	storage_sys_truncate,  storage_sys_seek,
	};

	for (size_t i = 0; i < array_size(handlers); i++) {
		for (size_t j = 0; j < array_size(numbers); j++) {
			assert_int_equal(call1(&ta[0], handlers[i], numbers[j]),
					 TEE_ERROR_BAD_PARAMETERS);
		}
	}
}

static void objects_and_enumerators_are_told_apart(void **state)
{
	uint32_t object = must_create(&ta[0], "x", ALL, "");
	uint32_t enumerator;

	assert_int_equal(call1(&ta[0], storage_sys_enum_alloc, ta[0].private + AT_RESULT),
			 TEE_SUCCESS);
	enumerator = ta_number(&ta[0]);
	assert_int_equal(close_object(&ta[0], enumerator), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(call1(&ta[0], storage_sys_enum_free, object), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(call1(&ta[0], storage_sys_enum_free, enumerator), TEE_SUCCESS);
	must_close(&ta[0], object);
}

static void handles_have_a_limit(void **state)
{
	uint32_t number = must_create(&ta[0], "x", SHARED, "");
	uint32_t other;

	for (unsigned int i = 1; i < STORAGE_HANDLES_MAX; i++) {
		other = must_open(&ta[0], "x", SHARED);
	}
	assert_int_equal(open(&ta[0], "x", SHARED, &other), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(create(&ta[0], "y", SHARED, "", &other), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(call1(&ta[0], storage_sys_enum_alloc, ta[0].private + AT_RESULT),
			 TEE_ERROR_OUT_OF_MEMORY);
	must_close(&ta[1], must_open(&ta[1], "x", SHARED));
	must_close(&ta[0], number);
	must_open(&ta[0], "x", SHARED);
	assert_int_equal(storage_open_objects(), 1);
}

static void open_objects_have_a_limit(void **state)
{
	static struct ta many[STORAGE_OBJECTS_MAX / STORAGE_HANDLES_MAX + 1];
	const size_t last = array_size(many) - 1;
	uint32_t number;
	char id[16];

	for (size_t i = 0; i < array_size(many); i++) {
		ta_start(&many[i], &uuid_one);
	}
	for (unsigned int i = 0; i < STORAGE_OBJECTS_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		must_create(&many[i / STORAGE_HANDLES_MAX], id, READ, "");
	}
	assert_int_equal(storage_open_objects(), STORAGE_OBJECTS_MAX);
	assert_int_equal(create(&many[last], "x", READ, "", &number), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_files(), STORAGE_OBJECTS_MAX);
	for (size_t i = 0; i < array_size(many); i++) {
		ta_stop(&many[i]);
	}
	assert_int_equal(storage_open_objects(), 0);
}

static void what_a_dead_ta_left_open_is_closed_without_a_request(void **state)
{
	unsigned int before;
	uint32_t number = must_create(&ta[0], "x", SHARED, "abc");

	must_create(&ta[0], "y", ALL, "abc");
	assert_int_equal(call1(&ta[0], storage_sys_enum_alloc, ta[0].private + AT_RESULT),
			 TEE_SUCCESS);
	assert_int_equal(
		call2(&ta[0], storage_sys_enum_start, ta_number(&ta[0]), TEE_STORAGE_PRIVATE),
		TEE_SUCCESS);
	number = must_open(&ta[1], "x", SHARED);
	before = fake_rpc_requests();
	ta_stop(&ta[0]);
	assert_int_equal(fake_rpc_requests(), before);
	assert_int_equal(storage_open_objects(), 1);
	assert_int_equal(write_text(&ta[1], number, "d"), TEE_SUCCESS);
	must_close(&ta[1], number);
	must_close(&ta[1], must_open(&ta[1], "y", ALL));
}

/* --- enumerators --- */

static uint32_t enumerator_of(struct ta *t)
{
	assert_int_equal(call1(t, storage_sys_enum_alloc, t->private + AT_RESULT), TEE_SUCCESS);
	return ta_number(t);
}

static TEE_Result next(struct ta *t, uint32_t number, char id[65])
{
	const uint64_t args[8] = { number, t->private + AT_INFO, t->private + AT_ID,
				   t->private + AT_RESULT };
	TEE_Result res = storage_sys_enum_next(&t->caller, args);

	if (res == TEE_SUCCESS) {
		uint64_t size = load_le64(ta_at(t, AT_RESULT));

		assert_true(size <= 64);
		memcpy(id, ta_at(t, AT_ID), size);
		id[size] = '\0';
	}
	return res;
}

static TEE_Result start(struct ta *t, uint32_t number)
{
	return call2(t, storage_sys_enum_start, number, TEE_STORAGE_PRIVATE);
}

static void every_object_is_enumerated_once(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	bool seen[200] = { false };
	char id[65];

	for (unsigned int i = 0; i < array_size(seen); i++) {
		snprintf(id, sizeof(id), "%u", i);
		put(&ta[0], id, id);
	}
	put(&ta[2], "of another TA", "");
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	for (unsigned int i = 0; i < array_size(seen); i++) {
		const struct utee_object_info *info = ta_at(&ta[0], AT_INFO);

		assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
		assert_int_equal(info->data_size, strlen(id));
		assert_int_equal(info->data_pos, 0);
		assert_int_equal(info->obj_type, TEE_TYPE_DATA);
		assert_int_equal(info->handle_flags,
				 TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED);
		assert_false(seen[atoi(id)]);
		seen[atoi(id)] = true;
	}
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fake_files_open(), 0);
}

static void without_objects_there_is_nothing_to_enumerate(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	char id[65];

	assert_int_equal(start(&ta[0], number), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
	put(&ta[0], "x", "");
	assert_int_equal(
		call2(&ta[0], storage_sys_enum_start, number, TEE_STORAGE_PRIVATE_RPMB + 1),
		TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
}

static void an_enumeration_can_be_started_again(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	char first[65];
	char again[65];

	put(&ta[0], "x", "");
	put(&ta[0], "y", "");
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, first), TEE_SUCCESS);
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, again), TEE_SUCCESS);
	assert_string_equal(first, again);
	assert_int_equal(call1(&ta[0], storage_sys_enum_reset, number), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, again), TEE_ERROR_ITEM_NOT_FOUND);
}

static void open_objects_are_enumerated_as_they_are_and_never_conflict(void **state)
{
	uint32_t object = must_create(&ta[0], "x", ALL, "abc");
	uint32_t number = enumerator_of(&ta[1]);
	const struct utee_object_info *info = ta_at(&ta[1], AT_INFO);
	char id[65];

	assert_int_equal(write_text(&ta[0], object, "abcdef"), TEE_SUCCESS);
	assert_int_equal(start(&ta[1], number), TEE_SUCCESS);
	assert_int_equal(next(&ta[1], number, id), TEE_SUCCESS);
	assert_string_equal(id, "x");
	assert_int_equal(info->data_size, 6);
	must_close(&ta[0], object);
}

static void what_was_deleted_meanwhile_is_left_out(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	uint32_t object = must_create(&ta[0], "x", META, "");
	char id[65];

	put(&ta[0], "y", "");
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(call1(&ta[0], storage_sys_delete, object), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
	assert_string_equal(id, "y");
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
}

static void room_for_the_longest_id_must_be_the_tas_own(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	const uint64_t private = ta[0].private;
	uint64_t end = private + PRIVATE_PAGES * PORT_PAGE_SIZE;
	uint64_t args[8] = { number, private + AT_INFO, end - 63, private + AT_RESULT };

	put(&ta[0], "x", "");
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(storage_sys_enum_next(&ta[0].caller, args), TEE_ERROR_ACCESS_DENIED);
	args[2] = ta[0].shared;
	assert_int_equal(storage_sys_enum_next(&ta[0].caller, args), TEE_ERROR_ACCESS_DENIED);
	args[2] = end - 64;
	args[3] = ta[0].shared;
	assert_int_equal(storage_sys_enum_next(&ta[0].caller, args), TEE_ERROR_ACCESS_DENIED);
	args[3] = private + AT_RESULT;
	args[1] = 0x10;
	assert_int_equal(storage_sys_enum_next(&ta[0].caller, args), TEE_ERROR_ACCESS_DENIED);
	/* None of this has used up the object. */
	args[1] = 0;
	assert_int_equal(storage_sys_enum_next(&ta[0].caller, args), TEE_SUCCESS);
}

static void a_corrupt_object_is_reported_and_passed(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	size_t size;
	char id[65];

	put(&ta[0], "x", "");
	fake_file(fake_file_name(0), &size)[60] ^= 1;
	put(&ta[0], "y", "");
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
	assert_string_equal(id, "y");
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fake_files(), 2);
}

static void what_cannot_be_read_now_is_tried_again(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	char id[65];

	put(&ta[0], "x", "");
	fake_rpc_fail(2, 2, TEE_ERROR_GENERIC);
	assert_int_equal(start(&ta[0], number), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	fake_rpc_fail(1, 1, TEE_ERROR_COMMUNICATION);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	fake.pages_allowed = 0;
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	fake.pages_allowed = FAKE_UNLIMITED;
	assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
	assert_string_equal(id, "x");
}

static void files_that_are_no_objects_are_left_out(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);
	static const char directory[] = "ta/00000001-0002-0003-0400-000000000000";
	char name[128];
	char id[65];

	put(&ta[0], "x", "");
	snprintf(name, sizeof(name), "%s.new", fake_file_name(0));
	fake_file_put(name, "left by a crash", 15);
	snprintf(name, sizeof(name), "%s/README", directory);
	fake_file_put(name, "", 0);
	assert_memory_equal(fake_file_name(0), directory, sizeof(directory) - 1);
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
	assert_int_equal(next(&ta[0], number, id), TEE_ERROR_ITEM_NOT_FOUND);
}

static unsigned int endless_names;

static void endless_liar(uint32_t cmd, struct rpc_param *params, size_t count, TEE_Result *result)
{
	char name[65];

	if (params[0].a == RPC_FS_READDIR) {
		snprintf(name, sizeof(name), "%064x", endless_names);
		endless_names++;
		assert_true(shm_copy_out(params[1].shm, 0, name, sizeof(name)));
		params[1].size = sizeof(name);
		*result = TEE_SUCCESS;
	}
}

static void a_directory_without_end_ends(void **state)
{
	uint32_t number = enumerator_of(&ta[0]);

	put(&ta[0], "x", "");
	endless_names = 0;
	fake_rpc_lie(endless_liar);
	assert_int_equal(start(&ta[0], number), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(endless_names, 65536);
}

/* --- damage --- */

static const char *only_file(void)
{
	assert_int_equal(fake_files(), 1);
	return fake_file_name(0);
}

static TEE_Result open_damaged(const uint8_t *bytes, size_t size)
{
	char name[RPC_FS_NAME_MAX];
	uint32_t number;
	TEE_Result res;

	put(&ta[0], "x", "a small secret");
	strcpy(name, only_file());
	fake_file_put(name, bytes, size);
	res = open(&ta[0], "x", READ, &number);
	if (res == TEE_SUCCESS) {
		must_close(&ta[0], number);
		must_close(&ta[0], must_open(&ta[0], "x", META));
		fake_rpc_forget();
	}
	return res;
}

static uint8_t *take_file(size_t *size)
{
	const uint8_t *data;
	uint8_t *copy;

	put(&ta[0], "x", "a small secret");
	data = fake_file(only_file(), size);
	copy = malloc(*size + 1);
	memcpy(copy, data, *size);
	copy[*size] = 0;
	fake_rpc_forget();
	return copy;
}

static void every_changed_byte_of_a_file_makes_it_corrupt(void **state)
{
	size_t size;
	uint8_t *bytes = take_file(&size);

	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= (uint8_t)(1u << i % 8);
		assert_int_equal(open_damaged(bytes, size), TEE_ERROR_CORRUPT_OBJECT);
		assert_int_equal(fake_files(), 0);
		bytes[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(open_damaged(bytes, size), TEE_SUCCESS);
	free(bytes);
}

static void a_file_of_another_length_is_corrupt(void **state)
{
	size_t size;
	uint8_t *bytes = take_file(&size);

	for (size_t i = 0; i < size; i++) {
		assert_int_equal(open_damaged(bytes, i), TEE_ERROR_CORRUPT_OBJECT);
	}
	assert_int_equal(open_damaged(bytes, size + 1), TEE_ERROR_CORRUPT_OBJECT);
	free(bytes);
}

static void a_large_file_of_another_length_is_corrupt(void **state)
{
	static const int differences[] = { -5000, -4096, -1, 1, 4096 };
	uint8_t *bytes = calloc(1, 40000);
	char name[RPC_FS_NAME_MAX];
	const uint8_t *data;
	uint32_t number;
	size_t size;

	assert_non_null(bytes);
	for (size_t i = 0; i < array_size(differences); i++) {
		assert_int_equal(
			create_in(&ta[0], TEE_STORAGE_PRIVATE, "x", ALL, bytes, 9000, &number),
			TEE_SUCCESS);
		must_close(&ta[0], number);
		strcpy(name, only_file());
		data = fake_file(name, &size);
		memcpy(bytes, data, size);
		fake_file_put(name, bytes, size + (size_t)differences[i]);
		assert_int_equal(open(&ta[0], "x", READ, &number), TEE_ERROR_CORRUPT_OBJECT);
	}
	free(bytes);
}

static void a_file_under_another_name_is_corrupt(void **state)
{
	char first[RPC_FS_NAME_MAX];
	const uint8_t *data;
	uint8_t copy[512];
	uint32_t number;
	size_t size;

	put(&ta[0], "x", "one");
	strcpy(first, only_file());
	put(&ta[0], "y", "two");
	data = fake_file(fake_file_name(1), &size);
	assert_true(size <= sizeof(copy));
	memcpy(copy, data, size);
	fake_file_put(first, copy, size);
	assert_int_equal(open(&ta[0], "x", READ, &number), TEE_ERROR_CORRUPT_OBJECT);
	assert_stored(&ta[0], "y", "two");
}

static void another_device_finds_nothing(void **state)
{
	put(&ta[0], "x", "one");
	fake_device_key = 0x22;
	assert_missing(&ta[0], "x");
	fake_device_key = 0x11;
	assert_stored(&ta[0], "x", "one");
}

static void a_corrupt_object_is_removed_unless_the_ta_wants_to_keep_it(void **state)
{
	uint32_t number;
	size_t size;

	put(&ta[0], "x", "one");
	fake_file(only_file(), &size)[0] ^= 1;
	ta[0].instance.flags = TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT;
	assert_int_equal(open(&ta[0], "x", READ, &number), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(fake_files(), 1);
	assert_int_equal(open(&ta[1], "x", READ, &number), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(fake_files(), 0);
	assert_missing(&ta[1], "x");
}

static void a_size_beyond_the_limit_is_corrupt(void **state)
{
	struct seal_header header;
	size_t size;
	uint8_t *bytes = take_file(&size);

	memcpy(&header, bytes, sizeof(header));
	header.body_size = UINT64_MAX - 10;
	memcpy(bytes, &header, sizeof(header));
	assert_int_equal(open_damaged(bytes, size), TEE_ERROR_CORRUPT_OBJECT);
	header.body_size = sizeof(struct seal_body) + STORAGE_OBJECT_SIZE_MAX + 1;
	memcpy(bytes, &header, sizeof(header));
	assert_int_equal(open_damaged(bytes, size), TEE_ERROR_CORRUPT_OBJECT);
	free(bytes);
}

static void nothing_is_in_the_clear(void **state)
{
	const uint8_t *data;
	size_t size;

	put(&ta[0], "the id of it", "what nobody may read");
	data = fake_file(only_file(), &size);
	assert_null(memmem(data, size, "what nobody", 11));
	assert_null(memmem(data, size, "the id", 6));
	assert_null(strstr(only_file(), "id"));
}

static void memory_that_changes_after_a_read_has_no_effect(void **state)
{
	fake_rpc_scramble(true);
	put(&ta[0], "x", "one");
	assert_stored(&ta[0], "x", "one");
}

/* --- a normal world that fails --- */

/* One change of a TA's object "x", which holds "old". */
struct change {
	const char *name;
	uint32_t flags;
	TEE_Result (*make)(uint32_t number);
	const char *id; /* where the object is afterwards; NULL: nowhere */
	const char *data;
};

static TEE_Result change_write(uint32_t number)
{
	return write_text(&ta[0], number, "newer");
}

static TEE_Result change_truncate(uint32_t number)
{
	return call2(&ta[0], storage_sys_truncate, number, 1);
}

static TEE_Result change_rename(uint32_t number)
{
	return rename_to(&ta[0], number, "y");
}

static TEE_Result change_overwrite(uint32_t number)
{
	uint32_t other;
	TEE_Result res = create(&ta[1], "x", SHARED | OVERWRITE, "newer", &other);

	if (res == TEE_SUCCESS) {
		must_close(&ta[1], other);
	}
	return res;
}

static const struct change changes[] = {
	{ "write", SHARED, change_write, "x", "newer" },
	{ "truncate", SHARED, change_truncate, "x", "o" },
	{ "rename", ALL, change_rename, "y", "old" },
	{ "overwrite", SHARED, change_overwrite, "x", "newer" },
};

/* `number` still has the object as it was, and so does the disk. */
static void assert_unchanged(uint32_t number)
{
	assert_holds(&ta[0], number, "old", 3);
	must_close(&ta[0], number);
	assert_stored(&ta[0], "x", "old");
}

static void assert_changed(const struct change *change, uint32_t number)
{
	assert_holds(&ta[0], number, change->data, strlen(change->data));
	must_close(&ta[0], number);
	assert_stored(&ta[0], change->id, change->data);
}

/* Make the change fail at request `step` of it, or from there on. Returns what came of it. */
static TEE_Result fail_at(const struct change *change, unsigned int step, unsigned int last,
			  TEE_Result answer)
{
	uint32_t number;
	TEE_Result res;

	fake_rpc_forget();
	number = must_create(&ta[0], "x", change->flags, "old");
	fake_rpc_fail(step, last, answer);
	res = change->make(number);
	fake_rpc_fail(FAKE_RPC_FOREVER, 0, TEE_SUCCESS);
	if (res == TEE_SUCCESS) {
		assert_changed(change, number);
	} else {
		assert_unchanged(number);
	}
	return res;
}

static unsigned int steps_of(const struct change *change)
{
	unsigned int before;
	uint32_t number;

	fake_rpc_forget();
	number = must_create(&ta[0], "x", change->flags, "old");
	before = fake_rpc_requests();
	assert_int_equal(change->make(number), TEE_SUCCESS);
	before = fake_rpc_requests() - before;
	must_close(&ta[0], number);
	return before;
}

static void a_failure_at_any_step_leaves_the_old_object(void **state)
{
	static const TEE_Result answers[] = { TEE_ERROR_GENERIC,	TEE_ERROR_COMMUNICATION,
					      TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_BAD_PARAMETERS,
					      TEE_ERROR_CORRUPT_OBJECT, 0x12345678 };

	for (size_t i = 0; i < array_size(changes); i++) {
		unsigned int steps = steps_of(&changes[i]);

		assert_true(steps >= 5);
		for (unsigned int step = 1; step <= steps; step++) {
			for (size_t j = 0; j < array_size(answers); j++) {
				TEE_Result res = fail_at(&changes[i], step, step, answers[j]);

				/* That what has to go is gone already is no failure. */
				if (res != TEE_SUCCESS) {
					assert_int_equal(res, TEE_ERROR_STORAGE_NOT_AVAILABLE);
				} else {
					assert_int_equal(answers[j], TEE_ERROR_ITEM_NOT_FOUND);
				}
			}
		}
		assert_int_equal(
			fail_at(&changes[i], steps + 1, FAKE_RPC_FOREVER, TEE_ERROR_GENERIC),
			TEE_SUCCESS);
	}
}

static void a_supplicant_that_dies_at_any_step_leaves_the_old_object(void **state)
{
	for (size_t i = 0; i < array_size(changes); i++) {
		unsigned int steps = steps_of(&changes[i]);

		for (unsigned int step = 1; step <= steps; step++) {
			assert_int_equal(fail_at(&changes[i], step, FAKE_RPC_FOREVER,
						 TEE_ERROR_COMMUNICATION),
					 TEE_ERROR_STORAGE_NOT_AVAILABLE);
		}
	}
}

static void no_room_for_a_file_leaves_the_old_object(void **state)
{
	size_t size;

	for (size_t i = 0; i < array_size(changes); i++) {
		uint32_t number;
		TEE_Result res;

		fake_rpc_forget();
		number = must_create(&ta[0], "x", changes[i].flags, "old");
		assert_non_null(fake_file(only_file(), &size));
		fake_files_limit(2 * size - 3);
		res = changes[i].make(number);
		assert_int_equal(res, changes[i].make == change_rename
					      ? TEE_ERROR_STORAGE_NOT_AVAILABLE
					      : TEE_ERROR_STORAGE_NO_SPACE);
		assert_int_equal(fake_files(), 1);
		assert_unchanged(number);
	}
}

static void no_memory_at_any_step_leaves_the_old_object(void **state)
{
	for (size_t i = 0; i < array_size(changes); i++) {
		TEE_Result res = TEE_ERROR_GENERIC;

		for (long pages = 0; res != TEE_SUCCESS; pages++) {
			uint32_t number;

			fake_rpc_forget();
			number = must_create(&ta[0], "x", changes[i].flags, "old");
			fake.pages_allowed = pages;
			res = changes[i].make(number);
			fake.pages_allowed = FAKE_UNLIMITED;
			if (res != TEE_SUCCESS) {
				assert_true(res == TEE_ERROR_STORAGE_NO_SPACE ||
					    res == TEE_ERROR_STORAGE_NOT_AVAILABLE ||
					    res == TEE_ERROR_OUT_OF_MEMORY);
				assert_unchanged(number);
			} else {
				assert_changed(&changes[i], number);
				assert_int_equal(fake_files(), 1);
			}
		}
	}
}

static void no_shared_memory_leaves_the_old_object(void **state)
{
	for (size_t i = 0; i < array_size(changes); i++) {
		uint32_t number;

		fake_rpc_forget();
		number = must_create(&ta[0], "x", changes[i].flags, "old");
		must_close(&ta[0], number);
		number = must_open(&ta[0], "x", changes[i].flags);
		fake_rpc_exhaust(true);
		/* What was there for the requests before is too small for the two names of a rename. */
		fake_rpc_fail(1, FAKE_RPC_FOREVER, TEE_ERROR_OUT_OF_MEMORY);
		assert_int_not_equal(changes[i].make(number), TEE_SUCCESS);
		fake_rpc_fail(FAKE_RPC_FOREVER, 0, TEE_SUCCESS);
		fake_rpc_exhaust(false);
		assert_unchanged(number);
	}
}

static void a_creation_that_fails_leaves_nothing(void **state)
{
	uint32_t number;

	for (unsigned int step = 1; step <= 5; step++) {
		fake_rpc_forget();
		fake_rpc_fail(step, step, TEE_ERROR_GENERIC);
		assert_int_equal(create(&ta[0], "x", ALL, "new", &number),
				 TEE_ERROR_STORAGE_NOT_AVAILABLE);
		assert_int_equal(fake_files(), 0);
		assert_int_equal(storage_open_objects(), 0);
		assert_missing(&ta[0], "x");
	}
	fake_rpc_forget();
	fake_files_limit(100);
	assert_int_equal(create(&ta[0], "x", ALL, "new", &number), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(fake_files(), 0);
	fake_files_limit(SIZE_MAX);
	for (long pages = 0; pages < 2; pages++) {
		fake.pages_allowed = pages;
		assert_int_equal(create(&ta[0], "x", ALL, "new", &number), TEE_ERROR_OUT_OF_MEMORY);
	}
	fake.pages_allowed = FAKE_UNLIMITED;
	assert_int_equal(fake_files(), 0);
}

static void an_opening_that_fails_leaves_nothing_open(void **state)
{
	uint32_t number;

	for (unsigned int step = 1; step <= 2; step++) {
		fake_rpc_forget();
		put(&ta[0], "x", "old");
		fake_rpc_fail(step, step, TEE_ERROR_GENERIC);
		assert_int_equal(open(&ta[0], "x", READ, &number), TEE_ERROR_STORAGE_NOT_AVAILABLE);
		assert_int_equal(storage_open_objects(), 0);
		assert_stored(&ta[0], "x", "old");
	}
	/* That the file cannot be closed is no reason not to have read it. */
	fake_rpc_fail(3, 3, TEE_ERROR_GENERIC);
	assert_stored(&ta[0], "x", "old");
	fake.pages_allowed = 0;
	assert_int_equal(open(&ta[0], "x", READ, &number), TEE_ERROR_OUT_OF_MEMORY);
	fake.pages_allowed = FAKE_UNLIMITED;
	assert_stored(&ta[0], "x", "old");
}

static void what_a_crash_left_behind_is_used_again(void **state)
{
	char name[RPC_FS_NAME_MAX + 8];
	uint32_t number = must_create(&ta[0], "x", READ | WRITE, "old");
	static const uint8_t garbage[5000];

	snprintf(name, sizeof(name), "%s.new", only_file());
	fake_file_put(name, garbage, sizeof(garbage));
	assert_int_equal(write_text(&ta[0], number, "new"), TEE_SUCCESS);
	assert_int_equal(fake_files(), 1);
	must_close(&ta[0], number);
	assert_stored(&ta[0], "x", "new");
}

static void each_call_has_its_number_of_requests(void **state)
{
	uint32_t number = must_create(&ta[0], "x", ALL, "old");
	char id[65];

	assert_int_equal(fake_rpc_requests(), 5);
	assert_int_equal(write_text(&ta[0], number, "new"), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 10);
	assert_int_equal(rename_to(&ta[0], number, "y"), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 16);
	must_close(&ta[0], number);
	assert_int_equal(fake_rpc_requests(), 16);
	number = must_open(&ta[0], "y", ALL);
	assert_int_equal(fake_rpc_requests(), 19);
	assert_holds(&ta[0], number, "new", 3);
	assert_int_equal(fake_rpc_requests(), 19);
	assert_int_equal(call1(&ta[0], storage_sys_delete, number), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 20);
	put(&ta[0], "z", "");
	number = enumerator_of(&ta[0]);
	assert_int_equal(start(&ta[0], number), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 29);
	assert_int_equal(next(&ta[0], number, id), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests(), 32);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define promise_in_trouble(name)                                                                   \
	cmocka_unit_test_setup_teardown(name, setup, teardown_after_failures)

static int failures;

static void run(struct smc_regs *regs)
{
	const struct CMUnitTest tests[] = {
		promise(what_was_created_is_found_again),
		promise(an_object_is_described),
		promise(another_ta_has_objects_of_its_own),
		promise(both_names_of_the_storage_mean_the_same),
		promise(another_storage_is_not_there),
		promise(ids_are_of_0_to_64_bytes),
		promise(an_id_in_shared_memory_is_refused),
		promise(results_outside_the_tas_memory_are_refused_before_anything_is_done),
		promise(unknown_flags_are_refused),
		promise(an_object_that_is_there_is_overwritten_only_on_demand),
		promise(an_object_that_is_open_is_created_anew_only_on_demand_and_if_it_is_shared),
		promise(usage_is_taken_from_the_object_that_is_named),
		promise(data_that_is_not_the_tas_to_read_is_refused),
		promise(sharing_needs_both_sides_to_agree),
		promise(a_third_has_to_agree_with_all),
		promise(handles_of_one_object_see_each_others_writes),
		promise(an_object_of_another_ta_is_never_in_the_way),
		promise(reading_moves_on_and_ends_at_the_end),
		promise(data_may_be_in_shared_memory),
		promise(access_that_was_not_asked_for_is_a_conflict),
		promise(memory_that_is_not_the_tas_is_refused),
		promise(writing_replaces_extends_and_fills_the_gap),
		promise(writing_nothing_changes_nothing),
		promise(an_object_has_a_largest_size),
		promise(a_position_that_cannot_be_said_is_an_overflow),
		promise(truncating_cuts_and_extends_and_leaves_the_position),
		promise(seeking_counts_from_where_it_is_told),
		promise(large_objects_come_back_whole),
		promise(a_deleted_object_is_gone),
		promise(the_handle_is_gone_even_when_the_file_stays),
		promise(a_renamed_object_is_found_by_its_new_id_only),
		promise(a_name_that_is_taken_is_a_conflict),
		promise(a_number_stands_for_one_handle_only),
		promise(a_number_that_stands_for_nothing_is_refused),
		promise(objects_and_enumerators_are_told_apart),
		promise(handles_have_a_limit),
		promise(open_objects_have_a_limit),
		promise(what_a_dead_ta_left_open_is_closed_without_a_request),
		promise(every_object_is_enumerated_once),
		promise(without_objects_there_is_nothing_to_enumerate),
		promise(an_enumeration_can_be_started_again),
		promise(open_objects_are_enumerated_as_they_are_and_never_conflict),
		promise(what_was_deleted_meanwhile_is_left_out),
		promise(room_for_the_longest_id_must_be_the_tas_own),
		promise(a_corrupt_object_is_reported_and_passed),
		promise(what_cannot_be_read_now_is_tried_again),
		promise(files_that_are_no_objects_are_left_out),
		promise(a_directory_without_end_ends),
		promise(every_changed_byte_of_a_file_makes_it_corrupt),
		promise(a_file_of_another_length_is_corrupt),
		promise(a_large_file_of_another_length_is_corrupt),
		promise(a_file_under_another_name_is_corrupt),
		promise(another_device_finds_nothing),
		promise(a_corrupt_object_is_removed_unless_the_ta_wants_to_keep_it),
		promise(a_size_beyond_the_limit_is_corrupt),
		promise(nothing_is_in_the_clear),
		promise(memory_that_changes_after_a_read_has_no_effect),
		promise_in_trouble(a_failure_at_any_step_leaves_the_old_object),
		promise_in_trouble(a_supplicant_that_dies_at_any_step_leaves_the_old_object),
		promise(no_room_for_a_file_leaves_the_old_object),
		promise(no_memory_at_any_step_leaves_the_old_object),
		promise_in_trouble(no_shared_memory_leaves_the_old_object),
		promise_in_trouble(a_creation_that_fails_leaves_nothing),
		promise_in_trouble(an_opening_that_fails_leaves_nothing_open),
		promise(what_a_crash_left_behind_is_used_again),
		promise(each_call_has_its_number_of_requests),
	};

	failures = cmocka_run_group_tests_name("secure/tee/storage", tests, NULL, NULL);
}

int main(void)
{
	struct smc_regs regs = { 0 };

	fake_reset();
	thread_init(1);
	thread_start(run, &regs);
	return failures;
}
