/* ta.h - the files that hold trusted applications. */
#ifndef NORMAL_SUPPLICANT_TA_H
#define NORMAL_SUPPLICANT_TA_H

#include <stddef.h>

#include "lib/bits.h"
#include "normal/supplicant/request.h"

#define TA_DIRECTORIES_MAX 64u

/* Where to look, in this order. */
struct ta {
	size_t count;
	char *directories[TA_DIRECTORIES_MAX];
};

/* The directories of `path`, separated by colons, each followed by "/" and `below` unless that is
 * NULL; empty ones are left out. false: too many of them, or no memory. */
MUST_CHECK bool ta_init(struct ta *ta, const char *path, const char *below);
void ta_destroy(struct ta *ta);

/* RPC_CMD_LOAD_TA: VALUE_INPUT a, b = octets of the UUID; MEMREF_OUTPUT image, or no memory to
 * ask for its size. In each directory the file is UUID.ta, or by its old name the same without
 * the last dash. The size of the file is given also with TEE_ERROR_SHORT_BUFFER.
 * TEE_ERROR_ITEM_NOT_FOUND: in no directory is a file that can be read. */
request_serve ta_serve_load;

#endif
