#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tee_internal_api.h>
#include <user_ta_header.h>

#include "ta/libutee/memory.h"
#include "ta/test/fake_kernel.h"
#include "ta/test/fake_ta.h"

/* --- What the kernel knows -------------------------------------------------------------------- */

static const TEE_Identity client = { 4, { 0x8aaaf200, 0x2450, 0x11e4, { 1, 2, 3 } } };

static const struct {
	uint32_t set;
	const char *name;
	uint32_t type;
	const void *value;
	uint32_t size;
} kernel_properties[] = {
	{ UTEE_PROP_SET_CLIENT, "gpd.client.identity", UTEE_PROP_TYPE_IDENTITY, &client,
	  sizeof(client) },
	{ UTEE_PROP_SET_CLIENT, "gpd.client.endian", UTEE_PROP_TYPE_U32, &(const uint32_t){ 0 },
	  4 },
	{ UTEE_PROP_SET_TA, "gpd.ta.appID", UTEE_PROP_TYPE_UUID, &client.uuid, 16 },
	{ UTEE_PROP_SET_TEE, "gpd.tee.description", UTEE_PROP_TYPE_STRING,
	  "A description that is longer than any number", 45 },
};

#define KERNEL_PROPERTIES (sizeof(kernel_properties) / sizeof(kernel_properties[0]))

static int kernel_find(uint64_t set, uint64_t index)
{
	for (size_t i = 0; i < KERNEL_PROPERTIES; i++) {
		if (kernel_properties[i].set == set && index-- == 0) {
			return (int)i;
		}
	}
	return -1;
}

static uint32_t give(const void *from, uint32_t size, uint64_t to, uint64_t room)
{
	uint32_t *have = fake_kernel_pointer(room);
	uint32_t fits;

	if (have == NULL) {
		return TEE_SUCCESS;
	}
	fits = *have;
	*have = size;
	if (fits < size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(fake_kernel_pointer(to), from, size);
	return TEE_SUCCESS;
}

static uint32_t get_property(const uint64_t args[SYSCALL_ARGS_MAX])
{
	int i = kernel_find(args[0], args[1]);
	uint32_t res;

	if (i < 0) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (args[6] != 0) {
		*(uint32_t *)fake_kernel_pointer(args[6]) = kernel_properties[i].type;
	}
	res = give(kernel_properties[i].value, kernel_properties[i].size, args[4], args[5]);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return give(kernel_properties[i].name, (uint32_t)strlen(kernel_properties[i].name) + 1,
		    args[2], args[3]);
}

static uint32_t get_index(const uint64_t args[SYSCALL_ARGS_MAX])
{
	const char *name = fake_kernel_pointer(args[1]);
	int i;

	assert_int_equal(args[2], strlen(name) + 1);
	for (uint32_t index = 0; (i = kernel_find(args[0], index)) >= 0; index++) {
		if (strcmp(kernel_properties[i].name, name) == 0) {
			*(uint32_t *)fake_kernel_pointer(args[3]) = index;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

static int prepare(void **state)
{
	utee_memory_init();
	return 0;
}

static int setup(void **state)
{
	fake_kernel_reset();
	fake_kernel_set(SYSCALL_GET_PROPERTY, get_property);
	fake_kernel_set(SYSCALL_GET_PROPERTY_NAME_TO_INDEX, get_index);
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

static char text[128];

static TEE_Result as_string(TEE_PropSetHandle set, const char *name, size_t room)
{
	size_t size = room;
	TEE_Result res = TEE_GetPropertyAsString(set, name, text, &size);

	if (res == TEE_SUCCESS) {
		assert_int_equal(size, strlen(text) + 1);
	} else if (res == TEE_ERROR_SHORT_BUFFER) {
		assert_true(size > room);
	}
	return res;
}

static void check_string(TEE_PropSetHandle set, const char *name, const char *expected)
{
	assert_int_equal(as_string(set, name, sizeof(text)), TEE_SUCCESS);
	assert_string_equal(text, expected);
	assert_int_equal(as_string(set, name, strlen(expected) + 1), TEE_SUCCESS);
	assert_int_equal(as_string(set, name, strlen(expected)), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(as_string(set, name, 0), TEE_ERROR_SHORT_BUFFER);
}

static void properties_have_a_text(void **state)
{
	check_string(TEE_PROPSET_CURRENT_TA, "gpd.ta.singleInstance", "true");
	check_string(TEE_PROPSET_CURRENT_TA, "gpd.ta.dataSize", "65536");
	check_string(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", "3.1 of the fake");
	check_string(TEE_PROPSET_CURRENT_TA, "my.uuid", "01234567-89ab-cdef-0102-030405060708");
	check_string(TEE_PROPSET_CURRENT_TA, "my.identity",
		     "4026531840:01234567-89ab-cdef-0102-030405060708");
	check_string(TEE_PROPSET_CURRENT_TA, "my.binary", "SGVsbG8gd29ybGQh");
	check_string(TEE_PROPSET_CURRENT_CLIENT, "gpd.client.identity",
		     "4:8aaaf200-2450-11e4-0102-030000000000");
	check_string(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.description",
		     "A description that is longer than any number");
}

static void u64_as_string(void)
{
	as_string(TEE_PROPSET_CURRENT_TA, "my.u64", sizeof(text));
}

static void a_u64_has_no_text(void **state)
{
	assert_int_equal(fake_kernel_panic_of(u64_as_string), TEE_ERROR_BAD_FORMAT);
}

static void properties_have_values(void **state)
{
	TEE_Identity identity;
	TEE_UUID uuid;
	uint64_t u64;
	uint32_t u32;
	bool flag = false;

	assert_int_equal(
		TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA, "gpd.ta.singleInstance", &flag),
		TEE_SUCCESS);
	assert_true(flag);
	assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.dataSize", &u32),
			 TEE_SUCCESS);
	assert_int_equal(u32, FAKE_TA_HEAP_SIZE);
	assert_int_equal(TEE_GetPropertyAsU64(TEE_PROPSET_CURRENT_TA, "my.u64", &u64), TEE_SUCCESS);
	assert_true(u64 == UINT64_C(0x123456789abcdef0));
	assert_int_equal(TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "gpd.ta.appID", &uuid),
			 TEE_SUCCESS);
	assert_memory_equal(&uuid, &client.uuid, sizeof(uuid));
	assert_int_equal(TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
						   "gpd.client.identity", &identity),
			 TEE_SUCCESS);
	assert_memory_equal(&identity, &client, sizeof(identity));
	assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION,
					      "gpd.tee.internalCore.version", &u32),
			 TEE_SUCCESS);
	assert_int_equal(u32, 0x01030100);
}

static void values_of_another_type_are_refused(void **state)
{
	uint32_t u32 = 7;
	TEE_UUID uuid;
	bool flag;

	assert_int_equal(
		TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_TA, "gpd.ta.singleInstance", &u32),
		TEE_ERROR_BAD_FORMAT);
	/* Too long for a number: the kernel says so, and that is not what is meant. */
	assert_int_equal(
		TEE_GetPropertyAsU32(TEE_PROPSET_TEE_IMPLEMENTATION, "gpd.tee.description", &u32),
		TEE_ERROR_BAD_FORMAT);
	assert_int_equal(TEE_GetPropertyAsBool(TEE_PROPSET_CURRENT_TA, "my.u64", &flag),
			 TEE_ERROR_BAD_FORMAT);
	assert_int_equal(TEE_GetPropertyAsUUID(TEE_PROPSET_CURRENT_TA, "my.binary", &uuid),
			 TEE_ERROR_BAD_FORMAT);
	assert_int_equal(u32, 7);
}

