#include "normal/supplicant/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "abi/rpc.h"
#include "normal/supplicant/handle.h"
#include "normal/supplicant/supplicant.h"

#define HOST_MAX 256u
#define PORT_MAX 65535u

/* A socket, and to whom: a UDP socket may be given another address or port. */
struct socket {
	int fd;
	uint32_t protocol; /* RPC_SOCKET_PROTOCOL_* */
	uint32_t version;  /* RPC_SOCKET_IP_* */
	pthread_mutex_t lock;
	char host[HOST_MAX];
	uint16_t port;
};

/* Kept while it has sockets, and while it is used. */
struct instance {
	size_t place;
	uint32_t id;
	unsigned int users;
	unsigned int sockets;
	struct handle_table table;
};

static void socket_destroy(void *thing)
{
	struct socket *socket = thing;

	if (socket->fd >= 0) {
		close(socket->fd);
	}
	pthread_mutex_destroy(&socket->lock);
	free(socket);
}

/* --- Instances ------------------------------------------------------------------------------ */

static struct instance *instance_find(struct sockets *sockets, uint32_t id)
{
	size_t i;

	for (i = 0; i < SOCKET_INSTANCES_MAX; i++) {
		if (sockets->instances[i] != NULL && sockets->instances[i]->id == id) {
			return sockets->instances[i];
		}
	}
	return NULL;
}

static struct instance *instance_new(struct sockets *sockets, uint32_t id)
{
	struct instance *instance;
	size_t place = 0;

	while (place < SOCKET_INSTANCES_MAX && sockets->instances[place] != NULL) {
		place++;
	}
	if (place == SOCKET_INSTANCES_MAX) {
		return NULL;
	}
	instance = calloc(1, sizeof(*instance));
	if (instance != NULL) {
		instance->id = id;
		handle_table_init(&instance->table, SOCKETS_MAX, socket_destroy);
		instance->place = place;
		sockets->instances[place] = instance;
		sockets->count++;
	}
	return instance;
}

/* For instance_put(). NULL: there is none; with `make`: no room. */
static struct instance *instance_get(struct sockets *sockets, uint32_t id, bool make)
{
	struct instance *instance;

	pthread_mutex_lock(&sockets->lock);
	instance = instance_find(sockets, id);
	if (instance == NULL && make) {
		instance = instance_new(sockets, id);
	}
	if (instance != NULL) {
		instance->users++;
	}
	pthread_mutex_unlock(&sockets->lock);
	return instance;
}

static void instance_free(struct sockets *sockets, struct instance *instance)
{
	sockets->instances[instance->place] = NULL;
	sockets->count--;
	handle_table_destroy(&instance->table);
	free(instance);
}

/* `change`: how many sockets it has more now. */
static void instance_put(struct sockets *sockets, struct instance *instance, int change)
{
	pthread_mutex_lock(&sockets->lock);
	instance->sockets = (unsigned int)((int)instance->sockets + change);
	instance->users--;
	if (instance->users == 0 && instance->sockets == 0) {
		instance_free(sockets, instance);
	}
	pthread_mutex_unlock(&sockets->lock);
}

void sockets_init(struct sockets *sockets)
{
	pthread_mutex_init(&sockets->lock, NULL);
	memset(sockets->instances, 0, sizeof(sockets->instances));
	sockets->count = 0;
}

void sockets_destroy(struct sockets *sockets)
{
	size_t i;

	for (i = 0; i < SOCKET_INSTANCES_MAX; i++) {
		if (sockets->instances[i] != NULL) {
			instance_free(sockets, sockets->instances[i]);
		}
	}
	pthread_mutex_destroy(&sockets->lock);
}

/* --- Waiting -------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* When a wait of `timeout` that begins now is over. */
static uint64_t deadline_of(uint32_t timeout)
{
	return timeout == RPC_SOCKET_TIMEOUT_BLOCKING ? UINT64_MAX : now_ms() + timeout;
}

