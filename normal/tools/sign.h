/* sign.h - make TA images that the secure world accepts, and check them.
 *
 * Errors are one line each on standard error: what, where, what to do. */
#ifndef NORMAL_TOOLS_SIGN_H
#define NORMAL_TOOLS_SIGN_H

#include <stdint.h>

struct sign_options {
	const char *uuid;      /* text */
	const char *key;       /* PEM file: private RSA key to sign, any to verify */
	const char *in;	       /* ELF file to sign, image to verify */
	const char *out;       /* image; verify: not used */
	const char *enc_key;   /* 64 hexadecimal digits, or NULL: the image is not encrypted */
	uint32_t enc_key_type; /* IMAGE_ENCRYPTION_KEY_* */
	uint32_t ta_version;
	uint32_t algo; /* IMAGE_ALGO_*; 0: IMAGE_ALGO_PKCS1_PSS_SHA256 */
};

/* Sign, and with `enc_key` encrypt, `in` into `out`, which is replaced in one step or not at
 * all. 0 or 1. */
int sign_image(const struct sign_options *options);

/* Is `in` an image of the TA `uuid`, signed with `key`, its contents unchanged? ENCRYPTED
 * images need `enc_key`. 0: yes. 1: no, or it could not be told. */
int sign_verify(const struct sign_options *options);

/* The command line: argv[0] is a name for messages. Returns the exit status: 0, 1, or 64 for bad
 * usage. */
int sign_main(int argc, char **argv);

#endif
