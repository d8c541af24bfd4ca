/* memcpy(), memmove() and memset() for the firmware: general registers only, so that the firmware
 * never touches the vector registers of whom it interrupts. Unaligned accesses are allowed: both
 * the monitor and the secure kernel run with the MMU on whenever these are called. */

	.text

	.macro	function name
	.section .text.\name, "ax", %progbits
	.globl	\name
	.type	\name, %function
	.balign	16
\name:
	.endm

	.macro	end name
	.size	\name, . - \name
	.endm

/* x0 to, x1 from, x2 size; x0 stays. */
	function memcpy
	mov	x3, x0
	subs	x2, x2, #32
	b.lo	2f
1:	ldp	x4, x5, [x1], #16
	ldp	x6, x7, [x1], #16
	subs	x2, x2, #32
	stp	x4, x5, [x3], #16
	stp	x6, x7, [x3], #16
	b.hs	1b
2:	tbz	x2, #4, 3f
	ldp	x4, x5, [x1], #16
	stp	x4, x5, [x3], #16
3:	tbz	x2, #3, 4f
	ldr	x4, [x1], #8
	str	x4, [x3], #8
4:	tbz	x2, #2, 5f
	ldr	w4, [x1], #4
	str	w4, [x3], #4
5:	tbz	x2, #1, 6f
	ldrh	w4, [x1], #2
	strh	w4, [x3], #2
6:	tbz	x2, #0, 7f
	ldrb	w4, [x1]
	strb	w4, [x3]
7:	ret
	end memcpy

/* Backwards when `to` lies inside of what is read. */
	function memmove
	sub	x3, x0, x1
	cmp	x3, x2
	b.hs	memcpy
	add	x3, x0, x2
	add	x1, x1, x2
	subs	x2, x2, #16
	b.lo	2f
1:	ldp	x4, x5, [x1, #-16]!
	subs	x2, x2, #16
	stp	x4, x5, [x3, #-16]!
	b.hs	1b
2:	adds	x2, x2, #16
	b.eq	4f
3:	ldrb	w4, [x1, #-1]!
	subs	x2, x2, #1
	strb	w4, [x3, #-1]!
	b.ne	3b
4:	ret
	end memmove

/* x0 to, w1 byte, x2 size; x0 stays. */
	function memset
	mov	x3, x0
	and	x1, x1, #0xFF
	orr	x1, x1, x1, lsl #8
	orr	x1, x1, x1, lsl #16
	orr	x1, x1, x1, lsl #32
	cbnz	x1, 3f
	cmp	x2, #256
	b.lo	3f
	/* Zeroing: a whole block at a time, where the CPU allows it and has 64-byte blocks. */
	mrs	x4, dczid_el0
	cmp	x4, #4
	b.ne	3f
	/* Up to the first block. */
	stp	xzr, xzr, [x3]
	stp	xzr, xzr, [x3, #16]
	stp	xzr, xzr, [x3, #32]
	stp	xzr, xzr, [x3, #48]
	add	x4, x3, #64
	and	x4, x4, #~63
	sub	x5, x4, x3
	sub	x2, x2, x5
	mov	x3, x4
1:	subs	x2, x2, #64
	b.lo	2f
	dc	zva, x3
	add	x3, x3, #64
	b	1b
2:	add	x2, x2, #64
3:	subs	x2, x2, #32
	b.lo	5f
4:	subs	x2, x2, #32
	stp	x1, x1, [x3], #16
	stp	x1, x1, [x3], #16
	b.hs	4b
5:	tbz	x2, #4, 6f
	stp	x1, x1, [x3], #16
6:	tbz	x2, #3, 7f
	str	x1, [x3], #8
7:	tbz	x2, #2, 8f
	str	w1, [x3], #4
8:	tbz	x2, #1, 9f
	strh	w1, [x3], #2
9:	tbz	x2, #0, 10f
	strb	w1, [x3]
10:	ret
	end memset

	.section .note.GNU-stack, "", %progbits
