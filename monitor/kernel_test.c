#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "monitor/kernel.h"

#define RAM_START 0x40000000ull
#define RAM_END	  0x60000000ull

static struct boot_block block;
static struct kernel kernel;

static int good_block(void **state)
{
	(void)state;
	memset(&block, 0, sizeof(block));
	memset(&kernel, 0xEE, sizeof(kernel));
	block.magic = BOOT_MAGIC;
	block.version = BOOT_VERSION;
	block.kernel = 0x42200000;
	block.initrd = 0x48000000;
	block.initrd_end = 0x48001000;
	strcpy(block.arguments, "console=ttyAMA0");
	return 0;
}

static bool refused(void)
{
	return kernel_from_block(&block, RAM_START, RAM_END, &kernel) != NULL;
}

static void a_good_block_is_copied(void **state)
{
	(void)state;
	assert_false(refused());
	assert_int_equal(kernel.entry, 0x42200000);
	assert_int_equal(kernel.initrd, 0x48000000);
	assert_int_equal(kernel.initrd_end, 0x48001000);
	assert_string_equal(kernel.arguments, "console=ttyAMA0");
}

static void a_kernel_needs_no_initrd(void **state)
{
	(void)state;
	block.initrd = 0;
	assert_false(refused());
	assert_int_equal(kernel.initrd, 0);
	assert_int_equal(kernel.initrd_end, 0);
}

static void what_is_no_block_is_refused(void **state)
{
	(void)state;
	block.magic = 0;
	assert_true(refused());
	block.magic = BOOT_MAGIC;
	block.version = BOOT_VERSION + 1;
	assert_true(refused());
}

static void a_kernel_outside_of_memory_is_refused(void **state)
{
	(void)state;
	block.kernel = RAM_START - 4;
	assert_true(refused());
	block.kernel = RAM_END;
	assert_true(refused());
	block.kernel = 0x0E100000;
	assert_true(refused());
	block.kernel = 0x42200002;
	assert_true(refused());
}

static void an_initrd_outside_of_memory_is_refused(void **state)
{
	(void)state;
	block.initrd_end = RAM_END + 1;
	assert_true(refused());
	block.initrd_end = block.initrd;
	assert_true(refused());
	block.initrd_end = 0;
	assert_true(refused());
	block.initrd = 0x0E100000;
	block.initrd_end = 0x48001000;
	assert_true(refused());
}

static void a_command_line_without_end_is_refused(void **state)
{
	(void)state;
	memset(block.arguments, 'a', sizeof(block.arguments));
	assert_true(refused());
	block.arguments[sizeof(block.arguments) - 1] = '\0';
	assert_false(refused());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_block_is_copied, good_block),
		cmocka_unit_test_setup(a_kernel_needs_no_initrd, good_block),
		cmocka_unit_test_setup(what_is_no_block_is_refused, good_block),
		cmocka_unit_test_setup(a_kernel_outside_of_memory_is_refused, good_block),
		cmocka_unit_test_setup(an_initrd_outside_of_memory_is_refused, good_block),
		cmocka_unit_test_setup(a_command_line_without_end_is_refused, good_block),
	};

	return cmocka_run_group_tests_name("monitor/kernel", tests, NULL, NULL);
}
