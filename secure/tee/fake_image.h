/* fake_image.h - a signer of TA images for tests, with keys of its own; it also is the definition of
 * image_key.h: FAKE_KEY_TRUSTED. What it makes is well formed unless told otherwise. */
#ifndef SECURE_TEE_FAKE_IMAGE_H
#define SECURE_TEE_FAKE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/image.h"

enum fake_key {
	FAKE_KEY_TRUSTED,
	FAKE_KEY_OTHER,
	FAKE_KEY_SMALL, /* 1024 bits */
	FAKE_KEY_COUNT,
};

#define FAKE_IMAGE_MAX 65536u

struct fake_image {
	uint8_t bytes[FAKE_IMAGE_MAX];
	size_t size;
};

struct fake_subkey {
	enum fake_key key;
	TEE_UUID uuid;
	const char *name; /* NULL: of size 0 */
	uint32_t max_depth;
};

/* A program of any content. */
struct fake_program {
	const void *elf;
	size_t size;
	TEE_UUID uuid;
	uint32_t version;
	uint32_t algo; /* IMAGE_ALGO_* */
};

/* Each adds to the end of the image, signed by `signer`. */
void fake_image_subkey(struct fake_image *image, enum fake_key signer,
		       const struct fake_subkey *subkey);
void fake_image_plain(struct fake_image *image, enum fake_key signer,
		      const struct fake_program *program);
void fake_image_bootstrap(struct fake_image *image, enum fake_key signer,
			  const struct fake_program *program);
/* With the key that this device has for it. */
void fake_image_encrypted(struct fake_image *image, enum fake_key signer,
			  const struct fake_program *program);

/* For what the functions above do not make: an image of any type and content. `before` is digested
 * and written before the body, `body` digested, and `written` what is in the file in its place. */
struct fake_parts {
	uint32_t type;
	uint32_t algo;
	const void *before;
	size_t before_size;
	const void *body;
	size_t body_size;
	const void *written;
};
void fake_image_parts(struct fake_image *image, enum fake_key signer,
		      const struct fake_parts *parts);

/* The body of a subkey; its size is returned. */
size_t fake_subkey_body(const struct fake_subkey *subkey, uint8_t body[FAKE_IMAGE_MAX]);

#endif
