/* Promises of normal/rpmb/file.h: what was written is there after closing, and descriptions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/rpmb/file.h"
#include "normal/rpmb/host.h"

static char directory[] = "/tmp/postern-rpmb.XXXXXX";
static char path[64];
static char why[256];

static const char *const suffixes[] = { "", ".lock", ".new" };

static int setup(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/device", directory);
	return 0;
}

static int teardown(void **state)
{
	char name[96];

	(void)state;
	for (size_t i = 0; i < array_size(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
	assert_int_equal(rmdir(directory), 0);
	return 0;
}

static struct rpmb_file *file_with(const char *more)
{
	char description[256];

	snprintf(description, sizeof(description), "%s%s", path, more);
	why[0] = '\0';
	return rpmb_file_open(description, why, sizeof(why));
}

static struct rpmb_frame exchange(const struct rpmb_file *file, struct rpmb_frame request)
{
	struct rpmb_frame response;

	assert_int_equal(rpmb_device_exchange(rpmb_file_device(file), &request, 1, &response, 1),
			 0);
	return response;
}

static void write_one(const struct rpmb_file *file, uint32_t counter, uint8_t fill)
{
	struct rpmb_frame frame;
	struct rpmb_frame response;

	host_write(&frame, 1, 3, counter, fill);
	response = exchange(file, frame);
	assert_int_equal(host_result(&response), RPMB_RESULT_OK);
}

static void key_counter_and_blocks_stay(void **state)
{
	struct rpmb_file *file = file_with("");
	struct rpmb_geometry before;
	struct rpmb_geometry after;
	struct rpmb_frame response;

	assert_non_null(file);
	exchange(file, host_key_program());
	write_one(file, 0, 0x55);
	rpmb_device_geometry(rpmb_file_device(file), &before);
	rpmb_file_close(file);

	file = file_with("");
	assert_non_null(file);
	rpmb_device_geometry(rpmb_file_device(file), &after);
	assert_memory_equal(&before, &after, sizeof(before));
	response = exchange(file, host_read_counter());
	assert_int_equal(host_counter(&response), 1);
	assert_true(host_trusts(&response, 1));
	response = exchange(file, host_read(3));
	assert_int_equal(response.data[0], 0x55);
	rpmb_file_close(file);
}

static void a_new_device_has_a_cid_of_its_own(void **state)
{
	struct rpmb_file *file = file_with("");
	struct rpmb_geometry first;
	struct rpmb_geometry second;

	rpmb_device_geometry(rpmb_file_device(file), &first);
	assert_int_equal(first.size_mult, RPMB_SIZE_MULT_DEFAULT);
	assert_int_equal(first.rel_wr, RPMB_REL_WR_DEFAULT);
	rpmb_file_close(file);
	unlink(path);
	file = file_with("");
	rpmb_device_geometry(rpmb_file_device(file), &second);
	assert_memory_not_equal(first.cid, second.cid, sizeof(first.cid));
	rpmb_file_close(file);
}

static void a_new_device_is_as_described(void **state)
{
	struct rpmb_file *file =
		file_with(",size=2,rel=4,cid=000102030405060708090a0b0c0d0E0F,no-sync");
	struct rpmb_geometry geometry;

	assert_non_null(file);
	rpmb_device_geometry(rpmb_file_device(file), &geometry);
	assert_int_equal(geometry.size_mult, 2);
	assert_int_equal(geometry.rel_wr, 4);
	assert_int_equal(geometry.cid[15], 15);
	rpmb_file_close(file);
	assert_null(file_with(",size=1"));
	assert_non_null(strstr(why, "another size"));
	assert_null(file_with(",rel=1"));
	assert_null(file_with(",cid=100102030405060708090a0b0c0d0E0F"));
	file = file_with(",size=2,rel=4");
	assert_non_null(file);
	rpmb_file_close(file);
}

static void a_description_with_a_mistake_opens_nothing(void **state)
{
	static const char *const mistakes[] = {
		",size=0",
		",size=129",
		",size=-1",
		",size=x",
		",rel=256",
		",cid=00",
		",cid=xx0102030405060708090a0b0c0d0e0f",
		",fault=replay",
		",fault=replay@0",
		",fault=replay@x",
		",fault=no@1",
		",no-syncs",
		",",
		",other=1",
	};

	for (size_t i = 0; i < array_size(mistakes); i++) {
		assert_null(file_with(mistakes[i]));
		assert_string_not_equal(why, "");
	}
	assert_null(rpmb_file_open("", why, sizeof(why)));
	assert_int_equal(access(path, F_OK), -1);
}

static void one_program_at_a_time(void **state)
{
	struct rpmb_file *file = file_with("");

	assert_null(file_with(""));
	assert_non_null(strstr(why, "another program"));
	rpmb_file_close(file);
	file = file_with("");
	assert_non_null(file);
	rpmb_file_close(file);
}

static void what_is_not_a_device_is_left_alone(void **state)
{
	FILE *stream = fopen(path, "w");

	fputs("something else", stream);
	fclose(stream);
	assert_null(file_with(""));
	assert_non_null(strstr(why, "not the file of an RPMB device"));
	stream = fopen(path, "r");
	assert_int_equal(fgetc(stream), 's');
	fclose(stream);
}

/* A power cut may leave a part of the new file, but under its own name. */
static void half_a_file_beside_it_does_not_matter(void **state)
{
	struct rpmb_file *file = file_with("");
	struct rpmb_frame response;
	char name[96];
	FILE *stream;

	exchange(file, host_key_program());
	rpmb_file_close(file);
	snprintf(name, sizeof(name), "%s.new", path);
	stream = fopen(name, "w");
	fputs("POSTERN-RPMB", stream);
	fclose(stream);
	file = file_with("");
	response = exchange(file, host_read_counter());
	assert_true(host_trusts(&response, 1));
	write_one(file, 0, 1);
	assert_int_equal(access(name, F_OK), -1);
	rpmb_file_close(file);
}

