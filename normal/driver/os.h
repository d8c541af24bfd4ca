/* os.h - the only operating system that the driver knows.
 *
 * posternd implements it with POSIX threads (normal/daemon/os_posix.c), the simulation with one
 * thread and a script. A "task" is whoever runs driver code: the thread that serves a client's
 * connection, a worker, the simulation. A task is killed when its client is gone for good. */
#ifndef NORMAL_DRIVER_OS_H
#define NORMAL_DRIVER_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/smc.h"

#define OS_PAGE_SIZE 4096u

/* Room for whatever the OS needs; never copied, never looked into. */
struct os_mutex {
	_Alignas(16) unsigned char space[64];
};

/* Counts: os_complete() adds one, a wait takes one. */
struct os_completion {
	_Alignas(16) unsigned char space[192];
};

void os_mutex_init(struct os_mutex *mutex);
void os_mutex_destroy(struct os_mutex *mutex);
void os_mutex_lock(struct os_mutex *mutex);
void os_mutex_unlock(struct os_mutex *mutex);

void os_completion_init(struct os_completion *completion);
void os_completion_destroy(struct os_completion *completion);
void os_complete(struct os_completion *completion);
void os_wait(struct os_completion *completion);
/* 0, or -EINTR: the calling task was killed, nothing was taken. */
int os_wait_killable(struct os_completion *completion);
/* 0, or -ETIMEDOUT after `timeout_ms`. Not interrupted by anything. */
int os_wait_timeout(struct os_completion *completion, uint32_t timeout_ms);

/* 0; -EINTR: the calling task was killed; -ETIMEDOUT. In the last two nothing was taken. */
int os_wait_killable_timeout(struct os_completion *completion, uint32_t timeout_ms);

/* Has the calling task been killed? */
bool os_task_killed(void);
/* Give the other tasks a turn. */
void os_task_yield(void);
/* May return early when the task is killed. */
void os_sleep(uint32_t milliseconds);

uint64_t os_time_monotonic_ns(void);
void os_time_real(uint64_t *seconds, uint32_t *nanoseconds);

/* Run work(arg) soon, in a task of its own. -ENOMEM. */
int os_work(void (*work)(void *arg), void *arg);

/* Zeroed. NULL: none left. os_free(NULL) does nothing. */
void *os_alloc(size_t size);
void os_free(void *memory);

/* --- Memory that the secure world can be told about ------------------------------------------ */

/* Whole pages of normal physical memory, counted. Page addresses need not be adjacent. */
struct os_memory;

/* A file that travels with an ioctl on the client's side: owned by whoever passes it in. */
struct os_file;

/* `size` bytes rounded up to pages, zeroed, mapped here. NULL: no memory. size is not 0. */
struct os_memory *os_memory_alloc(size_t size);
/* The client's own pages: [offset, offset + length) of `file`. -EFAULT: not memory that may be
 * shared (not sealed, not covered); -ENOMEM. Not mapped here until os_memory_address(). */
int os_memory_adopt(const struct os_file *file, uint64_t offset, uint64_t length,
		    struct os_memory **memory);
void os_memory_get(struct os_memory *memory);
void os_memory_put(struct os_memory *memory);
size_t os_memory_page_count(const struct os_memory *memory);
/* The physical address of page `index`. */
uint64_t os_memory_page(const struct os_memory *memory, size_t index);
/* Offset of the first byte in page 0 (an unaligned registration). */
size_t os_memory_offset(const struct os_memory *memory);
/* Where this program sees the first page; NULL: cannot be mapped. */
void *os_memory_address(struct os_memory *memory);
/* A file for the client to map, from page 0. NULL: none (adopted memory). Owned by `memory`. */
const struct os_file *os_memory_file(struct os_memory *memory);

/* --- The rest -------------------------------------------------------------------------------- */

/* The world switch (normal/gate). */
void os_smc(struct smc_regs *regs);

void os_sha1(const void *data, size_t size, uint8_t digest[20]);

enum os_log_level {
	OS_LOG_ERROR,
	OS_LOG_WARNING,
	OS_LOG_INFO,
};

__attribute__((format(printf, 2, 3))) void os_log(enum os_log_level level, const char *format, ...);

/* Something worth seeing happened (event.h). Must not block for long. */
struct driver_event;
void os_event(const struct driver_event *event);

#endif
