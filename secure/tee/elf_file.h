/* elf_file.h - the headers of an ELF file: which bytes go where, and nothing else. */
#ifndef SECURE_TEE_ELF_FILE_H
#define SECURE_TEE_ELF_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "lib/bits.h"

#define ELF_PROGRAM_HEADERS_MAX 32u
/* Segments that are loaded. */
#define ELF_SEGMENTS_MAX	8u
/* From the first byte of the first segment to the last of the last. */
#define ELF_IMAGE_SIZE_MAX	(64u << 20)

/* Addresses are the file's own, as if it were loaded at 0. A size of 0: there is none. */
struct elf_range {
	uint64_t address;
	uint64_t size;
};

/* `memory` is the whole of it, `file_size` of which come from the file at `offset`, which is
 * checked to be there. */
struct elf_segment {
	struct elf_range memory;
	uint64_t offset;
	uint64_t file_size;
	unsigned int access; /* PORT_ACCESS_*, never WRITE and EXECUTE */
};

/* Segments are in ascending order and share no page; [low, high) are the pages of all of them. */
struct elf_file {
	const uint8_t *bytes;
	size_t size;
	uint64_t entry;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	size_t segment_count;
	uint64_t low;
	uint64_t high;
	struct elf_range dynamic;
	struct elf_range relro;
};

/* BAD_FORMAT: see the log. `bytes` stays the caller's and is referred to by `file`. */
MUST_CHECK TEE_Result elf_file_read(const uint8_t *bytes, size_t size, struct elf_file *file);

/* Say in the log what is wrong with a program: always BAD_FORMAT. */
MUST_CHECK TEE_Result elf_refuse(const char *why);

#endif
