/* Promises of log.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "secure/core/fake_normal.h"
#include "secure/core/fake_port.h"
#include "secure/core/log.h"
#include "secure/core/thread.h"

static int setup(void **state)
{
	fake_reset();
	fake_normal_reset();
	log_level_set(LOG_FLOW);
	return 0;
}

static void assert_console(const char *text)
{
	assert_int_equal(fake.console_size, strlen(text));
	assert_memory_equal(fake.console, text, strlen(text));
}

static void a_line_names_its_level_and_ends_with_one_newline(void **state)
{
	log_error("lost %u of %s", 3u, "them");
	log_info("told");
	log_debug("asked");
	log_line(LOG_FLOW, "went");
	assert_console("E/TC:- lost 3 of them\nI/TC:- told\nD/TC:- asked\nF/TC:- went\n");
	assert_int_equal(fake.console_writes, 4);
}

static void lines_above_the_level_are_not_written(void **state)
{
	log_level_set(LOG_INFO);
	log_debug("no");
	log_info("yes");
	log_level_set(LOG_ERROR);
	log_info("no");
	assert_console("I/TC:- yes\n");
	log_level_set(0);
	log_error("no");
	assert_console("I/TC:- yes\n");
}

static void a_long_line_is_cut(void **state)
{
	char text[2 * LOG_LINE_MAX];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	assert_int_equal(fake.console_size, LOG_LINE_MAX);
	assert_int_equal(fake.console[LOG_LINE_MAX - 2], 'x');
	assert_int_equal(fake.console[LOG_LINE_MAX - 1], '\n');
}

static void a_line_of_exactly_the_limit_is_whole(void **state)
{
	char text[LOG_LINE_MAX - sizeof("I/TC:- ")];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_info("%sy", text);
	assert_int_equal(fake.console_size, LOG_LINE_MAX);
	assert_int_equal(fake.console[LOG_LINE_MAX - 2], 'y');
}

static void what_is_not_printable_is_replaced(void **state)
{
	log_info("%s", "a\nE/TC:- forged\x1b[2J\xc2\x9b\ttab");
	assert_console("I/TC:- a?E/TC:- forged?[2J?? tab\n");
}

static void log_on_a_thread(void *arg)
{
	log_info("here");
}

static void a_line_names_its_secure_thread(void **state)
{
	struct fake_call outer = { .room = 0 };

	thread_init(1);
	fake_call_start(&outer, log_on_a_thread, NULL);
	assert_console("I/TC:0 here\n");
	thread_reset();
}

static void the_text_of_a_ta_is_split_into_lines(void **state)
{
	static const char text[] = "one\ntwo\n\nthree";

	log_user(text, sizeof(text) - 1);
	assert_console("one\ntwo\nthree\n");
	assert_int_equal(fake.console_writes, 3);
}

static void the_text_of_a_ta_is_made_printable(void **state)
{
	static const char text[] = "a\x1b]0;x\x07\0b\xff\r\n";

	log_user(text, sizeof(text) - 1);
	assert_console("a?]0;x??b??\n");
}

static void a_long_line_of_a_ta_becomes_several(void **state)
{
	char text[LOG_LINE_MAX + 10];

	memset(text, 'x', sizeof(text));
	log_user(text, sizeof(text));
	assert_int_equal(fake.console_writes, 2);
	assert_int_equal(fake.console_size, sizeof(text) + 2);
	assert_int_equal(fake.console[LOG_LINE_MAX - 1], '\n');
	assert_int_equal(fake.console[sizeof(text) + 1], '\n');
}

static void no_text_of_a_ta_is_no_line(void **state)
{
	log_user("", 0);
	log_user("\n\n", 2);
	assert_int_equal(fake.console_writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_names_its_level_and_ends_with_one_newline, setup),
		cmocka_unit_test_setup(lines_above_the_level_are_not_written, setup),
		cmocka_unit_test_setup(a_long_line_is_cut, setup),
		cmocka_unit_test_setup(a_line_of_exactly_the_limit_is_whole, setup),
		cmocka_unit_test_setup(what_is_not_printable_is_replaced, setup),
		cmocka_unit_test_setup(a_line_names_its_secure_thread, setup),
		cmocka_unit_test_setup(the_text_of_a_ta_is_split_into_lines, setup),
		cmocka_unit_test_setup(the_text_of_a_ta_is_made_printable, setup),
		cmocka_unit_test_setup(a_long_line_of_a_ta_becomes_several, setup),
		cmocka_unit_test_setup(no_text_of_a_ta_is_no_line, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
