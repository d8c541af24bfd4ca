/* elf_memory.h - the memory of a program that is being loaded.
 *
 * Until elf_memory_protect() every page is readable and writable and not executable. */
#ifndef SECURE_TEE_ELF_MEMORY_H
#define SECURE_TEE_ELF_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"
#include "secure/core/space.h"
#include "secure/tee/elf_file.h"

/* Each segment is one span, and the one that is partly read-only after relocation is three. */
#define ELF_SPANS_MAX (ELF_SEGMENTS_MAX + 2u)

/* Pages with one access, and where the secure kernel sees them. */
struct elf_span {
	struct elf_range range;
	unsigned int access;
	bool relocatable; /* the program's own relocations may change it */
	uint8_t *bytes;
};

struct elf_memory {
	struct space *space;
	uint64_t base; /* what is added to an address of the file; wraps around */
	struct elf_span spans[ELF_SPANS_MAX];
	size_t span_count;
};

/* Find a place in `space`, map it, and fill in what the file has. OUT_OF_MEMORY; BAD_FORMAT with a
 * log line. What was mapped stays mapped on failure. */
MUST_CHECK TEE_Result elf_memory_load(struct elf_memory *memory, struct space *space,
				      const struct elf_file *file);

/* The bytes of [address, address + size); NULL unless all of it lies in one span. */
MUST_CHECK const uint8_t *elf_memory_at(const struct elf_memory *memory, uint64_t address,
					uint64_t size);
/* The same, and only where relocations may write. */
MUST_CHECK uint8_t *elf_memory_relocatable(const struct elf_memory *memory, uint64_t address,
					   uint64_t size);

/* Give every span the access that it has while the program runs. */
MUST_CHECK TEE_Result elf_memory_protect(const struct elf_memory *memory);

#endif
