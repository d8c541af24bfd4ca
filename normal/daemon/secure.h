/* secure.h - the secure world's process, seen from its parent.
 *
 * Start and stop from posternd's main thread: the process dies with the thread that started it. */
#ifndef NORMAL_DAEMON_SECURE_H
#define NORMAL_DAEMON_SECURE_H

#include <sys/types.h>

#include "lib/bits.h"
#include "normal/daemon/options.h"

struct secure {
	pid_t pid;
	int pidfd; /* readable when it has died */
};

/* Start it, hand it the device key, wait until it answers SMCs; the gate is attached. false: it did
 * not come up, and the log says why. */
MUST_CHECK bool secure_start(const struct options *options, struct secure *secure);

/* Kill it and everything it started, and show the rest of its console. */
void secure_stop(struct secure *secure);

/* How it ended, for people: "killed by signal 9 (Killed)". Call once pidfd is readable. */
const char *secure_epitaph(struct secure *secure);

#endif
