#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "abi/image.h"
#include "lib/bits.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_client.h"
#include "secure/tee/fake_ta.h"
#include "secure/tee/property.h"

#define AT_NAME	 0u
#define AT_VALUE 256u
#define AT_WORDS 512u /* name length, value length, type or index */

struct answer {
	TEE_Result result;
	char name[PROPERTY_NAME_MAX];
	uint32_t name_size;
	uint8_t value[128];
	uint32_t value_size;
	uint32_t type;
	uint32_t index;
};

static void (*body)(struct fake_entry *entry);
static struct answer answers[32];
static unsigned int answers_count;

static TEE_Result program(struct fake_entry *entry)
{
	if (entry->func == UTEE_ENTRY_FUNC_INVOKE_COMMAND) {
		body(entry);
	}
	return TEE_SUCCESS;
}

static struct fake_ta *ta;

static int setup(void **state)
{
	fake_client_begin();
	ta = fake_ta_install(1, 0, program);
	memset(answers, 0, sizeof(answers));
	answers_count = 0;
	return 0;
}

static int teardown(void **state)
{
	fake_client_end(0);
	return 0;
}

static void run(void (*what)(struct fake_entry *entry))
{
	struct fake_message open = fake_message_open(1, 0);
	uint32_t origin;

	open.arg->params[1].u.value.c = TEE_LOGIN_USER;
	memset(open.arg->params[1].u.octets, 0x21, 16);
	assert_int_equal(fake_message_run(&open), TEE_SUCCESS);
	body = what;
	assert_int_equal(fake_client_invoke(open.arg->session, 0, &origin), TEE_SUCCESS);
	fake_client_close(open.arg->session);
}

/* --- As a TA's library asks ------------------------------------------------------------------- */

static struct answer *get(struct fake_entry *entry, uint64_t set, uint64_t index,
			  uint32_t name_size, uint32_t value_size)
{
	struct answer *answer = &answers[answers_count % array_size(answers)];
	uint32_t *words = fake_scratch_bytes(entry, AT_WORDS);

	answers_count++;
	words[0] = name_size;
	words[1] = value_size;
	words[2] = 99;
	memset(fake_scratch_bytes(entry, AT_NAME), 0x7e, AT_WORDS);
	answer->result =
		fake_syscall(entry, SYSCALL_GET_PROPERTY, set, index, fake_scratch(entry, AT_NAME),
			     fake_scratch(entry, AT_WORDS), fake_scratch(entry, AT_VALUE),
			     fake_scratch(entry, AT_WORDS + 4), fake_scratch(entry, AT_WORDS + 8));
	memcpy(answer->name, fake_scratch_bytes(entry, AT_NAME), sizeof(answer->name));
	memcpy(answer->value, fake_scratch_bytes(entry, AT_VALUE), sizeof(answer->value));
	answer->name_size = words[0];
	answer->value_size = words[1];
	answer->type = words[2];
	return answer;
}

static void index_of(struct fake_entry *entry, uint64_t set, const char *name, uint64_t size)
{
	struct answer *answer = &answers[answers_count % array_size(answers)];
	uint32_t *words = fake_scratch_bytes(entry, AT_WORDS);

	answers_count++;
	words[2] = 99;
	memcpy(fake_scratch_bytes(entry, AT_NAME), name, strlen(name) + 1);
	answer->result =
		fake_syscall(entry, SYSCALL_GET_PROPERTY_NAME_TO_INDEX, set,
			     fake_scratch(entry, AT_NAME), size, fake_scratch(entry, AT_WORDS + 8));
	answer->index = words[2];
}

static uint64_t wanted_set;

static void walk(struct fake_entry *entry)
{
	for (uint64_t i = 0; get(entry, wanted_set, i, PROPERTY_NAME_MAX, 128)->result == 0; i++) {
		if (i > 30) {
			break;
		}
	}
}

static void walk_set(uint64_t set)
{
	answers_count = 0;
	wanted_set = set;
	run(walk);
	assert_int_equal(answers[answers_count - 1].result, TEE_ERROR_ITEM_NOT_FOUND);
	answers_count--;
}

static const struct answer *named(const char *name)
{
	for (unsigned int i = 0; i < answers_count; i++) {
		if (strcmp(answers[i].name, name) == 0) {
			assert_int_equal(answers[i].name_size, strlen(name) + 1);
			return &answers[i];
		}
	}
	fail_msg("no property %s", name);
	return NULL;
}

