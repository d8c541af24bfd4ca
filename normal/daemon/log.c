#include "normal/daemon/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_file = -1;
static int log_quiet;
static int detached;

static const char *const level_names[] = {
	[OS_LOG_ERROR] = "error: ",
	[OS_LOG_WARNING] = "warning: ",
	[OS_LOG_INFO] = "",
};

void daemon_log_open(const char *path, int quiet)
{
	log_quiet = quiet;
	log_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log_file < 0) {
		daemon_log(OS_LOG_WARNING, "cannot write the log file %s: %m", path);
	}
}

/* A terminal that went away costs the line, not the daemon. */
static void write_line(const char *line, size_t size, int important)
{
	struct iovec parts[] = {
		{ (void *)line, size },
		{ "\n", 1 },
	};

	pthread_mutex_lock(&lock);
	if (log_file >= 0 && writev(log_file, parts, 2) < 0) {
		important = 1;
	}
	if ((important || !log_quiet) && !detached && writev(STDERR_FILENO, parts, 2) < 0) {
		detached = 1;
	}
	pthread_mutex_unlock(&lock);
}

static void write_message(enum os_log_level level, const char *format, va_list args)
{
	char line[LOG_LINE_MAX];
	int size = snprintf(line, sizeof(line), "posternd: %s", level_names[level]);
	int more = vsnprintf(line + size, sizeof(line) - (size_t)size, format, args);

	if (more < 0) {
		return;
	}
	size += more;
	write_line(line, size < LOG_LINE_MAX ? (size_t)size : LOG_LINE_MAX - 1,
		   level == OS_LOG_ERROR);
}

void daemon_log(enum os_log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_message(level, format, args);
	va_end(args);
}

void daemon_log_console(const char *line, size_t size)
{
	write_line(line, size, 0);
}

void daemon_log_detach(void)
{
	pthread_mutex_lock(&lock);
	detached = 1;
	if (log_file >= 0) {
		dup2(log_file, STDERR_FILENO);
	}
	pthread_mutex_unlock(&lock);
}

void daemon_log_child(void)
{
	if (log_file >= 0) {
		dup2(log_file, STDERR_FILENO);
	}
}

void daemon_fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_message(OS_LOG_ERROR, format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}
