/* postern.c - posternd's sockets in place of a kernel's device (abi/socket.h).
 *
 * A request waits for its reply on a connection of its own, so a device has as many connections
 * as calls were ever under way at once, up to a limit. One more, the `control` connection, never
 * carries a call: over it come further connections, and it is there for cancellations.
 *
 * posternd may die, and its replies may be nonsense: each is received into a buffer of ours,
 * checked, and then used. After either there is nothing left to talk to, and the device is
 * dead. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/device/back_end.h"

/* Calls under way at once on one device; one more waits for the first that ends. */
#define CONNECTIONS_MAX 256u

/* Room for one descriptor more than any reply carries: too many are seen, and closed. */
#define DESCRIPTORS_MAX 2u

/* The largest errno value. */
#define ERRNO_MAX 4095

struct postern {
	struct device device;
	pid_t owner;		      /* the process that opened it */
	pthread_mutex_t control_lock; /* held from request to reply; taken before `lock` */
	int control;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool dead;
	unsigned int opening; /* connections being asked for */
	unsigned int count;
	int connections[CONNECTIONS_MAX];
	unsigned int idle_count;
	int idle[CONNECTIONS_MAX]; /* the one used last is on top */
};

/* One request and its reply. */
struct exchange {
	uint32_t operation;
	void *payload; /* sent, and replaced by the reply's */
	size_t size;
	bool answers; /* a reply without payload is nonsense */
	int send_fd;  /* -1: none */
	bool wants_fd;
	int received_fd;	 /* -1: none */
	bool out_of_descriptors; /* there was one, and no room for it in this process */
	int error;		 /* what posternd said */
};

union descriptors {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int) * DESCRIPTORS_MAX)];
};

static struct postern *postern_of(struct device *device)
{
	return container_of(device, struct postern, device);
}

/* --- One message ---------------------------------------------------------------------------- */

/* -ENODEV: nobody is there any more. Another error: nothing was sent. */
static int request_send(int connection, const struct exchange *exchange)
{
	struct socket_request header = { exchange->operation, (uint32_t)exchange->size };
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ exchange->payload, exchange->size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = array_size(parts) };
	union descriptors control;
	ssize_t sent;

	if (exchange->send_fd >= 0) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &exchange->send_fd, sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int));
	}
	do {
		sent = sendmsg(connection, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		return 0;
	}
	return errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN ? -ENODEV : -errno;
}

static unsigned int descriptors_take(struct msghdr *message, int fds[DESCRIPTORS_MAX])
{
	struct cmsghdr *header;
	unsigned int count = 0;
	size_t size;

	for (header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		size = header->cmsg_len - CMSG_LEN(0);
		memcpy(fds, CMSG_DATA(header), size);
		count = (unsigned int)(size / sizeof(int));
	}
	return count;
}

