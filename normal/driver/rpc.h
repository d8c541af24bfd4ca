/* rpc.h - the secure world asks: answer here, or hand it to the supplicant. */
#ifndef NORMAL_DRIVER_RPC_H
#define NORMAL_DRIVER_RPC_H

#include "abi/smc.h"

struct call;

/* Serve what `regs` say, and leave in a1, a2, a4 and a5 what the secure thread gets back. May
 * sleep. Whatever the secure world writes in registers and in its request, it gets an answer at
 * worst. */
void driver_rpc_serve(struct call *call, struct smc_regs *regs);

#endif
