#include "secure/port/aarch64/map.h"

#include <stddef.h>

#include "lib/bits.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/layout.h"
#include "secure/port/aarch64/table.h"

#define BLOCK_SIZE 0x200000ull
#define KERNEL_L3  ((LAYOUT_KERNEL_END - 0x0E000000) / BLOCK_SIZE)

#define MAIR_MEMORY 0xFFull
#define MAIR_DEVICE 0x04ull

/* TTBR0: 4 GiB from 0. TTBR1: 512 GiB below the top, with the address space's number. Both 4 KiB pages,
 * write-back, inner shareable; 40 physical bits. */
#define TCR_T0SZ  32ull
#define TCR_T1SZ  (25ull << 16)
#define TCR_WALK0 (1ull << 8 | 1ull << 10 | 3ull << 12)
#define TCR_WALK1 (1ull << 24 | 1ull << 26 | 3ull << 28)
#define TCR_A1	  (1ull << 22)
#define TCR_TG1	  (2ull << 30)
#define TCR_IPS	  (2ull << 32)

#define SCTLR_M	   (1ull << 0)
#define SCTLR_C	   (1ull << 2)
#define SCTLR_SA   (1ull << 3)
#define SCTLR_SA0  (1ull << 4)
#define SCTLR_I	   (1ull << 12)
#define SCTLR_DZE  (1ull << 14)
#define SCTLR_UCT  (1ull << 15)
#define SCTLR_NTWI (1ull << 16)
#define SCTLR_NTWE (1ull << 18)
#define SCTLR_WXN  (1ull << 19)
#define SCTLR_SPAN (1ull << 23)
#define SCTLR_RES1 0x30D00800ull

struct map_registers map_registers;

/* The root has 4 entries, and a page so that table.h can go through it. */
static uint64_t map_level1[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_level2[TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_level3[KERNEL_L3][TABLE_ENTRIES] __attribute__((aligned(4096)));
static uint64_t map_user_none[TABLE_ENTRIES] __attribute__((aligned(4096)));

extern uint8_t kernel_text_end[];
extern uint8_t kernel_constants_end[];

static uint64_t kernel_entry(uint64_t address)
{
	if (address < LAYOUT_KERNEL_BASE) {
		/* The monitor's. */
		return 0;
	}
	if (address < (uint64_t)kernel_text_end) {
		return address | TABLE_KERNEL_CODE;
	}
	if (address < (uint64_t)kernel_constants_end) {
		return address | TABLE_KERNEL_CONST;
	}
	return address | TABLE_KERNEL_DATA;
}

void map_prepare(void)
{
	uint64_t base = align_down(LAYOUT_KERNEL_BASE, BLOCK_SIZE);

	map_level1[0] = (uint64_t)map_level2 | TABLE_PAGE;
	for (uint64_t at = LAYOUT_DEVICES_BASE; at < LAYOUT_DEVICES_END; at += BLOCK_SIZE) {
		map_level2[at / BLOCK_SIZE] =
			at | TABLE_BLOCK | TABLE_DEVICE | TABLE_ACCESSED | TABLE_UXN | TABLE_PXN;
	}
	for (size_t i = 0; i < KERNEL_L3; i++) {
		map_level2[base / BLOCK_SIZE + i] = (uint64_t)map_level3[i] | TABLE_PAGE;
		for (size_t j = 0; j < TABLE_ENTRIES; j++) {
			map_level3[i][j] = kernel_entry(base + i * BLOCK_SIZE + j * LAYOUT_PAGE);
		}
	}
	map_registers.mair = MAIR_MEMORY | MAIR_DEVICE << 8;
	map_registers.tcr =
		TCR_T0SZ | TCR_T1SZ | TCR_WALK0 | TCR_WALK1 | TCR_A1 | TCR_TG1 | TCR_IPS;
	map_registers.ttbr0 = (uint64_t)map_level1;
	map_registers.ttbr1 = (uint64_t)map_user_none;
	map_registers.sctlr = (SCTLR_RES1 & ~SCTLR_SPAN) | SCTLR_M | SCTLR_C | SCTLR_SA |
			      SCTLR_SA0 | SCTLR_I | SCTLR_DZE | SCTLR_UCT | SCTLR_NTWI |
			      SCTLR_NTWE | SCTLR_WXN;
}

void map_guard(void *address)
{
	uint64_t offset = (uint64_t)address - align_down(LAYOUT_KERNEL_BASE, BLOCK_SIZE);

	map_level3[offset / BLOCK_SIZE][offset % BLOCK_SIZE / LAYOUT_PAGE] = 0;
	arch_dsb_stores();
	__asm__ volatile("tlbi vaae1is, %0" ::"r"((uint64_t)address >> 12));
	arch_dsb();
	arch_isb();
}

uint64_t *map_root(void)
{
	return map_level1;
}

uint64_t map_no_user(void)
{
	return map_registers.ttbr1;
}
