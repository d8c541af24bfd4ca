/* place.h - where a TEE lives: a directory for its sockets and one for its state. */
#ifndef NORMAL_TOOLS_PLACE_H
#define NORMAL_TOOLS_PLACE_H

#include <stdbool.h>

#include "lib/bits.h"

#define PLACE_DEFAULT  "default"
#define PLACE_PATH_MAX 512

struct place {
	char directory[PLACE_PATH_MAX]; /* $XDG_RUNTIME_DIR/postern/NAME */
	char state[PLACE_PATH_MAX];	/* $XDG_STATE_HOME/postern/NAME */
};

/* The place of the TEE called `name` (letters, digits, '-', '_', '.'; not starting with a dot). Nothing
 * is created. Without XDG_RUNTIME_DIR it is /tmp/postern-UID, refused when it is not ours alone.
 * false: said why on standard error. */
MUST_CHECK bool place_named(const char *name, struct place *place);

/* A fresh place for one command, created; `state` lies inside and goes with it. */
MUST_CHECK bool place_private(struct place *place);

/* Make both directories, 0700, and all above them. */
MUST_CHECK bool place_create(const struct place *place);

/* Remove `directory` and everything in it. */
void place_remove(const struct place *place);

/* Make `path` and its parents, 0700. */
MUST_CHECK bool directory_create(const char *path);

#endif
