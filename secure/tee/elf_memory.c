#include "secure/tee/elf_memory.h"

#include <string.h>

#include "secure/core/check.h"

static uint64_t range_end(const struct elf_range *range)
{
	return range->address + range->size;
}

static uint64_t first_page(const struct elf_segment *segment)
{
	return align_down(segment->memory.address, PORT_PAGE_SIZE);
}

/* elf_file.c has seen to it that this does not overflow. */
static uint64_t last_page_end(const struct elf_segment *segment)
{
	return align_down(range_end(&segment->memory) + PORT_PAGE_SIZE - 1, PORT_PAGE_SIZE);
}

/* --- which spans there are --- */

static void span_add(struct elf_memory *memory, uint64_t start, uint64_t end, unsigned int access,
		     bool relocatable)
{
	if (start == end) {
		return;
	}
	check(start < end && memory->span_count < ELF_SPANS_MAX);
	memory->spans[memory->span_count] = (struct elf_span){
		.range = { start, end - start },
		.access = access,
		.relocatable = relocatable,
	};
	memory->span_count++;
}

/* The whole pages of `relro`, which begins in `segment`. A page that it shares with nothing but the
 * unused head of the segment is a whole one. */
static TEE_Result relro_pages(const struct elf_range *relro, const struct elf_segment *segment,
			      struct elf_range *pages)
{
	uint64_t start = relro->address;
	uint64_t end;

	if (__builtin_add_overflow(relro->address, relro->size, &end) ||
	    end > last_page_end(segment)) {
		return elf_refuse("read-only-after-relocation memory leaves its segment");
	}
	if (start != segment->memory.address && !align_up(start, PORT_PAGE_SIZE, &start)) {
		return elf_refuse("read-only-after-relocation memory lies nowhere");
	}
	start = align_down(start, PORT_PAGE_SIZE);
	end = align_down(end, PORT_PAGE_SIZE);
	*pages = (struct elf_range){ start, end > start ? end - start : 0 };
	return TEE_SUCCESS;
}

static bool relro_begins_in(const struct elf_range *relro, const struct elf_segment *segment)
{
	return relro->size != 0 && relro->address >= segment->memory.address &&
	       relro->address < last_page_end(segment);
}

static TEE_Result segment_spans(struct elf_memory *memory, const struct elf_segment *segment,
				const struct elf_range *relro)
{
	bool writable = (segment->access & PORT_ACCESS_WRITE) != 0;
	struct elf_range pages = { last_page_end(segment), 0 };
	TEE_Result res;

	if (writable && relro_begins_in(relro, segment)) {
		res = relro_pages(relro, segment, &pages);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	span_add(memory, first_page(segment), pages.address, segment->access, writable);
	span_add(memory, pages.address, range_end(&pages), PORT_ACCESS_READ, writable);
	span_add(memory, range_end(&pages), last_page_end(segment), segment->access, writable);
	return TEE_SUCCESS;
}

static TEE_Result spans_make(struct elf_memory *memory, const struct elf_file *file)
{
	for (size_t i = 0; i < file->segment_count; i++) {
		TEE_Result res;

		res = segment_spans(memory, &file->segments[i], &file->relro);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

/* --- mapping and filling --- */

static TEE_Result span_map(struct elf_memory *memory, struct elf_span *span)
{
	uint64_t address = memory->base + span->range.address;
	TEE_Result res;

	res = space_map(memory->space, &address, span->range.size / PORT_PAGE_SIZE,
			PORT_ACCESS_READ | PORT_ACCESS_WRITE);
	if (res != TEE_SUCCESS) {
		return res;
	}
	span->bytes = space_address(memory->space, address, span->range.size);
	check(span->bytes != NULL);
	return TEE_SUCCESS;
}

/* Copy what of the segment's file bytes falls into the span. */
static void span_fill(const struct elf_span *span, const struct elf_segment *segment,
		      const uint8_t *file)
{
	uint64_t start = span->range.address;
	uint64_t end = range_end(&span->range);

	if (start < segment->memory.address) {
		start = segment->memory.address;
	}
	if (end > segment->memory.address + segment->file_size) {
		end = segment->memory.address + segment->file_size;
	}
	if (start < end) {
		memcpy(span->bytes + (start - span->range.address),
		       file + segment->offset + (start - segment->memory.address), end - start);
	}
}

static void spans_fill(const struct elf_memory *memory, const struct elf_file *file)
{
	for (size_t i = 0; i < memory->span_count; i++) {
		for (size_t j = 0; j < file->segment_count; j++) {
			span_fill(&memory->spans[i], &file->segments[j], file->bytes);
		}
	}
}

static TEE_Result spans_map(struct elf_memory *memory)
{
	for (size_t i = 0; i < memory->span_count; i++) {
		TEE_Result res;

		res = span_map(memory, &memory->spans[i]);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

TEE_Result elf_memory_load(struct elf_memory *memory, struct space *space,
			   const struct elf_file *file)
{
	uint64_t place;
	TEE_Result res;

	*memory = (struct elf_memory){ .space = space };
	res = spans_make(memory, file);
	if (res != TEE_SUCCESS) {
		return res;
	}
	place = space_place(space, (file->high - file->low) / PORT_PAGE_SIZE);
	if (place == 0) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	memory->base = place - file->low;
	res = spans_map(memory);
	if (res == TEE_SUCCESS) {
		spans_fill(memory, file);
	}
	return res;
}

/* --- looking at it --- */

static const struct elf_span *span_find(const struct elf_memory *memory, uint64_t address,
					uint64_t size)
{
	for (size_t i = 0; i < memory->span_count; i++) {
		const struct elf_span *span = &memory->spans[i];

		if (address >= span->range.address &&
		    range_within(address - span->range.address, size, span->range.size)) {
			return span;
		}
	}
	return NULL;
}

const uint8_t *elf_memory_at(const struct elf_memory *memory, uint64_t address, uint64_t size)
{
	const struct elf_span *span = span_find(memory, address, size);

	return span == NULL ? NULL : span->bytes + (address - span->range.address);
}

uint8_t *elf_memory_relocatable(const struct elf_memory *memory, uint64_t address, uint64_t size)
{
	const struct elf_span *span = span_find(memory, address, size);

	return span == NULL || !span->relocatable ? NULL
						  : span->bytes + (address - span->range.address);
}

TEE_Result elf_memory_protect(const struct elf_memory *memory)
{
	for (size_t i = 0; i < memory->span_count; i++) {
		const struct elf_span *span = &memory->spans[i];
		TEE_Result res;

		res = space_protect(memory->space, memory->base + span->range.address,
				    span->access);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}
