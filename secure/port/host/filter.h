/* filter.h - what the secure world, and the launcher, may ask of Linux (seccomp).
 *
 * Each list in filter.c says what a call is for. A sanitizer needs a few more: filter_extra_none.c
 * or filter_extra_sanitize.c, meson chooses. */
#ifndef SECURE_PORT_HOST_FILTER_H
#define SECURE_PORT_HOST_FILTER_H

#include <stdint.h>

#include "lib/bits.h"

/* From now on, for all threads of this process, any other call kills the process. `plug` is the one
 * socket that nothing may be sent on. */
MUST_CHECK bool filter_secure(int plug);

/* For the launcher and for what it executes, which makes a narrower filter of its own. Any other
 * call raises SIGSYS. */
MUST_CHECK bool filter_launcher(void);

/* Do now what could not be done any more later. */
void filter_extra_prepare(void);

/* Allow more calls in a filter that is being made (libseccomp's context). */
MUST_CHECK bool filter_extra(void *context);

#endif
