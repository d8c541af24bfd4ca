/* normal_aarch64.S - a kernel for the normal world that tries the monitor, as far as C cannot. */

#define SCTLR_ON 0x30D01805	/* MMU and caches */
#define MAIR	 0x04FF
#define TCR	 0x180803520	/* 32 bits of address, write-back, inner shareable; nothing in TTBR1; 36 bits */

/* Where the monitor enters at EL2, go on at EL1 with x0 as it is. */
	.macro	leave_el2
	mrs	x1, currentel
	cmp	x1, #(2 << 2)
	b.ne	1f
	mov	x1, #0x22FF		/* vectors are not trapped */
	msr	cptr_el2, x1
	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #32, #4
	cbz	x1, 2f
	mov	x1, #0xF
	msr	s3_4_c1_c2_0, x1	/* ZCR_EL2 */
2:	mov	x1, #0x3C5
	msr	spsr_el2, x1
	adr	x1, 1f
	msr	elr_el2, x1
	eret
1:
	.endm

	.section .text.start, "ax", %progbits
	.globl	_start
_start:
	leave_el2
	msr	daifset, #0xF
	ldr	x1, =stack_first
	mov	sp, x1
	bl	machine_on
	bl	normal_main
1:	wfi
	b	1b

/* Where CPU_ON starts another CPU: its context argument is in x0. */
	.globl	normal_second
normal_second:
	leave_el2
	ldr	x1, =stack_second
	mov	sp, x1
	bl	machine_on
	bl	normal_second_main
1:	wfi
	b	1b

/* Where a CPU_SUSPEND that powers down goes on: x0 is where its stack was. */
	.globl	normal_resumed
normal_resumed:
	leave_el2
	mov	sp, x0
	bl	machine_on
	mov	x0, #1
	b	suspend_return

/* int normal_suspend(void): 1 when it came back through normal_resumed. */
	.globl	normal_suspend
normal_suspend:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	movz	x0, #0x0001
	movk	x0, #0xC400, lsl #16
	movz	x1, #0x0001, lsl #16
	ldr	x2, =normal_resumed
	mov	x3, sp
	smc	#0
suspend_return:
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret

machine_on:
	ldr	x1, =vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	ldr	x1, =map
	msr	ttbr0_el1, x1
	mov	x1, #MAIR
	msr	mair_el1, x1
	ldr	x1, =TCR
	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	sy
	isb
	ldr	x1, =SCTLR_ON
	msr	sctlr_el1, x1
	isb
	ret

/* void normal_call(struct normal_registers *): an SMC with x0 to x30 from there, and back into it. */
	.globl	normal_call
normal_call:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x30, x0
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
	smc	#0
	str	x30, [sp, #104]
	ldr	x30, [sp, #96]
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
	stp	x28, x29, [x30, #224]
	ldr	x0, [sp, #104]
	str	x0, [x30, #240]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

	.arch	armv8.2-a+sve

	.macro	each_vector what
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\what	z\n, [x0, #\n, mul vl]
	.endr
	addvl	x0, x0, #16
	.irp	n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\what	z\n, [x0, #\n - 16, mul vl]
	.endr
	addvl	x0, x0, #16
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\what	p\n, [x0, #\n, mul vl]
	.endr
	.endm

	.macro	each_quad what
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\what	q\n, [x0, #\n * 16]
	.endr
	.endm

	.macro	has_sve
	mrs	x9, id_aa64pfr0_el1
	ubfx	x9, x9, #32, #4
	.endm

/* uint64_t normal_vector_size(void): of one register, in bytes; vectors are on afterwards. */
	.globl	normal_vector_size
normal_vector_size:
	mrs	x0, cpacr_el1
	orr	x0, x0, #(3 << 16)
	msr	cpacr_el1, x0
	isb
	has_sve
	cbnz	x9, 1f
	mov	x0, #16
	ret
1:	mov	x0, #0xF
	msr	s3_0_c1_c2_0, x0	/* ZCR_EL1 */
	isb
	rdvl	x0, #1
	ret

/* void normal_vectors_load(const void *), normal_vectors_store(void *): all of them. */
	.globl	normal_vectors_load
normal_vectors_load:
	has_sve
	cbz	x9, 1f
	each_vector ldr
	ret
1:	each_quad ldr
	ret
	.globl	normal_vectors_store
normal_vectors_store:
	has_sve
	cbz	x9, 1f
	each_vector str
	ret
1:	each_quad str
	ret

/* uint64_t normal_call_simple(id, a1, a2, a3): touches no other register. */
	.globl	normal_call_simple
normal_call_simple:
	smc	#0
	ret

/* uint64_t normal_probe(address): reads it; 1 when that was an abort. */
	.globl	normal_probe
normal_probe:
	ldr	x1, =probe_aborted
	str	xzr, [x1]
	ldr	w0, [x0]
	dsb	sy
	isb
	ldr	x0, [x1]
	ret

	.section .text.vectors, "ax", %progbits
	.balign	2048
vectors:
	.balign	128
	b	.
	.balign	128
	b	.
	.balign	128
	b	.
	.balign	128
	b	.
	/* From EL1 itself: the only exception that is expected is the probe's. */
	.balign	128
	stp	x0, x1, [sp, #-16]!
	ldr	x0, =probe_aborted
	mov	x1, #1
	str	x1, [x0]
	mrs	x0, elr_el1
	add	x0, x0, #4
	msr	elr_el1, x0
	ldp	x0, x1, [sp], #16
	eret
	.balign	2048

	.section .data.map, "aw", %progbits
	.balign	4096
map:
	.quad	0x0000000000000401 | 0x4	/* devices, and what cannot be reached */
	.quad	0x0000000040000701		/* memory */
	.quad	0x0000000080000701
	.quad	0
	.balign	8
probe_aborted:
	.quad	0

	.section .bss.stacks, "aw", %nobits
	.balign	16
	.space	16384
stack_first:
	.space	16384
stack_second:

	.section .note.GNU-stack, "", %progbits
