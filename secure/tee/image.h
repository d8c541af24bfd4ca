/* image.h - is this file a TA that somebody we trust has signed?
 *
 * The file lies in secure memory by now; nobody else changes it. Until its signature is found good
 * every number in it is hostile, and afterwards still not trusted to be sensible. */
#ifndef SECURE_TEE_IMAGE_H
#define SECURE_TEE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/image.h"
#include "lib/bits.h"

/* Subkeys between the trusted key and the TA. */
#define IMAGE_SUBKEYS_MAX      8u
/* Attributes of one subkey; an RSA key has two. */
#define IMAGE_SUBKEY_ATTRS_MAX 8u

/* A verified program. `elf` lies inside the file that was verified. */
struct image {
	const uint8_t *elf;
	size_t elf_size;
	uint32_t version; /* 0 for an image of type TA, which has none */
};

/* Say in the log which key is trusted, and whether it is one that everybody has. Boot. */
void image_log_key(void);

/* Is the trusted key the development key, whose private half everybody has? Then nothing of this
 * secure world is meant for a product, and it has services that a product must not have. */
bool image_key_is_public(void);

/* Verify the `size` bytes at `file` as the image of the TA `uuid`: types TA, BOOTSTRAP_TA and
 * ENCRYPTED_TA, each behind any chain of subkeys. An encrypted program is decrypted in place.
 * Anything wrong is SECURITY, and a log line that says which check failed; then the file may be
 * half decrypted.
 *
 * The version is returned and not compared with an older one. A TA of type TA is bound to its UUID
 * only by the name under which it was asked for, unless a subkey binds it. */
MUST_CHECK TEE_Result image_verify(const TEE_UUID *uuid, uint8_t *file, size_t size,
				   struct image *image);

#endif
