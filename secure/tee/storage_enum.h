/* storage_enum.h - the objects that a TA had when it began to enumerate them.
 *
 * The names are fetched at once, so that nothing in the normal world has to be closed when the TA
 * dies. An object that is gone when its turn comes is left out. */
#ifndef SECURE_TEE_STORAGE_ENUM_H
#define SECURE_TEE_STORAGE_ENUM_H

#include <stddef.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/port.h"
#include "secure/tee/storage_object.h"

/* All zero: not started. */
struct storage_enum {
	struct storage_whose whose;
	struct port_pages *pages; /* the names, one after another */
	size_t room;
	size_t count;
	size_t next;
};

/* Begin, from the beginning when it was begun before. ITEM_NOT_FOUND: there are no objects.
 * STORAGE_NOT_AVAILABLE, which covers that there is no memory. Sleeps. */
MUST_CHECK TEE_Result storage_enum_start(struct storage_enum *names,
					 const struct storage_whose *whose);

/* The next object, open or not. ITEM_NOT_FOUND: not started, or no more. CORRUPT_OBJECT: this one
 * is, and the next call goes on behind it. STORAGE_NOT_AVAILABLE: try the same one again. Sleeps. */
MUST_CHECK TEE_Result storage_enum_next(struct storage_enum *names, struct storage_info *info);

/* Back to not started. */
void storage_enum_reset(struct storage_enum *names);

#endif
