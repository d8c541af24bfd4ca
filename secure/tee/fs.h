/* fs.h - files of the normal world, by RPC FS.
 *
 * Everything that comes back is hostile: sizes and names are checked here, contents are the
 * caller's to authenticate. Called on a secure thread with no spinlock held; every call sleeps.
 *
 * What is said is what the supplicant said: ITEM_NOT_FOUND, ACCESS_CONFLICT, STORAGE_NO_SPACE,
 * STORAGE_NOT_AVAILABLE, GENERIC, or any other number; COMMUNICATION for an answer that cannot be,
 * OUT_OF_MEMORY when there is no shared memory for the request.
 *
 * Not promised: that a file is there tomorrow, or holds what was written. Upstream's supplicant
 * answers success to a rename that failed for another reason than the two it knows. */
#ifndef SECURE_TEE_FS_H
#define SECURE_TEE_FS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"

/* The bytes of a name with its NUL; a longer one is BAD_PARAMETERS and nothing is sent. */
#define FS_NAME_MAX RPC_FS_NAME_MAX

/* The most that one RPC carries; longer reads and writes are done in several. */
#define FS_TRANSFER_MAX (256u << 10)

/* Numbers of the supplicant's own: good until closed, or until it dies. */
struct fs_file {
	uint64_t number;
};

struct fs_directory {
	uint64_t number;
};

MUST_CHECK TEE_Result fs_open(const char *name, struct fs_file *file);
/* Makes missing directories, two levels at most, and empties a file that is there. */
MUST_CHECK TEE_Result fs_create(const char *name, struct fs_file *file);
MUST_CHECK TEE_Result fs_close(struct fs_file file);

/* Read up to `size` bytes at `offset`; *got is less only where the file ends. */
MUST_CHECK TEE_Result fs_read(struct fs_file file, uint64_t offset, void *to, size_t size,
			      size_t *got);
/* Write all; on an error any part of it may have been written. */
MUST_CHECK TEE_Result fs_write(struct fs_file file, uint64_t offset, const void *from, size_t size);
/* Shorten, or lengthen with zeros. */
MUST_CHECK TEE_Result fs_truncate(struct fs_file file, uint64_t size);

MUST_CHECK TEE_Result fs_remove(const char *name);

enum fs_rename {
	FS_RENAME_KEEP,	   /* ACCESS_CONFLICT when the new name is taken */
	FS_RENAME_REPLACE, /* in one step */
};
MUST_CHECK TEE_Result fs_rename(const char *from, const char *to, enum fs_rename mode);

/* A directory that is empty is ITEM_NOT_FOUND, as one that is missing. */
MUST_CHECK TEE_Result fs_opendir(const char *name, struct fs_directory *directory);
MUST_CHECK TEE_Result fs_closedir(struct fs_directory directory);
/* The next name; the directory's own and its parent's are left out. ITEM_NOT_FOUND: no more. */
MUST_CHECK TEE_Result fs_readdir(struct fs_directory directory, char name[FS_NAME_MAX]);

#endif
