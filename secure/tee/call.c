#include "secure/tee/call.h"

#include <stdbool.h>

#include "secure/core/check.h"
#include "secure/core/thread.h"
#include "secure/core/wait.h"

/* One for each thread, and not in the call: it is in use for a moment after the sleeper woke. */
struct sleeper {
	struct mutex mutex;
	struct condition condition;
	bool woken;
};

static struct sleeper sleepers[THREADS_MAX];

void calls_init(void)
{
	for (unsigned int i = 0; i < THREADS_MAX; i++) {
		mutex_init(&sleepers[i].mutex);
		condition_init(&sleepers[i].condition);
		sleepers[i].woken = false;
	}
}

void call_begin(struct call *call)
{
	struct thread *thread = thread_current();

	check(thread != NULL && thread_call(thread) == NULL);
	*call = (struct call){ .sleeper = &sleepers[thread_index(thread)] };
	list_init(&call->orphans);
	list_init(&call->queue_link);
	thread_set_call(thread, call);
}

void call_end(struct call *call)
{
	check(call_current() == call);
	check(call->depth == 0 && call->waiting == NULL);
	check(list_is_empty(&call->orphans) && list_is_empty(&call->queue_link));
	thread_set_call(thread_current(), NULL);
}

struct call *call_current(void)
{
	struct thread *thread = thread_current();

	check(thread != NULL && thread_call(thread) != NULL);
	return thread_call(thread);
}

void call_sleep(struct call *call)
{
	struct sleeper *sleeper = call->sleeper;

	mutex_lock(&sleeper->mutex);
	while (!sleeper->woken) {
		/* Without a time limit there is nothing to report. */
		(void)condition_wait(&sleeper->condition, &sleeper->mutex, WAIT_FOREVER);
	}
	sleeper->woken = false;
	mutex_unlock(&sleeper->mutex);
}

void call_wake(struct call *call)
{
	struct sleeper *sleeper = call->sleeper;

	mutex_lock(&sleeper->mutex);
	check(!sleeper->woken);
	sleeper->woken = true;
	condition_signal(&sleeper->condition);
	mutex_unlock(&sleeper->mutex);
}

void call_adopt(struct list *opened)
{
	struct call *call = call_current();
	struct list *link;

	while ((link = list_take_first(opened)) != NULL) {
		list_add_back(&call->orphans, link);
	}
}
