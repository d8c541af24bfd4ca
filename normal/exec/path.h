/* path.h - is this the name of one of our devices? Pure: nothing is looked up. */
#ifndef NORMAL_EXEC_PATH_H
#define NORMAL_EXEC_PATH_H

#include <stdbool.h>

enum path_device {
	PATH_OTHER,
	PATH_TEE,     /* /dev/tee0 */
	PATH_TEEPRIV, /* /dev/teepriv0 */
};

/* May `path` be one, going by its last part? Cheap, for the many that are not. */
bool path_may_be_device(const char *path);

/* What `path` is to a process whose working directory (or the directory that an openat() names) is
 * `directory`; NULL when that is not known, and then only an absolute path is found. Names are
 * taken as they are written: `.`, `..` and doubled slashes count, symbolic links do not. */
enum path_device path_device(const char *directory, const char *path);

#endif
