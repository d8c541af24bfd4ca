#include "normal/daemon/control.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/bits.h"
#include "normal/daemon/event_log.h"
#include "normal/daemon/log.h"
#include "normal/daemon/supplicant.h"

static struct {
	struct driver *driver;
	const struct options *options;
	const struct secure *secure;
	uint64_t started_ns;
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	int connections[CONTROL_CONNECTIONS_MAX]; /* descriptors, -1: free */
	unsigned int count;
} control = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.fewer = PTHREAD_COND_INITIALIZER,
};

/* Takes `value` over. false: nobody reads. */
static bool send_line(int fd, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	size_t size = text != NULL ? strlen(text) : 0;
	size_t sent = 0;

	json_decref(value);
	if (text == NULL) {
		return false;
	}
	text[size++] = '\n';
	while (sent < size) {
		ssize_t now = send(fd, text + sent, size - sent, MSG_NOSIGNAL);

		if (now < 0 && errno == EINTR) {
			continue;
		}
		if (now <= 0) {
			break;
		}
		sent += (size_t)now;
	}
	free(text);
	return sent == size;
}

static json_t *census_json(void)
{
	struct driver_census census;

	driver_census(control.driver, &census);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "files",
			 (json_int_t)census.files, "sessions", (json_int_t)census.sessions, "shm",
			 (json_int_t)census.shm, "shm_kernel", (json_int_t)census.shm_kernel,
			 "shm_bytes", (json_int_t)census.shm_bytes, "calls",
			 (json_int_t)census.calls, "threads", (json_int_t)census.threads,
			 "threads_busy", (json_int_t)census.threads_busy, "requests_queued",
			 (json_int_t)census.requests_queued, "requests_taken",
			 (json_int_t)census.requests_taken, "calls_waiting",
			 (json_int_t)census.calls_waiting, "notifications",
			 (json_int_t)census.notifications, "bottom_halves",
			 (json_int_t)census.bottom_halves, "supplicant", (int)census.supplicant);
}

static void do_status(int fd)
{
	uint64_t uptime_ms = (os_time_monotonic_ns() - control.started_ns) / 1000000;

	send_line(fd,
		  json_pack("{s:I,s:I,s:I,s:s,s:s,s:s,s:I,s:I,s:o}", "pid", (json_int_t)getpid(),
			    "secure_pid", (json_int_t)control.secure->pid, "supplicant_pid",
			    (json_int_t)supplicant_pid(), "directory", control.options->directory,
			    "state", control.options->state, "transport",
			    control.options->transport == DRIVER_FFA ? "ffa" : "smc", "cpus",
			    (json_int_t)control.options->cpus, "uptime_ms", (json_int_t)uptime_ms,
			    "census", census_json()));
}

static void do_stop(int fd)
{
	send_line(fd, json_pack("{s:b}", "stopping", 1));
	kill(getpid(), SIGTERM);
}

static const char *const kind_names[] = {
	[DRIVER_EVENT_CALL_BEGIN] = "call",	 [DRIVER_EVENT_CALL_END] = "call-end",
	[DRIVER_EVENT_RPC_BEGIN] = "rpc",	 [DRIVER_EVENT_RPC_END] = "rpc-end",
	[DRIVER_EVENT_SUPPLICANT_TAKE] = "take", [DRIVER_EVENT_SUPPLICANT_ANSWER] = "answer",
};

static json_t *event_json(const struct driver_event *event)
{
	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "kind",
			 kind_names[event->kind], "time_ns", (json_int_t)event->time_ns, "call",
			 (json_int_t)event->call, "pid", (json_int_t)event->pid, "function",
			 (json_int_t)event->function, "command", (json_int_t)event->command,
			 "sub_command", (json_int_t)event->sub_command, "session",
			 (json_int_t)event->session, "request", (json_int_t)event->request,
			 "result", (json_int_t)event->result, "origin", (json_int_t)event->origin,
			 "bytes", (json_int_t)event->bytes, "duration_ns",
			 (json_int_t)event->duration_ns, "detail", event->detail);
}

struct finisher {
	int fd;
	struct event_reader *reader;
};

/* The client's writing side is its way to say: that was all I wanted to see. */
static void *finish_on_eof(void *arg)
{
	const struct finisher *finisher = arg;
	char byte;

	while (recv(finisher->fd, &byte, 1, 0) > 0) {
	}
	event_reader_finish(finisher->reader);
	return NULL;
}

