#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "monitor/tree.h"

#define TREE_SIZE 16384

static _Alignas(8) uint8_t tree[TREE_SIZE];

static void begin(const char *name, const char *device_type)
{
	assert_int_equal(fdt_begin_node(tree, name), 0);
	if (device_type != NULL) {
		assert_int_equal(fdt_property_string(tree, "device_type", device_type), 0);
	}
}

static void memory(const char *name, uint64_t start, uint64_t size, bool secure)
{
	const fdt64_t reg[] = { cpu_to_fdt64(start), cpu_to_fdt64(size) };

	begin(name, "memory");
	assert_int_equal(fdt_property(tree, "reg", reg, sizeof(reg)), 0);
	if (secure) {
		assert_int_equal(fdt_property_string(tree, "status", "disabled"), 0);
		assert_int_equal(fdt_property_string(tree, "secure-status", "okay"), 0);
	}
	assert_int_equal(fdt_end_node(tree), 0);
}

/* As QEMU writes it: the secure memory comes first. */
static int machine_tree(void **state)
{
	(void)state;
	memset(tree, 0, sizeof(tree));
	assert_int_equal(fdt_create(tree, 4096), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	begin("", NULL);
	memory("secram@e000000", 0x0E000000, 0x01000000, true);
	memory("memory@40000000", 0x40000000, 0x20000000, false);
	begin("cpus", NULL);
	for (unsigned int i = 0; i < 3; i++) {
		const char *const names[] = { "cpu@0", "cpu@1", "cpu@2" };

		begin(names[i], "cpu");
		assert_int_equal(fdt_end_node(tree), 0);
	}
	assert_int_equal(fdt_end_node(tree), 0);
	begin("chosen", NULL);
	assert_int_equal(fdt_property_string(tree, "bootargs", "old"), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	return tree_open(tree, TREE_SIZE);
}

static const char *text(const char *path, const char *name)
{
	return fdt_getprop(tree, fdt_path_offset(tree, path), name, NULL);
}

static void the_normal_worlds_memory_is_found_behind_the_secure(void **state)
{
	uint64_t start;
	uint64_t end;

	(void)state;
	assert_int_equal(tree_memory(tree, &start, &end), 0);
	assert_int_equal(start, 0x40000000);
	assert_int_equal(end, 0x60000000);
}

static void cpus_are_counted(void **state)
{
	unsigned int count;

	(void)state;
	assert_int_equal(tree_cpus(tree, &count), 0);
	assert_int_equal(count, 3);
}

static void psci_is_how_each_cpu_is_turned_on(void **state)
{
	int length;
	const void *compatible;

	(void)state;
	assert_int_equal(tree_add_psci(tree), 0);
	assert_string_equal(text("/psci", "method"), "smc");
	compatible = fdt_getprop(tree, fdt_path_offset(tree, "/psci"), "compatible", &length);
	assert_int_equal(length, sizeof("arm,psci-1.0") + sizeof("arm,psci-0.2"));
	assert_true(fdt_stringlist_contains(compatible, length, "arm,psci-0.2"));
	assert_string_equal(text("/cpus/cpu@0", "enable-method"), "psci");
	assert_string_equal(text("/cpus/cpu@1", "enable-method"), "psci");
	assert_string_equal(text("/cpus/cpu@2", "enable-method"), "psci");
}

static void the_tee_is_where_the_driver_looks(void **state)
{
	const fdt32_t interrupts[] = { cpu_to_fdt32(0), cpu_to_fdt32(187), cpu_to_fdt32(1) };
	const void *found;
	int length;

	(void)state;
	assert_int_equal(tree_add_tee(tree), 0);
	assert_string_equal(text("/firmware/optee", "compatible"), "linaro,optee-tz");
	assert_string_equal(text("/firmware/optee", "method"), "smc");
	found = fdt_getprop(tree, fdt_path_offset(tree, "/firmware/optee"), "interrupts", &length);
	assert_int_equal(length, sizeof(interrupts));
	assert_memory_equal(found, interrupts, sizeof(interrupts));
}

static void adding_twice_is_adding_once(void **state)
{
	(void)state;
	assert_int_equal(tree_add_psci(tree), 0);
	assert_int_equal(tree_add_tee(tree), 0);
	assert_int_equal(fdt_pack(tree), 0);
	assert_int_equal(tree_open(tree, TREE_SIZE), 0);
	assert_int_equal(tree_add_psci(tree), 0);
	assert_int_equal(tree_add_tee(tree), 0);
	assert_int_equal(fdt_check_full(tree, TREE_SIZE), 0);
}

static void the_kernel_is_told_its_command_line_and_initrd(void **state)
{
	const struct kernel kernel = {
		.initrd = 0x48000000,
		.initrd_end = 0x48123456,
		.arguments = "console=ttyAMA0",
	};
	const fdt64_t *end;

	(void)state;
	assert_int_equal(tree_add_kernel(tree, &kernel), 0);
	assert_string_equal(text("/chosen", "bootargs"), "console=ttyAMA0");
	end = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "linux,initrd-end", NULL);
	assert_non_null(end);
	assert_int_equal(fdt64_ld(end), 0x48123456);
}

static void without_an_initrd_none_is_promised(void **state)
{
	const struct kernel kernel = { .arguments = "" };

	(void)state;
	assert_int_equal(tree_add_kernel(tree, &kernel), 0);
	assert_null(text("/chosen", "linux,initrd-start"));
}

static void secure_memory_is_taken_out_and_the_rest_stays(void **state)
{
	uint64_t start;
	uint64_t end;

	(void)state;
	assert_int_equal(tree_remove_secure_memory(tree), 0);
	assert_int_equal(fdt_path_offset(tree, "/secram@e000000"), -FDT_ERR_NOTFOUND);
	assert_int_equal(tree_memory(tree, &start, &end), 0);
	assert_int_equal(start, 0x40000000);
	assert_int_equal(tree_remove_secure_memory(tree), 0);
}

static void what_is_no_tree_is_refused(void **state)
{
	static _Alignas(8) uint8_t nothing[64];

	(void)state;
	assert_int_not_equal(tree_open(nothing, sizeof(nothing)), 0);
}

static void a_tree_without_memory_or_cpus_is_refused(void **state)
{
	uint64_t start;
	uint64_t end;
	unsigned int count;

	(void)state;
	assert_int_equal(fdt_del_node(tree, fdt_path_offset(tree, "/memory@40000000")), 0);
	assert_int_equal(fdt_del_node(tree, fdt_path_offset(tree, "/cpus")), 0);
	assert_int_not_equal(tree_memory(tree, &start, &end), 0);
	assert_int_not_equal(tree_cpus(tree, &count), 0);
}

static void a_full_tree_is_an_error_and_stays_good(void **state)
{
	(void)state;
	assert_int_equal(fdt_pack(tree), 0);
	assert_int_equal(tree_add_tee(tree), -FDT_ERR_NOSPACE);
	assert_int_equal(fdt_check_full(tree, TREE_SIZE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_normal_worlds_memory_is_found_behind_the_secure,
				       machine_tree),
		cmocka_unit_test_setup(cpus_are_counted, machine_tree),
		cmocka_unit_test_setup(psci_is_how_each_cpu_is_turned_on, machine_tree),
		cmocka_unit_test_setup(the_tee_is_where_the_driver_looks, machine_tree),
		cmocka_unit_test_setup(adding_twice_is_adding_once, machine_tree),
		cmocka_unit_test_setup(the_kernel_is_told_its_command_line_and_initrd,
				       machine_tree),
		cmocka_unit_test_setup(without_an_initrd_none_is_promised, machine_tree),
		cmocka_unit_test_setup(secure_memory_is_taken_out_and_the_rest_stays, machine_tree),
		cmocka_unit_test_setup(what_is_no_tree_is_refused, machine_tree),
		cmocka_unit_test_setup(a_tree_without_memory_or_cpus_is_refused, machine_tree),
		cmocka_unit_test_setup(a_full_tree_is_an_error_and_stays_good, machine_tree),
	};

	return cmocka_run_group_tests_name("monitor/tree", tests, NULL, NULL);
}
