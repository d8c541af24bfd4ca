/* fake_posternd.h - the other end of abi/socket.h, for tests: it does as the test says, and lies
 * on demand. */
#ifndef NORMAL_DEVICE_FAKE_POSTERND_H
#define NORMAL_DEVICE_FAKE_POSTERND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/socket.h"

#define FAKE_DESCRIPTORS_MAX 4u
#define FAKE_CONNECTIONS_MAX 64u

struct fake_request {
	uint32_t operation;
	_Alignas(8) unsigned char payload[SOCKET_PAYLOAD_MAX];
	size_t size;
	int fd;			 /* -1: none came along; closed after the reply */
	unsigned int connection; /* 0: the one that was connected; then as they were asked for */
};

/* It begins as the honest reply: error 0 and the request's payload. */
struct fake_reply {
	struct socket_reply header;
	_Alignas(8) unsigned char payload[SOCKET_PAYLOAD_MAX + 64];
	size_t length;		       /* bytes sent, header included; 0: as the header says */
	int fds[FAKE_DESCRIPTORS_MAX]; /* sent along, then closed */
	unsigned int fd_count;
	bool hang_up; /* no reply: posternd dies */
};

/* Answer `request`. Runs in a thread of the connection, so it may wait. */
typedef void fake_serve(void *context, const struct fake_request *request,
			struct fake_reply *reply);

struct fake_posternd;

/* A directory with both sockets. VERSION is answered by the fake (OP-TEE, with `gen_caps`), and so
 * is SOCKET_ANOTHER unless `serve_another` is set; the rest by `serve`. */
struct fake_posternd *fake_posternd_start(fake_serve *serve, void *context);
const char *fake_posternd_directory(const struct fake_posternd *fake);

/* Settings, from now on. */
void fake_posternd_set_hello(struct fake_posternd *fake, const struct socket_hello *hello,
			     size_t size);
void fake_posternd_set_gen_caps(struct fake_posternd *fake, uint32_t gen_caps);
void fake_posternd_set_serve_another(struct fake_posternd *fake);

/* Connections there have been, and how many of them are open. */
unsigned int fake_posternd_connections(struct fake_posternd *fake);
/* Wait until none is open. */
void fake_posternd_wait_closed(struct fake_posternd *fake);

/* As kill -9 does: everything is closed, whatever is being served. A serve() that waits is not
 * woken. */
void fake_posternd_kill(struct fake_posternd *fake);

/* Kill, wait for the threads, remove the directory. */
void fake_posternd_stop(struct fake_posternd *fake);

/* A memfd of `size` bytes with these seals; for replies. */
int fake_memory(size_t size, int seals);

#endif
