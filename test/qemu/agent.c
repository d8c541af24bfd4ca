/* agent.c - runs programs in the guest for whoever is at the other end of a port.
 *
 *	agent PORT		PORT is a character device, or a descriptor's number
 *
 * Frames go both ways: kind, id and size (32 bits each, little-endian), then `size` bytes. The other
 * end chooses the id of a task; one id names one task until its EXIT was sent.
 *
 *	START	the program, its arguments and, after an empty string, its environment: each ended by
 *		a zero byte
 *	INPUT	bytes for its standard input; no bytes: the end of the input
 *	KILL	a signal's number (32 bits)
 *	READY	(ours) once, first
 *	OUTPUT, ERRORS	(ours) bytes of its standard output, standard error
 *	EXIT	(ours) what wait() says (32 bits), when it has ended and both outputs have
 *
 * A program that cannot be executed ends with status 127. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS_MAX  64
#define WORDS_MAX  256
#define FRAME_MAX  (1u << 20)
#define OUTPUT_MAX 65536

enum frame_kind {
	FRAME_START,
	FRAME_INPUT,
	FRAME_KILL,
	FRAME_READY,
	FRAME_OUTPUT,
	FRAME_ERRORS,
	FRAME_EXIT,
};

struct frame {
	uint32_t kind;
	uint32_t id;
	uint32_t size;
};

struct input {
	struct input *next;
	size_t size;
	size_t done;
	uint8_t bytes[];
};

struct task {
	bool used;
	uint32_t id;
	pid_t pid; /* 0: was waited for */
	int status;
	int out[2]; /* its standard output and standard error; -1: ended */
	int in;	    /* -1: closed */
	bool in_ends;
	struct input *first;
	struct input **last;
};

static struct task tasks[TASKS_MAX];
static int port;
static int child_ended[2];

_Noreturn static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* --- Frames ---------------------------------------------------------------------------------- */

static void write_all(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		ssize_t count = write(port, at, size);

		if (count < 0 && errno != EINTR) {
			fail("agent: the port");
		}
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
}

static void read_all(void *bytes, size_t size)
{
	uint8_t *at = bytes;

	while (size > 0) {
		ssize_t count = read(port, at, size);

		if (count == 0 || (count < 0 && errno != EINTR)) {
			exit(EXIT_SUCCESS);
		}
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
}

static void send(enum frame_kind kind, uint32_t id, const void *bytes, size_t size)
{
	const struct frame frame = { kind, id, (uint32_t)size };

	write_all(&frame, sizeof(frame));
	write_all(bytes, size);
}

/* --- Tasks ----------------------------------------------------------------------------------- */

static struct task *task_find(uint32_t id)
{
	int i;

	for (i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].used && tasks[i].id == id) {
			return &tasks[i];
		}
	}
	return NULL;
}

static struct task *task_new(uint32_t id)
{
	int i;

	for (i = 0; i < TASKS_MAX; i++) {
		if (!tasks[i].used) {
			tasks[i] = (struct task){ .used = true, .id = id };
			tasks[i].last = &tasks[i].first;
			return &tasks[i];
		}
	}
	return NULL;
}

static void task_close_input(struct task *task)
{
	while (task->first != NULL) {
		struct input *input = task->first;

		task->first = input->next;
		free(input);
	}
	task->last = &task->first;
	if (task->in >= 0) {
		close(task->in);
		task->in = -1;
	}
}

/* A task is over when it was waited for and nobody holds its outputs any more. */
static void task_end_if_over(struct task *task)
{
	const uint32_t status = (uint32_t)task->status;

	if (task->pid == 0 && task->out[0] < 0 && task->out[1] < 0) {
		task_close_input(task);
		send(FRAME_EXIT, task->id, &status, sizeof(status));
		task->used = false;
	}
}

_Noreturn static void execute(char **words, char **environment, const int ends[3])
{
	int i;

	for (i = 0; i < 3; i++) {
		dup2(ends[i], i);
	}
	signal(SIGPIPE, SIG_DFL);
	setsid();
	execvpe(words[0], words, environment);
	perror(words[0]);
	_exit(127);
}

/* The strings of START in `words`, each list ended by NULL; false: too many, or not ended. */
static bool split(char *bytes, size_t size, char **words, char ***environment)
{
	size_t count = 0;
	char *at;

	*environment = NULL;
	if (size == 0 || bytes[size - 1] != '\0') {
		return false;
	}
	for (at = bytes; at < bytes + size; at += strlen(at) + 1) {
		if (count + 2 > WORDS_MAX) {
			return false;
		}
		if (*at == '\0' && *environment == NULL) {
			words[count++] = NULL;
			*environment = &words[count];
		} else {
			words[count++] = at;
		}
	}
	words[count] = NULL;
	return *environment != NULL && words[0] != NULL;
}

static void task_start(uint32_t id, char *bytes, size_t size)
{
	const uint32_t not_started = 127 << 8;
	struct task *task = task_find(id) == NULL ? task_new(id) : NULL;
	char *words[WORDS_MAX];
	char **environment;
	int in[2], out[2], errors[2];

	if (task == NULL || !split(bytes, size, words, &environment)) {
		if (task != NULL) {
			task->used = false;
		}
		send(FRAME_EXIT, id, &not_started, sizeof(not_started));
		return;
	}
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 ||
	    pipe2(errors, O_CLOEXEC) != 0) {
		fail("agent: pipe");
	}
	task->pid = fork();
	if (task->pid < 0) {
		fail("agent: fork");
	}
	if (task->pid == 0) {
		execute(words, environment, (const int[3]){ in[0], out[1], errors[1] });
	}
	close(in[0]);
	close(out[1]);
	close(errors[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	task->in = in[1];
	task->out[0] = out[0];
	task->out[1] = errors[0];
}

/* As much of what is to be read as fits now. */
static void task_feed(struct task *task)
{
	while (task->first != NULL) {
		struct input *input = task->first;
		ssize_t count =
			write(task->in, input->bytes + input->done, input->size - input->done);

		if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		}
		if (count < 0) {
			task_close_input(task);
			return;
		}
		input->done += (size_t)count;
		if (input->done == input->size) {
			task->first = input->next;
			if (task->first == NULL) {
				task->last = &task->first;
			}
			free(input);
		}
	}
	if (task->in_ends) {
		task_close_input(task);
	}
}

