/* access.h - may the TA touch this memory? System call 8. */
#ifndef SECURE_TEE_ACCESS_H
#define SECURE_TEE_ACCESS_H

#include "secure/tee/syscall.h"

TEE_Result access_sys_check(struct caller *caller, const uint64_t args[8]);

#endif
