/* trap.c - on a PC the secure kernel passes a function at entry. */
#include "ta/libutee/trap.h"

#include <host_entry.h>

static host_ta_trap host_trap;

void __utee_host_trap_set(host_ta_trap trap)
{
	host_trap = trap;
}

uint32_t utee_trap(uint64_t number, const uint64_t args[SYSCALL_ARGS_MAX])
{
	return host_trap(number, args);
}
