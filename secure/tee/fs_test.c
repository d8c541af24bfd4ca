/* Promises of secure/tee/fs.h. The fake supplicant refuses requests whose shape is not the wire's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "secure/core/fake_port.h"
#include "secure/tee/fake_rpc.h"
#include "secure/tee/fs.h"

#define LARGE (2 * FS_TRANSFER_MAX + 1000)

static uint8_t large[LARGE];
static uint8_t back[LARGE + 1];

static int setup(void **state)
{
	fake_reset();
	fake_rpc_reset();
	for (size_t i = 0; i < sizeof(large); i++) {
		large[i] = (uint8_t)(i * 7 + i / 1000);
	}
	memset(back, 0, sizeof(back));
	return 0;
}

static int teardown(void **state)
{
	fake_rpc_reset();
	return 0;
}

static struct fs_file created(const char *name)
{
	struct fs_file file;

	assert_int_equal(fs_create(name, &file), TEE_SUCCESS);
	return file;
}

static void assert_closed(struct fs_file file)
{
	assert_int_equal(fs_close(file), TEE_SUCCESS);
}

/* --- what each operation does --- */

static void what_is_written_can_be_read(void **state)
{
	struct fs_file file = created("ta/x");
	char text[16];
	size_t got;

	assert_int_equal(fs_write(file, 0, "hello, world", 12), TEE_SUCCESS);
	assert_closed(file);
	assert_int_equal(fs_open("ta/x", &file), TEE_SUCCESS);
	assert_int_equal(fs_read(file, 7, text, 5, &got), TEE_SUCCESS);
	assert_int_equal(got, 5);
	assert_memory_equal(text, "world", 5);
	assert_closed(file);
}

static void a_read_is_short_only_where_the_file_ends(void **state)
{
	struct fs_file file = created("x");
	size_t got;

	assert_int_equal(fs_write(file, 0, "abc", 3), TEE_SUCCESS);
	assert_int_equal(fs_read(file, 1, back, 10, &got), TEE_SUCCESS);
	assert_int_equal(got, 2);
	assert_int_equal(fs_read(file, 3, back, 10, &got), TEE_SUCCESS);
	assert_int_equal(got, 0);
	assert_int_equal(fs_read(file, 100, back, 10, &got), TEE_SUCCESS);
	assert_int_equal(got, 0);
	assert_closed(file);
}

static void a_large_transfer_takes_several_requests(void **state)
{
	struct fs_file file = created("x");
	unsigned int before = fake_rpc_requests();
	size_t got;

	assert_int_equal(fs_write(file, 5, large, LARGE), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests() - before, 3);
	assert_int_equal(fs_read(file, 5, back, LARGE + 1, &got), TEE_SUCCESS);
	assert_int_equal(fake_rpc_requests() - before, 6);
	assert_int_equal(got, LARGE);
	assert_memory_equal(back, large, LARGE);
	assert_closed(file);
}

static void nothing_to_transfer_is_no_request(void **state)
{
	struct fs_file file = created("x");
	unsigned int before = fake_rpc_requests();
	size_t got = 1;

	assert_int_equal(fs_write(file, 0, NULL, 0), TEE_SUCCESS);
	assert_int_equal(fs_read(file, 0, NULL, 0, &got), TEE_SUCCESS);
	assert_int_equal(got, 0);
	assert_int_equal(fake_rpc_requests(), before);
	assert_closed(file);
}

static void truncating_shortens_and_lengthens(void **state)
{
	struct fs_file file = created("x");
	size_t size;

	assert_int_equal(fs_write(file, 0, "abcdef", 6), TEE_SUCCESS);
	assert_int_equal(fs_truncate(file, 2), TEE_SUCCESS);
	assert_memory_equal(fake_file("x", &size), "ab", 2);
	assert_int_equal(size, 2);
	assert_int_equal(fs_truncate(file, 4), TEE_SUCCESS);
	assert_memory_equal(fake_file("x", &size), "ab\0\0", 4);
	assert_int_equal(size, 4);
	assert_closed(file);
}

static void creating_empties_a_file_that_is_there(void **state)
{
	struct fs_file file;
	size_t size;

	fake_file_put("x", "abc", 3);
	file = created("x");
	assert_non_null(fake_file("x", &size));
	assert_int_equal(size, 0);
	assert_closed(file);
}

