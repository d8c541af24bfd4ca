/* server.h - open files over sockets (abi/socket.h): one thread for each connection, as a kernel has
 * one task for each caller. */
#ifndef NORMAL_DAEMON_SERVER_H
#define NORMAL_DAEMON_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "normal/driver/driver.h"

/* Connections at the same time; one more is refused with EMFILE. */
#define SERVER_CONNECTIONS_MAX 4096u

/* Serve `driver`. `watch` is an epoll instance on which the server puts its connections: when one is
 * reported there, call server_hangup() with its data. */
void server_start(struct driver *driver, int watch);

/* Take a connection from a listening socket. Main thread. */
void server_accept(int listener, enum driver_device device);

/* The peer of connection `id` may be gone: if so, whatever waits for it is killed. */
void server_hangup(uint64_t id);

/* End every client's connection; then wait up to `timeout_ms` until their files are released. The
 * supplicant's stay. true: all gone. */
bool server_stop_clients(uint32_t timeout_ms);
/* The same for all that is left. */
bool server_stop_all(uint32_t timeout_ms);

/* The same for what process `pid`, which has died, had open. */
void server_stop_process(pid_t pid, uint32_t timeout_ms);

#endif
