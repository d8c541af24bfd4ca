/* machine.h - the instructions that the monitor's C code needs. The tests have others in their place
 * (fake_machine.c). */
#ifndef MONITOR_MACHINE_H
#define MONITOR_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "monitor/feature.h"

struct cpu;
struct world;

uint32_t machine_read32(uintptr_t address);
void machine_write32(uintptr_t address, uint32_t value);

/* What was written before is seen by everybody before what is written after. */
void machine_barrier(void);

/* Make written code visible to instruction fetches. */
void machine_sync_code(const void *start, size_t size);

/* The tables of the map were changed: no CPU uses what they said before. */
void machine_map_changed(void);

/* The CPU interface of the interrupt controller: its registers on for all levels, the monitor's own
 * group on; group 1 of the secure world on or, with the normal world's, off; send and take the
 * monitor's own interrupts. */
void machine_interrupts_init(void);
void machine_interrupts_group1(bool on);
void machine_interrupt_send(unsigned int interrupt, unsigned int index);
uint32_t machine_interrupt_take(void);

void machine_features(struct feature_registers *registers);
/* EL3's own registers, and EL2's if there is one, as the normal world's kernel wants to find them when
 * it is entered. */
void machine_cpu_init(const struct features *features);

/* The normal world's vector registers to cpu->fp, after which they hold zeros; and back from there. */
void machine_fp_save(struct cpu *cpu);
void machine_fp_load(struct cpu *cpu);

/* EL1's registers of a world (switch_aarch64.S). */
void world_save_normal(struct world *world);
void world_load_normal(const struct world *world);
void world_save_secure(struct world *world);
void world_load_secure(const struct world *world);

/* Why this CPU came to EL3, and the address that it stumbled over. */
uint64_t machine_esr(void);
uint64_t machine_elr(void);
uint64_t machine_far(void);

/* Sleep until an interrupt is pending. */
void machine_wait(void);
/* This CPU is turned off: on an empty stack, to boot_later(). */
_Noreturn void cpu_park(void);
_Noreturn void machine_stop(void);

#endif
