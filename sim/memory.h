/* memory.h - the normal world's physical memory: frames of one page, scattered at random.
 *
 * An object is contiguous where the normal world sees it, and no two of its pages are neighbours in
 * physical memory: only a correct page list finds them. Frames lie above 4 GiB, so that an address
 * takes both its registers. An object lives as long as the normal world or a mapping of the secure
 * world holds it; its frames are not handed out again meanwhile. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"
#include "normal/driver/os.h"

#define MEMORY_FRAMES 65536u
#define MEMORY_BASE   0x140000000ull

void memory_begin(uint64_t seed);

/* What a program maps and shares: os.h's struct os_file. One reference, the caller's. */
struct os_file;
MUST_CHECK struct os_file *memory_file_new(size_t pages);
void memory_file_get(struct os_file *file);
void memory_file_put(struct os_file *file);
/* Where the normal world sees its first byte. */
uint8_t *memory_file_bytes(const struct os_file *file);
size_t memory_file_size(const struct os_file *file);
uint64_t memory_file_page(const struct os_file *file, size_t index);

/* The bytes of the frame at physical address `page`, or NULL when no object has it. A page that is
 * pinned stays when the normal world lets go of its object. */
uint8_t *memory_frame(uint64_t page);
void memory_pin(uint64_t page);
void memory_unpin(uint64_t page);

/* Objects alive. */
size_t memory_live(void);

#endif
