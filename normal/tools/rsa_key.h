/* rsa_key.h - RSA keys from PEM files, for TA signatures. */
#ifndef NORMAL_TOOLS_RSA_KEY_H
#define NORMAL_TOOLS_RSA_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

#define RSA_KEY_SIZE_MAX  1024u /* of a signature: 8192 bits */
#define RSA_KEY_ERROR_MAX 200u
#define DIGEST_SIZE_MAX	  64u

/* A signature algorithm of abi/image.h. */
struct signature_scheme {
	uint32_t algo;
	const char *name;
	unsigned int hash_bits; /* of SHA-2 */
	bool pss;
};

/* NULL: unknown. The last entry of the list has no name. */
const struct signature_scheme *signature_scheme_find(uint32_t algo);
const struct signature_scheme *signature_schemes(void);
size_t signature_digest_size(const struct signature_scheme *scheme);

/* Some bytes that are hashed. */
struct digest_piece {
	const void *data;
	size_t size;
};

/* false: the library failed. */
MUST_CHECK bool digest_compute(const struct signature_scheme *scheme,
			       const struct digest_piece *pieces, size_t count,
			       uint8_t digest[DIGEST_SIZE_MAX]);

struct rsa_key;

/* A private key; with `public_too` a public one will do. NULL: `error` says why. Destroy it. */
struct rsa_key *rsa_key_load(const char *path, bool public_too, char error[RSA_KEY_ERROR_MAX]);
void rsa_key_destroy(struct rsa_key *key);

/* Bytes of a signature; bits of the modulus. */
size_t rsa_key_size(const struct rsa_key *key);
size_t rsa_key_bits(const struct rsa_key *key);

/* false: the library failed. The key is a private one. */
MUST_CHECK bool rsa_key_sign(struct rsa_key *key, const struct signature_scheme *scheme,
			     const uint8_t *digest, uint8_t signature[RSA_KEY_SIZE_MAX]);
MUST_CHECK bool rsa_key_verify(struct rsa_key *key, const struct signature_scheme *scheme,
			       const uint8_t *digest, const uint8_t *signature, size_t size);

#endif
