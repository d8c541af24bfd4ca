/* host_entry.h - how a TA is entered on a PC: between src/entry_host.c and libutee. */
#ifndef HOST_ENTRY_H
#define HOST_ENTRY_H

#include "abi/host_ta.h"

/* Which function system calls go through from now on. */
void __utee_host_trap_set(host_ta_trap trap);

#endif
