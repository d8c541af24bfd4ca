/* supervisor.c - three processes:
 *
 *	front		the caller; waits for the program's end, and hands signals on
 *	supervisor	its child; answers system calls until nobody is left who could make one
 *	program		its child; under the filter
 *
 * The supervisor is the parent, and takes in orphans, because a kernel may allow only ancestors to
 * look into a process (Yama). It is not the front because a program may end and leave others. */
#include "normal/exec/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/exec/file.h"
#include "normal/exec/filter.h"
#include "normal/exec/ioctl.h"
#include "normal/exec/notice.h"
#include "normal/exec/open.h"
#include "normal/exec/target.h"

/* Calls at the same time. A program with more threads in calls than this has the others wait. */
#define WORKERS_MAX   1024u
#define WORKER_STACK  (256u * 1024)
#define STATUS_FAILED 1

/* What the supervisor tells the front, once at the start and once at the end. */
struct word {
	pid_t program; /* 0: it ended */
	int status;    /* as an exit status */
	int over;      /* the supervisor ends, too */
};

/* --- Signals of the front -------------------------------------------------------------------- */

static const int terminal_signals[] = { SIGINT, SIGQUIT };
static const int handed_signals[] = { SIGTERM, SIGHUP };
static const int stop_signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static volatile sig_atomic_t program_pid;

static void hand_on(int signal)
{
	if (program_pid > 0) {
		kill(program_pid, signal);
	}
}

static void signals_set(const int *signals, size_t count, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	size_t i;

	for (i = 0; i < count; i++) {
		sigaction(signals[i], &action, NULL);
	}
}

/* --- The program ----------------------------------------------------------------------------- */

static size_t filter_for_us(struct sock_filter program[FILTER_INSTRUCTIONS_MAX])
{
	struct filter_choice choice = {
		.architecture = seccomp_arch_native(),
		.ioctl = seccomp_syscall_resolve_name("ioctl"),
	};
	size_t i;

	for (i = 0; i < open_calls_count; i++) {
		int number = seccomp_syscall_resolve_name(open_calls[i].name);

		/* A negative number: this machine has no such call. */
		if (number >= 0) {
			choice.calls[choice.count++] = number;
		}
	}
	return filter_make(&choice, program);
}

/* Both ends of a socket pair between the supervisor and the program before it begins. */
static bool listener_send(int socket, int listener)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	int error = listener < 0 ? listener : 0;
	struct iovec part = { &error, sizeof(error) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (listener >= 0) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &listener, sizeof(int));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(error);
}

/* The listener, or why there is none. */
static int listener_receive(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	int error = -EPROTO;
	struct iovec part = { &error, sizeof(error) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *header;
	int listener;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(error)) {
		return -EPROTO;
	}
	header = CMSG_FIRSTHDR(&message);
	if (error != 0 || header == NULL || header->cmsg_type != SCM_RIGHTS) {
		return error != 0 ? error : -EPROTO;
	}
	memcpy(&listener, CMSG_DATA(header), sizeof(int));
	return listener;
}

