/* vectors.S - exceptions at S-EL1, and the way to user mode and back. */

#include "secure/port/aarch64/layout.h"

	.macro	function name
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	.endm

	.macro	end name
	.size	\name, . - \name
	.endm

	/* A mistake of our own. No stack can be trusted, and nothing is gone back to: the dump is written
	 * from the end of the CPU's own stack. x0 and x1 wait in registers that user mode has. */
	.macro	broken kind
	.balign	128
	msr	tpidrro_el0, x0
	msr	tpidr_el0, x1
	mov	x1, #\kind
	b	exception_broken
	.endm

	/* A foreign or native interrupt of a secure thread in the kernel. */
	.macro	interrupted work
	.balign	128
	sub	sp, sp, #192
	stp	x0, x1, [sp]
	stp	x29, x30, [sp, #144]
	adr	x0, \work
	b	kernel_interrupted
	.endm

	.macro	from_user how
	.balign	128
	stp	x0, x1, [sp, #16]
	mov	x1, #\how
	b	user_left
	.endm

	.section .text.vectors, "ax", %progbits
	.balign	2048
	.globl	exception_vectors
exception_vectors:
	/* On the stack that user mode has: the kernel is never there. */
	broken	0
	broken	1
	broken	2
	broken	3
	/* In the kernel. */
	broken	4
	interrupted interrupt_native
	interrupted interrupt_foreign
	broken	7
	/* In user mode. */
	from_user USER_LEFT_SYNC
	from_user USER_LEFT_IRQ
	from_user USER_LEFT_FIQ
	from_user USER_LEFT_ERROR
	/* In AArch32: there is none. */
	broken	12
	broken	13
	broken	14
	broken	15

	.text

/* Only secure threads are interrupted, so this is a thread's stack; it may go on at another CPU. */
kernel_interrupted:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x18, x2, [sp, #160]
	str	x3, [sp, #176]
	add	x29, sp, #144
	blr	x0
	ldp	x18, x2, [sp, #160]
	ldr	x3, [sp, #176]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x29, x30, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp]
	add	sp, sp, #192
	eret

/* x1: the vector. struct dump (panic.h): x0 to x30, sp, elr, spsr, esr, far. */
exception_broken:
	mov	x0, sp
	msr	sp_el0, x0
	ldr	x0, =dump_space
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	mrs	x2, sp_el0
	stp	x30, x2, [x0, #240]
	mrs	x2, tpidrro_el0
	mrs	x3, tpidr_el0
	stp	x2, x3, [x0]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [x0, #256]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [x0, #272]
	mov	x19, x0
	mov	x20, x1
	mrs	x0, tpidr_el1
	bl	cpu_stack
	mov	x29, #0
	mov	x0, x20
	mov	x1, x19
	bl	exception_report
	b	.
	.ltorg

/* --- User mode ---------------------------------------------------------------------------------- */

/* uint64_t user_enter(struct user_registers *registers): until it is left; USER_LEFT_*. Interrupts are off,
 * and stay so. What the compiler wants kept waits on the stack, below it two words for the vector. */
	function user_enter
	sub	sp, sp, #128
	str	x0, [sp]
	stp	x19, x20, [sp, #32]
	stp	x21, x22, [sp, #48]
	stp	x23, x24, [sp, #64]
	stp	x25, x26, [sp, #80]
	stp	x27, x28, [sp, #96]
	stp	x29, x30, [sp, #112]
	mov	x30, x0
	ldp	x1, x2, [x30, #USER_SP]
	ldp	x3, x4, [x30, #USER_PSTATE]
	msr	sp_el0, x1
	msr	elr_el1, x2
	msr	spsr_el1, x3
	msr	tpidr_el0, x4
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	eret

/* x0 and x1 are on the stack, x1 says how. */
user_left:
	ldr	x0, [sp]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	ldp	x2, x3, [sp, #16]
	stp	x2, x3, [x0]
	mrs	x4, sp_el0
	mrs	x5, elr_el1
	mrs	x6, spsr_el1
	mrs	x7, tpidr_el0
	stp	x4, x5, [x0, #USER_SP]
	stp	x6, x7, [x0, #USER_PSTATE]
	mov	x0, x1
	ldp	x19, x20, [sp, #32]
	ldp	x21, x22, [sp, #48]
	ldp	x23, x24, [sp, #64]
	ldp	x25, x26, [sp, #80]
	ldp	x27, x28, [sp, #96]
	ldp	x29, x30, [sp, #112]
	add	sp, sp, #128
	ret
	end user_enter

/* --- The vector registers ----------------------------------------------------------------------- */

	.macro	quads what
	.irp	n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30
	.altmacro
	quad_pair \what, \n, %(\n + 1)
	.noaltmacro
	.endr
	.endm

	.macro	quad_pair what, n, m
	\what	q\n, q\m, [x0, #\n * 16]
	.endm

/* void vector_save(struct vector *vector), vector_load(const struct vector *vector) */
	function vector_save
	quads	stp
	mrs	x1, fpcr
	mrs	x2, fpsr
	add	x0, x0, #512
	stp	x1, x2, [x0]
	ret
	end vector_save

	function vector_load
	quads	ldp
	add	x0, x0, #512
	ldp	x1, x2, [x0]
	msr	fpcr, x1
	msr	fpsr, x2
	ret
	end vector_load

/* --- The normal world's memory ------------------------------------------------------------------ */

/* void port_normal_read(void *to, const void *from, size_t size), port_normal_write(the same): each byte of
 * the normal world's is accessed once, for the instructions are these and no others. */
	function port_normal_read
	function port_normal_write
	subs	x2, x2, #16
	b.lo	2f
1:	ldp	x3, x4, [x1], #16
	subs	x2, x2, #16
	stp	x3, x4, [x0], #16
	b.hs	1b
2:	tbz	x2, #3, 3f
	ldr	x3, [x1], #8
	str	x3, [x0], #8
3:	tbz	x2, #2, 4f
	ldr	w3, [x1], #4
	str	w3, [x0], #4
4:	tbz	x2, #1, 5f
	ldrh	w3, [x1], #2
	strh	w3, [x0], #2
5:	tbz	x2, #0, 6f
	ldrb	w3, [x1]
	strb	w3, [x0]
6:	ret
	end port_normal_read
	end port_normal_write

	.section .note.GNU-stack, "", %progbits
