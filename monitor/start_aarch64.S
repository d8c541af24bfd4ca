/* start_aarch64.S - the first instructions of every CPU, in flash at address 0. */

#include "monitor/offsets.h"

#define SCTLR_RESET 0x30C50830
/* MMU, data cache, stack alignment, instruction cache, nothing writable is executable. */
#define SCTLR_ON    0x0008100D

	.macro	load_constant to, value
	movz	\to, #((\value) & 0xFFFF)
	movk	\to, #((\value) >> 16 & 0xFFFF), lsl #16
	.endm

	.section .text.start, "ax", %progbits
	.globl	_start
_start:
	/* After a reset all CPUs come here, with MMU and caches off. */
	msr	daifset, #0xF
	load_constant x0, SCTLR_RESET
	msr	sctlr_el3, x0
	adr	x0, monitor_vectors
	msr	vbar_el3, x0
	isb
	mrs	x19, mpidr_el1
	/* Only the lowest affinity level counts CPUs on this machine. */
	ubfx	x20, x19, #8, #16
	cbnz	x20, unknown_cpu
	ubfx	x20, x19, #0, #8
	cmp	x20, #CPUS_MAX
	b.hs	unknown_cpu
	ldr	x0, =monitor_slots + CPU_GUARD_SIZE + CPU_STACK_SIZE
	mov	x1, #CPU_SLOT_SIZE
	madd	x0, x1, x20, x0
	mov	sp, x0
	cbnz	x20, later_cpu

	/* The first CPU makes memory what C expects. */
	ldr	x0, =monitor_bss_start
	ldr	x1, =monitor_bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	/* What libfdt's archive and our own code check their stacks with. */
	mrs	x0, id_aa64isar0_el1
	ubfx	x0, x0, #60, #4
	mrs	x1, cntpct_el0
	cbz	x0, 2f
	mrs	x1, s3_3_c2_c4_0	/* RNDR */
2:	ldr	x0, =__stack_chk_guard
	str	x1, [x0]
	bl	mmu_prepare
	bl	mmu_on
	mov	x0, sp
	bl	boot_first
	b	world_run

later_cpu:
	/* Memory is ready when the first CPU has turned the interrupt controller on. */
	load_constant x0, GICD_BASE
1:	ldr	w1, [x0]
	tbnz	w1, #GICD_CTLR_READY_BIT, 2f
	yield
	b	1b
2:	bl	mmu_on
	.globl	cpu_park
cpu_park:
	/* Also where a CPU that is turned off ends, wherever its stack was. */
	mrs	x20, mpidr_el1
	and	x20, x20, #0xFF
	ldr	x0, =monitor_slots + CPU_GUARD_SIZE + CPU_STACK_SIZE
	mov	x1, #CPU_SLOT_SIZE
	madd	x0, x1, x20, x0
	mov	sp, x0
	mov	x1, x20
	bl	boot_later
	b	world_run

unknown_cpu:
	wfi
	b	unknown_cpu

/* Uses the tables that mmu_prepare() made. */
	.type	mmu_on, %function
mmu_on:
	tlbi	alle3
	ldr	x0, =mmu_table
	msr	ttbr0_el3, x0
	ldr	x0, =mmu_mair
	ldr	x0, [x0]
	msr	mair_el3, x0
	ldr	x0, =mmu_tcr
	ldr	x0, [x0]
	msr	tcr_el3, x0
	ic	iallu
	dsb	sy
	isb
	mrs	x0, sctlr_el3
	load_constant x1, SCTLR_ON
	orr	x0, x0, x1
	msr	sctlr_el3, x0
	isb
	ret
	.size	mmu_on, . - mmu_on

	.ltorg

	.section .bss.guard, "aw", %nobits
	.balign	8
	.globl	__stack_chk_guard
__stack_chk_guard:
	.space	8

	.section .noinit.slots, "aw", %nobits
	.balign	4096
	.globl	monitor_slots
monitor_slots:
	.space	CPUS_MAX * CPU_SLOT_SIZE

	.section .noinit.broken, "aw", %nobits
	.balign	16
	.globl	broken_registers
broken_registers:
	.space	31 * 8 + 8
	.balign	16
	.space	4096
	.globl	broken_stack_end
broken_stack_end:

	.section .note.GNU-stack, "", %progbits
