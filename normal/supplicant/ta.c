#include "normal/supplicant/ta.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/uuid.h"
#include "normal/supplicant/log.h"
#include "normal/supplicant/supplicant.h"

/* Where the last dash of a UUID's text is. */
#define LAST_DASH 23

static bool directory_add(struct ta *ta, const char *path, size_t length, const char *below)
{
	char **directory = &ta->directories[ta->count];

	if (ta->count == TA_DIRECTORIES_MAX ||
	    asprintf(directory, "%.*s%s%s", (int)length, path, below != NULL ? "/" : "",
		     below != NULL ? below : "") < 0) {
		return false;
	}
	ta->count++;
	return true;
}

bool ta_init(struct ta *ta, const char *path, const char *below)
{
	size_t length;

	ta->count = 0;
	while (*path != '\0') {
		length = strcspn(path, ":");
		if (length > 0 && !directory_add(ta, path, length, below)) {
			ta_destroy(ta);
			return false;
		}
		path += length;
		path += *path == ':';
	}
	return true;
}

void ta_destroy(struct ta *ta)
{
	while (ta->count > 0) {
		free(ta->directories[--ta->count]);
	}
}

/* A descriptor of a regular file, and its size; -1: it is none, or cannot be read. */
static int file_open(const char *directory, const char *name, size_t *size)
{
	char path[PATH_MAX];
	struct stat status;
	int length;
	int fd;

	length = snprintf(path, sizeof(path), "%s/%s.ta", directory, name);
	if (length < 0 || (size_t)length >= sizeof(path)) {
		return -1;
	}
	/* What is no file, a pipe say, must not be waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		return -1;
	}
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return -1;
	}
	*size = (size_t)status.st_size;
	return fd;
}

static int ta_open(const struct ta *ta, const char *name, const char *old_name, size_t *size)
{
	size_t i;
	int fd;

	for (i = 0; i < ta->count; i++) {
		fd = file_open(ta->directories[i], name, size);
		if (fd < 0) {
			fd = file_open(ta->directories[i], old_name, size);
		}
		if (fd >= 0) {
			return fd;
		}
	}
	return -1;
}

static bool read_all(int fd, unsigned char *data, size_t size)
{
	size_t done = 0;
	ssize_t length;

	while (done < size) {
		length = pread(fd, data + done, size - done, (off_t)done);
		if (length <= 0) {
			return false;
		}
		done += (size_t)length;
	}
	return true;
}

static TEE_Result image_copy(int fd, size_t size, struct request *request)
{
	const struct request_memory *memory = &request->memory[1];

	request_set_size(request, 1, size);
	if (memory->data == NULL) {
		return TEE_SUCCESS;
	}
	if (memory->size < size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	return read_all(fd, memory->data, size) ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

static void names_of(const struct tee_ioctl_param *param, char name[UUID_TEXT_SIZE],
		     char old_name[UUID_TEXT_SIZE])
{
	uint8_t octets[UUID_OCTETS];
	TEE_UUID uuid;

	memcpy(octets, &param->a, 8);
	memcpy(octets + 8, &param->b, 8);
	uuid = uuid_from_octets(octets);
	uuid_to_text(&uuid, name);
	memcpy(old_name, name, LAST_DASH);
	strcpy(old_name + LAST_DASH, name + LAST_DASH + 1);
}

static bool shape_is_good(const struct request *request)
{
	return request->count == 2 &&
	       request->params[0].attr == TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT &&
	       request->params[1].attr == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT;
}

TEE_Result ta_serve_load(struct supplicant *supplicant, struct request *request)
{
	char old_name[UUID_TEXT_SIZE];
	char name[UUID_TEXT_SIZE];
	TEE_Result result;
	size_t size;
	int fd;

	/* Not request_has_shape(): here no memory is a question. */
	if (!shape_is_good(request)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	names_of(&request->params[0], name, old_name);
	fd = ta_open(&supplicant->ta, name, old_name, &size);
	if (fd < 0) {
		log_info("there is no file of TA %s", name);
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	result = image_copy(fd, size, request);
	close(fd);
	return result;
}
