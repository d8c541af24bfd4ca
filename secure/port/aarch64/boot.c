/* boot.c - the secure kernel's start, on the first CPU. */
#include <stdint.h>
#include <string.h>

#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/crypto/firmware/heap.h"
#include "secure/crypto/firmware/sha256.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/cpu.h"
#include "secure/port/aarch64/layout.h"
#include "secure/port/aarch64/map.h"
#include "secure/port/aarch64/pages.h"
#include "secure/port/aarch64/panic.h"
#include "secure/port/aarch64/random.h"
#include "secure/port/aarch64/table.h"
#include "secure/port/aarch64/tree.h"
#include "secure/tee/entry.h"

#define BOOT_THREADS  4u
/* The tree may begin anywhere in a page. */
#define TREE_SIZE_MAX 0x200000u
#define TREE_PAGES    (TREE_SIZE_MAX / LAYOUT_PAGE + 1)

#define CPACR_FP (3ull << 20)

extern uint8_t kernel_end[];
extern uint8_t cpu_stacks[];

void kernel_boot(uint64_t tree);

static void guards_set(void)
{
	for (size_t i = 0; i < LAYOUT_CPUS_MAX; i++) {
		map_guard(cpu_stacks + i * (LAYOUT_PAGE + LAYOUT_CPU_STACK_SIZE));
	}
}

/* Nobody knows yet what the normal world's memory is, so this goes past normal.c: the window's first pages, for
 * the moment. */
static uint8_t *tree_map(uint64_t physical)
{
	uint64_t page = align_down(physical, LAYOUT_PAGE);

	for (size_t i = 0; i < TREE_PAGES; i++) {
		uint64_t *entry =
			table_entry(map_root(), LAYOUT_WINDOW_BASE + i * LAYOUT_PAGE, true);

		check(entry != NULL);
		table_set(entry, (page + i * LAYOUT_PAGE) | TABLE_WINDOW | TABLE_READ_ONLY);
	}
	arch_dsb_stores();
	arch_isb();
	return (uint8_t *)(uintptr_t)LAYOUT_WINDOW_BASE + (physical - page);
}

static void tree_unmap(void)
{
	for (size_t i = 0; i < TREE_PAGES; i++) {
		uint64_t address = LAYOUT_WINDOW_BASE + i * LAYOUT_PAGE;

		(void)table_clear(table_entry(map_root(), address, false));
	}
	arch_dsb_stores();
	__asm__ volatile("tlbi vmalle1is");
	arch_dsb();
	arch_isb();
}

/* libfdt is compiled as programs are: it may use the vector registers, which are nobody's yet. */
static void tree_take(uint64_t physical)
{
	const uint8_t *tree;
	const char *problem;
	size_t size;

	check(physical != 0);
	tree = tree_map(physical);
	arch_write("cpacr_el1", CPACR_FP);
	arch_isb();
	size = tree_size(tree);
	problem = size <= TREE_SIZE_MAX ? tree_read(tree, size) : "device tree: too large";
	arch_write("cpacr_el1", 0);
	arch_isb();
	tree_unmap();
	if (problem != NULL) {
		port_panic(problem);
	}
}

void kernel_boot(uint64_t tree)
{
	struct pages_census census;

	clock_start();
	pages_init(kernel_end, (void *)(uintptr_t)LAYOUT_KERNEL_END, (uint64_t)kernel_end);
	guards_set();
	tree_take(tree);
	crypto_heap_init();
	crypto_sha256_init();
	random_start();
	log_error("device key: the development key of every such machine; NOT FOR PRODUCTS");
	tee_init(BOOT_THREADS);
	pages_census(&census);
	log_info("secure memory: %zu KiB image, %zu of %zu KiB used",
		 (size_t)(kernel_end - (uint8_t *)(uintptr_t)LAYOUT_KERNEL_BASE) / 1024,
		 census.used * (LAYOUT_PAGE / 1024), census.total * (LAYOUT_PAGE / 1024));
	kernel_started();
}