/* -ENODEV: nobody is there any more. */
static int message_receive(int connection, void *buffer, size_t size, size_t *received, int *fd,
			   bool *out_of_descriptors)
{
	union descriptors control;
	struct iovec part = { buffer, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fds[DESCRIPTORS_MAX];
	unsigned int count;
	unsigned int i;
	ssize_t length;

	do {
		length = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	} while (length < 0 && errno == EINTR);
	if (length <= 0) {
		return -ENODEV;
	}
	count = descriptors_take(&message, fds);
	if (count > 1 || (message.msg_flags & MSG_TRUNC) != 0) {
		for (i = 0; i < count; i++) {
			close(fds[i]);
		}
		return -EPROTO;
	}
	*fd = count == 1 ? fds[0] : -1;
	*out_of_descriptors = count == 0 && (message.msg_flags & MSG_CTRUNC) != 0;
	*received = (size_t)length;
	return 0;
}

static int reply_check(const struct socket_reply *reply, size_t received,
		       const struct exchange *exchange)
{
	bool has_fd = exchange->received_fd >= 0 || exchange->out_of_descriptors;

	if (received < sizeof(*reply) || reply->size != received - sizeof(*reply) ||
	    reply->error > 0 || reply->error < -ERRNO_MAX) {
		return -EPROTO;
	}
	if (reply->error != 0) {
		return reply->size == 0 && !has_fd ? 0 : -EPROTO;
	}
	if (has_fd != exchange->wants_fd) {
		return -EPROTO;
	}
	if (reply->size != exchange->size && (exchange->answers || reply->size != 0)) {
		return -EPROTO;
	}
	return 0;
}

static int reply_receive(int connection, struct exchange *exchange)
{
	struct {
		struct socket_reply header;
		unsigned char payload[SOCKET_PAYLOAD_MAX];
	} reply;
	size_t received;
	int error;

	error = message_receive(connection, &reply, sizeof(reply), &received,
				&exchange->received_fd, &exchange->out_of_descriptors);
	if (error != 0) {
		return error;
	}
	error = reply_check(&reply.header, received, exchange);
	if (error != 0) {
		if (exchange->received_fd >= 0) {
			close(exchange->received_fd);
		}
		exchange->received_fd = -1;
		return error;
	}
	if (reply.header.size > 0) {
		memcpy(exchange->payload, reply.payload, reply.header.size);
	}
	exchange->error = reply.header.error;
	return 0;
}

/* --- Life and death ------------------------------------------------------------------------- */

/* Wakes whoever waits for a reply or for a connection. Nothing is closed: a descriptor number that
 * another thread is using must not come to mean something else. */
static void postern_bury(struct postern *self)
{
	unsigned int i;

	pthread_mutex_lock(&self->lock);
	if (!self->dead) {
		self->dead = true;
		shutdown(self->control, SHUT_RDWR);
		for (i = 0; i < self->count; i++) {
			shutdown(self->connections[i], SHUT_RDWR);
		}
		pthread_cond_broadcast(&self->changed);
	}
	pthread_mutex_unlock(&self->lock);
}

/* 0: `exchange->error` is posternd's answer. */
static int converse(struct postern *self, int connection, struct exchange *exchange)
{
	int error;

	exchange->received_fd = -1;
	exchange->out_of_descriptors = false;
	error = request_send(connection, exchange);
	if (error != 0 && error != -ENODEV) {
		return error;
	}
	if (error == 0) {
		error = reply_receive(connection, exchange);
	}
	if (error != 0) {
		postern_bury(self);
	}
	return error;
}

/* --- Connections ---------------------------------------------------------------------------- */

static bool postern_is_dead(struct postern *self)
{
	bool dead;

	pthread_mutex_lock(&self->lock);
	dead = self->dead;
	pthread_mutex_unlock(&self->lock);
	return dead;
}

static int control_converse(struct postern *self, struct exchange *exchange)
{
	int error;

	pthread_mutex_lock(&self->control_lock);
	error = postern_is_dead(self) ? -ENODEV : converse(self, self->control, exchange);
	pthread_mutex_unlock(&self->control_lock);
	return error;
}

static int connection_open(struct postern *self, int *connection)
{
	struct exchange exchange = {
		.operation = SOCKET_ANOTHER,
		.send_fd = -1,
		.wants_fd = true,
	};
	int error = control_converse(self, &exchange);

	if (error != 0 || exchange.error != 0) {
		return error != 0 ? error : exchange.error;
	}
	if (exchange.out_of_descriptors) {
		return -EMFILE;
	}
	*connection = exchange.received_fd;
	return 0;
}

/* Add a connection; the lock is held on entry and on return, and not in between. */
static int connection_add(struct postern *self)
{
	int connection = -1;
	int error;

	self->opening++;
	pthread_mutex_unlock(&self->lock);
	error = connection_open(self, &connection);
	pthread_mutex_lock(&self->lock);
	self->opening--;
	if (error == 0) {
		self->connections[self->count++] = connection;
		self->idle[self->idle_count++] = connection;
		if (self->dead) {
			shutdown(connection, SHUT_RDWR);
		}
	}
	/* One more, or the last hope of one gone. */
	pthread_cond_broadcast(&self->changed);
	return error;
}

/* An idle connection, else a new one, else the next that falls idle. */
static int connection_take(struct postern *self, int *connection)
{
	int refused = 0;

	pthread_mutex_lock(&self->lock);
	while (!self->dead && self->idle_count == 0) {
		if (refused == 0 && self->count + self->opening < CONNECTIONS_MAX) {
			refused = connection_add(self);
		} else if (self->count + self->opening == 0) {
			break;
		} else {
			pthread_cond_wait(&self->changed, &self->lock);
		}
	}
	if (self->dead) {
		/* Whoever saw posternd talk nonsense says so; the others find it gone. */
		refused = refused == -EPROTO ? -EPROTO : -ENODEV;
	} else if (self->idle_count > 0) {
		*connection = self->idle[--self->idle_count];
		refused = 0;
	}
	pthread_mutex_unlock(&self->lock);
	return refused;
}

static void connection_give(struct postern *self, int connection)
{
	pthread_mutex_lock(&self->lock);
	self->idle[self->idle_count++] = connection;
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
}

/* --- Requests ------------------------------------------------------------------------------- */

/* Is it one that must not, or need not, wait for the calls under way? */
static bool goes_over_control(uint32_t operation)
{
	return operation == TEE_IOC_CANCEL || operation == TEE_IOC_VERSION;
}

static int request(struct postern *self, struct exchange *exchange)
{
	int connection = -1;
	int error;

	if (exchange->size > SOCKET_PAYLOAD_MAX) {
		return -EINVAL;
	}
	if (self->owner != getpid()) {
		return -ENODEV;
	}
	if (goes_over_control(exchange->operation)) {
		error = control_converse(self, exchange);
	} else {
		error = connection_take(self, &connection);
		if (error == 0) {
			error = converse(self, connection, exchange);
			connection_give(self, connection);
		}
	}
	return error != 0 ? error : exchange->error;
}

/* Does the caller read something back? */
static bool command_answers(uint32_t command)
{
	return command != TEE_IOC_SUPPL_SEND && command != TEE_IOC_CANCEL &&
	       command != TEE_IOC_CLOSE_SESSION;
}

static int postern_call(struct device *device, uint32_t command, void *buffer, size_t size)
{
	struct exchange exchange = {
		.operation = command,
		.payload = buffer,
		.size = size,
		.answers = command_answers(command),
		.send_fd = -1,
	};

	return request(postern_of(device), &exchange);
}

static int postern_control(struct device *device, uint32_t command, void *argument, size_t size)
{
	if (size != TEE_IOC_SIZE(command)) {
		return -EINVAL;
	}
	return postern_call(device, command, argument, size);
}

static void postern_shm_close(struct device *device, int32_t id)
{
	struct exchange exchange = {
		.operation = SOCKET_SHM_CLOSE,
		.payload = &id,
		.size = sizeof(id),
		.send_fd = -1,
	};

	/* Whatever it says, there is nothing left that could be closed. */
	(void)request(postern_of(device), &exchange);
}

/* What is mapped must not shrink under us. */
static bool memory_is_sound(int fd, uint64_t size)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	return seals >= 0 && (seals & F_SEAL_SHRINK) != 0 && fstat(fd, &status) == 0 &&
	       (uint64_t)status.st_size >= size;
}

