/* plugin.c - counts what QEMU executes, by where in memory it lies: a TCG plugin for a machine of one CPU.
 *
 *	-plugin FILE.so,out=FILE
 *
 * At each MARK_INSTRUCTION a line goes to the file: what was executed since QEMU started, at EL3 (the monitor,
 * in flash), at S-EL1 (the secure kernel), at S-EL0 (TAs), and everywhere else. A line of the same kind that
 * begins with "boot" is written when the first instruction from elsewhere is executed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <qemu-plugin.h>

#include "bench/qemu/mark.h"

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

enum place {
	PLACE_MONITOR,
	PLACE_KERNEL,
	PLACE_TA,
	PLACE_NORMAL,
	PLACES,
};

/* As in monitor/offsets.h and secure/port/aarch64 (layout.h, space.c). */
static const struct range {
	uint64_t start;
	uint64_t end;
} ranges[] = {
	[PLACE_MONITOR] = { 0, 0x00100000 },
	[PLACE_KERNEL] = { 0x0E100000, 0x0F000000 },
	[PLACE_TA] = { 0xFFFFFF8010000000, 0xFFFFFF8400000000 },
};

static uint64_t counts[PLACES];
static bool booted;
static FILE *out;

static enum place place_of(uint64_t address)
{
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (address >= ranges[i].start && address < ranges[i].end) {
			return (enum place)i;
		}
	}
	return PLACE_NORMAL;
}

static void line_write(const char *word)
{
	fprintf(out, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", word,
		counts[PLACE_MONITOR], counts[PLACE_KERNEL], counts[PLACE_TA],
		counts[PLACE_NORMAL]);
	fflush(out);
}

static void mark_reached(unsigned int cpu, void *unused)
{
	line_write("mark");
}

static void elsewhere_reached(unsigned int cpu, void *unused)
{
	if (!booted) {
		booted = true;
		line_write("boot");
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	enum place place = place_of(qemu_plugin_tb_vaddr(tb));
	size_t count = qemu_plugin_tb_n_insns(tb);
	size_t i;

	for (i = 0; i < count; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
		uint32_t word;

		qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64,
							   &counts[place], 1);
		memcpy(&word, qemu_plugin_insn_data(instruction), sizeof(word));
		if (word == MARK_INSTRUCTION) {
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark_reached,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
		}
	}
	if (place == PLACE_NORMAL && !booted) {
		qemu_plugin_register_vcpu_tb_exec_cb(tb, elsewhere_reached, QEMU_PLUGIN_CB_NO_REGS,
						     NULL);
	}
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
					   char **argv)
{
	static const char option[] = "out=";

	if (argc != 1 || strncmp(argv[0], option, strlen(option)) != 0) {
		fprintf(stderr, "plugin: usage: -plugin FILE.so,out=FILE\n");
		return -1;
	}
	if (info->system.max_vcpus != 1) {
		fprintf(stderr, "plugin: counts one CPU only\n");
		return -1;
	}
	out = fopen(argv[0] + strlen(option), "w");
	if (out == NULL) {
		perror(argv[0]);
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
