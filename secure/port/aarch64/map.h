/* map.h - the kernel's own address space. */
#ifndef SECURE_PORT_AARCH64_MAP_H
#define SECURE_PORT_AARCH64_MAP_H

#include <stdint.h>

/* What start.S puts into MAIR, TCR, TTBR0, TTBR1 and SCTLR of each CPU. */
struct map_registers {
	uint64_t mair;
	uint64_t tcr;
	uint64_t ttbr0;
	uint64_t ttbr1;
	uint64_t sctlr;
};
extern struct map_registers map_registers;

/* Fill the tables. With the MMU off, once, by the first CPU. */
void map_prepare(void);

/* The page at `address` (aligned, the kernel's memory) is not there any more: a guard. */
void map_guard(void *address);

/* The root of what the kernel sees: the window's entries are made there. */
uint64_t *map_root(void);

/* No TA: user addresses lead nowhere. */
uint64_t map_no_user(void);

#endif
