/* random.h - random bytes for a TA: system call 33. */
#ifndef SECURE_TEE_RANDOM_H
#define SECURE_TEE_RANDOM_H

#include "secure/tee/syscall.h"

TEE_Result random_sys_generate(struct caller *caller, const uint64_t args[8]);

#endif
