#include "secure/port/host/runner/arch.h"

#include <linux/audit.h>
#include <ucontext.h>

uint32_t arch_audit(void)
{
	return AUDIT_ARCH_X86_64;
}

uint64_t arch_fault_pc(const void *context)
{
	const ucontext_t *user = context;

	return (uint64_t)user->uc_mcontext.gregs[REG_RIP];
}

uint64_t arch_fault_frame(const void *context)
{
	const ucontext_t *user = context;

	return (uint64_t)user->uc_mcontext.gregs[REG_RBP];
}

long arch_call(long number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
	       uint64_t a5)
{
	register uint64_t r10 __asm__("r10") = a3;
	register uint64_t r8 __asm__("r8") = a4;
	register uint64_t r9 __asm__("r9") = a5;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
