/* port.h - the machine that the secure world runs on in the simulation: one CPU, a virtual clock, a
 * seeded entropy source, and counters of what it has given out (port*.c, secure/core/port.h). */
#ifndef SIM_PORT_H
#define SIM_PORT_H

#include <stddef.h>
#include <stdint.h>

void port_begin(uint64_t seed);

/* Secure pages given out. */
size_t port_pages_live(void);

/* Address spaces, and ranges mapped in them. */
size_t port_spaces_live(void);
size_t port_space_ranges_live(void);

/* Every `period`th time that user mode is entered or goes on, a foreign interrupt comes first. 0:
 * none ever does. */
void port_interrupt_every(unsigned int period);

/* Who is told that the notification interrupt is raised, in the midst of the secure world. NULL: it
 * must not be. */
void port_on_notification(void (*raise)(void *arg), void *arg);

/* Interrupts are off, or a spinlock is held, as long as this is not 0. */
unsigned int port_interrupts_masked(void);

#endif
