#include "monitor/dump.h"

#include <stddef.h>

#include "monitor/console.h"
#include "monitor/cpu.h"
#include "monitor/machine.h"
#include "monitor/power.h"

/* libfdt's archive and our own code end here when something wrote over their stack. */
_Noreturn void __stack_chk_fail(void);

extern uint64_t broken_registers[31];

static void dump_registers(const uint64_t *x)
{
	for (unsigned int i = 0; i < 30; i += 3) {
		console_print("monitor: x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i,
			      (unsigned long long)x[i], i + 1, (unsigned long long)x[i + 1], i + 2,
			      (unsigned long long)x[i + 2]);
	}
	console_print("monitor: x30 %016llx", (unsigned long long)x[30]);
}

static void dump_cause(void)
{
	console_print("monitor: esr %08llx  elr %016llx  far %016llx",
		      (unsigned long long)machine_esr(), (unsigned long long)machine_elr(),
		      (unsigned long long)machine_far());
}

_Noreturn void dump_stop(const char *why, const struct world *world)
{
	console_print("monitor: panic: %s", why);
	if (world != NULL) {
		dump_cause();
		console_print("monitor: spsr %08llx  scr %016llx", (unsigned long long)world->spsr,
			      (unsigned long long)world->scr);
		dump_registers(world->x);
	}
	power_off();
}

_Noreturn void monitor_broken_dump(uint64_t vector, uint64_t sp)
{
	console_print("monitor: panic: an exception in EL3 itself, vector %u",
		      (unsigned int)vector);
	dump_cause();
	console_print("monitor: sp %016llx (x29 is lost)", (unsigned long long)sp);
	dump_registers(broken_registers);
	power_off();
}

_Noreturn void __stack_chk_fail(void)
{
	dump_stop("a stack of the monitor is overwritten", NULL);
}
