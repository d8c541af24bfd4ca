/* Promises of secure/tee/seal.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/seal.h"

static const TEE_UUID uuid = { 0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5 } };
static const TEE_UUID other = { 0x8aaaf201, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5 } };
static const struct seal_id id = { 5, "vault" };
static const char data[] = "what nobody else may read";

static struct seal_content content;
static struct seal_name name;

static int setup(void **state)
{
	fake_reset();
	fake_device_key = 0x11;
	assert_true(seal_content_create(&content, SEAL_OVERHEAD + sizeof(data)));
	seal_content_body(&content)->id = id;
	seal_content_body(&content)->usage = 3;
	memcpy(seal_content_data(&content), data, sizeof(data));
	seal_name(&uuid, &id, &name);
	return 0;
}

static int teardown(void **state)
{
	seal_content_free(&content);
	assert_int_equal(fake.pages_live, 0);
	return 0;
}

static struct seal_content sealed_copy(void)
{
	struct seal_content sealed;

	assert_true(seal_content_create(&sealed, content.size));
	assert_true(seal_close(&uuid, &content, port_pages_address(sealed.pages)));
	return sealed;
}

static uint8_t *bytes_of(const struct seal_content *sealed)
{
	return port_pages_address(sealed->pages);
}

static bool opens_as(const struct seal_content *sealed, const TEE_UUID *as_uuid,
		     const struct seal_name *as_name)
{
	struct seal_content copy;
	bool opened;

	assert_true(seal_content_create(&copy, sealed->size));
	memcpy(bytes_of(&copy), bytes_of(sealed), sealed->size);
	opened = seal_open(as_uuid, as_name, &copy);
	if (opened) {
		assert_int_equal(seal_content_body(&copy)->usage, 3);
		assert_true(seal_id_equal(&seal_content_body(&copy)->id, &id));
		assert_int_equal(seal_content_data_size(&copy), sizeof(data));
		assert_memory_equal(seal_content_data(&copy), data, sizeof(data));
	}
	seal_content_free(&copy);
	return opened;
}

static void what_was_sealed_opens_again(void **state)
{
	struct seal_content sealed = sealed_copy();

	assert_int_equal(seal_file_size((struct seal_header *)bytes_of(&sealed), sizeof(data)),
			 sealed.size);
	assert_true(opens_as(&sealed, &uuid, &name));
	seal_content_free(&sealed);
}

static void nothing_of_an_object_is_in_the_clear(void **state)
{
	struct seal_content sealed = sealed_copy();

	assert_null(memmem(bytes_of(&sealed), sealed.size, data, 8));
	assert_null(memmem(bytes_of(&sealed), sealed.size, id.bytes, id.size));
	seal_content_free(&sealed);
}

static void the_same_content_never_looks_the_same(void **state)
{
	struct seal_content first = sealed_copy();
	struct seal_content second = sealed_copy();
	const size_t body = sizeof(struct seal_header);

	assert_memory_not_equal(bytes_of(&first) + body, bytes_of(&second) + body,
				first.size - body);
	seal_content_free(&first);
	seal_content_free(&second);
}

static void every_changed_bit_is_found(void **state)
{
	struct seal_content sealed = sealed_copy();

	for (size_t bit = 0; bit < 8 * sealed.size; bit++) {
		bytes_of(&sealed)[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(opens_as(&sealed, &uuid, &name));
		bytes_of(&sealed)[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	seal_content_free(&sealed);
}

static void a_file_opens_for_its_ta_and_name_and_device_only(void **state)
{
	struct seal_content sealed = sealed_copy();
	struct seal_id other_id = { 5, "vaulu" };
	struct seal_name other_name;

	assert_false(opens_as(&sealed, &other, &name));
	seal_name(&uuid, &other_id, &other_name);
	assert_false(opens_as(&sealed, &uuid, &other_name));
	fake_device_key = 0x22;
	assert_false(opens_as(&sealed, &uuid, &name));
	seal_content_free(&sealed);
}

static void a_header_that_is_not_ours_has_no_size(void **state)
{
	struct seal_content sealed = sealed_copy();
	struct seal_header header;
	struct seal_header good;

	memcpy(&good, bytes_of(&sealed), sizeof(good));
	header = good;
	header.magic++;
	assert_int_equal(seal_file_size(&header, 1000), 0);
	header = good;
	header.version++;
	assert_int_equal(seal_file_size(&header, 1000), 0);
	header = good;
	header.body_size = sizeof(struct seal_body) - 1;
	assert_int_equal(seal_file_size(&header, 1000), 0);
	header.body_size = sizeof(struct seal_body) + 1001;
	assert_int_equal(seal_file_size(&header, 1000), 0);
	header.body_size = UINT64_MAX;
	assert_int_equal(seal_file_size(&header, 1000), 0);
	header.body_size = sizeof(struct seal_body);
	assert_int_equal(seal_file_size(&header, 1000), SEAL_OVERHEAD);
	seal_content_free(&sealed);
}

static void names_tell_tas_and_ids_apart(void **state)
{
	static const struct seal_id ids[] = {
		{ 0, "" }, { 1, "" }, { 1, "a" }, { 2, "a" }, { 64, "a" }
	};
	struct seal_name names[2 * array_size(ids)];

	for (size_t i = 0; i < array_size(ids); i++) {
		seal_name(&uuid, &ids[i], &names[2 * i]);
		seal_name(&other, &ids[i], &names[2 * i + 1]);
	}
	for (size_t i = 0; i < array_size(names); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(&names[i], &names[j], sizeof(names[i]));
		}
	}
}

#define promise(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		promise(what_was_sealed_opens_again),
		promise(nothing_of_an_object_is_in_the_clear),
		promise(the_same_content_never_looks_the_same),
		promise(every_changed_bit_is_found),
		promise(a_file_opens_for_its_ta_and_name_and_device_only),
		promise(a_header_that_is_not_ours_has_no_size),
		promise(names_tell_tas_and_ids_apart),
	};

	return cmocka_run_group_tests_name("secure/tee/seal", tests, NULL, NULL);
}
