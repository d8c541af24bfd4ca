#include "secure/port/host/plug.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "secure/core/log.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/gate.h"
#include "secure/port/host/memory.h"
#include "secure/port/host/rights.h"

/* Messages taken at one entry: more than a socket's buffer holds. */
#define PLUG_DRAIN_MAX 65536u

static int plug_socket = -1;
static pthread_mutex_t plug_lock = PTHREAD_MUTEX_INITIALIZER;
/* gate_memory.plugged when the socket was last looked at. */
static uint32_t plug_taken;

void plug_start(int fd)
{
	plug_socket = fd;
}

/* NULL, and the descriptor is the memory's, or why not. */
static const char *plug_add(const struct gate_plug *plug, struct rights *rights)
{
	const char *problem;

	if (rights->count != 1) {
		return "not one descriptor";
	}
	problem = memory_add(plug->address, plug->size, rights->fds[0]);
	if (problem == NULL) {
		rights->count = 0;
	}
	return problem;
}

static const char *plug_act(const struct gate_plug *plug, struct rights *rights)
{
	if (!rights->whole) {
		return "truncated";
	}
	switch (plug->operation) {
	case GATE_PLUG_ADD:
		return plug_add(plug, rights);
	case GATE_PLUG_REMOVE:
		return memory_remove(plug->address, plug->size);
	default:
		return "unknown operation";
	}
}

/* false: there is no message at the moment. */
static bool plug_serve(void)
{
	struct gate_plug plug = { 0 };
	struct rights rights;
	const char *problem;
	ssize_t size = rights_receive(plug_socket, &plug, sizeof(plug), MSG_DONTWAIT, &rights);

	if (size <= 0) {
		return false;
	}
	rights.whole = rights.whole && size == sizeof(plug);
	problem = plug_act(&plug, &rights);
	if (problem != NULL) {
		log_error("plug: 0x%llx, 0x%llx bytes: %s: dropped",
			  (unsigned long long)plug.address, (unsigned long long)plug.size, problem);
	}
	rights_close(&rights);
	return true;
}

/* The counter is a hint from the other world: it says when to look, the socket what there is. */
static void plug_drain(void)
{
	uint32_t target = futex_read(&gate_shared->plugged);
	unsigned int served = 0;

	while (served < PLUG_DRAIN_MAX && plug_serve()) {
		served++;
	}
	__atomic_store_n(&plug_taken, target, __ATOMIC_RELEASE);
}

void plug_take(void)
{
	if (__atomic_load_n(&plug_taken, __ATOMIC_ACQUIRE) == futex_read(&gate_shared->plugged)) {
		return;
	}
	pthread_mutex_lock(&plug_lock);
	plug_drain();
	pthread_mutex_unlock(&plug_lock);
}
