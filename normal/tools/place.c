#include "normal/tools/place.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REMOVE_DESCRIPTORS 16

static bool path_make(char *path, const char *base, const char *middle, const char *name)
{
	if (snprintf(path, PLACE_PATH_MAX, "%s%s%s", base, middle, name) >= PLACE_PATH_MAX) {
		fprintf(stderr, "postern: the path %s%s%s is too long\n", base, middle, name);
		return false;
	}
	return true;
}

static bool directory_one(const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		fprintf(stderr, "postern: cannot make the directory %s: %s\n", path,
			strerror(errno));
		return false;
	}
	return true;
}

bool directory_create(const char *path)
{
	char part[PLACE_PATH_MAX];
	char *slash;

	if (!path_make(part, path, "", "")) {
		return false;
	}
	for (slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!directory_one(part)) {
			return false;
		}
		*slash = '/';
	}
	return directory_one(part);
}

/* In /tmp anybody may have been there first. */
static bool ours_alone(const char *path)
{
	struct stat status;

	if (!directory_one(path)) {
		return false;
	}
	if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
	    (status.st_mode & 077) != 0) {
		fprintf(stderr,
			"postern: %s is not a directory of yours alone; remove it, or set "
			"XDG_RUNTIME_DIR\n",
			path);
		return false;
	}
	return true;
}

static bool runtime_base(char base[PLACE_PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char uid[16];

	if (runtime != NULL && runtime[0] == '/') {
		return path_make(base, runtime, "/postern", "");
	}
	snprintf(uid, sizeof(uid), "%u", (unsigned int)geteuid());
	return path_make(base, "/tmp/postern-", uid, "") && ours_alone(base);
}

static bool state_base(char base[PLACE_PATH_MAX])
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state != NULL && state[0] == '/') {
		return path_make(base, state, "/postern", "");
	}
	if (home == NULL || home[0] != '/') {
		fprintf(stderr,
			"postern: neither XDG_STATE_HOME nor HOME says where to keep state\n");
		return false;
	}
	return path_make(base, home, "/.local/state/postern", "");
}

static bool name_is_good(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	if (name[0] == '\0' || name[0] == '.' || name[strspn(name, allowed)] != '\0') {
		fprintf(stderr,
			"postern: '%s' is not a name for a TEE: use letters, digits, '-', '_' "
			"and '.'\n",
			name);
		return false;
	}
	return true;
}

bool place_named(const char *name, struct place *place)
{
	char runtime[PLACE_PATH_MAX];
	char state[PLACE_PATH_MAX];

	return name_is_good(name) && runtime_base(runtime) && state_base(state) &&
	       path_make(place->directory, runtime, "/", name) &&
	       path_make(place->state, state, "/", name);
}

bool place_private(struct place *place)
{
	char runtime[PLACE_PATH_MAX];

	if (!runtime_base(runtime) || !directory_create(runtime) ||
	    !path_make(place->directory, runtime, "/", "run.XXXXXX")) {
		return false;
	}
	if (mkdtemp(place->directory) == NULL) {
		fprintf(stderr, "postern: cannot make a directory like %s: %s\n", place->directory,
			strerror(errno));
		return false;
	}
	return path_make(place->state, place->directory, "/state", "") &&
	       directory_one(place->state);
}

bool place_create(const struct place *place)
{
	return directory_create(place->directory) && directory_create(place->state);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	if (remove(path) != 0) {
		fprintf(stderr, "postern: cannot remove %s: %s\n", path, strerror(errno));
	}
	return 0;
}

void place_remove(const struct place *place)
{
	nftw(place->directory, remove_entry, REMOVE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
