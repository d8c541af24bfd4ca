/* program.h - where our other programs are: beside us in the build tree, or below libexec. */
#ifndef NORMAL_TOOLS_PROGRAM_H
#define NORMAL_TOOLS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/bits.h"

enum program {
	PROGRAM_POSTERND,
	PROGRAM_SECURE,
	PROGRAM_SUPPLICANT,
};

#define PROGRAM_PATH_MAX 1024

/* false: not found; said so on standard error. */
MUST_CHECK bool program_find(enum program program, char path[PROGRAM_PATH_MAX]);

/* Where TA images are looked for: $POSTERN_TA_PATH, the user's ($XDG_DATA_HOME/postern/ta), and those
 * that came with Postern; colon-separated. */
void program_ta_path(char *path, size_t size);

#endif
