/* offsets.h - numbers that both C and assembly need. What they are the offsets of is in cpu.h, which
 * asserts them. */
#ifndef MONITOR_OFFSETS_H
#define MONITOR_OFFSETS_H

/* struct world */
#define WORLD_ELR  248
#define WORLD_SPSR 256
#define WORLD_SCR  264
#define WORLD_CPTR 272
#define WORLD_EL1  288
#define WORLD_SIZE 448

/* struct cpu. What every entry touches lies within reach of one instruction. */
#define CPU_NORMAL   0
#define CPU_SCRATCH  448
#define CPU_FP_LENT  464
#define CPU_EXPECTED 472
#define CPU_SECURE   480
#define CPU_VECTORS  928
#define CPU_FP	     960
#define CPU_SIZE     12288

/* The vector registers in cpu->fp, with the longest vectors there are (256 bytes). */
#define FP_VECTORS    0
#define FP_PREDICATES 8192
#define FP_FFR	      8704
#define FP_CONTROL    8736
#define FP_SIZE	      8768

/* Below a CPU's structure lies its stack, below that a page that is not mapped. */
#define CPU_GUARD_SIZE 4096
#define CPU_STACK_SIZE 8192
#define CPU_SLOT_SIZE  (CPU_GUARD_SIZE + CPU_STACK_SIZE + CPU_SIZE)

/* CPUs beyond these stay asleep. */
#define CPUS_MAX 8

/* Of abi/smc.h, for assembly. */
#define CALL_OWNER_SHIFT 24
#define CALL_OWNER_FIRST 50
#define CALL_DONE_HIGH	 0xBE00
#define CALL_DONE_LOW	 0x0005

/* EL1h, everything masked: how the secure kernel is entered. */
#define SPSR_SECURE 0x3C5

/* Why a lower level was left. */
#define LOWER_SMC    0
#define LOWER_IRQ    1
#define LOWER_FIQ    2
#define LOWER_SERROR 3
#define LOWER_OTHER  4

/* Where things are; doc/firmware.md has the map. */
#define MONITOR_BASE	   0x0E000000
#define MONITOR_SIZE	   0x00100000
#define SECURE_KERNEL_BASE 0x0E100000
#define SECURE_KERNEL_SIZE 0x00F00000
#define GICD_BASE	   0x08000000
#define GICR_BASE	   0x080A0000
#define SECURE_UART_BASE   0x09040000
#define SECURE_GPIO_BASE   0x090B0000
#define NORMAL_RAM_BASE	   0x40000000

/* The bit of GICD_CTLR that says that the first CPU has made memory ready: no reset of the machine
 * leaves it set, as it may leave memory. */
#define GICD_CTLR_READY_BIT 2

#endif
