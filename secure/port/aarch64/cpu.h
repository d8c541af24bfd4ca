/* cpu.h - the clock of the CPUs. */
#ifndef SECURE_PORT_AARCH64_CPU_H
#define SECURE_PORT_AARCH64_CPU_H

/* Once, at boot: the counter's frequency. */
void clock_start(void);

#endif
