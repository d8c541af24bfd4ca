#include "secure/core/lock.h"

#include "secure/core/check.h"
#include "secure/core/port.h"

/* Ranks only grow while locks are taken, so a set of ranks says all there is to know about what a
 * CPU holds. A cache line each: two CPUs that take different locks do not meet here. */
struct lock_cpu {
	_Alignas(64) uint32_t ranks;
};

static struct lock_cpu lock_cpus[PORT_CPUS_MAX];

static struct lock_cpu *lock_cpu(void)
{
	unsigned int cpu = port_cpu();

	check(cpu < PORT_CPUS_MAX);
	return &lock_cpus[cpu];
}

struct spinlock_held spinlock_take(struct spinlock *lock)
{
	struct spinlock_held held = { .lock = lock, .interrupts = port_interrupts_off() };
	struct lock_cpu *cpu = lock_cpu();
	unsigned int ticket;

	/* The order is broken whether or not somebody holds the lock just now. */
	check(cpu->ranks >> lock->rank == 0);
	cpu->ranks |= 1u << lock->rank;

	ticket = atomic_fetch_add_explicit(&lock->ticket_next, 1, memory_order_relaxed);
	while (atomic_load_explicit(&lock->ticket_serving, memory_order_acquire) != ticket) {
		port_relax();
	}
	return held;
}

void spinlock_release(struct spinlock_held *held)
{
	struct spinlock *lock = held->lock;
	struct lock_cpu *cpu = lock_cpu();
	unsigned int ticket;

	check(lock != NULL);
	check((cpu->ranks & 1u << lock->rank) != 0);
	held->lock = NULL;
	cpu->ranks &= ~(1u << lock->rank);

	/* Nobody else writes `serving` while the lock is held. */
	ticket = atomic_load_explicit(&lock->ticket_serving, memory_order_relaxed);
	atomic_store_explicit(&lock->ticket_serving, ticket + 1, memory_order_release);
	port_interrupts_restore(held->interrupts);
}

/* Who holds none may be moved to another CPU between the two looks. */
unsigned int lock_depth(void)
{
	uint32_t interrupts = port_interrupts_off();
	uint32_t ranks = lock_cpu()->ranks;
	unsigned int depth = 0;

	port_interrupts_restore(interrupts);
	for (; ranks != 0; ranks &= ranks - 1) {
		depth++;
	}
	return depth;
}
