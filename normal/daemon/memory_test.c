/* What posternd promises about memory that the secure world is told of. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/daemon/file.h"
#include "normal/driver/os.h"
#include "normal/gate/host.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static int plug_error;
static unsigned int plugs;
static uint64_t last_address;
static uint64_t last_size;

int gate_plug(int fd, uint64_t address, uint64_t size)
{
	assert_true(fcntl(fd, F_GET_SEALS) >= 0);
	if (plug_error == 0) {
		plugs++;
		last_address = address;
		last_size = size;
	}
	return plug_error;
}

void gate_unplug(uint64_t address, uint64_t size)
{
	plugs--;
}

static int setup(void **state)
{
	plug_error = 0;
	plugs = 0;
	return 0;
}

static int memfd(uint64_t size, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void an_allocation_is_whole_zeroed_pages_plugged_in_until_the_last_reference(void **state)
{
	struct os_memory *memory = os_memory_alloc(5000);
	unsigned char *bytes;

	assert_non_null(memory);
	assert_int_equal(os_memory_page_count(memory), 2);
	assert_int_equal(os_memory_offset(memory), 0);
	assert_int_equal(last_size, 8192);
	assert_int_equal(os_memory_page(memory, 0), last_address);
	assert_int_equal(os_memory_page(memory, 1), last_address + 4096);
	bytes = os_memory_address(memory);
	assert_int_equal(bytes[0] | bytes[8191], 0);
	assert_int_equal(plugs, 1);
	os_memory_get(memory);
	os_memory_put(memory);
	assert_int_equal(plugs, 1);
	os_memory_put(memory);
	assert_int_equal(plugs, 0);
}

static void nobody_can_shrink_what_the_secure_world_maps(void **state)
{
	struct os_memory *memory = os_memory_alloc(4096);
	const struct os_file *file = os_memory_file(memory);

	assert_non_null(file);
	assert_int_equal(fcntl(file->fd, F_GET_SEALS) & SEALS, SEALS);
	assert_int_equal(ftruncate(file->fd, 0), -1);
	os_memory_put(memory);
}

static void two_objects_never_share_an_address(void **state)
{
	struct os_memory *first = os_memory_alloc(4096);
	uint64_t address = os_memory_page(first, 0);
	struct os_memory *second;

	os_memory_put(first);
	second = os_memory_alloc(4096);
	assert_true(os_memory_page(second, 0) > address);
	os_memory_put(second);
}

static void a_size_that_makes_no_sense_is_refused(void **state)
{
	assert_null(os_memory_alloc(0));
	assert_null(os_memory_alloc(SIZE_MAX));
	assert_int_equal(plugs, 0);
}

static void without_a_secure_world_there_is_no_memory(void **state)
{
	plug_error = -ENODEV;
	assert_null(os_memory_alloc(4096));
}

static void a_clients_pages_keep_their_offset(void **state)
{
	struct os_file file = { memfd(4 * 4096, SEALS) };
	struct os_memory *memory;

	assert_int_equal(os_memory_adopt(&file, 4096 + 100, 4096, &memory), 0);
	close(file.fd);
	assert_int_equal(last_size, 4 * 4096);
	assert_int_equal(os_memory_page(memory, 0), last_address + 4096);
	assert_int_equal(os_memory_page_count(memory), 2);
	assert_int_equal(os_memory_offset(memory), 100);
	assert_null(os_memory_file(memory));
	assert_non_null(os_memory_address(memory));
	os_memory_put(memory);
	assert_int_equal(plugs, 0);
}

static void a_file_that_could_shrink_is_refused(void **state)
{
	struct os_file file = { memfd(4096, F_SEAL_GROW) };
	struct os_memory *memory;

	assert_int_equal(os_memory_adopt(&file, 0, 4096, &memory), -EFAULT);
	close(file.fd);
}

static void what_is_not_memory_is_refused(void **state)
{
	struct os_file file = { open("/dev/null", O_RDWR | O_CLOEXEC) };
	struct os_memory *memory;

	assert_int_equal(os_memory_adopt(&file, 0, 1, &memory), -EFAULT);
	close(file.fd);
	assert_int_equal(os_memory_adopt(NULL, 0, 1, &memory), -EFAULT);
}

static void a_range_outside_the_file_is_refused(void **state)
{
	struct os_file file = { memfd(4096, SEALS) };
	struct os_memory *memory;

	assert_int_equal(os_memory_adopt(&file, 1, 4096, &memory), -EFAULT);
	assert_int_equal(os_memory_adopt(&file, UINT64_MAX, 2, &memory), -EFAULT);
	assert_int_equal(os_memory_adopt(&file, 0, 0, &memory), -EFAULT);
	close(file.fd);
	assert_int_equal(plugs, 0);
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_allocation_is_whole_zeroed_pages_plugged_in_until_the_last_reference),
		TEST(nobody_can_shrink_what_the_secure_world_maps),
		TEST(two_objects_never_share_an_address),
		TEST(a_size_that_makes_no_sense_is_refused),
		TEST(without_a_secure_world_there_is_no_memory),
		TEST(a_clients_pages_keep_their_offset),
		TEST(a_file_that_could_shrink_is_refused),
		TEST(what_is_not_memory_is_refused),
		TEST(a_range_outside_the_file_is_refused),
	};

	return cmocka_run_group_tests_name("normal memory", tests, NULL, NULL);
}
