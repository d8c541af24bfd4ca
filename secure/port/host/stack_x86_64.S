/* The stack switch on x86-64. The control words of the floating-point units are not switched: the
 * secure world never changes them. */

	.text

/* void stack_swap(void **save, void *load) */
	.globl	stack_swap
	.type	stack_swap, @function
	.balign	16
stack_swap:
	.cfi_startproc
	endbr64
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	.cfi_adjust_cfa_offset -8
	popq	%r14
	.cfi_adjust_cfa_offset -8
	popq	%r13
	.cfi_adjust_cfa_offset -8
	popq	%r12
	.cfi_adjust_cfa_offset -8
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	stack_swap, . - stack_swap

/* void *stack_fresh(void *top, void (*begin)(void *arg), void *arg): what stack_swap() would have
 * pushed, with begin in %rbx and arg in %r12, and stack_enter to return to. */
	.globl	stack_fresh
	.type	stack_fresh, @function
	.balign	16
stack_fresh:
	.cfi_startproc
	endbr64
	leaq	stack_enter(%rip), %rax
	movq	$0, -8(%rdi)
	movq	%rax, -16(%rdi)
	movq	$0, -24(%rdi)
	movq	%rsi, -32(%rdi)
	movq	%rdx, -40(%rdi)
	movq	$0, -48(%rdi)
	movq	$0, -56(%rdi)
	movq	$0, -64(%rdi)
	leaq	-64(%rdi), %rax
	ret
	.cfi_endproc
	.size	stack_fresh, . - stack_fresh

	.type	stack_enter, @function
	.balign	16
stack_enter:
	.cfi_startproc
	.cfi_undefined rip
	addq	$8, %rsp
	movq	%r12, %rdi
	call	*%rbx
	ud2
	.cfi_endproc
	.size	stack_enter, . - stack_enter

	.section .note.GNU-stack, "", @progbits
