#include "normal/exec/path.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "lib/bits.h"

static const struct {
	const char *whole;
	const char *last;
	enum path_device device;
} devices[] = {
	{ "/dev/tee0", "tee0", PATH_TEE },
	{ "/dev/teepriv0", "teepriv0", PATH_TEEPRIV },
};

bool path_may_be_device(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *last = slash != NULL ? slash + 1 : path;
	size_t i;

	for (i = 0; i < array_size(devices); i++) {
		if (strcmp(last, devices[i].last) == 0) {
			return true;
		}
	}
	return false;
}

/* A path without superfluous parts; `length` characters of it are there. */
struct plain {
	char text[PATH_MAX];
	size_t length;
};

static bool plain_add(struct plain *plain, const char *part, size_t size)
{
	if (size == 0 || (size == 1 && part[0] == '.')) {
		return true;
	}
	if (size == 2 && part[0] == '.' && part[1] == '.') {
		while (plain->length > 0 && plain->text[--plain->length] != '/') {
		}
		return true;
	}
	if (plain->length + 1 + size >= sizeof(plain->text)) {
		return false;
	}
	plain->text[plain->length++] = '/';
	memcpy(plain->text + plain->length, part, size);
	plain->length += size;
	return true;
}

static bool plain_add_all(struct plain *plain, const char *path)
{
	while (*path != '\0') {
		size_t size = strcspn(path, "/");

		if (!plain_add(plain, path, size)) {
			return false;
		}
		path += size;
		path += *path == '/' ? 1 : 0;
	}
	return true;
}

enum path_device path_device(const char *directory, const char *path)
{
	struct plain plain = { .length = 0 };
	size_t i;

	if (path[0] != '/' && (directory == NULL || !plain_add_all(&plain, directory))) {
		return PATH_OTHER;
	}
	if (!plain_add_all(&plain, path)) {
		return PATH_OTHER;
	}
	plain.text[plain.length] = '\0';
	for (i = 0; i < array_size(devices); i++) {
		if (strcmp(plain.text, devices[i].whole) == 0) {
			return devices[i].device;
		}
	}
	return PATH_OTHER;
}
