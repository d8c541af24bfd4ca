#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "lib/bits.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"

#define READ_WRITE (PORT_ACCESS_READ | PORT_ACCESS_WRITE)
#define COOKIE	   0x5000ull
#define PAGES	   4u
#define SIZE	   (PAGES * PORT_PAGE_SIZE)

/* What the TA saw in its last entry. */
static struct fake_entry seen;
static struct utee_params given;
static unsigned int access_first[4];
static unsigned int access_outside[4];

static unsigned int access_at(struct fake_entry *entry, uint64_t address)
{
	if (fake_memory(entry, address, READ_WRITE) != NULL) {
		return READ_WRITE;
	}
	return fake_memory(entry, address, PORT_ACCESS_READ) != NULL ? PORT_ACCESS_READ : 0;
}

static TEE_Result witness(struct fake_entry *entry)
{
	seen = *entry;
	given = *fake_params(entry);
	for (int i = 0; i < 4; i++) {
		uint64_t address = given.vals[2 * i];

		access_first[i] = access_at(entry, address);
		access_outside[i] =
			access_at(entry, address - address % PORT_PAGE_SIZE - 1) |
			access_at(entry, address + align_down(given.vals[2 * i + 1], 4096) + 8192);
	}
	return TEE_SUCCESS;
}

/* Doubles each byte of its first parameter into its second. */
static TEE_Result doubler(struct fake_entry *entry)
{
	struct utee_params *params = fake_params(entry);

	if (entry->func != UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		return TEE_SUCCESS;
	}
	for (uint64_t i = 0; i < params->vals[1]; i++) {
		uint8_t *from = fake_memory(entry, params->vals[0] + i, PORT_ACCESS_READ);
		uint8_t *to = fake_memory(entry, params->vals[2] + i, READ_WRITE);

		*to = (uint8_t)(2 * *from);
	}
	params->vals[3] = params->vals[1];
	return TEE_SUCCESS;
}

/* Reports that it would have liked more. */
static TEE_Result greedy(struct fake_entry *entry)
{
	struct utee_params *params = fake_params(entry);

	params->vals[1] = 1ull << 40;
	/* Types are the kernel's, whatever the TA makes of them. */
	params->types = 0x1111;
	return entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND ? TEE_ERROR_SHORT_BUFFER : TEE_SUCCESS;
}

static struct fake_ta *ta;
static uint64_t pages;

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION, witness);
	pages = fake_client_register(COOKIE, PAGES);
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(fake_client_unregister(COOKIE), TEE_SUCCESS);
	fake_client_end(0);
	return 0;
}

static void a_ta_is_entered_with_its_parameters_on_its_stack(void **state)
{
	uint32_t session = fake_client_open(1);
	uint32_t reference = seen.session;
	struct fake_message invoke = fake_message_invoke(session, 0xc0de, 1);

	assert_int_equal(seen.func, UTEE_ENTRY_FUNC_OPEN_SESSION);
	invoke.arg->params[0] = fake_value(MSG_ATTR_TYPE_VALUE_INOUT, 11, 12);
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	assert_int_equal(seen.func, UTEE_ENTRY_FUNC_INVOKE_COMMAND);
	assert_int_equal(seen.command, 0xc0de);
	assert_int_equal(seen.session, reference);
	assert_int_equal(seen.stack_pointer, seen.params_address);
	assert_int_equal(seen.stack_pointer % PORT_PAGE_SIZE, PORT_PAGE_SIZE - 80);
	assert_int_equal(given.types, TEE_PARAM_TYPE_VALUE_INOUT);
	assert_int_equal(given.vals[0], 11);
	assert_int_equal(given.vals[1], 12);
	fake_client_close(session);
	assert_int_equal(seen.func, UTEE_ENTRY_FUNC_CLOSE_SESSION);
	assert_int_equal(seen.session, reference);
	assert_int_equal(given.types, 0);
}

static void each_memref_is_mapped_with_no_more_access_than_it_needs(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 4);

	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 100, 50);
	invoke.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 4095, 4098);
	invoke.arg->params[2] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, SIZE - 1, 1);
	invoke.arg->params[3] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 0, SIZE);
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	assert_int_equal(given.types, 0x5765);
	assert_int_equal(access_first[0], PORT_ACCESS_READ);
	assert_int_equal(access_first[1], READ_WRITE);
	assert_int_equal(access_first[2], READ_WRITE);
	assert_int_equal(access_first[3], PORT_ACCESS_READ);
	assert_int_equal(given.vals[0] % PORT_PAGE_SIZE, 100);
	assert_int_equal(given.vals[1], 50);
	assert_int_equal(given.vals[3], 4098);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(access_outside[i], 0);
	}
	fake_client_close(session);
}

static void when_the_entry_ends_the_memory_is_out_of_reach(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 2);
	struct utee_params before;

	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, SIZE);
	invoke.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 0, SIZE);
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	before = given;
	assert_ptr_not_equal(fake_memory(&seen, seen.params_address, READ_WRITE), NULL);
	assert_ptr_equal(fake_memory(&seen, before.vals[0], PORT_ACCESS_READ), NULL);
	assert_ptr_equal(fake_memory(&seen, before.vals[2], PORT_ACCESS_READ), NULL);
	fake_client_close(session);
}

