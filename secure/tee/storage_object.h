/* storage_object.h - the objects that are open, of all TAs: who has them open, and what is in them.
 *
 * An open object is in secure memory as a whole, once, however many handles it has; each change is
 * in its file before the call returns, so that closing does nothing but forget. Two locks: a mutex
 * is held over everything that reads or changes contents, files included, and a spinlock
 * (LOCK_SESSION) guards the table itself. Only storage_object_close() does without the mutex.
 *
 * Everything but closing runs on a secure thread, holds no spinlock and sleeps. A handle with an
 * object is an open one; its TA alone uses it. */
#ifndef SECURE_TEE_STORAGE_OBJECT_H
#define SECURE_TEE_STORAGE_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/space.h"
#include "secure/tee/seal.h"
#include "secure/tee/storage_file.h"

struct storage_handle;

struct storage_info {
	struct seal_id id;
	uint32_t type;
	uint32_t usage;
	uint32_t data_size;
};

/* What of a corrupt object is found on opening it: TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT. */
enum storage_corrupt {
	STORAGE_CORRUPT_REMOVE,
	STORAGE_CORRUPT_KEEP,
};

void storage_objects_init(void);
unsigned int storage_objects_count(void);

/* Open object `id` of those in `whose` through `handle`, whose flags are set. ITEM_NOT_FOUND;
 * ACCESS_CONFLICT: somebody has it open and does not share; CORRUPT_OBJECT; OUT_OF_MEMORY;
 * STORAGE_NOT_AVAILABLE. */
MUST_CHECK TEE_Result storage_object_open(struct storage_handle *handle,
					  const struct storage_whose *whose,
					  const struct seal_id *id, enum storage_corrupt corrupt);

/* Create it with `content`, which is taken over on success only. Without TEE_DATA_FLAG_OVERWRITE an
 * object that exists is ACCESS_CONFLICT; with it, its content is replaced under all its handles.
 * Else as storage_object_open(), and STORAGE_NO_SPACE. */
MUST_CHECK TEE_Result storage_object_create(struct storage_handle *handle,
					    const struct storage_whose *whose,
					    const struct seal_content *content);

/* Does no RPC and does not sleep. */
void storage_object_close(struct storage_handle *handle);

/* Remove the file and close, whatever the result. Nobody else has it open: the handle has
 * ACCESS_WRITE_META. */
MUST_CHECK TEE_Result storage_object_delete(struct storage_handle *handle);

/* Give it another name. ACCESS_CONFLICT: taken. The handle has ACCESS_WRITE_META. */
MUST_CHECK TEE_Result storage_object_rename(struct storage_handle *handle,
					    const struct seal_id *id);

void storage_object_info(const struct storage_handle *handle, struct storage_info *info);

/* Copy to `to` in `space` what there is of `size` bytes at the handle's position, which moves on by
 * *count. ACCESS_DENIED. */
MUST_CHECK TEE_Result storage_object_read(struct storage_handle *handle, struct space *space,
					  uint64_t to, uint64_t size, uint64_t *count);

/* Write all at the position, which moves on, or nothing. Between the end and the position come
 * zeros. OVERFLOW: beyond what a position can say. STORAGE_NO_SPACE, STORAGE_NOT_AVAILABLE,
 * ACCESS_DENIED. */
MUST_CHECK TEE_Result storage_object_write(struct storage_handle *handle, struct space *space,
					   uint64_t from, uint64_t size);

/* Cut off, or extend with zeros. */
MUST_CHECK TEE_Result storage_object_truncate(struct storage_handle *handle, uint64_t size);

/* Describe the object with this file name, from memory if anybody has it open. ITEM_NOT_FOUND,
 * CORRUPT_OBJECT, OUT_OF_MEMORY, STORAGE_NOT_AVAILABLE. */
MUST_CHECK TEE_Result storage_object_look(const struct storage_whose *whose,
					  const struct seal_name *name, struct storage_info *info);

/* The place's list() while nobody changes any object. `visit` calls nothing of this header. */
MUST_CHECK TEE_Result storage_object_list(const struct storage_whose *whose,
					  storage_file_visit visit, void *arg);

#endif
