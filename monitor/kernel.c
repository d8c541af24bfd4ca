#include "monitor/kernel.h"

#include <string.h>

#include "lib/bits.h"

/* What the architecture's kernels want of their image and of the first instruction. */
#define ENTRY_ALIGNMENT 4u

const char *kernel_from_block(const struct boot_block *block, uint64_t ram_start, uint64_t ram_end,
			      struct kernel *kernel)
{
	if (block->magic != BOOT_MAGIC) {
		return "no boot block";
	}
	if (block->version != BOOT_VERSION) {
		return "a boot block of another version";
	}
	if (!is_aligned(block->kernel, ENTRY_ALIGNMENT) || block->kernel < ram_start ||
	    block->kernel >= ram_end) {
		return "the boot block's kernel is not in memory";
	}
	if (block->initrd != 0 && (block->initrd < ram_start || block->initrd_end > ram_end ||
				   block->initrd_end <= block->initrd)) {
		return "the boot block's initrd is not in memory";
	}
	if (memchr(block->arguments, '\0', sizeof(block->arguments)) == NULL) {
		return "the boot block's command line has no end";
	}
	kernel->entry = block->kernel;
	kernel->initrd = block->initrd;
	kernel->initrd_end = block->initrd != 0 ? block->initrd_end : 0;
	memcpy(kernel->arguments, block->arguments, sizeof(kernel->arguments));
	return NULL;
}
