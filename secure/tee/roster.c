#include "secure/tee/roster.h"

#include <stddef.h>

#include "secure/core/check.h"

static struct spinlock roster_spinlock = SPINLOCK(LOCK_SESSION);

struct roster_locked roster_lock(void)
{
	return (struct roster_locked){ .held = spinlock_take(&roster_spinlock) };
}

void roster_unlock(struct roster_locked *locked)
{
	struct call *call = locked->woken;

	locked->woken = NULL;
	spinlock_release(&locked->held);
	while (call != NULL) {
		/* It is gone when it has been woken. */
		struct call *next = call->woken_next;

		call_wake(call);
		call = next;
	}
}

void roster_sleep(struct roster_locked *locked, struct list *queue)
{
	struct call *call = call_current();

	list_add_back(queue, &call->queue_link);
	roster_unlock(locked);
	call_sleep(call);
	*locked = roster_lock();
}

struct call *roster_wake_first(struct roster_locked *locked, struct list *queue)
{
	struct list *link = list_take_first(queue);
	struct call *call;

	check(locked->held.lock == &roster_spinlock);
	if (link == NULL) {
		return NULL;
	}
	call = list_entry(link, struct call, queue_link);
	call->woken_next = locked->woken;
	locked->woken = call;
	return call;
}

void roster_wake_all(struct roster_locked *locked, struct list *queue)
{
	while (roster_wake_first(locked, queue) != NULL) {
	}
}
