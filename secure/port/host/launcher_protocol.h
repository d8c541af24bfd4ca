/* launcher_protocol.h - between launcher.c in the secure world and launcher_process.c. */
#ifndef SECURE_PORT_HOST_LAUNCHER_PROTOCOL_H
#define SECURE_PORT_HOST_LAUNCHER_PROTOCOL_H

#include <stdint.h>

#include "secure/port/host/launcher.h"

enum launcher_operation {
	/* With two descriptors: the trap page and the control pages. Answered. */
	LAUNCHER_SPAWN = 1,
	/* Not answered. */
	LAUNCHER_KILL = 2,
};

struct launcher_request {
	uint32_t operation;
	uint32_t slot;
	char name[LAUNCHER_NAME_SIZE];
};

/* With one descriptor, the manager's socket, or none: it could not be started. The first of all
 * answers no request: the launcher is ready. */
struct launcher_reply {
	uint32_t slot;
};

/* Become the launcher: serve the requests on `socket` until the other end is closed. */
_Noreturn void launcher_main(int socket, int program);

#endif
