/* target.h - a look into a program that waits in a system call: its memory, its descriptors, its
 * signals. A thread is named by its number; who may be named anew in the meantime is for
 * notice_is_valid() to say. */
#ifndef NORMAL_EXEC_TARGET_H
#define NORMAL_EXEC_TARGET_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/bits.h"

/* All of it or -EFAULT. */
MUST_CHECK int target_read(pid_t thread, uint64_t address, void *bytes, size_t size);
MUST_CHECK int target_write(pid_t thread, uint64_t address, const void *bytes, size_t size);

/* With its terminating zero; -EFAULT, -ENAMETOOLONG. */
MUST_CHECK int target_read_path(pid_t thread, uint64_t address, char path[PATH_MAX]);

/* May we look into it at all? 0 or a negative errno. */
MUST_CHECK int target_try(pid_t thread);

/* The number of the socket that descriptor `fd` is; 0: it is none. */
uint64_t target_socket(pid_t thread, int fd);

/* The directory that descriptor `fd` (or AT_FDCWD) is. false: unknown. */
MUST_CHECK bool target_directory(pid_t thread, int fd, char path[PATH_MAX]);

/* Is all of [address, address + size) mapped for reading and writing? */
bool target_is_writable(pid_t thread, uint64_t address, uint64_t size);

/* A descriptor of its whole memory, which stays that memory's when the process execs or ends; -1. */
int target_memory(pid_t thread);

/* Should a call that can be interrupted return to the program now, because of a signal? */
enum target_signal {
	TARGET_QUIET,
	TARGET_SIGNAL_MINE,  /* it is this thread's to take */
	TARGET_SIGNAL_MAYBE, /* or another thread's of the process */
};
enum target_signal target_signal(pid_t thread);

#endif
