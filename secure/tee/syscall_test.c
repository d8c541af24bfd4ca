/* The system calls that need no test of their own length: see clock_test.c, property_test.c and
 * ta_client_test.c for the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "abi/tee_api_defines_extensions.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/tee/console.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"

#define COOKIE	  0x5000ull
#define R	  TEE_MEMORY_ACCESS_READ
#define W	  TEE_MEMORY_ACCESS_WRITE
#define ANY	  TEE_MEMORY_ACCESS_ANY_OWNER
#define SECURE	  TEE_MEMORY_ACCESS_SECURE
#define NONSECURE TEE_MEMORY_ACCESS_NONSECURE

/* What the TA does when invoked. The results are looked at when it has returned. */
static void (*body)(struct fake_entry *entry);
static uint32_t results[128];

static TEE_Result program(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		body(entry);
	}
	return TEE_SUCCESS;
}

static struct fake_ta *ta;
static uint64_t pages;

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, 0, program);
	pages = fake_client_register(COOKIE, 1);
	memset(results, 0x5a, sizeof(results));
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
	fake_client_end(0);
	return 0;
}

/* With an input and an output of the same 64 bytes at offset 32. */
static void run(void (*what)(struct fake_entry *entry))
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 2);

	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 32, 64);
	invoke.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 32, 64);
	body = what;
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	fake_client_close(session);
}

static void each_number(struct fake_entry *entry)
{
	for (uint32_t number = 1; number < array_size(results); number++) {
		if (number != SYSCALL_PANIC && number != SYSCALL_WAIT) {
			results[number] = fake_syscall(entry, number);
		}
	}
	results[0] = fake_syscall(entry, UINT64_MAX);
	results[2] = fake_syscall(entry, 1ull << 32);
}

static bool is_storage(uint32_t number)
{
	return number == 24 || number == 28 || (number >= 41 && number <= 53);
}

static bool is_known(uint32_t number)
{
	return number == 1 || (number >= 3 && number <= 14) || number == 33 || is_storage(number);
}

static void an_unknown_number_is_not_supported(void **state)
{
	run(each_number);
	for (uint32_t number = 3; number < array_size(results); number++) {
		if (is_storage(number)) {
			assert_int_equal(results[number], number);
		} else if (!is_known(number)) {
			assert_int_equal(results[number], TEE_ERROR_NOT_SUPPORTED);
		} else if (number != SYSCALL_WAIT) {
			assert_int_not_equal(results[number], TEE_ERROR_NOT_SUPPORTED);
		}
	}
	assert_int_equal(results[0], TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(results[2], TEE_ERROR_NOT_SUPPORTED);
}

/* --- Log -------------------------------------------------------------------------------------- */

static void log_something(struct fake_entry *entry)
{
	const char text[] = "the first line\nthe second\x1b[31m line\n";

	memcpy(fake_scratch_bytes(entry, 0), text, sizeof(text) - 1);
	results[0] = fake_syscall(entry, SYSCALL_LOG, fake_scratch(entry, 0), sizeof(text) - 1);
	results[1] = fake_syscall(entry, SYSCALL_LOG, 0x1000, 10);
	results[2] = fake_syscall(entry, SYSCALL_LOG, 0x1000, 0);
	results[3] = fake_syscall(entry, SYSCALL_LOG, UINT64_MAX - 4, 10);
}

static void a_ta_prints_lines_and_nothing_else(void **state)
{
	run(log_something);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(results[1], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[2], TEE_SUCCESS);
	assert_int_equal(results[3], TEE_ERROR_ACCESS_DENIED);
	assert_non_null(strstr(fake.console, "the first line"));
	assert_non_null(strstr(fake.console, "the second"));
	assert_null(strchr(fake.console, 0x1b));
}

static void log_much(struct fake_entry *entry)
{
	memset(fake_scratch_bytes(entry, 0), 'z', CONSOLE_TEXT_MAX + 100);
	results[0] =
		fake_syscall(entry, SYSCALL_LOG, fake_scratch(entry, 0), CONSOLE_TEXT_MAX + 100);
	/* What would be cut need not be there. */
	results[1] = fake_syscall(entry, SYSCALL_LOG, fake_scratch(entry, 0), UINT64_MAX);
}

static void what_is_too_long_is_cut(void **state)
{
	size_t count = 0;

	run(log_much);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(results[1], TEE_SUCCESS);
	for (size_t i = 0; i < fake.console_size; i++) {
		count += fake.console[i] == 'z';
	}
	assert_in_range(count, 1, 2 * CONSOLE_TEXT_MAX);
}

/* --- Random ----------------------------------------------------------------------------------- */

static uint8_t random_bytes[1024];

static void ask_random(struct fake_entry *entry)
{
	uint64_t input = fake_params(entry)->vals[0];
	uint64_t inout = fake_params(entry)->vals[2];

	results[0] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE,
				  fake_scratch(entry, 1), 1000);
	memcpy(random_bytes, fake_scratch_bytes(entry, 0), sizeof(random_bytes));
	results[1] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, inout, 64);
	results[2] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, inout, 65);
	results[3] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, input, 1);
	results[4] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, 0, 0);
	results[5] = fake_syscall(entry, SYSCALL_CRYP_RANDOM_NUMBER_GENERATE,
				  fake_scratch(entry, 0), UINT64_MAX);
}

