/* trace_test.c - text: to buffers, to the log, and of programs that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <printk.h>
#include <stack_protector.h>
#include <tee_api_types.h>
#include <trace.h>

#include "ta/test/fake_kernel.h"
#include "ta/test/kit.h"

void _assert_log(const char *expression, const char *file, int line, const char *function);
void _assert_break(void);

static int setup(void **state)
{
	fake_kernel_reset();
	trace_set_level(TRACE_MAX);
	return 0;
}

static void text_is_formatted_and_cut(void **state)
{
	char text[8];

	assert_int_equal(kit_snprintf(text, sizeof(text), "%d-%s", 12, "abcdefgh"), 11);
	assert_string_equal(text, "12-abcd");
	assert_int_equal(kit_snprintf(NULL, 0, "%05x", 0xabc), 5);
}

static void uuids_are_formatted(void **state)
{
	TEE_UUID uuid = {
		0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5, 0xc5, 0x1b }
	};
	char text[40];

	assert_int_equal(snprintk(text, sizeof(text), "%pUl", (void *)&uuid), 36);
	assert_string_equal(text, "8aaaf200-2450-11e4-abe2-0002a5d5c51b");
}

static void errors_say_where_they_are(void **state)
{
	EMSG("code %d", 7);
	assert_non_null(strstr(fake_kernel_log(), "E/TA:  errors_say_where_they_are:"));
	assert_non_null(strstr(fake_kernel_log(), " code 7\n"));
}

static void information_is_short(void **state)
{
	IMSG("Hello");
	assert_string_equal(fake_kernel_log(), "I/TA: Hello\n");
}

static void raw_lines_do_not_say_where_they_are(void **state)
{
	EMSG_RAW("lost");
	DMSG_RAW("found");
	assert_string_equal(fake_kernel_log(), "E/TA:  lost\nD/TA:  found\n");
}

static void the_flow_has_arrows(void **state)
{
	trace_printf("function", 3, TRACE_FLOW, true, "%s", "x");
	assert_string_equal(fake_kernel_log(), "F/TA:  function:3 x\n");
	fake_kernel_reset();
	INMSG("in");
	OUTMSG("out");
	assert_non_null(strstr(fake_kernel_log(), "> in\n"));
	assert_non_null(strstr(fake_kernel_log(), "< out\n"));
}

static void a_message_without_a_level_is_marked(void **state)
{
	MSG("anything");
	assert_int_equal(strncmp(fake_kernel_log(), "M/TA:  ", 7), 0);
}

static void what_is_above_the_level_is_silent(void **state)
{
	trace_set_level(TRACE_INFO);
	assert_int_equal(trace_get_level(), TRACE_INFO);
	DMSG("debugging");
	FMSG("flow");
	IMSG("heard");
	assert_string_equal(fake_kernel_log(), "I/TA: heard\n");
	fake_kernel_reset();
	trace_set_level(TRACE_MIN);
	EMSG("error");
	assert_string_equal(fake_kernel_log(), "");
	trace_set_level(99);
	assert_int_equal(trace_get_level(), TRACE_MAX);
}

static void every_line_ends_once(void **state)
{
	IMSG("with\n");
	IMSG("without");
	IMSG("%s", "");
	assert_string_equal(fake_kernel_log(), "I/TA: with\nI/TA: without\nI/TA: \n");
}

static void long_lines_are_cut_at_255(void **state)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	IMSG("%s", text);
	assert_int_equal(strlen(fake_kernel_log()), MAX_PRINT_SIZE - 1);
	assert_int_equal(fake_kernel_log()[MAX_PRINT_SIZE - 2], '\n');
	/* A function's name alone may be too long. */
	fake_kernel_reset();
	trace_printf(text, 1, TRACE_ERROR, true, "message");
	assert_int_equal(strlen(fake_kernel_log()), MAX_PRINT_SIZE - 1);
	assert_int_equal(fake_kernel_log()[MAX_PRINT_SIZE - 2], '\n');
}

