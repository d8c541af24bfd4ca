/* Promises of secure/tee/image.h. Every refusal is SECURITY and says in the log which check failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/bytes.h"
#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/fake_device.h"
#include "secure/tee/fake_image.h"
#include "secure/tee/image.h"

#define ELF_SIZE 600u
#define VERSION	 7u

/* Where the parts of an image begin that is signed with the default algorithm and a 2048-bit key. */
#define AT_HASH	      IMAGE_HEADER_SIZE
#define AT_SIGNATURE  (AT_HASH + 32u)
#define AT_BOOTSTRAP  (AT_SIGNATURE + 256u)
#define AT_ENCRYPTION (AT_BOOTSTRAP + 20u)
#define AT_IV	      (AT_ENCRYPTION + 12u)

static const TEE_UUID hello = { 0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd5 } };
static const TEE_UUID other = { 0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0, 2, 0xa5, 0xd6 } };
static uint8_t elf[ELF_SIZE];
static struct fake_image made;

static int setup(void **state)
{
	fake_reset();
	fake_device_key = 0x11;
	made.size = 0;
	for (size_t i = 0; i < sizeof(elf); i++) {
		elf[i] = (uint8_t)(i * 31 + 5);
	}
	return 0;
}

static struct fake_program program(void)
{
	return (struct fake_program){
		.elf = elf,
		.size = sizeof(elf),
		.uuid = hello,
		.version = VERSION,
		.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
	};
}

/* Verify a copy of exactly this size, so that a sanitizer sees every byte too far. */
static TEE_Result verify_copy(const TEE_UUID *uuid, const uint8_t *bytes, size_t size,
			      uint8_t **copy, struct image *image)
{
	*copy = malloc(size == 0 ? 1 : size);
	assert_non_null(*copy);
	memcpy(*copy, bytes, size);
	fake.console_size = 0;
	return image_verify(uuid, size == 0 ? *copy + 1 : *copy, size, image);
}

static void assert_accepted_as(const TEE_UUID *uuid, uint32_t version)
{
	struct image image;
	uint8_t *copy;

	assert_int_equal(verify_copy(uuid, made.bytes, made.size, &copy, &image), TEE_SUCCESS);
	assert_int_equal(image.elf_size, sizeof(elf));
	assert_memory_equal(image.elf, elf, sizeof(elf));
	assert_ptr_equal(image.elf + image.elf_size, copy + made.size);
	assert_int_equal(image.version, version);
	assert_int_equal(fake.console_size, 0);
	free(copy);
}

static void assert_accepted(uint32_t version)
{
	assert_accepted_as(&hello, version);
}

static bool console_says(const char *words)
{
	fake.console[fake.console_size] = '\0';
	return strstr(fake.console, words) != NULL;
}

static void assert_refused_as(const TEE_UUID *uuid, size_t size, const char *why)
{
	struct image image;
	uint8_t *copy;

	assert_int_equal(verify_copy(uuid, made.bytes, size, &copy, &image), TEE_ERROR_SECURITY);
	if (!console_says(why)) {
		fail_msg("expected \"%s\" in the log: %s", why, fake.console);
	}
	assert_ptr_equal(strchr(fake.console, '\n'), fake.console + fake.console_size - 1);
	free(copy);
}

static void assert_refused(const char *why)
{
	assert_refused_as(&hello, made.size, why);
}

/* --- what is accepted --- */

static void each_type_is_accepted(void **state)
{
	struct fake_program p = program();

	fake_image_plain(&made, FAKE_KEY_TRUSTED, &p);
	assert_accepted(0);
	made.size = 0;
	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
	assert_accepted(VERSION);
	made.size = 0;
	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	assert_accepted(VERSION);
}

static void each_algorithm_of_the_signing_tool_is_accepted(void **state)
{
	static const uint32_t algos[] = {
		IMAGE_ALGO_PKCS1_PSS_SHA256,  IMAGE_ALGO_PKCS1_PSS_SHA384,
		IMAGE_ALGO_PKCS1_PSS_SHA512,  IMAGE_ALGO_PKCS1_V1_5_SHA256,
		IMAGE_ALGO_PKCS1_V1_5_SHA384, IMAGE_ALGO_PKCS1_V1_5_SHA512,
	};

	for (size_t i = 0; i < array_size(algos); i++) {
		struct fake_program p = program();

		p.algo = algos[i];
		made.size = 0;
		fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
		assert_accepted(VERSION);
	}
}

