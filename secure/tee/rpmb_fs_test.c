/* Promises of secure/tee/rpmb_fs.h, over blocks in memory whose writes fail when they are told to. All
 * of it runs on one secure thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/core/thread.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/key.h"
#include "secure/tee/rpmb.h"
#include "secure/tee/rpmb_fs.h"

#define BLOCK	   RPMB_DATA_SIZE
#define BLOCKS_MAX 1024u
#define TABLE	   2u

static const TEE_UUID uuid_one = { 1, 2, 3, { 4 } };

/* --- The blocks ------------------------------------------------------------------------------- */

static uint8_t blocks[BLOCKS_MAX][BLOCK];
static uint32_t block_count;
static bool is_open;
static TEE_Result open_result;
static unsigned int writes;
static unsigned int fail_write; /* 0: none; counted from 1 */
static bool fail_done;		/* it was written all the same */
static bool expired;

void rpmb_init(void)
{
	is_open = false;
}

TEE_Result rpmb_open(bool *fresh)
{
	*fresh = !is_open;
	is_open = open_result == TEE_SUCCESS;
	return open_result;
}

uint32_t rpmb_block_count(void)
{
	return block_count;
}

TEE_Result rpmb_read(uint32_t first, void *to, uint32_t count)
{
	assert_true(is_open && range_within(first, count, block_count));
	memcpy(to, blocks[first], (size_t)count * BLOCK);
	return TEE_SUCCESS;
}

TEE_Result rpmb_write(uint32_t block, const void *from)
{
	bool fails;

	assert_true(is_open && block < block_count);
	if (expired) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	writes++;
	fails = writes == fail_write;
	if (!fails || fail_done) {
		memcpy(blocks[block], from, BLOCK);
	}
	if (fails) {
		is_open = false;
		return TEE_ERROR_COMMUNICATION;
	}
	return TEE_SUCCESS;
}

/* --- Helpers ---------------------------------------------------------------------------------- */

static int setup(void **state)
{
	memset(blocks, 0, sizeof(blocks));
	block_count = 64;
	open_result = TEE_SUCCESS;
	writes = 0;
	fail_write = 0;
	fail_done = false;
	expired = false;
	fake_device_key = 0x33;
	rpmb_fs_init();
	return 0;
}

static struct rpmb_fs_name name_of(const char *text)
{
	struct rpmb_fs_name name = { 0 };

	strcpy(name.text, text);
	return name;
}

static TEE_Result put(const char *text, uint8_t fill, size_t size)
{
	struct rpmb_fs_name name = name_of(text);
	uint8_t data[40 * BLOCK];

	assert_true(size <= sizeof(data));
	memset(data, fill, size);
	return rpmb_fs_write(&uuid_one, &name, data, size, RPMB_FS_REPLACE);
}

/* What all of its bytes are, and how many; -1: there is no such file. */
static int get(const char *text, size_t *size)
{
	struct rpmb_fs_name name = name_of(text);
	uint8_t data[40 * BLOCK];
	TEE_Result res = rpmb_fs_size(&name, size);

	if (res == TEE_ERROR_ITEM_NOT_FOUND) {
		return -1;
	}
	assert_int_equal(res, TEE_SUCCESS);
	assert_int_equal(rpmb_fs_read(&uuid_one, &name, data, *size), TEE_SUCCESS);
	for (size_t i = 0; i < *size; i++) {
		assert_int_equal(data[i], data[0]);
	}
	return *size == 0 ? 0 : data[0];
}

static void assert_file(const char *text, int fill, size_t expected)
{
	size_t size = expected;

	assert_int_equal(get(text, &size), fill);
	assert_int_equal(size, expected);
}

static void power_cycle(void)
{
	fail_write = 0;
	rpmb_fs_init();
}

/* --- Promises --------------------------------------------------------------------------------- */

static void files_of_any_size_are_kept(void **state)
{
	static const size_t sizes[] = {
		0, 1, 255, 256, 257, 16 * BLOCK, 16 * BLOCK + 1, 20 * BLOCK
	};

	for (size_t i = 0; i < array_size(sizes); i++) {
		setup(NULL);
		assert_int_equal(put("a", 0x61, sizes[i]), TEE_SUCCESS);
		assert_file("a", sizes[i] == 0 ? 0 : 0x61, sizes[i]);
		power_cycle();
		assert_file("a", sizes[i] == 0 ? 0 : 0x61, sizes[i]);
	}
}

