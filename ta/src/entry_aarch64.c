/* entry_aarch64.c - the first instruction of a TA at S-EL0: x0 to x3 are the arguments. */
#include <compiler.h>
#include <utee_entry.h>

void __ta_entry(unsigned long func, unsigned long session, struct utee_params *params,
		unsigned long command) __noreturn;

__no_stack_protector void __ta_entry(unsigned long func, unsigned long session,
				     struct utee_params *params, unsigned long command)
{
	__ta_entry_c(func, session, params, command);
}
