/* host_ta.h - how a TA image is entered and how it traps, on the host port.
 *
 * An image is the PC's own ELF (static PIE). It is entered, each time on a fresh stack, as the C
 * function
 *
 *	void entry(unsigned long func, unsigned long session, struct utee_params *params,
 *		   unsigned long command, host_ta_trap trap)
 *
 * at e_entry. It must not return: it ends with system call SYSCALL_RETURN. `trap` stays the same
 * for the life of the instance. A system call of abi/syscall.h is one call of it. */
#ifndef ABI_HOST_TA_H
#define ABI_HOST_TA_H

#include <stdint.h>

/* Returns the system call's TEE_Result. Does not return from SYSCALL_RETURN and SYSCALL_PANIC. All
 * eight words are read. */
typedef uint32_t (*host_ta_trap)(uint64_t number, const uint64_t args[8]);

#endif