static void bytes_are_dumped_16_on_a_line(void **state)
{
	dhex_dump(NULL, 0, TRACE_INFO, "0123456789abcdefgh\n", 19);
	assert_string_equal(
		fake_kernel_log(),
		"I/TA: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef\n"
		"I/TA: 67 68 0a                                        gh.\n");
	fake_kernel_reset();
	dhex_dump(NULL, 0, TRACE_INFO, "x", 0);
	dhex_dump(NULL, 0, TRACE_INFO, "x", -1);
	assert_string_equal(fake_kernel_log(), "");
}

static void printing_has_no_prefix(void **state)
{
	assert_int_equal(kit_printf("%s %d", "plain", 1), 7);
	kit_puts("line");
	kit_putchar('c');
	assert_string_equal(fake_kernel_log(), "plain 1line\nc");
	trace_set_level(TRACE_MIN);
	kit_puts("unheard");
	assert_string_equal(fake_kernel_log(), "plain 1line\nc");
}

static void printed_text_is_cut_at_255(void **state)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(kit_printf("%s", text), 999);
	assert_int_equal(strlen(fake_kernel_log()), MAX_PRINT_SIZE - 1);
}

/* --- A program that is wrong ------------------------------------------------------------------ */

static void break_assertion(void)
{
	_assert_log("a == b", "file.c", 12, "function");
	_assert_break();
}

static void a_failed_assertion_panics(void **state)
{
	assert_int_equal(fake_kernel_panic_of(break_assertion), TEE_ERROR_GENERIC);
	assert_non_null(strstr(fake_kernel_log(), "assertion 'a == b' failed at file.c:12"));
}

static void aborting_panics(void **state)
{
	assert_int_equal(fake_kernel_panic_of(kit_abort), 0);
	assert_string_equal(fake_kernel_log(), "Abort!\n");
}

extern void kit___stack_chk_fail(void);

static void a_smashed_stack_panics(void **state)
{
	assert_int_equal(fake_kernel_panic_of(kit___stack_chk_fail), TEE_ERROR_OVERFLOW);
}

static void overflow_a_buffer(void)
{
	char text[4];

	kit___sprintf_chk(text, 0, sizeof(text), "%s", "four");
}

static void text_that_overflows_a_checked_buffer_panics(void **state)
{
	char text[5];

	fake_kernel_panic_of(overflow_a_buffer);
	assert_int_equal(kit___sprintf_chk(text, 0, sizeof(text), "%s", "four"), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(text_is_formatted_and_cut, setup),
		cmocka_unit_test_setup(uuids_are_formatted, setup),
		cmocka_unit_test_setup(errors_say_where_they_are, setup),
		cmocka_unit_test_setup(information_is_short, setup),
		cmocka_unit_test_setup(raw_lines_do_not_say_where_they_are, setup),
		cmocka_unit_test_setup(the_flow_has_arrows, setup),
		cmocka_unit_test_setup(a_message_without_a_level_is_marked, setup),
		cmocka_unit_test_setup(what_is_above_the_level_is_silent, setup),
		cmocka_unit_test_setup(every_line_ends_once, setup),
		cmocka_unit_test_setup(long_lines_are_cut_at_255, setup),
		cmocka_unit_test_setup(bytes_are_dumped_16_on_a_line, setup),
		cmocka_unit_test_setup(printing_has_no_prefix, setup),
		cmocka_unit_test_setup(printed_text_is_cut_at_255, setup),
		cmocka_unit_test_setup(a_failed_assertion_panics, setup),
		cmocka_unit_test_setup(aborting_panics, setup),
		cmocka_unit_test_setup(a_smashed_stack_panics, setup),
		cmocka_unit_test_setup(text_that_overflows_a_checked_buffer_panics, setup),
	};

	return cmocka_run_group_tests_name("ta/libutils/trace", tests, NULL, NULL);
}
