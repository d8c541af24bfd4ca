#include <string.h>

#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/lock.h"
#include "secure/port/aarch64/pages.h"
#include "secure/port/aarch64/table.h"
#include "secure/port/aarch64/user.h"

/* In the upper half, 16 GiB of it: 22 bits to choose a page among. */
#define USER_LOW  0xFFFFFF8010000000ull
#define USER_HIGH 0xFFFFFF8400000000ull

#define ASID_SHIFT 48

#define CTR_LINE_DATA 16
#define CTR_LINE_CODE 0
#define CTR_IDC	      28
#define CTR_DIC	      29

static struct port_space spaces[SPACES_MAX];
static struct port_lock spaces_lock;

void port_space_limits(uint64_t *low, uint64_t *high)
{
	*low = USER_LOW;
	*high = USER_HIGH;
}

static uint64_t space_asid(const struct port_space *space)
{
	return (uint64_t)(space - spaces) + 1;
}

static struct port_space *space_reserve(void)
{
	uint32_t interrupts = port_lock_take(&spaces_lock);
	struct port_space *found = NULL;

	for (size_t i = 0; i < array_size(spaces) && found == NULL; i++) {
		if (!spaces[i].used) {
			found = &spaces[i];
			found->used = true;
		}
	}
	port_lock_release(&spaces_lock, interrupts);
	return found;
}

static void space_free(struct port_space *space)
{
	uint32_t interrupts = port_lock_take(&spaces_lock);

	space->used = false;
	port_lock_release(&spaces_lock, interrupts);
}

struct port_space *port_space_create(const char *name)
{
	struct port_space *space = space_reserve();
	struct port_pages *root;

	(void)name;
	if (space == NULL) {
		return NULL;
	}
	root = port_pages_alloc(1);
	if (root == NULL) {
		space_free(space);
		return NULL;
	}
	*space = (struct port_space){
		.used = true,
		.root_pages = root,
		.root = port_pages_address(root),
		.ttbr = pages_physical(root) | space_asid(space) << ASID_SHIFT,
	};
	return space;
}

void port_space_destroy(struct port_space *space)
{
	/* No CPU is in it, and none walks it any more: user_run() takes it out of TTBR1. */
	__asm__ volatile("tlbi aside1is, %0" ::"r"(space_asid(space) << ASID_SHIFT));
	arch_dsb();
	table_destroy(space->root);
	port_pages_free(space->root_pages);
	memset(&space->registers, 0, sizeof(space->registers));
	memset(&space->vector, 0, sizeof(space->vector));
	space_free(space);
}

/* An entry that takes the place of another has to wait until that is gone. */
static void space_settle(struct port_space *space)
{
	if (space->stale) {
		arch_dsb();
		space->stale = false;
	}
}

static void space_invalidate(const struct port_space *space, uint64_t address)
{
	uint64_t operand = space_asid(space) << ASID_SHIFT | (address >> 12 & 0xFFFFFFFFFFFull);

	__asm__ volatile("tlbi vae1is, %0" ::"r"(operand));
}

static void entry_remove(struct port_space *space, uint64_t address)
{
	struct table_list unlinked;
	uint64_t *entry = table_entry(space->root, address, false);
	bool empty;

	check(entry != NULL && (*entry & TABLE_VALID) != 0);
	empty = table_clear(entry);
	if (empty) {
		table_prune(space->root, address, &unlinked);
	}
	arch_dsb_stores();
	space_invalidate(space, address);
	space->stale = true;
	if (empty) {
		/* Walks through the tables have to end before these are used again. */
		space_settle(space);
		table_release(&unlinked);
	}
}

static bool entry_add(struct port_space *space, uint64_t address, uint64_t value)
{
	uint64_t *entry = table_entry(space->root, address, true);

	if (entry == NULL) {
		return false;
	}
	table_set(entry, value);
	return true;
}

static void range_remove(struct port_space *space, uint64_t address, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		entry_remove(space, address + i * PORT_PAGE_SIZE);
	}
}

/* The CPUs fetch instructions past the data caches, unless they say that they do not. */
static void code_sync(const uint8_t *code, size_t size)
{
	uint64_t ctr = arch_read("ctr_el0");
	size_t data = 4u << arch_field(ctr, CTR_LINE_DATA);
	size_t lines = 4u << arch_field(ctr, CTR_LINE_CODE);

	if ((ctr >> CTR_IDC & 1) == 0) {
		for (size_t i = 0; i < size; i += data) {
			__asm__ volatile("dc cvau, %0" ::"r"(code + i) : "memory");
		}
	}
	arch_dsb();
	if ((ctr >> CTR_DIC & 1) == 0) {
		for (size_t i = 0; i < size; i += lines) {
			__asm__ volatile("ic ivau, %0" ::"r"(code + i) : "memory");
		}
		arch_dsb();
	}
	arch_isb();
}

bool port_space_map(struct port_space *space, uint64_t address, struct port_pages *pages,
		    size_t first, size_t count, unsigned int access)
{
	uint64_t physical = pages_physical(pages) + (uint64_t)first * PORT_PAGE_SIZE;
	uint64_t entry = table_user_entry(access, false);

	check(range_within(first, count, pages_size(pages)));
	if ((access & PORT_ACCESS_EXECUTE) != 0) {
		code_sync((uint8_t *)port_pages_address(pages) + first * PORT_PAGE_SIZE,
			  count * PORT_PAGE_SIZE);
	}
	space_settle(space);
	for (size_t i = 0; i < count; i++) {
		uint64_t offset = (uint64_t)i * PORT_PAGE_SIZE;

		if (!entry_add(space, address + offset, (physical + offset) | entry)) {
			range_remove(space, address, i);
			return false;
		}
	}
	return true;
}

bool port_space_map_normal(struct port_space *space, uint64_t address, const uint64_t *pages,
			   size_t count, unsigned int access)
{
	uint64_t entry = table_user_entry(access, true);

	space_settle(space);
	for (size_t i = 0; i < count; i++) {
		if (!port_normal_page(pages[i]) ||
		    !entry_add(space, address + i * PORT_PAGE_SIZE, pages[i] | entry)) {
			range_remove(space, address, i);
			return false;
		}
	}
	return true;
}

bool port_space_unmap(struct port_space *space, uint64_t address, size_t count)
{
	range_remove(space, address, count);
	return true;
}

bool port_space_commit(struct port_space *space)
{
	space_settle(space);
	arch_dsb_stores();
	arch_isb();
	return true;
}
