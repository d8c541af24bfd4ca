#include "secure/tee/fake_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "lib/bytes.h"
#include "lib/uuid.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/image_key.h"
#include "secure/tee/key.h"

/* --- keys --- */

const uint8_t image_key_der[] = {
	0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82,
	0x01, 0x01, 0x00, 0xc6, 0xe2, 0x21, 0x30, 0xdb, 0xb9, 0x19, 0x34, 0x13, 0xc4, 0x32, 0xc6,
	0x47, 0xdb, 0x64, 0x71, 0x64, 0x53, 0xef, 0x43, 0x0a, 0xa8, 0x84, 0x60, 0xfd, 0x48, 0x91,
	0x2f, 0x7e, 0x99, 0xd0, 0x85, 0x10, 0x9c, 0xbe, 0x30, 0xf9, 0xeb, 0x1d, 0x25, 0x91, 0x68,
	0x51, 0x59, 0x5c, 0x07, 0x77, 0xf4, 0x5f, 0x67, 0x8d, 0x5e, 0x8f, 0x74, 0x7f, 0x54, 0xbc,
	0x23, 0x25, 0xb5, 0x65, 0x6e, 0xd7, 0xe2, 0x61, 0x20, 0x67, 0xc6, 0xd5, 0xab, 0xbb, 0xb3,
	0x31, 0xaf, 0x34, 0xc2, 0x74, 0x9e, 0x2f, 0xfe, 0x1c, 0x75, 0xfb, 0x7a, 0x90, 0xe6, 0x87,
	0x43, 0x84, 0x5c, 0xfa, 0x57, 0x48, 0x70, 0x8a, 0xb4, 0x54, 0xb3, 0xdb, 0xfe, 0x7b, 0xd6,
	0x6a, 0x7b, 0x5b, 0xfa, 0x14, 0xe5, 0x84, 0xdd, 0x65, 0x63, 0x1c, 0xe5, 0x7f, 0xaf, 0x93,
	0x4c, 0xc9, 0x3b, 0xda, 0x42, 0x0b, 0x6c, 0x55, 0xe4, 0x54, 0xd5, 0x7b, 0x17, 0x99, 0x26,
	0x45, 0x21, 0x7c, 0xf7, 0xf0, 0xc7, 0xd6, 0xc4, 0xe8, 0x61, 0xfe, 0xb9, 0x5e, 0xfb, 0x3b,
	0x76, 0xad, 0x7b, 0xf7, 0xd5, 0xc7, 0x21, 0x33, 0x9e, 0x07, 0xb1, 0x6b, 0x40, 0x55, 0xb7,
	0x8a, 0x0e, 0x36, 0xa3, 0x13, 0x3d, 0xb1, 0x12, 0xf0, 0xe7, 0x03, 0x79, 0x48, 0x7e, 0x35,
	0xb3, 0x1b, 0x6c, 0x0a, 0x47, 0x91, 0x67, 0x3a, 0x24, 0x37, 0xb3, 0x1f, 0xfe, 0xb6, 0x8d,
	0xa3, 0x3a, 0xcf, 0x82, 0x11, 0xd7, 0x4d, 0x65, 0x97, 0x14, 0xb5, 0xcc, 0x91, 0x1d, 0x47,
	0x67, 0x41, 0x4e, 0x60, 0x19, 0xe5, 0x88, 0x88, 0x85, 0xd9, 0x06, 0x7e, 0x01, 0xcc, 0xec,
	0x12, 0x39, 0x7d, 0x75, 0xec, 0x44, 0x6d, 0x6a, 0x95, 0x14, 0xce, 0x12, 0x49, 0xea, 0x26,
	0xab, 0x77, 0xbc, 0xd9, 0xad, 0xfe, 0xe8, 0xc1, 0x24, 0xc2, 0xd6, 0xbb, 0x47, 0xca, 0xd6,
	0x12, 0xd8, 0x6b, 0xb7, 0x02, 0x03, 0x01, 0x00, 0x01,
};
const size_t image_key_der_size = sizeof(image_key_der);
const char image_key_name[] = "fake.pem";
const bool image_key_is_development = true;

