/* The manager. manager_x86_64.S says what it is, and why the TA that shares its memory cannot make
 * use of it: no stack, no memory but the control pages, which cannot be written here.
 *
 * x19: the next call. x20: the end of the control pages. */

#include <sys/syscall.h>

#include "secure/port/host/runner.h"

#define MSG_NOSIGNAL 0x4000
#define MSGHDR_CONTROLLEN 40

	.text

/* long manager_clone(unsigned long flags) */
	.globl	manager_clone
	.type	manager_clone, %function
manager_clone:
	mov	x8, #SYS_clone
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, xzr
	svc	#0
	cbz	x0, manager
	ret
	.size	manager_clone, . - manager_clone

	.type	manager, %function
manager:
	/* seccomp(SECCOMP_SET_MODE_FILTER, 0, &manager_filter) */
	mov	x8, #SYS_seccomp
	mov	x0, #1
	mov	x1, xzr
	adrp	x2, manager_filter
	add	x2, x2, :lo12:manager_filter
	svc	#0
	cbnz	x0, manager_end

manager_list:
	/* recvmsg() leaves the length of what came here. */
	adrp	x1, manager_header
	add	x1, x1, :lo12:manager_header
	mov	x9, #RUNNER_RIGHTS_SIZE
	str	x9, [x1, #MSGHDR_CONTROLLEN]
	mov	x8, #SYS_recvmsg
	mov	x0, #RUNNER_FD_SOCKET
	mov	x2, xzr
	svc	#0
	cmp	x0, #1
	b.ne	manager_end
	adrp	x19, runner_control_pages
	add	x19, x19, :lo12:runner_control_pages
	mov	x20, #RUNNER_CONTROL_SIZE
	add	x20, x19, x20
	add	x19, x19, #RUNNER_CALLS

manager_call:
	cmp	x19, x20
	b.hs	manager_end
	ldr	x8, [x19]
	cmn	x8, #1
	b.eq	manager_done
	ldp	x0, x1, [x19, #8]
	ldp	x2, x3, [x19, #24]
	ldp	x4, x5, [x19, #40]
	svc	#0
	ldr	x9, [x19, #56]
	cmp	x0, x9
	b.ne	manager_end
	add	x19, x19, #RUNNER_CALL_SIZE
	b	manager_call

manager_done:
	mov	x8, #SYS_sendto
	mov	x0, #RUNNER_FD_SOCKET
	adr	x1, manager_reply
	mov	x2, #1
	mov	x3, #MSG_NOSIGNAL
	mov	x4, xzr
	mov	x5, xzr
	svc	#0
	cmp	x0, #1
	b.eq	manager_list

manager_end:
	mov	x8, #SYS_exit_group
	mov	x0, #1
	svc	#0
	brk	#1
	.size	manager, . - manager

manager_reply:
	.byte	1

	.section .note.GNU-stack, "", %progbits
