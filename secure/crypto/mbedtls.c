/* mbedtls.c - crypto.h over mbedTLS 2.28 and 3. The only file that includes the library. */
#include "secure/crypto/crypto.h"

#include <mbedtls/aes.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include <string.h>

#include "secure/core/check.h"
#include "secure/core/port.h"

/* --- digests --- */

static const struct {
	mbedtls_md_type_t type;
	size_t size;
} hashes[] = {
	[CRYPTO_SHA256] = { MBEDTLS_MD_SHA256, 32 },
	[CRYPTO_SHA384] = { MBEDTLS_MD_SHA384, 48 },
	[CRYPTO_SHA512] = { MBEDTLS_MD_SHA512, 64 },
};

size_t crypto_hash_size(enum crypto_hash hash)
{
	check(hash < array_size(hashes));
	return hashes[hash].size;
}

void crypto_digest(enum crypto_hash hash, const struct crypto_piece *pieces, size_t count,
		   uint8_t digest[CRYPTO_HASH_SIZE_MAX])
{
	mbedtls_md_context_t md;

	check(hash < array_size(hashes));
	mbedtls_md_init(&md);
	check(mbedtls_md_setup(&md, mbedtls_md_info_from_type(hashes[hash].type), 0) == 0);
	check(mbedtls_md_starts(&md) == 0);
	for (size_t i = 0; i < count; i++) {
		check(mbedtls_md_update(&md, pieces[i].data, pieces[i].size) == 0);
	}
	check(mbedtls_md_finish(&md, digest) == 0);
	mbedtls_md_free(&md);
}

void crypto_hmac_sha256(const uint8_t *key, size_t key_size, const struct crypto_piece *pieces,
			size_t count, uint8_t mac[CRYPTO_SHA256_SIZE])
{
	mbedtls_md_context_t md;

	mbedtls_md_init(&md);
	check(mbedtls_md_setup(&md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0);
	check(mbedtls_md_hmac_starts(&md, key, key_size) == 0);
	for (size_t i = 0; i < count; i++) {
		check(mbedtls_md_hmac_update(&md, pieces[i].data, pieces[i].size) == 0);
	}
	check(mbedtls_md_hmac_finish(&md, mac) == 0);
	mbedtls_md_free(&md);
}

/* --- AES-GCM --- */

static bool gcm_key(mbedtls_gcm_context *gcm, const uint8_t *key, size_t key_size)
{
	check(key_size == 16 || key_size == 32);
	mbedtls_gcm_init(gcm);
	return mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, (unsigned int)key_size * 8) == 0;
}

bool crypto_gcm_seal(const uint8_t *key, size_t key_size,
		     const uint8_t nonce[CRYPTO_GCM_NONCE_SIZE], const void *aad, size_t aad_size,
		     const void *in, void *out, size_t size, uint8_t tag[CRYPTO_GCM_TAG_SIZE])
{
	mbedtls_gcm_context gcm;
	bool sealed;

	sealed = gcm_key(&gcm, key, key_size) &&
		 mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, size, nonce,
					   CRYPTO_GCM_NONCE_SIZE, aad, aad_size, in, out,
					   CRYPTO_GCM_TAG_SIZE, tag) == 0;
	mbedtls_gcm_free(&gcm);
	return sealed;
}

bool crypto_gcm_open(const uint8_t *key, size_t key_size,
		     const uint8_t nonce[CRYPTO_GCM_NONCE_SIZE], const void *aad, size_t aad_size,
		     const void *in, void *out, size_t size, const uint8_t tag[CRYPTO_GCM_TAG_SIZE])
{
	mbedtls_gcm_context gcm;
	bool opened;

	opened = gcm_key(&gcm, key, key_size) &&
		 mbedtls_gcm_auth_decrypt(&gcm, size, nonce, CRYPTO_GCM_NONCE_SIZE, aad, aad_size,
					  tag, CRYPTO_GCM_TAG_SIZE, in, out) == 0;
	mbedtls_gcm_free(&gcm);
	return opened;
}

/* --- AES, one block and CBC --- */