static const struct {
	size_t size;
	const char *p;
	const char *q;
} keys[FAKE_KEY_COUNT] = {
	[FAKE_KEY_TRUSTED] = { 256,
		"f486fcb00a1eaa1d2ccf9021b46579ff4fbd7590439c5b8b89ffbb05da67b086cb769306"
		"4a24ef1434fe6d6905b8dbf8bf40b4c8f2f8aa82ee40c02b89395dd4fa15af97c6342d1e"
		"9ac4da53593e552ea48f7d34c5df9c8bc504623c6be6f029d8072f2ec50a4e719e1f295a"
		"de9db01f479f3f3515c29133a349ab929cf6b195",
		"d036e9e3e0c25beeccc81b49741c748e45cd07175881d4f0b5fb8e9bb4676b80258fa759"
		"8c6bbef1d15ef880cce1fa51b45e447def2a0c47bcff11c3f23fc9635556529bcb0c297f"
		"5e5dca35e9fe9ed1ab02d8bc3bcc896cf57190dce7c53f86534d50a21049fc60188c19f8"
		"e5f891bb8318fb659c3c019b4cc20d38a30aad1b",
	},
	[FAKE_KEY_OTHER] = { 256,
		"f4005a9ab99d8165943a2d2fff9e5c5936ddc192c6ae34686dcde13c5e959bd729b3fc74"
		"8aff616d20e401e434d716b258346fff973e3f6da3d3d0d7c843c9128a57cfe18d1fe967"
		"e4d7a1662f9745540eb7f45f7f21f130c6a7de08079ee53b7a5da1bcdd688be0cc29e328"
		"98af00b0627e42c792f46a7e7a797a1750cec231",
		"cdf57cd37d9877621d4d11f285433ddc4e6279965cf07a9c86a5bd05b4ecd744e4419012"
		"c24b0bcab3b6c7eaedfab8aabfe43218b0260e39a5641af4e90305a156929ee99afa62a7"
		"f07a36376bc1f2e00d48cac311f40321f86972c0f9392ca1a68dcff24889e07dd3a6aa93"
		"226b8267fda195202c57547dd7602449efc6b8cd",
	},
	[FAKE_KEY_SMALL] = { 128,
		"d7511ffb99bf4e3626fe36221b0cb7992dcc70ee2898583ac33e02552fdcfa7ec88ddf74"
		"ace6b0eee59f63e1823206700ec09e14ac2ed182535053e6300fe05f",
		"c54ef31ee2f91bcbae6c1e64463ef7cc8f4d67db79950c9820ab81a30518bde7a8dde92e"
		"a1d7370aecb42e521c3e5d0d106585f60d03e89e7227fc22fa547d7d",
	},
};

#define MODULUS_MAX 256u
static const uint8_t exponent[] = { 0x01, 0x00, 0x01 };

static void number_from_hex(mbedtls_mpi *number, const char *hex)
{
	mbedtls_mpi_init(number);
	assert_int_equal(mbedtls_mpi_read_string(number, 16, hex), 0);
}

static void key_load(mbedtls_pk_context *pk, enum fake_key which)
{
	mbedtls_mpi p;
	mbedtls_mpi q;
	mbedtls_mpi e;
	mbedtls_rsa_context *rsa;

	number_from_hex(&p, keys[which].p);
	number_from_hex(&q, keys[which].q);
	number_from_hex(&e, "010001");
	mbedtls_pk_init(pk);
	assert_int_equal(mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)), 0);
	rsa = mbedtls_pk_rsa(*pk);
	assert_int_equal(mbedtls_rsa_import(rsa, NULL, &p, &q, NULL, &e), 0);
	assert_int_equal(mbedtls_rsa_complete(rsa), 0);
	mbedtls_mpi_free(&p);
	mbedtls_mpi_free(&q);
	mbedtls_mpi_free(&e);
}

