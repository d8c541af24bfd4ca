#include "normal/supplicant/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

_Noreturn static void wait_for_child(int child)
{
	ssize_t length;
	char byte;

	do {
		length = read(child, &byte, sizeof(byte));
	} while (length < 0 && errno == EINTR);
	/* What is buffered here is buffered in the child as well. */
	_exit(length == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int daemon_fork(void)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -errno;
	}
	child = fork();
	if (child < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (child > 0) {
		close(ends[1]);
		wait_for_child(ends[0]);
	}
	close(ends[0]);
	return ends[1];
}

static int leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int error = 0;
	int fd;

	if (null < 0) {
		return -errno;
	}
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO && error == 0; fd++) {
		error = dup2(null, fd) < 0 ? -errno : 0;
	}
	close(null);
	return error;
}

int daemon_detach(int parent)
{
	int error;

	if (setsid() < 0 || chdir("/") != 0) {
		return -errno;
	}
	error = leave_terminal();
	if (error != 0) {
		return error;
	}
	if (write(parent, "", 1) != 1) {
		return -errno;
	}
	close(parent);
	return 0;
}

static int notify(const char *path, const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	socklen_t size;
	int error = 0;
	int fd;

	if (length == 0 || length >= sizeof(address.sun_path)) {
		return -EINVAL;
	}
	memcpy(address.sun_path, path, length);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
	if (path[0] == '@') {
		/* A name that is in no directory. */
		address.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return -errno;
	}
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		   size) < 0) {
		error = -errno;
	}
	close(fd);
	return error;
}

int daemon_notify_ready(void)
{
	const char *path = getenv("NOTIFY_SOCKET");

	return path == NULL ? 0 : notify(path, "READY=1");
}
