/* mmu.h - EL3's own map: what is where, nothing writable executable, a hole below each stack. */
#ifndef MONITOR_MMU_H
#define MONITOR_MMU_H

/* Fill the tables. By the first CPU, with the MMU off. */
void mmu_prepare(void);

/* Booting is over: take the secure kernel's memory and the normal world's out of the map, for all
 * CPUs. */
void mmu_forget(void);

#endif
