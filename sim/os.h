/* os.h - what a scenario asks of the driver's operating system (os.c), besides
 * normal/driver/os.h. */
#ifndef SIM_OS_H
#define SIM_OS_H

#include <stddef.h>

struct driver_event;

void os_begin(void);

/* Allocations, mutexes and completions that the driver has not given back. */
size_t os_live(void);

/* Who sees each event of the driver. NULL: nobody. */
void os_observe(void (*observe)(void *arg, const struct driver_event *event), void *arg);

#endif