static size_t modulus_of(enum fake_key which, uint8_t modulus[MODULUS_MAX])
{
	mbedtls_pk_context pk;

	key_load(&pk, which);
	assert_int_equal(mbedtls_rsa_export_raw(mbedtls_pk_rsa(pk), modulus, keys[which].size, NULL,
						0, NULL, 0, NULL, 0, NULL, 0),
			 0);
	mbedtls_pk_free(&pk);
	return keys[which].size;
}

static int chance(void *unused, unsigned char *buffer, size_t size)
{
	(void)unused;
	crypto_random(buffer, size);
	return 0;
}

/* --- signatures, with the padding done here: the library's own calls differ between versions --- */

struct algorithm {
	uint32_t id;
	enum crypto_hash hash;
	enum crypto_padding padding;
};

static const struct algorithm algorithms[] = {
	{ IMAGE_ALGO_PKCS1_PSS_SHA256, CRYPTO_SHA256, CRYPTO_PSS },
	{ IMAGE_ALGO_PKCS1_PSS_SHA384, CRYPTO_SHA384, CRYPTO_PSS },
	{ IMAGE_ALGO_PKCS1_PSS_SHA512, CRYPTO_SHA512, CRYPTO_PSS },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA256, CRYPTO_SHA256, CRYPTO_PKCS1_V1_5 },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA384, CRYPTO_SHA384, CRYPTO_PKCS1_V1_5 },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA512, CRYPTO_SHA512, CRYPTO_PKCS1_V1_5 },
};

/* An unknown algorithm is signed with as the first, for who wants to see it refused. */
static const struct algorithm *algorithm_find(uint32_t id)
{
	for (size_t i = 0; i < array_size(algorithms); i++) {
		if (algorithms[i].id == id) {
			return &algorithms[i];
		}
	}
	return &algorithms[0];
}

/* EMSA-PKCS1-v1_5. */
static void pad_v1_5(enum crypto_hash hash, const uint8_t *digest, uint8_t *padded, size_t size)
{
	static const uint8_t last_of_oid[] = {
		[CRYPTO_SHA256] = 1, [CRYPTO_SHA384] = 2, [CRYPTO_SHA512] = 3
	};
	uint8_t hash_size = (uint8_t)crypto_hash_size(hash);
	const uint8_t info[] = { 0x30,
				 (uint8_t)(17 + hash_size),
				 0x30,
				 0x0d,
				 0x06,
				 0x09,
				 0x60,
				 0x86,
				 0x48,
				 0x01,
				 0x65,
				 0x03,
				 0x04,
				 0x02,
				 last_of_oid[hash],
				 0x05,
				 0x00,
				 0x04,
				 hash_size };

	memset(padded, 0xff, size);
	padded[0] = 0;
	padded[1] = 1;
	padded[size - hash_size - sizeof(info) - 1] = 0;
	memcpy(padded + size - hash_size - sizeof(info), info, sizeof(info));
	memcpy(padded + size - hash_size, digest, hash_size);
}

static void mask(enum crypto_hash hash, const uint8_t *seed, uint8_t *bytes, size_t size)
{
	size_t hash_size = crypto_hash_size(hash);

	for (size_t i = 0; i < size; i++) {
		uint8_t block[CRYPTO_HASH_SIZE_MAX];
		uint8_t counter[4];
		struct crypto_piece pieces[] = { { seed, hash_size }, { counter, 4 } };

		store_be32(counter, (uint32_t)(i / hash_size));
		crypto_digest(hash, pieces, array_size(pieces), block);
		bytes[i] ^= block[i % hash_size];
	}
}

