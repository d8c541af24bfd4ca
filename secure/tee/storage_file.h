/* storage_file.h - the file of one persistent object: there or not, whole or not; and the places
 * where there are such files, the supplicant's (storage_file.c) and the RPMB device
 * (storage_rpmb.c).
 *
 * Called on a secure thread with no spinlock held; all of this sleeps. Whatever else the normal
 * world answers becomes STORAGE_NOT_AVAILABLE. */
#ifndef SECURE_TEE_STORAGE_FILE_H
#define SECURE_TEE_STORAGE_FILE_H

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/tee/fs.h"
#include "secure/tee/seal.h"

typedef TEE_Result (*storage_file_visit)(const struct seal_name *name, void *arg);

/* A place. */
struct storage_place {
	/* Read and open. The content is the caller's to free. ITEM_NOT_FOUND; CORRUPT_OBJECT: the
	 * file is not what we wrote; OUT_OF_MEMORY. */
	TEE_Result (*load)(const TEE_UUID *uuid, const struct seal_name *name,
			   struct seal_content *content);

	/* Seal and write: afterwards the object has this content or what it had before, never a
	 * mixture. With FS_RENAME_KEEP, ACCESS_CONFLICT when the object is there. STORAGE_NO_SPACE,
	 * OUT_OF_MEMORY. */
	TEE_Result (*store)(const TEE_UUID *uuid, const struct seal_content *content,
			    enum fs_rename mode);

	/* A file that is not there is removed already. */
	TEE_Result (*remove)(const TEE_UUID *uuid, const struct seal_name *name);

	/* Give the file `name` the name `to`. `renamed` is its content with the new id. After an
	 * error it has the old name, and maybe the new one as well. ACCESS_CONFLICT: `to` is taken.
	 * Else as store(). */
	TEE_Result (*rename)(const TEE_UUID *uuid, const struct seal_name *name,
			     const struct seal_content *renamed, const struct seal_name *to);

	/* Call `visit` with the name of each object's file until it says otherwise than SUCCESS,
	 * which is then returned. ITEM_NOT_FOUND: the TA has none. STORAGE_NOT_AVAILABLE also for
	 * more than STORAGE_FILES_MAX names. */
	TEE_Result (*list)(const TEE_UUID *uuid, storage_file_visit visit, void *arg);
};

#define STORAGE_FILES_MAX 65536u

/* The objects of one TA in one place. */
struct storage_whose {
	const struct storage_place *place;
	TEE_UUID uuid;
};

extern const struct storage_place storage_ree;
extern const struct storage_place storage_rpmb;

#endif
