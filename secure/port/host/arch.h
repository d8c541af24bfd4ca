/* arch.h - what this machine does in its own way; arch_ARCH.c, meson chooses. */
#ifndef SECURE_PORT_HOST_ARCH_H
#define SECURE_PORT_HOST_ARCH_H

/* The instruction for the middle of a wait loop. */
void arch_pause(void);

#endif
