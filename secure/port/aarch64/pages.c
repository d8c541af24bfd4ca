#include "secure/port/aarch64/pages.h"

#include <string.h>

#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/port/aarch64/lock.h"

/* One for each page; the first of an allocation says how long it is and is its name. */
struct port_pages {
	uint16_t length; /* 0: not the first page of an allocation */
	uint16_t count;	 /* pages_count_of() */
};

static struct port_pages pages_table[PAGES_MAX];
static uint64_t pages_used[(PAGES_MAX + 63) / 64];
static uint8_t *pages_base;
static uint64_t pages_base_physical;
static size_t pages_total;
/* Where to look first: below it nothing is free but by chance. */
static size_t pages_hint;
static struct pages_census census_now;
static struct port_lock pages_lock;

/* What tables are made of before there is an allocator: the kernel's own, which nobody counts. */
static uint16_t pages_elsewhere;

void pages_init(void *base, void *end, uint64_t physical)
{
	size_t total = (size_t)((uint8_t *)end - (uint8_t *)base) / PORT_PAGE_SIZE;

	check(is_aligned((uintptr_t)base, PORT_PAGE_SIZE));
	memset(pages_table, 0, sizeof(pages_table));
	memset(pages_used, 0, sizeof(pages_used));
	pages_base = base;
	pages_base_physical = physical;
	pages_total = total < PAGES_MAX ? total : PAGES_MAX;
	pages_hint = 0;
	census_now = (struct pages_census){ .total = pages_total };
}

static bool page_is_used(size_t page)
{
	return (pages_used[page / 64] >> page % 64 & 1) != 0;
}

static void page_mark(size_t page, bool used)
{
	uint64_t bit = 1ull << page % 64;

	if (used) {
		pages_used[page / 64] |= bit;
	} else {
		pages_used[page / 64] &= ~bit;
	}
}

/* The first of `count` free pages from `from` on; pages_total: there are none. */
static size_t pages_find(size_t from, size_t count)
{
	size_t run = 0;

	for (size_t page = from; page < pages_total; page++) {
		if (run == 0 && page % 64 == 0 && pages_used[page / 64] == UINT64_MAX) {
			page += 63;
			continue;
		}
		run = page_is_used(page) ? 0 : run + 1;
		if (run == count) {
			return page + 1 - count;
		}
	}
	return pages_total;
}

/* With the lock held. */
static size_t pages_take(size_t count)
{
	size_t first = pages_find(pages_hint, count);

	if (first == pages_total) {
		return first;
	}
	for (size_t i = 0; i < count; i++) {
		page_mark(first + i, true);
		pages_table[first + i] = (struct port_pages){ 0 };
	}
	pages_table[first].length = (uint16_t)count;
	if (first == pages_hint) {
		pages_hint = first + count;
	}
	census_now.used += count;
	if (census_now.used > census_now.peak) {
		census_now.peak = census_now.used;
	}
	return first;
}

struct port_pages *port_pages_alloc(size_t count)
{
	uint32_t interrupts;
	size_t first;

	if (count == 0 || count > pages_total) {
		return NULL;
	}
	interrupts = port_lock_take(&pages_lock);
	first = pages_take(count);
	port_lock_release(&pages_lock, interrupts);
	if (first == pages_total) {
		return NULL;
	}
	memset(pages_base + first * PORT_PAGE_SIZE, 0, count * PORT_PAGE_SIZE);
	return &pages_table[first];
}

void port_pages_free(struct port_pages *pages)
{
	size_t first = (size_t)(pages - pages_table);
	uint32_t interrupts;

	check(pages->length > 0);
	interrupts = port_lock_take(&pages_lock);
	for (size_t i = 0; i < pages->length; i++) {
		page_mark(first + i, false);
	}
	census_now.used -= pages->length;
	pages->length = 0;
	if (first < pages_hint) {
		pages_hint = first;
	}
	port_lock_release(&pages_lock, interrupts);
}

void *port_pages_address(const struct port_pages *pages)
{
	return pages_base + (size_t)(pages - pages_table) * PORT_PAGE_SIZE;
}

uint64_t pages_physical(const struct port_pages *pages)
{
	return pages_base_physical + (uint64_t)(pages - pages_table) * PORT_PAGE_SIZE;
}

void *pages_from_physical(uint64_t address)
{
	return pages_base + (address - pages_base_physical);
}

size_t pages_size(const struct port_pages *pages)
{
	return pages->length;
}

uint16_t *pages_count_of(const void *inside)
{
	size_t offset = (size_t)((const uint8_t *)inside - pages_base);

	if ((const uint8_t *)inside < pages_base || offset / PORT_PAGE_SIZE >= pages_total) {
		return &pages_elsewhere;
	}
	return &pages_table[offset / PORT_PAGE_SIZE].count;
}

void pages_free_table(void *table)
{
	port_pages_free(&pages_table[(size_t)((uint8_t *)table - pages_base) / PORT_PAGE_SIZE]);
}

void pages_census(struct pages_census *census)
{
	uint32_t interrupts = port_lock_take(&pages_lock);

	*census = census_now;
	port_lock_release(&pages_lock, interrupts);
}
