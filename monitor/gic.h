/* gic.h - the interrupt controller (GICv3), divided between the worlds.
 *
 * Group 1 of the normal world has everything but: the secure timer (PPI 29) and software interrupts 8
 * to 14, which are the secure kernel's (group 1 secure), and software interrupt 15, which wakes a CPU
 * that is turned off (group 0, the monitor's). */
#ifndef MONITOR_GIC_H
#define MONITOR_GIC_H

#include <stdbool.h>
#include <stdint.h>

/* Once, by the first CPU. The other CPUs may use memory afterwards. */
void gic_init(void);

/* This CPU's part, before any other of these. */
void gic_cpu_init(unsigned int index);

/* What may interrupt this CPU: while it is turned off, only gic_wake(); afterwards what the worlds
 * enable. */
void gic_cpu_park(void);
void gic_cpu_unpark(void);

/* Wake CPU `index` from gic_sleep(), which may also return for nothing. */
void gic_wake(unsigned int index);
void gic_sleep(void);

/* Take the monitor's own interrupts, which have done their work by then. false: there was none. */
bool gic_take_wakes(void);

#endif
