#include "normal/exec/line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi/socket.h"

/* Connections that are kept although nobody uses them. */
#define IDLE_MAX 16u

#define ERRNO_MAX 4095

struct line {
	pthread_mutex_t control_lock; /* from request to reply */
	int control;
	pthread_mutex_t lock; /* of what follows */
	unsigned int idle_count;
	int idle[IDLE_MAX];
};

union descriptors {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

/* --- Packets --------------------------------------------------------------------------------- */

static int packet_send(int connection, const struct line_request *request)
{
	struct socket_request header = { request->operation, (uint32_t)request->size };
	struct iovec parts[] = { { &header, sizeof(header) }, { request->payload, request->size } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = array_size(parts) };
	union descriptors control = { .space = { 0 } };
	ssize_t sent;

	if (request->send_fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &request->send_fd, sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.space);
	}
	do {
		sent = sendmsg(connection, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)(sizeof(header) + request->size) ? 0 : -ENODEV;
}

/* Bytes; 0 at the end, or when there is anything wrong. */
static size_t packet_receive(int connection, void *bytes, size_t size, int *fd)
{
	union descriptors control;
	struct iovec part = { bytes, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.space),
	};
	struct cmsghdr *header;
	ssize_t received;

	*fd = -1;
	do {
		received = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	header = received > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(fd, CMSG_DATA(header), sizeof(int));
	}
	return received > 0 && (message.msg_flags & MSG_TRUNC) == 0 ? (size_t)received : 0;
}

/* `request->received_fd` is filled in either case. */
static int reply_receive(int connection, struct line_request *request)
{
	struct {
		struct socket_reply header;
		unsigned char payload[SOCKET_PAYLOAD_MAX];
	} reply;
	size_t size = packet_receive(connection, &reply, sizeof(reply), &request->received_fd);

	if (size < sizeof(reply.header) || reply.header.size != size - sizeof(reply.header) ||
	    (reply.header.size != 0 && reply.header.size != request->size) ||
	    reply.header.error > 0 || reply.header.error < -ERRNO_MAX) {
		return -ENODEV;
	}
	if (reply.header.size != 0) {
		memcpy(request->payload, reply.payload, reply.header.size);
	}
	return reply.header.error;
}

/* --- One request ----------------------------------------------------------------------------- */

/* Wait for the reply. true: it was asked to end early, and this connection is at its end. */
static bool reply_wait(int connection, const struct line_request *request)
{
	struct pollfd wait = { .fd = connection, .events = POLLIN };
	int ready;

	for (;;) {
		ready = poll(&wait, 1, request->give_up != NULL ? LINE_TICK_MS : -1);
		if (ready > 0 || (ready < 0 && errno != EINTR)) {
			return false;
		}
		if (request->give_up != NULL && request->give_up(request->context)) {
			/* posternd sees nobody ask any more, and can still answer. */
			shutdown(connection, SHUT_WR);
			return true;
		}
	}
}

/* *spent: the connection is of no more use. */
static int converse(int connection, struct line_request *request, bool *spent)
{
	int error = packet_send(connection, request);

	request->received_fd = -1;
	*spent = error != 0;
	if (error == 0) {
		*spent = reply_wait(connection, request);
		error = reply_receive(connection, request);
	}
	*spent = *spent || error == -ENODEV;
	if (error != 0 && request->received_fd >= 0) {
		close(request->received_fd);
		request->received_fd = -1;
	}
	return error;
}

/* --- Connections ----------------------------------------------------------------------------- */

static int connection_new(struct line *line, int *connection)
{
	struct line_request another = { .operation = SOCKET_ANOTHER, .send_fd = -1 };
	bool spent;
	int error;

	pthread_mutex_lock(&line->control_lock);
	error = converse(line->control, &another, &spent);
	pthread_mutex_unlock(&line->control_lock);
	if (error == 0 && another.received_fd < 0) {
		error = -ENODEV;
	}
	*connection = another.received_fd;
	return error;
}

static int connection_take(struct line *line, int *connection)
{
	bool found;

	pthread_mutex_lock(&line->lock);
	found = line->idle_count > 0;
	if (found) {
		*connection = line->idle[--line->idle_count];
	}
	pthread_mutex_unlock(&line->lock);
	return found ? 0 : connection_new(line, connection);
}

static void connection_give(struct line *line, int connection, bool spent)
{
	pthread_mutex_lock(&line->lock);
	if (!spent && line->idle_count < IDLE_MAX) {
		line->idle[line->idle_count++] = connection;
		connection = -1;
	}
	pthread_mutex_unlock(&line->lock);
	if (connection >= 0) {
		close(connection);
	}
}

int line_call(struct line *line, struct line_request *request)
{
	bool spent;
	int connection;
	int error;

	request->received_fd = -1;
	if (request->size > SOCKET_PAYLOAD_MAX) {
		return -EINVAL;
	}
	error = connection_take(line, &connection);
	if (error != 0) {
		return error;
	}
	error = converse(connection, request, &spent);
	connection_give(line, connection, spent);
	return error;
}

/* --- Open and close -------------------------------------------------------------------------- */

static int connect_to(int connection, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char by_descriptor[32];
	int error = 0;
	int file;

	/* However long its path is: an address holds 107 characters. */
	file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0) {
		return -errno;
	}
	snprintf(by_descriptor, sizeof(by_descriptor), "/proc/self/fd/%d", file);
	strcpy(address.sun_path, by_descriptor);
	if (connect(connection, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		error = errno == ECONNREFUSED ? -ENODEV : -errno;
	}
	close(file);
	return error;
}

static int hello_receive(int connection)
{
	struct socket_hello hello;
	int fd;
	size_t size = packet_receive(connection, &hello, sizeof(hello), &fd);

	if (fd >= 0) {
		close(fd);
	}
	if (size != sizeof(hello) || hello.magic != SOCKET_MAGIC ||
	    hello.version != SOCKET_VERSION || hello.error < 0 || hello.error > ERRNO_MAX) {
		return -ENODEV;
	}
	return -hello.error;
}

int line_open(const char *directory, const char *name, struct line **result)
{
	struct line *line = calloc(1, sizeof(*line));
	char path[1024];
	int error = -ENOMEM;

	if (line == NULL) {
		return error;
	}
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	line->control = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (line->control < 0) {
		error = -errno;
		free(line);
		return error;
	}
	error = connect_to(line->control, path);
	if (error == 0) {
		error = hello_receive(line->control);
	}
	if (error != 0) {
		close(line->control);
		free(line);
		return error;
	}
	pthread_mutex_init(&line->control_lock, NULL);
	pthread_mutex_init(&line->lock, NULL);
	*result = line;
	return 0;
}

void line_close(struct line *line)
{
	if (line == NULL) {
		return;
	}
	while (line->idle_count > 0) {
		close(line->idle[--line->idle_count]);
	}
	close(line->control);
	pthread_mutex_destroy(&line->lock);
	pthread_mutex_destroy(&line->control_lock);
	free(line);
}
