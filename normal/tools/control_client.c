#include "normal/tools/control_client.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "abi/socket.h"

int control_connect(const char *directory)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", directory,
		     SOCKET_NAME_CONTROL) >= (int)sizeof(address.sun_path)) {
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

FILE *control_ask(int fd, const char *command)
{
	char line[64];
	int size = snprintf(line, sizeof(line), "{\"do\": \"%s\"}\n", command);
	FILE *stream;

	if (send(fd, line, (size_t)size, MSG_NOSIGNAL) != size) {
		close(fd);
		return NULL;
	}
	stream = fdopen(fd, "r");
	if (stream == NULL) {
		close(fd);
	}
	return stream;
}

json_t *control_read(FILE *stream)
{
	char line[8192];

	if (fgets(line, sizeof(line), stream) == NULL) {
		return NULL;
	}
	return json_loads(line, 0, NULL);
}