static void the_key_in_force_is_announced(void **state)
{
	image_log_key();
	assert_true(console_says("fake.pem"));
	assert_true(console_says("DEVELOPMENT"));
}

/* --- damage --- */

static void a_file_cut_off_anywhere_is_refused(void **state)
{
	static void (*const makers[])(struct fake_image *, enum fake_key,
				      const struct fake_program *) = {
		fake_image_plain,
		fake_image_bootstrap,
		fake_image_encrypted,
	};
	struct fake_program p = program();

	for (size_t i = 0; i < array_size(makers); i++) {
		made.size = 0;
		makers[i](&made, FAKE_KEY_TRUSTED, &p);
		for (size_t size = 0; size < made.size; size++) {
			assert_refused_as(&hello, size, "refused");
		}
	}
}

static void a_file_with_bytes_left_over_is_refused(void **state)
{
	struct fake_program p = program();

	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
	made.bytes[made.size] = 0;
	made.size++;
	assert_refused("file size");
}

static void assert_flip_refused(size_t byte, unsigned int bit)
{
	made.bytes[byte] ^= (uint8_t)(1u << bit);
	assert_refused("refused");
	made.bytes[byte] ^= (uint8_t)(1u << bit);
}

static void every_bit_of_what_comes_before_the_program_counts(void **state)
{
	struct fake_program p = program();

	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	for (size_t byte = 0; byte < made.size - sizeof(elf); byte++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			assert_flip_refused(byte, bit);
		}
	}
}

static void every_byte_of_the_program_counts(void **state)
{
	struct fake_program p = program();

	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
	for (size_t byte = made.size - sizeof(elf); byte < made.size; byte++) {
		assert_flip_refused(byte, byte % 8);
	}
	made.size = 0;
	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	for (size_t byte = made.size - sizeof(elf); byte < made.size; byte++) {
		assert_flip_refused(byte, byte % 8);
	}
}

static void the_log_says_which_check_failed(void **state)
{
	static const struct {
		size_t byte;
		const char *why;
	} flips[] = {
		{ 0, "magic" },
		{ 4, "digest of a subkey" },
		{ 8, "file size" },
		{ 12, "algorithm" },
		{ 16, "digest size" },
		{ 18, "signature" },
		{ AT_HASH, "signature" },
		{ AT_SIGNATURE, "signature" },
		{ AT_BOOTSTRAP, "another TA's" },
		{ AT_BOOTSTRAP + 16, "digest is wrong" },
		{ AT_ENCRYPTION, "encryption algorithm" },
		{ AT_ENCRYPTION + 4, "kind of key" },
		{ AT_ENCRYPTION + 8, "iv or tag" },
		{ AT_ENCRYPTION + 10, "iv or tag" },
		{ AT_IV, "decrypt" },
		{ AT_IV + 12, "decrypt" },
		{ AT_IV + 28, "decrypt" },
	};
	struct fake_program p = program();

	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	for (size_t i = 0; i < array_size(flips); i++) {
		made.bytes[flips[i].byte] ^= 1;
		assert_refused(flips[i].why);
		made.bytes[flips[i].byte] ^= 1;
	}
}

static void the_log_names_the_ta(void **state)
{
	assert_refused_as(&hello, 0, "8aaaf200-2450-11e4-abe2-0002a5d50000");
}

static void sizes_that_are_huge_are_refused(void **state)
{
	struct fake_program p = program();
	static const size_t fields[] = { 8, 16, 18 };

	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
	for (size_t i = 0; i < array_size(fields); i++) {
		uint8_t kept[4];
		size_t width = fields[i] == 8 ? 4 : 2;

		memcpy(kept, made.bytes + fields[i], width);
		memset(made.bytes + fields[i], 0xff, width);
		assert_refused("refused");
		memcpy(made.bytes + fields[i], kept, width);
	}
}

static void an_unknown_type_is_refused(void **state)
{
	struct fake_parts parts = {
		.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
		.body = elf,
		.body_size = sizeof(elf),
	};
	static const uint32_t types[] = { 4, 0x80000000u, 0xffffffffu };

	for (size_t i = 0; i < array_size(types); i++) {
		parts.type = types[i];
		made.size = 0;
		fake_image_parts(&made, FAKE_KEY_TRUSTED, &parts);
		assert_refused("type of image");
	}
}

