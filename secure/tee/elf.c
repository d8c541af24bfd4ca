#include "secure/tee/elf.h"

#include <string.h>

#include "secure/tee/elf_dynamic.h"
#include "secure/tee/elf_file.h"
#include "secure/tee/elf_memory.h"

/* --- the head of a TA --- */

static TEE_Result head_read(const struct elf_memory *memory, const struct elf_dynamic *dynamic,
			    uint64_t start, struct ta_head *head)
{
	const uint8_t *bytes;
	uint64_t address;

	if (!elf_dynamic_find(memory, dynamic, TA_HEAD_SYMBOL, &address)) {
		address = start;
	}
	bytes = elf_memory_at(memory, address, sizeof(*head));
	if (bytes == NULL) {
		return elf_refuse("its ta_head lies outside its segments");
	}
	memcpy(head, bytes, sizeof(*head));
	if (head->depr_entry != TA_HEAD_NO_LEGACY_ENTRY) {
		return elf_refuse("no ta_head, or that of a TA of the old kind");
	}
	return TEE_SUCCESS;
}

/* --- the whole program --- */

static TEE_Result relocate(const struct elf_memory *memory, const struct elf_file *file,
			   struct elf_program *program)
{
	struct elf_dynamic dynamic;
	TEE_Result res;

	res = elf_dynamic_read(memory, &file->dynamic, &dynamic);
	if (res == TEE_SUCCESS) {
		res = elf_dynamic_relocate(memory, &dynamic);
	}
	if (res == TEE_SUCCESS) {
		res = head_read(memory, &dynamic, file->low, &program->head);
	}
	return res;
}

TEE_Result elf_load(struct space *space, const uint8_t *file, size_t size,
		    struct elf_program *program)
{
	struct elf_file headers;
	struct elf_memory memory;
	TEE_Result res;

	res = elf_file_read(file, size, &headers);
	if (res == TEE_SUCCESS) {
		res = elf_memory_load(&memory, space, &headers);
	}
	if (res == TEE_SUCCESS) {
		res = relocate(&memory, &headers, program);
	}
	if (res == TEE_SUCCESS) {
		res = elf_memory_protect(&memory);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	program->entry = memory.base + headers.entry;
	program->load_address = memory.base + headers.low;
	program->size = headers.high - headers.low;
	return TEE_SUCCESS;
}
