/* mapping.h - the memory that parameters refer to, in the TA's space while an entry lasts.
 *
 * Each memref gets a mapping of its own: read-only for an input, gone when the entry ends. A
 * client's memory is shared, and changes under the TA's eyes; a calling TA's is copied, so that
 * neither TA ever reaches memory of the other. */
#ifndef SECURE_TEE_MAPPING_H
#define SECURE_TEE_MAPPING_H

#include <stdint.h>

#include "abi/gp.h"
#include "abi/syscall.h"
#include "lib/bits.h"
#include "secure/core/space.h"
#include "secure/tee/param.h"

struct mapping {
	uint64_t addresses[PARAMS_COUNT]; /* 0: nothing is mapped */
};

/* Map what `params` refer to and put it in force; `user` becomes what the TA is given.
 * OUT_OF_MEMORY: nothing is mapped. TARGET_DEAD: the space is lost. */
MUST_CHECK TEE_Result mapping_create(struct mapping *mapping, struct space *space,
				     const struct params *params, struct utee_params *user);

/* After the entry: take the outputs from `user`, a copy of what the TA left, into `params`, and
 * into the calling TA's memory. */
void mapping_collect(const struct mapping *mapping, struct space *space,
		     const struct utee_params *user, struct params *params);

/* Unmap, and wait until the TA cannot reach it any more. TARGET_DEAD: the space is lost. */
MUST_CHECK TEE_Result mapping_remove(struct mapping *mapping, struct space *space);

#endif
