/* fake_machine.h - a machine for the monitor's tests: what was done to it is written down, and what does
 * not return comes back to fake_leaves(). */
#ifndef MONITOR_FAKE_MACHINE_H
#define MONITOR_FAKE_MACHINE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

enum fake_end {
	FAKE_END_NONE,
	FAKE_END_PARKED,  /* cpu_park() */
	FAKE_END_STOPPED, /* machine_stop(): after power_off() or power_reset() */
	FAKE_END_PANIC,	  /* dump_stop() */
};

struct fake_machine {
	/* In the order in which they happened: n and s save the worlds' registers, N and S load them, f
	 * saves the vectors, F loads them, w waits for an interrupt, b tells boot.c, c sets the CPU up. */
	char log[64];
	unsigned int logged;
	const char *panic;
	uint64_t esr;
	/* Interrupts of the monitor's own that are pending, and who was woken last. */
	unsigned int wakes;
	unsigned int woken;
	bool secure_kernel_runs;
	/* The last register written, and its value. */
	uintptr_t written_address;
	uint32_t written_value;
	jmp_buf out;
};

extern struct fake_machine fake;

void fake_reset(void);

/* How `expression` ends, if it does not return. */
#define fake_leaves(expression)                                                                    \
	(setjmp(fake.out) == 0 ? ((void)(expression), FAKE_END_NONE) : fake_end())
enum fake_end fake_end(void);

#endif