static void a_write_that_cannot_be_kept_fails(void **state)
{
	struct rpmb_file *file = file_with("");
	struct rpmb_frame frame;
	struct rpmb_frame response;
	char name[96];

	exchange(file, host_key_program());
	snprintf(name, sizeof(name), "%s.new", path);
	assert_int_equal(mkdir(name, 0700), 0);
	host_write(&frame, 1, 3, 0, 1);
	response = exchange(file, frame);
	assert_int_equal(host_result(&response), RPMB_RESULT_WRITE);
	assert_int_equal(rmdir(name), 0);
	write_one(file, 0, 1);
	rpmb_file_close(file);
}

static void faults_are_ordered_in_the_description(void **state)
{
	struct rpmb_file *file = file_with(",fault=lose-answer@1,fault=cut-after@3");
	struct rpmb_frame request = host_key_program();
	struct rpmb_frame response;
	struct rpmb_device *device = rpmb_file_device(file);

	assert_int_equal(rpmb_device_exchange(device, &request, 1, &response, 1), -EIO);
	response = exchange(file, host_read_counter());
	assert_true(host_trusts(&response, 1));
	host_write(&request, 1, 0, 0, 9);
	assert_int_equal(rpmb_device_exchange(device, &request, 1, &response, 1), -EIO);
	request = host_read(0);
	assert_int_equal(rpmb_device_exchange(device, &request, 1, &response, 1), -EIO);
	rpmb_file_close(file);
	file = file_with("");
	response = exchange(file, host_read(0));
	assert_int_equal(response.data[0], 9);
	rpmb_file_close(file);
}

int main(void)
{
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_FILE(key_counter_and_blocks_stay),
		WITH_FILE(a_new_device_has_a_cid_of_its_own),
		WITH_FILE(a_new_device_is_as_described),
		WITH_FILE(a_description_with_a_mistake_opens_nothing),
		WITH_FILE(one_program_at_a_time),
		WITH_FILE(what_is_not_a_device_is_left_alone),
		WITH_FILE(half_a_file_beside_it_does_not_matter),
		WITH_FILE(a_write_that_cannot_be_kept_fails),
		WITH_FILE(faults_are_ordered_in_the_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
