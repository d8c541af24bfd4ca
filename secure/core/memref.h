/* memref.h - what messages call memory of the normal world: by cookie and page list on raw SMC
 * (memref_smc.c), by handle on FF-A (memref_ffa.c).
 *
 * There is one form from boot on, so that no name of one kind is ever taken for one of the other. */
#ifndef SECURE_CORE_MEMREF_H
#define SECURE_CORE_MEMREF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "lib/bits.h"
#include "secure/core/shm.h"

/* `shm` NULL: memory that is not there. */
struct memref {
	struct shm *shm;
	uint64_t offset;
	uint64_t size;
};

struct memref_form {
	/* Memory is shared by calls of the transport's own: there are no messages for that, every
	 * call brings room for its requests, and all of the room is written. */
	bool by_handle;
	TEE_Result (*in)(const struct msg_param *from, struct memref *to);
	bool (*out)(const struct memref *from, unsigned int direction, struct msg_param *to);
	bool (*is_grant)(const struct msg_param *reply);
	TEE_Result (*grant)(const struct msg_param *reply, size_t size, struct shm **shm);
	void (*drop)(struct shm *shm);
};

extern const struct memref_form memref_smc;
extern const struct memref_form memref_ffa;

/* While booting; memref_smc until then. */
void memref_use(const struct memref_form *form);
bool memref_by_handle(void);

/* A memref of a client, by the form's own types. One more user of the memory, the caller.
 * BAD_PARAMETERS: not a memref of this form, memory that is unknown or not the normal world's.
 * SECURITY: a range that leaves its object. OUT_OF_MEMORY. */
MUST_CHECK TEE_Result memref_in(const struct msg_param *from, struct memref *to);

enum memref_direction {
	MEMREF_INPUT,
	MEMREF_OUTPUT,
	MEMREF_INOUT,
};

/* A memref of a request. false: the range is not in the object, or it has no name. */
MUST_CHECK bool memref_out(const struct memref *from, enum memref_direction direction,
			   struct msg_param *to);

/* Is `reply` one that gives memory? Its name, which a request gives it back by, is then at *name. */
MUST_CHECK bool memref_is_grant(const struct msg_param *reply, uint64_t *name);
/* The memory it gives, of at least `size` bytes; anything but success: not usable. */
MUST_CHECK TEE_Result memref_grant(const struct msg_param *reply, size_t size, struct shm **shm);
/* The user of granted memory leaves; the normal world may be told to take it back after that. */
void memref_drop(struct shm *shm);

#endif