static void task_input(struct task *task, const void *bytes, size_t size)
{
	struct input *input;

	if (task->in < 0) {
		return;
	}
	if (size == 0) {
		task->in_ends = true;
	} else {
		input = malloc(sizeof(*input) + size);
		if (input == NULL) {
			fail("agent: input");
		}
		*input = (struct input){ .size = size };
		memcpy(input->bytes, bytes, size);
		*task->last = input;
		task->last = &input->next;
	}
	task_feed(task);
}

static void task_output(struct task *task, int which)
{
	uint8_t bytes[OUTPUT_MAX];
	ssize_t count = read(task->out[which], bytes, sizeof(bytes));

	if (count > 0) {
		send(which == 0 ? FRAME_OUTPUT : FRAME_ERRORS, task->id, bytes, (size_t)count);
	} else if (count == 0 || errno != EINTR) {
		close(task->out[which]);
		task->out[which] = -1;
		task_end_if_over(task);
	}
}

/* --- Events ---------------------------------------------------------------------------------- */

static void serve_frame(void)
{
	static uint8_t bytes[FRAME_MAX];
	struct frame frame;
	struct task *task;
	uint32_t number;

	read_all(&frame, sizeof(frame));
	if (frame.size > sizeof(bytes)) {
		fprintf(stderr, "agent: a frame of %u bytes\n", frame.size);
		exit(EXIT_FAILURE);
	}
	read_all(bytes, frame.size);
	if (frame.kind == FRAME_START) {
		task_start(frame.id, (char *)bytes, frame.size);
		return;
	}
	task = task_find(frame.id);
	if (task == NULL) {
		return;
	}
	if (frame.kind == FRAME_INPUT) {
		task_input(task, bytes, frame.size);
	} else if (frame.kind == FRAME_KILL && frame.size == sizeof(number) && task->pid > 0) {
		memcpy(&number, bytes, sizeof(number));
		kill(task->pid, (int)number);
	}
}

static void wait_for_children(void)
{
	char byte[64];
	int status;
	pid_t pid;
	int i;

	if (read(child_ended[0], byte, sizeof(byte)) < 0 && errno != EINTR && errno != EAGAIN) {
		fail("agent: pipe");
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < TASKS_MAX; i++) {
			if (tasks[i].used && tasks[i].pid == pid) {
				tasks[i].pid = 0;
				tasks[i].status = status;
				task_end_if_over(&tasks[i]);
			}
		}
	}
}

static void on_child(int number)
{
	int saved = errno;

	if (write(child_ended[1], "", 1) < 0) {
		/* It is full: somebody will wake up anyway. */
	}
	errno = saved;
}

struct watch {
	struct pollfd fds[2 + 3 * TASKS_MAX];
	struct task *of[2 + 3 * TASKS_MAX];
	nfds_t count;
};

static void watch_add(struct watch *watch, int fd, short events, struct task *task)
{
	if (fd >= 0) {
		watch->fds[watch->count] = (struct pollfd){ .fd = fd, .events = events };
		watch->of[watch->count++] = task;
	}
}

static void serve_task(struct task *task, int fd)
{
	if (!task->used) {
		return;
	}
	if (fd == task->in) {
		task_feed(task);
	} else if (fd == task->out[0]) {
		task_output(task, 0);
	} else if (fd == task->out[1]) {
		task_output(task, 1);
	}
}

static void serve(void)
{
	struct watch watch = { .count = 0 };
	nfds_t i;

	watch_add(&watch, port, POLLIN, NULL);
	watch_add(&watch, child_ended[0], POLLIN, NULL);
	for (i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].used) {
			watch_add(&watch, tasks[i].out[0], POLLIN, &tasks[i]);
			watch_add(&watch, tasks[i].out[1], POLLIN, &tasks[i]);
			watch_add(&watch, tasks[i].first != NULL ? tasks[i].in : -1, POLLOUT,
				  &tasks[i]);
		}
	}
	if (poll(watch.fds, watch.count, -1) < 0) {
		if (errno != EINTR) {
			fail("agent: poll");
		}
		return;
	}
	for (i = 2; i < watch.count; i++) {
		if (watch.fds[i].revents != 0) {
			serve_task(watch.of[i], watch.fds[i].fd);
		}
	}
	if (watch.fds[1].revents != 0) {
		wait_for_children();
	}
	if (watch.fds[0].revents != 0) {
		serve_frame();
	}
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_child,
					  .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	char *end;

	if (argc != 2) {
		fprintf(stderr, "Usage: agent PORT\n");
		return 64;
	}
	port = (int)strtol(argv[1], &end, 10);
	if (*end != '\0') {
		port = open(argv[1], O_RDWR | O_CLOEXEC);
		if (port < 0) {
			fail(argv[1]);
		}
	}
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(child_ended, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    sigaction(SIGCHLD, &action, NULL) != 0) {
		fail("agent");
	}
	send(FRAME_READY, 0, NULL, 0);
	for (;;) {
		serve();
	}
}
