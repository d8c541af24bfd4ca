#include "secure/core/wait.h"

#include <stddef.h>

#include "abi/rpc.h"
#include "secure/core/check.h"
#include "secure/core/lock.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/core/rpc.h"
#include "secure/core/thread.h"

/* A wake-up that the normal world has no memory for is tried again; it runs in between. */
#define WAIT_SEND_TRIES_MAX 64u

#define WAIT_NS_PER_MS 1000000ull

/* A thread that sleeps, on its own stack. It is in the queue of the mutex, or of the condition
 * until somebody signals; in no queue once it owns the mutex.
 *
 * An unlocked mutex goes straight to the first in its queue: nobody overtakes, and a thread that
 * wakes for no reason just finds that its turn has not come. */
struct waiter {
	struct list link;
	struct thread *thread;
	struct mutex *mutex;
	bool signalled;
	bool owns;
};

/* One lock for all queues: it is held for a few instructions, and a signal moves a waiter from one
 * queue to another. */
static struct spinlock wait_lock = SPINLOCK(LOCK_WAIT);

/* --- Leaving and being called back ------------------------------------------------------------ */

static uint64_t wait_value(const struct thread *thread)
{
	return WAIT_VALUE_BASE + thread_index(thread);
}

uint32_t wait_value_spare(void)
{
	return WAIT_VALUE_BASE + thread_count();
}

uint32_t wait_value_max(void)
{
	return wait_value_spare() + WAIT_VALUES_SPARE - 1;
}

static TEE_Result wait_notify(enum rpc_notification operation, uint64_t value, uint32_t timeout_ms)
{
	struct rpc_param param = {
		.type = RPC_PARAM_VALUE_INPUT,
		.a = operation,
		.b = value,
		.c = timeout_ms,
	};
	TEE_Result res = rpc_call(RPC_CMD_NOTIFICATION, &param, 1);

	/* It may be that we never left. The caller tries again, and the normal world has to get the
	 * CPU for that to be of any use. */
	if (res == TEE_ERROR_OUT_OF_MEMORY) {
		rpc_foreign_interrupt();
	}
	return res;
}

static TEE_Result wait_sleep(const struct waiter *waiter, uint32_t timeout_ms)
{
	return wait_notify(RPC_NOTIFICATION_WAIT, wait_value(waiter->thread), timeout_ms);
}

/* The thread may have woken already and even be gone: the normal world keeps the wake-up for the
 * next time it sleeps, which then finds no reason. */
static void wait_wake(const struct thread *thread)
{
	TEE_Result res = TEE_SUCCESS;

	if (thread == NULL) {
		return;
	}
	for (unsigned int i = 0; i < WAIT_SEND_TRIES_MAX; i++) {
		res = wait_notify(RPC_NOTIFICATION_SEND, wait_value(thread), 0);
		if (res != TEE_ERROR_OUT_OF_MEMORY) {
			break;
		}
	}
	if (res != TEE_SUCCESS) {
		log_error("thread %u could not be woken: %#x", thread_index(thread), res);
	}
}

/* --- Queues, with the lock held --------------------------------------------------------------- */

static void waiter_init(struct waiter *waiter, struct mutex *mutex)
{
	*waiter = (struct waiter){ .thread = thread_current(), .mutex = mutex };
	list_init(&waiter->link);
}

/* The mutex goes to the first in the queue. Returns the thread to wake; NULL: nobody waits. */
static struct thread *mutex_pass(const struct spinlock_held *held, struct mutex *mutex)
{
	struct list *link = list_take_first(&mutex->queue.waiters);
	struct waiter *waiter;

	check(held->lock == &wait_lock);
	if (link == NULL) {
		mutex->owner = NULL;
		return NULL;
	}
	waiter = list_entry(link, struct waiter, link);
	waiter->owns = true;
	mutex->owner = waiter->thread;
	return waiter->thread;
}

/* The first waiter of the condition gets in line for its mutex. Returns the thread to wake, because
 * it has the mutex already; NULL: none. */
static struct thread *condition_promote(const struct spinlock_held *held,
					struct condition *condition)
{
	struct list *link = list_take_first(&condition->queue.waiters);
	struct waiter *waiter;

	check(held->lock == &wait_lock);
	if (link == NULL) {
		return NULL;
	}
	waiter = list_entry(link, struct waiter, link);
	waiter->signalled = true;
	list_add_back(&waiter->mutex->queue.waiters, &waiter->link);
	return waiter->mutex->owner == NULL ? mutex_pass(held, waiter->mutex) : NULL;
}

static bool waiter_owns(const struct waiter *waiter)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	bool owns = waiter->owns;

	spinlock_release(&held);
	return owns;
}

static void waiter_sleep_until_owner(struct waiter *waiter)
{
	while (!waiter_owns(waiter)) {
		(void)wait_sleep(waiter, RPC_NOTIFICATION_FOREVER);
	}
}

