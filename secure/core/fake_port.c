#include "secure/core/fake_port.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE_SIZE	PORT_PAGE_SIZE
#define STACKS_MAX	256u
#define SPACE_MAPS_MAX	64u
#define RANDOM_KEPT	8u
#define RANDOM_SIZE_MAX 64u
#define PANIC_STATUS	77

/* Everything below that more than one POSIX thread may reach. */
static pthread_mutex_t fake_mutex = PTHREAD_MUTEX_INITIALIZER;

struct fake_port fake;

extern char **environ;

static _Noreturn void fake_abort(const char *why)
{
	fprintf(stderr, "fake port: %s\n", why);
	abort();
}

static void fake_require(bool condition, const char *why)
{
	if (!condition) {
		fake_abort(why);
	}
}

static void fake_lock(void)
{
	fake_require(pthread_mutex_lock(&fake_mutex) == 0, "lock");
}

static void fake_unlock(void)
{
	fake_require(pthread_mutex_unlock(&fake_mutex) == 0, "unlock");
}

/* With the lock held. */
static bool fake_allowed(long *left)
{
	if (*left == 0) {
		return false;
	}
	if (*left > 0) {
		(*left)--;
	}
	return true;
}

/* --- CPUs ------------------------------------------------------------------------------------ */

static _Thread_local unsigned int cpu_now;
static unsigned int cpu_interrupts_off[PORT_CPUS_MAX];

void fake_cpu_set(unsigned int cpu)
{
	cpu_now = cpu;
}

unsigned int fake_interrupts_off(void)
{
	return cpu_interrupts_off[cpu_now];
}

unsigned int port_cpu(void)
{
	return cpu_now;
}

void port_notification_raise(void)
{
	__atomic_add_fetch(&fake.notifications_raised, 1, __ATOMIC_SEQ_CST);
}

void port_relax(void)
{
	sched_yield();
}

uint32_t port_interrupts_off(void)
{
	void (*hook)(void) = fake.interrupt_hook;

	if (hook != NULL && cpu_interrupts_off[cpu_now] == 0) {
		fake.interrupt_hook = NULL;
		hook();
	}
	cpu_interrupts_off[cpu_now]++;
	return cpu_interrupts_off[cpu_now];
}

void port_interrupts_restore(uint32_t state)
{
	fake_require(state > 0 && state == cpu_interrupts_off[cpu_now], "interrupts do not nest");
	cpu_interrupts_off[cpu_now]--;
}

/* --- Stacks ---------------------------------------------------------------------------------- */

struct stack {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool woken;
	/* The CPU that switched here. */
	unsigned int cpu;

	/* Of a secure thread's stack. */
	void *base;
	bool has_thread;
	bool fresh;
	jmp_buf start;
	void (*work)(void *arg);
	void *arg;
};

static struct stack stacks[STACKS_MAX];
static unsigned int stacks_count;

static void stack_init(struct stack *stack)
{
	memset(stack, 0, sizeof(*stack));
	pthread_mutex_init(&stack->mutex, NULL);
	pthread_cond_init(&stack->changed, NULL);
}

static void stack_wake(struct stack *stack)
{
	pthread_mutex_lock(&stack->mutex);
	fake_require(!stack->woken, "two CPUs switch to one stack");
	stack->woken = true;
	stack->cpu = cpu_now;
	pthread_cond_signal(&stack->changed);
	pthread_mutex_unlock(&stack->mutex);
}

/* Returns when somebody switched to the stack, or goes back to its start when it is a fresh one. */
static void stack_wait(struct stack *stack)
{
	bool fresh;

	pthread_mutex_lock(&stack->mutex);
	while (!stack->woken) {
		pthread_cond_wait(&stack->changed, &stack->mutex);
	}
	stack->woken = false;
	cpu_now = stack->cpu;
	fresh = stack->fresh;
	pthread_mutex_unlock(&stack->mutex);
	if (fresh) {
		longjmp(stack->start, 1);
	}
}

