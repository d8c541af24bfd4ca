/* secure_aarch64.S - a secure kernel that tries the monitor: it answers, and scribbles over whatever it
 * may. MMU and caches stay off. */

#include "monitor/test/calls.h"

#define GICR_SGI	0x080B0000
#define GICR_STRIDE	0x20000
#define GICR_ISENABLER0 0x100
#define INTERRUPT	8
#define ICC_SGI1R_EL1	s3_0_c12_c11_5
#define ICC_IAR1_EL1	s3_0_c12_c12_0
#define ICC_EOIR1_EL1	s3_0_c12_c12_1

	.macro	done id
	movz	x0, #((\id) & 0xFFFF)
	movk	x0, #((\id) >> 16), lsl #16
	smc	#0
	.endm

	.macro	count at
	adr	x9, counts
	ldr	x10, [x9, #\at]
	add	x10, x10, #1
	str	x10, [x9, #\at]
	.endm

	.macro	case id, to
	movz	w9, #((\id) & 0xFFFF)
	movk	w9, #((\id) >> 16), lsl #16
	cmp	w0, w9
	b.eq	\to
	.endm

/* The registers that the monitor keeps for each world, but for those that we run by. */
	.macro	each_register what
	\what	ttbr0_el1, 0
	\what	ttbr1_el1, 1
	\what	mair_el1, 2
	\what	contextidr_el1, 3
	\what	tpidr_el1, 4
	\what	tpidr_el0, 5
	\what	tpidrro_el0, 6
	\what	sp_el0, 7
	.endm

	.macro	write_register name, n
	mov	x9, #((\n + 1) * 0x1110)
	msr	\name, x9
	.endm

	.macro	check_register name, n
	mov	x9, #((\n + 1) * 0x1110)
	mrs	x10, \name
	cmp	x9, x10
	csel	x1, x1, xzr, eq
	.endm

	.text
	.globl	_start
_start:
	mov	sp, x2
	bl	interrupt_on
	adr	x1, table
	done	RETURN_ENTRY_DONE

	.balign	64
table:	b	yield_call
	b	fast_call
	b	on
	b	off
	b	resume
	b	suspend
	b	fiq
	b	system_off
	b	system_reset

yield_call:
	mov	x4, x3
	mov	x3, x2
	mov	x2, x1
	mov	x1, x0
	done	RETURN_CALL_DONE

fast_call:
	case	TEST_ECHO, echo
	case	TEST_KEPT, kept
	case	TEST_VECTORS, vectors
	case	TEST_INTERRUPT, interrupt
	case	TEST_COUNTS, report
	mov	x1, #-1
	done	RETURN_CALL_DONE

echo:	each_register write_register
	movz	x9, #(TEST_SECRET & 0xFFFF)
	movk	x9, #(TEST_SECRET >> 16), lsl #16
	msr	elr_el1, x9
	msr	spsr_el1, xzr
	msr	far_el1, x9
	msr	esr_el1, x9
	mov	sp, x9
	mov	x4, x3
	mov	x3, x2
	mov	x2, x1
	mov	x1, x0
	.irp	n, 5,6,7,8,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov	x\n, x9
	.endr
	done	RETURN_CALL_DONE

kept:	mov	x1, #1
	each_register check_register
	mov	x9, sp
	movz	x10, #(TEST_SECRET & 0xFFFF)
	movk	x10, #(TEST_SECRET >> 16), lsl #16
	cmp	x9, x10
	csel	x1, x1, xzr, eq
	done	RETURN_CALL_DONE

	.arch	armv8-a+simd
vectors:
	mov	x9, #(3 << 20)
	msr	cpacr_el1, x9
	isb
	mov	x1, #0
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	mov	x9, v\n\().d[0]
	mov	x10, v\n\().d[1]
	orr	x1, x1, x9
	orr	x1, x1, x10
	.endr
	mrs	x9, fpcr
	mrs	x10, fpsr
	orr	x1, x1, x9
	orr	x1, x1, x10
	movz	x9, #(TEST_SECRET & 0xFFFF)
	movk	x9, #(TEST_SECRET >> 16), lsl #16
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	dup	v\n\().2d, x9
	.endr
	mov	x9, #(3 << 22)
	msr	fpcr, x9
	done	RETURN_CALL_DONE

interrupt:
	mrs	x9, mpidr_el1
	and	x9, x9, #0xF
	mov	x10, #1
	lsl	x10, x10, x9
	mov	x9, #INTERRUPT
	orr	x10, x10, x9, lsl #24
	msr	ICC_SGI1R_EL1, x10
	isb
	mov	x1, #0
	done	RETURN_CALL_DONE

report:	adr	x9, counts
	ldp	x1, x2, [x9]
	ldp	x3, x4, [x9, #16]
	done	RETURN_CALL_DONE

fiq:	mrs	x9, ICC_IAR1_EL1
	cmp	x9, #INTERRUPT
	b.ne	1f
	msr	ICC_EOIR1_EL1, x9
	count	0
1:	done	RETURN_FIQ_DONE

on:	count	8
	bl	interrupt_on
	mov	x1, #0
	done	RETURN_ON_DONE
off:	count	16
	mov	x1, #0
	done	RETURN_OFF_DONE
suspend: count	24
	mov	x1, #0
	done	RETURN_SUSPEND_DONE
resume:	count	24
	mov	x1, #0
	done	RETURN_RESUME_DONE
system_off:
	done	RETURN_SYSTEM_OFF_DONE
system_reset:
	done	RETURN_SYSTEM_RESET_DONE

interrupt_on:
	mrs	x9, mpidr_el1
	and	x9, x9, #0xFF
	movz	x10, #(GICR_SGI >> 16), lsl #16
	mov	x11, #GICR_STRIDE
	madd	x10, x9, x11, x10
	mov	w11, #(1 << INTERRUPT)
	str	w11, [x10, #GICR_ISENABLER0]
	ret

	.balign	8
counts:	.quad	0, 0, 0, 0

	.section .note.GNU-stack, "", %progbits
