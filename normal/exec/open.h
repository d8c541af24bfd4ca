/* open.h - the system calls that name a device or ask what a descriptor is, for those that are ours;
 * the rest is the kernel's. */
#ifndef NORMAL_EXEC_OPEN_H
#define NORMAL_EXEC_OPEN_H

#include <stddef.h>

#include "normal/exec/notice.h"

typedef void open_serve(const struct notice *notice);

/* By the name of the system call; a machine need not have every one. */
struct open_call {
	const char *name;
	open_serve *serve;
};

extern const struct open_call open_calls[];
extern const size_t open_calls_count;

#endif
