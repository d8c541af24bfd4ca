#include "monitor/tree.h"

#include <libfdt.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* SPI 187, edge-triggered, as the GIC's binding writes it. */
#define NOTIFICATION_SPI  187u
#define INTERRUPT_SPI	  0u
#define INTERRUPT_EDGE	  1u
/* Deeper or larger trees are not of this machine. */
#define TREE_NODES_MAX	  4096u
#define MEMORY_CELL_BYTES 16

static const char psci_compatible[] = "arm,psci-1.0\0arm,psci-0.2";

int tree_open(void *tree, uint32_t size_max)
{
	int result = fdt_check_header(tree);

	if (result != 0) {
		return result;
	}
	return fdt_open_into(tree, tree, (int)size_max);
}

/* Not the secure world's own. */
static bool is_normal_memory(const void *tree, int node)
{
	return fdt_getprop(tree, node, "secure-status", NULL) == NULL;
}

static int next_memory(const void *tree, int node)
{
	return fdt_node_offset_by_prop_value(tree, node, "device_type", "memory", sizeof("memory"));
}

int tree_memory(const void *tree, uint64_t *start, uint64_t *end)
{
	int node = next_memory(tree, -1);

	for (unsigned int i = 0; i < TREE_NODES_MAX && node >= 0; i++) {
		int size;
		const fdt64_t *reg = fdt_getprop(tree, node, "reg", &size);

		if (is_normal_memory(tree, node) && reg != NULL && size >= MEMORY_CELL_BYTES) {
			*start = fdt64_ld(&reg[0]);
			if (__builtin_add_overflow(*start, fdt64_ld(&reg[1]), end)) {
				return -FDT_ERR_BADVALUE;
			}
			return 0;
		}
		node = next_memory(tree, node);
	}
	return node < 0 ? node : -FDT_ERR_BADSTRUCTURE;
}

static int next_cpu(const void *tree, int node)
{
	return fdt_node_offset_by_prop_value(tree, node, "device_type", "cpu", sizeof("cpu"));
}

int tree_cpus(const void *tree, unsigned int *count)
{
	int node = next_cpu(tree, -1);

	*count = 0;
	while (node >= 0 && *count < TREE_NODES_MAX) {
		(*count)++;
		node = next_cpu(tree, node);
	}
	return node == -FDT_ERR_NOTFOUND && *count > 0 ? 0 : -FDT_ERR_BADSTRUCTURE;
}

/* The node `name` below `parent`, made if need be. */
static int node_at(void *tree, int parent, const char *name)
{
	int node = fdt_subnode_offset(tree, parent, name);

	return node == -FDT_ERR_NOTFOUND ? fdt_add_subnode(tree, parent, name) : node;
}

/* An addition moves what comes after it: each node is found anew. */
static int add_enable_methods(void *tree)
{
	int node = next_cpu(tree, -1);

	for (unsigned int i = 0; i < TREE_NODES_MAX && node >= 0; i++) {
		int result = fdt_setprop_string(tree, node, "enable-method", "psci");

		if (result != 0) {
			return result;
		}
		node = next_cpu(tree, node);
	}
	return node == -FDT_ERR_NOTFOUND ? 0 : node;
}

int tree_add_psci(void *tree)
{
	int node = node_at(tree, 0, "psci");
	int result;

	if (node < 0) {
		return node;
	}
	result = fdt_setprop(tree, node, "compatible", psci_compatible, sizeof(psci_compatible));
	if (result != 0) {
		return result;
	}
	result = fdt_setprop_string(tree, node, "method", "smc");
	if (result != 0) {
		return result;
	}
	return add_enable_methods(tree);
}

int tree_add_tee(void *tree)
{
	const fdt32_t interrupts[] = {
		cpu_to_fdt32(INTERRUPT_SPI),
		cpu_to_fdt32(NOTIFICATION_SPI),
		cpu_to_fdt32(INTERRUPT_EDGE),
	};
	int firmware = node_at(tree, 0, "firmware");
	int node;
	int result;

	if (firmware < 0) {
		return firmware;
	}
	node = node_at(tree, firmware, "optee");
	if (node < 0) {
		return node;
	}
	result = fdt_setprop_string(tree, node, "compatible", "linaro,optee-tz");
	if (result != 0) {
		return result;
	}
	result = fdt_setprop_string(tree, node, "method", "smc");
	if (result != 0) {
		return result;
	}
	return fdt_setprop(tree, node, "interrupts", interrupts, sizeof(interrupts));
}

int tree_add_kernel(void *tree, const struct kernel *kernel)
{
	int node = node_at(tree, 0, "chosen");
	int result;

	if (node < 0) {
		return node;
	}
	result = fdt_setprop_string(tree, node, "bootargs", kernel->arguments);
	if (result != 0 || kernel->initrd == 0) {
		return result;
	}
	result = fdt_setprop_u64(tree, node, "linux,initrd-start", kernel->initrd);
	if (result != 0) {
		return result;
	}
	return fdt_setprop_u64(tree, node, "linux,initrd-end", kernel->initrd_end);
}

int tree_remove_secure_memory(void *tree)
{
	int node = next_memory(tree, -1);

	for (unsigned int i = 0; i < TREE_NODES_MAX && node >= 0; i++) {
		if (is_normal_memory(tree, node)) {
			node = next_memory(tree, node);
			continue;
		}
		if (fdt_del_node(tree, node) != 0) {
			return -FDT_ERR_INTERNAL;
		}
		node = next_memory(tree, -1);
	}
	return node == -FDT_ERR_NOTFOUND ? 0 : node;
}