static int postern_shm_alloc(struct device *device, size_t size, struct device_shm *shm)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };
	struct exchange exchange = {
		.operation = TEE_IOC_SHM_ALLOC,
		.payload = &data,
		.size = sizeof(data),
		.answers = true,
		.send_fd = -1,
		.wants_fd = true,
	};
	int error = request(postern_of(device), &exchange);

	if (error != 0) {
		return error;
	}
	if (exchange.out_of_descriptors) {
		error = -EMFILE;
	} else if (data.size < size || data.id < 1 ||
		   !memory_is_sound(exchange.received_fd, data.size)) {
		postern_bury(postern_of(device));
		error = -EPROTO;
	} else {
		error = back_end_map(exchange.received_fd, data.size, shm);
	}
	if (exchange.received_fd >= 0) {
		/* The mapping keeps the memory. */
		close(exchange.received_fd);
	}
	if (error != 0) {
		postern_shm_close(device, data.id);
	}
	shm->id = data.id;
	return error;
}

static int postern_shm_register_fd(struct device *device, int fd, struct device_shm *shm)
{
	struct tee_ioctl_shm_register_data data = { 0 };
	struct exchange exchange = {
		.operation = TEE_IOC_SHM_REGISTER,
		.payload = &data,
		.size = sizeof(data),
		.answers = true,
		.send_fd = fd,
	};
	struct stat status;
	int error;

	if (fstat(fd, &status) != 0) {
		return -errno;
	}
	data.length = (uint64_t)status.st_size;
	error = request(postern_of(device), &exchange);
	if (error != 0) {
		return error;
	}
	if (data.id < 1) {
		postern_bury(postern_of(device));
		return -EPROTO;
	}
	shm->id = data.id;
	shm->size = (size_t)status.st_size;
	return 0;
}