static void random_fills_exactly_what_was_asked(void **state)
{
	unsigned int zeros = 0;
	unsigned int changed = 0;

	run(ask_random);
	assert_int_equal(results[0], TEE_SUCCESS);
	assert_int_equal(results[1], TEE_SUCCESS);
	assert_int_equal(results[2], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[3], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[4], TEE_SUCCESS);
	assert_int_equal(results[5], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(random_bytes[0], 0);
	assert_int_equal(random_bytes[1001], 0);
	for (size_t i = 1; i < 1001; i++) {
		zeros += random_bytes[i] == 0;
	}
	assert_in_range(zeros, 0, 40);
	for (uint64_t i = 0; i < 64; i++) {
		changed += *fake_client_byte(pages, 1, 32 + i) != 0;
	}
	assert_in_range(changed, 32, 64);
	assert_int_equal(*fake_client_byte(pages, 1, 31), 0);
	assert_int_equal(*fake_client_byte(pages, 1, 96), 0);
}

/* --- Access rights ---------------------------------------------------------------------------- */

enum place {
	OWN,
	CODE,
	INPUT,
	INOUT,
	NOWHERE,
};

static const struct {
	uint64_t flags;
	enum place place;
	uint64_t size;
	TEE_Result result;
} accesses[] = {
	{ R, OWN, 16, TEE_SUCCESS },
	{ R | W, OWN, 16, TEE_SUCCESS },
	{ R | W | ANY, OWN, 16, TEE_SUCCESS },
	{ R | W | SECURE, OWN, 16, TEE_SUCCESS },
	{ R | ANY | SECURE, OWN, 16, TEE_SUCCESS },
	{ R | ANY | NONSECURE, OWN, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | ANY | NONSECURE | SECURE, OWN, 16, TEE_ERROR_ACCESS_DENIED },
	{ R, OWN, 1 << 20, TEE_ERROR_ACCESS_DENIED },
	{ R, OWN, UINT64_MAX, TEE_ERROR_ACCESS_DENIED },
	{ R, CODE, 16, TEE_SUCCESS },
	{ W, CODE, 16, TEE_ERROR_ACCESS_DENIED },
	{ R, INPUT, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | ANY, INPUT, 64, TEE_SUCCESS },
	{ R | ANY, INPUT, 65, TEE_ERROR_ACCESS_DENIED },
	{ R | W | ANY, INPUT, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | ANY | NONSECURE, INPUT, 16, TEE_SUCCESS },
	{ R | ANY | SECURE, INPUT, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | NONSECURE, INPUT, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | W | ANY, INOUT, 64, TEE_SUCCESS },
	{ R | W, INOUT, 64, TEE_ERROR_ACCESS_DENIED },
	{ R | ANY, NOWHERE, 1, TEE_ERROR_ACCESS_DENIED },
	{ 0, NOWHERE, 1, TEE_ERROR_ACCESS_DENIED },
	{ R | W, NOWHERE, 0, TEE_SUCCESS },
	{ R | 1u << 16, OWN, 16, TEE_ERROR_ACCESS_DENIED },
	{ R | 1ull << 40, OWN, 16, TEE_ERROR_ACCESS_DENIED },
};

static uint64_t place_address(struct fake_entry *entry, enum place place)
{
	switch (place) {
	case OWN:
		return fake_scratch(entry, 0);
	case CODE:
		return entry->code;
	case INPUT:
		return fake_params(entry)->vals[0];
	case INOUT:
		return fake_params(entry)->vals[2];
	case NOWHERE:
		break;
	}
	return 0x1000;
}

static void check_accesses(struct fake_entry *entry)
{
	for (size_t i = 0; i < array_size(accesses); i++) {
		results[i] =
			fake_syscall(entry, SYSCALL_CHECK_ACCESS_RIGHTS, accesses[i].flags,
				     place_address(entry, accesses[i].place), accesses[i].size);
	}
}

static void access_is_granted_by_owner_world_and_direction(void **state)
{
	run(check_accesses);
	for (size_t i = 0; i < array_size(accesses); i++) {
		if (results[i] != accesses[i].result) {
			fail_msg("case %zu: %#x", i, results[i]);
		}
	}
}

/* --- Cancellation ----------------------------------------------------------------------------- */

static uint32_t word(struct fake_entry *entry)
{
	return *(uint32_t *)fake_scratch_bytes(entry, 0);
}

static void mask_and_unmask(struct fake_entry *entry)
{
	const uint64_t at = fake_scratch(entry, 0);

	fake_syscall(entry, SYSCALL_MASK_CANCELLATION, at);
	results[0] = word(entry);
	fake_syscall(entry, SYSCALL_UNMASK_CANCELLATION, at);
	results[1] = word(entry);
	fake_syscall(entry, SYSCALL_UNMASK_CANCELLATION, at);
	results[2] = word(entry);
	results[3] = fake_syscall(entry, SYSCALL_MASK_CANCELLATION, fake_params(entry)->vals[2]);
	fake_syscall(entry, SYSCALL_MASK_CANCELLATION, at);
	results[4] = word(entry);
	fake_syscall(entry, SYSCALL_MASK_CANCELLATION, at);
	results[5] = word(entry);
	results[6] = fake_syscall(entry, SYSCALL_GET_CANCELLATION_FLAG, 0x1000);
}

static void masking_says_how_it_was_before(void **state)
{
	run(mask_and_unmask);
	assert_int_equal(results[0], 1);
	assert_int_equal(results[1], 1);
	assert_int_equal(results[2], 0);
	/* Only into the TA's own memory; and then nothing has changed. */
	assert_int_equal(results[3], TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(results[4], 0);
	assert_int_equal(results[5], 1);
	assert_int_equal(results[6], TEE_ERROR_ACCESS_DENIED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_number_is_not_supported),
		TEST(a_ta_prints_lines_and_nothing_else),
		TEST(what_is_too_long_is_cut),
		TEST(random_fills_exactly_what_was_asked),
		TEST(access_is_granted_by_owner_world_and_direction),
		TEST(masking_says_how_it_was_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