static void weak_and_unknown_algorithms_are_refused(void **state)
{
	static const uint32_t algos[] = {
		0,
		TEE_ALG_RSASSA_PKCS1_V1_5_MD5,
		TEE_ALG_RSASSA_PKCS1_V1_5_SHA1,
		TEE_ALG_RSASSA_PKCS1_V1_5_SHA224,
		TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA1,
		TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA224,
		TEE_ALG_ECDSA_SHA256,
		0xffffffffu,
	};

	for (size_t i = 0; i < array_size(algos); i++) {
		struct fake_program p = program();

		p.algo = algos[i];
		made.size = 0;
		fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
		assert_refused("algorithm");
	}
}

/* --- somebody else's --- */

static void an_image_of_another_key_is_refused(void **state)
{
	struct fake_program p = program();

	fake_image_bootstrap(&made, FAKE_KEY_OTHER, &p);
	assert_refused("signature");
	made.size = 0;
	fake_image_bootstrap(&made, FAKE_KEY_SMALL, &p);
	assert_refused("signature");
}

static void an_image_of_another_ta_is_refused(void **state)
{
	struct fake_program p = program();

	fake_image_bootstrap(&made, FAKE_KEY_TRUSTED, &p);
	assert_refused_as(&other, made.size, "another TA's");
	made.size = 0;
	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	assert_refused_as(&other, made.size, "another TA's");
}

static void an_image_that_another_device_may_read_is_refused(void **state)
{
	struct fake_program p = program();

	fake_image_encrypted(&made, FAKE_KEY_TRUSTED, &p);
	fake_device_key = 0x22;
	assert_refused("decrypt");
}

/* --- subkeys --- */

/* The root of a chain; "mid" and then "leaf" below it lead to these, computed by other means. */
static const TEE_UUID root = {
	0xf04a0fe7, 0x1f5d, 0x4b9b, { 0xab, 0xf7, 0x61, 0x9b, 0x85, 0xb4, 0xce, 0x8c }
};
static const TEE_UUID mid = {
	0x700ac98a, 0x4671, 0x5066, { 0xa6, 0x8c, 0x79, 0xce, 0xb0, 0x38, 0xfa, 0xca }
};
static const TEE_UUID leaf = {
	0x3c9b7520, 0xc2ad, 0x5368, { 0xaa, 0xae, 0xc9, 0xb3, 0x07, 0x25, 0x2e, 0x91 }
};

static struct fake_subkey subkey_of(const TEE_UUID *uuid, const char *name, uint32_t max_depth)
{
	return (struct fake_subkey){ FAKE_KEY_OTHER, *uuid, name, max_depth };
}

static void add_subkey(enum fake_key signer, const TEE_UUID *uuid, const char *name,
		       uint32_t max_depth)
{
	struct fake_subkey subkey = subkey_of(uuid, name, max_depth);

	fake_image_subkey(&made, signer, &subkey);
}

static void add_program(enum fake_key signer, const TEE_UUID *uuid)
{
	struct fake_program p = program();

	p.uuid = *uuid;
	fake_image_bootstrap(&made, signer, &p);
}

static void a_subkey_signs_for_the_ta_of_its_name(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 1);
	add_program(FAKE_KEY_OTHER, &mid);
	assert_accepted_as(&mid, VERSION);
}

static void a_chain_of_subkeys_is_followed(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_subkey(FAKE_KEY_OTHER, &mid, "leaf", 4);
	add_program(FAKE_KEY_OTHER, &leaf);
	assert_accepted_as(&leaf, VERSION);
}

static void a_subkey_without_a_name_signs_for_its_own_uuid(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, NULL, 1);
	add_subkey(FAKE_KEY_OTHER, &root, NULL, 0);
	add_program(FAKE_KEY_OTHER, &root);
	assert_accepted_as(&root, VERSION);
}

static void a_subkey_binds_an_image_without_a_uuid(void **state)
{
	struct fake_program p = program();

	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 1);
	fake_image_plain(&made, FAKE_KEY_OTHER, &p);
	assert_accepted_as(&mid, 0);
	assert_refused_as(&hello, made.size, "may not sign for this UUID");
}

static void a_subkey_signs_encrypted_images_too(void **state)
{
	struct fake_program p = program();

	p.uuid = mid;
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 1);
	fake_image_encrypted(&made, FAKE_KEY_OTHER, &p);
	assert_accepted_as(&mid, VERSION);
}

