#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "normal/tools/rpc_words.h"

static struct rpc_words words;
static char error[256];

/* A command line of up to seven words. */
static bool parse(const char *a, const char *b, const char *c, const char *d, const char *e,
		  const char *f)
{
	const char *const list[] = { a, b, c, d, e, f, NULL };
	char *copy[array_size(list)] = { NULL };
	int count = 0;

	while (list[count] != NULL) {
		copy[count] = (char *)(uintptr_t)list[count];
		count++;
	}
	error[0] = '\0';
	return rpc_words_parse(count, copy, &words, error, sizeof(error));
}

static void refused(const char *a, const char *b, const char *c)
{
	assert_false(parse(a, b, c, NULL, NULL, NULL));
	assert_string_not_equal(error, "");
	assert_null(words.data);
}

static void a_command_is_a_name_or_a_number(void **state)
{
	assert_true(parse("get-time", NULL, NULL, NULL, NULL, NULL));
	assert_int_equal(words.call.cmd, RPC_CMD_GET_TIME);
	assert_int_equal(words.call.count, 1);
	assert_int_equal(words.call.params[0].type, PTA_RPC_VALUE_OUTPUT);
	assert_true(parse("0x63", NULL, NULL, NULL, NULL, NULL));
	assert_int_equal(words.call.cmd, 99);
	assert_int_equal(words.call.count, 0);
	refused("get_time", NULL, NULL);
	refused("-1", NULL, NULL);
	refused("4294967296", NULL, NULL);
	refused(NULL, NULL, NULL);
}

static void values_are_up_to_three_numbers(void **state)
{
	assert_true(parse("10", "v:1", "vo", "vio:0xffffffffffffffff,2,3", "none", NULL));
	assert_int_equal(words.call.count, 4);
	assert_int_equal(words.call.params[0].type, PTA_RPC_VALUE_INPUT);
	assert_int_equal(words.call.params[0].a, 1);
	assert_int_equal(words.call.params[0].b, 0);
	assert_int_equal(words.call.params[2].type, PTA_RPC_VALUE_INOUT);
	assert_true(words.call.params[2].a == UINT64_MAX);
	assert_int_equal(words.call.params[2].c, 3);
	assert_int_equal(words.call.params[3].type, PTA_RPC_NONE);
	refused("10", "v:", NULL);
	refused("10", "v:1,2,3,4", NULL);
	refused("10", "v:1,,2", NULL);
	refused("10", "v:x", NULL);
	refused("10", "vo:1", NULL);
	refused("10", "w:1", NULL);
	assert_false(parse("10", "vo", "vo", "vo", "vo", "vo"));
}

static void memory_lies_one_after_the_other_in_the_data(void **state)
{
	assert_true(parse("fs", "mi:=abc", "mo:8", "mio:x0102ff", "mo:null", NULL));
	assert_int_equal(words.data_size, 15);
	assert_memory_equal(words.data, "abc\0\0\0\0\0\0\0\0\0\x01\x02\xff", 15);
	assert_int_equal(words.call.params[0].size, 4);
	assert_int_equal(words.call.params[1].offset, 4);
	assert_int_equal(words.call.params[1].size, 8);
	assert_int_equal(words.call.params[2].offset, 12);
	assert_int_equal(words.call.params[2].type, PTA_RPC_MEMREF_INOUT);
	assert_int_equal(words.call.params[3].memory, PTA_RPC_MEMORY_NONE);
	rpc_words_free(&words);
	refused("fs", "mi:=abc", "mi:x1");
	refused("fs", "mi:=abc", "mi:xzz");
	refused("fs", "mo:0", NULL);
	refused("fs", "mo:1048577", NULL);
	refused("fs", "mo:1048576", "mo:1");
	refused("fs", "mi:@/nowhere", NULL);
}

static void the_memory_is_of_the_kind_that_the_command_takes(void **state)
{
	assert_true(parse("i2c-transfer", "v:0", "v:0", "mio:1", "vo", NULL));
	assert_int_equal(words.call.params[2].memory, RPC_SHM_TYPE_KERNEL);
	rpc_words_free(&words);
	assert_true(parse("fs", "mo:1", NULL, NULL, NULL, NULL));
	assert_int_equal(words.call.params[0].memory, RPC_SHM_TYPE_APPL);
	rpc_words_free(&words);
}

static void short_forms_are_what_a_driver_gets(void **state)
{
	assert_true(parse("i2c-transfer", "write", "1", "0x50", "x0042", "ten-bit"));
	assert_int_equal(words.call.count, 4);
	assert_int_equal(words.call.params[0].a, RPC_I2C_WRITE);
	assert_int_equal(words.call.params[0].b, 1);
	assert_int_equal(words.call.params[0].c, 0x50);
	assert_int_equal(words.call.params[1].a, RPC_I2C_FLAG_TEN_BIT);
	assert_memory_equal(words.data, "\x00\x42", 2);
	rpc_words_free(&words);
	assert_true(parse("suspend", "20", NULL, NULL, NULL, NULL));
	assert_int_equal(words.call.params[0].a, 20);
	assert_true(
		parse("load-ta", "00010203-0405-0607-0809-0a0b0c0d0e0f", NULL, NULL, NULL, NULL));
	assert_memory_equal(&words.call.params[0].a, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17",
			    16);
	assert_int_equal(words.call.params[1].memory, PTA_RPC_MEMORY_NONE);
	refused("load-ta", "nobody", NULL);
	refused("suspend", "soon", NULL);
	assert_false(parse("i2c-transfer", "erase", "1", "0x50", "16", NULL));
}

static void results_have_names(void **state)
{
	assert_string_equal(rpc_words_result(TEE_ERROR_NOT_SUPPORTED), "not supported");
	assert_null(rpc_words_result(0x12345678));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_a_name_or_a_number),
		cmocka_unit_test(values_are_up_to_three_numbers),
		cmocka_unit_test(memory_lies_one_after_the_other_in_the_data),
		cmocka_unit_test(the_memory_is_of_the_kind_that_the_command_takes),
		cmocka_unit_test(short_forms_are_what_a_driver_gets),
		cmocka_unit_test(results_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
