/* call.h - a yielding call in progress: how deep in TAs its thread is, and what it waits for.
 *
 * Lives on the thread's stack from call_begin() to call_end(). */
#ifndef SECURE_TEE_CALL_H
#define SECURE_TEE_CALL_H

#include "lib/bits.h"
#include "lib/list.h"

struct turn;

/* A TA that calls a TA that calls a TA, and so on: so many at most. */
#define CALL_DEPTH_MAX 4u

struct call {
	/* TAs that the thread is in, one inside the other. */
	unsigned int depth;

	/* Sessions that a TA left behind. They are closed when this thread is inside no TA any
	 * more: then a wait for another TA cannot be a wait for ourselves, and the closing of one
	 * that leaves others behind is a loop and not a recursion. */
	struct list orphans;

	/* The roster's (roster.h): in a queue while it sleeps. */
	struct list queue_link;
	struct call *woken_next;
	struct sleeper *sleeper;
	struct turn *waiting;
};

/* At boot. */
void calls_init(void);

/* The secure thread that runs here begins and ends a call. At the end there is nothing left. */
void call_begin(struct call *call);
void call_end(struct call *call);

/* The call of the secure thread that runs here. There is one. */
struct call *call_current(void);

/* Sleep until woken, once; and wake, once, perhaps before the other has gone to sleep. With no lock
 * held. A call that was woken may end before call_wake() returns. */
void call_sleep(struct call *call);
void call_wake(struct call *call);

/* Move all sessions of the list `opened` to the orphans of the current call. */
void call_adopt(struct list *opened);

#endif
