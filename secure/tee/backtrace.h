/* backtrace.h - where a TA was when it died, in the log: one line for each call that had not
 * returned, innermost first.
 *
 * `postern ta symbolize` reads these lines and adds names to them: change both together. */
#ifndef SECURE_TEE_BACKTRACE_H
#define SECURE_TEE_BACKTRACE_H

#include <stdint.h>

#include "secure/tee/instance.h"

/* The rest of a deeper stack is left out. */
#define BACKTRACE_FRAMES_MAX 24u

/* Follow the frame pointers from `frame`. All of it is the TA's word, and a TA that died may have
 * overwritten it: what is not a return address into its program in its private memory, or does not
 * lead up the stack, ends the list. Call before instance_kill(). */
void backtrace_log(const struct instance *instance, uint64_t frame);

#endif
