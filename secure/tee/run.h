/* run.h - one stay of a secure thread in a TA's user mode: in at the entry point, out by the system
 * call RETURN, with any number of system calls and interrupts in between. */
#ifndef SECURE_TEE_RUN_H
#define SECURE_TEE_RUN_H

#include <stdint.h>

#include "abi/gp.h"
#include "abi/syscall.h"
#include "lib/bits.h"
#include "secure/tee/param.h"

struct session;

struct run {
	enum utee_entry_func func;
	uint32_t command;
	struct params *params;
};

enum run_end {
	RUN_REFUSED,  /* the TA was not entered; the code says why */
	RUN_RETURNED, /* the code is the TA's own result */
	RUN_DIED,     /* the TA is no more; the code is that of its panic */
};

/* Enter the session's TA. The caller has the turn of its instance. After RUN_RETURNED the outputs
 * of the parameters are what the TA left; else they are untouched. After RUN_DIED the space is good
 * only for space_destroy(). */
MUST_CHECK enum run_end run_entry(struct session *session, const struct run *run, uint32_t *code);

#endif
