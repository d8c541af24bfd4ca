/* futex.h - wait for a word that another process writes.
 *
 * All of it is for words in shared memory, and none of it blocks signals or uses errno: a result is
 * what the kernel said, negative for an error. */
#ifndef SECURE_PORT_HOST_FUTEX_H
#define SECURE_PORT_HOST_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Sleep while *word is `value`; may come back for no reason. */
static inline void futex_wait(const uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

/* Wake everybody who sleeps on `word`. */
static inline void futex_wake(const uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static inline struct futex_waitv futex_waiter(const uint32_t *word, uint32_t value)
{
	return (struct futex_waitv){
		.val = value,
		.uaddr = (uintptr_t)word,
		.flags = FUTEX_32,
	};
}

/* Sleep while every word has its value; may come back for no reason. 0 or a negative errno. */
static inline int futex_wait_any(const struct futex_waitv *waiters, unsigned int count)
{
	return syscall(SYS_futex_waitv, waiters, count, 0, NULL, 0) < 0 ? -errno : 0;
}

static inline uint32_t futex_read(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void futex_write(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

#endif