static void *stack_main(void *arg)
{
	struct stack *stack = arg;

	if (setjmp(stack->start) == 0) {
		stack_wait(stack);
	}
	pthread_mutex_lock(&stack->mutex);
	stack->fresh = false;
	pthread_mutex_unlock(&stack->mutex);
	stack->work(stack->arg);
	fake_abort("the work of a stack returned");
}

bool port_stack_create(struct port_stack *to)
{
	struct stack *stack = &stacks[stacks_count];
	char *memory;

	fake_require(stacks_count < STACKS_MAX, "too many stacks");
	memory = mmap(NULL, PAGE_SIZE + FAKE_STACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fake_require(memory != MAP_FAILED, "no memory for a stack");
	fake_require(mprotect(memory, PAGE_SIZE, PROT_NONE) == 0, "guard page");
	stack_init(stack);
	stack->base = memory + PAGE_SIZE;
	stacks_count++;
	*to = (struct port_stack){ .base = stack->base, .size = FAKE_STACK_SIZE };
	to->port[0] = stack;
	return true;
}

void port_stack_prepare(struct port_stack *to, void (*work)(void *arg), void *arg)
{
	struct stack *stack = to->port[0];
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_mutex_lock(&stack->mutex);
	stack->fresh = true;
	stack->work = work;
	stack->arg = arg;
	pthread_mutex_unlock(&stack->mutex);
	if (!stack->has_thread) {
		stack->has_thread = true;
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, stack->base, FAKE_STACK_SIZE);
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		fake_require(pthread_create(&thread, &attributes, stack_main, stack) == 0,
			     "no thread for a stack");
		pthread_attr_destroy(&attributes);
	}
}

static void stack_leave(struct port_stack *from, struct port_stack *to)
{
	struct stack entered;

	if (from->port[0] != NULL) {
		stack_wake(to->port[0]);
		stack_wait(from->port[0]);
		return;
	}
	/* The stack that a CPU entered on: this one. */
	stack_init(&entered);
	from->port[0] = &entered;
	stack_wake(to->port[0]);
	stack_wait(&entered);
	from->port[0] = NULL;
	pthread_mutex_destroy(&entered.mutex);
	pthread_cond_destroy(&entered.changed);
}

/* Whether interrupts are off belongs to the stack; a fresh one begins with them on. */
void port_stack_switch(struct port_stack *from, struct port_stack *to)
{
	unsigned int kept = cpu_interrupts_off[cpu_now];

	cpu_interrupts_off[cpu_now] = 0;
	stack_leave(from, to);
	cpu_interrupts_off[cpu_now] = kept;
}

void *fake_stack_base(unsigned int i)
{
	fake_require(i < stacks_count, "no such stack");
	return stacks[i].base;
}

/* --- Time, chance, words --------------------------------------------------------------------- */

static uint64_t random_state;
static unsigned char random_given[RANDOM_KEPT][RANDOM_SIZE_MAX];
static unsigned int random_count;

uint64_t port_time_ns(void)
{
	return fake.time_ns;
}

/* The same on each run. */
static unsigned char random_byte(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned char)(random_state >> 56);
}

void port_random(void *buffer, size_t size)
{
	unsigned char *bytes = buffer;

	fake_lock();
	fake_require(size <= RANDOM_SIZE_MAX, "more chance than a test remembers");
	for (size_t i = 0; i < size; i++) {
		bytes[i] = random_byte();
	}
	memcpy(random_given[random_count % RANDOM_KEPT], buffer, size);
	random_count++;
	fake_unlock();
}

const void *fake_random_given(unsigned int back)
{
	fake_require(back < RANDOM_KEPT && back < random_count, "that was not kept");
	return random_given[(random_count - 1 - back) % RANDOM_KEPT];
}

void port_console_write(const char *text, size_t size)
{
	fake_lock();
	fake_require(size <= sizeof(fake.console) - fake.console_size, "too much text");
	memcpy(fake.console + fake.console_size, text, size);
	fake.console_size += size;
	fake.console_writes++;
	fake_unlock();
}

/* --- Secure memory --------------------------------------------------------------------------- */

struct port_pages {
	uint8_t *bytes;
	size_t count;
	/* Mappings of it that user mode reaches. */
	unsigned int reached;
};

