/* The manager: the task that changes a TA's address space, in the same address space.
 *
 * The TA is hostile, and whatever it may write here it writes at any time. So:
 *
 *  - What the manager does next is in registers and in the control pages. Those are mapped for
 *    reading only, and the memory object is sealed (F_SEAL_FUTURE_WRITE): no mprotect() could make
 *    them writable. The code and manager_reply are pages of the program that nothing may write.
 *  - There is no stack and no signal handler: all signals are blocked, and one that cannot be
 *    (its own fault, its own filter) ends the process.
 *  - Memory that the TA can write is touched by recvmsg() only: its header, its byte and its control
 *    message. A TA that changes them can make the kernel refuse, or put bytes into memory that it
 *    could write itself. Descriptors can get lost in this way, but those that arrive get the numbers
 *    that the secure world expects: they are the lowest free ones, in order, and the manager has
 *    none but its socket. A call that uses a lost one fails; the first call that does not return
 *    what the list expects ends the process, and with it the secure world's socket.
 *  - The reply is one constant byte. Only the manager can send it: the descriptor table is its own,
 *    the TA's task has no descriptor at all, and no system call to get one.
 *  - The TA may jump here: the filter of a system call is that of the task that makes it, and the
 *    TA's allows two (runner.c).
 *
 * rbx: the next call. r12: the end of the control pages. */

#include <sys/syscall.h>

#include "secure/port/host/runner.h"

#define MSG_NOSIGNAL 0x4000
#define MSGHDR_CONTROLLEN 40

	.text

/* long manager_clone(unsigned long flags) */
	.globl	manager_clone
	.type	manager_clone, @function
manager_clone:
	movl	$SYS_clone, %eax
	xorl	%esi, %esi
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	xorl	%r8d, %r8d
	syscall
	testq	%rax, %rax
	jz	manager
	ret
	.size	manager_clone, . - manager_clone

	.type	manager, @function
manager:
	/* seccomp(SECCOMP_SET_MODE_FILTER, 0, &manager_filter) */
	movl	$SYS_seccomp, %eax
	movl	$1, %edi
	xorl	%esi, %esi
	leaq	manager_filter(%rip), %rdx
	syscall
	testq	%rax, %rax
	jnz	manager_end

manager_list:
	/* recvmsg() leaves the length of what came here. */
	movq	$RUNNER_RIGHTS_SIZE, manager_header + MSGHDR_CONTROLLEN(%rip)
	movl	$SYS_recvmsg, %eax
	movl	$RUNNER_FD_SOCKET, %edi
	leaq	manager_header(%rip), %rsi
	xorl	%edx, %edx
	syscall
	cmpq	$1, %rax
	jne	manager_end
	leaq	runner_control_pages + RUNNER_CALLS(%rip), %rbx
	leaq	runner_control_pages + RUNNER_CONTROL_SIZE(%rip), %r12

manager_call:
	cmpq	%r12, %rbx
	jae	manager_end
	movq	(%rbx), %rax
	cmpq	$RUNNER_CALL_END, %rax
	je	manager_done
	movq	8(%rbx), %rdi
	movq	16(%rbx), %rsi
	movq	24(%rbx), %rdx
	movq	32(%rbx), %r10
	movq	40(%rbx), %r8
	movq	48(%rbx), %r9
	syscall
	cmpq	56(%rbx), %rax
	jne	manager_end
	addq	$RUNNER_CALL_SIZE, %rbx
	jmp	manager_call

manager_done:
	movl	$SYS_sendto, %eax
	movl	$RUNNER_FD_SOCKET, %edi
	leaq	manager_reply(%rip), %rsi
	movl	$1, %edx
	movl	$MSG_NOSIGNAL, %r10d
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	syscall
	cmpq	$1, %rax
	je	manager_list

manager_end:
	movl	$SYS_exit_group, %eax
	movl	$1, %edi
	syscall
	ud2
	.size	manager, . - manager

manager_reply:
	.byte	1

	.section .note.GNU-stack, "", @progbits
