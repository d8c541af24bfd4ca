#include "secure/port/host/launcher_protocol.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secure/port/host/filter.h"
#include "secure/port/host/futex.h"
#include "secure/port/host/rights.h"
#include "secure/port/host/runner.h"

/* Enough for the few calls before the TA is on a stack of its own. */
#define RUNNER_STACK_SIZE (256u * 1024u)
#define EXEC_FAILED	  127

struct slot {
	pid_t pid; /* 0: free */
	struct runner_control *control;
};

static struct slot launcher_slots[LAUNCHER_SLOTS_MAX];
static int launcher_program;
static pid_t launcher_pid;

/* --- A TA's process ----------------------------------------------------------------------------- */

static bool limits_set(void)
{
	const struct rlimit none = { 0, 0 };
	const struct rlimit files = {
		RUNNER_FD_FIRST + RUNNER_OBJECTS_MAX,
		RUNNER_FD_FIRST + RUNNER_OBJECTS_MAX,
	};
	const struct rlimit stack = { RUNNER_STACK_SIZE, RUNNER_STACK_SIZE };

	return setrlimit(RLIMIT_CORE, &none) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       setrlimit(RLIMIT_STACK, &stack) == 0;
}

/* Descriptors 0 to 2 were open since the start, so what is moved there is not there already. */
static bool descriptors_set(int manager, int trap, int control)
{
	return dup3(manager, RUNNER_FD_SOCKET, 0) == RUNNER_FD_SOCKET &&
	       dup3(trap, RUNNER_FD_TRAP, 0) == RUNNER_FD_TRAP &&
	       dup3(control, RUNNER_FD_CONTROL, 0) == RUNNER_FD_CONTROL &&
	       syscall(SYS_close_range, RUNNER_FD_CONTROL + 1, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

/* Dies with the launcher, even when that is gone already. */
static bool death_set(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == launcher_pid;
}

static _Noreturn void runner_execute(const char *name, int manager, int trap, int control)
{
	char *const arguments[] = { (char[]){ "postern-ta" }, (char *)(uintptr_t)name, NULL };
	char *const environment[] = { NULL };
	sigset_t none;

	sigemptyset(&none);
	if (death_set() && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	    descriptors_set(manager, trap, control) && limits_set()) {
		syscall(SYS_execveat, launcher_program, "", arguments, environment, AT_EMPTY_PATH);
	}
	_exit(EXEC_FAILED);
}

/* --- Requests ----------------------------------------------------------------------------------- */

/* Nobody but the secure world, which has mapped them, writes the control pages from now on. */
static bool objects_seal(int trap, int control)
{
	const int size = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	return fcntl(trap, F_ADD_SEALS, size) == 0 &&
	       fcntl(control, F_ADD_SEALS, size | F_SEAL_FUTURE_WRITE) == 0;
}

static struct runner_control *control_map(int control)
{
	struct runner_control *mapped =
		mmap(NULL, RUNNER_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, control, 0);

	return mapped == MAP_FAILED ? NULL : mapped;
}

static void slot_release(struct slot *slot)
{
	if (slot->control != NULL) {
		futex_write(&slot->control->dead, 1);
		futex_wake(&slot->control->dead);
		munmap(slot->control, RUNNER_PAGE);
	}
	*slot = (struct slot){ 0 };
}

static bool slot_spawn(struct slot *slot, const char *name, int manager,
		       const struct rights *objects)
{
	int trap = objects->fds[0];
	int control = objects->fds[1];
	long pid;

	slot->control = control_map(control);
	if (slot->control == NULL || !objects_seal(trap, control)) {
		return false;
	}
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		runner_execute(name, manager, trap, control);
	}
	if (pid > 0) {
		slot->pid = (pid_t)pid;
	}
	return pid > 0;
}

static void reply_send(int socket, uint32_t slot, const int *manager)
{
	const struct launcher_reply reply = { .slot = slot };

	rights_send(socket, &reply, sizeof(reply), manager, manager == NULL ? 0 : 1);
}

static void serve_spawn(int socket, const struct launcher_request *request, struct rights *objects)
{
	struct slot *slot = &launcher_slots[request->slot];
	int managers[2];

	if (objects->count != 2 || slot->pid != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, managers) != 0) {
		reply_send(socket, request->slot, NULL);
		return;
	}
	if (slot_spawn(slot, request->name, managers[1], objects)) {
		reply_send(socket, request->slot, &managers[0]);
	} else {
		slot_release(slot);
		reply_send(socket, request->slot, NULL);
	}
	close(managers[0]);
	close(managers[1]);
}

