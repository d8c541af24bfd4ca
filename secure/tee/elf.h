/* elf.h - put a TA's program into its address space. The file was verified, and is still not
 * trusted: every offset in it is checked.
 *
 * What is loaded: a position-independent ELF64 program of this port's machine that needs no other
 * file, no dynamic linker and no thread-local storage. */
#ifndef SECURE_TEE_ELF_H
#define SECURE_TEE_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/image.h"
#include "lib/bits.h"
#include "secure/core/space.h"

struct elf_program {
	uint64_t entry;
	uint64_t load_address;
	uint64_t size; /* from there to the end of its last page */
	struct ta_head head;
};

/* Load at a random address: segments with their own access (never W and X), relocated, and what was
 * only to be written while relocating made read-only. ta_head is found by its symbol, or at the
 * start of the image; what it says besides that it is no TA of the old kind is the caller's to check.
 * BAD_FORMAT with a log line: what the file got wrong. OUT_OF_MEMORY. On failure the space is good
 * only for space_destroy(). */
MUST_CHECK TEE_Result elf_load(struct space *space, const uint8_t *file, size_t size,
			       struct elf_program *program);

#endif
