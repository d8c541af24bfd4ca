/* context.h - what a TEEC_Context stands for, found by the number in it.
 *
 * A context lives until it is finalised and nobody uses it any more, so that a call which another
 * thread finalises under its feet ends as it would with the kernel's descriptors. A number is not
 * used again for 2^21 contexts: what outlives its context finds none, never another one. */
#ifndef NORMAL_CLIENT_CONTEXT_H
#define NORMAL_CLIENT_CONTEXT_H

#include <stdbool.h>

#include "lib/bits.h"
#include "normal/client/include/tee_client_api.h"
#include "normal/client/shadow.h"
#include "normal/device/device.h"

/* Open at the same time in one process. */
#define CONTEXTS_MAX 1024u

struct context {
	int number;
	unsigned int users;
	struct device *device;
	bool memref_null; /* the TEE knows references to no memory */
	bool dynamic;	  /* the TEE's shared memory comes from no fixed pool */
	struct shadow_cache shadows;
};

/* NULL: there is none of that number. Give back with context_put(). */
MUST_CHECK struct context *context_get(int number);
void context_put(struct context *context);

#endif
