#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "normal/device/fake_posternd.h"

/* A fake that does not work is no test. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			perror(#condition);                                                        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct connection {
	struct fake_posternd *fake;
	unsigned int number;
	int fd;
	bool open;
	pthread_t thread;
};

struct fake_posternd {
	fake_serve *serve;
	void *context;
	struct socket_hello hello;
	size_t hello_size;
	uint32_t gen_caps;
	bool serve_another;
	char directory[64];
	int listeners[2];
	pthread_t acceptors[2];
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool dead;
	unsigned int count;
	unsigned int open;
	struct connection connections[FAKE_CONNECTIONS_MAX];
};

struct acceptor {
	struct fake_posternd *fake;
	int listener;
};

int fake_memory(size_t size, int seals)
{
	int fd = memfd_create("fake", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0);
	must(ftruncate(fd, (off_t)size) == 0);
	must(seals == 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

static void send_bytes(int socket, const void *bytes, size_t size, const int *fds,
		       unsigned int count)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * FAKE_DESCRIPTORS_MAX)];
	} control;
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count > 0) {
		memset(&control, 0, sizeof(control));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
	}
	/* The peer may be gone, and that is its right. */
	(void)sendmsg(socket, &message, MSG_NOSIGNAL);
}

static bool receive_request(int socket, struct fake_request *request)
{
	struct {
		struct socket_request header;
		unsigned char payload[SOCKET_PAYLOAD_MAX];
	} bytes;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec part = { &bytes, sizeof(bytes) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;

	if (length <= 0) {
		return false;
	}
	must((size_t)length >= sizeof(bytes.header));
	must(bytes.header.size == (size_t)length - sizeof(bytes.header));
	request->operation = bytes.header.operation;
	request->size = bytes.header.size;
	memcpy(request->payload, bytes.payload, request->size);
	request->fd = -1;
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL) {
		must(header->cmsg_type == SCM_RIGHTS);
		memcpy(&request->fd, CMSG_DATA(header), sizeof(int));
	}
	return true;
}

static void *connection_main(void *argument);

static void connection_start(struct fake_posternd *fake, int fd)
{
	struct connection *connection;

	pthread_mutex_lock(&fake->lock);
	if (fake->dead) {
		pthread_mutex_unlock(&fake->lock);
		close(fd);
		return;
	}
	must(fake->count < FAKE_CONNECTIONS_MAX);
	connection = &fake->connections[fake->count];
	connection->fake = fake;
	connection->number = fake->count++;
	connection->fd = fd;
	connection->open = true;
	fake->open++;
	must(pthread_create(&connection->thread, NULL, connection_main, connection) == 0);
	pthread_mutex_unlock(&fake->lock);
}

static void serve_version(uint32_t gen_caps, struct fake_reply *reply)
{
	struct tee_ioctl_version_data version = {
		.impl_id = TEE_IMPL_ID_OPTEE,
		.impl_caps = TEE_OPTEE_CAP_TZ,
		.gen_caps = gen_caps,
	};

	reply->header.size = sizeof(version);
	memcpy(reply->payload, &version, sizeof(version));
}

static void serve_another(struct fake_posternd *fake, struct fake_reply *reply)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	connection_start(fake, pair[0]);
	reply->header.size = 0;
	reply->fds[0] = pair[1];
	reply->fd_count = 1;
}

static void serve_request(struct fake_posternd *fake, const struct fake_request *request,
			  struct fake_reply *reply)
{
	uint32_t gen_caps;
	bool by_test;

	pthread_mutex_lock(&fake->lock);
	gen_caps = fake->gen_caps;
	by_test = fake->serve_another;
	pthread_mutex_unlock(&fake->lock);
	reply->header.error = 0;
	reply->header.size = (uint32_t)request->size;
	memcpy(reply->payload, request->payload, request->size);
	reply->length = 0;
	reply->fd_count = 0;
	reply->hang_up = false;
	if (request->operation == TEE_IOC_VERSION) {
		serve_version(gen_caps, reply);
	} else if (request->operation == SOCKET_ANOTHER && !by_test) {
		serve_another(fake, reply);
	} else {
		fake->serve(fake->context, request, reply);
	}
}

static void connection_close(struct connection *connection)
{
	struct fake_posternd *fake = connection->fake;

	pthread_mutex_lock(&fake->lock);
	if (connection->open) {
		close(connection->fd);
		connection->open = false;
		fake->open--;
		pthread_cond_broadcast(&fake->changed);
	}
	pthread_mutex_unlock(&fake->lock);
}

static void *connection_main(void *argument)
{
	struct connection *connection = argument;
	struct fake_request request;
	struct fake_reply reply;
	unsigned int i;

	request.connection = connection->number;
	while (receive_request(connection->fd, &request)) {
		serve_request(connection->fake, &request, &reply);
		if (reply.hang_up) {
			fake_posternd_kill(connection->fake);
			break;
		}
		if (reply.length == 0) {
			reply.length = sizeof(reply.header) + reply.header.size;
		}
		send_bytes(connection->fd, &reply, reply.length, reply.fds, reply.fd_count);
		for (i = 0; i < reply.fd_count; i++) {
			close(reply.fds[i]);
		}
		if (request.fd >= 0) {
			close(request.fd);
		}
	}
	connection_close(connection);
	return NULL;
}

