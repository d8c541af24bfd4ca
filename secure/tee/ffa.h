/* ffa.h - the secure world as an FF-A partition that is its own partition manager: what comes in by
 * FF-A, from registers to registers.
 *
 * ffa.c: who is here, and what can it do. ffa_buffer.h: the normal world's two buffers.
 * ffa_memory.h: memory that it shares. ffa_message.h: messages to the TEE. ffa_notification.h: what
 * it is told unasked. */
#ifndef SECURE_TEE_FFA_H
#define SECURE_TEE_FFA_H

#include "abi/smc.h"

/* All registers are written: what an answer has no use for is 0. */
void ffa_enter(struct smc_regs *regs);

/* Part of tee_reset(). */
void ffa_reset(void);

#endif
