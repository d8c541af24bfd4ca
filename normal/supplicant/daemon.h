/* daemon.h - how a program goes into the background, and says that it is ready. */
#ifndef NORMAL_SUPPLICANT_DAEMON_H
#define NORMAL_SUPPLICANT_DAEMON_H

#include "lib/bits.h"

/* Continue in a child. The parent waits until it calls daemon_detach(), and exits: with success,
 * or with failure when the child dies before. Returns a descriptor for daemon_detach(), or a
 * negative errno in the parent. */
MUST_CHECK int daemon_fork(void);

/* The child is ready: let the parent go, and the terminal and the directory too. 0 or a negative
 * errno. */
MUST_CHECK int daemon_detach(int parent);

/* Tell the service manager that started us, if there is one ($NOTIFY_SOCKET), that we are ready.
 * 0, also when there is none; or a negative errno. */
MUST_CHECK int daemon_notify_ready(void);

#endif