static void memory_is_shared_and_not_copied(void **state)
{
	struct fake_message invoke;
	uint32_t session;

	ta->program = doubler;
	session = fake_client_open(1);
	invoke = fake_message_invoke(session, 0, 2);
	/* Across the boundary of pages that are not next to one another. */
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 4090, 20);
	invoke.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 8180, 30);
	for (uint64_t i = 0; i < 20; i++) {
		*fake_client_byte(pages, PAGES, 4090 + i) = (uint8_t)(i + 1);
	}
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	assert_int_equal(invoke.arg->params[1].u.rmem.size, 20);
	for (uint64_t i = 0; i < 20; i++) {
		assert_int_equal(*fake_client_byte(pages, PAGES, 8180 + i), 2 * (i + 1));
	}
	assert_int_equal(*fake_client_byte(pages, PAGES, 8179), 0);
	assert_int_equal(*fake_client_byte(pages, PAGES, 8200), 0);
	fake_client_close(session);
}

static void a_size_comes_back_as_the_ta_left_it_and_types_do_not(void **state)
{
	struct fake_message invoke;
	uint32_t session;

	ta->program = greedy;
	session = fake_client_open(1);
	invoke = fake_message_invoke(session, 0, 2);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 0, 16);
	invoke.arg->params[1] = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, 5, 6);
	assert_int_equal(fake_message_run(&invoke), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(invoke.arg->params[0].u.rmem.size, 1ull << 40);
	assert_int_equal(invoke.arg->params[0].attr, MSG_ATTR_TYPE_RMEM_OUTPUT);
	assert_int_equal(invoke.arg->params[1].u.value.a, 5);
	fake_client_close(session);
}

static void the_size_of_an_input_does_not_come_back(void **state)
{
	struct fake_message invoke;
	uint32_t session;

	ta->program = greedy;
	session = fake_client_open(1);
	invoke = fake_message_invoke(session, 0, 1);
	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INPUT, COOKIE, 0, 16);
	fake_message_run(&invoke);
	assert_int_equal(invoke.arg->params[0].u.rmem.size, 16);
	fake_client_close(session);
}

static void a_memref_of_no_bytes_is_not_null(void **state)
{
	uint32_t session = fake_client_open(1);
	struct fake_message invoke = fake_message_invoke(session, 0, 2);

	invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 4096, 0);
	invoke.arg->params[1] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, SIZE, 0);
	assert_int_equal(fake_message_run(&invoke), TEE_SUCCESS);
	for (int i = 0; i < 2; i++) {
		assert_int_not_equal(given.vals[2 * i], 0);
		assert_int_equal(given.vals[2 * i] % PORT_PAGE_SIZE, 0);
		assert_int_equal(given.vals[2 * i + 1], 0);
	}
	fake_client_close(session);
}

static void a_ta_that_cannot_have_its_parameters_is_not_entered(void **state)
{
	uint32_t session = fake_client_open(1);
	long n = 0;

	for (; n < 8; n++) {
		struct fake_message invoke = fake_message_invoke(session, 0, 3);

		for (int i = 0; i < 3; i++) {
			invoke.arg->params[i] =
				fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, SIZE);
		}
		fake.space_maps_allowed = n;
		if (fake_message_run(&invoke) == TEE_SUCCESS) {
			break;
		}
		assert_int_equal(invoke.arg->ret, TEE_ERROR_OUT_OF_MEMORY);
		assert_int_equal(invoke.arg->ret_origin, TEE_ORIGIN_TEE);
		assert_int_equal(invoke.arg->params[0].u.rmem.size, SIZE);
		assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], 0);
	}
	fake.space_maps_allowed = FAKE_UNLIMITED;
	assert_int_equal(n, 3);
	fake_client_close(session);
}

/* Before, and after, the entry. */
static void a_space_that_is_lost_is_a_dead_ta(void **state)
{
	for (long commits = 0; commits < 2; commits++) {
		uint32_t session = fake_client_open(1);
		struct fake_message invoke = fake_message_invoke(session, 0, 1);
		uint32_t origin;

		invoke.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_INOUT, COOKIE, 0, 1);
		fake.commits_allowed = commits;
		assert_int_equal(fake_message_run(&invoke), TEE_ERROR_TARGET_DEAD);
		assert_int_equal(invoke.arg->ret_origin, TEE_ORIGIN_TEE);
		fake.commits_allowed = FAKE_UNLIMITED;
		assert_int_equal(fake.spaces_live, 0);
		assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_ERROR_TARGET_DEAD);
		fake_client_close(session);
	}
	assert_int_equal(ta->entries[UTEE_ENTRY_FUNC_INVOKE_COMMAND], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ta_is_entered_with_its_parameters_on_its_stack),
		TEST(each_memref_is_mapped_with_no_more_access_than_it_needs),
		TEST(when_the_entry_ends_the_memory_is_out_of_reach),
		TEST(memory_is_shared_and_not_copied),
		TEST(a_size_comes_back_as_the_ta_left_it_and_types_do_not),
		TEST(the_size_of_an_input_does_not_come_back),
		TEST(a_memref_of_no_bytes_is_not_null),
		TEST(a_ta_that_cannot_have_its_parameters_is_not_entered),
		TEST(a_space_that_is_lost_is_a_dead_ta),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
