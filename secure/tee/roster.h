/* roster.h - the lock over who is here: TA instances, sessions, and whose turn it is.
 *
 * A spinlock (LOCK_SESSION), held for list work alone. Who has to wait for something that it guards
 * gets in a queue and sleeps without it. Functions that need it held take the proof. */
#ifndef SECURE_TEE_ROSTER_H
#define SECURE_TEE_ROSTER_H

#include "lib/bits.h"
#include "lib/list.h"
#include "secure/core/lock.h"
#include "secure/tee/call.h"

/* Wake-ups are sent when the lock has been given back: each is an RPC. */
struct roster_locked {
	struct spinlock_held held;
	struct call *woken;
};

MUST_CHECK struct roster_locked roster_lock(void);
/* Forgets the proof, then sends the wake-ups; if there are any, on a secure thread. */
void roster_unlock(struct roster_locked *locked);

/* Get in the queue, give the lock back, sleep until woken, take it again. On a secure thread. */
void roster_sleep(struct roster_locked *locked, struct list *queue);

/* Wake the first of the queue, who is not in it any more; NULL: it is empty. */
struct call *roster_wake_first(struct roster_locked *locked, struct list *queue);
void roster_wake_all(struct roster_locked *locked, struct list *queue);

#endif
