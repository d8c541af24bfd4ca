/* storage.h - persistent objects of TAs: system calls 24, 28 and 41 to 53.
 *
 * An object of TEE_STORAGE_PRIVATE or TEE_STORAGE_PRIVATE_REE is sealed with a key derived from the
 * device key and the TA's UUID before it leaves the secure world, and lives in a file of the
 * supplicant: not promised is that the normal world does not bring back an older state of it. One of
 * TEE_STORAGE_PRIVATE_RPMB lives in the RPMB device, which keeps the normal world from that. What is
 * written is in place when the call returns. Objects hold data only: there are no keys in the kernel
 * yet. */
#ifndef SECURE_TEE_STORAGE_H
#define SECURE_TEE_STORAGE_H

#include <stdint.h>

#include "abi/gp.h"
#include "secure/tee/syscall.h"

#define STORAGE_HANDLES_MAX	64u  /* open objects and enumerators of one TA instance */
#define STORAGE_OBJECTS_MAX	256u /* open objects in all */
#define STORAGE_OBJECT_SIZE_MAX (16u << 20)

/* The handles of one TA instance. */
struct storage_handles;

/* Boot. */
void storage_init(void);
/* NULL: out of memory. */
struct storage_handles *storage_handles_create(void);
/* Closes what the TA left open. Does no RPC and does not sleep; takes a lock of rank LOCK_SESSION. */
void storage_handles_destroy(struct storage_handles *handles);
/* Open objects in all, for the census and tests. */
unsigned int storage_open_objects(void);

TEE_Result storage_sys_get_info(struct caller *caller, const uint64_t args[8]); /* 24 */
TEE_Result storage_sys_close(struct caller *caller, const uint64_t args[8]);	/* 28 */
TEE_Result storage_sys_open(struct caller *caller, const uint64_t args[8]);	/* 41 */
TEE_Result storage_sys_create(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_delete(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_rename(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_enum_alloc(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_enum_free(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_enum_reset(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_enum_start(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_enum_next(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_read(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_write(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_truncate(struct caller *caller, const uint64_t args[8]);
TEE_Result storage_sys_seek(struct caller *caller, const uint64_t args[8]); /* 53 */

#endif
