/* What the ladder shows of the driver's events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/ffa.h"
#include "abi/msg.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "normal/tools/ladder.h"

static char *drawing;
static size_t drawing_size;
static FILE *paper;
static struct ladder *ladder;

static int setup(void **state)
{
	paper = open_memstream(&drawing, &drawing_size);
	ladder = ladder_open(paper, 1000000);
	return ladder == NULL;
}

static int teardown(void **state)
{
	ladder_close(ladder);
	fclose(paper);
	free(drawing);
	return 0;
}

static void draw(const char *kind, int function, int command, int sub, int request, int result)
{
	json_t *event = json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "kind", kind,
				  "time_ns", (json_int_t)3500000, "function",
				  (json_int_t)(uint32_t)function, "command", (json_int_t)command,
				  "sub_command", (json_int_t)sub, "request", (json_int_t)request,
				  "result", (json_int_t)result, "bytes", (json_int_t)4096,
				  "duration_ns", (json_int_t)12345, "detail", "somewhere");

	ladder_event(ladder, event);
	json_decref(event);
	fflush(paper);
}

static void an_rpc_is_a_line_with_its_name_its_time_and_its_bytes(void **state)
{
	draw("rpc-end", (int)SMC_RPC_CMD, RPC_CMD_FS, RPC_FS_READ, 7, 0);
	assert_non_null(strstr(drawing, "2.500 ms"));
	assert_non_null(strstr(drawing, "FS READ"));
	assert_non_null(strstr(drawing, "12.3 us"));
	assert_non_null(strstr(drawing, "4096 B"));
	assert_non_null(strstr(drawing, "somewhere"));
}

static void a_failure_shows_its_code(void **state)
{
	draw("rpc-end", (int)SMC_RPC_CMD, RPC_CMD_GET_TIME, 0, 0, 0x1234);
	assert_non_null(strstr(drawing, "= 0x00001234"));
}

static void an_unknown_command_is_shown_by_its_number(void **state)
{
	draw("rpc-end", (int)SMC_RPC_CMD, 4711, 0, 0, 0);
	draw("call", 0, 4712, 0, 0, 0);
	draw("something-new", 0, 0, 0, 0, 0);
	assert_non_null(strstr(drawing, "RPC 4711"));
	assert_non_null(strstr(drawing, "message 4712"));
}

/* With FF-A memory is shared without a message. */
static void sharing_has_a_name_and_is_no_answer_of_a_ta(void **state)
{
	draw("call-end", (int)FFA_MEM_SHARE_32, 0, 0, 0, 0);
	draw("call", (int)FFA_MEM_RECLAIM, MSG_CMD_INVOKE_COMMAND, 0, 0, 0);
	draw("call-end", (int)FFA_MEM_RECLAIM, MSG_CMD_INVOKE_COMMAND, 0, 0, 0);
	assert_non_null(strstr(drawing, "FFA_MEM_SHARE "));
	assert_non_null(strstr(drawing, "FFA_MEM_RECLAIM "));
	assert_null(strstr(drawing, "OPEN_SESSION"));
	ladder_summary(ladder);
	fflush(paper);
	assert_null(strstr(drawing, "first answer"));
}

static void the_summary_counts_by_command_and_says_when_the_first_answer_came(void **state)
{
	draw("rpc-end", (int)SMC_RPC_CMD, RPC_CMD_GET_TIME, 0, 0, 0);
	draw("rpc-end", (int)SMC_RPC_CMD, RPC_CMD_GET_TIME, 0, 0, 0);
	draw("rpc-end", (int)SMC_RPC_CMD, RPC_CMD_LOAD_TA, 0, 3, 0);
	draw("call-end", 0, MSG_CMD_INVOKE_COMMAND, 5, 0, 0);
	ladder_summary(ladder);
	fflush(paper);
	assert_non_null(strstr(drawing, "GET_TIME                    2         8192"));
	assert_non_null(strstr(drawing, "tee-supplicant"));
	assert_non_null(strstr(drawing, "first answer of a TA 2.5 ms after the start"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_rpc_is_a_line_with_its_name_its_time_and_its_bytes),
		TEST(a_failure_shows_its_code),
		TEST(an_unknown_command_is_shown_by_its_number),
		TEST(sharing_has_a_name_and_is_no_answer_of_a_ta),
		TEST(the_summary_counts_by_command_and_says_when_the_first_answer_came),
	};

	return cmocka_run_group_tests_name("the ladder", tests, NULL, NULL);
}
