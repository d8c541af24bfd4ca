/* lock.h - the port's own locks, below all of the core's: held for a few instructions, one at a time,
 * with interrupts off. */
#ifndef SECURE_PORT_AARCH64_LOCK_H
#define SECURE_PORT_AARCH64_LOCK_H

#include <stdint.h>

#include "secure/core/port.h"

struct port_lock {
	uint32_t next;
	uint32_t serving;
};

static inline uint32_t port_lock_take(struct port_lock *lock)
{
	uint32_t interrupts = port_interrupts_off();
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
		port_relax();
	}
	return interrupts;
}

static inline void port_lock_release(struct port_lock *lock, uint32_t interrupts)
{
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
	port_interrupts_restore(interrupts);
}

#endif
