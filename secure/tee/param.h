/* param.h - the four parameters of an entry into a TA, whoever they come from.
 *
 * Decoded from a private copy; memory is referred to, never copied here. */
#ifndef SECURE_TEE_PARAM_H
#define SECURE_TEE_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "abi/syscall.h"
#include "lib/bits.h"
#include "secure/core/shm.h"
#include "secure/core/space.h"

#define PARAMS_COUNT UTEE_PARAMS_COUNT

struct param {
	uint32_t type; /* TEE_PARAM_TYPE_* */

	/* A value. */
	uint32_t a;
	uint32_t b;

	/* A memref. NULL has neither `shm` nor `address`, and size 0. */
	struct shm *shm; /* the normal world's, one reference; */
	uint64_t offset;
	uint64_t address; /* or a TA's, in `space` below */
	uint64_t size;	  /* after an entry: what the TA left there, any number */
};

struct params {
	struct param list[PARAMS_COUNT];
	/* The TA that calls; NULL: the normal world. */
	struct space *space;
};

/* No parameters at all. */
void params_clear(struct params *params);

bool param_is_value(const struct param *param);
bool param_is_memref(const struct param *param);
/* Does the TA answer in it? */
bool param_is_output(const struct param *param);

/* The parameters of a client. BAD_PARAMETERS: more than four, an attribute that is unknown or has
 * no business here, memory by address that is not a good page list, an unknown cookie. SECURITY: a
 * range that leaves its object. OUT_OF_MEMORY. Release after success only. */
MUST_CHECK TEE_Result params_from_message(const struct msg_param *list, size_t count,
					  struct params *params);

/* The parameters of a TA that calls from `space`. BAD_PARAMETERS: an unknown type, NULL with a
 * size. ACCESS_DENIED: memory that it may not read or, for an output, write. Release as above. */
MUST_CHECK TEE_Result params_from_user(const struct utee_params *user, struct space *space,
				       struct params *params);

/* Update what the caller gets back: values and sizes of outputs, and nothing else. */
void param_to_message(const struct param *param, struct msg_param *to);
void params_to_user(const struct params *params, struct utee_params *to);

/* Give back what the parameters refer to; they are of no more use then. */
void params_release(struct params *params);

#endif
