/* port_normal.c - secure/core/port.h: the normal world's memory. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/list.h"
#include "secure/core/port.h"
#include "sim/fault.h"
#include "sim/memory.h"
#include "sim/normal.h"
#include "sim/trouble.h"

#define ARENA_SIZE (1ull << 36)

struct mapping {
	struct list link;
	uint8_t *address;
	size_t count;
	uint64_t pages[];
};

/* Addresses that no byte is behind. Each world uses each of them once. */
static uint8_t *arena;
static uint64_t arena_used;
static struct list mappings = LIST_EMPTY(mappings);
static size_t mappings_count;
static unsigned int reads_count;
static struct normal_observer observer;

void normal_begin(void)
{
	if (arena == NULL) {
		arena = mmap(NULL, ARENA_SIZE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	}
	if (arena == MAP_FAILED) {
		trouble("no room for mappings");
	}
	expect_equal(mappings_count, 0);
	arena_used = PORT_PAGE_SIZE;
	reads_count = 0;
	normal_observe(NULL);
}

size_t normal_mappings(void)
{
	return mappings_count;
}

void normal_observe(const struct normal_observer *who)
{
	observer = who != NULL ? *who : (struct normal_observer){ 0 };
}

/* --- Mappings --------------------------------------------------------------------------------- */

bool port_normal_page(uint64_t page)
{
	return memory_frame(page) != NULL;
}

static struct mapping *mapping_new(const uint64_t *pages, size_t count)
{
	struct mapping *mapping = calloc(1, sizeof(*mapping) + count * sizeof(pages[0]));

	if (mapping == NULL || (count + 1) * PORT_PAGE_SIZE > ARENA_SIZE - arena_used) {
		trouble("no room for a mapping of %zu pages", count);
	}
	mapping->address = arena + arena_used;
	arena_used += (count + 1) * PORT_PAGE_SIZE;
	mapping->count = count;
	memcpy(mapping->pages, pages, count * sizeof(pages[0]));
	list_init(&mapping->link);
	return mapping;
}

void *port_normal_map(const uint64_t *pages, size_t count)
{
	struct mapping *mapping;

	expect(count > 0);
	if (fault_strikes("port_normal_map")) {
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (!port_normal_page(pages[i])) {
			return NULL;
		}
	}
	mapping = mapping_new(pages, count);
	for (size_t i = 0; i < count; i++) {
		memory_pin(pages[i]);
	}
	list_add_front(&mappings, &mapping->link);
	mappings_count++;
	return mapping->address;
}

/* The mapping that has `address`. There is one. */
static struct mapping *mapping_of(const uint8_t *address)
{
	list_for_each (link, &mappings) {
		struct mapping *mapping = list_entry(link, struct mapping, link);

		if (address >= mapping->address &&
		    address < mapping->address + mapping->count * PORT_PAGE_SIZE) {
			return mapping;
		}
	}
	trouble("the secure world uses normal memory that it has not mapped");
}

void port_normal_unmap(void *address, size_t count)
{
	struct mapping *mapping = mapping_of(address);

	expect(mapping->address == address);
	expect_equal(mapping->count, count);
	for (size_t i = 0; i < count; i++) {
		memory_unpin(mapping->pages[i]);
	}
	list_remove(&mapping->link);
	free(mapping);
	mappings_count--;
}

/* --- Access ----------------------------------------------------------------------------------- */

uint8_t *normal_byte(const void *address)
{
	const uint8_t *byte = address;
	const struct mapping *mapping = mapping_of(byte);
	size_t offset = (size_t)(byte - mapping->address);

	return memory_frame(mapping->pages[offset / PORT_PAGE_SIZE]) + offset % PORT_PAGE_SIZE;
}

/* Bytes from `address` to the end of its page, `size` at most. */
static size_t page_part(const uint8_t *address, size_t size)
{
	size_t left = PORT_PAGE_SIZE - (uintptr_t)address % PORT_PAGE_SIZE;

	return size < left ? size : left;
}

void port_normal_read(void *to, const void *from, size_t size)
{
	struct normal_read read = { reads_count, from, to, size };
	const uint8_t *next = from;
	uint8_t *copy = to;
	size_t left = size;

	while (left > 0) {
		size_t part = page_part(next, left);

		memcpy(copy, normal_byte(next), part);
		next += part;
		copy += part;
		left -= part;
	}
	reads_count++;
	if (observer.read != NULL) {
		observer.read(observer.arg, &read);
	}
}

void port_normal_write(void *to, const void *from, size_t size)
{
	const uint8_t *bytes = from;
	uint8_t *next = to;
	size_t left = size;

	while (left > 0) {
		size_t part = page_part(next, left);

		memcpy(normal_byte(next), bytes, part);
		next += part;
		bytes += part;
		left -= part;
	}
	if (observer.write != NULL) {
		observer.write(observer.arg, to, size);
	}
}
