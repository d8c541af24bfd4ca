/* counter.h - the CPU's own counter: the only clock that the secure world has. */
#ifndef SECURE_PORT_HOST_COUNTER_H
#define SECURE_PORT_HOST_COUNTER_H

#include <stdint.h>

/* Ticks; the same on all CPUs but for a few. */
uint64_t counter_read(void);

/* Ticks a second as the CPU tells, 0 when it does not. */
uint64_t counter_frequency(void);

/* Begin, and end, finding out how fast the counter is: between the two lies whatever else there is
 * to do at start, and counter_calibrate() waits for what is missing. Before the filter is in force;
 * port_time_ns() works afterwards. */
void counter_start(void);
void counter_calibrate(void);

#endif
