/* fake_cpu.c - for the tests of what is plain C here: a CPU that is alone. */
#include <stdio.h>
#include <stdlib.h>

#include "secure/core/port.h"

uint32_t port_interrupts_off(void)
{
	return 0;
}

void port_interrupts_restore(uint32_t state)
{
	(void)state;
}

void port_relax(void)
{
}

void port_panic(const char *why)
{
	fprintf(stderr, "panic: %s\n", why);
	abort();
}
