/* utee_entry.h - between src/, which is compiled into every TA, and libutee. */
#ifndef UTEE_ENTRY_H
#define UTEE_ENTRY_H

#include <compiler.h>
#include <tee_api_types.h>
#include <utee_types.h>

/* Where every entry ends up, whatever the machine: never returns, but to the secure kernel. */
void __ta_entry_c(unsigned long func, unsigned long session, struct utee_params *params,
		  unsigned long command) __noreturn;

/* Serve one entry: `params` is at the top of the TA's stack, and gets the answers. */
TEE_Result __utee_entry(unsigned long func, unsigned long session, struct utee_params *params,
			unsigned long command);

#endif
