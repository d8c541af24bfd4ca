/* host.h - the host's gate: a mailbox in memory shared with the secure world's process.
 *
 * One gate a program. Set up by the daemon before the driver probes. */
#ifndef NORMAL_GATE_HOST_H
#define NORMAL_GATE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/gate.h"
#include "lib/bits.h"

/* Use `memory` (already laid out: magic, version, cpu_count) and `plug` (SOCK_SEQPACKET) from now on.
 * Both stay the caller's and must outlive every gate_smc(). */
void gate_attach(struct gate_memory *memory, int plug);

/* The secure world is gone: whoever is in gate_smc() comes back with SMC_ENOTAVAIL, and so does every
 * later call. Any thread, more than once. */
void gate_dead(void);

/* Tell the secure world of the memory object `fd` at physical [address, address + size), or that it is
 * no longer there. 0, or -ENODEV when the secure world is gone. May enter the secure world. */
MUST_CHECK int gate_plug(int fd, uint64_t address, uint64_t size);
void gate_unplug(uint64_t address, uint64_t size);

/* Sleep until the secure world has raised its notification interrupt since the last return from here;
 * false: it is gone (gate_dead()), or gate_interrupts_end() was called. One thread. */
MUST_CHECK bool gate_interrupt_wait(void);
void gate_interrupts_end(void);

#endif