static void *acceptor_main(void *argument)
{
	struct acceptor acceptor = *(struct acceptor *)argument;
	struct socket_hello hello;
	size_t size;
	int fd;

	free(argument);
	for (;;) {
		fd = accept4(acceptor.listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0) {
			return NULL;
		}
		pthread_mutex_lock(&acceptor.fake->lock);
		hello = acceptor.fake->hello;
		size = acceptor.fake->hello_size;
		pthread_mutex_unlock(&acceptor.fake->lock);
		if (size > 0) {
			send_bytes(fd, &hello, size, NULL, 0);
			connection_start(acceptor.fake, fd);
		} else {
			close(fd);
		}
	}
}

static void listen_at(struct fake_posternd *fake, unsigned int index, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct acceptor *acceptor = malloc(sizeof(*acceptor));

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", fake->directory, name);
	fake->listeners[index] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	must(fake->listeners[index] >= 0);
	must(bind(fake->listeners[index], (struct sockaddr *)&address, sizeof(address)) == 0);
	must(listen(fake->listeners[index], 16) == 0);
	must(acceptor != NULL);
	acceptor->fake = fake;
	acceptor->listener = fake->listeners[index];
	must(pthread_create(&fake->acceptors[index], NULL, acceptor_main, acceptor) == 0);
}

struct fake_posternd *fake_posternd_start(fake_serve *serve, void *context)
{
	struct fake_posternd *fake = calloc(1, sizeof(*fake));

	must(fake != NULL);
	fake->serve = serve;
	fake->context = context;
	fake->hello.magic = SOCKET_MAGIC;
	fake->hello.version = SOCKET_VERSION;
	fake->hello_size = sizeof(fake->hello);
	fake->gen_caps = TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL;
	pthread_mutex_init(&fake->lock, NULL);
	pthread_cond_init(&fake->changed, NULL);
	strcpy(fake->directory, "/tmp/posternd-XXXXXX");
	must(mkdtemp(fake->directory) != NULL);
	listen_at(fake, 0, SOCKET_NAME_TEE);
	listen_at(fake, 1, SOCKET_NAME_TEEPRIV);
	return fake;
}

const char *fake_posternd_directory(const struct fake_posternd *fake)
{
	return fake->directory;
}

void fake_posternd_set_hello(struct fake_posternd *fake, const struct socket_hello *hello,
			     size_t size)
{
	pthread_mutex_lock(&fake->lock);
	fake->hello = *hello;
	fake->hello_size = size;
	pthread_mutex_unlock(&fake->lock);
}

void fake_posternd_set_gen_caps(struct fake_posternd *fake, uint32_t gen_caps)
{
	pthread_mutex_lock(&fake->lock);
	fake->gen_caps = gen_caps;
	pthread_mutex_unlock(&fake->lock);
}

void fake_posternd_set_serve_another(struct fake_posternd *fake)
{
	pthread_mutex_lock(&fake->lock);
	fake->serve_another = true;
	pthread_mutex_unlock(&fake->lock);
}

unsigned int fake_posternd_connections(struct fake_posternd *fake)
{
	unsigned int count;

	pthread_mutex_lock(&fake->lock);
	count = fake->count;
	pthread_mutex_unlock(&fake->lock);
	return count;
}

void fake_posternd_wait_closed(struct fake_posternd *fake)
{
	pthread_mutex_lock(&fake->lock);
	while (fake->open > 0) {
		pthread_cond_wait(&fake->changed, &fake->lock);
	}
	pthread_mutex_unlock(&fake->lock);
}

void fake_posternd_kill(struct fake_posternd *fake)
{
	unsigned int i;

	pthread_mutex_lock(&fake->lock);
	fake->dead = true;
	for (i = 0; i < array_size(fake->listeners); i++) {
		shutdown(fake->listeners[i], SHUT_RDWR);
	}
	for (i = 0; i < fake->count; i++) {
		if (fake->connections[i].open) {
			shutdown(fake->connections[i].fd, SHUT_RDWR);
		}
	}
	pthread_mutex_unlock(&fake->lock);
}

static void remove_socket(const struct fake_posternd *fake, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fake->directory, name);
	unlink(path);
}

void fake_posternd_stop(struct fake_posternd *fake)
{
	unsigned int i;

	fake_posternd_kill(fake);
	for (i = 0; i < array_size(fake->listeners); i++) {
		pthread_join(fake->acceptors[i], NULL);
		close(fake->listeners[i]);
	}
	for (i = 0; i < fake->count; i++) {
		pthread_join(fake->connections[i].thread, NULL);
	}
	remove_socket(fake, SOCKET_NAME_TEE);
	remove_socket(fake, SOCKET_NAME_TEEPRIV);
	must(rmdir(fake->directory) == 0);
	pthread_cond_destroy(&fake->changed);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}
