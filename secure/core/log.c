#include "secure/core/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "lib/format.h"
#include "secure/core/lock.h"
#include "secure/core/port.h"
#include "secure/core/thread.h"

static atomic_int log_level_now = LOG_INFO;
static struct spinlock log_lock = SPINLOCK(LOCK_LOG);

void log_level_set(enum log_level level)
{
	atomic_store_explicit(&log_level_now, level, memory_order_relaxed);
}

static char log_letter(enum log_level level)
{
	static const char letters[] = {
		[LOG_ERROR] = 'E',
		[LOG_INFO] = 'I',
		[LOG_DEBUG] = 'D',
		[LOG_FLOW] = 'F',
	};

	return level >= LOG_ERROR && level <= LOG_FLOW ? letters[level] : '?';
}

/* What the other side named may end up in a line: it must not forge a second line, nor move the
 * developer's cursor. */
static char log_printable(char c)
{
	if (c == '\t') {
		return ' ';
	}
	return c >= ' ' && c <= '~' ? c : '?';
}

static void log_write(char *line, size_t size)
{
	struct spinlock_held held;

	for (size_t i = 0; i < size; i++) {
		line[i] = log_printable(line[i]);
	}
	line[size] = '\n';
	held = spinlock_take(&log_lock);
	port_console_write(line, size + 1);
	spinlock_release(&held);
}

/* "I/TC:3 ", or "I/TC:- " outside of secure threads. */
static size_t log_prefix(char line[LOG_LINE_MAX], enum log_level level)
{
	const struct thread *thread = thread_current();
	char letter = log_letter(level);
	int length;

	if (thread == NULL) {
		length = format_print(line, LOG_LINE_MAX, "%c/TC:- ", letter);
	} else {
		length =
			format_print(line, LOG_LINE_MAX, "%c/TC:%u ", letter, thread_index(thread));
	}
	return (size_t)length;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;
	size_t used;
	size_t room;
	int length;

	if ((int)level > atomic_load_explicit(&log_level_now, memory_order_relaxed)) {
		return;
	}
	used = log_prefix(line, level);
	room = sizeof(line) - used;

	va_start(args, format);
	length = format_vprint(line + used, room, format, args);
	va_end(args);

	/* The newline takes the place of the terminating NUL. */
	if (length < 0 || (size_t)length >= room) {
		length = (int)room - 1;
	}
	log_write(line, used + (size_t)length);
}

void log_user(const char *text, size_t size)
{
	char line[LOG_LINE_MAX];
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		bool ends = text[i] == '\n';

		if (!ends) {
			line[used] = text[i];
			used++;
		}
		if (used > 0 && (ends || used == LOG_LINE_MAX - 1 || i + 1 == size)) {
			log_write(line, used);
			used = 0;
		}
	}
}
