/* start.S - how the secure kernel is entered, and how it leaves: TF-A's convention for OP-TEE (abi/smc.h).
 *
 * Every entry begins on the CPU's own stack, empty, with everything masked; every exit is an SMC that
 * does not return. */

#include "secure/port/aarch64/layout.h"

	.arch	armv8.2-a

	.macro	function name
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	.endm

	.macro	end name
	.size	\name, . - \name
	.endm

	/* Leave with what OPTEED_RETURN_* says; x1 and more are set. */
	.macro	leave id
	movz	w0, #0xBE00, lsl #16
	movk	w0, #\id
	smc	#0
	b	.
	.endm

	/* Where the CPU has it (ID_AA64MMFR1_EL1.PAN), the kernel cannot reach what user mode can. Uses x9. */
	.macro	keep_off_user
	mrs	x9, id_aa64mmfr1_el1
	tst	x9, #(0xF << 20)
	b.eq	.Lno_pan\@
	msr	pan, #1
.Lno_pan\@:
	.endm

/* --- The first CPU ------------------------------------------------------------------------------ */

/* x2: the device tree. MMU and caches are off. */
	.section .text.start, "ax", %progbits
	.globl	_start
_start:
	mov	x19, x2
	ldr	x0, =kernel_zero_start
	ldr	x1, =kernel_zero_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	mov	x0, #0
	bl	cpu_stack
	bl	map_prepare
	bl	mmu_on
	mov	x0, #0
	msr	tpidr_el1, x0
	mov	x0, x19
	bl	kernel_boot
	adr	x1, opteed_vectors
	leave	0

/* x0: index. Sets sp to the end of its stack; uses x1 and x2. */
	.globl	cpu_stack
cpu_stack:
	ldr	x1, =cpu_stacks
	mov	x2, #(LAYOUT_PAGE + LAYOUT_CPU_STACK_SIZE)
	add	x0, x0, #1
	madd	x1, x0, x2, x1
	mov	sp, x1
	ret

/* From the tables that map_prepare() made. */
mmu_on:
	ldr	x0, =exception_vectors
	msr	vbar_el1, x0
	ldr	x0, =map_registers
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	ldr	x5, [x0, #32]
	tlbi	vmalle1
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	/* The vector registers are whose we interrupt. */
	msr	cpacr_el1, xzr
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el1, x5
	isb
	keep_off_user
	ret

/* --- What the monitor calls --------------------------------------------------------------------- */

	.balign	16
	.globl	opteed_vectors
opteed_vectors:
	b	enter_call	/* yielding */
	b	enter_call	/* fast */
	b	enter_cpu_on
	b	enter_cpu_off
	b	enter_cpu_resume
	b	enter_cpu_suspend
	b	enter_interrupt
	b	enter_system_off
	b	enter_system_reset

/* x0 to x7: the caller's registers, which leave as x1 to x4. PSTATE is what the monitor likes at each entry. */
enter_call:
	ldr	w8, kernel_dead_address
	ldr	w8, [x8]
	cbnz	w8, enter_dead
	keep_off_user
	stp	x6, x7, [sp, #-16]!
	stp	x4, x5, [sp, #-16]!
	stp	x2, x3, [sp, #-16]!
	stp	x0, x1, [sp, #-16]!
	mov	x0, sp
	bl	tee_enter
	ldp	x1, x2, [sp], #16
	ldp	x3, x4, [sp], #32
	add	sp, sp, #16
	leave	5

kernel_dead_address:
	.word	kernel_dead

/* The secure world has stopped: every call gets the same answer. */
enter_dead:
	mov	x1, #7	/* SMC_ENOTAVAIL */
	mov	x2, #0
	mov	x3, #0
	mov	x4, #0
	leave	5

/* A CPU that starts: MMU off. Its number in the only cluster says which stack is its own; one that has none does
 * not start. */
enter_cpu_on:
	mrs	x19, mpidr_el1
	ubfx	x0, x19, #8, #16
	ubfx	x1, x19, #32, #8
	orr	x0, x0, x1
	and	x19, x19, #0xFF
	mov	x1, #1
	cbnz	x0, 1f
	cmp	x19, #LAYOUT_CPUS_MAX
	b.hs	1f
	mov	x0, x19
	bl	cpu_stack
	bl	mmu_on
	msr	tpidr_el1, x19
	mov	x1, #0
1:	leave	1

/* Nothing of the kernel stays on a CPU between calls. */
enter_cpu_off:
	mov	x1, #0
	leave	2

enter_cpu_suspend:
	mov	x1, #0
	leave	3

/* The monitor gave the registers back, or it started the CPU anew and came by enter_cpu_on. */
enter_cpu_resume:
	mov	x1, #0
	leave	4

/* An interrupt of ours came while the normal world ran. */
enter_interrupt:
	bl	interrupt_native
	leave	6

enter_system_off:
	bl	console_flush
	leave	7

enter_system_reset:
	bl	console_flush
	leave	8

/* _Noreturn void kernel_leave_dead(bool booting): the last exit of a CPU that found a broken invariant. */
	function kernel_leave_dead
	cbz	x0, enter_dead
	mov	x1, #0
	leave	0
	end kernel_leave_dead

	.ltorg

/* --- Stacks of secure threads ------------------------------------------------------------------- */

	.text

/* void port_stack_switch(struct port_stack *from, struct port_stack *to) */
	function port_stack_switch
	mrs	x9, daif
	msr	daifset, #3
	stp	x19, x20, [sp, #-112]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	str	x9, [sp, #96]
	mov	x10, sp
	ldr	x11, [x1, #STACK_POINTER]
	str	x10, [x0, #STACK_POINTER]
	mov	sp, x11
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldr	x9, [sp, #96]
	ldp	x19, x20, [sp], #112
	msr	daif, x9
	ret
	end port_stack_switch

/* Where a fresh stack begins: x19 is the work, x20 its argument. */
	function stack_enter
	mov	x29, #0
	mov	x0, x20
	blr	x19
	brk	#1
	end stack_enter

/* --- Stacks of CPUs ----------------------------------------------------------------------------- */

	.section .stacks, "aw", %nobits
	.balign	LAYOUT_PAGE
	.globl	cpu_stacks
cpu_stacks:
	.skip	LAYOUT_CPUS_MAX * (LAYOUT_PAGE + LAYOUT_CPU_STACK_SIZE)

	.section .note.GNU-stack, "", %progbits