static void expect_text(const char *name, const char *value)
{
	const struct answer *answer = named(name);

	assert_int_equal(answer->type, UTEE_PROP_TYPE_STRING);
	assert_int_equal(answer->value_size, strlen(value) + 1);
	assert_string_equal((const char *)answer->value, value);
}

static void expect_u32(const char *name, uint32_t value)
{
	const struct answer *answer = named(name);

	assert_int_equal(answer->type, UTEE_PROP_TYPE_U32);
	assert_int_equal(answer->value_size, 4);
	assert_memory_equal(answer->value, &value, 4);
}

/* --- Promises --------------------------------------------------------------------------------- */

static void a_ta_knows_its_client(void **state)
{
	TEE_Identity identity;

	walk_set(UTEE_PROP_SET_CLIENT);
	assert_int_equal(answers_count, 2);
	assert_int_equal(named("gpd.client.identity")->type, UTEE_PROP_TYPE_IDENTITY);
	assert_int_equal(named("gpd.client.identity")->value_size, sizeof(identity));
	memcpy(&identity, named("gpd.client.identity")->value, sizeof(identity));
	assert_int_equal(identity.login, TEE_LOGIN_USER);
	assert_int_equal(identity.uuid.timeLow, 0x21212121);
	expect_u32("gpd.client.endian", 0);
}

static void a_ta_knows_itself(void **state)
{
	walk_set(UTEE_PROP_SET_TA);
	assert_int_equal(answers_count, 1);
	assert_int_equal(named("gpd.ta.appID")->type, UTEE_PROP_TYPE_UUID);
	assert_int_equal(named("gpd.ta.appID")->value_size, 16);
	assert_memory_equal(named("gpd.ta.appID")->value, &ta->uuid, 16);
}

static void a_ta_knows_the_tee(void **state)
{
	walk_set(UTEE_PROP_SET_TEE);
	assert_int_equal(answers_count, 13);
	expect_text("gpd.tee.apiversion", "GPD-1.1-dev");
	expect_text("gpd.tee.description", "Postern");
	expect_u32("gpd.tee.systemTime.protectionLevel", 1000);
	expect_u32("gpd.tee.TAPersistentTime.protectionLevel", 100);
	expect_u32("gpd.tee.trustedStorage.antiRollback.protectionLevel", 100);
	expect_text("gpd.tee.trustedos.implementation.version", "0.1");
	expect_u32("gpd.tee.trustedos.implementation.binaryversion", 0);
	expect_text("gpd.tee.trustedos.manufacturer", "Postern");
	expect_text("gpd.tee.firmware.implementation.version", "FW_IMPL_UNDEF");
	expect_u32("gpd.tee.firmware.implementation.binaryversion", 0);
	expect_text("gpd.tee.firmware.manufacturer", "FW_MAN_UNDEF");
	assert_int_equal(named("gpd.tee.cryptography.ecc")->type, UTEE_PROP_TYPE_BOOL);
	assert_int_equal(named("gpd.tee.cryptography.ecc")->value_size, 1);
	assert_int_equal(named("gpd.tee.cryptography.ecc")->value[0], 0);
}

static void the_device_has_an_id_that_stays(void **state)
{
	TEE_UUID id;
	TEE_UUID again;

	walk_set(UTEE_PROP_SET_TEE);
	assert_int_equal(named("gpd.tee.deviceID")->type, UTEE_PROP_TYPE_UUID);
	memcpy(&id, named("gpd.tee.deviceID")->value, sizeof(id));
	assert_int_equal(id.timeHiAndVersion >> 12, 5);
	assert_int_equal(id.clockSeqAndNode[0] >> 6, 2);
	walk_set(UTEE_PROP_SET_TEE);
	memcpy(&again, named("gpd.tee.deviceID")->value, sizeof(again));
	assert_true(uuid_equal(&id, &again));
}

static void look_up(struct fake_entry *entry)
{
	const char name[] = "gpd.tee.description";

	index_of(entry, UTEE_PROP_SET_TEE, name, sizeof(name));
	index_of(entry, UTEE_PROP_SET_CLIENT, "gpd.client.endian", 18);
	index_of(entry, UTEE_PROP_SET_TA, name, sizeof(name));
	index_of(entry, UTEE_PROP_SET_TEE, "gpd.tee.none", 13);
	index_of(entry, 4, name, sizeof(name));
	index_of(entry, UTEE_PROP_SET_TEE, name, 0);
	index_of(entry, UTEE_PROP_SET_TEE, name, UINT64_MAX);
	index_of(entry, UTEE_PROP_SET_TEE, name, PROPERTY_NAME_MAX + 1);
	/* Without its NUL it is another name. */
	index_of(entry, UTEE_PROP_SET_TEE, name, sizeof(name) - 1);
}

