#include "sim/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE   256u
#define LINES_KEPT  2048u
#define LINES_SHOWN 40u

static uint64_t world_seed;
static char step[LINE_SIZE];
static char lines[LINES_KEPT][LINE_SIZE];
static unsigned int lines_count;

void trouble_begin(uint64_t seed)
{
	world_seed = seed;
	step[0] = '\0';
	lines_count = 0;
}

void trouble_step(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(step, sizeof(step), format, args);
	va_end(args);
}

void trouble_line(const char *text, size_t size)
{
	char *line = lines[lines_count % LINES_KEPT];

	size = strnlen(text, size);
	while (size > 0 && text[size - 1] == '\n') {
		size--;
	}
	snprintf(line, LINE_SIZE, "%.*s", (int)(size < LINE_SIZE ? size : LINE_SIZE - 1), text);
	lines_count++;
	if (getenv("SIM_LOG") != NULL) {
		fprintf(stderr, "# %s\n", line);
	}
}

bool trouble_said(const char *text)
{
	unsigned int first = lines_count > LINES_KEPT ? lines_count - LINES_KEPT : 0;

	for (unsigned int i = first; i < lines_count; i++) {
		if (strstr(lines[i % LINES_KEPT], text) != NULL) {
			return true;
		}
	}
	return false;
}

void trouble(const char *format, ...)
{
	unsigned int first = lines_count > LINES_SHOWN ? lines_count - LINES_SHOWN : 0;
	va_list args;

	fflush(stdout);
	for (unsigned int i = first; i < lines_count; i++) {
		fprintf(stderr, "# %s\n", lines[i % LINES_KEPT]);
	}
	fprintf(stderr, "# sim: seed %llu%s%s: ", (unsigned long long)world_seed,
		step[0] != '\0' ? ", " : "", step);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}
