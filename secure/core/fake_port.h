/* fake_port.h - a machine for the core's tests, in one process.
 *
 * A stack is a POSIX thread of which at most one of each CPU runs, so every sanitizer understands
 * the switches. The normal world's memory is a memfd, seen by the test as one block and by the
 * core through mappings of single pages. Whatever the core may not do aborts the test. */
#ifndef SECURE_CORE_FAKE_PORT_H
#define SECURE_CORE_FAKE_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secure/core/port.h"

#define FAKE_NORMAL_BASE  0x40000000ull
#define FAKE_NORMAL_PAGES 4096u
#define FAKE_SPACE_LOW	  0x10000ull
#define FAKE_STACK_SIZE	  (4u << 20)
#define FAKE_CONSOLE_SIZE 65536u

/* For fake.*_allowed: no limit. */
#define FAKE_UNLIMITED (-1)

struct fake_port {
	/* How many more times these succeed. */
	long pages_allowed;
	long maps_allowed;
	long spaces_allowed;
	long space_maps_allowed;
	long unmaps_allowed;
	long commits_allowed;
	/* Where user addresses end. */
	uint64_t space_high;

	uint64_t time_ns;
	/* Is there RAM at physical address 0? */
	bool normal_has_page_0;
	/* Called once, in the midst of the next mapping of normal memory. */
	void (*map_hook)(void);
	/* Called once, the next time that a CPU turns interrupts off, just before: the last moment for
	 * one to arrive. */
	void (*interrupt_hook)(void);
	/* Called after each read of normal memory, with what was read. */
	void (*normal_read_hook)(const void *from, size_t size);

	/* What the core holds. */
	long pages_live;
	long maps_live;
	long spaces_live;
	/* What it did. */
	long normal_reads;
	long maps_made;
	long notifications_raised;
	/* Text, all of it since fake_reset(). */
	char console[FAKE_CONSOLE_SIZE];
	size_t console_size;
	size_t console_writes;
};

extern struct fake_port fake;

/* Between tests: limits off, counters of deeds, time and console back to 0. The core has to hold
 * nothing. */
void fake_reset(void);

/* The CPU that the calling POSIX thread is. 0 until set. */
void fake_cpu_set(unsigned int cpu);

/* How deep this CPU has interrupts off. */
unsigned int fake_interrupts_off(void);

/* The normal world's own view of its memory. */
void *fake_normal(uint64_t address);

/* The lowest usable byte of the stack that was created as number `i`. */
void *fake_stack_base(unsigned int i);

/* What was handed out by the last port_random() but `back`. */
const void *fake_random_given(unsigned int back);

/* What user mode reaches at `address` since the last commit: the access, 0 for nothing, and the
 * byte itself. */
unsigned int fake_space_access(struct port_space *space, uint64_t address, uint8_t **byte);

/* --- Panics ---------------------------------------------------------------------------------- */

/* A panic ends a process, so each is tried in one of its own: this program again. */
struct fake_panic {
	const char *name;
	void (*scenario)(void);
};

/* For main(), first of all: when the arguments say so, run a scenario and never return. */
void fake_panics_serve(const struct fake_panic *panics, size_t count, int argc, char **argv);

/* Fails the test unless the scenario panics with words that contain `why`. */
void fake_panic_expect(const char *name, const char *why);

#endif
