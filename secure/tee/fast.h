/* fast.h - the calls that are answered at once, without a secure thread. */
#ifndef SECURE_TEE_FAST_H
#define SECURE_TEE_FAST_H

#include "abi/smc.h"

/* Answers in a0..a3; those that the answer has no use for keep what they had. On a CPU's own
 * stack. Unknown: SMC_UNKNOWN_FUNCTION. */
void fast_serve(struct smc_regs *regs);

/* What the secure world can do: SMC_SEC_CAP_*. */
uint32_t fast_capabilities(void);

#endif
