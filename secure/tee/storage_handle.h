/* storage_handle.h - the handles of a TA instance: numbers that stand for objects and enumerators.
 *
 * A table belongs to one instance and is used by one secure thread at a time, so it has no lock. */
#ifndef SECURE_TEE_STORAGE_HANDLE_H
#define SECURE_TEE_STORAGE_HANDLE_H

#include <stdint.h>

#include "lib/bits.h"
#include "lib/list.h"
#include "secure/tee/storage.h"
#include "secure/tee/storage_enum.h"

struct storage_object;

enum storage_kind {
	STORAGE_FREE,
	STORAGE_OBJECT,
	STORAGE_ENUMERATOR,
};

struct storage_handle {
	enum storage_kind kind;
	uint32_t generation; /* tells a number from the same slot's earlier ones */

	/* Of an object. `link` and `object` belong to storage_object.c. */
	struct list link;
	struct storage_object *object;
	uint32_t flags; /* TEE_DATA_FLAG_* it was opened with */
	uint32_t position;

	/* Of an enumerator. */
	struct storage_enum names;
};

/* A free slot, marked as `kind`. NULL: STORAGE_HANDLES_MAX are in use. */
MUST_CHECK struct storage_handle *storage_handle_new(struct storage_handles *handles,
						     enum storage_kind kind);
/* The number that the TA gets; never 0. */
uint32_t storage_handle_number(const struct storage_handles *handles,
			       const struct storage_handle *handle);
/* NULL: the number stands for nothing, or nothing of this kind. */
MUST_CHECK struct storage_handle *storage_handle_find(struct storage_handles *handles,
						      uint64_t number, enum storage_kind kind);
/* What it stood for has been given up. */
void storage_handle_free(struct storage_handle *handle);

#endif
