/* vault_ta.h - what the vault TA does, for both worlds.
 *
 * A session has at most one file open. Whatever fails with TEE_ERROR_CORRUPT_OBJECT found that the
 * normal world changed what was stored; the file is gone then. */
#ifndef VAULT_TA_H
#define VAULT_TA_H

#include <stdint.h>

#define VAULT_TA_UUID                                                                              \
	{                                                                                          \
		0x0bee6f53, 0x43c5, 0x4973,                                                        \
		{                                                                                  \
			0x8e, 0x0c, 0x83, 0x32, 0x47, 0x00, 0x25, 0xdd                             \
		}                                                                                  \
	}

/* Any bytes, without a NUL at the end. */
#define VAULT_NAME_LENGTH_MAX 63

enum vault_command {
	/* p0 MEMREF_INPUT: a name. Begin a new file, which nobody sees before COMMIT. */
	VAULT_CREATE,
	/* p0 MEMREF_INPUT: append to the new file. TEE_ERROR_STORAGE_NO_SPACE: it is too large. */
	VAULT_WRITE,
	/* Let the new file take the place of what has its name. */
	VAULT_COMMIT,
	/* p0 MEMREF_INPUT: a name; p1 VALUE_OUTPUT: a is the size. Open it to read.
	 * TEE_ERROR_ITEM_NOT_FOUND. */
	VAULT_OPEN,
	/* p0 MEMREF_OUTPUT: what comes next; of size 0 at the end. */
	VAULT_READ,
	/* p0 MEMREF_INPUT: a name. TEE_ERROR_ITEM_NOT_FOUND. */
	VAULT_REMOVE,
	/* p0 MEMREF_OUTPUT: struct vault_entry for each file. TEE_ERROR_SHORT_BUFFER: the size that
	 * they need. */
	VAULT_LIST,
};

struct vault_entry {
	uint32_t size;
	uint32_t name_length;
	char name[VAULT_NAME_LENGTH_MAX + 1];
};

#endif