static void a_file_is_replaced_and_room_given_back(void **state)
{
	for (uint8_t i = 1; i < 20; i++) {
		assert_int_equal(put("a", i, 20 * BLOCK), TEE_SUCCESS);
		assert_int_equal(put("b", i, i * 10u), TEE_SUCCESS);
		assert_file("a", i, 20 * BLOCK);
		assert_file("b", i, i * 10u);
	}
	power_cycle();
	assert_file("a", 19, 20 * BLOCK);
}

static void a_new_device_is_made_a_file_system_and_others_are_left(void **state)
{
	size_t size;

	assert_int_equal(get("a", &size), -1);
	assert_int_equal(load_le32(blocks[0]), STORAGE_RPMB_MAGIC);
	assert_int_equal(load_le32(blocks[TABLE] + 8), STORAGE_RPMB_FLAG_LAST);
	store_le32(blocks[0] + 4, STORAGE_RPMB_VERSION + 1);
	power_cycle();
	assert_int_equal(put("a", 1, 1), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	assert_int_equal(load_le32(blocks[TABLE] + 8), STORAGE_RPMB_FLAG_LAST);
}

static void mounting_moves_the_counter_and_changes_nothing(void **state)
{
	static uint8_t before[BLOCKS_MAX][BLOCK];
	size_t size;

	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	memcpy(before, blocks, sizeof(before));
	power_cycle();
	writes = 0;
	assert_int_equal(get("a", &size), 1);
	assert_int_equal(writes, 1);
	assert_memory_equal(before, blocks, sizeof(before));
	assert_int_equal(get("a", &size), 1);
	assert_int_equal(writes, 1);
}

static void a_table_that_makes_no_sense_is_not_used(void **state)
{
	struct storage_rpmb_fat_entry entry = { .flags = STORAGE_RPMB_FLAG_ACTIVE };

	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	/* No end. */
	memset(blocks[TABLE + 1], 0, BLOCK);
	power_cycle();
	assert_int_equal(put("b", 1, 1), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	/* Data beyond the device; at no block; a name without end. */
	entry.start_address = 63 * BLOCK;
	entry.data_size = BLOCK + 1;
	memcpy(blocks[TABLE], &entry, BLOCK);
	power_cycle();
	assert_int_equal(put("b", 1, 1), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	entry.start_address = 10 * BLOCK + 1;
	entry.data_size = 1;
	memcpy(blocks[TABLE], &entry, BLOCK);
	power_cycle();
	assert_int_equal(put("b", 1, 1), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	entry.start_address = 10 * BLOCK;
	memset(entry.filename, 'x', sizeof(entry.filename));
	memcpy(blocks[TABLE], &entry, BLOCK);
	power_cycle();
	assert_int_equal(put("b", 1, 1), TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

static void without_a_device_there_is_no_storage(void **state)
{
	struct rpmb_fs_name name = name_of("a");
	size_t size;

	open_result = TEE_ERROR_ITEM_NOT_FOUND;
	assert_int_equal(rpmb_fs_size(&name, &size), TEE_ERROR_STORAGE_NOT_AVAILABLE);
	open_result = TEE_ERROR_COMMUNICATION;
	assert_int_equal(rpmb_fs_size(&name, &size), TEE_ERROR_COMMUNICATION);
	open_result = TEE_SUCCESS;
	assert_int_equal(rpmb_fs_size(&name, &size), TEE_ERROR_ITEM_NOT_FOUND);
}

/* Upstream's way, step by step. */
static void data_is_encrypted_as_upstream_does(void **state)
{
	uint8_t fek[16];
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	struct crypto_piece piece = { fek, sizeof(fek) };
	uint8_t iv[16] = { 0 };
	uint8_t plain[BLOCK] = { 0 };
	uint8_t expected[BLOCK];
	struct secret_key tsk;
	uint32_t block;

	assert_int_equal(put("a", 0x41, 10), TEE_SUCCESS);
	block = load_le32(blocks[TABLE]) / BLOCK;
	assert_int_equal(block, block_count - 1);
	key_storage(&uuid_one, &tsk);
	crypto_aes_decrypt(tsk.bytes, 32, blocks[TABLE] + 16, fek);
	crypto_digest(CRYPTO_SHA256, &piece, 1, digest);
	store_le16(iv, (uint16_t)block);
	crypto_aes_encrypt(digest, 16, iv, iv);
	memset(plain, 0x41, 10);
	crypto_cbc_encrypt(fek, 16, iv, plain, expected, BLOCK);
	assert_memory_equal(blocks[block], expected, BLOCK);
}

/* Every write of every operation fails in turn, done and not done. */
static void after_a_failure_at_any_write_the_file_is_old_or_new(void **state)
{
	for (unsigned int done = 0; done < 2; done++) {
		for (unsigned int at = 1;; at++) {
			TEE_Result res;
			size_t size;
			int now;

			setup(NULL);
			assert_int_equal(put("other", 9, 700), TEE_SUCCESS);
			assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
			fail_write = writes + at;
			fail_done = done == 1;
			res = put("a", 2, 600);
			if (res == TEE_SUCCESS) {
				assert_true(at > 4);
				break;
			}
			assert_int_equal(res, TEE_ERROR_COMMUNICATION);
			now = get("a", &size);
			assert_true((now == 1 && size == 300) || (now == 2 && size == 600));
			power_cycle();
			assert_int_equal(get("a", &size), now);
			assert_file("other", 9, 700);
			assert_int_equal(put("a", 3, 900), TEE_SUCCESS);
			assert_file("a", 3, 900);
		}
	}
}

static void after_a_failure_a_new_file_is_whole_or_not_there(void **state)
{
	for (unsigned int done = 0; done < 2; done++) {
		for (unsigned int at = 1;; at++) {
			TEE_Result res;
			size_t size;
			int now;

			setup(NULL);
			assert_int_equal(put("other", 9, 700), TEE_SUCCESS);
			fail_write = writes + at;
			fail_done = done == 1;
			res = put("a", 2, 600);
			if (res == TEE_SUCCESS) {
				/* Three blocks, the table's new end, and the entry. */
				assert_int_equal(at, 6);
				break;
			}
			power_cycle();
			now = get("a", &size);
			assert_true(now == -1 || (now == 2 && size == 600));
			assert_file("other", 9, 700);
			assert_int_equal(put("a", 3, 900), TEE_SUCCESS);
			assert_int_equal(put("b", 4, 900), TEE_SUCCESS);
			power_cycle();
			assert_file("a", 3, 900);
			assert_file("b", 4, 900);
		}
	}
}

static void keeping_refuses_what_is_there(void **state)
{
	struct rpmb_fs_name name = name_of("a");
	unsigned int before;

	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	before = writes;
	assert_int_equal(rpmb_fs_write(&uuid_one, &name, "x", 1, RPMB_FS_KEEP),
			 TEE_ERROR_ACCESS_CONFLICT);
	assert_int_equal(writes, before);
	assert_file("a", 1, 300);
}

static void a_removed_file_leaves_no_key(void **state)
{
	struct rpmb_fs_name name = name_of("a");

	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_remove(&name), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_remove(&name), TEE_ERROR_ITEM_NOT_FOUND);
	assert_true(bytes_are_zero(blocks[TABLE], BLOCK));
	/* And its entry is used again. */
	assert_int_equal(put("b", 2, 10), TEE_SUCCESS);
	assert_string_equal((const char *)blocks[TABLE] + 32, "b");
}

static void a_rename_is_one_write(void **state)
{
	struct rpmb_fs_name a = name_of("a");
	struct rpmb_fs_name b = name_of("b");
	size_t size;

	assert_int_equal(rpmb_fs_rename(&a, &b), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	writes = 0;
	assert_int_equal(rpmb_fs_rename(&a, &b), TEE_SUCCESS);
	assert_int_equal(writes, 1);
	assert_int_equal(get("a", &size), -1);
	assert_file("b", 1, 300);
	assert_int_equal(put("a", 2, 10), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_rename(&a, &b), TEE_ERROR_ACCESS_CONFLICT);
	assert_file("b", 1, 300);
}

static void no_room_for_the_new_leaves_the_old(void **state)
{
	unsigned int before;

	assert_int_equal(put("a", 1, 40 * BLOCK), TEE_SUCCESS);
	before = writes;
	assert_int_equal(put("a", 2, 40 * BLOCK), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(put("b", 2, 21 * BLOCK), TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(writes, before);
	assert_file("a", 1, 40 * BLOCK);
	/* Two blocks before the table, which will have three entries. */
	assert_int_equal(put("b", 2, 19 * BLOCK), TEE_SUCCESS);
	power_cycle();
	assert_file("a", 1, 40 * BLOCK);
	assert_file("b", 2, 19 * BLOCK);
}

/* First where there is a hole. */
static void holes_are_used(void **state)
{
	struct rpmb_fs_name b = name_of("b");

	assert_int_equal(put("a", 1, 15 * BLOCK), TEE_SUCCESS);
	assert_int_equal(put("b", 2, 15 * BLOCK), TEE_SUCCESS);
	assert_int_equal(put("c", 3, 15 * BLOCK), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_remove(&b), TEE_SUCCESS);
	assert_int_equal(put("d", 4, 14 * BLOCK), TEE_SUCCESS);
	assert_file("a", 1, 15 * BLOCK);
	assert_file("c", 3, 15 * BLOCK);
	assert_file("d", 4, 14 * BLOCK);
}

static void the_table_has_its_limit(void **state)
{
	TEE_Result res = TEE_SUCCESS;
	unsigned int count = 0;
	char text[16];

	block_count = BLOCKS_MAX;
	while (res == TEE_SUCCESS) {
		snprintf(text, sizeof(text), "file %u", count);
		res = put(text, 1, 1);
		count += res == TEE_SUCCESS ? 1 : 0;
		assert_true(count < 300);
	}
	assert_int_equal(res, TEE_ERROR_STORAGE_NO_SPACE);
	assert_int_equal(count, RPMB_FS_ENTRIES_MAX - 1);
	power_cycle();
	assert_file("file 0", 1, 1);
	assert_file("file 254", 1, 1);
}

static void at_the_counters_end_files_can_be_read(void **state)
{
	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	expired = true;
	power_cycle();
	assert_file("a", 1, 300);
	assert_int_equal(put("a", 2, 300), TEE_ERROR_STORAGE_NO_SPACE);
	assert_file("a", 1, 300);
}

static void a_file_of_another_size_is_corrupt(void **state)
{
	struct rpmb_fs_name name = name_of("a");
	uint8_t data[301];

	assert_int_equal(put("a", 1, 300), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_read(&uuid_one, &name, data, 301), TEE_ERROR_CORRUPT_OBJECT);
	assert_int_equal(rpmb_fs_read(&uuid_one, &name, data, 299), TEE_ERROR_CORRUPT_OBJECT);
}

static TEE_Result visit(const struct rpmb_fs_name *name, void *arg)
{
	unsigned int *count = arg;

	(*count)++;
	return name->text[0] == 'b' ? TEE_ERROR_BUSY : TEE_SUCCESS;
}

static void files_are_visited_until_the_visitor_has_enough(void **state)
{
	unsigned int count = 0;

	assert_int_equal(put("a", 1, 1), TEE_SUCCESS);
	assert_int_equal(rpmb_fs_list(visit, &count), TEE_SUCCESS);
	assert_int_equal(count, 1);
	assert_int_equal(put("b", 1, 1), TEE_SUCCESS);
	assert_int_equal(put("c", 1, 1), TEE_SUCCESS);
	count = 0;
	assert_int_equal(rpmb_fs_list(visit, &count), TEE_ERROR_BUSY);
	assert_int_equal(count, 2);
}

static int failures;

static void run(struct smc_regs *regs)
{
#define TEST(test) cmocka_unit_test_setup(test, setup)
	const struct CMUnitTest tests[] = {
		TEST(files_of_any_size_are_kept),
		TEST(a_file_is_replaced_and_room_given_back),
		TEST(a_new_device_is_made_a_file_system_and_others_are_left),
		TEST(mounting_moves_the_counter_and_changes_nothing),
		TEST(a_table_that_makes_no_sense_is_not_used),
		TEST(without_a_device_there_is_no_storage),
		TEST(data_is_encrypted_as_upstream_does),
		TEST(after_a_failure_at_any_write_the_file_is_old_or_new),
		TEST(after_a_failure_a_new_file_is_whole_or_not_there),
		TEST(keeping_refuses_what_is_there),
		TEST(a_removed_file_leaves_no_key),
		TEST(a_rename_is_one_write),
		TEST(no_room_for_the_new_leaves_the_old),
		TEST(holes_are_used),
		TEST(the_table_has_its_limit),
		TEST(at_the_counters_end_files_can_be_read),
		TEST(a_file_of_another_size_is_corrupt),
		TEST(files_are_visited_until_the_visitor_has_enough),
	};

	failures = cmocka_run_group_tests_name("tee/rpmb_fs", tests, NULL, NULL);
}

int main(void)
{
	struct smc_regs regs = { 0 };

	fake_reset();
	thread_init(1);
	thread_start(run, &regs);
	return failures;
}
