/* cpu.c - which CPU this is, and its clock. */
#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/cpu.h"

#define NANOSECONDS 1000000000ull

/* Nanoseconds of one tick, times 2^32. */
static uint64_t clock_scale;

unsigned int port_cpu(void)
{
	return (unsigned int)arch_read("tpidr_el1");
}

void port_relax(void)
{
	__asm__ volatile("yield");
}

void clock_start(void)
{
	uint64_t frequency = arch_read("cntfrq_el0");

	check(frequency > 0);
	clock_scale = (NANOSECONDS << 32) / frequency;
}

uint64_t port_time_ns(void)
{
	arch_isb();
	return (uint64_t)((unsigned __int128)arch_read("cntpct_el0") * clock_scale >> 32);
}
