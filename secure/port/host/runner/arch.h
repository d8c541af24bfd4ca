/* arch.h - what the runner cannot say in C, or not in the same way on every machine. */
#ifndef SECURE_PORT_HOST_RUNNER_ARCH_H
#define SECURE_PORT_HOST_RUNNER_ARCH_H

#include <stdint.h>

#include "abi/host_ta.h"

/* AUDIT_ARCH_* of this machine, for filters. */
uint32_t arch_audit(void);

/* The program counter and the frame pointer in a signal's context. */
uint64_t arch_fault_pc(const void *context);
uint64_t arch_fault_frame(const void *context);

/* A system call; negative errno on failure. */
long arch_call(long number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
	       uint64_t a5);

/* Leave everything behind and call entry(args[0..3], trap) on the stack that ends at `sp`. */
_Noreturn void arch_enter(uint64_t entry, uint64_t sp, const uint64_t args[4], host_ta_trap trap);

/* What a signal handler must not return to. */
void arch_no_return(void);

/* Start the manager as a second task of this process with `flags` of clone(). */
long manager_clone(unsigned long flags);

#endif
