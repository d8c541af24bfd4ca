#include "secure/port/aarch64/table.h"

#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/port/aarch64/pages.h"

#define LEVEL_BITS  9u
#define PAGE_BITS   12u
#define LEVEL_FIRST 1u
#define LEVEL_LAST  3u

uint64_t table_user_entry(unsigned int access, bool normal)
{
	uint64_t entry = TABLE_ALL | TABLE_USER | TABLE_NOT_GLOBAL | TABLE_PXN;

	if ((access & PORT_ACCESS_WRITE) == 0) {
		entry |= TABLE_READ_ONLY;
	}
	if ((access & PORT_ACCESS_EXECUTE) == 0) {
		entry |= TABLE_UXN;
	}
	return normal ? entry | TABLE_NORMAL : entry;
}

static uint64_t *table_at(uint64_t *table, uint64_t address, unsigned int level)
{
	unsigned int shift = PAGE_BITS + (LEVEL_LAST - level) * LEVEL_BITS;

	return &table[address >> shift & (TABLE_ENTRIES - 1)];
}

static uint64_t *table_below(uint64_t entry)
{
	return (uint64_t *)pages_from_physical(entry & TABLE_ADDRESS);
}

static uint64_t *table_make(uint64_t *entry)
{
	struct port_pages *pages = port_pages_alloc(1);
	uint64_t *table;

	if (pages == NULL) {
		return NULL;
	}
	table = port_pages_address(pages);
	table_set(entry, pages_physical(pages) | TABLE_PAGE);
	return table;
}

uint64_t *table_entry(uint64_t *root, uint64_t address, bool make)
{
	uint64_t *table = root;

	for (unsigned int level = LEVEL_FIRST; level < LEVEL_LAST; level++) {
		uint64_t *entry = table_at(table, address, level);

		if ((*entry & TABLE_VALID) != 0) {
			table = table_below(*entry);
		} else {
			table = make ? table_make(entry) : NULL;
		}
		if (table == NULL) {
			return NULL;
		}
	}
	return table_at(table, address, LEVEL_LAST);
}

/* The hardware reads entries at any time: one store each. */
static void entry_store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

void table_set(uint64_t *entry, uint64_t value)
{
	check((*entry & TABLE_VALID) == 0);
	(*pages_count_of(entry))++;
	entry_store(entry, value);
}

bool table_clear(uint64_t *entry)
{
	uint16_t *count = pages_count_of(entry);

	check((*entry & TABLE_VALID) != 0 && *count > 0);
	entry_store(entry, 0);
	(*count)--;
	return *count == 0;
}

void table_prune(uint64_t *root, uint64_t address, struct table_list *unlinked)
{
	unlinked->count = 0;
	for (unsigned int level = LEVEL_LAST - 1; level >= LEVEL_FIRST; level--) {
		uint64_t *table = root;
		uint64_t *entry;

		for (unsigned int i = LEVEL_FIRST; i < level; i++) {
			table = table_below(*table_at(table, address, i));
		}
		entry = table_at(table, address, level);
		if (*pages_count_of(table_below(*entry)) > 0) {
			return;
		}
		unlinked->tables[unlinked->count++] = table_below(*entry);
		table_clear(entry);
	}
}

void table_release(struct table_list *unlinked)
{
	for (size_t i = 0; i < unlinked->count; i++) {
		pages_free_table(unlinked->tables[i]);
	}
	unlinked->count = 0;
}

static void level_destroy(uint64_t *table, unsigned int level)
{
	for (size_t i = 0; i < TABLE_ENTRIES; i++) {
		if ((table[i] & TABLE_VALID) == 0) {
			continue;
		}
		if (level < LEVEL_LAST - 1) {
			level_destroy(table_below(table[i]), level + 1);
		}
		if (level < LEVEL_LAST) {
			pages_free_table(table_below(table[i]));
		}
		table[i] = 0;
	}
}

void table_destroy(uint64_t *root)
{
	level_destroy(root, LEVEL_FIRST);
	*pages_count_of(root) = 0;
}
