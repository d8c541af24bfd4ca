/* gate.h - the secure half of the mailbox that posternd shares with us (abi/gate.h). */
#ifndef SECURE_PORT_HOST_GATE_H
#define SECURE_PORT_HOST_GATE_H

#include <stdint.h>

#include "abi/gate.h"
#include "lib/bits.h"

/* The shared memory: the normal world writes it at any time. */
extern struct gate_memory *gate_shared;

/* Map what is behind `fd` (closed either way) and check its head. NULL or what is wrong with it. */
MUST_CHECK const char *gate_open(int fd);

/* CPUs that the normal world has; what gate_open() found. */
unsigned int gate_cpu_count(void);

/* Tell the normal world how we are. */
void gate_state_set(enum gate_state state);

/* Serve CPU `index` for ever, on a thread of its own. */
_Noreturn void gate_serve(unsigned int index);

#endif
