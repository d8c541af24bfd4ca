/* log.h - where posternd's words go: standard error as long as somebody reads it, and a file. */
#ifndef NORMAL_DAEMON_LOG_H
#define NORMAL_DAEMON_LOG_H

#include <stddef.h>

#include "normal/driver/os.h"

/* Log to `path` (appended, created 0600) from now on, and to standard error; when `quiet`, errors alone
 * go there. */
void daemon_log_open(const char *path, int quiet);

__attribute__((format(printf, 2, 3))) void daemon_log(enum os_log_level level, const char *format,
						      ...);

/* A line of the secure console, as it is (no newline). */
void daemon_log_console(const char *line, size_t size);

/* Whoever started us is done: let go of standard error, for it may be a pipe that somebody reads to its
 * end. What others write there (a sanitizer) goes to the log file. */
void daemon_log_detach(void);

/* In a child, between fork and exec: what it writes to standard error goes to the log file instead. */
void daemon_log_child(void);

/* Log and exit with status 1. */
_Noreturn __attribute__((format(printf, 1, 2))) void daemon_fatal(const char *format, ...);

#endif