static void unknown_names_are_not_found(void **state)
{
	uint32_t u32;

	assert_int_equal(as_string(TEE_PROPSET_CURRENT_TA, "no.such.thing", sizeof(text)),
			 TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_GetPropertyAsU32(TEE_PROPSET_CURRENT_CLIENT, "gpd.ta.dataSize", &u32),
			 TEE_ERROR_ITEM_NOT_FOUND);
}

static void binary_blocks_are_decoded(void **state)
{
	size_t size = sizeof(text);

	assert_int_equal(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "my.binary", text, &size),
		TEE_SUCCESS);
	assert_int_equal(size, 12);
	assert_memory_equal(text, "Hello world!", 12);
	size = 11;
	assert_int_equal(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "my.binary", text, &size),
		TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(size, 12);
	size = 0;
	assert_int_equal(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "my.binary", NULL, &size),
		TEE_ERROR_SHORT_BUFFER);
	size = 0;
	assert_int_equal(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "my.nothing", NULL, &size),
		TEE_SUCCESS);
	assert_int_equal(size, 0);
	assert_int_equal(
		TEE_GetPropertyAsBinaryBlock(TEE_PROPSET_CURRENT_TA, "gpd.ta.version", text, &size),
		TEE_ERROR_BAD_FORMAT);
}

static void string_without_name(void)
{
	as_string(TEE_PROPSET_CURRENT_TA, NULL, sizeof(text));
}

static void a_bad_name_panics(void **state)
{
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	fake_kernel_panic_of(string_without_name);
}

/* --- Enumerators ------------------------------------------------------------------------------ */

static TEE_PropSetHandle enumerator;

static size_t count_set(TEE_PropSetHandle set)
{
	size_t count = 0;
	size_t size;

	TEE_StartPropertyEnumerator(enumerator, set);
	do {
		size = sizeof(text);
		assert_int_equal(TEE_GetPropertyName(enumerator, text, &size), TEE_SUCCESS);
		assert_int_equal(size, strlen(text) + 1);
		count++;
	} while (TEE_GetNextProperty(enumerator) == TEE_SUCCESS);
	return count;
}