static void a_subkey_signs_for_no_other_ta(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 1);
	add_program(FAKE_KEY_OTHER, &hello);
	assert_refused("may not sign for this UUID");
}

static void a_subkey_signs_for_no_other_subkey(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_subkey(FAKE_KEY_OTHER, &root, "mid", 4);
	add_program(FAKE_KEY_OTHER, &mid);
	assert_refused_as(&mid, made.size, "may sign for");
}

static void a_chain_ends_where_its_depth_does(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_subkey(FAKE_KEY_OTHER, &mid, "leaf", 5);
	add_program(FAKE_KEY_OTHER, &leaf);
	assert_refused_as(&leaf, made.size, "deeper");
	made.size = 0;
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", UINT32_MAX);
	add_program(FAKE_KEY_OTHER, &mid);
	assert_refused_as(&mid, made.size, "deeper");
}

static void a_chain_has_a_limit(void **state)
{
	enum fake_key signer = FAKE_KEY_TRUSTED;

	for (uint32_t i = 0; i <= IMAGE_SUBKEYS_MAX; i++) {
		add_subkey(signer, &root, NULL, 100 - i);
		signer = FAKE_KEY_OTHER;
	}
	add_program(FAKE_KEY_OTHER, &root);
	assert_refused_as(&root, made.size, "too many subkeys");
}

static void what_a_subkey_signed_is_not_what_the_trusted_key_signed(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_program(FAKE_KEY_TRUSTED, &mid);
	assert_refused_as(&mid, made.size, "signature");
	made.size = 0;
	add_subkey(FAKE_KEY_OTHER, &root, "mid", 5);
	add_program(FAKE_KEY_OTHER, &mid);
	assert_refused_as(&mid, made.size, "signature");
}

static void a_weak_subkey_signs_nothing(void **state)
{
	struct fake_subkey subkey = subkey_of(&root, "mid", 1);

	subkey.key = FAKE_KEY_SMALL;
	fake_image_subkey(&made, FAKE_KEY_TRUSTED, &subkey);
	add_program(FAKE_KEY_SMALL, &mid);
	assert_refused_as(&mid, made.size, "signature");
}

static void a_chain_cut_off_anywhere_is_refused(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_subkey(FAKE_KEY_OTHER, &mid, "leaf", 4);
	add_program(FAKE_KEY_OTHER, &leaf);
	for (size_t size = 0; size < made.size; size++) {
		assert_refused_as(&leaf, size, "refused");
	}
}

static void every_byte_of_a_chain_counts(void **state)
{
	add_subkey(FAKE_KEY_TRUSTED, &root, "mid", 5);
	add_program(FAKE_KEY_OTHER, &mid);
	for (size_t byte = 0; byte < made.size; byte++) {
		made.bytes[byte] ^= (uint8_t)(1u << byte % 8);
		assert_refused_as(&mid, made.size, "refused");
		made.bytes[byte] ^= (uint8_t)(1u << byte % 8);
	}
}

static void malformed_subkeys_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint32_t word;
		const char *why;
	} fields[] = {
		{ offsetof(struct image_subkey, name_size), UINT32_MAX, "name after a subkey" },
		{ offsetof(struct image_subkey, name_size), 3, "name after a subkey" },
		{ offsetof(struct image_subkey, algo), 0, "algorithm" },
		{ offsetof(struct image_subkey, algo), TEE_ALG_RSASSA_PKCS1_V1_5_SHA1,
		  "algorithm" },
		{ offsetof(struct image_subkey, attr_count), 0, "malformed" },
		{ offsetof(struct image_subkey, attr_count), 1, "malformed" },
		{ offsetof(struct image_subkey, attr_count), IMAGE_SUBKEY_ATTRS_MAX + 1,
		  "malformed" },
		{ offsetof(struct image_subkey, attr_count), UINT32_MAX, "malformed" },
		/* The first attribute is the exponent, the second the modulus. */
		{ sizeof(struct image_subkey), IMAGE_SUBKEY_ATTR_MODULUS, "malformed" },
		{ sizeof(struct image_subkey), 1, "malformed" },
		{ sizeof(struct image_subkey) + 4, UINT32_MAX, "malformed" },
		{ sizeof(struct image_subkey) + 8, UINT32_MAX, "malformed" },
		{ sizeof(struct image_subkey) + 16, UINT32_MAX - 1, "malformed" },
		{ sizeof(struct image_subkey) + 20, 0, "signature" },
	};
	struct fake_subkey subkey = subkey_of(&root, "mid", 1);
	static uint8_t body[FAKE_IMAGE_MAX];

	for (size_t i = 0; i < array_size(fields); i++) {
		struct fake_parts parts = {
			.type = IMAGE_TYPE_SUBKEY,
			.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
			.body = body,
			.body_size = fake_subkey_body(&subkey, body),
		};

		store_le32(body + fields[i].at, fields[i].word);
		made.size = 0;
		fake_image_parts(&made, FAKE_KEY_TRUSTED, &parts);
		memcpy(made.bytes + made.size, "mid", 4);
		made.size += 4;
		add_program(FAKE_KEY_OTHER, &mid);
		assert_refused_as(&mid, made.size, fields[i].why);
	}
}