static void aes_key(mbedtls_aes_context *aes, int mode, const uint8_t *key, size_t key_size)
{
	unsigned int bits = (unsigned int)key_size * 8;

	check(key_size == 16 || key_size == 32);
	mbedtls_aes_init(aes);
	check((mode == MBEDTLS_AES_ENCRYPT ? mbedtls_aes_setkey_enc(aes, key, bits)
					   : mbedtls_aes_setkey_dec(aes, key, bits)) == 0);
}

static void aes_block(int mode, const uint8_t *key, size_t key_size, const uint8_t *in,
		      uint8_t *out)
{
	mbedtls_aes_context aes;

	aes_key(&aes, mode, key, key_size);
	check(mbedtls_aes_crypt_ecb(&aes, mode, in, out) == 0);
	mbedtls_aes_free(&aes);
}

void crypto_aes_encrypt(const uint8_t *key, size_t key_size,
			const uint8_t in[CRYPTO_AES_BLOCK_SIZE], uint8_t out[CRYPTO_AES_BLOCK_SIZE])
{
	aes_block(MBEDTLS_AES_ENCRYPT, key, key_size, in, out);
}

void crypto_aes_decrypt(const uint8_t *key, size_t key_size,
			const uint8_t in[CRYPTO_AES_BLOCK_SIZE], uint8_t out[CRYPTO_AES_BLOCK_SIZE])
{
	aes_block(MBEDTLS_AES_DECRYPT, key, key_size, in, out);
}

static void aes_cbc(int mode, const uint8_t *key, size_t key_size,
		    const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], const void *in, void *out, size_t size)
{
	uint8_t chain[CRYPTO_AES_BLOCK_SIZE];
	mbedtls_aes_context aes;

	check(size % CRYPTO_AES_BLOCK_SIZE == 0);
	memcpy(chain, iv, sizeof(chain));
	aes_key(&aes, mode, key, key_size);
	check(mbedtls_aes_crypt_cbc(&aes, mode, size, chain, in, out) == 0);
	mbedtls_aes_free(&aes);
}

void crypto_cbc_encrypt(const uint8_t *key, size_t key_size,
			const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], const void *in, void *out,
			size_t size)
{
	aes_cbc(MBEDTLS_AES_ENCRYPT, key, key_size, iv, in, out, size);
}

void crypto_cbc_decrypt(const uint8_t *key, size_t key_size,
			const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], const void *in, void *out,
			size_t size)
{
	aes_cbc(MBEDTLS_AES_DECRYPT, key, key_size, iv, in, out, size);
}

/* --- RSA --- */

/* Big enough, and a number that can be a public key at all. */
static bool rsa_is_good(mbedtls_pk_context *pk)
{
	return mbedtls_pk_get_type(pk) == MBEDTLS_PK_RSA &&
	       mbedtls_pk_get_bitlen(pk) >= CRYPTO_RSA_BITS_MIN &&
	       mbedtls_pk_get_len(pk) <= CRYPTO_RSA_MODULUS_MAX &&
	       mbedtls_rsa_check_pubkey(mbedtls_pk_rsa(*pk)) == 0;
}

static bool rsa_parse(mbedtls_pk_context *pk, const uint8_t *der, size_t size)
{
	mbedtls_pk_init(pk);
	return mbedtls_pk_parse_public_key(pk, der, size) == 0 && rsa_is_good(pk);
}

static bool rsa_import(mbedtls_pk_context *pk, const struct crypto_rsa_numbers *numbers)
{
	mbedtls_rsa_context *rsa;

	mbedtls_pk_init(pk);
	if (mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) != 0) {
		return false;
	}
	rsa = mbedtls_pk_rsa(*pk);
	return mbedtls_rsa_import_raw(rsa, numbers->modulus, numbers->modulus_size, NULL, 0, NULL,
				      0, NULL, 0, numbers->exponent, numbers->exponent_size) == 0 &&
	       mbedtls_rsa_complete(rsa) == 0 && rsa_is_good(pk);
}

