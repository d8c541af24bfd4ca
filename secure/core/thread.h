/* thread.h - secure threads: stacks that can be left in the middle and taken up again.
 *
 * A yielding call runs on a thread of its own. When it needs the normal world it suspends: the
 * registers leave with the thread's index, and RETURN_FROM_RPC with that index wakes it, on
 * whichever CPU comes in. States: free -> active -> (suspended -> active)* -> free. */
#ifndef SECURE_CORE_THREAD_H
#define SECURE_CORE_THREAD_H

#include <stdint.h>

#include "abi/smc.h"
#include "lib/bits.h"
#include "secure/core/port.h"

#define THREADS_MAX 128u

enum thread_state {
	THREAD_FREE,
	THREAD_SUSPENDED,
	THREAD_ACTIVE,
};

/* What the RPC layer keeps for each thread; see rpc.c. */
struct rpc_thread;
/* What the TEE keeps for the call in progress (the stack of sessions entered); see tee/. */
struct call;

struct thread;

/* Make `count` threads (1..THREADS_MAX). Once, at boot, before the first tee_enter(). Panics when
 * there is no memory for their stacks. */
void thread_init(unsigned int count);
unsigned int thread_count(void);
/* For tests and restarts of the simulation: back to before thread_init(). All must be free. */
void thread_reset(void);

/* Run work(regs) on a free thread until it finishes or suspends; then `regs` is what leaves the
 * secure world. `work` gets the thread's own copy of the registers and leaves its result in a0..a3
 * of it. No thread free: regs->a0 = SMC_ETHREAD_LIMIT and nothing else changes. */
void thread_start(void (*work)(struct smc_regs *regs), struct smc_regs *regs);

/* RETURN_FROM_RPC: wake thread regs->a3. Not a suspended thread: regs->a0 = SMC_ERESUME. */
void thread_resume(struct smc_regs *regs);

/* On a secure thread: leave with a0..a2 as given and the index in a3; return when resumed. With
 * `answer`, the four words a1, a2, a4, a5 of the resuming call are copied there; NULL is for a
 * foreign interrupt, which carries nothing in. Hold no spinlock. */
void thread_suspend(uint32_t a0, uint32_t a1, uint32_t a2, uint32_t answer[4]);

/* The thread that runs here; NULL on a CPU's own stack (fast calls, boot). */
struct thread *thread_current(void);
unsigned int thread_index(const struct thread *thread);
struct thread *thread_by_index(unsigned int index);
struct rpc_thread *thread_rpc(struct thread *thread);
struct call *thread_call(const struct thread *thread);
void thread_set_call(struct thread *thread, struct call *call);

/* Is every thread free? DISABLE/ENABLE_SHM_CACHE ask. Run `visit` for each while no thread can
 * start; false, and nothing visited, when one is not free. */
MUST_CHECK bool thread_all_free(void (*visit)(struct thread *thread, void *arg), void *arg);

#endif
