/* sha256_aarch64.S - lends the vector registers to OpenSSL's SHA-256. */

/* CPACR_EL1: no trap. */
#define CPACR_VECTORS (3 << 20)

	.arch	armv8-a+simd
	.section .text.sha256_block_in_vectors, "ax", %progbits
	.globl	sha256_block_in_vectors
	.type	sha256_block_in_vectors, %function
	.balign	16
/* void sha256_block_in_vectors(uint32_t state[8], const void *blocks, size_t count): with interrupts off.
 * What the assembly uses of the vector registers is somebody else's: it comes back, and none of ours stays. */
sha256_block_in_vectors:
	stp	x29, x30, [sp, #-224]!
	mov	x29, sp
	str	x19, [sp, #16]
	mrs	x19, cpacr_el1
	orr	x3, x19, #CPACR_VECTORS
	msr	cpacr_el1, x3
	isb
	stp	q0, q1, [sp, #32]
	stp	q2, q3, [sp, #64]
	stp	q4, q5, [sp, #96]
	stp	q6, q7, [sp, #128]
	stp	q16, q17, [sp, #160]
	stp	q18, q19, [sp, #192]
	bl	sha256_block_data_order
	ldp	q0, q1, [sp, #32]
	ldp	q2, q3, [sp, #64]
	ldp	q4, q5, [sp, #96]
	ldp	q6, q7, [sp, #128]
	ldp	q16, q17, [sp, #160]
	ldp	q18, q19, [sp, #192]
	msr	cpacr_el1, x19
	isb
	ldr	x19, [sp, #16]
	ldp	x29, x30, [sp], #224
	ret
	.size	sha256_block_in_vectors, . - sha256_block_in_vectors

	.section .note.GNU-stack, "", %progbits
