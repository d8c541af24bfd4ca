/* trace_test.c - the lines that programs print with teec_trace.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DEBUGLEVEL    TRACE_INFO
#define BINARY_PREFIX "test"
#include "normal/client/include/teec_trace.h"

static FILE *captured;
static int before;

static int setup(void **state)
{
	captured = tmpfile();
	before = dup(STDERR_FILENO);
	return captured == NULL || dup2(fileno(captured), STDERR_FILENO) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	dup2(before, STDERR_FILENO);
	close(before);
	fclose(captured);
	return 0;
}

static void expect(const char *text)
{
	char output[1024];
	size_t size;

	fflush(stderr);
	rewind(captured);
	size = fread(output, 1, sizeof(output) - 1, captured);
	output[size] = '\0';
	assert_string_equal(output, text);
}

static void a_line_says_level_who_where_and_what(void **state)
{
	_dprintf("function", 12, TRACE_ERROR, "who", "%s %d", "what", 3);
	_dprintf(NULL, 0, 99, NULL, "nothing");
	expect("ERR [who] function:12: what 3\nUKN [] :0: nothing\n");
}

static void levels_beyond_the_chosen_one_say_nothing(void **state)
{
	char line[128];

	DMSG("debug");
	FMSG("flow");
	INMSG("in %d", 1);
	INMSG();
	OUTMSG();
	expect("");
	snprintf(line, sizeof(line), "INF [test] %s:%d: info 1\n", __func__, __LINE__ + 1);
	IMSG("info %d", 1);
	expect(line);
}

static void a_long_line_is_cut(void **state)
{
	char text[1000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	_dprintf("f", 1, TRACE_INFO, "p", "%s", text);
	fflush(stderr);
	assert_int_equal(lseek(fileno(captured), 0, SEEK_CUR), 255 + sizeof("INF [p] f:1: "));
}

static void bytes_are_dumped_sixteen_to_a_line(void **state)
{
	uint8_t bytes[18];
	unsigned int i;

	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i * 15);
	}
	dump_buffer("title", bytes, sizeof(bytes));
	dump_buffer(NULL, NULL, 3);
	expect("title (18 bytes)\n00 0f 1e 2d 3c 4b 5a 69 78 87 96 a5 b4 c3 d2 e1\nf0 ff\n"
	       " (3 bytes)\n");
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(a_line_says_level_who_where_and_what),
		promise(levels_beyond_the_chosen_one_say_nothing),
		promise(a_long_line_is_cut),
		promise(bytes_are_dumped_sixteen_to_a_line),
	};

	return cmocka_run_group_tests_name("client/trace", tests, NULL, NULL);
}
