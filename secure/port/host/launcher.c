#include "secure/port/host/launcher.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "secure/core/port.h"
#include "secure/port/host/launcher_protocol.h"
#include "secure/port/host/rights.h"

static int launcher_socket = -1;
/* A reply belongs to the last request. */
static pthread_mutex_t launcher_lock = PTHREAD_MUTEX_INITIALIZER;

/* SIGKILL is what this process gets when the launcher ends. */
const char *launcher_start(int program)
{
	int sockets[2];
	long pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
		return "launcher: no socket";
	}
	pid = syscall(SYS_clone, SIGKILL, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		launcher_main(sockets[1], program);
	}
	close(sockets[1]);
	close(program);
	launcher_socket = sockets[0];
	return pid < 0 ? "launcher: cannot be started" : NULL;
}

const char *launcher_wait(void)
{
	struct launcher_reply reply;
	struct rights none;

	return rights_receive(launcher_socket, &reply, sizeof(reply), 0, &none) == sizeof(reply)
		       ? NULL
		       : "the launcher is gone";
}

/* Without the launcher there is no secure world: it is about to be killed. */
static void request_send(const struct launcher_request *request, const int *fds, size_t count)
{
	if (rights_send(launcher_socket, request, sizeof(*request), fds, count) !=
	    sizeof(*request)) {
		port_panic("the launcher is gone");
	}
}

static int reply_receive(unsigned int slot)
{
	struct launcher_reply reply = { 0 };
	struct rights rights;

	if (rights_receive(launcher_socket, &reply, sizeof(reply), 0, &rights) != sizeof(reply) ||
	    reply.slot != slot) {
		port_panic("the launcher is gone");
	}
	return rights.count == 1 ? rights.fds[0] : -1;
}

int launcher_spawn(unsigned int slot, const char *name, int trap, int control)
{
	struct launcher_request request = { .operation = LAUNCHER_SPAWN, .slot = slot };
	const int fds[] = { trap, control };
	int manager;

	strncpy(request.name, name, sizeof(request.name) - 1);
	pthread_mutex_lock(&launcher_lock);
	request_send(&request, fds, 2);
	manager = reply_receive(slot);
	pthread_mutex_unlock(&launcher_lock);
	return manager;
}

void launcher_kill(unsigned int slot)
{
	const struct launcher_request request = { .operation = LAUNCHER_KILL, .slot = slot };

	pthread_mutex_lock(&launcher_lock);
	request_send(&request, NULL, 0);
	pthread_mutex_unlock(&launcher_lock);
}
