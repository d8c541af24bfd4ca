/* main.c - posternd: starts a TEE, serves it, ends it.
 *
 * The main thread owns the child processes and the listening sockets; everything that blocks has a
 * thread of its own. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi/socket.h"
#include "lib/bits.h"
#include "normal/daemon/control.h"
#include "normal/daemon/i2c.h"
#include "normal/daemon/interrupt.h"
#include "normal/daemon/log.h"
#include "normal/daemon/options.h"
#include "normal/daemon/rpmb.h"
#include "normal/daemon/secure.h"
#include "normal/daemon/server.h"
#include "normal/daemon/supplicant.h"
#include "normal/gate/host.h"

#define LISTEN_BACKLOG	      128
#define STOP_PATIENCE_MS      3000
#define STACK_FOR_EACH_THREAD (1u << 20) /* touched as it is used; sanitizers use most of it */

/* Marks in the epoll data of what is not a client's connection; connections count up from 1. */
enum watched {
	WATCH_TEE = 1,
	WATCH_TEEPRIV,
	WATCH_CONTROL,
	WATCH_SIGNALS,
	WATCH_SECURE,
};
#define WATCH_MARK(what) ((uint64_t)(what) | (1ull << 63))

struct listener {
	const char *name;
	enum watched mark;
	int type;
	int fd;
};

static struct listener listeners[] = {
	{ SOCKET_NAME_TEE, WATCH_TEE, SOCK_SEQPACKET, -1 },
	{ SOCKET_NAME_TEEPRIV, WATCH_TEEPRIV, SOCK_SEQPACKET, -1 },
	{ SOCKET_NAME_CONTROL, WATCH_CONTROL, SOCK_STREAM, -1 },
};

static struct options options;
static struct secure secure;
static struct driver *driver;
static int watch;
static int signals;

static void watch_add(int fd, enum watched what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = WATCH_MARK(what) };

	if (epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event) != 0) {
		daemon_fatal("cannot watch a descriptor: %m");
	}
}

static void socket_path(struct sockaddr_un *address, const char *name)
{
	address->sun_family = AF_UNIX;
	if (snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s", options.directory,
		     name) >= (int)sizeof(address->sun_path)) {
		daemon_fatal("the directory name %s is too long for a socket (%zu bytes at most)",
			     options.directory, sizeof(address->sun_path) - 1);
	}
}

/* A socket left over from a posternd that was killed is in the way: postern made sure that no one is
 * behind it. */
