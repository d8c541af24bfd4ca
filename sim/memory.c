#include "sim/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chance.h"
#include "sim/fault.h"
#include "sim/trouble.h"

struct os_file {
	unsigned int references;
	uint8_t *bytes;
	size_t pages;
	uint32_t frames[];
};

/* A part of an object, as the driver knows it. */
struct os_memory {
	unsigned int references;
	struct os_file *file;
	size_t first;
	size_t pages;
	size_t offset;
	bool adopted;
};

struct frame {
	struct os_file *file;
	size_t index;
};

static struct frame frames[MEMORY_FRAMES];
static struct chance chance;
static size_t live;

void memory_begin(uint64_t seed)
{
	expect_equal(live, 0);
	chance_begin(&chance, seed, CHANCE_MEMORY);
}

size_t memory_live(void)
{
	return live;
}

/* --- Frames ----------------------------------------------------------------------------------- */

static struct frame *frame_at(uint64_t page)
{
	uint64_t index = (page - MEMORY_BASE) / OS_PAGE_SIZE;

	if (page < MEMORY_BASE || page % OS_PAGE_SIZE != 0 || index >= MEMORY_FRAMES ||
	    frames[index].file == NULL) {
		return NULL;
	}
	return &frames[index];
}

uint8_t *memory_frame(uint64_t page)
{
	const struct frame *frame = frame_at(page);

	return frame == NULL ? NULL : frame->file->bytes + frame->index * OS_PAGE_SIZE;
}

void memory_pin(uint64_t page)
{
	struct frame *frame = frame_at(page);

	expect(frame != NULL);
	memory_file_get(frame->file);
}

void memory_unpin(uint64_t page)
{
	struct frame *frame = frame_at(page);

	expect(frame != NULL);
	memory_file_put(frame->file);
}

/* A free frame that does not follow `previous`. */
static uint32_t frame_draw(uint32_t previous)
{
	for (size_t tries = 0; tries < 64u * MEMORY_FRAMES; tries++) {
		uint32_t index = (uint32_t)chance_below(&chance, MEMORY_FRAMES);

		if (frames[index].file == NULL && index != previous + 1) {
			return index;
		}
	}
	trouble("the normal world's memory is full");
}

/* --- Objects ---------------------------------------------------------------------------------- */

struct os_file *memory_file_new(size_t pages)
{
	struct os_file *file = calloc(1, sizeof(*file) + pages * sizeof(file->frames[0]));
	void *bytes = NULL;
	uint32_t previous = MEMORY_FRAMES;

	if (file == NULL || posix_memalign(&bytes, OS_PAGE_SIZE, pages * OS_PAGE_SIZE) != 0) {
		trouble("no memory for %zu pages", pages);
	}
	memset(bytes, 0, pages * OS_PAGE_SIZE);
	file->references = 1;
	file->bytes = bytes;
	file->pages = pages;
	for (size_t i = 0; i < pages; i++) {
		previous = frame_draw(previous);
		file->frames[i] = previous;
		frames[previous] = (struct frame){ file, i };
	}
	live++;
	return file;
}

void memory_file_get(struct os_file *file)
{
	expect(file->references > 0);
	file->references++;
}

void memory_file_put(struct os_file *file)
{
	expect(file->references > 0);
	file->references--;
	if (file->references > 0) {
		return;
	}
	for (size_t i = 0; i < file->pages; i++) {
		frames[file->frames[i]].file = NULL;
	}
	free(file->bytes);
	free(file);
	live--;
}

uint8_t *memory_file_bytes(const struct os_file *file)
{
	return file->bytes;
}

size_t memory_file_size(const struct os_file *file)
{
	return file->pages * OS_PAGE_SIZE;
}

uint64_t memory_file_page(const struct os_file *file, size_t index)
{
	expect(index < file->pages);
	return MEMORY_BASE + (uint64_t)file->frames[index] * OS_PAGE_SIZE;
}

/* --- What the driver sees (normal/driver/os.h) ------------------------------------------------ */

/* Takes the caller's reference to `file` over. */
static struct os_memory *view_new(struct os_file *file, size_t first, size_t pages)
{
	struct os_memory *memory = calloc(1, sizeof(*memory));

	if (memory == NULL) {
		trouble("no memory for an object");
	}
	*memory = (struct os_memory){
		.references = 1,
		.file = file,
		.first = first,
		.pages = pages,
	};
	return memory;
}

struct os_memory *os_memory_alloc(size_t size)
{
	size_t pages = size / OS_PAGE_SIZE + (size % OS_PAGE_SIZE != 0 ? 1 : 0);

	expect(size != 0);
	if (fault_strikes("os_memory_alloc") || pages > MEMORY_FRAMES / 4) {
		return NULL;
	}
	return view_new(memory_file_new(pages), 0, pages);
}

int os_memory_adopt(const struct os_file *file, uint64_t offset, uint64_t length,
		    struct os_memory **memory)
{
	struct os_file *shared = (struct os_file *)file;
	size_t first = offset / OS_PAGE_SIZE;

	if (file == NULL || length == 0 || !range_within(offset, length, memory_file_size(file))) {
		return -EFAULT;
	}
	if (fault_strikes("os_memory_adopt")) {
		return -ENOMEM;
	}
	memory_file_get(shared);
	*memory = view_new(shared, first, (offset + length - 1) / OS_PAGE_SIZE - first + 1);
	(*memory)->offset = offset % OS_PAGE_SIZE;
	(*memory)->adopted = true;
	return 0;
}

void os_memory_get(struct os_memory *memory)
{
	expect(memory->references > 0);
	memory->references++;
}

void os_memory_put(struct os_memory *memory)
{
	expect(memory->references > 0);
	memory->references--;
	if (memory->references == 0) {
		memory_file_put(memory->file);
		free(memory);
	}
}

size_t os_memory_page_count(const struct os_memory *memory)
{
	return memory->pages;
}

uint64_t os_memory_page(const struct os_memory *memory, size_t index)
{
	expect(index < memory->pages);
	return memory_file_page(memory->file, memory->first + index);
}

size_t os_memory_offset(const struct os_memory *memory)
{
	return memory->offset;
}

void *os_memory_address(struct os_memory *memory)
{
	return memory->file->bytes + memory->first * OS_PAGE_SIZE;
}

const struct os_file *os_memory_file(struct os_memory *memory)
{
	return memory->adopted ? NULL : memory->file;
}
