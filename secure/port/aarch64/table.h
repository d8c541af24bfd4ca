/* table.h - page tables as data: entries of 4 KiB pages, three levels of 9 bits each below 512 GiB.
 *
 * Tables come from and go back to pages.h; what the hardware has to be told is the caller's business.
 * No function here locks. */
#ifndef SECURE_PORT_AARCH64_TABLE_H
#define SECURE_PORT_AARCH64_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_ENTRIES 512u

#define TABLE_VALID	 (1ull << 0)
#define TABLE_PAGE	 (3ull << 0) /* also: a table below */
#define TABLE_BLOCK	 (1ull << 0)
#define TABLE_MEMORY	 (0ull << 2)
#define TABLE_DEVICE	 (1ull << 2)
#define TABLE_NORMAL	 (1ull << 5) /* an address of the normal world */
#define TABLE_USER	 (1ull << 6)
#define TABLE_READ_ONLY	 (1ull << 7)
#define TABLE_INNER	 (3ull << 8)
#define TABLE_ACCESSED	 (1ull << 10)
#define TABLE_NOT_GLOBAL (1ull << 11)
#define TABLE_PXN	 (1ull << 53)
#define TABLE_UXN	 (1ull << 54)
#define TABLE_ADDRESS	 0x0000FFFFFFFFF000ull

/* Entries for the kernel's pages, the normal world's in the window, and a TA's. */
#define TABLE_ALL	   (TABLE_PAGE | TABLE_ACCESSED | TABLE_INNER)
#define TABLE_KERNEL_CODE  (TABLE_ALL | TABLE_READ_ONLY | TABLE_UXN)
#define TABLE_KERNEL_CONST (TABLE_ALL | TABLE_READ_ONLY | TABLE_UXN | TABLE_PXN)
#define TABLE_KERNEL_DATA  (TABLE_ALL | TABLE_UXN | TABLE_PXN)
#define TABLE_WINDOW	   (TABLE_KERNEL_DATA | TABLE_NORMAL)

/* What the entry of a TA's page is, but for its address. `access` is PORT_ACCESS_*. */
uint64_t table_user_entry(unsigned int access, bool normal);

/* The entry of the page at `address` in the tree whose root (level 1) is `root`. With `make` the tables on
 * the way are made. NULL: there is none, or no memory for one. */
uint64_t *table_entry(uint64_t *root, uint64_t address, bool make);

/* Set an entry that is not valid; the table counts it. */
void table_set(uint64_t *entry, uint64_t value);

/* Make the entry of `address` invalid. true: the table it was in is empty now (table_prune()). */
bool table_clear(uint64_t *entry);

/* Give back the tables on the way to `address` that are empty. The hardware must not walk them any more
 * when they are used again: *unlinked gets them as a list for table_release(), after the barrier. */
struct table_list {
	uint64_t *tables[2];
	size_t count;
};
void table_prune(uint64_t *root, uint64_t address, struct table_list *unlinked);
void table_release(struct table_list *unlinked);

/* All tables below the root; the root's entries are left invalid. Nobody walks them any more. */
void table_destroy(uint64_t *root);

#endif
