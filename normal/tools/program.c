#include "normal/tools/program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Relative to the directory of this very program. */
struct candidate {
	const char *installed;
	const char *built;
};

static const struct candidate candidates[] = {
	[PROGRAM_POSTERND] = { "../libexec/postern/posternd", "../daemon/posternd" },
	[PROGRAM_SECURE] = { "../libexec/postern/postern-secure",
			     "../../secure/port/host/postern-secure" },
	[PROGRAM_SUPPLICANT] = { "../sbin/tee-supplicant", "../supplicant/tee-supplicant" },
};

static const struct candidate ta_directory = { "../lib/optee_armtz", "../../ta" };

static bool own_directory(char directory[PATH_MAX])
{
	ssize_t size = readlink("/proc/self/exe", directory, PATH_MAX - 1);
	char *slash;

	if (size <= 0) {
		return false;
	}
	directory[size] = '\0';
	slash = strrchr(directory, '/');
	if (slash == NULL) {
		return false;
	}
	*slash = '\0';
	return true;
}

static bool try_one(const char *directory, const char *relative, int mode, char *path)
{
	char whole[PATH_MAX];
	char real[PATH_MAX];

	if (snprintf(whole, sizeof(whole), "%s/%s", directory, relative) >= (int)sizeof(whole) ||
	    access(whole, mode) != 0 || realpath(whole, real) == NULL ||
	    strlen(real) >= PROGRAM_PATH_MAX) {
		return false;
	}
	strcpy(path, real);
	return true;
}

static bool find(const struct candidate *candidate, int mode, char *path)
{
	char directory[PATH_MAX];

	return own_directory(directory) && (try_one(directory, candidate->installed, mode, path) ||
					    try_one(directory, candidate->built, mode, path));
}

bool program_find(enum program program, char path[PROGRAM_PATH_MAX])
{
	if (!find(&candidates[program], X_OK, path)) {
		fprintf(stderr,
			"postern: %s is not where it should be; is Postern installed whole?\n",
			candidates[program].installed);
		return false;
	}
	return true;
}

/* Append one directory, with a colon before it when it is not the first. */
static void append(char *path, size_t size, const char *directory, const char *rest)
{
	size_t used = strlen(path);

	if (directory != NULL && directory[0] != '\0') {
		snprintf(path + used, size - used, "%s%s%s", used > 0 ? ":" : "", directory, rest);
	}
}

void program_ta_path(char *path, size_t size)
{
	const char *data = getenv("XDG_DATA_HOME");
	char shipped[PROGRAM_PATH_MAX];

	path[0] = '\0';
	append(path, size, getenv("POSTERN_TA_PATH"), "");
	if (data != NULL) {
		append(path, size, data, "/postern/ta");
	} else {
		append(path, size, getenv("HOME"), "/.local/share/postern/ta");
	}
	if (find(&ta_directory, R_OK | X_OK, shipped)) {
		append(path, size, shipped, "");
	}
}
