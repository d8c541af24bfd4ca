/* symbolize.h - names for the addresses that a dead TA leaves in the log. */
#ifndef NORMAL_TOOLS_SYMBOLIZE_H
#define NORMAL_TOOLS_SYMBOLIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/bits.h"
#include "lib/uuid.h"

/* What a line of the log says of a TA's program. */
struct symbolize_place {
	char uuid[UUID_TEXT_SIZE];
	/* From the load address; of a call, an instruction before the one that it returns to. */
	uint64_t offset;
};

/* false: the line (of secure/tee/run.c and backtrace.c, whatever is before it) says nothing. */
MUST_CHECK bool symbolize_parse(const char *line, struct symbolize_place *place);

/* The command line: copies a log from standard input to standard output. Returns the exit status:
 * 0, 1 (a name could not be looked for), or 64 for bad usage. */
int symbolize_main(int argc, char **argv);

#endif
