#include "normal/supplicant/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/rpc.h"
#include "lib/uuid.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/supplicant.h"

#define FILE_MODE  0644
#define FILE_FLAGS (O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* The name of file `id`; the first has no number in it. */
static bool path_of(char path[PATH_MAX], const struct supplicant *supplicant, const char *prefix,
		    const char *uuid, uint64_t id)
{
	char number[16] = "";
	int length;

	if (id > 1) {
		snprintf(number, sizeof(number), ".%u", (unsigned int)id - 1);
	}
	length = snprintf(path, PATH_MAX, "%s/%s-%s%s.out", supplicant->profile_directory, prefix,
			  uuid, number);
	return length > 0 && length < PATH_MAX;
}

/* In a directory that everybody writes to, a name may be somebody else's. */
static int open_own(const char *path)
{
	int fd = open(path, FILE_FLAGS);
	struct stat status;

	if (fd >= 0 &&
	    (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())) {
		close(fd);
		errno = EACCES;
		return -1;
	}
	return fd;
}

/* A file that was not there; *id gets its number. */
static int open_new(char path[PATH_MAX], const struct supplicant *supplicant, const char *prefix,
		    const char *uuid, uint64_t *id)
{
	uint64_t next;
	int fd = -1;

	errno = EEXIST;
	for (next = 1; next <= RPC_PROFILE_FILE_ID_MAX && fd < 0 && errno == EEXIST; next++) {
		if (!path_of(path, supplicant, prefix, uuid, next)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open(path, FILE_FLAGS | O_CREAT | O_EXCL, FILE_MODE);
		*id = next;
	}
	return fd;
}

static bool write_all(int fd, const struct request_memory *memory)
{
	size_t done = 0;
	ssize_t length;

	while (done < memory->size) {
		length = write(fd, memory->data + done, memory->size - done);
		if (length <= 0) {
			return false;
		}
		done += (size_t)length;
	}
	return true;
}

static TEE_Result append(const struct supplicant *supplicant, struct request *request,
			 const char *prefix, const char *uuid)
{
	uint64_t id = request->params[0].a;
	char path[PATH_MAX] = "";
	bool written;
	int fd = -1;

	if (id == RPC_PROFILE_FILE_NEW) {
		fd = open_new(path, supplicant, prefix, uuid, &id);
	} else if (path_of(path, supplicant, prefix, uuid, id)) {
		fd = open_own(path);
	}
	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return TEE_ERROR_GENERIC;
	}
	written = write_all(fd, &request->memory[2]);
	if (!written) {
		log_error("%s: %s", path, strerror(errno));
	}
	close(fd);
	request->params[0].a = id;
	return written ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

static TEE_Result serve(const struct supplicant *supplicant, struct request *request,
			const char *prefix)
{
	static const uint32_t types[] = {
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
	};
	char text[UUID_TEXT_SIZE];
	TEE_UUID uuid;

	if (!request_has_shape(request, types, array_size(types)) ||
	    request->memory[1].size != RPC_PROFILE_UUID_SIZE ||
	    request->params[0].a > RPC_PROFILE_FILE_ID_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(&uuid, request->memory[1].data, sizeof(uuid));
	uuid_to_text(&uuid, text);
	return append(supplicant, request, prefix, text);
}

TEE_Result profile_serve_gprof(struct supplicant *supplicant, struct request *request)
{
	return serve(supplicant, request, "gmon");
}

TEE_Result profile_serve_ftrace(struct supplicant *supplicant, struct request *request)
{
	return serve(supplicant, request, "ftrace");
}
