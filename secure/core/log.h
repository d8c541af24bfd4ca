/* log.h - words for the developer.
 *
 * One line a call, without a newline; at most LOG_LINE_MAX bytes reach the console, the rest is
 * cut. The level and the secure thread are put in front ("I/TC:3 ", or "I/TC:- " outside of secure
 * threads), and what is not printable is replaced. Never log a secret or a pointer. */
#ifndef SECURE_CORE_LOG_H
#define SECURE_CORE_LOG_H

#include <stddef.h>

#define LOG_LINE_MAX 256u

enum log_level {
	LOG_ERROR = 1,
	LOG_INFO = 2,
	LOG_DEBUG = 3,
	LOG_FLOW = 4,
};

void log_level_set(enum log_level level);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* Text that a TA wrote (hostile bytes): copied to the console line by line with everything that is
 * not printable replaced. Nothing is put in front; a line that is too long becomes several, an
 * empty one none. */
void log_user(const char *text, size_t size);

#endif
