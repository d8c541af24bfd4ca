/* filter.h - what the two tasks of a TA's process may ask of Linux. */
#ifndef SECURE_PORT_HOST_RUNNER_FILTER_H
#define SECURE_PORT_HOST_RUNNER_FILTER_H

#include <stdint.h>

#include "lib/bits.h"

/* Make ready what the manager installs itself, as the first thing it does. */
void filter_prepare_manager(void);

/* From now on this task may wait for `word`, wake who waits for it, and end the process. All else
 * raises SIGSYS. */
MUST_CHECK bool filter_enter_ta(const uint32_t *word);

#endif
