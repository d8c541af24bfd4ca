/* control_client.h - talk to a running posternd's control socket (normal/daemon/control.h). */
#ifndef NORMAL_TOOLS_CONTROL_CLIENT_H
#define NORMAL_TOOLS_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdio.h>

#include "lib/bits.h"

/* Connected to the TEE in `directory`, or -1: none runs there. */
MUST_CHECK int control_connect(const char *directory);

/* Send {"do": command}; the stream of answer lines is read with control_read(). NULL: the TEE hung up.
 * Takes `fd` over. */
MUST_CHECK FILE *control_ask(int fd, const char *command);

/* The next line, a new reference; NULL at the end of the stream, and for what is not JSON. */
MUST_CHECK json_t *control_read(FILE *stream);

#endif
