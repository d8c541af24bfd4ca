/* layout.h - where things are at S-EL1. For C, assembly and the linker script; doc/firmware.md has the map.
 *
 * The kernel runs where it was loaded: its addresses are physical ones (TTBR0). What it maps of the
 * normal world appears in a window of its own. TAs have the upper half (TTBR1). */
#ifndef SECURE_PORT_AARCH64_LAYOUT_H
#define SECURE_PORT_AARCH64_LAYOUT_H

#define LAYOUT_PAGE 4096

/* The secure memory: the monitor's part, then ours. */
#define LAYOUT_SECURE_BASE 0x0E000000
#define LAYOUT_KERNEL_BASE 0x0E100000
#define LAYOUT_KERNEL_END  0x0F000000

/* Registers: the interrupt controller and the secure UART. */
#define LAYOUT_DEVICES_BASE 0x08000000
#define LAYOUT_DEVICES_END  0x0A000000
#define LAYOUT_GICD	    0x08000000
#define LAYOUT_UART	    0x09040000

/* 1 GiB in which the kernel sees the normal world's pages. */
#define LAYOUT_WINDOW_BASE 0x80000000
#define LAYOUT_WINDOW_SIZE 0x40000000

#define LAYOUT_CPUS_MAX		 8
#define LAYOUT_CPU_STACK_SIZE	 16384
#define LAYOUT_THREAD_STACK_SIZE 32768

/* struct user_registers (user.h) */
#define USER_X	    0
#define USER_SP	    248
#define USER_PC	    256
#define USER_PSTATE 264
#define USER_TLS    272
#define USER_SIZE   280

/* How user mode was left. */
#define USER_LEFT_SYNC	0
#define USER_LEFT_IRQ	1
#define USER_LEFT_FIQ	2
#define USER_LEFT_ERROR 3

/* struct port_stack (secure/core/port.h) */
#define STACK_POINTER 16

#endif
