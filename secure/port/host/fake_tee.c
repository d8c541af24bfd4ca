/* fake_tee.c - a secure world that does with the port what a test asks for. */
#include "secure/port/host/fake_tee.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/core/port.h"
#include "secure/tee/entry.h"

#define LINE_MAX_SIZE 4096u

struct fake_space {
	struct port_space *port;
	struct port_pages *image;
	struct port_pages *stack;
};

/* The real one has locks of its own. */
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int fake_threads;
static enum tee_transport fake_transport;
static enum log_level fake_level;
static uint8_t *fake_mapping;
static size_t fake_mapping_count;
static struct fake_space fake_space;

void log_level_set(enum log_level level)
{
	fake_level = level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list args;
	int length;

	(void)level;
	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	line[length] = '\n';
	port_console_write(line, (size_t)length + 1);
}

static bool call_echo(struct smc_regs *regs)
{
	regs->a1++;
	return true;
}

static bool call_time(struct smc_regs *regs)
{
	regs->a1 = port_time_ns();
	return true;
}

static bool call_key(struct smc_regs *regs)
{
	uint8_t key[PORT_DEVICE_KEY_SIZE];

	port_device_key(key);
	memcpy(&regs->a1, key, sizeof(regs->a1));
	return true;
}

static bool call_boot(struct smc_regs *regs)
{
	regs->a1 = fake_threads;
	regs->a2 = fake_level;
	regs->a3 = fake_transport;
	return true;
}

static bool call_random(struct smc_regs *regs)
{
	port_random(&regs->a1, sizeof(regs->a1));
	return true;
}

static bool call_notify(struct smc_regs *regs)
{
	(void)regs;
	port_notification_raise();
	return true;
}

static bool call_log(struct smc_regs *regs)
{
	static char line[LINE_MAX_SIZE];

	memset(line, 'x', sizeof(line));
	line[regs->a2 - 1] = '\n';
	for (uint64_t i = 0; i < regs->a1; i++) {
		port_console_write(line, regs->a2);
	}
	return true;
}

static bool call_panic(struct smc_regs *regs)
{
	(void)regs;
	port_panic("a test wants it");
}

static bool call_linux(struct smc_regs *regs)
{
	regs->a1 = (uint64_t)syscall((long)regs->a1, 0, 0, 0, 0, 0, 0);
	return true;
}

static bool call_page(struct smc_regs *regs)
{
	return port_normal_page(regs->a1);
}

static bool call_map(struct smc_regs *regs)
{
	const uint64_t pages[] = { regs->a2, regs->a3, regs->a4, regs->a5 };

	fake_mapping_count = regs->a1;
	fake_mapping = port_normal_map(pages, fake_mapping_count);
	return fake_mapping != NULL;
}

static bool call_peek(struct smc_regs *regs)
{
	port_normal_read(&regs->a1, fake_mapping + regs->a1, sizeof(regs->a1));
	return true;
}

static bool call_poke(struct smc_regs *regs)
{
	port_normal_write(fake_mapping + regs->a1, &regs->a2, sizeof(regs->a2));
	return true;
}

static bool call_unmap(struct smc_regs *regs)
{
	(void)regs;
	port_normal_unmap(fake_mapping, fake_mapping_count);
	return true;
}

/* The image's bytes, from the normal world. */
static bool image_take(uint64_t page, size_t size)
{
	void *image = port_normal_map(&page, 1);

	if (image == NULL || size > PORT_PAGE_SIZE) {
		return false;
	}
	port_normal_read(port_pages_address(fake_space.image), image, size);
	port_normal_unmap(image, 1);
	return true;
}

static bool call_space_create(struct smc_regs *regs)
{
	struct fake_space *space = &fake_space;

	space->image = port_pages_alloc(1);
	space->stack = port_pages_alloc(FAKE_STACK_PAGES);
	check(space->image != NULL && space->stack != NULL && image_take(regs->a1, regs->a2));
	space->port = port_space_create("fake");
	return space->port != NULL &&
	       port_space_map(space->port, FAKE_IMAGE_ADDRESS, space->image, 0, 1,
			      PORT_ACCESS_READ | PORT_ACCESS_EXECUTE) &&
	       port_space_map(space->port, FAKE_STACK_ADDRESS, space->stack, 0, FAKE_STACK_PAGES,
			      PORT_ACCESS_READ | PORT_ACCESS_WRITE) &&
	       port_space_commit(space->port);
}

static bool call_space_destroy(struct smc_regs *regs)
{
	(void)regs;
	port_space_destroy(fake_space.port);
	port_pages_free(fake_space.image);
	port_pages_free(fake_space.stack);
	return true;
}