struct port_pages *port_pages_alloc(size_t count)
{
	struct port_pages *pages;
	bool allowed;

	fake_require(count > 0, "no pages asked for");
	fake_lock();
	allowed = fake_allowed(&fake.pages_allowed);
	fake.pages_live += allowed ? (long)count : 0;
	fake_unlock();
	if (!allowed) {
		return NULL;
	}
	pages = calloc(1, sizeof(*pages));
	fake_require(pages != NULL, "memory");
	pages->count = count;
	pages->bytes = aligned_alloc(PAGE_SIZE, count * PAGE_SIZE);
	fake_require(pages->bytes != NULL, "memory");
	memset(pages->bytes, 0, count * PAGE_SIZE);
	return pages;
}

void port_pages_free(struct port_pages *pages)
{
	fake_lock();
	fake.pages_live -= (long)pages->count;
	fake_require(fake.pages_live >= 0, "more pages freed than allocated");
	fake_require(pages->reached == 0, "pages freed that a TA reaches");
	fake_unlock();
	free(pages->bytes);
	free(pages);
}

void *port_pages_address(const struct port_pages *pages)
{
	return pages->bytes;
}

/* --- The normal world's memory --------------------------------------------------------------- */

static uint8_t *normal_memory;
static int normal_file = -1;

static void normal_start(void)
{
	const size_t size = (size_t)FAKE_NORMAL_PAGES * PAGE_SIZE;

	normal_file = memfd_create("fake-normal", MFD_CLOEXEC);
	fake_require(normal_file >= 0 && ftruncate(normal_file, (off_t)size) == 0, "memfd");
	normal_memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, normal_file, 0);
	fake_require(normal_memory != MAP_FAILED, "memory");
}

void *fake_normal(uint64_t address)
{
	fake_require(address >= FAKE_NORMAL_BASE &&
			     address - FAKE_NORMAL_BASE < (uint64_t)FAKE_NORMAL_PAGES * PAGE_SIZE,
		     "not the normal world's memory");
	return normal_memory + (address - FAKE_NORMAL_BASE);
}

bool port_normal_page(uint64_t page)
{
	fake_require(page % PAGE_SIZE == 0, "not the address of a page");
	if (page == 0) {
		return fake.normal_has_page_0;
	}
	return page >= FAKE_NORMAL_BASE &&
	       (page - FAKE_NORMAL_BASE) / PAGE_SIZE < FAKE_NORMAL_PAGES;
}

