/* space.h - what the address space of a TA is on this port: a process, and a list of system calls
 * that its manager has not made yet (runner.h). */
#ifndef SECURE_PORT_HOST_SPACE_H
#define SECURE_PORT_HOST_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "secure/core/port.h"
#include "secure/port/host/memory.h"
#include "secure/port/host/runner.h"

/* A memory object that the list needs: one of the two. */
struct space_object {
	struct memory_object *normal;
	struct port_pages *pages;
	int fd;
};

struct port_space {
	bool used;
	/* The process is gone, or did something else than it should: it must not run. */
	bool broken;
	struct runner_trap *trap;
	struct runner_control *control;
	int manager;
	unsigned int call_count;
	unsigned int object_count;
	struct space_object objects[RUNNER_OBJECTS_MAX];
};

#endif
