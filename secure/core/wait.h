/* wait.h - sleeping locks. A thread that sleeps leaves the secure world by RPC NOTIFICATION.
 *
 * A waiter is queued before it leaves, so a wake-up may come first; a wake-up that nobody sent (the
 * normal world lies) makes a waiter look again, and never breaks a lock. Fair: first come, first
 * served. All of this is called on a secure thread with no spinlock held. */
#ifndef SECURE_CORE_WAIT_H
#define SECURE_CORE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/smc.h"
#include "lib/bits.h"
#include "lib/list.h"

/* A secure thread sleeps on this value plus its index. The values below are those of asynchronous
 * notifications (notif.h). */
#define WAIT_VALUE_BASE SMC_NOTIF_SYNC_BASE_WITH_ASYNC

struct wait_queue {
	struct list waiters;
};

struct mutex {
	struct thread *owner;
	struct wait_queue queue;
};

struct condition {
	struct wait_queue queue;
};

#define WAIT_FOREVER 0u

/* Zero-initialised objects are not ready: initialise, in place or with these. */
#define MUTEX_READY(name)                                                                          \
	{                                                                                          \
		.queue = { LIST_EMPTY((name).queue.waiters) }                                      \
	}
#define CONDITION_READY(name)                                                                      \
	{                                                                                          \
		.queue = { LIST_EMPTY((name).queue.waiters) }                                      \
	}

void mutex_init(struct mutex *mutex);
void condition_init(struct condition *condition);

/* Not recursive: taking a mutex twice is a bug and panics. */
void mutex_lock(struct mutex *mutex);
MUST_CHECK bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_held(const struct mutex *mutex);

/* Give `mutex` back, sleep until signalled, take it again. May also wake for no reason: look at
 * what you waited for in a loop. All who wait for a condition use the same mutex. With
 * `timeout_ms` other than WAIT_FOREVER, TEE_ERROR_TIMEOUT when nobody signalled in time; the mutex
 * is held either way. */
TEE_Result condition_wait(struct condition *condition, struct mutex *mutex, uint32_t timeout_ms);
void condition_signal(struct condition *condition);
void condition_broadcast(struct condition *condition);

/* Values that no secure thread ever sleeps on, behind theirs: for diagnostics. The first of them. */
#define WAIT_VALUES_SPARE 16u
uint32_t wait_value_spare(void);

/* Largest notification value that can be asked for (EXCHANGE_CAPABILITIES, a2). */
uint32_t wait_value_max(void);

#endif
