/* uint32_t utee_trap(uint64_t number, const uint64_t args[8]) - number in x8, arguments in x0 to x7,
 * result in w0. */
	.text
	.balign	4
	.globl	utee_trap
	.type	utee_trap, %function
utee_trap:
	mov	x8, x0
	mov	x9, x1
	ldp	x0, x1, [x9]
	ldp	x2, x3, [x9, #16]
	ldp	x4, x5, [x9, #32]
	ldp	x6, x7, [x9, #48]
	svc	#0
	ret
	.size	utee_trap, . - utee_trap

	.section .note.GNU-stack, "", %progbits
