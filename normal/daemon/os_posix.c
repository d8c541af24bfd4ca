/* os_posix.c - the driver's operating system (normal/driver/os.h), made of POSIX threads. */
#include <errno.h>
#include <mbedtls/version.h>
#include <mbedtls/md.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "normal/daemon/event_log.h"
#include "normal/daemon/log.h"
#include "normal/daemon/task.h"
#include "normal/driver/os.h"
#include "normal/gate/gate.h"

struct os_posix_completion {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int count;
};

static_assert(sizeof(pthread_mutex_t) <= sizeof(struct os_mutex), "a mutex fits");
static_assert(sizeof(struct os_posix_completion) <= sizeof(struct os_completion), "it fits");

static _Thread_local struct task *current;

static pthread_mutex_t *posix_mutex(struct os_mutex *mutex)
{
	return (pthread_mutex_t *)(void *)mutex->space;
}

static struct os_posix_completion *posix_completion(struct os_completion *completion)
{
	return (struct os_posix_completion *)(void *)completion->space;
}

static void condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

static struct timespec deadline_in(uint32_t milliseconds)
{
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += milliseconds / 1000;
	deadline.tv_nsec += (long)(milliseconds % 1000) * 1000000l;
	if (deadline.tv_nsec >= 1000000000l) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000l;
	}
	return deadline;
}

/* --- Tasks ----------------------------------------------------------------------------------- */

void task_init(struct task *task)
{
	pthread_mutex_init(&task->lock, NULL);
	condition_init(&task->asleep);
	atomic_store(&task->killed, false);
	task->waiting = NULL;
}

void task_destroy(struct task *task)
{
	pthread_mutex_destroy(&task->lock);
	pthread_cond_destroy(&task->asleep);
}

void task_adopt(struct task *task)
{
	current = task;
}

/* `waiting` is cleared under the task's lock after the wait, so what it points at is alive here. */
void task_kill(struct task *task)
{
	pthread_mutex_lock(&task->lock);
	atomic_store(&task->killed, true);
	pthread_cond_broadcast(&task->asleep);
	if (task->waiting != NULL) {
		pthread_mutex_lock(&task->waiting->lock);
		pthread_cond_broadcast(&task->waiting->changed);
		pthread_mutex_unlock(&task->waiting->lock);
	}
	pthread_mutex_unlock(&task->lock);
}

bool os_task_killed(void)
{
	return current != NULL && atomic_load(&current->killed);
}

void os_task_yield(void)
{
	sched_yield();
}

static void task_waits_on(struct os_posix_completion *completion)
{
	if (current != NULL) {
		pthread_mutex_lock(&current->lock);
		current->waiting = completion;
		pthread_mutex_unlock(&current->lock);
	}
}

void os_sleep(uint32_t milliseconds)
{
	struct timespec deadline = deadline_in(milliseconds);

	if (current == NULL) {
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {
		}
		return;
	}
	pthread_mutex_lock(&current->lock);
	while (!atomic_load(&current->killed) &&
	       pthread_cond_timedwait(&current->asleep, &current->lock, &deadline) != ETIMEDOUT) {
	}
	pthread_mutex_unlock(&current->lock);
}

struct work {
	void (*run)(void *arg);
	void *arg;
};

static void *work_run(void *arg)
{
	struct work work = *(struct work *)arg;

	free(arg);
	work.run(work.arg);
	return NULL;
}

int os_work(void (*run)(void *arg), void *arg)
{
	struct work *work = malloc(sizeof(*work));
	pthread_t thread;

	if (work == NULL) {
		return -ENOMEM;
	}
	*work = (struct work){ run, arg };
	if (pthread_create(&thread, NULL, work_run, work) != 0) {
		free(work);
		return -ENOMEM;
	}
	pthread_detach(thread);
	return 0;
}

/* --- Locks ----------------------------------------------------------------------------------- */

void os_mutex_init(struct os_mutex *mutex)
{
	pthread_mutex_init(posix_mutex(mutex), NULL);
}

void os_mutex_destroy(struct os_mutex *mutex)
{
	pthread_mutex_destroy(posix_mutex(mutex));
}

