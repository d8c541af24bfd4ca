/* pta.h - pseudo-TAs: services of the secure kernel that a client reaches as it reaches a TA.
 *
 * One const table (pta.c) holds them. Sessions, parameters and origins are those of a TA; what
 * serves an entry is a function of the kernel, on the caller's secure thread. Whatever a caller's
 * memory holds is copied in once and checked, as everywhere. A pseudo-TA never panics: bad input
 * is a result. */
#ifndef SECURE_TEE_PTA_H
#define SECURE_TEE_PTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/image.h"
#include "lib/bits.h"
#include "secure/tee/param.h"

struct session;

/* What every one has, and what it may have besides. KEEP_ALIVE makes no difference: what an
 * instance would keep is in the table and in the sessions. */
#define PTA_FLAGS_MANDATORY                                                                        \
	(TA_FLAG_SINGLE_INSTANCE | TA_FLAG_MULTI_SESSION | TA_FLAG_INSTANCE_KEEP_ALIVE)
#define PTA_FLAGS_ALLOWED                                                                          \
	(PTA_FLAGS_MANDATORY | TA_FLAG_SECURE_DATA_PATH | TA_FLAG_CONCURRENT | TA_FLAG_DEVICE_ENUM)

/* Handlers may sleep. With CONCURRENT any number of them run at once, though never two for the
 * same session. Outputs are written into `params`, also by one that fails.
 *
 * The session's client says who calls; its `reference` is a number from 1 to SESSIONS_MAX that no
 * other session has until close() has returned. */
struct pta {
	TEE_UUID uuid;
	const char *name;
	uint32_t flags;
	/* At boot. NULL: there is nothing to do. */
	void (*init)(void);
	/* NULL: everybody may, without parameters' being looked at. What does not succeed is not
	 * closed. */
	TEE_Result (*open)(struct session *session, struct params *params);
	/* NULL: there is nothing to do. */
	void (*close)(struct session *session);
	TEE_Result (*invoke)(struct session *session, uint32_t command, struct params *params);
};

/* NULL: no pseudo-TA has that UUID. */
MUST_CHECK const struct pta *pta_find(const TEE_UUID *uuid);

/* The table, in its order, which is the order of what device enumeration says. */
MUST_CHECK const struct pta *pta_at(size_t index);
size_t pta_count(void);

/* At boot. Every entry has the flags that it has to have, and no UUID is there twice. */
void ptas_init(void);

/* --- For handlers ----------------------------------------------------------------------------- */

/* Exactly these TEE_PARAM_TYPES()? */
bool pta_types_are(const struct params *params, uint32_t types);

/* Was the session opened by a TA? */
bool pta_caller_is_ta(const struct session *session);

/* A memref that is NULL. */
bool pta_memref_is_null(const struct param *param);

/* Is the whole memref private memory of the TA that calls? The normal world's never is. */
bool pta_memref_is_private(const struct params *params, unsigned int index);

/* What the normal world says to a request is any number. What a TA may be told is TEE_SUCCESS and the
 * `count` results at `allowed`; for all others it gets COMMUNICATION. */
MUST_CHECK TEE_Result pta_result(TEE_Result res, const TEE_Result *allowed, size_t count);

/* Copy `size` bytes at `offset` of the memref, once. BAD_PARAMETERS: it does not have them, or they
 * cannot be reached (any more): then `to` holds nothing to be used. */
MUST_CHECK TEE_Result pta_copy_in(const struct params *params, unsigned int index, uint64_t offset,
				  void *to, size_t size);
MUST_CHECK TEE_Result pta_copy_out(const struct params *params, unsigned int index, uint64_t offset,
				   const void *from, size_t size);

#endif
