#include "secure/port/aarch64/tree.h"

#include <libfdt.h>
#include <string.h>

#include "secure/port/aarch64/layout.h"

#define CELL 4

struct tree_memory {
	uint64_t start;
	uint64_t size;
};

static struct tree_memory memories[TREE_MEMORIES_MAX];
static size_t memories_count;
static uint8_t tree_seed_bytes[TREE_SEED_MAX];
static size_t tree_seed_size;

/* `cells` big-endian words. */
static uint64_t number_read(const uint8_t *at, int cells)
{
	uint64_t number = 0;

	for (int i = 0; i < cells * CELL; i++) {
		number = number << 8 | at[i];
	}
	return number;
}

static bool string_is(const void *tree, int node, const char *property, const char *wanted)
{
	int size;
	const char *value = fdt_getprop(tree, node, property, &size);

	return value != NULL && size == (int)strlen(wanted) + 1 &&
	       memcmp(value, wanted, (size_t)size) == 0;
}

/* Disabled memory is the secure world's own, as QEMU and others describe it. */
static bool node_is_memory(const void *tree, int node)
{
	return string_is(tree, node, "device_type", "memory") &&
	       (fdt_getprop(tree, node, "status", NULL) == NULL ||
		string_is(tree, node, "status", "okay"));
}

/* Whoever wrote the tree: our own memory is never the normal world's. */
static const char *memory_add(uint64_t start, uint64_t size)
{
	uint64_t end;

	if (memories_count == TREE_MEMORIES_MAX) {
		return "device tree: too many ranges of memory";
	}
	if (__builtin_add_overflow(start, size, &end) ||
	    (start < LAYOUT_KERNEL_END && end > LAYOUT_SECURE_BASE)) {
		return "device tree: memory that cannot be the normal world's";
	}
	memories[memories_count++] = (struct tree_memory){ .start = start, .size = size };
	return NULL;
}

static const char *memory_read(const void *tree, int node, int address_cells, int size_cells)
{
	int entry = (address_cells + size_cells) * CELL;
	int size;
	const uint8_t *reg = fdt_getprop(tree, node, "reg", &size);

	if (reg == NULL || size % entry != 0) {
		return "device tree: a memory node without a proper reg";
	}
	for (; size > 0; size -= entry, reg += entry) {
		const char *problem =
			memory_add(number_read(reg, address_cells),
				   number_read(reg + address_cells * CELL, size_cells));

		if (problem != NULL) {
			return problem;
		}
	}
	return NULL;
}

static const char *memories_read(const void *tree)
{
	int address_cells = fdt_address_cells(tree, 0);
	int size_cells = fdt_size_cells(tree, 0);
	int node;

	if (address_cells < 1 || address_cells > 2 || size_cells < 1 || size_cells > 2) {
		return "device tree: addresses of a strange size";
	}
	fdt_for_each_subnode(node, tree, 0)
	{
		const char *problem = NULL;

		if (node_is_memory(tree, node)) {
			problem = memory_read(tree, node, address_cells, size_cells);
		}
		if (problem != NULL) {
			return problem;
		}
	}
	return memories_count > 0 ? NULL : "device tree: no memory for the normal world";
}

static void seed_add(const void *tree, int node, const char *property)
{
	int size;
	const uint8_t *value = fdt_getprop(tree, node, property, &size);

	for (int i = 0; value != NULL && i < size && tree_seed_size < TREE_SEED_MAX; i++) {
		tree_seed_bytes[tree_seed_size++] = value[i];
	}
}

static const char *tree_parse(const void *tree, size_t size)
{
	int chosen;

	if (size < TREE_HEAD || fdt_check_full(tree, size) != 0) {
		return "device tree: there is none, or it is broken";
	}
	chosen = fdt_path_offset(tree, "/chosen");
	if (chosen >= 0) {
		seed_add(tree, chosen, "rng-seed");
		seed_add(tree, chosen, "kaslr-seed");
	}
	return memories_read(tree);
}

const char *tree_read(const void *tree, size_t size)
{
	const char *problem;

	memories_count = 0;
	tree_seed_size = 0;
	problem = tree_parse(tree, size);
	if (problem != NULL) {
		memories_count = 0;
	}
	return problem;
}

size_t tree_size(const void *head)
{
	return fdt_check_header(head) == 0 ? fdt_totalsize(head) : 0;
}

bool tree_memory_covers(uint64_t address, uint64_t size)
{
	for (size_t i = 0; i < memories_count; i++) {
		if (address >= memories[i].start &&
		    range_within(address - memories[i].start, size, memories[i].size)) {
			return true;
		}
	}
	return false;
}

size_t tree_seed(uint8_t seed[TREE_SEED_MAX])
{
	memcpy(seed, tree_seed_bytes, tree_seed_size);
	return tree_seed_size;
}