/* EMSA-PSS, with a salt as long as the digest. */
static void pad_pss(enum crypto_hash hash, const uint8_t *digest, uint8_t *padded, size_t size)
{
	static const uint8_t zeros[8];
	size_t hash_size = crypto_hash_size(hash);
	size_t masked_size = size - hash_size - 1;
	uint8_t *salt = padded + masked_size - hash_size;
	struct crypto_piece pieces[] = { { zeros, 8 }, { digest, hash_size }, { salt, hash_size } };
	uint8_t seed[CRYPTO_HASH_SIZE_MAX];

	memset(padded, 0, size);
	salt[-1] = 1;
	crypto_random(salt, hash_size);
	crypto_digest(hash, pieces, array_size(pieces), seed);
	memcpy(padded + masked_size, seed, hash_size);
	mask(hash, seed, padded, masked_size);
	padded[0] &= 0x7f;
	padded[size - 1] = 0xbc;
}

static size_t sign(enum fake_key which, const struct algorithm *algorithm, const uint8_t *digest,
		   uint8_t signature[MODULUS_MAX])
{
	mbedtls_pk_context pk;
	uint8_t padded[MODULUS_MAX];
	size_t size = keys[which].size;

	if (algorithm->padding == CRYPTO_PSS) {
		pad_pss(algorithm->hash, digest, padded, size);
	} else {
		pad_v1_5(algorithm->hash, digest, padded, size);
	}
	key_load(&pk, which);
	assert_int_equal(mbedtls_rsa_private(mbedtls_pk_rsa(pk), chance, NULL, padded, signature),
			 0);
	mbedtls_pk_free(&pk);
	return size;
}

/* --- images --- */

static void add(struct fake_image *image, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(image->bytes) - image->size);
	if (size > 0) {
		memcpy(image->bytes + image->size, bytes, size);
	}
	image->size += size;
}

void fake_image_parts(struct fake_image *image, enum fake_key signer,
		      const struct fake_parts *parts)
{
	const struct algorithm *algorithm = algorithm_find(parts->algo);
	struct image_header header = {
		.magic = IMAGE_MAGIC,
		.img_type = parts->type,
		.img_size = (uint32_t)parts->body_size,
		.algo = parts->algo,
		.hash_size = (uint16_t)crypto_hash_size(algorithm->hash),
		.sig_size = (uint16_t)keys[signer].size,
	};
	struct crypto_piece pieces[] = {
		{ &header, sizeof(header) },
		{ parts->before, parts->before_size },
		{ parts->body, parts->body_size },
	};
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	uint8_t signature[MODULUS_MAX];

	crypto_digest(algorithm->hash, pieces, array_size(pieces), digest);
	assert_int_equal(sign(signer, algorithm, digest, signature), header.sig_size);
	add(image, &header, sizeof(header));
	add(image, digest, header.hash_size);
	add(image, signature, header.sig_size);
	add(image, parts->before, parts->before_size);
	add(image, parts->written == NULL ? parts->body : parts->written, parts->body_size);
}

void fake_image_plain(struct fake_image *image, enum fake_key signer,
		      const struct fake_program *program)
{
	struct fake_parts parts = {
		.type = IMAGE_TYPE_TA,
		.algo = program->algo,
		.body = program->elf,
		.body_size = program->size,
	};

	fake_image_parts(image, signer, &parts);
}

static struct image_bootstrap_header bootstrap_of(const struct fake_program *program)
{
	struct image_bootstrap_header bootstrap = { .ta_version = program->version };

	uuid_to_octets(&program->uuid, bootstrap.uuid);
	return bootstrap;
}

void fake_image_bootstrap(struct fake_image *image, enum fake_key signer,
			  const struct fake_program *program)
{
	struct image_bootstrap_header bootstrap = bootstrap_of(program);
	struct fake_parts parts = {
		.type = IMAGE_TYPE_BOOTSTRAP_TA,
		.algo = program->algo,
		.before = &bootstrap,
		.before_size = sizeof(bootstrap),
		.body = program->elf,
		.body_size = program->size,
	};

	fake_image_parts(image, signer, &parts);
}

