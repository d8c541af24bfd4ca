#include "normal/driver/fake_os.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normal/driver/fake_secure.h"

/* Physical pages of an object lie backwards and apart, so that whoever takes them for adjacent is
 * wrong at once. */
#define PAGE_STRIDE (3ull * OS_PAGE_SIZE)

struct fake_task {
	pthread_t thread;
	void (*run)(void *arg);
	void *arg;
	bool killed;
};

struct os_memory {
	struct os_memory *next;
	unsigned int references;
	size_t pages;
	size_t offset;
	uint64_t first; /* address of the last page: the lowest */
	struct os_file file;
	bool adopted;
	unsigned char *bytes;
};

struct completion {
	unsigned int count;
	unsigned int waiters;
};

static_assert(sizeof(pthread_mutex_t) <= sizeof(struct os_mutex), "it fits");
static_assert(sizeof(struct completion) <= sizeof(struct os_completion), "it fits");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Thread_local struct fake_task *current;
static _Thread_local struct fake_task self;

static struct {
	size_t blocks;
	size_t memories;
	unsigned int fail;
	bool failed;
	unsigned int asleep;
	uint64_t now_ms;
	uint64_t slept_ms;
	bool flies;
	uint64_t next_address;
	struct os_memory *memory;
	uint8_t hashed[64];
	size_t hashed_size;
	size_t events;
	struct driver_event event[FAKE_EVENTS_MAX];
	void (*smc)(struct smc_regs *regs);
} os;

void fake_os_reset(void)
{
	memset(&os, 0, sizeof(os));
	os.next_address = 0x40000000ull;
	os.smc = fake_smc;
	fake_self_kill(false);
}

void fake_os_on_smc(void (*smc)(struct smc_regs *regs))
{
	os.smc = smc;
}

/* --- Allocation: the lock is held ------------------------------------------------------------ */

static bool allocation_fails(void)
{
	if (os.fail == 0 || --os.fail > 0) {
		return false;
	}
	os.failed = true;
	return true;
}

void fake_os_fail(unsigned int number)
{
	pthread_mutex_lock(&lock);
	os.fail = number;
	os.failed = false;
	pthread_mutex_unlock(&lock);
}

bool fake_os_failed(void)
{
	return os.failed;
}

size_t fake_os_blocks(void)
{
	return os.blocks;
}

size_t fake_os_memories(void)
{
	return os.memories;
}

void *os_alloc(size_t size)
{
	bool fails;

	pthread_mutex_lock(&lock);
	fails = allocation_fails();
	os.blocks += fails ? 0 : 1;
	pthread_mutex_unlock(&lock);
	return fails ? NULL : calloc(1, size);
}

void os_free(void *memory)
{
	if (memory != NULL) {
		pthread_mutex_lock(&lock);
		os.blocks--;
		pthread_mutex_unlock(&lock);
		free(memory);
	}
}

/* --- Memory ---------------------------------------------------------------------------------- */

static struct os_memory *memory_new(size_t pages)
{
	struct os_memory *memory;

	pthread_mutex_lock(&lock);
	if (allocation_fails()) {
		pthread_mutex_unlock(&lock);
		return NULL;
	}
	memory = calloc(1, sizeof(*memory));
	assert(memory != NULL);
	memory->references = 1;
	memory->pages = pages;
	memory->bytes = aligned_alloc(OS_PAGE_SIZE, pages * OS_PAGE_SIZE);
	assert(memory->bytes != NULL);
	memset(memory->bytes, 0, pages * OS_PAGE_SIZE);
	memory->first = os.next_address;
	os.next_address += pages * PAGE_STRIDE;
	memory->next = os.memory;
	os.memory = memory;
	os.memories++;
	pthread_mutex_unlock(&lock);
	return memory;
}

struct os_memory *os_memory_alloc(size_t size)
{
	struct os_memory *memory;

	assert(size > 0);
	memory = memory_new((size + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE);
	if (memory != NULL) {
		memory->file.size = memory->pages * OS_PAGE_SIZE;
	}
	return memory;
}

int os_memory_adopt(const struct os_file *file, uint64_t offset, uint64_t length,
		    struct os_memory **memory)
{
	size_t in_page = offset % OS_PAGE_SIZE;