static void a_removed_file_is_gone(void **state)
{
	struct fs_file file;

	fake_file_put("x", "abc", 3);
	assert_int_equal(fs_remove("x"), TEE_SUCCESS);
	assert_int_equal(fs_open("x", &file), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fs_remove("x"), TEE_ERROR_ITEM_NOT_FOUND);
}

static void a_rename_keeps_or_replaces_what_is_there(void **state)
{
	size_t size;

	fake_file_put("from", "new", 3);
	fake_file_put("to", "old", 3);
	assert_int_equal(fs_rename("from", "to", FS_RENAME_KEEP), TEE_ERROR_ACCESS_CONFLICT);
	assert_memory_equal(fake_file("to", &size), "old", 3);
	assert_int_equal(fs_rename("from", "to", FS_RENAME_REPLACE), TEE_SUCCESS);
	assert_memory_equal(fake_file("to", &size), "new", 3);
	assert_null(fake_file("from", &size));
	assert_int_equal(fs_rename("from", "to", FS_RENAME_REPLACE), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fs_rename("to", "free", FS_RENAME_KEEP), TEE_SUCCESS);
	assert_non_null(fake_file("free", &size));
}

static void a_directory_lists_its_files(void **state)
{
	struct fs_directory directory;
	char name[FS_NAME_MAX];

	fake_file_put("ta/u/one", "", 0);
	fake_file_put("ta/u/two", "", 0);
	fake_file_put("ta/v/three", "", 0);
	assert_int_equal(fs_opendir("ta/u", &directory), TEE_SUCCESS);
	assert_int_equal(fs_readdir(directory, name), TEE_SUCCESS);
	assert_string_equal(name, "one");
	assert_int_equal(fs_readdir(directory, name), TEE_SUCCESS);
	assert_string_equal(name, "two");
	assert_int_equal(fs_readdir(directory, name), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fs_closedir(directory), TEE_SUCCESS);
	assert_int_equal(fs_opendir("ta/w", &directory), TEE_ERROR_ITEM_NOT_FOUND);
}

static void memory_that_changes_after_a_read_has_no_effect(void **state)
{
	struct fs_file file;
	size_t got;

	fake_file_put("x", large, LARGE);
	fake_rpc_scramble(true);
	assert_int_equal(fs_open("x", &file), TEE_SUCCESS);
	assert_int_equal(fs_read(file, 0, back, LARGE, &got), TEE_SUCCESS);
	assert_int_equal(got, LARGE);
	assert_memory_equal(back, large, LARGE);
	assert_closed(file);
}

/* --- refusals --- */

static void a_name_that_is_too_long_is_not_sent(void **state)
{
	char name[FS_NAME_MAX + 1];
	struct fs_file file;
	struct fs_directory directory;

	memset(name, 'x', sizeof(name));
	name[FS_NAME_MAX] = '\0';
	assert_int_equal(fs_open(name, &file), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fs_create(name, &file), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fs_remove(name), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fs_rename(name, "x", FS_RENAME_KEEP), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fs_rename("x", name, FS_RENAME_KEEP), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fs_opendir(name, &directory), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_rpc_requests(), 0);
	name[FS_NAME_MAX - 1] = '\0';
	file = created(name);
	assert_closed(file);
}

static void what_the_supplicant_answers_is_passed_on(void **state)
{
	static const TEE_Result answers[] = { TEE_ERROR_GENERIC, TEE_ERROR_STORAGE_NOT_AVAILABLE,
					      TEE_ERROR_COMMUNICATION, 0x12345678 };
	struct fs_file file = created("x");
	struct fs_directory directory = { 0 };
	char name[FS_NAME_MAX];
	size_t got;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		fake_rpc_fail(1, FAKE_RPC_FOREVER, answers[i]);
		assert_int_equal(fs_open("x", &file), answers[i]);
		assert_int_equal(fs_create("x", &file), answers[i]);
		assert_int_equal(fs_close(file), answers[i]);
		assert_int_equal(fs_read(file, 0, back, 10, &got), answers[i]);
		assert_int_equal(fs_write(file, 0, back, 10), answers[i]);
		assert_int_equal(fs_truncate(file, 0), answers[i]);
		assert_int_equal(fs_remove("x"), answers[i]);
		assert_int_equal(fs_rename("x", "y", FS_RENAME_KEEP), answers[i]);
		assert_int_equal(fs_opendir("x", &directory), answers[i]);
		assert_int_equal(fs_readdir(directory, name), answers[i]);
		assert_int_equal(fs_closedir(directory), answers[i]);
	}
	fake_rpc_fail(FAKE_RPC_FOREVER, 0, TEE_SUCCESS);
	assert_closed(file);
}