static void all_of_a_set_are_enumerated(void **state)
{
	assert_int_equal(TEE_AllocatePropertyEnumerator(&enumerator), TEE_SUCCESS);
	assert_int_equal(count_set(TEE_PROPSET_CURRENT_TA), ta_num_props + 1);
	assert_int_equal(count_set(TEE_PROPSET_CURRENT_CLIENT), 2);
	assert_int_equal(count_set(TEE_PROPSET_TEE_IMPLEMENTATION), 2);
	TEE_FreePropertyEnumerator(enumerator);
}

static void an_enumerator_has_the_values_too(void **state)
{
	uint32_t u32;

	TEE_AllocatePropertyEnumerator(&enumerator);
	TEE_StartPropertyEnumerator(enumerator, TEE_PROPSET_CURRENT_TA);
	assert_int_equal(as_string(enumerator, "the name does not matter", sizeof(text)),
			 TEE_SUCCESS);
	assert_string_equal(text, "true");
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_SUCCESS);
	assert_int_equal(TEE_GetPropertyAsU32(enumerator, NULL, &u32), TEE_SUCCESS);
	assert_int_equal(u32, FAKE_TA_HEAP_SIZE);
	TEE_FreePropertyEnumerator(enumerator);
}

static void an_enumerator_that_stands_nowhere_has_nothing(void **state)
{
	size_t size = sizeof(text);
	uint32_t u32;

	TEE_AllocatePropertyEnumerator(&enumerator);
	assert_int_equal(TEE_GetPropertyAsU32(enumerator, NULL, &u32), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(TEE_GetPropertyName(enumerator, text, &size), TEE_ERROR_ITEM_NOT_FOUND);
	TEE_StartPropertyEnumerator(enumerator, TEE_PROPSET_CURRENT_TA);
	TEE_ResetPropertyEnumerator(enumerator);
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_ERROR_ITEM_NOT_FOUND);
	TEE_StartPropertyEnumerator(enumerator, (TEE_PropSetHandle)12345);
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_ERROR_ITEM_NOT_FOUND);
	TEE_StartPropertyEnumerator(NULL, TEE_PROPSET_CURRENT_TA);
	TEE_FreePropertyEnumerator(enumerator);
	TEE_FreePropertyEnumerator(NULL);
}

static void value_past_the_end(void)
{
	uint32_t u32;

	TEE_GetPropertyAsU32(enumerator, NULL, &u32);
}

static void a_value_past_the_end_panics(void **state)
{
	TEE_AllocatePropertyEnumerator(&enumerator);
	TEE_StartPropertyEnumerator(enumerator, TEE_PROPSET_CURRENT_CLIENT);
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_SUCCESS);
	assert_int_equal(TEE_GetNextProperty(enumerator), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(fake_kernel_panic_of(value_past_the_end), TEE_ERROR_BAD_PARAMETERS);
	TEE_FreePropertyEnumerator(enumerator);
}

static void next_of_nothing(void)
{
	TEE_GetNextProperty(NULL);
}

static void name_of_nothing(void)
{
	size_t size = sizeof(text);

	TEE_GetPropertyName(NULL, text, &size);
}

static void no_enumerator_panics(void **state)
{
	fake_kernel_set(SYSCALL_CHECK_ACCESS_RIGHTS, fake_kernel_deny);
	fake_kernel_panic_of(next_of_nothing);
	fake_kernel_panic_of(name_of_nothing);
}

static void names_say_how_long_they_are(void **state)
{
	size_t size = 3;

	TEE_AllocatePropertyEnumerator(&enumerator);
	TEE_StartPropertyEnumerator(enumerator, TEE_PROPSET_CURRENT_CLIENT);
	assert_int_equal(TEE_GetPropertyName(enumerator, text, &size), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(size, sizeof("gpd.client.identity"));
	TEE_FreePropertyEnumerator(enumerator);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(properties_have_a_text, setup),
		cmocka_unit_test_setup(a_u64_has_no_text, setup),
		cmocka_unit_test_setup(properties_have_values, setup),
		cmocka_unit_test_setup(values_of_another_type_are_refused, setup),
		cmocka_unit_test_setup(unknown_names_are_not_found, setup),
		cmocka_unit_test_setup(binary_blocks_are_decoded, setup),
		cmocka_unit_test_setup(a_bad_name_panics, setup),
		cmocka_unit_test_setup(all_of_a_set_are_enumerated, setup),
		cmocka_unit_test_setup(an_enumerator_has_the_values_too, setup),
		cmocka_unit_test_setup(an_enumerator_that_stands_nowhere_has_nothing, setup),
		cmocka_unit_test_setup(a_value_past_the_end_panics, setup),
		cmocka_unit_test_setup(no_enumerator_panics, setup),
		cmocka_unit_test_setup(names_say_how_long_they_are, setup),
	};

	return cmocka_run_group_tests_name("ta/libutee/property", tests, prepare, NULL);
}