	if (offset > file->size || length > file->size - offset) {
		return -EFAULT;
	}
	*memory = memory_new((in_page + length + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE);
	if (*memory == NULL) {
		return -ENOMEM;
	}
	(*memory)->offset = in_page;
	(*memory)->adopted = true;
	return 0;
}

void os_memory_get(struct os_memory *memory)
{
	pthread_mutex_lock(&lock);
	assert(memory->references > 0);
	memory->references++;
	pthread_mutex_unlock(&lock);
}

void os_memory_put(struct os_memory *memory)
{
	struct os_memory **link = &os.memory;

	pthread_mutex_lock(&lock);
	assert(memory->references > 0);
	if (--memory->references == 0) {
		while (*link != memory) {
			link = &(*link)->next;
		}
		*link = memory->next;
		os.memories--;
		free(memory->bytes);
		free(memory);
	}
	pthread_mutex_unlock(&lock);
}

size_t os_memory_page_count(const struct os_memory *memory)
{
	return memory->pages;
}

uint64_t os_memory_page(const struct os_memory *memory, size_t index)
{
	assert(index < memory->pages);
	return memory->first + (memory->pages - 1 - index) * PAGE_STRIDE;
}

size_t os_memory_offset(const struct os_memory *memory)
{
	return memory->offset;
}

void *os_memory_address(struct os_memory *memory)
{
	return memory->bytes;
}

const struct os_file *os_memory_file(struct os_memory *memory)
{
	return memory->adopted ? NULL : &memory->file;
}

void *fake_os_physical(uint64_t address)
{
	uint64_t page = address / OS_PAGE_SIZE * OS_PAGE_SIZE;
	const struct os_memory *memory;
	void *found = NULL;

	pthread_mutex_lock(&lock);
	for (memory = os.memory; memory != NULL && found == NULL; memory = memory->next) {
		size_t place = page >= memory->first ? (page - memory->first) / PAGE_STRIDE
						     : memory->pages;

		if (place < memory->pages && memory->first + place * PAGE_STRIDE == page) {
			found = memory->bytes + (memory->pages - 1 - place) * OS_PAGE_SIZE +
				address % OS_PAGE_SIZE;
		}
	}
	pthread_mutex_unlock(&lock);
	return found;
}

/* --- Tasks ----------------------------------------------------------------------------------- */

static void *task_main(void *arg)
{
	current = arg;
	current->run(current->arg);
	return NULL;
}

struct fake_task *fake_task_start(void (*run)(void *arg), void *arg)
{
	struct fake_task *task = calloc(1, sizeof(*task));

