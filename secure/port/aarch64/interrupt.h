/* interrupt.h - interrupts at S-EL1. Those of the normal world ("foreign") come as FIQ, ours ("native") as
 * IRQ: the interrupt controller sees to that. */
#ifndef SECURE_PORT_AARCH64_INTERRUPT_H
#define SECURE_PORT_AARCH64_INTERRUPT_H

/* Leave the secure world so that the normal world can take its interrupt, and come back. On a secure
 * thread, from an exception. */
void interrupt_foreign(void);

/* Take and finish the pending native interrupt. With interrupts off, on any stack. */
void interrupt_native(void);

#endif
