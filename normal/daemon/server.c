#include "normal/daemon/server.h"

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "abi/socket.h"
#include "lib/list.h"
#include "normal/daemon/file.h"
#include "normal/daemon/log.h"
#include "normal/daemon/task.h"

/* An open file, shared by its connections. */
struct open_file {
	struct driver_file *file;
	pid_t pid; /* who opened it */
	enum driver_device device;
	unsigned int connections; /* under server.lock */
};

struct connection {
	struct list link; /* under server.lock */
	uint64_t id;
	int fd;
	struct open_file *open;
	struct task task;
};

/* What one request or reply looks like in memory. */
struct packet {
	union {
		struct socket_request request;
		struct socket_reply reply;
	} header;
	_Alignas(8) unsigned char payload[SOCKET_PAYLOAD_MAX];
};

static struct {
	struct driver *driver;
	int watch;
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	struct list connections;
	unsigned int count;
	unsigned int releasing; /* files of clients and of the supplicant being released */
	uint64_t next_id;
} server = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.fewer = PTHREAD_COND_INITIALIZER,
	.next_id = 1,
};

static void *connection_run(void *arg);

/* --- Packets --------------------------------------------------------------------------------- */

/* A descriptor that came along; any others are closed. */
static int descriptor_take(struct msghdr *message)
{
	struct cmsghdr *header;
	int taken = -1;

	for (header = CMSG_FIRSTHDR(message); header != NULL;
	     header = CMSG_NXTHDR(message, header)) {
		size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		size_t i;

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
			continue;
		}
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
			if (taken < 0) {
				taken = fd;
			} else {
				close(fd);
			}
		}
	}
	return taken;
}

/* Bytes received, 0 at the end, or -1; *fd is the caller's to close. */
static ssize_t packet_receive(int socket, struct packet *packet, int *fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec vectors[] = {
		{ &packet->header.request, sizeof(packet->header.request) },
		{ packet->payload, sizeof(packet->payload) },
	};
	struct msghdr message = {
		.msg_iov = vectors,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size;

	do {
		size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (size < 0 && errno == EINTR);
	*fd = size >= 0 ? descriptor_take(&message) : -1;
	if (size > 0 && (message.msg_flags & MSG_TRUNC) != 0) {
		packet->header.request.size = SOCKET_PAYLOAD_MAX + 1;
	}
	return size;
}

static bool packet_send(int socket, const void *header, size_t header_size, const void *payload,
			size_t size, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec vectors[] = {
		{ (void *)header, header_size },
		{ (void *)payload, size },
	};
	struct msghdr message = { .msg_iov = vectors, .msg_iovlen = 2 };
	ssize_t sent;

	if (fd >= 0) {
		message.msg_control = control.space;
		message.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)(header_size + size);
}

/* --- Connections ----------------------------------------------------------------------------- */

static bool server_is_full(void)
{
	bool full;

	pthread_mutex_lock(&server.lock);
	full = server.count >= SERVER_CONNECTIONS_MAX;
	pthread_mutex_unlock(&server.lock);
	return full;
}

/* Run `connection` in a thread of its own and watch its peer. Takes `fd` over. */
static int connection_start(int fd, struct open_file *open)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLHUP | EPOLLET };
	pthread_t thread;

	if (connection == NULL) {
		close(fd);
		return -ENOMEM;
	}
	connection->fd = fd;
	connection->open = open;
	task_init(&connection->task);
	pthread_mutex_lock(&server.lock);
	connection->id = server.next_id++;
	open->connections++;
	server.count++;
	list_add_back(&server.connections, &connection->link);
	pthread_mutex_unlock(&server.lock);

	event.data.u64 = connection->id;
	if (epoll_ctl(server.watch, EPOLL_CTL_ADD, fd, &event) == 0 &&
	    pthread_create(&thread, NULL, connection_run, connection) == 0) {
		pthread_detach(thread);
		return 0;
	}
	pthread_mutex_lock(&server.lock);
	list_remove(&connection->link);
	server.count--;
	open->connections--;
	pthread_mutex_unlock(&server.lock);
	close(fd);
	task_destroy(&connection->task);
	free(connection);
	return -ENOMEM;
}

