/* task.h - who runs normal-world code: coroutines under a scheduler that follows the seed, and
 * the clock they all share.
 *
 * One task runs at a time, until it waits or gives others a turn; who is next is drawn from the
 * seed. The test itself is the first task, on the process's own stack. Time is virtual: it
 * passes a little with every step, and when nobody can run it jumps to where somebody can. */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#include <stdint.h>

#include "lib/bits.h"
#include "lib/list.h"

#define TASKS_MAX 80u

struct task;

/* The calling stack becomes the first task; the others are gone. */
void task_begin(uint64_t seed);
/* Every task but the first has ended. */
void task_end(void);

/* Run work(arg) as a task of its own. NULL: there are TASKS_MAX. The task is the caller's until
 * task_join(); one that nobody joins is gone when its work returns: task_detach(). */
MUST_CHECK struct task *task_start(const char *name, void (*work)(void *arg), void *arg);
void task_detach(struct task *task);
void task_join(struct task *task);

struct task *task_current(void);
/* Wakes it where it can be woken by that, and stays so. */
void task_kill(struct task *task);
bool task_killed(const struct task *task);

/* How many locks the calling task holds; `change` is added. */
unsigned int task_locks(int change);

/* Let others run, or go on: the seed decides. */
void task_yield(void);

#define TASK_FOREVER UINT64_MAX

enum task_patience {
	TASK_STUBBORN, /* a kill does not end the wait */
	TASK_KILLABLE,
};

enum task_woken {
	TASK_WOKEN,
	TASK_TIMEOUT,
	TASK_INTERRUPTED,
};

/* Wait in `queue` (NULL: in none) until task_wake(), until the clock says `deadline_ns`, or until
 * killed. `what` is for people. */
enum task_woken task_wait(struct list *queue, const char *what, uint64_t deadline_ns,
			  enum task_patience patience);
/* Wake one that waits in `queue`, if there is one: which, the seed decides. */
void task_wake(struct list *queue);

/* Every task waits for another, and no deadline is left: `resolve` may change that (kill somebody)
 * and returns true, or else the world ends with a message. NULL: it always does. */
void task_on_deadlock(bool (*resolve)(void *arg), void *arg);

uint64_t task_time_ns(void);
void task_time_pass(uint64_t ns);

#endif
