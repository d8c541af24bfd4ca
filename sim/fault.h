/* fault.h - everything that can run out, counted, so that a scenario can make the n-th of it
 * fail.
 *
 * Counted are allocations of the driver (os_alloc, os_memory_alloc, os_memory_adopt, os_work)
 * and of the port (pages, mappings of normal memory, spaces and what is mapped in them). */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <limits.h>
#include <stdbool.h>

#define FAULT_NEVER UINT_MAX

/* From now on: count from 0, and let number `first` fail, with `count` - 1 that follow it. */
void fault_begin(unsigned int first, unsigned int count);
/* Nothing fails any more. Returns how many were counted. */
unsigned int fault_end(void);

/* Asked by whoever allocates: does it fail this time? */
bool fault_strikes(const char *what);

#endif
