/* cancel.h - what a TA asks about cancellation: system calls 9 to 11. */
#ifndef SECURE_TEE_CANCEL_H
#define SECURE_TEE_CANCEL_H

#include "secure/tee/syscall.h"

TEE_Result cancel_sys_get_flag(struct caller *caller, const uint64_t args[8]);
TEE_Result cancel_sys_unmask(struct caller *caller, const uint64_t args[8]);
TEE_Result cancel_sys_mask(struct caller *caller, const uint64_t args[8]);

#endif