static void a_property_is_found_by_name(void **state)
{
	run(look_up);
	assert_int_equal(answers[0].result, TEE_SUCCESS);
	assert_int_equal(answers[0].index, 1);
	assert_int_equal(answers[1].result, TEE_SUCCESS);
	assert_int_equal(answers[1].index, 1);
	for (int i = 2; i < 9; i++) {
		assert_int_equal(answers[i].result, TEE_ERROR_ITEM_NOT_FOUND);
		assert_int_equal(answers[i].index, 99);
	}
}

static void ask_with_little_room(struct fake_entry *entry)
{
	get(entry, UTEE_PROP_SET_TEE, 1, PROPERTY_NAME_MAX, sizeof("Postern") - 1);
	get(entry, UTEE_PROP_SET_TEE, 1, sizeof("gpd.tee.description") - 1, 128);
	get(entry, UTEE_PROP_SET_TEE, 1, sizeof("gpd.tee.description"), sizeof("Postern"));
	get(entry, UTEE_PROP_SET_TEE, 1, 0, 0);
}

static void what_does_not_fit_is_short_and_says_how_much_is_needed(void **state)
{
	run(ask_with_little_room);
	assert_int_equal(answers[0].result, TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(answers[0].value_size, sizeof("Postern"));
	assert_int_equal(answers[0].value[0], 0x7e);
	assert_int_equal(answers[1].result, TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(answers[1].name_size, sizeof("gpd.tee.description"));
	assert_int_equal(answers[1].name[0], 0x7e);
	assert_int_equal(answers[2].result, TEE_SUCCESS);
	assert_int_equal(answers[2].value[sizeof("Postern")], 0x7e);
	assert_int_equal(answers[3].result, TEE_ERROR_SHORT_BUFFER);
}

static void ask_wrongly(struct fake_entry *entry)
{
	uint32_t *words = fake_scratch_bytes(entry, AT_WORDS);
	uint64_t length = fake_scratch(entry, AT_WORDS);

	get(entry, UTEE_PROP_SET_TEE, 13, 128, 128);
	get(entry, UTEE_PROP_SET_TEE, UINT64_MAX, 128, 128);
	get(entry, 0, 0, 128, 128);
	words[0] = 64;
	answers[3].result = fake_syscall(entry, SYSCALL_GET_PROPERTY, UTEE_PROP_SET_TEE, 0, 0, 0,
					 0x1000, length, 0);
	answers[4].result = fake_syscall(entry, SYSCALL_GET_PROPERTY, UTEE_PROP_SET_TEE, 0, 0, 0,
					 fake_scratch(entry, AT_VALUE), 0x1000, 0);
	answers[5].result =
		fake_syscall(entry, SYSCALL_GET_PROPERTY, UTEE_PROP_SET_TEE, 0, 0, 0, 0, 0, 0x1000);
	answers[6].result = fake_syscall(entry, SYSCALL_GET_PROPERTY_NAME_TO_INDEX,
					 UTEE_PROP_SET_TEE, 0x1000, 8, length);
	/* Nothing asked for, nothing answered. */
	answers[7].result = fake_syscall(entry, SYSCALL_GET_PROPERTY, UTEE_PROP_SET_TEE, 0);
}

static void a_question_about_nothing_or_into_nowhere_is_refused(void **state)
{
	run(ask_wrongly);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(answers[i].result, TEE_ERROR_ITEM_NOT_FOUND);
	}
	for (int i = 3; i < 7; i++) {
		assert_int_equal(answers[i].result, TEE_ERROR_ACCESS_DENIED);
	}
	assert_int_equal(answers[7].result, TEE_SUCCESS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_ta_knows_its_client),
		TEST(a_ta_knows_itself),
		TEST(a_ta_knows_the_tee),
		TEST(the_device_has_an_id_that_stays),
		TEST(a_property_is_found_by_name),
		TEST(what_does_not_fit_is_short_and_says_how_much_is_needed),
		TEST(a_question_about_nothing_or_into_nowhere_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