struct encrypted_headers {
	struct image_bootstrap_header bootstrap;
	struct image_encryption_header encryption;
	uint8_t iv[IMAGE_ENCRYPTION_IV_SIZE];
	uint8_t tag[IMAGE_ENCRYPTION_TAG_SIZE];
};

void fake_image_encrypted(struct fake_image *image, enum fake_key signer,
			  const struct fake_program *program)
{
	static uint8_t cipher[FAKE_IMAGE_MAX];
	struct encrypted_headers headers = {
		.bootstrap = bootstrap_of(program),
		.encryption = {
			.enc_algo = IMAGE_ENCRYPTION_ALGO,
			.flags = IMAGE_ENCRYPTION_KEY_DEVICE_SPECIFIC,
			.iv_size = IMAGE_ENCRYPTION_IV_SIZE,
			.tag_size = IMAGE_ENCRYPTION_TAG_SIZE,
		},
	};
	struct fake_parts parts = {
		.type = IMAGE_TYPE_ENCRYPTED_TA,
		.algo = program->algo,
		.before = &headers,
		.before_size = sizeof(headers),
		.body = program->elf,
		.body_size = program->size,
		.written = cipher,
	};
	uint8_t modulus[MODULUS_MAX];
	struct secret_key key;

	key_subkey(HUK_SUBKEY_TA_ENC, modulus, modulus_of(FAKE_KEY_TRUSTED, modulus), &key);
	crypto_random(headers.iv, sizeof(headers.iv));
	assert_true(crypto_gcm_seal(key.bytes, sizeof(key.bytes), headers.iv, NULL, 0, program->elf,
				    cipher, program->size, headers.tag));
	fake_image_parts(image, signer, &parts);
}

/* --- subkeys --- */

/* The modulus gets a leading zero, as the signing tool writes it. */
size_t fake_subkey_body(const struct fake_subkey *subkey, uint8_t body[FAKE_IMAGE_MAX])
{
	uint8_t modulus[MODULUS_MAX];
	size_t modulus_size = modulus_of(subkey->key, modulus);
	struct image_subkey fixed = {
		.name_size = subkey->name == NULL ? 0 : (uint32_t)strlen(subkey->name) + 1,
		.max_depth = subkey->max_depth,
		.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
		.attr_count = 2,
	};
	uint32_t exponent_at = sizeof(fixed) + 2 * sizeof(struct image_subkey_attr);
	uint32_t modulus_at = exponent_at + sizeof(exponent);
	struct image_subkey_attr attrs[2] = {
		{ IMAGE_SUBKEY_ATTR_EXPONENT, exponent_at, sizeof(exponent) },
		{ IMAGE_SUBKEY_ATTR_MODULUS, modulus_at, (uint32_t)modulus_size + 1 },
	};

	uuid_to_octets(&subkey->uuid, fixed.uuid);
	memcpy(body, &fixed, sizeof(fixed));
	memcpy(body + sizeof(fixed), attrs, sizeof(attrs));
	memcpy(body + exponent_at, exponent, sizeof(exponent));
	body[modulus_at] = 0;
	memcpy(body + modulus_at + 1, modulus, modulus_size);
	return modulus_at + 1 + modulus_size;
}

void fake_image_subkey(struct fake_image *image, enum fake_key signer,
		       const struct fake_subkey *subkey)
{
	static uint8_t body[FAKE_IMAGE_MAX];
	struct fake_parts parts = {
		.type = IMAGE_TYPE_SUBKEY,
		.algo = IMAGE_ALGO_PKCS1_PSS_SHA256,
		.body = body,
		.body_size = fake_subkey_body(subkey, body),
	};

	fake_image_parts(image, signer, &parts);
	if (subkey->name != NULL) {
		add(image, subkey->name, strlen(subkey->name) + 1);
	}
}
