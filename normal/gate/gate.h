/* gate.h - the world switch as the normal world sees it: one function.
 *
 * A gate only carries registers. normal/gate/host.c is the mailbox to the secure world's process;
 * the simulation links a plain call of tee_enter() instead. */
#ifndef NORMAL_GATE_GATE_H
#define NORMAL_GATE_GATE_H

#include "abi/smc.h"

/* Enter the secure world with `regs`; back with what it answered. Blocks
 * while no CPU is free and while the secure world runs. When there is no secure world any more, a0
 * is SMC_ENOTAVAIL at once. Any thread. */
void gate_smc(struct smc_regs *regs);

#endif
