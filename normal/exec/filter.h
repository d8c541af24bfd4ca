/* filter.h - which system calls of a program the supervisor is told of.
 *
 * The filter is no protection: whatever it does not know runs as it always did. It sees numbers and
 * not paths, so every open() is told, and of ioctl() those whose number is of a TEE device. */
#ifndef NORMAL_EXEC_FILTER_H
#define NORMAL_EXEC_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/bits.h"

/* System calls that can be told of, and the instructions that takes. */
#define FILTER_CALLS_MAX	32u
#define FILTER_INSTRUCTIONS_MAX (FILTER_CALLS_MAX + 12u)

struct filter_choice {
	uint32_t architecture; /* an AUDIT_ARCH_*; calls of others are not told */
	int calls[FILTER_CALLS_MAX];
	size_t count;
	int ioctl; /* told when its request is of TEE_IOC_MAGIC */
};

/* The number of instructions. `choice->count` is at most FILTER_CALLS_MAX. */
size_t filter_make(const struct filter_choice *choice,
		   struct sock_filter program[FILTER_INSTRUCTIONS_MAX]);

/* Put the calling process, and all it will ever start, under `program`. It gives up gaining rights by
 * exec. The listener, or a negative errno: -EBUSY: there is a listener already; -EINVAL: the kernel is
 * too old (Linux 5.19 or later is needed). */
MUST_CHECK int filter_install(struct sock_filter *program, size_t count);

#endif
