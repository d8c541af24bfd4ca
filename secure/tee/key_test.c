/* Promises of secure/tee/key.h, against HMACs computed by other means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "secure/core/fake_port.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/key.h"

static const TEE_UUID uuid = {
	0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5, 0xc5, 0x1b }
};

static int setup(void **state)
{
	fake_reset();
	fake_device_key = 0x11;
	return 0;
}

static void assert_key(const struct secret_key *key, const char *hex)
{
	uint8_t expected[KEY_SIZE];

	assert_true(bytes_from_hex(hex, expected, sizeof(expected)));
	assert_memory_equal(key->bytes, expected, sizeof(expected));
}

static void a_subkey_is_the_mac_of_usage_and_data(void **state)
{
	struct secret_key key;

	key_subkey(HUK_SUBKEY_TA_ENC, "data", 4, &key);
	assert_key(&key, "6e72a0946d9a76169d7ab6318ba9073d41329d65c3638ebfad1e208e71a2f415");
}

static void the_storage_key_of_a_ta_is_derived_in_two_steps(void **state)
{
	struct secret_key key;

	key_storage(&uuid, &key);
	assert_key(&key, "be81a2582d85fbe5a2a76793dd82e26844bc5cdcc4bbcbcd36085c097321b563");
}

static void a_derived_key_is_the_mac_of_label_and_data(void **state)
{
	struct secret_key parent;
	struct secret_key key;

	memset(&parent, 0x33, sizeof(parent));
	key_derive(&parent, "label", "data", 4, &key);
	assert_key(&key, "a2a2325903ac958eabf078a60fa782dcaa8661320d528cf04ff4234de1a0fe83");
	key_derive(&parent, "label", "data", 4, &parent);
	assert_memory_equal(&parent, &key, sizeof(key));
}

static void a_label_and_its_data_are_told_apart(void **state)
{
	struct secret_key parent = { { 1 } };
	struct secret_key a;
	struct secret_key b;

	key_derive(&parent, "ab", "c", 1, &a);
	key_derive(&parent, "a", "bc", 2, &b);
	assert_memory_not_equal(&a, &b, sizeof(a));
}

static void another_device_usage_or_ta_has_another_key(void **state)
{
	TEE_UUID other = uuid;
	struct secret_key key;
	struct secret_key another;

	key_subkey(HUK_SUBKEY_SSK, NULL, 0, &key);
	key_subkey(HUK_SUBKEY_DIE_ID, NULL, 0, &another);
	assert_memory_not_equal(&key, &another, sizeof(key));
	key_storage(&uuid, &key);
	other.timeLow ^= 1;
	key_storage(&other, &another);
	assert_memory_not_equal(&key, &another, sizeof(key));
	fake_device_key = 0x22;
	key_storage(&uuid, &another);
	assert_memory_not_equal(&key, &another, sizeof(key));
}

static void a_wiped_key_is_zero(void **state)
{
	struct secret_key key;

	key_storage(&uuid, &key);
	key_wipe(&key);
	assert_true(bytes_are_zero(&key, sizeof(key)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_subkey_is_the_mac_of_usage_and_data, setup),
		cmocka_unit_test_setup(the_storage_key_of_a_ta_is_derived_in_two_steps, setup),
		cmocka_unit_test_setup(a_derived_key_is_the_mac_of_label_and_data, setup),
		cmocka_unit_test_setup(a_label_and_its_data_are_told_apart, setup),
		cmocka_unit_test_setup(another_device_usage_or_ta_has_another_key, setup),
		cmocka_unit_test_setup(a_wiped_key_is_zero, setup),
	};

	return cmocka_run_group_tests_name("secure/tee/key", tests, NULL, NULL);
}