static void listener_open(struct listener *listener)
{
	struct sockaddr_un address;

	socket_path(&address, listener->name);
	unlink(address.sun_path);
	listener->fd = socket(AF_UNIX, listener->type | SOCK_CLOEXEC, 0);
	if (listener->fd < 0 ||
	    bind(listener->fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    chmod(address.sun_path, 0600) != 0 || listen(listener->fd, LISTEN_BACKLOG) != 0) {
		daemon_fatal("cannot listen on %s: %m", address.sun_path);
	}
	watch_add(listener->fd, listener->mark);
}

static void listeners_close(void)
{
	struct sockaddr_un address;
	size_t i;

	for (i = 0; i < array_size(listeners); i++) {
		if (listeners[i].fd >= 0) {
			socket_path(&address, listeners[i].name);
			unlink(address.sun_path);
			close(listeners[i].fd);
			listeners[i].fd = -1;
		}
	}
}

static int signals_open(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Each shared object is a descriptor, and each connection a thread. */
static void limits_raise(void)
{
	pthread_attr_t attributes;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_FOR_EACH_THREAD);
	pthread_setattr_default_np(&attributes);
	pthread_attr_destroy(&attributes);
}

static void announce_ready(void)
{
	if (options.ready_fd >= 0) {
		if (write(options.ready_fd, "", 1) != 1) {
			daemon_log(OS_LOG_WARNING, "nobody waits for us to be ready: %m");
		}
		close(options.ready_fd);
	}
	if (options.detach) {
		daemon_log_detach();
	}
}

static void start(void)
{
	char log[4096];
	size_t i;
	int error;

	snprintf(log, sizeof(log), "%s/log", options.directory);
	daemon_log_open(log, options.quiet);
	limits_raise();
	watch = epoll_create1(EPOLL_CLOEXEC);
	signals = signals_open();
	watch_add(signals, WATCH_SIGNALS);
	if (!secure_start(&options, &secure)) {
		daemon_fatal("no secure world, no TEE");
	}
	watch_add(secure.pidfd, WATCH_SECURE);
	error = driver_probe(options.transport, &driver);
	if (error != 0) {
		secure_stop(&secure);
		daemon_fatal("the driver does not accept the secure world: %s", strerror(-error));
	}
	driver_supplicant_timeout(driver, options.supplicant_timeout_ms);
	rpmb_attach(driver, &options);
	i2c_attach(driver, &options);
	if (!interrupt_start(driver)) {
		secure_stop(&secure);
		daemon_fatal("no thread for the secure world's interrupt");
	}
	server_start(driver, watch);
	control_start(driver, &options, &secure);
	for (i = 0; i < array_size(listeners); i++) {
		listener_open(&listeners[i]);
	}
	supplicant_start(&options);
	announce_ready();
}

/* Clients go first, while the supplicant can still serve what closing their sessions asks for. A TA
 * that does not come back takes the secure world with it. */
static void stop(void)
{
	listeners_close();
	if (!server_stop_clients(STOP_PATIENCE_MS)) {
		daemon_log(OS_LOG_WARNING, "a TA does not come back: stopping the secure world");
		gate_dead();
		driver_dead(driver);
		server_stop_clients(STOP_PATIENCE_MS);
	}
	supplicant_stop();
	server_stop_all(STOP_PATIENCE_MS);
	control_stop();
	interrupt_stop();
	driver_remove(driver);
	rpmb_close();
	i2c_close();
	gate_dead();
	secure_stop(&secure);
}

_Noreturn static void secure_died(void)
{
	daemon_log(OS_LOG_ERROR, "the secure world is gone: %s", secure_epitaph(&secure));
	gate_dead();
	driver_dead(driver);
	listeners_close();
	server_stop_clients(STOP_PATIENCE_MS);
	supplicant_stop();
	server_stop_all(STOP_PATIENCE_MS);
	control_stop();
	secure_stop(&secure);
	daemon_log(OS_LOG_ERROR, "this TEE has ended; `postern up` starts it again");
	exit(EXIT_FAILURE);
}

/* true: somebody wants us to end. */
static bool signals_read(void)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		end = end || info.ssi_signo != SIGCHLD;
	}
	supplicant_reap(&options);
	return end;
}

static bool serve_event(const struct epoll_event *event)
{
	if (event->data.u64 < WATCH_MARK(0)) {
		server_hangup(event->data.u64);
		return true;
	}
	switch ((enum watched)(event->data.u64 & 0xff)) {
	case WATCH_TEE:
		server_accept(listeners[0].fd, DRIVER_TEE);
		break;
	case WATCH_TEEPRIV:
		server_accept(listeners[1].fd, DRIVER_TEEPRIV);
		break;
	case WATCH_CONTROL:
		control_accept(listeners[2].fd);
		break;
	case WATCH_SIGNALS:
		return !signals_read();
	case WATCH_SECURE:
		secure_died();
	}
	return true;
}

int main(int argc, char **argv)
{
	struct epoll_event event;
	bool serving = true;

	options_parse(argc, argv, &options);
	start();
	while (serving) {
		int count = epoll_wait(watch, &event, 1, -1);

		if (count == 1) {
			serving = serve_event(&event);
		} else if (count < 0 && errno != EINTR) {
			daemon_fatal("cannot wait for events: %m");
		}
	}
	stop();
	return EXIT_SUCCESS;
}