static void serve_kill(const struct launcher_request *request)
{
	const struct slot *slot = &launcher_slots[request->slot];

	/* Not waited for yet, so the number is still its own. */
	if (slot->pid != 0) {
		kill(slot->pid, SIGKILL);
	}
}

/* false: the secure world is gone. */
static bool launcher_serve(int socket)
{
	struct launcher_request request;
	struct rights objects;

	if (rights_receive(socket, &request, sizeof(request), 0, &objects) != sizeof(request)) {
		return false;
	}
	request.name[sizeof(request.name) - 1] = '\0';
	if (request.slot < LAUNCHER_SLOTS_MAX) {
		if (request.operation == LAUNCHER_SPAWN) {
			serve_spawn(socket, &request, &objects);
		} else if (request.operation == LAUNCHER_KILL) {
			serve_kill(&request);
		}
	}
	rights_close(&objects);
	return true;
}

/* --- The process -------------------------------------------------------------------------------- */

/* A process is waited for after the last of its tasks has left its address space. */
static void launcher_reap(int signals)
{
	struct signalfd_siginfo info;
	ssize_t size = read(signals, &info, sizeof(info));
	pid_t pid;

	(void)size;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (unsigned int i = 0; i < LAUNCHER_SLOTS_MAX; i++) {
			if (launcher_slots[i].pid == pid) {
				slot_release(&launcher_slots[i]);
			}
		}
	}
}

static _Noreturn void launcher_end(void)
{
	for (unsigned int i = 0; i < LAUNCHER_SLOTS_MAX; i++) {
		if (launcher_slots[i].pid != 0) {
			kill(launcher_slots[i].pid, SIGKILL);
		}
	}
	_exit(EXIT_SUCCESS);
}

static _Noreturn void launcher_loop(int socket, int signals)
{
	struct pollfd sources[] = {
		{ .fd = socket, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	for (;;) {
		if (ppoll(sources, 2, NULL, NULL) < 0) {
			continue;
		}
		if (sources[1].revents != 0) {
			launcher_reap(signals);
		}
		if (sources[0].revents != 0 && !launcher_serve(socket)) {
			launcher_end();
		}
	}
}

/* A descriptor of signals that a child has ended; negative on failure. */
static int signals_open(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &children, NULL) != 0) {
		return -1;
	}
	return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Keep 0 to 2, which hold the places of what a TA's process gets there, and these two. */
static bool descriptors_drop(int socket, int program)
{
	int low = socket < program ? socket : program;
	int high = socket < program ? program : socket;

	return (low == 3 || syscall(SYS_close_range, 3u, (unsigned int)low - 1, 0) == 0) &&
	       (high == low + 1 ||
		syscall(SYS_close_range, (unsigned int)low + 1, (unsigned int)high - 1, 0) == 0) &&
	       syscall(SYS_close_range, (unsigned int)high + 1, ~0u, 0) == 0;
}

static _Noreturn void launcher_refuse(const char *why)
{
	dprintf(STDERR_FILENO, "postern-secure: launcher: %s\n", why);
	_exit(EXIT_FAILURE);
}

void launcher_main(int socket, int program)
{
	int signals;

	launcher_pid = getpid();
	launcher_program = program;
	prctl(PR_SET_NAME, "postern-launch");
	/* The kernel ends the secure world when we go; here is the other direction. When it is gone
	 * already, its end of the socket is closed. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
		launcher_refuse("cannot be tied to the secure world");
	}
	if (!descriptors_drop(socket, program)) {
		launcher_refuse("cannot close descriptors (needs Linux 5.11)");
	}
	signals = signals_open();
	if (signals < 0) {
		launcher_refuse("no descriptor for signals");
	}
	if (!filter_launcher()) {
		launcher_refuse("cannot install its filter");
	}
	reply_send(socket, 0, NULL);
	launcher_loop(socket, signals);
}
