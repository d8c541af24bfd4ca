/* os.c - the driver's operating system (normal/driver/os.h) on the simulation's tasks.
 *
 * Every lock, wake-up and world switch is a moment at which the seed may let another task run.
 * What the driver promises about its locks is checked here: none is held over a wait or a world
 * switch. */
#include "normal/driver/os.h"

#include <assert.h>
#include <errno.h>
#include <mbedtls/md.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "normal/gate/gate.h"
#include "sim/fault.h"
#include "sim/os.h"
#include "sim/task.h"
#include "sim/trouble.h"

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

/* What the calendar says when the virtual clock says 0. */
#define EPOCH_S 1700000000ull

struct sim_mutex {
	struct task *owner;
	struct list waiting;
};

struct sim_completion {
	unsigned int count;
	struct list waiting;
};

static_assert(sizeof(struct sim_mutex) <= sizeof(struct os_mutex), "a mutex fits");
static_assert(sizeof(struct sim_completion) <= sizeof(struct os_completion), "it fits");

static size_t live;
static void (*event_observe)(void *arg, const struct driver_event *event);
static void *event_arg;

void os_begin(void)
{
	expect_equal(live, 0);
	os_observe(NULL, NULL);
}

size_t os_live(void)
{
	return live;
}

/* --- Locks ------------------------------------------------------------------------------------ */

static struct sim_mutex *sim_mutex(struct os_mutex *mutex)
{
	return (struct sim_mutex *)(void *)mutex->space;
}

void os_mutex_init(struct os_mutex *mutex)
{
	sim_mutex(mutex)->owner = NULL;
	list_init(&sim_mutex(mutex)->waiting);
	live++;
}

void os_mutex_destroy(struct os_mutex *mutex)
{
	expect(sim_mutex(mutex)->owner == NULL);
	expect(list_is_empty(&sim_mutex(mutex)->waiting));
	live--;
}

void os_mutex_lock(struct os_mutex *mutex)
{
	struct sim_mutex *own = sim_mutex(mutex);

	expect(own->owner != task_current());
	task_yield();
	while (own->owner != NULL) {
		(void)task_wait(&own->waiting, "a mutex", TASK_FOREVER, TASK_STUBBORN);
	}
	own->owner = task_current();
	task_locks(+1);
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	struct sim_mutex *own = sim_mutex(mutex);

	expect(own->owner == task_current());
	own->owner = NULL;
	task_locks(-1);
	task_wake(&own->waiting);
}

/* --- Completions ------------------------------------------------------------------------------ */

static struct sim_completion *sim_completion(struct os_completion *completion)
{
	return (struct sim_completion *)(void *)completion->space;
}

void os_completion_init(struct os_completion *completion)
{
	sim_completion(completion)->count = 0;
	list_init(&sim_completion(completion)->waiting);
	live++;
}

void os_completion_destroy(struct os_completion *completion)
{
	expect(list_is_empty(&sim_completion(completion)->waiting));
	live--;
}

void os_complete(struct os_completion *completion)
{
	sim_completion(completion)->count++;
	task_wake(&sim_completion(completion)->waiting);
}

static enum task_woken completion_wait(struct os_completion *completion, uint64_t deadline_ns,
				       enum task_patience patience)
{
	struct sim_completion *own = sim_completion(completion);
	enum task_woken woken = TASK_WOKEN;

	expect_equal(task_locks(0), 0);
	while (own->count == 0 && woken == TASK_WOKEN) {
		woken = task_wait(&own->waiting, "a completion", deadline_ns, patience);
	}
	if (own->count == 0) {
		return woken;
	}
	own->count--;
	return TASK_WOKEN;
}

void os_wait(struct os_completion *completion)
{
	(void)completion_wait(completion, TASK_FOREVER, TASK_STUBBORN);
}

int os_wait_killable(struct os_completion *completion)
{
	return completion_wait(completion, TASK_FOREVER, TASK_KILLABLE) == TASK_WOKEN ? 0 : -EINTR;
}

int os_wait_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	uint64_t deadline_ns = task_time_ns() + timeout_ms * NS_PER_MS;

	return completion_wait(completion, deadline_ns, TASK_STUBBORN) == TASK_WOKEN ? 0
										     : -ETIMEDOUT;
}

int os_wait_killable_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	switch (completion_wait(completion, task_time_ns() + timeout_ms * NS_PER_MS,
				TASK_KILLABLE)) {
	case TASK_WOKEN:
		return 0;
	case TASK_TIMEOUT:
		return -ETIMEDOUT;
	default:
		return -EINTR;
	}
}

/* --- Tasks and time --------------------------------------------------------------------------- */

bool os_task_killed(void)
{
	return task_killed(task_current());
}

void os_task_yield(void)
{
	task_yield();
}

void os_sleep(uint32_t milliseconds)
{
	expect_equal(task_locks(0), 0);
	(void)task_wait(NULL, "a moment to come", task_time_ns() + milliseconds * NS_PER_MS,
			TASK_KILLABLE);
}

uint64_t os_time_monotonic_ns(void)
{
	return task_time_ns();
}

void os_time_real(uint64_t *seconds, uint32_t *nanoseconds)
{
	uint64_t now = task_time_ns();

	*seconds = EPOCH_S + now / NS_PER_S;
	*nanoseconds = (uint32_t)(now % NS_PER_S);
}

int os_work(void (*work)(void *arg), void *arg)
{
	struct task *task = fault_strikes("os_work") ? NULL : task_start("work", work, arg);

	if (task == NULL) {
		return -ENOMEM;
	}
	task_detach(task);
	return 0;
}

/* --- The rest --------------------------------------------------------------------------------- */

void *os_alloc(size_t size)
{
	void *memory = fault_strikes("os_alloc") ? NULL : calloc(1, size);

	live += memory != NULL ? 1 : 0;
	return memory;
}

void os_free(void *memory)
{
	live -= memory != NULL ? 1 : 0;
	free(memory);
}

void os_smc(struct smc_regs *regs)
{
	expect_equal(task_locks(0), 0);
	task_yield();
	gate_smc(regs);
	task_yield();
}

void os_sha1(const void *data, size_t size, uint8_t digest[20])
{
	if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), data, size, digest) != 0) {
		trouble("the crypto library has no SHA-1");
	}
}

void os_log(enum os_log_level level, const char *format, ...)
{
	static const char letters[] = {
		[OS_LOG_ERROR] = 'E',
		[OS_LOG_WARNING] = 'W',
		[OS_LOG_INFO] = 'I',
	};
	char line[256];
	int used = snprintf(line, sizeof(line), "%c/driver: ", letters[level]);
	va_list args;

	va_start(args, format);
	vsnprintf(line + used, sizeof(line) - (size_t)used, format, args);
	va_end(args);
	trouble_line(line, sizeof(line));
}

void os_observe(void (*observe)(void *arg, const struct driver_event *event), void *arg)
{
	event_observe = observe;
	event_arg = arg;
}

void os_event(const struct driver_event *event)
{
	if (event_observe != NULL) {
		event_observe(event_arg, event);
	}
}
