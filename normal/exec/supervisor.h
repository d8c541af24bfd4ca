/* supervisor.h - the process that stands between a program, with all that it starts, and posternd. */
#ifndef NORMAL_EXEC_SUPERVISOR_H
#define NORMAL_EXEC_SUPERVISOR_H

/* Run `command` so that /dev/tee0 and /dev/teepriv0 are those of the TEE in `directory`; its exit
 * status, 128 plus the number of the signal that killed it, 127 or 126 when it cannot be run. What it
 * leaves running keeps the devices. Signals as usual for a program that waits for another: those of
 * the terminal are ignored here, SIGTERM and SIGHUP handed on. Call with one thread only.
 * 1: it cannot be done here, which was said on standard error. */
int supervise(const char *directory, char **command);

#endif
