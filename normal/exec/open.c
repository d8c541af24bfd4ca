#include "normal/exec/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "abi/device.h"
#include "normal/exec/file.h"
#include "normal/exec/path.h"
#include "normal/exec/target.h"

/* What stat() says of a device: one of the major numbers that Linux gives out as needed, and an
 * inode that no file system begins with. */
#define DEVICE_MAJOR 234u
#define DEVICE_INODE 0x54454500u
#define DEVICE_BLOCK 4096

/* A path in the program's memory, as it names one of ours. */
static enum path_device device_at(const struct notice *notice, int directory, uint64_t address)
{
	char base[PATH_MAX];
	char path[PATH_MAX];
	bool known;

	if (target_read_path(notice->thread, address, path) != 0 || !path_may_be_device(path)) {
		return PATH_OTHER;
	}
	known = path[0] != '/' && target_directory(notice->thread, directory, base);
	return notice_is_valid(notice) ? path_device(known ? base : NULL, path) : PATH_OTHER;
}

/* --- open ------------------------------------------------------------------------------------ */

static void open_device(const struct notice *notice, int directory, uint64_t path, uint64_t flags)
{
	enum path_device device = PATH_OTHER;
	int error;
	int fd;

	/* A reference to a place in the file system is nothing that we could give. */
	if ((flags & O_PATH) == 0) {
		device = device_at(notice, directory, path);
	}
	if (device == PATH_OTHER) {
		notice_pass(notice);
		return;
	}
	if ((flags & O_DIRECTORY) != 0) {
		error = -ENOTDIR;
	} else if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		error = -EEXIST;
	} else {
		error = file_open(device == PATH_TEEPRIV, &fd);
	}
	if (error != 0) {
		notice_answer(notice, error);
		return;
	}
	/* Where it cannot be given, this closes it for good. */
	(void)notice_answer_fd(notice, fd, (flags & O_CLOEXEC) != 0);
	close(fd);
}

static void serve_open(const struct notice *notice)
{
	open_device(notice, AT_FDCWD, notice->args[0], notice->args[1]);
}

static void serve_openat(const struct notice *notice)
{
	open_device(notice, (int)notice->args[0], notice->args[1], notice->args[2]);
}

static void serve_openat2(const struct notice *notice)
{
	struct open_how how;

	if (notice->args[3] < sizeof(how) ||
	    target_read(notice->thread, notice->args[2], &how, sizeof(how)) != 0 ||
	    how.resolve != 0) {
		notice_pass(notice);
		return;
	}
	open_device(notice, (int)notice->args[0], notice->args[1], how.flags);
}

/* --- access ---------------------------------------------------------------------------------- */

static void access_device(const struct notice *notice, int directory, uint64_t path, uint64_t mode)
{
	if (device_at(notice, directory, path) == PATH_OTHER) {
		notice_pass(notice);
	} else {
		notice_answer(notice, (mode & X_OK) != 0 ? -EACCES : 0);
	}
}

static void serve_access(const struct notice *notice)
{
	access_device(notice, AT_FDCWD, notice->args[0], notice->args[1]);
}

static void serve_faccessat(const struct notice *notice)
{
	access_device(notice, (int)notice->args[0], notice->args[1], notice->args[2]);
}

/* --- stat ------------------------------------------------------------------------------------ */

static unsigned int minor_of(enum path_device device)
{
	return device == PATH_TEEPRIV ? TEE_MINOR_SUPPLICANT : TEE_MINOR_CLIENT;
}

static enum path_device device_of_descriptor(const struct notice *notice, int fd)
{
	struct file *file = file_find(notice->thread, fd);
	enum path_device device;

	if (file == NULL) {
		return PATH_OTHER;
	}
	device = file->supplicant ? PATH_TEEPRIV : PATH_TEE;
	file_put(file);
	return device;
}

/* What a call that takes a directory, a path and flags speaks of. */
static enum path_device device_named(const struct notice *notice, int directory, uint64_t path,
				     uint64_t flags)
{
	char first;

	if ((flags & AT_EMPTY_PATH) != 0 &&
	    (path == 0 || (target_read(notice->thread, path, &first, 1) == 0 && first == '\0'))) {
		return device_of_descriptor(notice, directory);
	}
	return device_at(notice, directory, path);
}

static void answer_stat(const struct notice *notice, enum path_device device, uint64_t address)
{
	struct stat status;

	if (device == PATH_OTHER) {
		notice_pass(notice);
		return;
	}
	memset(&status, 0, sizeof(status));
	status.st_mode = S_IFCHR | 0660;
	status.st_nlink = 1;
	status.st_uid = geteuid();
	status.st_gid = getegid();
	status.st_rdev = makedev(DEVICE_MAJOR, minor_of(device));
	status.st_ino = DEVICE_INODE + minor_of(device);
	status.st_blksize = DEVICE_BLOCK;
	notice_answer(notice, target_write(notice->thread, address, &status, sizeof(status)));
}

static void serve_stat(const struct notice *notice)
{
	answer_stat(notice, device_at(notice, AT_FDCWD, notice->args[0]), notice->args[1]);
}

static void serve_fstat(const struct notice *notice)
{
	answer_stat(notice, device_of_descriptor(notice, (int)notice->args[0]), notice->args[1]);
}

static void serve_fstatat(const struct notice *notice)
{
	answer_stat(notice,
		    device_named(notice, (int)notice->args[0], notice->args[1], notice->args[3]),
		    notice->args[2]);
}

static void serve_statx(const struct notice *notice)
{
	enum path_device device =
		device_named(notice, (int)notice->args[0], notice->args[1], notice->args[2]);
	struct statx status;

	if (device == PATH_OTHER) {
		notice_pass(notice);
		return;
	}
	memset(&status, 0, sizeof(status));
	status.stx_mask = STATX_BASIC_STATS;
	status.stx_mode = S_IFCHR | 0660;
	status.stx_nlink = 1;
	status.stx_uid = geteuid();
	status.stx_gid = getegid();
	status.stx_rdev_major = DEVICE_MAJOR;
	status.stx_rdev_minor = minor_of(device);
	status.stx_ino = DEVICE_INODE + minor_of(device);
	status.stx_blksize = DEVICE_BLOCK;
	notice_answer(notice,
		      target_write(notice->thread, notice->args[4], &status, sizeof(status)));
}

/* --- The table ------------------------------------------------------------------------------- */

const struct open_call open_calls[] = {
	{ "open", serve_open },		  { "openat", serve_openat },
	{ "openat2", serve_openat2 },	  { "access", serve_access },
	{ "faccessat", serve_faccessat }, { "faccessat2", serve_faccessat },
	{ "stat", serve_stat },		  { "lstat", serve_stat },
	{ "fstat", serve_fstat },	  { "newfstatat", serve_fstatat },
	{ "statx", serve_statx },
};

const size_t open_calls_count = array_size(open_calls);