void os_mutex_lock(struct os_mutex *mutex)
{
	pthread_mutex_lock(posix_mutex(mutex));
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	pthread_mutex_unlock(posix_mutex(mutex));
}

void os_completion_init(struct os_completion *completion)
{
	struct os_posix_completion *posix = posix_completion(completion);

	pthread_mutex_init(&posix->lock, NULL);
	condition_init(&posix->changed);
	posix->count = 0;
}

void os_completion_destroy(struct os_completion *completion)
{
	struct os_posix_completion *posix = posix_completion(completion);

	/* Whoever completed it may still hold the lock for a moment. */
	pthread_mutex_lock(&posix->lock);
	pthread_mutex_unlock(&posix->lock);
	pthread_mutex_destroy(&posix->lock);
	pthread_cond_destroy(&posix->changed);
}

void os_complete(struct os_completion *completion)
{
	struct os_posix_completion *posix = posix_completion(completion);

	pthread_mutex_lock(&posix->lock);
	posix->count++;
	pthread_cond_signal(&posix->changed);
	pthread_mutex_unlock(&posix->lock);
}

void os_wait(struct os_completion *completion)
{
	struct os_posix_completion *posix = posix_completion(completion);

	pthread_mutex_lock(&posix->lock);
	while (posix->count == 0) {
		pthread_cond_wait(&posix->changed, &posix->lock);
	}
	posix->count--;
	pthread_mutex_unlock(&posix->lock);
}

int os_wait_killable(struct os_completion *completion)
{
	struct os_posix_completion *posix = posix_completion(completion);
	int error = 0;

	task_waits_on(posix);
	pthread_mutex_lock(&posix->lock);
	while (posix->count == 0 && !os_task_killed()) {
		pthread_cond_wait(&posix->changed, &posix->lock);
	}
	if (posix->count > 0) {
		posix->count--;
	} else {
		error = -EINTR;
	}
	pthread_mutex_unlock(&posix->lock);
	task_waits_on(NULL);
	return error;
}

int os_wait_killable_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	struct os_posix_completion *posix = posix_completion(completion);
	struct timespec deadline = deadline_in(timeout_ms);
	int error = 0;

	task_waits_on(posix);
	pthread_mutex_lock(&posix->lock);
	while (posix->count == 0 && error == 0 && !os_task_killed()) {
		error = -pthread_cond_timedwait(&posix->changed, &posix->lock, &deadline);
	}
	if (posix->count > 0) {
		posix->count--;
		error = 0;
	} else if (os_task_killed()) {
		error = -EINTR;
	}
	pthread_mutex_unlock(&posix->lock);
	task_waits_on(NULL);
	return error;
}

int os_wait_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	struct os_posix_completion *posix = posix_completion(completion);
	struct timespec deadline = deadline_in(timeout_ms);
	int error = 0;

	pthread_mutex_lock(&posix->lock);
	while (posix->count == 0 && error == 0) {
		error = -pthread_cond_timedwait(&posix->changed, &posix->lock, &deadline);
	}
	if (posix->count > 0) {
		posix->count--;
		error = 0;
	}
	pthread_mutex_unlock(&posix->lock);
	return error;
}

/* --- The rest -------------------------------------------------------------------------------- */

uint64_t os_time_monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

void os_time_real(uint64_t *seconds, uint32_t *nanoseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*seconds = (uint64_t)now.tv_sec;
	*nanoseconds = (uint32_t)now.tv_nsec;
}

void *os_alloc(size_t size)
{
	return calloc(1, size);
}

void os_free(void *memory)
{
	free(memory);
}

void os_smc(struct smc_regs *regs)
{
	gate_smc(regs);
}

void os_sha1(const void *data, size_t size, uint8_t digest[20])
{
	if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), data, size, digest) != 0) {
		daemon_fatal("the crypto library has no SHA-1");
	}
}

void os_log(enum os_log_level level, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	daemon_log(level, "driver: %s", line);
}

void os_event(const struct driver_event *event)
{
	event_log_add(event);
}
