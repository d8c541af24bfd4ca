/* fake_os.h - os.h for tests: POSIX threads, made-up physical addresses, allocations that fail when
 * they are told to, and a clock that moves when it is told to. */
#ifndef NORMAL_DRIVER_FAKE_OS_H
#define NORMAL_DRIVER_FAKE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "normal/driver/event.h"
#include "normal/driver/os.h"

/* Forget all of the test before. */
void fake_os_reset(void);

/* What was allocated and not given back: blocks, and memory objects. */
size_t fake_os_blocks(void);
size_t fake_os_memories(void);
/* The `number`-th allocation from now fails, of a block or of memory; 0: none does. */
void fake_os_fail(unsigned int number);
/* Did it come to that? */
bool fake_os_failed(void);

/* What a world switch is; fake_smc() after a reset. */
void fake_os_on_smc(void (*smc)(struct smc_regs *regs));

/* Where physical address `address` is; NULL: no memory there (any more). */
void *fake_os_physical(uint64_t address);

/* What os_sha1() was given last; the digest is 20 bytes 0xff. */
const uint8_t *fake_os_hashed(size_t *size);

/* A client's file: `size` bytes of it may be shared. */
struct os_file {
	size_t size;
};

/* --- Tasks ----------------------------------------------------------------------------------- */

struct fake_task;

struct fake_task *fake_task_start(void (*run)(void *arg), void *arg);
void fake_task_kill(struct fake_task *task);
void fake_task_join(struct fake_task *task);
/* The calling thread is killed, or lives again. */
void fake_self_kill(bool killed);
/* Return when at least `count` tasks sleep in a completion that nobody has completed yet. */
void fake_wait_asleep(unsigned int count);

/* --- Time ------------------------------------------------------------------------------------ */

/* Whoever waits with a time-out, with nobody to wake it, finds that the time has passed. Otherwise
 * fake_time_advance() has to make it pass. */
void fake_time_flies(bool flies);
void fake_time_advance(uint32_t milliseconds);
/* Sum of all os_sleep(). */
uint64_t fake_time_slept_ms(void);

#define FAKE_REAL_SECONDS     1700000000u
#define FAKE_REAL_NANOSECONDS 123456789u

/* --- Events ---------------------------------------------------------------------------------- */

#define FAKE_EVENTS_MAX 256u

size_t fake_events(void);
struct driver_event fake_event(size_t index);
void fake_events_forget(void);

#endif
