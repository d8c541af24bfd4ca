#include <stdarg.h>
#include <stdio.h>

#include "normal/client/include/teec_trace.h"

/* A line is printed in one piece; what is longer is cut. */
#define TRACE_LINE_MAX	   256u
#define TRACE_BYTES_A_LINE 16u

static const char *level_name(int level)
{
	static const char *const names[] = {
		[TRACE_ERROR] = "ERR",
		[TRACE_INFO] = "INF",
		[TRACE_DEBUG] = "DBG",
		[TRACE_FLOW] = "FLW",
	};

	return level >= TRACE_ERROR && level <= TRACE_FLOW ? names[level] : "UKN";
}

int _dprintf(const char *function, int line, int level, const char *prefix, const char *format, ...)
{
	char text[TRACE_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fprintf(stderr, "%s [%s] %s:%d: %s\n", level_name(level),
		       prefix != NULL ? prefix : "", function != NULL ? function : "", line, text);
}

void dump_buffer(const char *name, const uint8_t *buffer, size_t size)
{
	size_t i;

	fprintf(stderr, "%s (%zu bytes)\n", name != NULL ? name : "", size);
	for (i = 0; i < size && buffer != NULL; i++) {
		fprintf(stderr, "%02x%c", buffer[i],
			i + 1 == size || (i + 1) % TRACE_BYTES_A_LINE == 0 ? '\n' : ' ');
	}
}
