/* Where postern-ta begins, and where it enters a TA. */

	.text

	.globl	_start
	.type	_start, %function
_start:
	mov	x29, xzr
	mov	x30, xzr
	bl	runner_main
	brk	#1
	.size	_start, . - _start

/* void arch_enter(uint64_t entry, uint64_t sp, const uint64_t args[4], host_ta_trap trap): as if
 * called, with nowhere to return to. */
	.globl	arch_enter
	.type	arch_enter, %function
arch_enter:
	mov	x9, x0
	and	x10, x1, #~15
	mov	sp, x10
	mov	x4, x3
	mov	x11, x2
	ldp	x0, x1, [x11]
	ldp	x2, x3, [x11, #16]
	mov	x29, xzr
	mov	x30, xzr
	br	x9
	.size	arch_enter, . - arch_enter

	.globl	arch_no_return
	.type	arch_no_return, %function
arch_no_return:
	brk	#1
	.size	arch_no_return, . - arch_no_return

	.section .note.GNU-stack, "", %progbits
