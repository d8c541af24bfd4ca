/* entry_host.c - the first instruction of a TA on a PC (abi/host_ta.h). */
#include <compiler.h>
#include <host_entry.h>
#include <utee_entry.h>

void __ta_entry(unsigned long func, unsigned long session, struct utee_params *params,
		unsigned long command, host_ta_trap trap) __noreturn;

__no_stack_protector void __ta_entry(unsigned long func, unsigned long session,
				     struct utee_params *params, unsigned long command,
				     host_ta_trap trap)
{
	__utee_host_trap_set(trap);
	__ta_entry_c(func, session, params, command);
}
