#include "normal/tools/rsa_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

#include "abi/image.h"
#include "normal/tools/mbedtls_pk.h"

/* --- Digests --------------------------------------------------------------------------------- */

static const struct signature_scheme schemes[] = {
	{ IMAGE_ALGO_PKCS1_PSS_SHA256, "TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256", 256, true },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA256, "TEE_ALG_RSASSA_PKCS1_V1_5_SHA256", 256, false },
	{ IMAGE_ALGO_PKCS1_PSS_SHA384, "TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA384", 384, true },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA384, "TEE_ALG_RSASSA_PKCS1_V1_5_SHA384", 384, false },
	{ IMAGE_ALGO_PKCS1_PSS_SHA512, "TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA512", 512, true },
	{ IMAGE_ALGO_PKCS1_V1_5_SHA512, "TEE_ALG_RSASSA_PKCS1_V1_5_SHA512", 512, false },
	{ 0, NULL, 0, false },
};

const struct signature_scheme *signature_schemes(void)
{
	return schemes;
}

const struct signature_scheme *signature_scheme_find(uint32_t algo)
{
	for (const struct signature_scheme *scheme = schemes; scheme->name != NULL; scheme++) {
		if (scheme->algo == algo) {
			return scheme;
		}
	}
	return NULL;
}

size_t signature_digest_size(const struct signature_scheme *scheme)
{
	return scheme->hash_bits / 8;
}

static mbedtls_md_type_t scheme_hash(const struct signature_scheme *scheme)
{
	switch (scheme->hash_bits) {
	case 384:
		return MBEDTLS_MD_SHA384;
	case 512:
		return MBEDTLS_MD_SHA512;
	default:
		return MBEDTLS_MD_SHA256;
	}
}

bool digest_compute(const struct signature_scheme *scheme, const struct digest_piece *pieces,
		    size_t count, uint8_t digest[DIGEST_SIZE_MAX])
{
	mbedtls_md_context_t md;
	bool good;

	mbedtls_md_init(&md);
	good = mbedtls_md_setup(&md, mbedtls_md_info_from_type(scheme_hash(scheme)), 0) == 0 &&
	       mbedtls_md_starts(&md) == 0;
	for (size_t i = 0; good && i < count; i++) {
		good = mbedtls_md_update(&md, pieces[i].data, pieces[i].size) == 0;
	}
	good = good && mbedtls_md_finish(&md, digest) == 0;
	mbedtls_md_free(&md);
	return good;
}

/* --- Keys ------------------------------------------------------------------------------------ */

struct rsa_key {
	mbedtls_pk_context pk;
};

int pk_random(void *unused, unsigned char *bytes, size_t size)
{
	ssize_t count;

	(void)unused;
	for (; size > 0; size -= (size_t)count, bytes += count) {
		count = getrandom(bytes, size, 0);
		if (count < 0) {
			return MBEDTLS_ERR_RSA_RNG_FAILED;
		}
	}
	return 0;
}

static bool key_parse(mbedtls_pk_context *pk, const char *path, bool public_too)
{
	if (pk_load_private(pk, path) == 0) {
		return true;
	}
	mbedtls_pk_free(pk);
	mbedtls_pk_init(pk);
	return public_too && mbedtls_pk_parse_public_keyfile(pk, path) == 0;
}

static bool key_check(const struct rsa_key *key, const char *path, char error[RSA_KEY_ERROR_MAX])
{
	if (!mbedtls_pk_can_do(&key->pk, MBEDTLS_PK_RSA)) {
		snprintf(error, RSA_KEY_ERROR_MAX, "%s: not an RSA key", path);
		return false;
	}
	if (rsa_key_bits(key) < IMAGE_RSA_BITS_MIN || rsa_key_size(key) > RSA_KEY_SIZE_MAX) {
		snprintf(error, RSA_KEY_ERROR_MAX,
			 "%s: a key of %zu bits; TAs are signed with %u to %u bits", path,
			 rsa_key_bits(key), IMAGE_RSA_BITS_MIN, RSA_KEY_SIZE_MAX * 8);
		return false;
	}
	return true;
}

struct rsa_key *rsa_key_load(const char *path, bool public_too, char error[RSA_KEY_ERROR_MAX])
{
	struct rsa_key *key;

	/* The library does not say why a file could not be read. */
	if (access(path, R_OK) != 0) {
		snprintf(error, RSA_KEY_ERROR_MAX, "%s: %s", path, strerror(errno));
		return NULL;
	}
	key = calloc(1, sizeof(*key));
	if (key == NULL) {
		snprintf(error, RSA_KEY_ERROR_MAX, "out of memory");
		return NULL;
	}
	mbedtls_pk_init(&key->pk);
	if (!key_parse(&key->pk, path, public_too)) {
		snprintf(error, RSA_KEY_ERROR_MAX, "%s: not a PEM file with %s", path,
			 public_too ? "an RSA key" : "a private RSA key without a password");
	} else if (key_check(key, path, error)) {
		return key;
	}
	rsa_key_destroy(key);
	return NULL;
}

void rsa_key_destroy(struct rsa_key *key)
{
	if (key != NULL) {
		mbedtls_pk_free(&key->pk);
		free(key);
	}
}

size_t rsa_key_size(const struct rsa_key *key)
{
	return mbedtls_pk_get_len(&key->pk);
}

size_t rsa_key_bits(const struct rsa_key *key)
{
	return mbedtls_pk_get_bitlen(&key->pk);
}

bool rsa_key_sign(struct rsa_key *key, const struct signature_scheme *scheme, const uint8_t *digest,
		  uint8_t signature[RSA_KEY_SIZE_MAX])
{
	mbedtls_rsa_context *rsa = mbedtls_pk_rsa(key->pk);
	size_t digest_size = signature_digest_size(scheme);
	mbedtls_md_type_t hash = scheme_hash(scheme);
	size_t size = 0;

	if (!scheme->pss) {
		mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_NONE);
		return pk_sign_pkcs1(&key->pk, hash, digest, digest_size, signature,
				     RSA_KEY_SIZE_MAX, &size) == 0;
	}
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, (int)hash);
	return mbedtls_rsa_rsassa_pss_sign_ext(rsa, pk_random, NULL, hash,
					       (unsigned int)digest_size, digest, (int)digest_size,
					       signature) == 0;
}

bool rsa_key_verify(struct rsa_key *key, const struct signature_scheme *scheme,
		    const uint8_t *digest, const uint8_t *signature, size_t size)
{
	mbedtls_pk_rsassa_pss_options pss = {
		.mgf1_hash_id = scheme_hash(scheme),
		.expected_salt_len = MBEDTLS_RSA_SALT_LEN_ANY,
	};
	size_t digest_size = signature_digest_size(scheme);

	if (!scheme->pss) {
		mbedtls_rsa_set_padding(mbedtls_pk_rsa(key->pk), MBEDTLS_RSA_PKCS_V15,
					MBEDTLS_MD_NONE);
		return mbedtls_pk_verify(&key->pk, scheme_hash(scheme), digest, digest_size,
					 signature, size) == 0;
	}
	return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &pss, &key->pk, scheme_hash(scheme),
				     digest, digest_size, signature, size) == 0;
}