static bool rsa_verify(mbedtls_pk_context *pk, const struct crypto_signature *claim)
{
	mbedtls_md_type_t type;
	mbedtls_pk_rsassa_pss_options options;
	size_t hash_size = crypto_hash_size(claim->hash);

	if (claim->size != mbedtls_pk_get_len(pk)) {
		return false;
	}
	type = hashes[claim->hash].type;
	if (claim->padding == CRYPTO_PKCS1_V1_5) {
		return mbedtls_pk_verify(pk, type, claim->digest, hash_size, claim->signature,
					 claim->size) == 0;
	}
	options.mgf1_hash_id = type;
	options.expected_salt_len = (int)hash_size;
	return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &options, pk, type, claim->digest,
				     hash_size, claim->signature, claim->size) == 0;
}

bool crypto_rsa_verify(const uint8_t *der, size_t der_size, const struct crypto_signature *claim)
{
	mbedtls_pk_context pk;
	bool good;

	good = rsa_parse(&pk, der, der_size) && rsa_verify(&pk, claim);
	mbedtls_pk_free(&pk);
	return good;
}

bool crypto_rsa_verify_numbers(const struct crypto_rsa_numbers *numbers,
			       const struct crypto_signature *claim)
{
	mbedtls_pk_context pk;
	bool good;

	good = rsa_import(&pk, numbers) && rsa_verify(&pk, claim);
	mbedtls_pk_free(&pk);
	return good;
}

size_t crypto_rsa_modulus(const uint8_t *der, size_t der_size,
			  uint8_t modulus[CRYPTO_RSA_MODULUS_MAX])
{
	mbedtls_pk_context pk;
	size_t size = 0;

	if (rsa_parse(&pk, der, der_size)) {
		size = mbedtls_pk_get_len(&pk);
		if (mbedtls_rsa_export_raw(mbedtls_pk_rsa(pk), modulus, size, NULL, 0, NULL, 0,
					   NULL, 0, NULL, 0) != 0) {
			size = 0;
		}
	}
	mbedtls_pk_free(&pk);
	return size;
}

/* --- random numbers --- */

/* A generator of its own for each CPU: with foreign interrupts off nothing else runs there, so no
 * lock is needed and none can be held by a thread that left. */
static struct generator {
	mbedtls_ctr_drbg_context drbg;
	bool seeded;
} generators[PORT_CPUS_MAX];

static int generator_entropy(void *unused, unsigned char *buffer, size_t size)
{
	(void)unused;
	port_random(buffer, size);
	return 0;
}

static void generator_seed(struct generator *generator)
{
	mbedtls_ctr_drbg_init(&generator->drbg);
	check(mbedtls_ctr_drbg_seed(&generator->drbg, generator_entropy, NULL, NULL, 0) == 0);
	generator->seeded = true;
}

/* At most MBEDTLS_CTR_DRBG_MAX_REQUEST bytes, so that interrupts are off for a short time. */
static void generator_fill(uint8_t *buffer, size_t size)
{
	uint32_t interrupts = port_interrupts_off();
	struct generator *generator = &generators[port_cpu()];

	if (!generator->seeded) {
		generator_seed(generator);
	}
	check(mbedtls_ctr_drbg_random(&generator->drbg, buffer, size) == 0);
	port_interrupts_restore(interrupts);
}

void crypto_random_add(const void *bytes, size_t size)
{
	uint32_t interrupts = port_interrupts_off();
	struct generator *generator = &generators[port_cpu()];

	check(size <= CRYPTO_RANDOM_ADD_MAX);
	if (!generator->seeded) {
		generator_seed(generator);
	}
	check(mbedtls_ctr_drbg_reseed(&generator->drbg, bytes, size) == 0);
	port_interrupts_restore(interrupts);
}

void crypto_random(void *buffer, size_t size)
{
	uint8_t *next = buffer;

	while (size > 0) {
		size_t part = size;

		if (part > MBEDTLS_CTR_DRBG_MAX_REQUEST) {
			part = MBEDTLS_CTR_DRBG_MAX_REQUEST;
		}
		generator_fill(next, part);
		next += part;
		size -= part;
	}
}
