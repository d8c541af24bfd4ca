#include "secure/port/host/cpu.h"

#include <sched.h>

#include "secure/core/port.h"
#include "secure/port/host/arch.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/stack.h"

/* Enough to catch a peer that answers at once from another CPU; a longer spin takes the CPU from
 * whoever is to answer. */
#define SPIN_MAX  300u
/* Whoever holds what this CPU waits for may be waiting for this CPU. */
#define RELAX_MAX 64u

static _Thread_local unsigned int cpu_index;
static _Thread_local unsigned int cpu_relaxed;
static unsigned int cpu_spins;

void cpu_set(unsigned int index)
{
	cpu_index = index;
}

void cpu_start(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 1) {
		cpu_spins = SPIN_MAX;
	}
}

void cpu_spin(const uint32_t *word, uint32_t value)
{
	for (unsigned int i = 0; i < cpu_spins && futex_read(word) == value; i++) {
		arch_pause();
	}
}

unsigned int port_cpu(void)
{
	return cpu_index;
}

void port_relax(void)
{
	arch_pause();
	cpu_relaxed++;
	if (cpu_relaxed % RELAX_MAX == 0) {
		sched_yield();
	}
}

/* A foreign interrupt is a word that port_user_run() looks at: it arrives nowhere else. */
uint32_t port_interrupts_off(void)
{
	return 0;
}

void port_interrupts_restore(uint32_t state)
{
	(void)state;
}

void port_stack_switch(struct port_stack *from, struct port_stack *to)
{
	stack_switch(from, to);
}
