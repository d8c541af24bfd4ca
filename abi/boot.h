/* boot.h - what whoever starts the machine tells the monitor about the normal world's kernel.
 *
 * The block lies at BOOT_BLOCK_ADDRESS in the normal world's memory, put there with the kernel and its
 * initial file system (on QEMU by `-device loader`). Little-endian. */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_BLOCK_ADDRESS 0x47FF0000u
#define BOOT_MAGIC	   0x544F4F42u /* "BOOT" */
#define BOOT_VERSION	   1u
#define BOOT_ARGUMENTS_MAX 2048u

struct boot_block {
	uint32_t magic;
	uint32_t version;
	uint64_t kernel;     /* where the kernel's image lies; it is entered at its first byte */
	uint64_t initrd;     /* 0: none */
	uint64_t initrd_end; /* the byte after it */
	char arguments[BOOT_ARGUMENTS_MAX]; /* the kernel's command line, ended by a zero byte */
};

static_assert(sizeof(struct boot_block) == 32 + BOOT_ARGUMENTS_MAX, "boot block");
static_assert(offsetof(struct boot_block, magic) == 0, "magic");
static_assert(offsetof(struct boot_block, version) == 4, "version");
static_assert(offsetof(struct boot_block, kernel) == 8, "kernel");
static_assert(offsetof(struct boot_block, initrd) == 16, "initrd");
static_assert(offsetof(struct boot_block, initrd_end) == 24, "initrd_end");
static_assert(offsetof(struct boot_block, arguments) == 32, "arguments");

#endif