static void a_transfer_ends_at_the_first_failure(void **state)
{
	struct fs_file file = created("x");
	unsigned int before = fake_rpc_requests();
	size_t got;

	fake_rpc_fail(2, 2, TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(fs_write(file, 0, large, LARGE), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(fake_rpc_requests() - before, 2);
	assert_int_equal(fs_write(file, 0, large, LARGE), TEE_SUCCESS);
	fake_rpc_fail(3, 3, TEE_ERROR_GENERIC);
	assert_int_equal(fs_read(file, 0, back, LARGE, &got), TEE_ERROR_GENERIC);
	assert_closed(file);
}

static void no_shared_memory_is_said(void **state)
{
	struct fs_file file = { 0 };
	size_t got;

	fake_rpc_exhaust(true);
	assert_int_equal(fs_open("x", &file), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fs_rename("x", "y", FS_RENAME_KEEP), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fs_read(file, 0, back, 10, &got), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fs_write(file, 0, back, 10), TEE_ERROR_OUT_OF_MEMORY);
	assert_int_equal(fake_rpc_requests(), 0);
}

/* --- lies --- */

static uint64_t lie_size;
static const char *lie_name;

static void liar(uint32_t cmd, struct rpc_param *params, size_t count, TEE_Result *result)
{
	if (params[0].a != RPC_FS_READ && params[0].a != RPC_FS_READDIR) {
		return;
	}
	*result = TEE_SUCCESS;
	params[1].size = lie_size;
	if (lie_name != NULL) {
		assert_true(shm_copy_out(params[1].shm, 0, lie_name, FS_NAME_MAX));
	}
}

static void more_than_was_asked_for_is_refused(void **state)
{
	static const uint64_t sizes[] = { 11, 4096, FS_TRANSFER_MAX + 1, 1ull << 32, UINT64_MAX };
	struct fs_file file = created("x");

	lie_name = NULL;
	fake_rpc_lie(liar);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t got = 99;
		uint8_t *exact = malloc(10);

		lie_size = sizes[i];
		assert_int_equal(fs_read(file, 0, exact, 10, &got), TEE_ERROR_COMMUNICATION);
		assert_int_equal(got, 0);
		free(exact);
	}
	fake_rpc_lie(NULL);
	assert_closed(file);
}

static void assert_name_refused(const char *bytes, uint64_t size)
{
	struct fs_directory directory = { 0 };
	char name[FS_NAME_MAX];

	lie_name = bytes;
	lie_size = size;
	fake_rpc_lie(liar);
	assert_int_equal(fs_readdir(directory, name), TEE_ERROR_COMMUNICATION);
	fake_rpc_lie(NULL);
}

static void a_name_that_is_none_is_refused(void **state)
{
	static const char whole[FS_NAME_MAX] = "abc";
	static char endless[FS_NAME_MAX];

	memset(endless, 'x', sizeof(endless));
	assert_name_refused(whole, 0);
	assert_name_refused(whole, 1);
	assert_name_refused(whole, 3);
	assert_name_refused(whole, 5);
	assert_name_refused(whole, FS_NAME_MAX);
	assert_name_refused(whole, FS_NAME_MAX + 1);
	assert_name_refused(whole, UINT64_MAX);
	assert_name_refused(endless, FS_NAME_MAX);
	assert_name_refused(endless, 10);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(what_is_written_can_be_read),
		promise(a_read_is_short_only_where_the_file_ends),
		promise(a_large_transfer_takes_several_requests),
		promise(nothing_to_transfer_is_no_request),
		promise(truncating_shortens_and_lengthens),
		promise(creating_empties_a_file_that_is_there),
		promise(a_removed_file_is_gone),
		promise(a_rename_keeps_or_replaces_what_is_there),
		promise(a_directory_lists_its_files),
		promise(memory_that_changes_after_a_read_has_no_effect),
		promise(a_name_that_is_too_long_is_not_sent),
		promise(what_the_supplicant_answers_is_passed_on),
		promise(a_transfer_ends_at_the_first_failure),
		promise(no_shared_memory_is_said),
		promise(more_than_was_asked_for_is_refused),
		promise(a_name_that_is_none_is_refused),
	};

	return cmocka_run_group_tests_name("secure/tee/fs", tests, NULL, NULL);
}
