/* Where postern-ta begins, and where it enters a TA. */

	.text

	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	runner_main
	ud2
	.size	_start, . - _start

/* void arch_enter(uint64_t entry, uint64_t sp, const uint64_t args[4], host_ta_trap trap): as if
 * called, with nowhere to return to. */
	.globl	arch_enter
	.type	arch_enter, @function
arch_enter:
	movq	%rdi, %rax
	movq	%rcx, %r8
	movq	%rsi, %rsp
	andq	$-16, %rsp
	movq	%rdx, %r9
	movq	0(%r9), %rdi
	movq	8(%r9), %rsi
	movq	16(%r9), %rdx
	movq	24(%r9), %rcx
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%r9d, %r9d
	cld
	pushq	$0
	jmp	*%rax
	.size	arch_enter, . - arch_enter

	.globl	arch_no_return
	.type	arch_no_return, @function
arch_no_return:
	ud2
	.size	arch_no_return, . - arch_no_return

	.section .note.GNU-stack, "", @progbits
