#include "secure/tee/elf_file.h"

#include <string.h>

#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/tee/elf64.h"

TEE_Result elf_refuse(const char *why)
{
	log_error("TA program refused: %s", why);
	return TEE_ERROR_BAD_FORMAT;
}

/* --- the header --- */

static TEE_Result header_check(const struct elf_file *file, const struct elf64_header *header)
{
	if (memcmp(header->ident, ELF64_MAGIC, ELF64_MAGIC_SIZE) != 0) {
		return elf_refuse("not an ELF file");
	}
	if (header->ident[ELF64_IDENT_CLASS] != ELF64_CLASS_64 ||
	    header->ident[ELF64_IDENT_DATA] != ELF64_DATA_LITTLE ||
	    header->ident[ELF64_IDENT_VERSION] != ELF64_VERSION ||
	    header->version != ELF64_VERSION) {
		return elf_refuse("not a 64-bit little-endian ELF file");
	}
	if (header->machine != port_elf_machine()) {
		return elf_refuse("built for another machine");
	}
	if (header->type != ELF64_TYPE_DYN) {
		return elf_refuse("not position independent (type of the file)");
	}
	if (header->phentsize != sizeof(struct elf64_program_header)) {
		return elf_refuse("size of a program header");
	}
	if (header->phnum > ELF_PROGRAM_HEADERS_MAX) {
		return elf_refuse("too many program headers");
	}
	if (!range_within(header->phoff, header->phnum * sizeof(struct elf64_program_header),
			  file->size)) {
		return elf_refuse("program headers lie outside the file");
	}
	return TEE_SUCCESS;
}

/* --- segments --- */

static unsigned int access_of(uint32_t flags)
{
	unsigned int access = PORT_ACCESS_READ;

	if (flags & ELF64_PF_W) {
		access |= PORT_ACCESS_WRITE;
	}
	if (flags & ELF64_PF_X) {
		access |= PORT_ACCESS_EXECUTE;
	}
	return access;
}

static TEE_Result segment_check(const struct elf_file *file,
				const struct elf64_program_header *header)
{
	uint64_t end;

	if (header->align != PORT_PAGE_SIZE) {
		return elf_refuse("a segment is not aligned to pages of 4096 bytes");
	}
	if (!is_aligned(header->vaddr - header->offset, PORT_PAGE_SIZE)) {
		return elf_refuse("a segment lies differently in its pages than in the file");
	}
	if ((header->flags & ELF64_PF_W) && (header->flags & ELF64_PF_X)) {
		return elf_refuse("a segment is writable and executable");
	}
	if (header->filesz > header->memsz) {
		return elf_refuse("a segment is larger in the file than in memory");
	}
	if (!range_within(header->offset, header->filesz, file->size)) {
		return elf_refuse("a segment lies outside the file");
	}
	if (__builtin_add_overflow(header->vaddr, header->memsz, &end) ||
	    !align_up(end, PORT_PAGE_SIZE, &end)) {
		return elf_refuse("a segment lies outside the address space");
	}
	return TEE_SUCCESS;
}

/* Extend [low, high) by the segment that comes next. */
static TEE_Result pages_extend(struct elf_file *file, const struct elf_range *memory)
{
	uint64_t start = align_down(memory->address, PORT_PAGE_SIZE);
	uint64_t end =
		align_down(memory->address + memory->size + PORT_PAGE_SIZE - 1, PORT_PAGE_SIZE);

	if (file->segment_count == 0) {
		file->low = start;
	} else if (start < file->high) {
		return elf_refuse("segments share a page or are not in order");
	}
	file->high = end;
	if (file->high - file->low > ELF_IMAGE_SIZE_MAX) {
		return elf_refuse("too large");
	}
	return TEE_SUCCESS;
}

static TEE_Result load_read(struct elf_file *file, const struct elf64_program_header *header)
{
	struct elf_range memory = { header->vaddr, header->memsz };
	TEE_Result res;

	if (header->memsz == 0) {
		return TEE_SUCCESS;
	}
	if (file->segment_count == ELF_SEGMENTS_MAX) {
		return elf_refuse("too many segments");
	}
	res = segment_check(file, header);
	if (res == TEE_SUCCESS) {
		res = pages_extend(file, &memory);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	file->segments[file->segment_count] = (struct elf_segment){
		.memory = memory,
		.offset = header->offset,
		.file_size = header->filesz,
		.access = access_of(header->flags),
	};
	file->segment_count++;
	return TEE_SUCCESS;
}

/* --- the other program headers --- */

static TEE_Result range_read(struct elf_range *range, const struct elf64_program_header *header,
			     const char *twice)
{
	if (range->size != 0) {
		return elf_refuse(twice);
	}
	*range = (struct elf_range){ header->vaddr, header->memsz };
	return TEE_SUCCESS;
}

static TEE_Result program_header_read(struct elf_file *file,
				      const struct elf64_program_header *header)
{
	switch (header->type) {
	case ELF64_PT_LOAD:
		return load_read(file, header);
	case ELF64_PT_DYNAMIC:
		return range_read(&file->dynamic, header, "two dynamic segments");
	case ELF64_PT_GNU_RELRO:
		return range_read(&file->relro, header, "two read-only-after-relocation segments");
	case ELF64_PT_INTERP:
		return elf_refuse("it asks for a dynamic linker (PT_INTERP)");
	case ELF64_PT_TLS:
		return elf_refuse("it has thread-local storage, which is not supported (PT_TLS)");
	default:
		return TEE_SUCCESS;
	}
}

static bool entry_is_code(const struct elf_file *file)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		const struct elf_segment *segment = &file->segments[i];

		if ((segment->access & PORT_ACCESS_EXECUTE) &&
		    file->entry - segment->memory.address < segment->memory.size) {
			return true;
		}
	}
	return false;
}

TEE_Result elf_file_read(const uint8_t *bytes, size_t size, struct elf_file *file)
{
	struct elf64_header header;
	TEE_Result res;

	*file = (struct elf_file){ .bytes = bytes, .size = size };
	if (size < sizeof(header)) {
		return elf_refuse("the file ends before its header does");
	}
	memcpy(&header, bytes, sizeof(header));
	res = header_check(file, &header);
	for (size_t i = 0; res == TEE_SUCCESS && i < header.phnum; i++) {
		struct elf64_program_header program;

		memcpy(&program, bytes + header.phoff + i * sizeof(program), sizeof(program));
		res = program_header_read(file, &program);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	file->entry = header.entry;
	if (!entry_is_code(file)) {
		return elf_refuse("its entry is not in executable memory");
	}
	return TEE_SUCCESS;
}