void *port_normal_map(const uint64_t *pages, size_t count)
{
	void (*hook)(void);
	uint8_t *address;
	bool allowed;

	fake_require(count > 0, "no pages to map");
	fake_lock();
	hook = fake.map_hook;
	fake.map_hook = NULL;
	allowed = fake_allowed(&fake.maps_allowed);
	fake.maps_live += allowed ? 1 : 0;
	fake.maps_made += allowed ? 1 : 0;
	fake_unlock();
	if (!allowed) {
		return NULL;
	}
	if (hook != NULL) {
		hook();
	}
	address = mmap(NULL, count * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fake_require(address != MAP_FAILED, "no room to map");
	for (size_t i = 0; i < count; i++) {
		fake_require(port_normal_page(pages[i]), "a page that was never allowed");
		fake_require(mmap(address + i * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_FIXED, normal_file,
				  (off_t)(pages[i] - FAKE_NORMAL_BASE)) != MAP_FAILED,
			     "no room to map");
	}
	return address;
}

void port_normal_unmap(void *address, size_t count)
{
	fake_lock();
	fake.maps_live--;
	fake_require(fake.maps_live >= 0, "more unmapped than mapped");
	fake_unlock();
	fake_require(munmap(address, count * PAGE_SIZE) == 0, "unmap");
}

/* The bytes are a test's own business: nothing here synchronises the two worlds. */
__attribute__((no_sanitize("thread"))) static void normal_copy(void *to, const void *from,
							       size_t size)
{
	volatile uint8_t *out = to;
	const volatile uint8_t *in = from;

	for (size_t i = 0; i < size; i++) {
		out[i] = in[i];
	}
}

void port_normal_read(void *to, const void *from, size_t size)
{
	void (*hook)(const void *from, size_t size);

	normal_copy(to, from, size);
	fake_lock();
	fake.normal_reads++;
	hook = fake.normal_read_hook;
	fake_unlock();
	if (hook != NULL) {
		hook(from, size);
	}
}

void port_normal_write(void *to, const void *from, size_t size)
{
	normal_copy(to, from, size);
}

/* --- User mode ------------------------------------------------------------------------------- */

struct space_map {
	uint64_t address;
	size_t count;
	unsigned int access;
	uint8_t *bytes;
	struct port_pages *pages;
};

struct space_maps {
	struct space_map list[SPACE_MAPS_MAX];
	size_t count;
};

struct port_space {
	struct space_maps recorded;
	struct space_maps reached;
};

static void space_reach(struct space_maps *maps, int difference)
{
	fake_lock();
	for (size_t i = 0; i < maps->count; i++) {
		if (maps->list[i].pages != NULL) {
			maps->list[i].pages->reached += (unsigned int)difference;
		}
	}
	fake_unlock();
}

struct port_space *port_space_create(const char *name)
{
	struct port_space *space;
	bool allowed;

	fake_require(name != NULL, "a space without a name");
	fake_lock();
	allowed = fake_allowed(&fake.spaces_allowed);
	fake.spaces_live += allowed ? 1 : 0;
	fake_unlock();
	if (!allowed) {
		return NULL;
	}
	space = calloc(1, sizeof(*space));
	fake_require(space != NULL, "memory");
	return space;
}

static void space_maps_drop(struct space_maps *maps)
{
	for (size_t i = 0; i < maps->count; i++) {
		if (maps->list[i].pages == NULL) {
			port_normal_unmap(maps->list[i].bytes, maps->list[i].count);
		}
	}
}

void port_space_destroy(struct port_space *space)
{
	space_reach(&space->reached, -1);
	space_maps_drop(&space->recorded);
	fake_lock();
	fake.spaces_live--;
	fake_unlock();
	free(space);
}

void port_space_limits(uint64_t *low, uint64_t *high)
{
	*low = FAKE_SPACE_LOW;
	*high = fake.space_high;
}

static bool space_record(struct port_space *space, const struct space_map *map)
{
	struct space_maps *maps = &space->recorded;
	uint64_t end = map->address + map->count * PAGE_SIZE;
	bool allowed;

	fake_require(map->address % PAGE_SIZE == 0 && map->count > 0, "no range of pages");
	fake_require(map->address >= FAKE_SPACE_LOW && end <= fake.space_high && end > map->address,
		     "outside the limits");
	fake_require((map->access & (PORT_ACCESS_WRITE | PORT_ACCESS_EXECUTE)) !=
			     (PORT_ACCESS_WRITE | PORT_ACCESS_EXECUTE),
		     "write and execute");
	for (size_t i = 0; i < maps->count; i++) {
		fake_require(end <= maps->list[i].address ||
				     map->address >= maps->list[i].address +
							     maps->list[i].count * PAGE_SIZE,
			     "ranges overlap");
	}
	fake_lock();
	allowed = fake_allowed(&fake.space_maps_allowed);
	fake_unlock();
	if (!allowed) {
		return false;
	}
	fake_require(maps->count < SPACE_MAPS_MAX, "too many ranges");
	maps->list[maps->count] = *map;
	maps->count++;
	return true;
}

bool port_space_map(struct port_space *space, uint64_t address, struct port_pages *pages,
		    size_t first, size_t count, unsigned int access)
{
	const struct space_map map = {
		.address = address,
		.count = count,
		.access = access,
		.bytes = pages->bytes + first * PAGE_SIZE,
		.pages = pages,
	};

	fake_require(first <= pages->count && count <= pages->count - first, "no such pages");
	return space_record(space, &map);
}

bool port_space_map_normal(struct port_space *space, uint64_t address, const uint64_t *pages,
			   size_t count, unsigned int access)
{
	struct space_map map = {
		.address = address,
		.count = count,
		.access = access,
		.bytes = port_normal_map(pages, count),
	};

	if (map.bytes == NULL) {
		return false;
	}
	if (!space_record(space, &map)) {
		port_normal_unmap(map.bytes, count);
		return false;
	}
	return true;
}

bool port_space_unmap(struct port_space *space, uint64_t address, size_t count)
{
	struct space_maps *maps = &space->recorded;
	size_t i = 0;
	bool allowed;

	fake_lock();
	allowed = fake_allowed(&fake.unmaps_allowed);
	fake_unlock();
	if (!allowed) {
		return false;
	}
	while (i < maps->count && maps->list[i].address != address) {
		i++;
	}
	fake_require(i < maps->count && maps->list[i].count == count, "no such range");
	if (maps->list[i].pages == NULL) {
		port_normal_unmap(maps->list[i].bytes, count);
	}
	maps->count--;
	maps->list[i] = maps->list[maps->count];
	return true;
}

bool port_space_commit(struct port_space *space)
{
	bool allowed;

	fake_lock();
	allowed = fake_allowed(&fake.commits_allowed);
	fake_unlock();
	if (!allowed) {
		return false;
	}
	space_reach(&space->reached, -1);
	space->reached = space->recorded;
	space_reach(&space->reached, 1);
	return true;
}

unsigned int fake_space_access(struct port_space *space, uint64_t address, uint8_t **byte)
{
	for (size_t i = 0; i < space->reached.count; i++) {
		const struct space_map *map = &space->reached.list[i];

		if (address >= map->address && address - map->address < map->count * PAGE_SIZE) {
			*byte = map->bytes + (address - map->address);
			return map->access;
		}
	}
	return 0;
}

/* --- Tests and panics ------------------------------------------------------------------------ */

static bool panic_is_expected;

_Noreturn void port_panic(const char *why)
{
	if (!panic_is_expected) {
		fprintf(stderr, "panic: %s\n", why);
		abort();
	}
	if (write(STDOUT_FILENO, why, strlen(why)) < 0) {
		_exit(1);
	}
	_exit(PANIC_STATUS);
}

void fake_reset(void)
{
	fake_require(fake.pages_live == 0, "pages leaked");
	fake_require(fake.maps_live == 0, "mappings leaked");
	fake_require(fake.spaces_live == 0, "spaces leaked");
	if (normal_memory == NULL) {
		normal_start();
	}
	memset(&fake, 0, sizeof(fake));
	memset(normal_memory, 0, (size_t)FAKE_NORMAL_PAGES * PAGE_SIZE);
	fake.pages_allowed = FAKE_UNLIMITED;
	fake.maps_allowed = FAKE_UNLIMITED;
	fake.spaces_allowed = FAKE_UNLIMITED;
	fake.space_maps_allowed = FAKE_UNLIMITED;
	fake.unmaps_allowed = FAKE_UNLIMITED;
	fake.commits_allowed = FAKE_UNLIMITED;
	fake.space_high = 1ull << 46;
	cpu_now = 0;
}

void fake_panics_serve(const struct fake_panic *panics, size_t count, int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "panic") != 0) {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[2], panics[i].name) == 0) {
			fake_reset();
			panic_is_expected = true;
			panics[i].scenario();
			exit(0);
		}
	}
	fake_abort("no such scenario");
}

static size_t panic_read(int from, char *text, size_t size)
{
	size_t used = 0;
	ssize_t got;

	while ((got = read(from, text + used, size - 1 - used)) > 0) {
		used += (size_t)got;
	}
	text[used] = '\0';
	return used;
}

void fake_panic_expect(const char *name, const char *why)
{
	char self[] = "/proc/self/exe";
	char word[] = "panic";
	char *argv[] = { self, word, strdup(name), NULL };
	posix_spawn_file_actions_t actions;
	char text[1024];
	int ends[2];
	int status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	assert_int_equal(posix_spawn(&pid, self, &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	panic_read(ends[0], text, sizeof(text));
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(argv[2]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != PANIC_STATUS ||
	    strstr(text, why) == NULL) {
		fail_msg("%s: status %#x, words \"%s\"", name, (unsigned int)status, text);
	}
}