	assert(task != NULL);
	task->run = run;
	task->arg = arg;
	if (pthread_create(&task->thread, NULL, task_main, task) != 0) {
		abort();
	}
	return task;
}

void fake_task_kill(struct fake_task *task)
{
	pthread_mutex_lock(&lock);
	task->killed = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void fake_task_join(struct fake_task *task)
{
	pthread_join(task->thread, NULL);
	free(task);
}

void fake_self_kill(bool killed)
{
	self.killed = killed;
	current = &self;
}

/* The lock is held. */
static bool is_killed(void)
{
	return current != NULL && current->killed;
}

bool os_task_killed(void)
{
	bool killed;

	pthread_mutex_lock(&lock);
	killed = is_killed();
	pthread_mutex_unlock(&lock);
	return killed;
}

void os_task_yield(void)
{
	sched_yield();
}

struct fake_work {
	void (*work)(void *arg);
	void *arg;
};

static void *work_main(void *arg)
{
	struct fake_work work = *(struct fake_work *)arg;

	free(arg);
	work.work(work.arg);
	return NULL;
}

int os_work(void (*work)(void *arg), void *arg)
{
	struct fake_work *copy;
	pthread_t thread;
	bool fails;

	pthread_mutex_lock(&lock);
	fails = allocation_fails();
	pthread_mutex_unlock(&lock);
	if (fails) {
		return -ENOMEM;
	}
	copy = malloc(sizeof(*copy));
	assert(copy != NULL);
	*copy = (struct fake_work){ work, arg };
	if (pthread_create(&thread, NULL, work_main, copy) != 0) {
		abort();
	}
	pthread_detach(thread);
	return 0;
}

/* --- Mutexes and completions ----------------------------------------------------------------- */

static pthread_mutex_t *mutex_in(struct os_mutex *mutex)
{
	return (pthread_mutex_t *)(void *)mutex->space;
}

void os_mutex_init(struct os_mutex *mutex)
{
	pthread_mutex_init(mutex_in(mutex), NULL);
}

void os_mutex_destroy(struct os_mutex *mutex)
{
	if (pthread_mutex_destroy(mutex_in(mutex)) != 0) {
		abort();
	}
}

void os_mutex_lock(struct os_mutex *mutex)
{
	pthread_mutex_lock(mutex_in(mutex));
}

void os_mutex_unlock(struct os_mutex *mutex)
{
	pthread_mutex_unlock(mutex_in(mutex));
}

static struct completion *completion_in(struct os_completion *completion)
{
	return (struct completion *)(void *)completion->space;
}

void os_completion_init(struct os_completion *completion)
{
	*completion_in(completion) = (struct completion){ 0 };
}

void os_completion_destroy(struct os_completion *completion)
{
	pthread_mutex_lock(&lock);
	if (completion_in(completion)->waiters > 0) {
		abort();
	}
	memset(completion, 0xee, sizeof(*completion));
	pthread_mutex_unlock(&lock);
}

/* Whoever will be woken does not count as asleep from here on. */
void os_complete(struct os_completion *completion)
{
	struct completion *fake = completion_in(completion);

	pthread_mutex_lock(&lock);
	if (fake->waiters > fake->count) {
		os.asleep--;
	}
	fake->count++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* Take one, or give up when `ends` says so. */
static bool wait_until(struct os_completion *completion, bool (*ends)(uint64_t end), uint64_t end)
{
	struct completion *fake = completion_in(completion);
	bool taken;

	pthread_mutex_lock(&lock);
	if (fake->count == 0 && !ends(end)) {
		fake->waiters++;
		os.asleep++;
		pthread_cond_broadcast(&changed);
		while (fake->count == 0 && !ends(end)) {
			pthread_cond_wait(&changed, &lock);
		}
		if (fake->count == 0) {
			os.asleep--;
		}
		fake->waiters--;
	}
	taken = fake->count > 0;
	fake->count -= taken ? 1 : 0;
	pthread_mutex_unlock(&lock);
	return taken;
}

static bool ends_never(uint64_t end)
{
	return false;
}

static bool ends_by_kill(uint64_t end)
{
	return is_killed();
}

static bool ends_by_time(uint64_t end)
{
	if (os.flies && os.now_ms < end) {
		os.now_ms = end;
	}
	return os.now_ms >= end;
}

void os_wait(struct os_completion *completion)
{
	(void)wait_until(completion, ends_never, 0);
}

int os_wait_killable(struct os_completion *completion)
{
	return wait_until(completion, ends_by_kill, 0) ? 0 : -EINTR;
}

int os_wait_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	uint64_t end;

	pthread_mutex_lock(&lock);
	end = os.now_ms + timeout_ms;
	pthread_mutex_unlock(&lock);
	return wait_until(completion, ends_by_time, end) ? 0 : -ETIMEDOUT;
}

static bool ends_by_either(uint64_t end)
{
	return ends_by_kill(end) || ends_by_time(end);
}

int os_wait_killable_timeout(struct os_completion *completion, uint32_t timeout_ms)
{
	bool taken;
	bool killed;
	uint64_t end;

	pthread_mutex_lock(&lock);
	end = os.now_ms + timeout_ms;
	pthread_mutex_unlock(&lock);
	taken = wait_until(completion, ends_by_either, end);
	pthread_mutex_lock(&lock);
	killed = is_killed();
	pthread_mutex_unlock(&lock);
	if (taken) {
		return 0;
	}
	return killed ? -EINTR : -ETIMEDOUT;
}

void fake_wait_asleep(unsigned int count)
{
	pthread_mutex_lock(&lock);
	while (os.asleep < count) {
		pthread_cond_wait(&changed, &lock);
	}
	pthread_mutex_unlock(&lock);
}

/* --- Time ------------------------------------------------------------------------------------ */

void fake_time_flies(bool flies)
{
	pthread_mutex_lock(&lock);
	os.flies = flies;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void fake_time_advance(uint32_t milliseconds)
{
	pthread_mutex_lock(&lock);
	os.now_ms += milliseconds;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

uint64_t fake_time_slept_ms(void)
{
	return os.slept_ms;
}

void os_sleep(uint32_t milliseconds)
{
	pthread_mutex_lock(&lock);
	os.slept_ms += milliseconds;
	os.now_ms += milliseconds;
	pthread_mutex_unlock(&lock);
}

uint64_t os_time_monotonic_ns(void)
{
	uint64_t now;

	pthread_mutex_lock(&lock);
	now = os.now_ms * 1000000;
	pthread_mutex_unlock(&lock);
	return now;
}

void os_time_real(uint64_t *seconds, uint32_t *nanoseconds)
{
	*seconds = FAKE_REAL_SECONDS;
	*nanoseconds = FAKE_REAL_NANOSECONDS;
}

/* --- The rest -------------------------------------------------------------------------------- */

void os_smc(struct smc_regs *regs)
{
	os.smc(regs);
}

/* What was hashed is what a test wants to know, not the hash. */
void os_sha1(const void *data, size_t size, uint8_t digest[20])
{
	assert(size <= sizeof(os.hashed));
	memcpy(os.hashed, data, size);
	os.hashed_size = size;
	memset(digest, 0xff, 20);
}

const uint8_t *fake_os_hashed(size_t *size)
{
	*size = os.hashed_size;
	return os.hashed;
}

void os_log(enum os_log_level level, const char *format, ...)
{
	char line[256];
	va_list args;

	/* The format and its arguments are checked by formatting them. */
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
}

void os_event(const struct driver_event *event)
{
	pthread_mutex_lock(&lock);
	if (os.events < FAKE_EVENTS_MAX) {
		os.event[os.events] = *event;
		os.events++;
	}
	pthread_mutex_unlock(&lock);
}

size_t fake_events(void)
{
	return os.events;
}

struct driver_event fake_event(size_t index)
{
	assert(index < os.events);
	return os.event[index];
}

void fake_events_forget(void)
{
	pthread_mutex_lock(&lock);
	os.events = 0;
	pthread_mutex_unlock(&lock);
}
