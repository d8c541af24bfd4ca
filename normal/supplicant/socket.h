/* socket.h - the connections of TAs to the network.
 *
 * Each TA instance has handles of its own, from 0. What a TA is answered when the system refuses, and how
 * much a datagram had that was too large, is what upstream's supplicant answers (abi/rpc.h); unlike there,
 * an instance that has closed everything is forgotten, a connection that nobody answers is given up after
 * SOCKET_CONNECT_MS, and closing a socket ends the waits in it. */
#ifndef NORMAL_SUPPLICANT_SOCKET_H
#define NORMAL_SUPPLICANT_SOCKET_H

#include <pthread.h>

#include "normal/supplicant/request.h"

/* Instances that have sockets, and sockets of one. */
#define SOCKET_INSTANCES_MAX 64u
#define SOCKETS_MAX	     64u

#define SOCKET_CONNECT_MS 20000u

struct instance;

struct sockets {
	pthread_mutex_t lock;
	struct instance *instances[SOCKET_INSTANCES_MAX]; /* NULL: nobody */
	unsigned int count;
};

void sockets_init(struct sockets *sockets);
/* Closes all. Nobody is being served. */
void sockets_destroy(struct sockets *sockets);

/* RPC_CMD_SOCKET, all operations of enum rpc_socket. RPC_SOCKET_ERROR_*; COMMUNICATION: no connection;
 * OUT_OF_MEMORY: too many sockets, or instances; BAD_PARAMETERS: wrong shape or handle, or the system
 * refused. */
request_serve socket_serve;

#endif
