#include "secure/port/host/runner/arch.h"

#include <linux/audit.h>
#include <ucontext.h>

uint32_t arch_audit(void)
{
	return AUDIT_ARCH_AARCH64;
}

uint64_t arch_fault_pc(const void *context)
{
	const ucontext_t *user = context;

	return user->uc_mcontext.pc;
}

uint64_t arch_fault_frame(const void *context)
{
	const ucontext_t *user = context;

	return user->uc_mcontext.regs[29];
}

long arch_call(long number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
	       uint64_t a5)
{
	register long x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = a0;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;
	register uint64_t x4 __asm__("x4") = a4;
	register uint64_t x5 __asm__("x5") = a5;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return (long)x0;
}
