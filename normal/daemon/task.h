/* task.h - who runs driver code in posternd, and how such a one is killed.
 *
 * A thread that serves a connection has a task of its own; a thread without one counts as a task that
 * nobody can kill. */
#ifndef NORMAL_DAEMON_TASK_H
#define NORMAL_DAEMON_TASK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct os_posix_completion;

struct task {
	pthread_mutex_t lock;
	atomic_bool killed;
	struct os_posix_completion *waiting; /* what it sleeps on, killably */
	pthread_cond_t asleep;		     /* os_sleep() */
};

void task_init(struct task *task);
void task_destroy(struct task *task);

/* The calling thread runs `task` from now on; NULL: none. */
void task_adopt(struct task *task);

/* Wake its killable waits, now and later. Any thread, more than once. */
void task_kill(struct task *task);

#endif
