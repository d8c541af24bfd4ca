/* normal.c - the normal world's memory: which it is, and a window through which the kernel sees some. */
#include <string.h>

#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/arch.h"
#include "secure/port/aarch64/layout.h"
#include "secure/port/aarch64/lock.h"
#include "secure/port/aarch64/map.h"
#include "secure/port/aarch64/table.h"
#include "secure/port/aarch64/tree.h"

#define WINDOW_PAGES (LAYOUT_WINDOW_SIZE / LAYOUT_PAGE)

/* One bit a page of the window: it is in use. */
static uint64_t window_used[WINDOW_PAGES / 64];
/* Below it everything is in use. */
static size_t window_hint;
static struct port_lock window_lock;

bool port_normal_page(uint64_t page)
{
	return is_aligned(page, PORT_PAGE_SIZE) && tree_memory_covers(page, PORT_PAGE_SIZE);
}

static bool window_is_used(size_t page)
{
	return (window_used[page / 64] >> page % 64 & 1) != 0;
}

static void window_mark(size_t first, size_t count, bool used)
{
	for (size_t page = first; page < first + count; page++) {
		if (used) {
			window_used[page / 64] |= 1ull << page % 64;
		} else {
			window_used[page / 64] &= ~(1ull << page % 64);
		}
	}
}

/* With the lock held. WINDOW_PAGES: no room. */
static size_t window_find(size_t count)
{
	size_t run = 0;

	for (size_t page = window_hint; page < WINDOW_PAGES; page++) {
		if (run == 0 && page % 64 == 0 && window_used[page / 64] == UINT64_MAX) {
			page += 63;
			continue;
		}
		run = window_is_used(page) ? 0 : run + 1;
		if (run == count) {
			return page + 1 - count;
		}
	}
	return WINDOW_PAGES;
}

static uint64_t window_address(size_t page)
{
	return LAYOUT_WINDOW_BASE + (uint64_t)page * LAYOUT_PAGE;
}

/* With the lock held. How many of `count` pages got an entry. */
static size_t window_fill(size_t first, const uint64_t *pages, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t *entry = table_entry(map_root(), window_address(first + i), true);

		if (entry == NULL) {
			return i;
		}
		table_set(entry, pages[i] | TABLE_WINDOW);
	}
	return count;
}

/* With the lock held. Other CPUs may have seen the entries, so they are told. */
static void window_empty(size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		(void)table_clear(table_entry(map_root(), window_address(first + i), false));
	}
	arch_dsb_stores();
	for (size_t i = 0; i < count; i++) {
		__asm__ volatile("tlbi vaae1is, %0" ::"r"(window_address(first + i) >> 12));
	}
	arch_dsb();
	arch_isb();
}

/* With the lock held. */
static void *window_map(const uint64_t *pages, size_t count)
{
	size_t first = window_find(count);
	size_t done;

	if (first == WINDOW_PAGES) {
		return NULL;
	}
	done = window_fill(first, pages, count);
	arch_dsb_stores();
	arch_isb();
	if (done < count) {
		window_empty(first, done);
		return NULL;
	}
	window_mark(first, count, true);
	if (first == window_hint) {
		window_hint = first + count;
	}
	return (void *)window_address(first);
}

void *port_normal_map(const uint64_t *pages, size_t count)
{
	uint32_t interrupts;
	void *address;

	if (count == 0 || count > WINDOW_PAGES) {
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (!port_normal_page(pages[i])) {
			return NULL;
		}
	}
	interrupts = port_lock_take(&window_lock);
	address = window_map(pages, count);
	port_lock_release(&window_lock, interrupts);
	return address;
}

void port_normal_unmap(void *address, size_t count)
{
	size_t first = ((uint64_t)address - LAYOUT_WINDOW_BASE) / LAYOUT_PAGE;
	uint32_t interrupts;

	check(range_within(first, count, WINDOW_PAGES));
	interrupts = port_lock_take(&window_lock);
	window_empty(first, count);
	window_mark(first, count, false);
	if (first < window_hint) {
		window_hint = first;
	}
	port_lock_release(&window_lock, interrupts);
}
