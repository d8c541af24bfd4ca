#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/pta.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/tee/call.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/instance.h"
#include "secure/tee/pta.h"
#include "secure/tee/session.h"

#define COOKIE 0x9000ull

static int setup(void **state)
{
	fake_client_begin();
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static uint32_t open_device(void)
{
	const TEE_UUID uuid = PTA_DEVICE_UUID;
	struct fake_message message = fake_message_open(1, 0);

	uuid_to_octets(&uuid, message.arg->params[0].u.octets);
	assert_int_equal(fake_message_run(&message), TEE_SUCCESS);
	assert_int_equal(message.arg->ret_origin, TEE_ORIGIN_TRUSTED_APP);
	return message.arg->session;
}

/* --- Sessions --------------------------------------------------------------------------------- */

static long requests;

static void count_requests(const struct msg_arg *request)
{
	requests++;
}

static void a_pseudo_ta_is_opened_without_the_normal_world(void **state)
{
	uint32_t sessions[3];

	requests = 0;
	normal.look = count_requests;
	for (size_t i = 0; i < array_size(sessions); i++) {
		sessions[i] = open_device();
	}
	assert_int_equal(session_count(), array_size(sessions));
	assert_int_equal(instance_count(), 1);
	assert_int_equal(fake.spaces_live, 0);
	for (size_t i = 0; i < array_size(sessions); i++) {
		assert_int_equal(fake_client_close(sessions[i]), TEE_SUCCESS);
	}
	assert_int_equal(requests, 0);
}

static void nothing_of_it_stays_after_the_last_session(void **state)
{
	fake_client_close(open_device());
	assert_int_equal(instance_count(), 0);
	assert_int_equal(session_count(), 0);
	fake_client_close(open_device());
}

static void what_it_answers_has_the_origin_of_a_ta(void **state)
{
	uint32_t session = open_device();
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, 77, &origin), TEE_ERROR_NOT_SUPPORTED);
	assert_int_equal(origin, TEE_ORIGIN_TRUSTED_APP);
	assert_int_equal(fake_client_invoke(session + 1, 0, &origin), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEE_ORIGIN_TEE);
	fake_client_close(session);
	assert_int_equal(fake_client_close(session), TEE_ERROR_ITEM_NOT_FOUND);
}

static void every_entry_of_the_table_is_found_by_its_uuid(void **state)
{
	for (size_t i = 0; i < pta_count(); i++) {
		assert_ptr_equal(pta_find(&pta_at(i)->uuid), pta_at(i));
		assert_non_null(pta_at(i)->name);
	}
}

/* --- From a TA -------------------------------------------------------------------------------- */

static uint32_t results[CALL_DEPTH_MAX];
static unsigned int depth;

static uint32_t open_uuid(struct fake_entry *entry, const TEE_UUID *uuid, uint32_t *session)
{
	uint32_t res;

	memcpy(fake_scratch_bytes(entry, 0), uuid, sizeof(*uuid));
	res = fake_syscall(entry, SYSCALL_OPEN_TA_SESSION, fake_scratch(entry, 0),
			   SESSION_TIMEOUT_NONE, 0, fake_scratch(entry, 64),
			   fake_scratch(entry, 68));
	memcpy(session, fake_scratch_bytes(entry, 64), sizeof(*session));
	return res;
}

/* Opens a new instance of itself until that is refused, and then a pseudo-TA. */
static TEE_Result nester(struct fake_entry *entry)
{
	const TEE_UUID device = PTA_DEVICE_UUID;
	const TEE_UUID self = entry->ta->uuid;
	unsigned int here = depth;
	uint32_t session;

	if (entry->func != UTEE_ENTRY_FUNC_OPEN_SESSION) {
		return TEE_SUCCESS;
	}
	depth++;
	results[here] = open_uuid(entry, &self, &session);
	if (results[here] != TEE_SUCCESS) {
		results[here] = open_uuid(entry, &device, &session);
	}
	return TEE_SUCCESS;
}

static void a_ta_that_is_as_deep_as_can_be_reaches_it_still(void **state)
{
	fake_ta_install(1, 0, nester);
	depth = 0;
	fake_client_close(fake_client_open(1));
	assert_int_equal(depth, CALL_DEPTH_MAX);
	assert_int_equal(results[CALL_DEPTH_MAX - 1], TEE_SUCCESS);
}

/* --- Device enumeration ----------------------------------------------------------------------- */

/* Asks with `room` bytes, in memory of the client's unless that is 0. The size that comes back. */
static uint64_t ask(uint32_t session, uint32_t command, uint64_t room, TEE_Result *res)
{
	struct fake_message message = fake_message_invoke(session, command, 1);

	message.arg->params[0] = fake_rmem(MSG_ATTR_TYPE_RMEM_OUTPUT, COOKIE, 0, room);
	if (room == 0) {
		message.arg->params[0] = (struct msg_param){ .attr = MSG_ATTR_TYPE_TMEM_OUTPUT };
	}
	*res = fake_message_run(&message);
	return message.arg->params[0].u.rmem.size;
}

static void the_kernel_asks_for_the_size_first_and_gets_an_empty_list(void **state)
{
	uint32_t session = open_device();
	TEE_Result res;

	fake_client_register(COOKIE, 1);
	for (uint32_t command = 0; command <= PTA_DEVICE_GET_DEVICES_RPMB; command++) {
		assert_int_equal(ask(session, command, 0, &res), 0);
		assert_int_equal(res, TEE_SUCCESS);
		assert_int_equal(ask(session, command, 64, &res), 0);
		assert_int_equal(res, TEE_SUCCESS);
	}
	fake_client_close(session);
	fake_client_unregister(COOKIE);
}

static void enumeration_refuses_what_it_does_not_know(void **state)
{
	uint32_t session = open_device();
	struct fake_message message;
	uint32_t origin;

	assert_int_equal(fake_client_invoke(session, 0, &origin), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_client_invoke(session, 3, &origin), TEE_ERROR_NOT_SUPPORTED);
	message = fake_message_invoke(session, 0, 2);
	message.arg->params[0].attr = MSG_ATTR_TYPE_TMEM_OUTPUT;
	message.arg->params[1] = fake_value(MSG_ATTR_TYPE_VALUE_INPUT, 1, 2);
	assert_int_equal(fake_message_run(&message), TEE_ERROR_BAD_PARAMETERS);
	message = fake_message_invoke(session, 0, 1);
	message.arg->params[0] = fake_value(MSG_ATTR_TYPE_VALUE_OUTPUT, 1, 2);
	assert_int_equal(fake_message_run(&message), TEE_ERROR_BAD_PARAMETERS);
	fake_client_close(session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pseudo_ta_is_opened_without_the_normal_world),
		TEST(nothing_of_it_stays_after_the_last_session),
		TEST(what_it_answers_has_the_origin_of_a_ta),
		TEST(every_entry_of_the_table_is_found_by_its_uuid),
		TEST(a_ta_that_is_as_deep_as_can_be_reaches_it_still),
		TEST(the_kernel_asks_for_the_size_first_and_gets_an_empty_list),
		TEST(enumeration_refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