/* 0, or -ETIMEDOUT, or another negative errno. */
static int wait_for(int fd, short events, uint64_t deadline)
{
	struct pollfd poller = { .fd = fd, .events = events };
	int left = -1;
	int ready;

	do {
		if (deadline != UINT64_MAX) {
			uint64_t now = now_ms();

			left = now >= deadline ? 0 : (int)(deadline - now);
		}
		ready = poll(&poller, 1, left);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0) {
		return -ETIMEDOUT;
	}
	return ready < 0 ? -errno : 0;
}

static TEE_Result result_of(int error)
{
	switch (error) {
	case 0:
		return TEE_SUCCESS;
	case -ETIMEDOUT:
	case -EAGAIN:
		return RPC_SOCKET_ERROR_TIMEOUT;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

/* --- Opening -------------------------------------------------------------------------------- */

static const struct protocol {
	uint32_t protocol;
	int type;
} protocols[] = {
	{ RPC_SOCKET_PROTOCOL_TCP, SOCK_STREAM },
	{ RPC_SOCKET_PROTOCOL_UDP, SOCK_DGRAM },
};

static int type_of(uint32_t protocol)
{
	size_t i;

	for (i = 0; i < array_size(protocols); i++) {
		if (protocols[i].protocol == protocol) {
			return protocols[i].type;
		}
	}
	return -1;
}

static const int families[] = {
	[RPC_SOCKET_IP_ANY] = AF_UNSPEC,
	[RPC_SOCKET_IP_V4] = AF_INET,
	[RPC_SOCKET_IP_V6] = AF_INET6,
};

/* 0, or a negative errno. The socket does not block. */
static int connect_to(int fd, const struct addrinfo *address)
{
	socklen_t size;
	int error;

	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
		return 0;
	}
	if (errno != EINPROGRESS) {
		return -errno;
	}
	error = wait_for(fd, POLLOUT, now_ms() + SOCKET_CONNECT_MS);
	if (error != 0) {
		return error;
	}
	size = sizeof(error);
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? -error : -errno;
}

static struct addrinfo *resolve(const struct socket *socket)
{
	struct addrinfo hints = {
		.ai_family = families[socket->version],
		.ai_socktype = type_of(socket->protocol),
	};
	struct addrinfo *found;
	char port[8];

	snprintf(port, sizeof(port), "%u", socket->port);
	return getaddrinfo(socket->host, port, &hints, &found) == 0 ? found : NULL;
}

/* The first address that answers. */
static TEE_Result socket_connect(struct socket *to)
{
	struct addrinfo *found = resolve(to);
	const struct addrinfo *next;
	int error = -ECONNREFUSED;

	if (found == NULL) {
		return RPC_SOCKET_ERROR_HOSTNAME;
	}
	for (next = found; next != NULL && to->fd < 0; next = next->ai_next) {
		int fd = socket(next->ai_family, next->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
				next->ai_protocol);

		error = fd < 0 ? -errno : connect_to(fd, next);
		if (error == 0) {
			to->fd = fd;
		} else if (fd >= 0) {
			close(fd);
		}
	}
	freeaddrinfo(found);
	if (error == -EMFILE || error == -ENFILE || error == -ENOBUFS) {
		return RPC_SOCKET_ERROR_OUT_OF_RESOURCES;
	}
	if (error == -ETIMEDOUT) {
		return RPC_SOCKET_ERROR_TIMEOUT;
	}
	return error == 0 ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION;
}

/* A string that the secure world may still be writing to. false: it does not end, or is too long. */
static bool host_copy(char host[HOST_MAX], const struct request_memory *memory)
{
	size_t size = memory->size < HOST_MAX ? memory->size : HOST_MAX;

	memcpy(host, memory->data, size);
	return memchr(host, '\0', size) != NULL;
}

static struct socket *socket_new(const struct request *request)
{
	const struct tee_ioctl_param *where = &request->params[1];
	struct socket *socket;

	if (where->a > PORT_MAX || type_of((uint32_t)where->b) < 0 ||
	    where->c >= array_size(families)) {
		return NULL;
	}
	socket = calloc(1, sizeof(*socket));
	if (socket == NULL) {
		return NULL;
	}
	socket->fd = -1;
	socket->port = (uint16_t)where->a;
	socket->protocol = (uint32_t)where->b;
	socket->version = (uint32_t)where->c;
	pthread_mutex_init(&socket->lock, NULL);
	if (!host_copy(socket->host, &request->memory[2])) {
		socket_destroy(socket);
		return NULL;
	}
	return socket;
}

static TEE_Result serve_open(struct sockets *sockets, struct request *request)
{
	struct socket *socket = socket_new(request);
	struct instance *instance;
	TEE_Result result;
	int handle = -1;

	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	result = socket_connect(socket);
	if (result != TEE_SUCCESS) {
		socket_destroy(socket);
		return result;
	}
	instance = instance_get(sockets, (uint32_t)request->params[0].b, true);
	if (instance != NULL) {
		handle = handle_add(&instance->table, socket);
		instance_put(sockets, instance, handle >= 0 ? 1 : 0);
	}
	if (handle < 0) {
		socket_destroy(socket);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	request->params[3].a = (uint64_t)handle;
	return TEE_SUCCESS;
}

/* --- Closing -------------------------------------------------------------------------------- */

/* Whoever waits in it is woken; it is closed when the last of them has left. */
static bool socket_close(struct instance *instance, uint64_t handle)
{
	struct socket *socket = handle_get(&instance->table, handle);

	if (socket == NULL) {
		return false;
	}
	(void)shutdown(socket->fd, SHUT_RDWR);
	handle_put(&instance->table, handle);
	return handle_remove(&instance->table, handle);
}

static TEE_Result serve_close(struct sockets *sockets, struct request *request)
{
	struct instance *instance = instance_get(sockets, (uint32_t)request->params[0].b, false);
	bool closed;

	if (instance == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	closed = socket_close(instance, request->params[0].c);
	instance_put(sockets, instance, closed ? -1 : 0);
	return closed ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

static TEE_Result serve_close_all(struct sockets *sockets, struct request *request)
{
	struct instance *instance = instance_get(sockets, (uint32_t)request->params[0].b, false);
	int closed = 0;
	uint64_t handle;

	if (instance == NULL) {
		return TEE_SUCCESS;
	}
	for (handle = 0; handle < SOCKETS_MAX; handle++) {
		closed += socket_close(instance, handle) ? 1 : 0;
	}
	instance_put(sockets, instance, -closed);
	return TEE_SUCCESS;
}

/* --- Data ----------------------------------------------------------------------------------- */

/* What a transfer gave: bytes, or a negative errno. */
typedef ssize_t transfer(int fd, const struct request_memory *memory);

static ssize_t transfer_until(int fd, const struct request_memory *memory, transfer *transfer_once,
			      short events, uint32_t timeout)
{
	uint64_t deadline = deadline_of(timeout);
	ssize_t length;
	int error;

	for (;;) {
		length = transfer_once(fd, memory);
		if (length != -EAGAIN || timeout == RPC_SOCKET_TIMEOUT_NONBLOCKING) {
			return length;
		}
		error = wait_for(fd, events, deadline);
		if (error != 0) {
			return error;
		}
	}
}

static ssize_t send_once(int fd, const struct request_memory *memory)
{
	ssize_t length = send(fd, memory->data, memory->size, MSG_NOSIGNAL);

	return length < 0 ? -errno : length;
}

/* Of a datagram the whole length, however little of it fits. */
static ssize_t receive_once(int fd, const struct request_memory *memory)
{
	ssize_t length = recv(fd, memory->data, memory->size, MSG_TRUNC);

	return length < 0 ? -errno : length;
}

/* MSG_TRUNC means something else for a stream: it throws data away. */
static ssize_t receive_stream_once(int fd, const struct request_memory *memory)
{
	ssize_t length = recv(fd, memory->data, memory->size, 0);

	return length < 0 ? -errno : length;
}

/* How much waits; one more than the most that is looked at when there is more. */
static ssize_t peek_once(int fd, const struct request_memory *memory)
{
	unsigned char unused[RPC_SOCKET_PEEK_MAX + 1];
	ssize_t length = recv(fd, unused, sizeof(unused), MSG_PEEK);

	(void)memory;
	return length < 0 ? -errno : length;
}

/* The instance's socket; both are to be given back. */
static struct socket *socket_get(struct sockets *sockets, const struct request *request,
				 struct instance **instance)
{
	struct socket *socket = NULL;

	*instance = instance_get(sockets, (uint32_t)request->params[0].b, false);
	if (*instance != NULL) {
		socket = handle_get(&(*instance)->table, request->params[0].c);
		if (socket == NULL) {
			instance_put(sockets, *instance, 0);
		}
	}
	return socket;
}

static void socket_put(struct sockets *sockets, const struct request *request,
		       struct instance *instance)
{
	handle_put(&instance->table, request->params[0].c);
	instance_put(sockets, instance, 0);
}

static TEE_Result serve_send(struct sockets *sockets, struct request *request)
{
	struct instance *instance;
	struct socket *socket = socket_get(sockets, request, &instance);
	ssize_t length;

	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	length = transfer_until(socket->fd, &request->memory[1], send_once, POLLOUT,
				(uint32_t)request->params[2].a);
	socket_put(sockets, request, instance);
	if (length < 0) {
		return result_of((int)length);
	}
	request->params[2].b = (uint64_t)length;
	return TEE_SUCCESS;
}

static TEE_Result serve_receive(struct sockets *sockets, struct request *request)
{
	bool peek = request->memory[1].size == 0;
	struct instance *instance;
	struct socket *socket;
	transfer *once = peek_once;
	ssize_t length;

	if (!peek && request->memory[1].data == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	socket = socket_get(sockets, request, &instance);
	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!peek) {
		once = socket->protocol == RPC_SOCKET_PROTOCOL_UDP ? receive_once
								   : receive_stream_once;
	}
	length = transfer_until(socket->fd, &request->memory[1], once, POLLIN,
				(uint32_t)request->params[2].a);
	socket_put(sockets, request, instance);
	if (peek && (length == -ETIMEDOUT || length == -EAGAIN)) {
		length = 0;
	}
	if (length < 0) {
		return result_of((int)length);
	}
	request_set_size(request, 1, (size_t)length);
	return TEE_SUCCESS;
}

/* --- Settings ------------------------------------------------------------------------------- */

static TEE_Result set_size(const struct socket *socket, const struct request_memory *memory,
			   int option)
{
	int size;

	if (memory->size != sizeof(size)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(&size, memory->data, sizeof(size));
	return setsockopt(socket->fd, SOL_SOCKET, option, &size, sizeof(size)) == 0
		       ? TEE_SUCCESS
		       : TEE_ERROR_BAD_PARAMETERS;
}

static TEE_Result set_receive_size(struct socket *socket, const struct request_memory *memory)
{
	return set_size(socket, memory, SO_RCVBUF);
}

static TEE_Result set_send_size(struct socket *socket, const struct request_memory *memory)
{
	return set_size(socket, memory, SO_SNDBUF);
}

/* The same descriptor with another peer, so that whoever waits in it goes on. */
static TEE_Result redirect(struct socket *to)
{
	struct addrinfo *found = resolve(to);
	const struct addrinfo *next;
	int error = -1;

	if (found == NULL) {
		return RPC_SOCKET_ERROR_HOSTNAME;
	}
	for (next = found; next != NULL && error != 0; next = next->ai_next) {
		error = connect(to->fd, next->ai_addr, next->ai_addrlen);
	}
	freeaddrinfo(found);
	return error == 0 ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION;
}

static TEE_Result change_address(struct socket *socket, const struct request_memory *memory)
{
	char kept[HOST_MAX];
	char host[HOST_MAX];
	TEE_Result result;

	if (!host_copy(host, memory)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	pthread_mutex_lock(&socket->lock);
	memcpy(kept, socket->host, sizeof(kept));
	strcpy(socket->host, host);
	result = redirect(socket);
	if (result != TEE_SUCCESS) {
		memcpy(socket->host, kept, sizeof(kept));
	}
	pthread_mutex_unlock(&socket->lock);
	return result;
}

static TEE_Result change_port(struct socket *socket, const struct request_memory *memory)
{
	TEE_Result result;
	uint16_t kept;
	uint16_t port;

	if (memory->size != sizeof(port)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(&port, memory->data, sizeof(port));
	pthread_mutex_lock(&socket->lock);
	kept = socket->port;
	socket->port = port;
	result = redirect(socket);
	if (result != TEE_SUCCESS) {
		socket->port = kept;
	}
	pthread_mutex_unlock(&socket->lock);
	return result;
}

static const struct setting {
	uint32_t protocol;
	uint32_t command;
	TEE_Result (*set)(struct socket *socket, const struct request_memory *memory);
} settings[] = {
	{ RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_TCP_SET_RECVBUF, set_receive_size },
	{ RPC_SOCKET_PROTOCOL_TCP, RPC_SOCKET_TCP_SET_SENDBUF, set_send_size },
	{ RPC_SOCKET_PROTOCOL_UDP, RPC_SOCKET_UDP_CHANGEADDR, change_address },
	{ RPC_SOCKET_PROTOCOL_UDP, RPC_SOCKET_UDP_CHANGEPORT, change_port },
};

static TEE_Result socket_set(struct socket *socket, uint64_t command,
			     const struct request_memory *memory)
{
	size_t i;

	for (i = 0; i < array_size(settings); i++) {
		if (settings[i].protocol == socket->protocol && settings[i].command == command) {
			return settings[i].set(socket, memory);
		}
	}
	return TEE_ERROR_NOT_SUPPORTED;
}

static TEE_Result serve_ioctl(struct sockets *sockets, struct request *request)
{
	struct instance *instance;
	struct socket *socket = socket_get(sockets, request, &instance);
	TEE_Result result;

	if (socket == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	result = socket_set(socket, request->params[2].a, &request->memory[1]);
	socket_put(sockets, request, instance);
	return result;
}

/* --- All of them ---------------------------------------------------------------------------- */

#define VALUE_IN    TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUT   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define VALUE_BOTH  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define MEMORY_IN   TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMORY_OUT  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define MEMORY_BOTH TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT

static const struct operation {
	const char *name;
	TEE_Result (*serve)(struct sockets *sockets, struct request *request);
	/* Memory that is not there is a question. */
	bool without_memory;
	size_t count;
	uint32_t types[4];
} operations[] = {
	[RPC_SOCKET_OPEN] = { "OPEN",
			      serve_open,
			      false,
			      4,
			      { VALUE_IN, VALUE_IN, MEMORY_IN, VALUE_OUT } },
	[RPC_SOCKET_CLOSE] = { "CLOSE", serve_close, false, 1, { VALUE_IN } },
	[RPC_SOCKET_CLOSE_ALL] = { "CLOSE_ALL", serve_close_all, false, 1, { VALUE_IN } },
	[RPC_SOCKET_SEND] = { "SEND", serve_send, false, 3, { VALUE_IN, MEMORY_IN, VALUE_BOTH } },
	[RPC_SOCKET_RECV] = { "RECV", serve_receive, true, 3, { VALUE_IN, MEMORY_OUT, VALUE_IN } },
	[RPC_SOCKET_IOCTL] = { "IOCTL",
			       serve_ioctl,
			       false,
			       3,
			       { VALUE_IN, MEMORY_BOTH, VALUE_IN } },
};

static bool types_are(const struct request *request, const struct operation *operation)
{
	size_t i;

	if (!operation->without_memory) {
		return request_has_shape(request, operation->types, operation->count);
	}
	if (request->count != operation->count) {
		return false;
	}
	for (i = 0; i < operation->count; i++) {
		if (request->params[i].attr != operation->types[i]) {
			return false;
		}
	}
	return true;
}

TEE_Result socket_serve(struct supplicant *supplicant, struct request *request)
{
	const struct operation *operation;

	if (request->count == 0 || request->params[0].attr != VALUE_IN ||
	    request->params[0].a >= array_size(operations)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	operation = &operations[request->params[0].a];
	if (!types_are(request, operation)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return operation->serve(&supplicant->sockets, request);
}
