/* storage_file.h - the file of one persistent object: there or not, whole or not.
 *
 * Called on a secure thread with no spinlock held; all of this sleeps. Whatever else the supplicant
 * answers becomes STORAGE_NOT_AVAILABLE. */
#ifndef SECURE_TEE_STORAGE_FILE_H
#define SECURE_TEE_STORAGE_FILE_H

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/tee/fs.h"
#include "secure/tee/seal.h"

/* Read and open. The content is the caller's to free. ITEM_NOT_FOUND; CORRUPT_OBJECT: the file is
 * not what we sealed; OUT_OF_MEMORY. */
MUST_CHECK TEE_Result storage_file_load(const TEE_UUID *uuid, const struct seal_name *name,
					struct seal_content *content);

/* Seal and write: afterwards the object has this content or what it had before, never a mixture.
 * With FS_RENAME_KEEP, ACCESS_CONFLICT when the object is there. STORAGE_NO_SPACE, OUT_OF_MEMORY. */
MUST_CHECK TEE_Result storage_file_store(const TEE_UUID *uuid, const struct seal_content *content,
					 enum fs_rename mode);

/* A file that is not there is removed already. */
MUST_CHECK TEE_Result storage_file_remove(const TEE_UUID *uuid, const struct seal_name *name);

/* Call `visit` with the name of each object's file until it says otherwise than SUCCESS, which is
 * then returned. ITEM_NOT_FOUND: the TA has no directory. STORAGE_NOT_AVAILABLE also for a directory
 * of more than STORAGE_FILES_MAX names. */
#define STORAGE_FILES_MAX 65536u

typedef TEE_Result (*storage_file_visit)(const struct seal_name *name, void *arg);
MUST_CHECK TEE_Result storage_file_list(const TEE_UUID *uuid, storage_file_visit visit, void *arg);

#endif
