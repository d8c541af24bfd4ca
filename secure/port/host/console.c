#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "secure/core/port.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/gate.h"

/* What posternd sees of a process that found an invariant broken (sysexits.h: internal software
 * error). */
#define PANIC_STATUS 70

static_assert((GATE_CONSOLE_SIZE & (GATE_CONSOLE_SIZE - 1)) == 0, "a power of two");

static pthread_mutex_t console_lock = PTHREAD_MUTEX_INITIALIZER;
/* Ours; what the shared memory says of them is for the reader, who may write there too. */
static uint32_t console_written;
static uint32_t console_dropped;

/* A reader that claims more than was written reads nothing more. */
static uint32_t console_room(const struct gate_console *console)
{
	uint32_t used = console_written - futex_read(&console->read);

	return used > GATE_CONSOLE_SIZE ? 0 : GATE_CONSOLE_SIZE - used;
}

static void console_copy(struct gate_console *console, const char *text, size_t size)
{
	size_t start = console_written % GATE_CONSOLE_SIZE;
	size_t first = size < GATE_CONSOLE_SIZE - start ? size : GATE_CONSOLE_SIZE - start;

	port_normal_write(console->text + start, text, first);
	port_normal_write(console->text, text + first, size - first);
}

static void console_put(struct gate_console *console, const char *text, size_t size)
{
	if (size > console_room(console)) {
		console_dropped += (uint32_t)size;
		futex_write(&console->dropped, console_dropped);
		return;
	}
	console_copy(console, text, size);
	console_written += (uint32_t)size;
	futex_write(&console->written, console_written);
	if (futex_read(&console->waiting) != 0) {
		futex_wake(&console->written);
	}
}

void port_console_write(const char *text, size_t size)
{
	if (gate_shared == NULL) {
		return;
	}
	pthread_mutex_lock(&console_lock);
	console_put(&gate_shared->console, text, size);
	pthread_mutex_unlock(&console_lock);
}

/* Nothing that another CPU holds may keep this from happening, the console least of all. */
static void panic_say(const char *why)
{
	static const char prefix[] = "E/TC:- panic: ";

	if (pthread_mutex_trylock(&console_lock) != 0) {
		return;
	}
	console_put(&gate_shared->console, prefix, sizeof(prefix) - 1);
	console_put(&gate_shared->console, why, strlen(why));
	console_put(&gate_shared->console, "\n", 1);
	pthread_mutex_unlock(&console_lock);
}

void port_panic(const char *why)
{
	if (gate_shared != NULL) {
		panic_say(why);
		gate_state_set(GATE_STATE_PANICKED);
		futex_wake(&gate_shared->console.written);
	}
	_exit(PANIC_STATUS);
}
