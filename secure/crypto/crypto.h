/* crypto.h - the seam to the crypto library: all that the secure kernel itself needs.
 *
 * No function here sleeps or does I/O. Inputs are in secure memory. Keys are the caller's to wipe.
 * The library has a small heap of its own; when that is empty, what returns bool says false and the
 * others panic, for nobody could go on without a digest or a random number. */
#ifndef SECURE_CRYPTO_CRYPTO_H
#define SECURE_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

#define CRYPTO_SHA256_SIZE     32u
#define CRYPTO_HASH_SIZE_MAX   64u
#define CRYPTO_GCM_TAG_SIZE    16u
#define CRYPTO_GCM_NONCE_SIZE  12u
#define CRYPTO_RSA_BITS_MIN    2048u
/* The largest modulus that is looked at, 8192 bits. */
#define CRYPTO_RSA_MODULUS_MAX 1024u

enum crypto_hash {
	CRYPTO_SHA256,
	CRYPTO_SHA384,
	CRYPTO_SHA512,
};

struct crypto_piece {
	const void *data;
	size_t size;
};

size_t crypto_hash_size(enum crypto_hash hash);

/* The digest of the pieces one after another. */
void crypto_digest(enum crypto_hash hash, const struct crypto_piece *pieces, size_t count,
		   uint8_t digest[CRYPTO_HASH_SIZE_MAX]);

void crypto_hmac_sha256(const uint8_t *key, size_t key_size, const struct crypto_piece *pieces,
			size_t count, uint8_t mac[CRYPTO_SHA256_SIZE]);

/* AES-GCM with a 128 or 256 bit key. open() returns false when the tag is wrong, and leaves zeros
 * in `out`. in and out may be the same. */
MUST_CHECK bool crypto_gcm_seal(const uint8_t *key, size_t key_size,
				const uint8_t nonce[CRYPTO_GCM_NONCE_SIZE], const void *aad,
				size_t aad_size, const void *in, void *out, size_t size,
				uint8_t tag[CRYPTO_GCM_TAG_SIZE]);
MUST_CHECK bool crypto_gcm_open(const uint8_t *key, size_t key_size,
				const uint8_t nonce[CRYPTO_GCM_NONCE_SIZE], const void *aad,
				size_t aad_size, const void *in, void *out, size_t size,
				const uint8_t tag[CRYPTO_GCM_TAG_SIZE]);

#define CRYPTO_AES_BLOCK_SIZE 16u

/* One block of AES with a 128 or 256 bit key. in and out may be the same. */
void crypto_aes_encrypt(const uint8_t *key, size_t key_size,
			const uint8_t in[CRYPTO_AES_BLOCK_SIZE],
			uint8_t out[CRYPTO_AES_BLOCK_SIZE]);
void crypto_aes_decrypt(const uint8_t *key, size_t key_size,
			const uint8_t in[CRYPTO_AES_BLOCK_SIZE],
			uint8_t out[CRYPTO_AES_BLOCK_SIZE]);

/* AES-CBC with a 128 or 256 bit key, of whole blocks: says nothing of whether they are authentic. in
 * and out may be the same. */
void crypto_cbc_encrypt(const uint8_t *key, size_t key_size,
			const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], const void *in, void *out,
			size_t size);
void crypto_cbc_decrypt(const uint8_t *key, size_t key_size,
			const uint8_t iv[CRYPTO_AES_BLOCK_SIZE], const void *in, void *out,
			size_t size);

enum crypto_padding {
	CRYPTO_PKCS1_V1_5,
	CRYPTO_PSS, /* MGF1 with the same hash, a salt exactly as long as the digest */
};

/* What is claimed: `signature` is a signature over `digest`, made in this way. */
struct crypto_signature {
	enum crypto_padding padding;
	enum crypto_hash hash;
	const uint8_t *digest;
	const uint8_t *signature;
	size_t size;
};

/* Big-endian numbers; leading zeros are allowed. */
struct crypto_rsa_numbers {
	const uint8_t *modulus;
	size_t modulus_size;
	const uint8_t *exponent;
	size_t exponent_size;
};

/* Is the claim true of the RSA key `der` (SubjectPublicKeyInfo), or of the key with these numbers?
 * A key below CRYPTO_RSA_BITS_MIN or above CRYPTO_RSA_MODULUS_MAX bytes is never good. */
MUST_CHECK bool crypto_rsa_verify(const uint8_t *der, size_t der_size,
				  const struct crypto_signature *claim);
MUST_CHECK bool crypto_rsa_verify_numbers(const struct crypto_rsa_numbers *numbers,
					  const struct crypto_signature *claim);

/* The modulus of `der`, big-endian without leading zeros. Returns its size; 0: not such a key. */
MUST_CHECK size_t crypto_rsa_modulus(const uint8_t *der, size_t der_size,
				     uint8_t modulus[CRYPTO_RSA_MODULUS_MAX]);

/* Fill from the machine's entropy through a generator of the library. Safe on several CPUs. */
void crypto_random(void *buffer, size_t size);

/* Have the generator of this CPU take in `size` bytes, at most this many, beside fresh entropy of
 * the machine: what comes next is as good as before at least. */
#define CRYPTO_RANDOM_ADD_MAX 256u
void crypto_random_add(const void *bytes, size_t size);

#endif
