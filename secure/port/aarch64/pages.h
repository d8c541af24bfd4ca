/* pages.h - the secure memory behind the kernel's image, in pages. */
#ifndef SECURE_PORT_AARCH64_PAGES_H
#define SECURE_PORT_AARCH64_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "secure/core/port.h"

/* As many as the secure memory has. */
#define PAGES_MAX 3840u

/* [base, end) is what is given out. `physical` is the physical address of `base`. Once, at boot. */
void pages_init(void *base, void *end, uint64_t physical);

uint64_t pages_physical(const struct port_pages *pages);
void *pages_from_physical(uint64_t address);
size_t pages_size(const struct port_pages *pages);

/* Each page has a counter for whoever owns it: page tables count their valid entries there. For the page
 * that `inside` points into. */
uint16_t *pages_count_of(const void *inside);
/* The page that begins at `table` is an allocation of its own. */
void pages_free_table(void *table);

/* Pages given out now, at most, and in all. */
struct pages_census {
	size_t used;
	size_t peak;
	size_t total;
};
void pages_census(struct pages_census *census);

#endif
