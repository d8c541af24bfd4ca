/* secure_aarch64.S - a secure kernel that does nothing but answer. */

#define SMC_ENTRY_DONE	 0xBE000000
#define SMC_ON_DONE	 0xBE000001
#define SMC_OFF_DONE	 0xBE000002
#define SMC_SUSPEND_DONE 0xBE000003
#define SMC_RESUME_DONE	 0xBE000004
#define SMC_CALL_DONE	 0xBE000005
#define SMC_FIQ_DONE	 0xBE000006
#define SMC_OFF		 0xBE000007
#define SMC_RESET	 0xBE000008

	.macro	done id
	movz	x0, #(\id & 0xFFFF)
	movk	x0, #(\id >> 16), lsl #16
	smc	#0
	.endm

	.text
	.globl	_start
_start:
	adr	x1, vectors
	done	SMC_ENTRY_DONE

	.balign	64
vectors:
	b	yield_call
	b	fast_call
	b	on
	b	off
	b	resume
	b	suspend
	b	fiq
	b	system_off
	b	system_reset

yield_call:
fast_call:
	mov	x4, x3
	mov	x3, x2
	mov	x2, x1
	mov	x1, x0
	done	SMC_CALL_DONE
on:	mov	x1, #0
	done	SMC_ON_DONE
off:	mov	x1, #0
	done	SMC_OFF_DONE
resume:	mov	x1, #0
	done	SMC_RESUME_DONE
suspend: mov	x1, #0
	done	SMC_SUSPEND_DONE
fiq:	done	SMC_FIQ_DONE
system_off:
	done	SMC_OFF
system_reset:
	done	SMC_RESET

	.section .note.GNU-stack, "", %progbits
