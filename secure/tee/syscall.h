/* syscall.h - what a TA may ask of the secure kernel. One const table maps numbers to handlers. */
#ifndef SECURE_TEE_SYSCALL_H
#define SECURE_TEE_SYSCALL_H

#include <stdint.h>

#include "abi/gp.h"

struct instance;
struct session;

/* Who asks: the TA instance whose user mode trapped, and the session it serves at the moment. */
struct caller {
	struct instance *instance;
	struct session *session;
};

/* A handler gets the trap's eight words. Addresses among them are the TA's: space_copy_in() and
 * space_copy_out() on instance->space only. The result goes back to the TA as it is. */
typedef TEE_Result (*syscall_handler)(struct caller *caller, const uint64_t args[8]);

/* Number unknown: TEE_ERROR_NOT_SUPPORTED. RETURN and PANIC are not here: the session's run loop
 * sees to them. */
TEE_Result syscall_serve(struct caller *caller, uint64_t number, const uint64_t args[8]);

#endif
