/* kernel.h - where the normal world's kernel begins, as the boot block says (abi/boot.h). */
#ifndef MONITOR_KERNEL_H
#define MONITOR_KERNEL_H

#include <stdint.h>

#include "abi/boot.h"

struct kernel {
	uint64_t entry;
	/* Both 0: there is none. */
	uint64_t initrd;
	uint64_t initrd_end;
	/* Ended by a zero byte. */
	char arguments[BOOT_ARGUMENTS_MAX];
};

/* Copies what a block says into `kernel`. NULL; or, for people, why it cannot be true of a machine with
 * memory in [ram_start, ram_end), and `kernel` is not to be used. */
const char *kernel_from_block(const struct boot_block *block, uint64_t ram_start, uint64_t ram_end,
			      struct kernel *kernel);

#endif