/* --- Open and close ------------------------------------------------------------------------- */

static bool postern_owns(mode_t mode)
{
	return S_ISDIR(mode) || S_ISSOCK(mode);
}

/* The path of the socket, to be freed; NULL: no memory. */
static char *socket_path(enum device_kind kind, const char *path)
{
	const char *name = kind == DEVICE_TEE ? SOCKET_NAME_TEE : SOCKET_NAME_TEEPRIV;
	struct stat status;
	char *joined;

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
		return strdup(path);
	}
	return asprintf(&joined, "%s/%s", path, name) < 0 ? NULL : joined;
}

static int connect_to(int connection, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		return -ENAMETOOLONG;
	}
	strcpy(address.sun_path, path);
	if (connect(connection, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		return -errno;
	}
	return 0;
}

/* An address holds 107 characters; a longer path goes by way of a descriptor of its file. */
static int connect_far(int connection, const char *path)
{
	char by_descriptor[32];
	int file;
	int error;

	if (strlen(path) < sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		return connect_to(connection, path);
	}
	file = open(path, O_PATH | O_CLOEXEC);
	if (file < 0) {
		return -errno;
	}
	snprintf(by_descriptor, sizeof(by_descriptor), "/proc/self/fd/%d", file);
	error = connect_to(connection, by_descriptor);
	close(file);
	return error;
}

static int hello_check(int connection)
{
	struct socket_hello hello;
	bool out_of_descriptors;
	size_t received;
	int error;
	int fd;

	error = message_receive(connection, &hello, sizeof(hello), &received, &fd,
				&out_of_descriptors);
	if (error != 0) {
		return error;
	}
	if (fd >= 0) {
		close(fd);
		return -EPROTO;
	}
	if (received != sizeof(hello) || hello.magic != SOCKET_MAGIC ||
	    hello.version != SOCKET_VERSION || hello.error < 0 || hello.error > ERRNO_MAX) {
		return -EPROTO;
	}
	return -hello.error;
}

static int connection_first(const char *path)
{
	int connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int error;

	if (connection < 0) {
		return -errno;
	}
	error = connect_far(connection, path);
	if (error == 0) {
		error = hello_check(connection);
	}
	if (error != 0) {
		close(connection);
		return error;
	}
	return connection;
}

static int postern_open(enum device_kind kind, const char *path, struct device **device)
{
	struct postern *self = calloc(1, sizeof(*self));
	int error = -ENOMEM;

	if (self == NULL) {
		return error;
	}
	self->device.path = socket_path(kind, path);
	if (self->device.path != NULL) {
		self->control = connection_first(self->device.path);
		error = self->control < 0 ? self->control : 0;
	}
	if (error != 0) {
		free(self->device.path);
		free(self);
		return error;
	}
	self->owner = getpid();
	pthread_mutex_init(&self->control_lock, NULL);
	pthread_mutex_init(&self->lock, NULL);
	pthread_cond_init(&self->changed, NULL);
	*device = &self->device;
	return 0;
}

static void postern_close(struct device *device)
{
	struct postern *self = postern_of(device);
	unsigned int i;

	/* Not shutdown(): that would end the connections of a process that forked this one. */
	for (i = 0; i < self->count; i++) {
		close(self->connections[i]);
	}
	close(self->control);
	/* In a child a lock may be held for ever by a thread that it does not have. */
	if (self->owner == getpid()) {
		pthread_cond_destroy(&self->changed);
		pthread_mutex_destroy(&self->lock);
		pthread_mutex_destroy(&self->control_lock);
	}
	free(self);
}

const struct back_end postern_back_end = {
	.owns = postern_owns,
	.open = postern_open,
	.close = postern_close,
	.call = postern_call,
	.control = postern_control,
	.shm_alloc = postern_shm_alloc,
	.shm_register_fd = postern_shm_register_fd,
	.shm_close = postern_shm_close,
};
