/* launcher.h - the process that starts and ends TAs' processes.
 *
 * The secure world may not start a process; the launcher may, and holds no secret: it is forked off
 * before the first one is read. It starts postern-ta for a slot, tells when that process is gone
 * (runner_control.dead, with a wake-up, after the last of its tasks is), and kills it when asked.
 * When the secure world goes, so does the launcher, and with it every TA. When the launcher goes, the
 * kernel kills the secure world: it could not tell any more whether a TA lives. */
#ifndef SECURE_PORT_HOST_LAUNCHER_H
#define SECURE_PORT_HOST_LAUNCHER_H

#include "lib/bits.h"

#define LAUNCHER_SLOTS_MAX 128u
/* With the NUL. */
#define LAUNCHER_NAME_SIZE 64u

/* Start the launcher, which executes `program` for each TA (closed here). While this process has one
 * thread and no secret. NULL or what went wrong. */
MUST_CHECK const char *launcher_start(int program);

/* Wait until it serves. Meanwhile there is other work to do. NULL or what went wrong. */
MUST_CHECK const char *launcher_wait(void);

/* Start a process in a free `slot`, with the two memory objects of runner.h; the caller has
 * mapped `control`, nobody can map it for writing afterwards. Returns the socket of its manager, or
 * -1. */
MUST_CHECK int launcher_spawn(unsigned int slot, const char *name, int trap, int control);

/* Kill the process in `slot`. It is gone when its word `dead` is 1. */
void launcher_kill(unsigned int slot);

#endif
