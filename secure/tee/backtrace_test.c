#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/tee/backtrace.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"

#define COOKIE	  0x5000ull
#define CODE_SIZE PORT_PAGE_SIZE
#define RECORD	  16u

/* What the TA of this test leaves on its stack: places are offsets in its scratch memory. */
struct level {
	uint64_t place;
	uint64_t previous;   /* a place, or an address where `raw` */
	uint64_t returns_to; /* an offset in its code, or an address where `raw` */
	bool raw;
};

static struct level levels[FAKE_TA_SCRATCH / RECORD];
static unsigned int level_count;
static uint64_t frame_change; /* added to the frame pointer */
static bool frame_in_shared;
static bool faults;
static uint64_t load_address;

static void level_add(uint64_t place, uint64_t previous, uint64_t returns_to)
{
	levels[level_count] = (struct level){ place, previous, returns_to, false };
	level_count++;
}

static void level_write(struct fake_entry *entry, void *bytes, const struct level *level)
{
	const uint64_t record[2] = {
		level->raw ? level->previous : fake_scratch(entry, level->previous),
		level->raw ? level->returns_to : load_address + level->returns_to,
	};

	memcpy(bytes, record, sizeof(record));
}

static TEE_Result dies(struct fake_entry *entry)
{
	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	load_address = entry->code - entry->code % PORT_PAGE_SIZE;
	for (unsigned int i = 0; i < level_count; i++) {
		level_write(entry, fake_scratch_bytes(entry, levels[i].place), &levels[i]);
	}
	entry->frame = fake_scratch(entry, 0) + frame_change;
	if (frame_in_shared) {
		entry->frame = fake_params(entry)->vals[0];
		level_write(entry, fake_memory(entry, entry->frame, PORT_ACCESS_WRITE), &levels[0]);
	}
	if (faults) {
		fake_fault(entry, 8);
	}
	fake_panic(entry, 0x1234);
}

static int setup(void **state)
{
	fake_client_begin();
	fake_ta_install(1, 0, dies);
	level_count = 0;
	frame_change = 0;
	frame_in_shared = false;
	faults = false;
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

/* The log, once the TA has died. */
static const char *death_log(void)
{
	uint32_t session = fake_client_open(1);
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_ERROR_TARGET_DEAD);
	fake_client_close(session);
	fake.console[fake.console_size] = '\0';
	return fake.console;
}

static bool logged(const char *log, unsigned int number, uint64_t offset)
{
	char line[64];

	snprintf(line, sizeof(line), ": #%u load address + 0x%" PRIx64 "\n", number, offset);
	return strstr(log, line) != NULL;
}

static unsigned int logged_count(const char *log)
{
	unsigned int count = 0;

	for (const char *at = strstr(log, ": #"); at != NULL; at = strstr(at + 1, ": #")) {
		count++;
	}
	return count;
}

static void a_panic_leaves_the_calls_it_came_from_in_the_log(void **state)
{
	char line[80];
	const char *log;

	level_add(0, 64, 0x100);
	level_add(64, 96, 0x200);
	level_add(96, 0, 0xfff);
	log = death_log();
	snprintf(line, sizeof(line), ": load address 0x%" PRIx64 ", called from\n", load_address);
	assert_non_null(strstr(log, line));
	assert_true(logged(log, 1, 0x100));
	assert_true(logged(log, 2, 0x200));
	assert_true(logged(log, 3, 0xfff));
	assert_int_equal(logged_count(log), 3);
}

static void a_fault_does_too(void **state)
{
	faults = true;
	level_add(0, 0, 0x100);
	assert_true(logged(death_log(), 1, 0x100));
}

static void a_return_address_outside_of_the_program_ends_the_list(void **state)
{
	level_add(0, 64, 0x100);
	level_add(64, 96, CODE_SIZE);
	level_add(96, 0, 0x300);
	assert_int_equal(logged_count(death_log()), 1);
}

static void frames_that_lead_down_or_in_circles_end_the_list(void **state)
{
	level_add(0, 64, 0x100);
	level_add(64, 32, 0x200);
	level_add(32, 64, 0x300);
	assert_int_equal(logged_count(death_log()), 2);
	level_count = 0;
	fake.console_size = 0;
	level_add(0, 0, 0x100);
	assert_int_equal(logged_count(death_log()), 1);
}

static void a_frame_pointer_that_is_none_lists_nothing(void **state)
{
	static const uint64_t changes[] = { 4, 1ull << 62, 1ull << 63, FAKE_TA_SCRATCH + 72 };

	level_add(0, 0, 0x100);
	for (size_t i = 0; i < array_size(changes); i++) {
		fake.console_size = 0;
		frame_change = changes[i];
		assert_int_equal(logged_count(death_log()), 0);
	}
}

static void a_frame_that_points_anywhere_ends_the_list(void **state)
{
	level_add(0, 64, 0x100);
	levels[level_count] = (struct level){ 64, UINT64_MAX - 7, 0, true };
	level_count++;
	assert_int_equal(logged_count(death_log()), 1);
}

/* The client could change it meanwhile, and could lead the log along. */
static void frames_in_shared_memory_are_not_followed(void **state)
{
	uint64_t pages = fake_client_register(COOKIE, 1);
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 1);

	assert_int_not_equal(pages, 0);
	frame_in_shared = true;
	level_add(0, 0, 0x100);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, PORT_PAGE_SIZE);
	assert_int_equal(fake_message_run(&invoke), TEE_ERROR_TARGET_DEAD);
	fake.console[fake.console_size] = '\0';
	assert_int_equal(logged_count(fake.console), 0);
	fake_client_close(session);
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
}

static void a_deep_stack_is_cut(void **state)
{
	for (unsigned int i = 0; i <= BACKTRACE_FRAMES_MAX; i++) {
		level_add(i * RECORD, (i + 1) * RECORD, 0x10 + i);
	}
	assert_int_equal(logged_count(death_log()), BACKTRACE_FRAMES_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_panic_leaves_the_calls_it_came_from_in_the_log),
		TEST(a_fault_does_too),
		TEST(a_return_address_outside_of_the_program_ends_the_list),
		TEST(frames_that_lead_down_or_in_circles_end_the_list),
		TEST(a_frame_pointer_that_is_none_lists_nothing),
		TEST(a_frame_that_points_anywhere_ends_the_list),
		TEST(frames_in_shared_memory_are_not_followed),
		TEST(a_deep_stack_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
