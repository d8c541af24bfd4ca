/* ffa_memory.h - memory that the normal world shares by FF-A: FFA_MEM_SHARE, FFA_MEM_FRAG_TX,
 * FFA_MEM_RECLAIM.
 *
 * A description lies in the TX buffer, in one piece or in several. Each word of it is read once. What
 * it describes is an object of shm.h from then on; the TEE retrieves it when a message names it, and
 * relinquishes it when it is told to. */
#ifndef SECURE_TEE_FFA_MEMORY_H
#define SECURE_TEE_FFA_MEMORY_H

#include "abi/smc.h"

/* Descriptions of which the rest has not come yet: so many at a time. */
#define FFA_TRANSACTIONS_MAX 16u

/* From registers to registers. */
void ffa_memory_share(struct smc_regs *regs);
void ffa_memory_fragment(struct smc_regs *regs);
void ffa_memory_reclaim(struct smc_regs *regs);

/* Descriptions that are not complete are forgotten, and handles start again. */
void ffa_memory_reset(void);

#endif
