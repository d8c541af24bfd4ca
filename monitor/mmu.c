#include "monitor/mmu.h"

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "monitor/machine.h"
#include "monitor/offsets.h"

/* 4 GiB in blocks of 1 GiB; the first of these in blocks of 2 MiB; the two of these that hold the
 * monitor's code and its data in pages. */
#define GIB  0x40000000ull
#define MIB  0x00100000ull
#define PAGE 0x00001000ull

#define MMU_TABLE	 0x3ull
#define MMU_PAGE	 0x3ull
#define MMU_BLOCK	 0x1ull
#define MMU_MEMORY	 (0ull << 2)
#define MMU_DEVICE	 (1ull << 2)
#define MMU_NORMAL_WORLD (1ull << 5)
#define MMU_RES1	 (1ull << 6)
#define MMU_READ_ONLY	 (1ull << 7)
#define MMU_INNER	 (3ull << 8)
#define MMU_ACCESSED	 (1ull << 10)
#define MMU_NO_EXECUTE	 (1ull << 54)
#define MMU_ALL		 (MMU_RES1 | MMU_INNER | MMU_ACCESSED)

extern const uint8_t monitor_text_end[];
extern const uint8_t monitor_ram_end[];
extern const uint8_t monitor_slots[];

uint64_t mmu_table[4] __attribute__((aligned(64)));
static uint64_t first_gib[512] __attribute__((aligned(4096)));
static uint64_t flash_pages[512] __attribute__((aligned(4096)));
static uint64_t ram_pages[512] __attribute__((aligned(4096)));

/* Write-back memory, and registers whose writes may be buffered. */
const uint64_t mmu_mair = 0x04FF;
/* 32 bits of address, inner shareable, write-back, 4 KiB pages, 40 physical bits. */
const uint64_t mmu_tcr = 32u | 1u << 8 | 1u << 10 | 3u << 12 | 2u << 16 | 1u << 23 | 1u << 31;

struct mmu_range {
	uint64_t start;
	uint64_t end;
	uint64_t attributes;
};

static const struct mmu_range blocks[] = {
	/* the rest of the flash: the secure kernel's image */
	{ 2 * MIB, 64 * MIB, MMU_MEMORY | MMU_READ_ONLY | MMU_NO_EXECUTE },
	/* GIC, UARTs, GPIO */
	{ 0x08000000, 0x0A000000, MMU_DEVICE | MMU_NO_EXECUTE },
	/* the secure kernel's memory; its first MiB shares a block with ours */
	{ MONITOR_BASE + 2 * MIB, SECURE_KERNEL_BASE + SECURE_KERNEL_SIZE,
	  MMU_MEMORY | MMU_NO_EXECUTE },
};

static void prepare_flash(void)
{
	uint64_t text_end = (uintptr_t)monitor_text_end;

	for (uint64_t at = 0; at < 2 * MIB; at += PAGE) {
		flash_pages[at / PAGE] = at | MMU_PAGE | MMU_ALL | MMU_MEMORY | MMU_READ_ONLY |
					 (at < text_end ? 0 : MMU_NO_EXECUTE);
	}
}

static void prepare_ram(void)
{
	uint64_t ours = (uintptr_t)monitor_ram_end - MONITOR_BASE;
	uint64_t slots = (uintptr_t)monitor_slots - MONITOR_BASE;
	uint64_t kernel = SECURE_KERNEL_BASE - MONITOR_BASE;

	for (uint64_t at = 0; at < 2 * MIB; at += PAGE) {
		if (at < ours || at >= kernel) {
			ram_pages[at / PAGE] = (MONITOR_BASE + at) | MMU_PAGE | MMU_ALL |
					       MMU_MEMORY | MMU_NO_EXECUTE;
		}
	}
	for (uint64_t i = 0; i < CPUS_MAX; i++) {
		ram_pages[(slots + i * CPU_SLOT_SIZE) / PAGE] = 0;
	}
}

void mmu_prepare(void)
{
	mmu_table[0] = (uintptr_t)first_gib | MMU_TABLE;
	for (size_t i = 1; i < array_size(mmu_table); i++) {
		mmu_table[i] = i * GIB | MMU_BLOCK | MMU_ALL | MMU_MEMORY | MMU_NORMAL_WORLD |
			       MMU_NO_EXECUTE;
	}
	for (size_t i = 0; i < array_size(blocks); i++) {
		for (uint64_t at = blocks[i].start; at < blocks[i].end; at += 2 * MIB) {
			first_gib[at / (2 * MIB)] = at | MMU_BLOCK | MMU_ALL | blocks[i].attributes;
		}
	}
	prepare_flash();
	prepare_ram();
	first_gib[0] = (uintptr_t)flash_pages | MMU_TABLE;
	first_gib[MONITOR_BASE / (2 * MIB)] = (uintptr_t)ram_pages | MMU_TABLE;
}

void mmu_forget(void)
{
	for (size_t i = 1; i < array_size(mmu_table); i++) {
		mmu_table[i] = 0;
	}
	for (uint64_t at = SECURE_KERNEL_BASE + MIB; at < SECURE_KERNEL_BASE + SECURE_KERNEL_SIZE;
	     at += 2 * MIB) {
		first_gib[at / (2 * MIB)] = 0;
	}
	for (uint64_t at = MIB; at < 2 * MIB; at += PAGE) {
		ram_pages[at / PAGE] = 0;
	}
	machine_map_changed();
}
