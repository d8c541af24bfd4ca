/* image_file.h - look into a TA image (abi/image.h) without a TEE.
 *
 * The file may be anything; every offset in it is checked. */
#ifndef NORMAL_TOOLS_IMAGE_FILE_H
#define NORMAL_TOOLS_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "abi/gp.h"
#include "abi/image.h"
#include "lib/bits.h"

#define IMAGE_ERROR_MAX	    240u
#define IMAGE_FILE_SIZE_MAX (64u << 20)

struct signature_scheme;

/* A whole file in memory, and where its parts are: pointers into `bytes`. */
struct image_file {
	uint8_t *bytes;
	size_t size;

	struct image_header header;
	const struct signature_scheme *scheme; /* NULL: unknown */
	const uint8_t *digest;
	const uint8_t *signature;

	/* Types BOOTSTRAP and ENCRYPTED. */
	TEE_UUID uuid;
	uint32_t version;

	/* Type ENCRYPTED. */
	struct image_encryption_header encryption;
	const uint8_t *iv;
	const uint8_t *tag;

	/* What the digest covers between the header and the image. */
	const uint8_t *more_headers;
	size_t more_headers_size;

	/* ELF, ciphertext or subkey. */
	const uint8_t *payload;
	size_t payload_size;
};

/* What the ELF says of itself. */
struct image_elf {
	uint16_t machine;
	TEE_UUID uuid;
	uint32_t stack_size;
	uint32_t flags;
};

/* false: `error` says what is wrong, where, and what it should be. Close after success. */
MUST_CHECK bool image_open(struct image_file *image, const char *path, char error[IMAGE_ERROR_MAX]);
/* The same over bytes in memory, from malloc(): the image's on success. */
MUST_CHECK bool image_parse(struct image_file *image, uint8_t *bytes, size_t size,
			    char error[IMAGE_ERROR_MAX]);
void image_close(struct image_file *image);

/* A file of at most IMAGE_FILE_SIZE_MAX bytes, for free(). NULL: `error` says why. */
uint8_t *image_read_file(const char *path, size_t *size, char error[IMAGE_ERROR_MAX]);

/* The digest over the image, whose plain text is given: for a type that is not ENCRYPTED, its own
 * payload. */
MUST_CHECK bool image_digest(const struct image_file *image, const uint8_t *plain, uint8_t *digest);

/* The plain text of an ENCRYPTED image, for free(). NULL: wrong key, or bytes that were changed. */
uint8_t *image_decrypt(const struct image_file *image,
		       const uint8_t key[IMAGE_ENCRYPTION_KEY_SIZE]);

/* false: no ELF file, or one without a ta_head. */
MUST_CHECK bool image_elf_read(const uint8_t *bytes, size_t size, struct image_elf *elf);

/* Print what the file says of itself, and whether the digest is that of its contents. Whether its
 * signature is good is another question: `postern ta sign verify`. 0: all is well. 1: not; the
 * reason is on `out` where there was something to print, else on standard error. */
int image_inspect(const char *path, FILE *out);

#endif
