#include "normal/supplicant/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_NAME     "tee-supplicant"
#define LOG_LINE_MAX 512

static atomic_bool to_system;

void log_to_system(void)
{
	openlog(LOG_NAME, LOG_PID, LOG_DAEMON);
	to_system = true;
}

/* In one piece, for other threads write too. */
__attribute__((format(printf, 2, 0))) static void log_line(int priority, const char *format,
							   va_list args)
{
	char line[LOG_LINE_MAX];

	vsnprintf(line, sizeof(line), format, args);
	if (to_system) {
		syslog(priority, "%s", line);
	} else {
		fprintf(stderr, "%s: %s\n", LOG_NAME, line);
	}
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_ERR, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(LOG_INFO, format, args);
	va_end(args);
}
