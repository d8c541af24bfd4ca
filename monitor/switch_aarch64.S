/* switch.S - EL3's exceptions, and the world switch.
 *
 * A call of the normal world to the secure one, and the secure world's answer, never leave this file.
 * Everything else saves the general registers of the world that was stopped and goes to dispatch.c. */

#include "monitor/offsets.h"

#define ESR_CLASS_SHIFT 26
#define ESR_CLASS_SMC64 0x17

#define SCR_NS_BIT 0

	.macro	function name
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	.endm

	.macro	end name
	.size	\name, . - \name
	.endm

	.macro	save_pair base, at, one, two
	mrs	x8, \one
	mrs	x9, \two
	stp	x8, x9, [\base, #WORLD_EL1 + \at * 16]
	.endm

	.macro	load_pair base, at, one, two
	ldp	x8, x9, [\base, #WORLD_EL1 + \at * 16]
	msr	\one, x8
	msr	\two, x9
	.endm

/* In the order of enum el1_register. */
	.macro	each_pair what, base
	\what	\base, 0, sctlr_el1, cpacr_el1
	\what	\base, 1, ttbr0_el1, ttbr1_el1
	\what	\base, 2, tcr_el1, mair_el1
	\what	\base, 3, vbar_el1, contextidr_el1
	\what	\base, 4, tpidr_el1, tpidr_el0
	\what	\base, 5, tpidrro_el0, sp_el0
	\what	\base, 6, sp_el1, cntkctl_el1
	.endm

	.macro	each_pair_of_normal what, base
	each_pair \what, \base
	\what	\base, 7, elr_el1, spsr_el1
	\what	\base, 8, esr_el1, far_el1
	\what	\base, 9, par_el1, csselr_el1
	.endm

/* x29 and x30 are there already; the base is the stack pointer or a register. */
	.macro	save_general base
	stp	x0, x1, [\base, #0]
	stp	x2, x3, [\base, #16]
	stp	x4, x5, [\base, #32]
	stp	x6, x7, [\base, #48]
	stp	x8, x9, [\base, #64]
	stp	x10, x11, [\base, #80]
	stp	x12, x13, [\base, #96]
	stp	x14, x15, [\base, #112]
	stp	x16, x17, [\base, #128]
	stp	x18, x19, [\base, #144]
	stp	x20, x21, [\base, #160]
	stp	x22, x23, [\base, #176]
	stp	x24, x25, [\base, #192]
	stp	x26, x27, [\base, #208]
	.endm

	.macro	load_general_from_4 base
	ldp	x4, x5, [\base, #32]
	ldp	x6, x7, [\base, #48]
	ldp	x8, x9, [\base, #64]
	ldp	x10, x11, [\base, #80]
	ldp	x12, x13, [\base, #96]
	ldp	x14, x15, [\base, #112]
	ldp	x16, x17, [\base, #128]
	ldp	x18, x19, [\base, #144]
	ldp	x20, x21, [\base, #160]
	ldp	x22, x23, [\base, #176]
	ldp	x24, x25, [\base, #192]
	ldp	x26, x27, [\base, #208]
	.endm

	.section .text.vectors, "ax", %progbits
	.balign	2048
	.globl	monitor_vectors
monitor_vectors:
	.macro	unexpected kind
	.balign	128
	msr	tpidr_el3, x30
	mov	x29, #\kind
	b	monitor_broken
	.endm

	/* From EL3 itself: x29 is lost, the stack is not touched. */
	unexpected 0
	unexpected 1
	unexpected 2
	unexpected 3
	unexpected 4
	unexpected 5
	unexpected 6
	unexpected 7

	/* From a lower level, in AArch64. */
	.balign	128
	stp	x29, x30, [sp, #CPU_SCRATCH]
	mrs	x30, esr_el3
	lsr	x30, x30, #ESR_CLASS_SHIFT
	cmp	x30, #ESR_CLASS_SMC64
	b.ne	lower_other
	mrs	x30, scr_el3
	tbz	x30, #SCR_NS_BIT, secure_smc
	ubfx	w30, w0, #CALL_OWNER_SHIFT, #6
	cmp	w30, #CALL_OWNER_FIRST
	b.hs	normal_call
	mov	x30, #LOWER_SMC
	b	lower_slow
	.balign	128
	stp	x29, x30, [sp, #CPU_SCRATCH]
	mov	x30, #LOWER_IRQ
	b	lower_slow
	.balign	128
	stp	x29, x30, [sp, #CPU_SCRATCH]
	mov	x30, #LOWER_FIQ
	b	lower_slow
	.balign	128
	stp	x29, x30, [sp, #CPU_SCRATCH]
	mov	x30, #LOWER_SERROR
	b	lower_slow

	/* From a lower level, in AArch32: nobody runs there. */
	unexpected 12
	unexpected 13
	unexpected 14
	unexpected 15

	.section .text.switch, "ax", %progbits

/* --- The call and its answer ------------------------------------------------------------------ */

normal_call:
	ldr	x30, [sp, #CPU_VECTORS]
	cbz	x30, normal_call_refused
	save_general sp
	ldp	x8, x9, [sp, #CPU_SCRATCH]
	str	x28, [sp, #224]
	stp	x8, x9, [sp, #232]
	mrs	x8, elr_el3
	mrs	x9, spsr_el3
	stp	x8, x9, [sp, #WORLD_ELR]
	each_pair_of_normal save_pair, sp
	add	x29, sp, #CPU_SECURE
	each_pair load_pair, x29
	ldp	x8, x9, [x29, #WORLD_SCR]
	msr	scr_el3, x8
	msr	cptr_el3, x9
	/* The first branch of the table is for yielding calls, the second for fast ones. */
	ubfx	w9, w0, #31, #1
	add	x30, x30, x9, lsl #2
	mov	x8, #SPSR_SECURE
	msr	elr_el3, x30
	msr	spsr_el3, x8
	eret

/* There is no secure kernel. */
normal_call_refused:
	mov	x0, #-1
	ldp	x29, x30, [sp, #CPU_SCRATCH]
	eret

/* The general registers of the secure kernel are of no use to it: it begins anew at each entry. */
secure_smc:
	/* Only the answer to a call, with nothing to give back; dispatch.c sees to the rest. */
	ldp	x29, x30, [sp, #CPU_FP_LENT]
	orr	x29, x29, x30
	movz	w30, #CALL_DONE_HIGH, lsl #16
	movk	w30, #CALL_DONE_LOW
	cmp	w0, w30
	ccmp	x29, #0, #0, eq
	b.ne	secure_slow
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	add	x29, sp, #CPU_SECURE
	each_pair save_pair, x29
	each_pair_of_normal load_pair, sp
	ldp	x8, x9, [sp, #WORLD_ELR]
	ldp	x10, x11, [sp, #WORLD_SCR]
	msr	elr_el3, x8
	msr	spsr_el3, x9
	msr	scr_el3, x10
	msr	cptr_el3, x11
	load_general_from_4 sp
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	eret

/* --- Everything else -------------------------------------------------------------------------- */

lower_other:
	mov	x30, #LOWER_OTHER
	b	lower_slow
secure_slow:
	mov	x30, #LOWER_SMC

/* x30 says why. monitor_lower(cpu, world, reason) says which world goes on. */
lower_slow:
	mrs	x29, scr_el3
	tst	x29, #(1 << SCR_NS_BIT)
	add	x29, sp, #CPU_SECURE
	b.eq	1f
	mov	x29, sp
1:	save_general x29
	str	x28, [x29, #224]
	ldp	x8, x9, [sp, #CPU_SCRATCH]
	stp	x8, x9, [x29, #232]
	mrs	x8, elr_el3
	mrs	x9, spsr_el3
	stp	x8, x9, [x29, #WORLD_ELR]
	mov	x0, sp
	mov	x1, x29
	mov	x2, x30
	bl	monitor_lower
	b	world_run

/* x0: the world that runs. EL1's registers are its own already. */
	function world_run
	mov	x30, x0
	ldp	x8, x9, [x30, #WORLD_ELR]
	ldp	x10, x11, [x30, #WORLD_SCR]
	msr	elr_el3, x8
	msr	spsr_el3, x9
	msr	scr_el3, x10
	msr	cptr_el3, x11
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	load_general_from_4 x30
	ldr	x28, [x30, #224]
	ldp	x29, x30, [x30, #232]
	eret
	end world_run

/* void world_save_normal(struct world *), world_load_normal(const struct world *), and the same for the
 * secure world: the registers of EL1. */
	function world_save_normal
	each_pair_of_normal save_pair, x0
	ret
	end world_save_normal

	function world_load_normal
	each_pair_of_normal load_pair, x0
	ret
	end world_load_normal

	function world_save_secure
	each_pair save_pair, x0
	ret
	end world_save_secure

	function world_load_secure
	each_pair load_pair, x0
	ret
	end world_load_secure

/* --- The vector registers --------------------------------------------------------------------- */

	.arch	armv8.2-a+sve

	.macro	each_vector what
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\what	z\n, [x0, #\n, mul vl]
	.endr
	addvl	x0, x0, #16
	.irp	n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\what	z\n, [x0, #\n - 16, mul vl]
	.endr
	.endm

	.macro	each_predicate what
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\what	p\n, [x0, #\n, mul vl]
	.endr
	.endm

	.macro	each_quad what
	.irp	n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	fp_pair \what, \n
	.endr
	.endm

	.macro	fp_pair what, n
	.altmacro
	fp_pair_of \what, \n, %(\n+1)
	.noaltmacro
	.endm

	.macro	fp_pair_of what, n, m
	\what	q\n, q\m, [x0, #\n * 16]
	.endm

/* void fp_save_sve(void *fp, bool first_fault), fp_load_sve(const void *fp, bool first_fault): all of
 * them, at the length they have. Streaming mode may have no first-fault register. */
	function fp_save_sve
	mov	x2, x0
	each_vector str
	add	x0, x2, #FP_PREDICATES
	each_predicate str
	cbz	w1, fp_save_control
	rdffr	p0.b
	mov	x3, #FP_FFR
	add	x0, x2, x3
	str	p0, [x0]
	b	fp_save_control
	end fp_save_sve

	function fp_load_sve
	mov	x2, x0
	each_vector ldr
	cbz	w1, 1f
	mov	x3, #FP_FFR
	add	x0, x2, x3
	ldr	p0, [x0]
	wrffr	p0.b
1:	add	x0, x2, #FP_PREDICATES
	each_predicate ldr
	b	fp_load_control
	end fp_load_sve

/* The same on a CPU without SVE. */
	function fp_save_plain
	mov	x2, x0
	each_quad stp
fp_save_control:
	mov	x3, #FP_CONTROL
	add	x0, x2, x3
	mrs	x3, fpcr
	mrs	x4, fpsr
	stp	x3, x4, [x0]
	ret
	end fp_save_plain

	function fp_load_plain
	mov	x2, x0
	each_quad ldp
fp_load_control:
	mov	x3, #FP_CONTROL
	add	x0, x2, x3
	ldp	x3, x4, [x0]
	msr	fpcr, x3
	msr	fpsr, x4
	ret
	end fp_load_plain

/* void fp_clear(void): what the secure world finds in them. */
	function fp_clear
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	ret
	end fp_clear

/* --- Mistakes of our own ---------------------------------------------------------------------- */

/* x29 is the vector, TPIDR_EL3 the old x30. A stack of its own, for the stack may be what is broken.
 * monitor_broken_dump(vector, sp). */
monitor_broken:
	ldr	x30, =broken_registers
	stp	x0, x1, [x30, #0]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	str	x28, [x30, #224]
	mrs	x0, tpidr_el3
	mov	x1, sp
	str	x0, [x30, #240]
	mov	x0, x29
	ldr	x2, =broken_stack_end
	mov	sp, x2
	bl	monitor_broken_dump
	b	.
	.ltorg

	.section .note.GNU-stack, "", %progbits