static void do_events(int fd)
{
	struct finisher finisher = { fd, event_reader_open() };
	struct driver_event event;
	pthread_t thread;

	if (finisher.reader == NULL ||
	    pthread_create(&thread, NULL, finish_on_eof, &finisher) != 0) {
		send_line(fd,
			  json_pack("{s:s}", "error", "too many programs read the events already"));
		if (finisher.reader != NULL) {
			event_reader_close(finisher.reader);
		}
		return;
	}
	if (send_line(fd, json_pack("{s:b}", "events", 1))) {
		while (event_reader_next(finisher.reader, &event) &&
		       send_line(fd, event_json(&event))) {
		}
		send_line(fd, json_pack("{s:I}", "dropped",
					(json_int_t)event_reader_dropped(finisher.reader)));
	}
	shutdown(fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	event_reader_close(finisher.reader);
}

static const struct {
	const char *name;
	void (*serve)(int fd);
} commands[] = {
	{ "status", do_status },
	{ "stop", do_stop },
	{ "events", do_events },
};

/* One line; false: the peer hung up, or wrote too much. */
static bool read_line(int fd, char line[CONTROL_LINE_MAX])
{
	size_t size = 0;

	while (size < CONTROL_LINE_MAX - 1 && recv(fd, line + size, 1, 0) == 1) {
		if (line[size] == '\n') {
			line[size] = '\0';
			return true;
		}
		size++;
	}
	return false;
}

static void serve_line(int fd, const char *line)
{
	json_error_t error;
	json_t *request = json_loads(line, 0, &error);
	const char *name = json_string_value(json_object_get(request, "do"));
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		if (name != NULL && strcmp(name, commands[i].name) == 0) {
			commands[i].serve(fd);
			break;
		}
	}
	if (i == array_size(commands)) {
		send_line(fd, json_pack("{s:s}", "error",
					"expected {\"do\": \"status\" | \"stop\" | \"events\"}"));
	}
	json_decref(request);
}

static void *control_run(void *arg)
{
	unsigned int slot = (unsigned int)(uintptr_t)arg;
	char line[CONTROL_LINE_MAX];
	int fd;

	pthread_mutex_lock(&control.lock);
	fd = control.connections[slot];
	pthread_mutex_unlock(&control.lock);
	if (read_line(fd, line)) {
		serve_line(fd, line);
	}
	pthread_mutex_lock(&control.lock);
	close(fd);
	control.connections[slot] = -1;
	control.count--;
	pthread_cond_broadcast(&control.fewer);
	pthread_mutex_unlock(&control.lock);
	return NULL;
}

void control_start(struct driver *driver, const struct options *options,
		   const struct secure *secure)
{
	unsigned int i;

	control.driver = driver;
	control.options = options;
	control.secure = secure;
	control.started_ns = os_time_monotonic_ns();
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		control.connections[i] = -1;
	}
}

static int slot_take(int fd)
{
	int slot = -1;
	int i;

	pthread_mutex_lock(&control.lock);
	for (i = 0; i < (int)CONTROL_CONNECTIONS_MAX && slot < 0; i++) {
		if (control.connections[i] < 0) {
			control.connections[i] = fd;
			control.count++;
			slot = i;
		}
	}
	pthread_mutex_unlock(&control.lock);
	return slot;
}

void control_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pthread_t thread;
	int slot;

	if (fd < 0) {
		return;
	}
	slot = slot_take(fd);
	if (slot < 0) {
		send_line(fd, json_pack("{s:s}", "error", "too many control connections"));
		close(fd);
		return;
	}
	if (pthread_create(&thread, NULL, control_run, (void *)(uintptr_t)slot) != 0) {
		pthread_mutex_lock(&control.lock);
		control.connections[slot] = -1;
		control.count--;
		pthread_mutex_unlock(&control.lock);
		close(fd);
		return;
	}
	pthread_detach(thread);
}

void control_stop(void)
{
	unsigned int i;

	pthread_mutex_lock(&control.lock);
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		if (control.connections[i] >= 0) {
			shutdown(control.connections[i], SHUT_RDWR);
		}
	}
	while (control.count > 0) {
		pthread_cond_wait(&control.fewer, &control.lock);
	}
	pthread_mutex_unlock(&control.lock);
}
