/* notice.h - one system call that a program is waiting in, and the ways to answer it. */
#ifndef NORMAL_EXEC_NOTICE_H
#define NORMAL_EXEC_NOTICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/bits.h"

struct notice {
	int listener;
	uint64_t id;
	pid_t thread; /* the caller */
	int number;
	uint64_t args[6];
};

/* Best-effort settings of a listener. */
void notice_prepare(int listener);

/* Wait for the next one. false: there will be no more. */
MUST_CHECK bool notice_receive(int listener, struct notice *notice);

/* Is the caller still waiting? What was read of its memory is its own only if so afterwards. */
bool notice_is_valid(const struct notice *notice);

/* Exactly one of these ends a notice. A caller that is gone does not hear it. */

/* The call gives `value`; a negative one is an errno. */
void notice_answer(const struct notice *notice, int64_t value);
/* Let the kernel do the call. */
void notice_pass(const struct notice *notice);
/* Put a copy of `fd` into the caller's process: its number is the result. A negative errno: the
 * caller is gone, or has no room for it; in that case it was told. `fd` stays ours. */
int notice_answer_fd(const struct notice *notice, int fd, bool close_on_exec);

#endif