static void connection_end(struct connection *connection)
{
	struct open_file *last = NULL;

	epoll_ctl(server.watch, EPOLL_CTL_DEL, connection->fd, NULL);
	pthread_mutex_lock(&server.lock);
	list_remove(&connection->link);
	if (--connection->open->connections == 0) {
		last = connection->open;
		server.releasing++;
	}
	pthread_mutex_unlock(&server.lock);
	close(connection->fd);
	if (last != NULL) {
		driver_release(last->file);
		free(last);
	}
	task_adopt(NULL);
	task_destroy(&connection->task);
	free(connection);
	pthread_mutex_lock(&server.lock);
	server.count--;
	if (last != NULL) {
		server.releasing--;
	}
	pthread_cond_broadcast(&server.fewer);
	pthread_mutex_unlock(&server.lock);
}

/* --- Requests -------------------------------------------------------------------------------- */

/* What a request answers besides its payload, which it changes in place. */
struct answer {
	int error;
	int fd; /* -1: none */
	bool close_fd;
	bool payload;
	struct os_memory *memory; /* what `fd` belongs to; NULL: itself */
};

static struct answer serve_another(struct connection *connection)
{
	struct answer answer = { .fd = -1 };
	int sockets[2];

	if (server_is_full()) {
		answer.error = -EMFILE;
		return answer;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
		answer.error = -errno;
		return answer;
	}
	answer.error = connection_start(sockets[0], connection->open);
	if (answer.error != 0) {
		close(sockets[1]);
		return answer;
	}
	answer.fd = sockets[1];
	answer.close_fd = true;
	return answer;
}

static struct answer serve_shm_close(struct connection *connection, const struct packet *packet,
				     size_t size)
{
	struct answer answer = { .error = -EINVAL, .fd = -1 };
	int32_t id;

	if (size == sizeof(id)) {
		memcpy(&id, packet->payload, sizeof(id));
		answer.error = driver_shm_close(connection->open->file, id);
	}
	return answer;
}

static struct answer serve_ioctl(struct connection *connection, struct packet *packet, size_t size,
				 int fd)
{
	struct answer answer = { .fd = -1, .payload = true };
	const struct os_file in = { .fd = fd };

	answer.error = driver_ioctl(connection->open->file, packet->header.request.operation,
				    packet->payload, size, fd >= 0 ? &in : NULL, &answer.memory);
	if (answer.memory != NULL && os_memory_file(answer.memory) != NULL) {
		answer.fd = os_memory_file(answer.memory)->fd;
	}
	return answer;
}

static struct answer serve(struct connection *connection, struct packet *packet, size_t size,
			   int fd)
{
	if (packet->header.request.size != size) {
		return (struct answer){ .error = -EINVAL, .fd = -1 };
	}
	switch (packet->header.request.operation) {
	case SOCKET_ANOTHER:
		return serve_another(connection);
	case SOCKET_SHM_CLOSE:
		return serve_shm_close(connection, packet, size);
	default:
		return serve_ioctl(connection, packet, size, fd);
	}
}

/* false: the connection is over. */
static bool serve_one(struct connection *connection, struct packet *packet)
{
	struct answer answer;
	size_t payload;
	ssize_t size;
	bool sent;
	int fd;

	size = packet_receive(connection->fd, packet, &fd);
	if (size < (ssize_t)sizeof(packet->header.request)) {
		if (fd >= 0) {
			close(fd);
		}
		return false;
	}
	payload = (size_t)size - sizeof(packet->header.request);
	answer = serve(connection, packet, payload, fd);
	if (fd >= 0) {
		close(fd);
	}
	if (!answer.payload || answer.error != 0) {
		payload = 0;
	}
	packet->header.reply = (struct socket_reply){
		.error = answer.error,
		.size = (uint32_t)payload,
	};
	sent = packet_send(connection->fd, &packet->header.reply, sizeof(packet->header.reply),
			   packet->payload, payload, answer.fd);
	if (answer.close_fd) {
		close(answer.fd);
	}
	if (answer.memory != NULL) {
		os_memory_put(answer.memory);
	}
	return sent;
}

static void *connection_run(void *arg)
{
	struct connection *connection = arg;
	struct packet packet;

	task_adopt(&connection->task);
	while (!os_task_killed() && serve_one(connection, &packet)) {
	}
	connection_end(connection);
	return NULL;
}

