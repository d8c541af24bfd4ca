/* dump.h - the monitor's last words. */
#ifndef MONITOR_DUMP_H
#define MONITOR_DUMP_H

#include <stdint.h>

struct world;

/* Say why, show the registers of `world` unless it is NULL, and turn the machine off. */
_Noreturn void dump_stop(const char *why, const struct world *world);

/* Called by switch_aarch64.S on an exception in EL3 itself: the registers are in broken_registers. */
_Noreturn void monitor_broken_dump(uint64_t vector, uint64_t sp);

#endif
