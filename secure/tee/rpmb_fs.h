/* rpmb_fs.h - files in the RPMB device, as upstream lays them out (abi/storage.h): a table of files
 * from the front, their data from the back, one copy of each.
 *
 * A file is read and written as a whole. The new data goes where nothing is, and then one block of
 * the table turns to it: after a power cut there is the old file or the new one. So a file can only be
 * replaced while there is room for both. Data is encrypted with a key of each write's own, which lies
 * in the table, wrapped for the TA.
 *
 * Called on a secure thread with no spinlock held; every call sleeps, and one runs at a time. Errors
 * besides those named: STORAGE_NOT_AVAILABLE: there is no device, or one that we do not understand;
 * COMMUNICATION, OUT_OF_MEMORY (rpmb.h). */
#ifndef SECURE_TEE_RPMB_FS_H
#define SECURE_TEE_RPMB_FS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/storage.h"
#include "lib/bits.h"

/* The table's entries, with the one that ends it. */
#define RPMB_FS_ENTRIES_MAX 256u

/* NUL-terminated, and zero behind that. */
struct rpmb_fs_name {
	char text[STORAGE_RPMB_NAME_SIZE];
};

/* At boot. */
void rpmb_fs_init(void);

/* ITEM_NOT_FOUND. */
MUST_CHECK TEE_Result rpmb_fs_size(const struct rpmb_fs_name *name, size_t *size);

/* Read all `size` bytes, whose file belongs to TA `uuid`. ITEM_NOT_FOUND; CORRUPT_OBJECT: it has
 * another size. */
MUST_CHECK TEE_Result rpmb_fs_read(const TEE_UUID *uuid, const struct rpmb_fs_name *name, void *to,
				   size_t size);

enum rpmb_fs_mode {
	RPMB_FS_KEEP, /* ACCESS_CONFLICT when there is such a file */
	RPMB_FS_REPLACE,
};
/* STORAGE_NO_SPACE. */
MUST_CHECK TEE_Result rpmb_fs_write(const TEE_UUID *uuid, const struct rpmb_fs_name *name,
				    const void *from, size_t size, enum rpmb_fs_mode mode);

/* In one step. ITEM_NOT_FOUND. */
MUST_CHECK TEE_Result rpmb_fs_remove(const struct rpmb_fs_name *name);
/* In one step. ITEM_NOT_FOUND; ACCESS_CONFLICT: `to` is taken. */
MUST_CHECK TEE_Result rpmb_fs_rename(const struct rpmb_fs_name *from,
				     const struct rpmb_fs_name *to);

/* Call `visit` with the name of each file until it says otherwise than SUCCESS, which is then
 * returned. `visit` calls nothing of this header. */
typedef TEE_Result (*rpmb_fs_visit)(const struct rpmb_fs_name *name, void *arg);
MUST_CHECK TEE_Result rpmb_fs_list(rpmb_fs_visit visit, void *arg);

#endif