/* --- Opening --------------------------------------------------------------------------------- */

static void credentials_of(int fd, struct driver_credentials *credentials)
{
	struct ucred peer = { .pid = 0, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	socklen_t size = sizeof(peer);
	gid_t groups[DRIVER_GROUPS_MAX];

	memset(credentials, 0, sizeof(*credentials));
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	credentials->pid = peer.pid;
	credentials->uid = peer.uid;
	credentials->gid = peer.gid;
	size = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
		credentials->group_count = size / sizeof(gid_t);
		memcpy(credentials->groups, groups, size);
	}
}

static int file_open(int fd, enum driver_device device, struct open_file **result)
{
	struct driver_credentials credentials;
	struct open_file *open;
	int error;

	if (server_is_full()) {
		return -EMFILE;
	}
	open = calloc(1, sizeof(*open));
	if (open == NULL) {
		return -ENOMEM;
	}
	credentials_of(fd, &credentials);
	open->device = device;
	open->pid = credentials.pid;
	error = driver_open(server.driver, device, &credentials, &open->file);
	if (error != 0) {
		free(open);
		return error;
	}
	*result = open;
	return 0;
}

void server_accept(int listener, enum driver_device device)
{
	struct socket_hello hello = { .magic = SOCKET_MAGIC, .version = SOCKET_VERSION };
	struct open_file *open = NULL;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		return;
	}
	hello.error = -file_open(fd, device, &open);
	if (!packet_send(fd, &hello, sizeof(hello), "", 0, -1) || open == NULL) {
		if (open != NULL) {
			driver_release(open->file);
			free(open);
		}
		close(fd);
		return;
	}
	if (connection_start(fd, open) != 0) {
		daemon_log(OS_LOG_ERROR, "no resources for one more client");
		driver_release(open->file);
		free(open);
	}
}

void server_start(struct driver *driver, int watch)
{
	server.driver = driver;
	server.watch = watch;
	list_init(&server.connections);
}

void server_hangup(uint64_t id)
{
	struct list *link;

	pthread_mutex_lock(&server.lock);
	for (link = server.connections.next; link != &server.connections; link = link->next) {
		struct connection *connection = container_of(link, struct connection, link);

		if (connection->id == id) {
			task_kill(&connection->task);
			break;
		}
	}
	pthread_mutex_unlock(&server.lock);
}

/* --- The end --------------------------------------------------------------------------------- */

/* Which connections are to end. */
struct selection {
	bool clients_only;
	pid_t pid; /* 0: anybody's */
};

static bool selected(const struct connection *connection, const struct selection *selection)
{
	return (!selection->clients_only || connection->open->device == DRIVER_TEE) &&
	       (selection->pid == 0 || connection->open->pid == selection->pid);
}

/* How many are left, files that are being released among them. */
static unsigned int shut_connections(const struct selection *selection)
{
	unsigned int count = server.releasing;
	struct list *link;

	for (link = server.connections.next; link != &server.connections; link = link->next) {
		struct connection *connection = container_of(link, struct connection, link);

		if (selected(connection, selection)) {
			/* No more requests; what is in progress ends early, and its answer is sent. */
			shutdown(connection->fd, SHUT_RD);
			task_kill(&connection->task);
			count++;
		}
	}
	return count;
}

static bool stop(const struct selection *selection, uint32_t timeout_ms)
{
	struct timespec deadline;
	bool in_time = true;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += timeout_ms / 1000 + 1;
	pthread_mutex_lock(&server.lock);
	while (shut_connections(selection) > 0 && in_time) {
		in_time = pthread_cond_timedwait(&server.fewer, &server.lock, &deadline) == 0;
	}
	pthread_mutex_unlock(&server.lock);
	return in_time;
}

bool server_stop_clients(uint32_t timeout_ms)
{
	return stop(&(struct selection){ .clients_only = true }, timeout_ms);
}

bool server_stop_all(uint32_t timeout_ms)
{
	return stop(&(struct selection){ 0 }, timeout_ms);
}

void server_stop_process(pid_t pid, uint32_t timeout_ms)
{
	stop(&(struct selection){ .pid = pid }, timeout_ms);
}
