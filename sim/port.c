/* port.c - secure/core/port.h: the CPU, time, chance, identity, console and secure pages. */
#include "sim/port.h"

#include <stdlib.h>
#include <string.h>

#include "secure/core/port.h"
#include "secure/port/host/stack.h"
#include "sim/chance.h"
#include "sim/fault.h"
#include "sim/task.h"
#include "sim/trouble.h"

/* More than any scenario needs, and less than a page count gone wrong. */
#define PAGES_MAX (64u << 8)

struct port_pages {
	void *address;
	size_t count;
};

static struct chance entropy;
static struct chance key;
static size_t pages_live;
static unsigned int masked;
static void (*notification_raise)(void *arg);
static void *notification_arg;

void port_begin(uint64_t seed)
{
	expect_equal(pages_live, 0);
	chance_begin(&entropy, seed, CHANCE_ENTROPY);
	chance_begin(&key, seed, CHANCE_KEY);
	masked = 0;
	port_on_notification(NULL, NULL);
}

/* --- The CPU ---------------------------------------------------------------------------------- */

unsigned int port_cpu(void)
{
	return 0;
}

/* Nobody else runs who could end the wait. */
void port_relax(void)
{
	trouble("the secure world spins, and there is no other CPU");
}

uint32_t port_interrupts_off(void)
{
	return masked++;
}

void port_interrupts_restore(uint32_t state)
{
	expect_equal(state + 1, masked);
	masked = state;
}

/* Of a stack that is left; a fresh one begins with them on. */
void port_stack_switch(struct port_stack *from, struct port_stack *to)
{
	unsigned int kept = masked;

	masked = 0;
	stack_switch(from, to);
	masked = kept;
}

unsigned int port_interrupts_masked(void)
{
	return masked;
}

void port_on_notification(void (*raise)(void *arg), void *arg)
{
	notification_raise = raise;
	notification_arg = arg;
}

void port_notification_raise(void)
{
	if (notification_raise == NULL) {
		trouble("no asynchronous notifications were agreed on");
	}
	notification_raise(notification_arg);
}

/* --- Time, chance, identity, words ------------------------------------------------------------ */

uint64_t port_time_ns(void)
{
	return task_time_ns();
}

void port_random(void *buffer, size_t size)
{
	chance_fill(&entropy, buffer, size);
}

void port_device_key(uint8_t bytes[PORT_DEVICE_KEY_SIZE])
{
	struct chance same = key;

	chance_fill(&same, bytes, PORT_DEVICE_KEY_SIZE);
}

void port_console_write(const char *text, size_t size)
{
	trouble_line(text, size);
}

void port_panic(const char *why)
{
	trouble("the secure world panics: %s", why);
}

/* --- Secure memory ---------------------------------------------------------------------------- */

struct port_pages *port_pages_alloc(size_t count)
{
	struct port_pages *pages;

	expect(count > 0);
	if (fault_strikes("port_pages_alloc") || count > PAGES_MAX) {
		return NULL;
	}
	pages = calloc(1, sizeof(*pages));
	if (pages == NULL ||
	    posix_memalign(&pages->address, PORT_PAGE_SIZE, count * PORT_PAGE_SIZE) != 0) {
		trouble("no memory for %zu pages", count);
	}
	memset(pages->address, 0, count * PORT_PAGE_SIZE);
	pages->count = count;
	pages_live += count;
	return pages;
}

void port_pages_free(struct port_pages *pages)
{
	pages_live -= pages->count;
	free(pages->address);
	free(pages);
}

void *port_pages_address(const struct port_pages *pages)
{
	return pages->address;
}

size_t port_pages_live(void)
{
	return pages_live;
}