/* --- Mutexes ---------------------------------------------------------------------------------- */

void mutex_init(struct mutex *mutex)
{
	mutex->owner = NULL;
	list_init(&mutex->queue.waiters);
}

void mutex_lock(struct mutex *mutex)
{
	struct spinlock_held held;
	struct waiter waiter;
	bool free;

	waiter_init(&waiter, mutex);
	check(waiter.thread != NULL);
	check(lock_depth() == 0);

	held = spinlock_take(&wait_lock);
	check(mutex->owner != waiter.thread);
	free = mutex->owner == NULL;
	if (free) {
		mutex->owner = waiter.thread;
	} else {
		list_add_back(&mutex->queue.waiters, &waiter.link);
	}
	spinlock_release(&held);

	if (!free) {
		waiter_sleep_until_owner(&waiter);
	}
}

bool mutex_trylock(struct mutex *mutex)
{
	struct thread *thread = thread_current();
	struct spinlock_held held;
	bool free;

	check(thread != NULL);
	held = spinlock_take(&wait_lock);
	check(mutex->owner != thread);
	free = mutex->owner == NULL;
	if (free) {
		mutex->owner = thread;
	}
	spinlock_release(&held);
	return free;
}

void mutex_unlock(struct mutex *mutex)
{
	struct spinlock_held held;
	struct thread *next;

	check(lock_depth() == 0);
	held = spinlock_take(&wait_lock);
	check(mutex->owner != NULL && mutex->owner == thread_current());
	next = mutex_pass(&held, mutex);
	spinlock_release(&held);
	wait_wake(next);
}

bool mutex_held(const struct mutex *mutex)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	bool is_ours = mutex->owner != NULL && mutex->owner == thread_current();

	spinlock_release(&held);
	return is_ours;
}

/* --- Conditions ------------------------------------------------------------------------------- */

void condition_init(struct condition *condition)
{
	list_init(&condition->queue.waiters);
}

static bool waiter_signalled(const struct waiter *waiter)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	bool signalled = waiter->signalled;

	spinlock_release(&held);
	return signalled;
}

/* Leaves the condition's queue, unless a signal was faster. */
static bool waiter_gives_up(struct waiter *waiter)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	bool gives_up = !waiter->signalled;

	if (gives_up) {
		list_remove(&waiter->link);
	}
	spinlock_release(&held);
	return gives_up;
}

/* True when the waiter was signalled in time. The normal world's word is taken for it that the time
 * is over; but a wake-up without a reason, perhaps left over from an earlier wait, ends nothing. */
static bool waiter_sleep_until_signalled(struct waiter *waiter, uint32_t timeout_ms)
{
	uint64_t end = port_time_ns() + timeout_ms * WAIT_NS_PER_MS;
	uint64_t left = timeout_ms * WAIT_NS_PER_MS;

	while (!waiter_signalled(waiter)) {
		/* Rounded up: 0 would be forever. */
		uint32_t left_ms = (uint32_t)((left + WAIT_NS_PER_MS - 1) / WAIT_NS_PER_MS);
		TEE_Result res = wait_sleep(waiter, left_ms);
		uint64_t now = port_time_ns();

		if (res == TEE_ERROR_TIMEOUT || now >= end) {
			return !waiter_gives_up(waiter);
		}
		left = end - now;
	}
	return true;
}

TEE_Result condition_wait(struct condition *condition, struct mutex *mutex, uint32_t timeout_ms)
{
	struct spinlock_held held;
	struct waiter waiter;
	struct thread *next;

	waiter_init(&waiter, mutex);
	check(lock_depth() == 0);

	held = spinlock_take(&wait_lock);
	check(mutex->owner != NULL && mutex->owner == waiter.thread);
	list_add_back(&condition->queue.waiters, &waiter.link);
	next = mutex_pass(&held, mutex);
	spinlock_release(&held);
	wait_wake(next);

	if (timeout_ms != WAIT_FOREVER && !waiter_sleep_until_signalled(&waiter, timeout_ms)) {
		mutex_lock(mutex);
		return TEE_ERROR_TIMEOUT;
	}
	waiter_sleep_until_owner(&waiter);
	return TEE_SUCCESS;
}

void condition_signal(struct condition *condition)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	struct thread *next = condition_promote(&held, condition);

	spinlock_release(&held);
	wait_wake(next);
}

void condition_broadcast(struct condition *condition)
{
	struct spinlock_held held = spinlock_take(&wait_lock);
	struct thread *next = NULL;

	/* Only the first can find the mutex free, when they all wait with the same one. */
	while (!list_is_empty(&condition->queue.waiters)) {
		struct thread *promoted = condition_promote(&held, condition);

		check(promoted == NULL || next == NULL);
		next = promoted != NULL ? promoted : next;
	}
	spinlock_release(&held);
	wait_wake(next);
}