static bool call_space_map(struct smc_regs *regs)
{
	const uint64_t pages[] = { regs->a2, regs->a3, regs->a4 };

	return port_space_map_normal(fake_space.port, FAKE_CLIENT_ADDRESS, pages, regs->a1,
				     (unsigned int)regs->a5) &&
	       port_space_commit(fake_space.port);
}

static bool call_space_unmap(struct smc_regs *regs)
{
	return port_space_unmap(fake_space.port, FAKE_CLIENT_ADDRESS, regs->a1) &&
	       port_space_commit(fake_space.port);
}

static bool call_space_many(struct smc_regs *regs)
{
	for (uint64_t i = 0; i < regs->a1; i++) {
		if (!port_space_map_normal(fake_space.port, FAKE_CLIENT_ADDRESS, &regs->a2, 1,
					   PORT_ACCESS_READ) ||
		    !port_space_unmap(fake_space.port, FAKE_CLIENT_ADDRESS, 1)) {
			return false;
		}
	}
	return port_space_commit(fake_space.port);
}

static bool call_space_release(struct smc_regs *regs)
{
	struct port_pages *pages = port_pages_alloc(1);
	bool mapped;

	(void)regs;
	check(pages != NULL);
	memcpy(port_pages_address(pages), "secure", sizeof("secure"));
	mapped =
		port_space_map(fake_space.port, FAKE_CLIENT_ADDRESS, pages, 0, 1, PORT_ACCESS_READ);
	port_pages_free(pages);
	return mapped && port_space_commit(fake_space.port);
}

static bool user_run(struct smc_regs *regs, struct port_user *user)
{
	regs->a1 = port_user_run(fake_space.port, user);
	if (regs->a1 == PORT_TRAP_FAULT) {
		regs->a2 = user->fault_cause;
		regs->a3 = user->fault_address;
	} else {
		regs->a2 = user->number;
		regs->a3 = user->args[0];
	}
	return true;
}

static bool call_enter(struct smc_regs *regs)
{
	struct port_user user = {
		.run = PORT_RUN_ENTER,
		.pc = FAKE_IMAGE_ADDRESS,
		/* Not aligned on purpose: that is the port's business. */
		.sp = FAKE_STACK_ADDRESS + FAKE_STACK_PAGES * PORT_PAGE_SIZE - 8,
		.args = { regs->a1, regs->a2, regs->a3, regs->a4 },
	};

	return user_run(regs, &user);
}

static bool call_result(struct smc_regs *regs)
{
	struct port_user user = { .run = PORT_RUN_RESULT, .result = regs->a1 };

	return user_run(regs, &user);
}

static bool call_resume(struct smc_regs *regs)
{
	struct port_user user = { .run = PORT_RUN_RESUME };

	return user_run(regs, &user);
}

static bool (*const calls[])(struct smc_regs *regs) = {
	[FAKE_ECHO] = call_echo,
	[FAKE_TIME] = call_time,
	[FAKE_KEY] = call_key,
	[FAKE_BOOT] = call_boot,
	[FAKE_RANDOM] = call_random,
	[FAKE_NOTIFY] = call_notify,
	[FAKE_LOG] = call_log,
	[FAKE_PANIC] = call_panic,
	[FAKE_LINUX] = call_linux,
	[FAKE_PAGE] = call_page,
	[FAKE_MAP] = call_map,
	[FAKE_PEEK] = call_peek,
	[FAKE_POKE] = call_poke,
	[FAKE_UNMAP] = call_unmap,
	[FAKE_SPACE_CREATE] = call_space_create,
	[FAKE_SPACE_DESTROY] = call_space_destroy,
	[FAKE_SPACE_MAP] = call_space_map,
	[FAKE_SPACE_UNMAP] = call_space_unmap,
	[FAKE_SPACE_MANY] = call_space_many,
	[FAKE_SPACE_RELEASE] = call_space_release,
	[FAKE_ENTER] = call_enter,
	[FAKE_RESULT] = call_result,
	[FAKE_RESUME] = call_resume,
};

void tee_transport(enum tee_transport transport)
{
	fake_transport = transport;
}

void tee_init(unsigned int threads)
{
	fake_threads = threads;
	log_line(LOG_INFO, "fake secure world");
}

void tee_enter(struct smc_regs *regs)
{
	check(regs->a0 < array_size(calls) && calls[regs->a0] != NULL);
	pthread_mutex_lock(&fake_lock);
	regs->a0 = calls[regs->a0](regs) ? FAKE_OK : FAKE_NO;
	pthread_mutex_unlock(&fake_lock);
}
