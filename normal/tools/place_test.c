/* Where a TEE may live, and where not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "normal/tools/place.h"

static char scratch[] = "/tmp/place_test.XXXXXX";

static int setup(void **state)
{
	strcpy(scratch + strlen(scratch) - 6, "XXXXXX");
	assert_non_null(mkdtemp(scratch));
	setenv("XDG_RUNTIME_DIR", scratch, 1);
	setenv("XDG_STATE_HOME", scratch, 1);
	return 0;
}

static int teardown(void **state)
{
	struct place whole;

	strcpy(whole.directory, scratch);
	place_remove(&whole);
	return 0;
}

static void a_name_is_a_directory_below_the_users_own(void **state)
{
	struct place place;

	assert_true(place_named("board-1", &place));
	assert_memory_equal(place.directory, scratch, strlen(scratch));
	assert_string_equal(place.directory + strlen(scratch), "/postern/board-1");
}

static void names_that_could_lead_elsewhere_are_refused(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".hidden", "a/b", "../a", "a b", "\n" };
	struct place place;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(place_named(bad[i], &place));
	}
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
	char name[PLACE_PATH_MAX + 1];
	struct place place;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(place_named(name, &place));
}

static void directories_are_the_users_alone(void **state)
{
	struct stat status;
	struct place place;

	assert_true(place_named("mine", &place));
	assert_true(place_create(&place));
	assert_int_equal(stat(place.directory, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_true(place_create(&place));
}

static void a_private_place_goes_with_all_that_is_in_it(void **state)
{
	struct stat status;
	struct place place;

	assert_true(place_private(&place));
	assert_int_equal(stat(place.state, &status), 0);
	place_remove(&place);
	assert_int_not_equal(stat(place.directory, &status), 0);
}

static void without_a_home_there_is_no_state(void **state)
{
	struct place place;

	unsetenv("XDG_STATE_HOME");
	unsetenv("HOME");
	assert_false(place_named("any", &place));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_a_directory_below_the_users_own),
		TEST(names_that_could_lead_elsewhere_are_refused),
		TEST(a_path_that_does_not_fit_is_refused),
		TEST(directories_are_the_users_alone),
		TEST(a_private_place_goes_with_all_that_is_in_it),
		TEST(without_a_home_there_is_no_state),
	};

	return cmocka_run_group_tests_name("where a TEE lives", tests, NULL, NULL);
}
