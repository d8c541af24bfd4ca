#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants those first. */
#include <cmocka.h>
#include <limits.h>

#include "normal/exec/path.h"

static void a_device_is_known_by_its_name(void **state)
{
	assert_int_equal(path_device(NULL, "/dev/tee0"), PATH_TEE);
	assert_int_equal(path_device(NULL, "/dev/teepriv0"), PATH_TEEPRIV);
	assert_int_equal(path_device("/anywhere", "/dev/tee0"), PATH_TEE);
}

static void superfluous_parts_do_not_matter(void **state)
{
	assert_int_equal(path_device(NULL, "//dev///./tee0"), PATH_TEE);
	assert_int_equal(path_device(NULL, "/dev/../dev/tee0"), PATH_TEE);
	assert_int_equal(path_device(NULL, "/../../dev/pts/../tee0"), PATH_TEE);
}

static void a_relative_path_goes_on_from_its_directory(void **state)
{
	assert_int_equal(path_device("/dev", "tee0"), PATH_TEE);
	assert_int_equal(path_device("/", "dev/teepriv0"), PATH_TEEPRIV);
	assert_int_equal(path_device("/dev/pts", "../tee0"), PATH_TEE);
	assert_int_equal(path_device("/tmp", "tee0"), PATH_OTHER);
	assert_int_equal(path_device(NULL, "tee0"), PATH_OTHER);
}

static void everything_else_is_the_kernels(void **state)
{
	static const char *const others[] = {
		"",	      "/",	     "/dev",	    "/dev/tee", "/dev/tee00",	"/dev/tee1",
		"/dev/tee0x", "/dev/tee0/x", "/dev/x/tee0", "/tee0",	"/dev/tee0/..",
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(path_device("/tmp", others[i]), PATH_OTHER);
	}
}

static void the_last_part_tells_most_apart(void **state)
{
	assert_true(path_may_be_device("/dev/tee0"));
	assert_true(path_may_be_device("teepriv0"));
	assert_false(path_may_be_device("/dev/null"));
	assert_false(path_may_be_device("/dev/tee0/"));
	assert_false(path_may_be_device(""));
}

static void what_is_longer_than_a_path_is_no_device(void **state)
{
	static char path[2 * PATH_MAX];

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	assert_int_equal(path_device(NULL, path), PATH_OTHER);
	assert_int_equal(path_device(path, "tee0"), PATH_OTHER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_known_by_its_name),
		cmocka_unit_test(superfluous_parts_do_not_matter),
		cmocka_unit_test(a_relative_path_goes_on_from_its_directory),
		cmocka_unit_test(everything_else_is_the_kernels),
		cmocka_unit_test(the_last_part_tells_most_apart),
		cmocka_unit_test(what_is_longer_than_a_path_is_no_device),
	};

	return cmocka_run_group_tests_name("exec/path", tests, NULL, NULL);
}
