/* trap.h - the door to the secure kernel; there is one in arch/ for each machine. */
#ifndef TA_LIBUTEE_TRAP_H
#define TA_LIBUTEE_TRAP_H

#include <stdint.h>

#include "abi/syscall.h"

/* Make system call `number`. Does not return from SYSCALL_RETURN and SYSCALL_PANIC. */
uint32_t utee_trap(uint64_t number, const uint64_t args[SYSCALL_ARGS_MAX]);

#endif
