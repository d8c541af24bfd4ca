/* console.h - what a TA prints: system call 1. */
#ifndef SECURE_TEE_CONSOLE_H
#define SECURE_TEE_CONSOLE_H

#include "secure/tee/syscall.h"

/* Of one system call, what is longer is cut. */
#define CONSOLE_TEXT_MAX 1024u

TEE_Result console_sys_log(struct caller *caller, const uint64_t args[8]);

#endif
