/* elf_dynamic.h - the dynamic section of a program in memory: its symbols and relocations. */
#ifndef SECURE_TEE_ELF_DYNAMIC_H
#define SECURE_TEE_ELF_DYNAMIC_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/tee/elf_memory.h"

#define ELF_DYNAMIC_ENTRIES_MAX 256u
#define ELF_SYMBOLS_MAX		65536u
#define ELF_RELOCATIONS_MAX	(1u << 20)

/* Where the tables are; each lies wholly in one span. An empty one is all zero. */
struct elf_dynamic {
	struct elf_range relocations;
	struct elf_range plt_relocations;
	uint64_t symbols;
	uint32_t symbol_count;
	struct elf_range strings;
};

/* A program without a dynamic section has empty tables. BAD_FORMAT with a log line. */
MUST_CHECK TEE_Result elf_dynamic_read(const struct elf_memory *memory,
				       const struct elf_range *section,
				       struct elf_dynamic *dynamic);

/* The address, in the file's numbering, of the symbol `name` that the program defines. */
MUST_CHECK bool elf_dynamic_find(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
				 const char *name, uint64_t *address);

/* Apply all relocations. BAD_FORMAT with a log line: an unknown kind, a place that is not the
 * program's to write, a symbol that nobody defines. */
MUST_CHECK TEE_Result elf_dynamic_relocate(const struct elf_memory *memory,
					   const struct elf_dynamic *dynamic);

#endif
