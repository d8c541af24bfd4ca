/* entry.h - the only way in. */
#ifndef SECURE_TEE_ENTRY_H
#define SECURE_TEE_ENTRY_H

#include "abi/smc.h"

/* Once, before the first tee_enter(). `threads` secure threads; logs what the TEE is and which key
 * it trusts for TA images. */
void tee_init(unsigned int threads);

/* How the normal world is spoken with. It is one way from boot on: what the normal world names in the
 * words of one is never looked up in those of the other. */
enum tee_transport {
	TEE_SMC, /* raw SMC: fast and yielding calls */
	TEE_FFA, /* FF-A: this is the partition, and its own manager */
};

/* Before tee_init(); TEE_SMC when nobody says. */
void tee_transport(enum tee_transport transport);

/* Registers go in, registers come out: a result, or an RPC. No I/O; returns in bounded time as long
 * as user mode does. Called by a port on a CPU's own stack, on any number of CPUs at once. With
 * TEE_SMC a0..a3 are written and a4..a7 keep what they had; with TEE_FFA all are written. A call of
 * the other transport is SMC_UNKNOWN_FUNCTION, in a0 alone. */
void tee_enter(struct smc_regs *regs);

/* For tests and for restarts of the simulation: back to before tee_init(), as a machine that is
 * switched off. TAs are not told, and the normal world's memory is given up without a word. Every
 * secure thread has to be free. */
void tee_reset(void);

#endif
