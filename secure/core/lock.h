/* lock.h - spinlocks, and the order in which they are taken.
 *
 * A spinlock keeps foreign interrupts off while it is held. Never sleep, leave the secure world or
 * run user mode with one held: thread_suspend() checks that lock_depth() is 0.
 *
 * Order (take from the top down, never upwards; locks on one line are never held together):
 *   LOCK_SESSION      the session list, TA instances, the object table
 *   LOCK_FFA          the state of FF-A: buffers, what is being shared
 *   LOCK_SHM          registered shared memory
 *   LOCK_WAIT         wait queues, mutexes, condition variables
 *   LOCK_THREAD       secure thread states
 *   LOCK_HEAP         the crypto library's memory, where that is ours to guard
 *   LOCK_LOG          the console
 * Sleeping locks (wait.h) are taken before any of these. */
#ifndef SECURE_CORE_LOCK_H
#define SECURE_CORE_LOCK_H

#include <stdatomic.h>
#include <stdint.h>

enum lock_rank {
	LOCK_SESSION = 1,
	LOCK_FFA,
	LOCK_SHM,
	LOCK_WAIT,
	LOCK_THREAD,
	LOCK_HEAP,
	LOCK_LOG,
};

struct spinlock {
	atomic_uint ticket_next;
	atomic_uint ticket_serving;
	enum lock_rank rank;
};

#define SPINLOCK(rank_of)                                                                          \
	{                                                                                          \
		.rank = (rank_of)                                                                  \
	}

/* The proof that `lock` is held. A function that needs the lock takes one of these. */
struct spinlock_held {
	struct spinlock *lock;
	uint32_t interrupts;
};

struct spinlock_held spinlock_take(struct spinlock *lock);
void spinlock_release(struct spinlock_held *held);

/* Spinlocks that this CPU holds now. */
unsigned int lock_depth(void);

#endif