static void program_run(char **command, int socket)
{
	struct sock_filter filter[FILTER_INSTRUCTIONS_MAX];
	size_t count = filter_for_us(filter);
	char go;
	int listener;

	signals_set(terminal_signals, array_size(terminal_signals), SIG_DFL);
	signals_set(handed_signals, array_size(handed_signals), SIG_DFL);
	signals_set(stop_signals, array_size(stop_signals), SIG_DFL);
	/* It goes by the devices, as it would where there is a kernel's. */
	unsetenv(SOCKET_ENVIRONMENT);
	listener = filter_install(filter, count);
	if (!listener_send(socket, listener) || listener < 0 || read(socket, &go, 1) != 1) {
		_exit(STATUS_FAILED);
	}
	close(listener);
	execvp(command[0], command);
	fprintf(stderr, "postern: cannot run %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* --- The supervisor's workers ---------------------------------------------------------------- */

static struct {
	int listener;
	pthread_mutex_t lock;
	unsigned int count;
	unsigned int idle;
	/* By their place in open_calls. */
	int numbers[FILTER_CALLS_MAX];
} workers = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *worker_run(void *arg);

static bool worker_start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &attributes, worker_run, NULL) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

/* One is busy: see that another waits for the next call. */
static void worker_busy(void)
{
	bool more;

	pthread_mutex_lock(&workers.lock);
	workers.idle--;
	more = workers.idle == 0 && workers.count < WORKERS_MAX;
	workers.idle += more ? 1 : 0;
	workers.count += more ? 1 : 0;
	pthread_mutex_unlock(&workers.lock);
	if (more && !worker_start()) {
		pthread_mutex_lock(&workers.lock);
		workers.idle--;
		workers.count--;
		pthread_mutex_unlock(&workers.lock);
	}
}

static void worker_idle(void)
{
	pthread_mutex_lock(&workers.lock);
	workers.idle++;
	pthread_mutex_unlock(&workers.lock);
}

static void serve(const struct notice *notice)
{
	size_t i;

	for (i = 0; i < open_calls_count; i++) {
		if (workers.numbers[i] == notice->number) {
			open_calls[i].serve(notice);
			return;
		}
	}
	ioctl_serve(notice);
}

static void *worker_run(void *arg)
{
	struct notice notice;

	while (notice_receive(workers.listener, &notice)) {
		worker_busy();
		serve(&notice);
		worker_idle();
	}
	return NULL;
}

static bool workers_start(int listener)
{
	size_t i;

	workers.listener = listener;
	for (i = 0; i < open_calls_count; i++) {
		workers.numbers[i] = seccomp_syscall_resolve_name(open_calls[i].name);
	}
	notice_prepare(listener);
	workers.count = 1;
	workers.idle = 1;
	return worker_start();
}

/* --- The supervisor -------------------------------------------------------------------------- */

static int status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void tell(int front, const struct word *word)
{
	ssize_t written;

	do {
		written = write(front, word, sizeof(*word));
	} while (written < 0 && errno == EINTR);
}

static void say_why(int error)
{
	switch (error) {
	case -EINVAL:
	case -ENOSYS:
		fprintf(stderr, "postern: exec needs Linux 5.19 or later\n");
		break;
	case -EBUSY:
		fprintf(stderr, "postern: exec does not work inside another exec, nor in a "
				"container whose manager watches system calls\n");
		break;
	case -EPERM:
	case -EACCES:
		fprintf(stderr, "postern: exec may not look into the program here "
				"(kernel.yama.ptrace_scope?)\n");
		break;
	default:
		fprintf(stderr, "postern: cannot supervise the program: %s\n", strerror(-error));
	}
}

/* Whatever else was inherited is the program's: where it closes that, it has to be closed. */
static void close_inherited(int one, int other)
{
	int low = one < other ? one : other;
	int high = one < other ? other : one;

	if (low > STDERR_FILENO + 1) {
		close_range(STDERR_FILENO + 1, (unsigned int)low - 1, 0);
	}
	if (high > low + 1) {
		close_range((unsigned int)low + 1, (unsigned int)high - 1, 0);
	}
	close_range((unsigned int)high + 1, ~0u, 0);
}

static void close_streams(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

/* Until the program and all that it left are gone. */
static void reap(pid_t program, int front)
{
	struct word word = { .program = program };
	bool ended = false;
	int status;
	pid_t pid;

	for (;;) {
		/* Once the program is gone, do not keep the front waiting for the others. */
		pid = waitpid(-1, &status, ended && word.program != 0 ? WNOHANG : 0);
		if (pid == program) {
			ended = true;
			word.status = status_of(status);
		} else if (pid == 0) {
			word.program = 0;
			tell(front, &word);
		} else if (pid < 0 && errno != EINTR) {
			break;
		}
	}
	if (word.program != 0) {
		word.program = 0;
		word.over = 1;
		tell(front, &word);
	}
}

/* Everything that can fail, before the program begins. 0 or a negative errno. */
static int prepare(const char *directory, pid_t program, int socket)
{
	int listener = listener_receive(socket);
	int error = listener < 0 ? listener : target_try(program);

	if (error == 0) {
		error = files_start(directory);
	}
	if (error == 0 && !workers_start(listener)) {
		error = -ENOMEM;
	}
	return error;
}

static void supervisor_run(const char *directory, char **command, int front)
{
	struct word word = { 0 };
	int sockets[2];
	int error;

	signals_set(terminal_signals, array_size(terminal_signals), SIG_IGN);
	signals_set(handed_signals, array_size(handed_signals), SIG_IGN);
	signals_set(stop_signals, array_size(stop_signals), SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
		say_why(-errno);
		_exit(STATUS_FAILED);
	}
	word.program = fork();
	if (word.program == 0) {
		program_run(command, sockets[1]);
	}
	signal(SIGPIPE, SIG_IGN);
	close_inherited(front, sockets[0]);
	error = word.program < 0 ? -EAGAIN : prepare(directory, word.program, sockets[0]);
	if (error != 0) {
		say_why(error);
		_exit(STATUS_FAILED);
	}
	close_streams();
	tell(front, &word);
	/* The program begins. */
	(void)send(sockets[0], "", 1, MSG_NOSIGNAL);
	close(sockets[0]);
	reap(word.program, front);
	_exit(EXIT_SUCCESS);
}

/* --- The front ------------------------------------------------------------------------------- */

static bool hear(int pipe, struct word *word)
{
	ssize_t got;

	do {
		got = read(pipe, word, sizeof(*word));
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(*word);
}

static int front_run(pid_t supervisor, int pipe)
{
	struct word word = { .over = 1 };
	int status = STATUS_FAILED;

	if (hear(pipe, &word)) {
		program_pid = word.program;
		word.over = 1;
		if (hear(pipe, &word)) {
			status = word.status;
		} else {
			fprintf(stderr, "postern: what supervises the program is gone\n");
		}
	}
	/* What the program had open is closed when the supervisor is gone. */
	while (word.over != 0 && waitpid(supervisor, NULL, 0) < 0 && errno == EINTR) {
	}
	return status;
}

int supervise(const char *directory, char **command)
{
	int status = STATUS_FAILED;
	pid_t supervisor;
	int pipe[2];

	signals_set(terminal_signals, array_size(terminal_signals), SIG_IGN);
	signals_set(handed_signals, array_size(handed_signals), hand_on);
	if (pipe2(pipe, O_CLOEXEC) != 0) {
		say_why(-errno);
		return status;
	}
	supervisor = fork();
	if (supervisor == 0) {
		close(pipe[0]);
		supervisor_run(directory, command, pipe[1]);
	}
	close(pipe[1]);
	if (supervisor < 0) {
		say_why(-errno);
	} else {
		status = front_run(supervisor, pipe[0]);
	}
	close(pipe[0]);
	return status;
}
