/* image_aarch64.S - the secure kernel's image, as it is copied to its place. */
	.section .rodata.kernel, "a", %progbits
	.balign	4096
	.globl	secure_kernel_start
secure_kernel_start:
	.incbin	SECURE_KERNEL
	.globl	secure_kernel_end
secure_kernel_end:
	.balign	16

	.section .note.GNU-stack, "", %progbits