static void a_subkey_shorter_than_its_fields_is_refused(void **state)
{
	struct fake_subkey subkey = subkey_of(&root, "mid", 1);
	static uint8_t body[FAKE_IMAGE_MAX];
	size_t whole = fake_subkey_body(&subkey, body);

	for (size_t size = 0; size < whole; size += 7) {
		struct fake_parts parts = {
			.type = IMAGE_TYPE_SUBKEY,
			.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
			.body = body,
			.body_size = size,
		};

		made.size = 0;
		fake_image_parts(&made, FAKE_KEY_TRUSTED, &parts);
		assert_refused("malformed");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_type_is_accepted, setup),
		cmocka_unit_test_setup(each_algorithm_of_the_signing_tool_is_accepted, setup),
		cmocka_unit_test_setup(the_key_in_force_is_announced, setup),
		cmocka_unit_test_setup(a_file_cut_off_anywhere_is_refused, setup),
		cmocka_unit_test_setup(a_file_with_bytes_left_over_is_refused, setup),
		cmocka_unit_test_setup(every_bit_of_what_comes_before_the_program_counts, setup),
		cmocka_unit_test_setup(every_byte_of_the_program_counts, setup),
		cmocka_unit_test_setup(the_log_says_which_check_failed, setup),
		cmocka_unit_test_setup(the_log_names_the_ta, setup),
		cmocka_unit_test_setup(sizes_that_are_huge_are_refused, setup),
		cmocka_unit_test_setup(an_unknown_type_is_refused, setup),
		cmocka_unit_test_setup(weak_and_unknown_algorithms_are_refused, setup),
		cmocka_unit_test_setup(an_image_of_another_key_is_refused, setup),
		cmocka_unit_test_setup(an_image_of_another_ta_is_refused, setup),
		cmocka_unit_test_setup(an_image_that_another_device_may_read_is_refused, setup),
		cmocka_unit_test_setup(a_subkey_signs_for_the_ta_of_its_name, setup),
		cmocka_unit_test_setup(a_chain_of_subkeys_is_followed, setup),
		cmocka_unit_test_setup(a_subkey_without_a_name_signs_for_its_own_uuid, setup),
		cmocka_unit_test_setup(a_subkey_binds_an_image_without_a_uuid, setup),
		cmocka_unit_test_setup(a_subkey_signs_encrypted_images_too, setup),
		cmocka_unit_test_setup(a_subkey_signs_for_no_other_ta, setup),
		cmocka_unit_test_setup(a_subkey_signs_for_no_other_subkey, setup),
		cmocka_unit_test_setup(a_chain_ends_where_its_depth_does, setup),
		cmocka_unit_test_setup(a_chain_has_a_limit, setup),
		cmocka_unit_test_setup(what_a_subkey_signed_is_not_what_the_trusted_key_signed,
				       setup),
		cmocka_unit_test_setup(a_weak_subkey_signs_nothing, setup),
		cmocka_unit_test_setup(a_chain_cut_off_anywhere_is_refused, setup),
		cmocka_unit_test_setup(every_byte_of_a_chain_counts, setup),
		cmocka_unit_test_setup(malformed_subkeys_are_refused, setup),
		cmocka_unit_test_setup(a_subkey_shorter_than_its_fields_is_refused, setup),
	};

	return cmocka_run_group_tests_name("secure/tee/image", tests, NULL, NULL);
}
