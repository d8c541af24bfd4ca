#include "normal/exec/target.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* No path in memory crosses into a page that need not be there. */
#define PAGE 4096u

typedef ssize_t transfer(pid_t pid, const struct iovec *local, unsigned long local_count,
			 const struct iovec *remote, unsigned long remote_count,
			 unsigned long flags);

static int move(transfer *copy, pid_t thread, uint64_t address, void *bytes, size_t size)
{
	const struct iovec local = { bytes, size };
	const struct iovec remote = { (void *)(uintptr_t)address, size };

	if (size == 0) {
		return 0;
	}
	return copy(thread, &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

int target_read(pid_t thread, uint64_t address, void *bytes, size_t size)
{
	return move(process_vm_readv, thread, address, bytes, size);
}

int target_write(pid_t thread, uint64_t address, const void *bytes, size_t size)
{
	return move(process_vm_writev, thread, address, (void *)bytes, size);
}

int target_read_path(pid_t thread, uint64_t address, char path[PATH_MAX])
{
	size_t length = 0;

	while (length < PATH_MAX) {
		size_t chunk = PAGE - (address + length) % PAGE;
		int error;

		chunk = chunk < PATH_MAX - length ? chunk : PATH_MAX - length;
		error = target_read(thread, address + length, path + length, chunk);
		if (error != 0) {
			return error;
		}
		if (memchr(path + length, '\0', chunk) != NULL) {
			return 0;
		}
		length += chunk;
	}
	return -ENAMETOOLONG;
}

int target_try(pid_t thread)
{
	static const char byte = 1;
	char copy;
	const struct iovec local = { &copy, 1 };
	const struct iovec remote = { (void *)&byte, 1 };

	/* It was forked from here: what is mapped here is mapped there. */
	return process_vm_readv(thread, &local, 1, &remote, 1, 0) == 1 ? 0 : -errno;
}

static bool read_link(pid_t thread, const char *what, int number, char *link, size_t size)
{
	char path[64];
	ssize_t length;

	if (number >= 0) {
		snprintf(path, sizeof(path), "/proc/%d/%s/%d", thread, what, number);
	} else {
		snprintf(path, sizeof(path), "/proc/%d/%s", thread, what);
	}
	length = readlink(path, link, size - 1);
	if (length < 0) {
		return false;
	}
	link[length] = '\0';
	return true;
}

uint64_t target_socket(pid_t thread, int fd)
{
	unsigned long long inode;
	char link[64];

	if (fd < 0 || !read_link(thread, "fd", fd, link, sizeof(link)) ||
	    sscanf(link, "socket:[%llu]", &inode) != 1) {
		return 0;
	}
	return inode;
}

bool target_directory(pid_t thread, int fd, char path[PATH_MAX])
{
	if (fd == AT_FDCWD) {
		return read_link(thread, "cwd", -1, path, PATH_MAX);
	}
	return fd >= 0 && read_link(thread, "fd", fd, path, PATH_MAX);
}

bool target_is_writable(pid_t thread, uint64_t address, uint64_t size)
{
	unsigned long long start, end;
	uint64_t reached = address;
	char path[32];
	char rights[8];
	char line[512];
	bool fresh = true; /* at the beginning of a line */
	FILE *maps;

	if (address + size < address) {
		return false;
	}
	snprintf(path, sizeof(path), "/proc/%d/maps", thread);
	maps = fopen(path, "re");
	if (maps == NULL) {
		return false;
	}
	while (reached < address + size && fgets(line, sizeof(line), maps) != NULL) {
		bool begins = fresh;

		fresh = strchr(line, '\n') != NULL;
		if (!begins || sscanf(line, "%llx-%llx %7s", &start, &end, rights) != 3 ||
		    end <= reached) {
			continue;
		}
		if (start > reached || rights[0] != 'r' || rights[1] != 'w') {
			break;
		}
		reached = end;
	}
	fclose(maps);
	return reached >= address + size;
}

int target_memory(pid_t thread)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", thread);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* --- Signals --------------------------------------------------------------------------------- */

struct signals {
	unsigned int process;
	unsigned long long own;
	unsigned long long shared;
	unsigned long long blocked;
	unsigned long long ignored;
	unsigned long long caught;
};

static bool signals_read(pid_t thread, struct signals *signals)
{
	char path[32];
	char line[256];
	FILE *status;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", thread);
	status = fopen(path, "re");
	if (status == NULL) {
		return false;
	}
	while (fgets(line, sizeof(line), status) != NULL) {
		found += sscanf(line, "Tgid: %u", &signals->process) == 1;
		found += sscanf(line, "SigPnd: %llx", &signals->own) == 1;
		found += sscanf(line, "ShdPnd: %llx", &signals->shared) == 1;
		found += sscanf(line, "SigBlk: %llx", &signals->blocked) == 1;
		found += sscanf(line, "SigIgn: %llx", &signals->ignored) == 1;
		found += sscanf(line, "SigCgt: %llx", &signals->caught) == 1;
	}
	fclose(status);
	return found == 6;
}

static unsigned long long bit(int signal)
{
	return 1ull << (signal - 1);
}

enum target_signal target_signal(pid_t thread)
{
	const unsigned long long stops = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);
	unsigned long long heard;
	struct signals signals;

	if (!signals_read(thread, &signals)) {
		return TARGET_QUIET;
	}
	/* One that kills does so without our help. */
	heard = (signals.caught | (stops & ~signals.ignored)) & ~signals.blocked;
	if ((signals.own & heard) != 0) {
		return TARGET_SIGNAL_MINE;
	}
	if ((signals.shared & heard) == 0) {
		return TARGET_QUIET;
	}
	/* The kernel wakes the first thread for it, if that one does not block it. */
	return signals.process == (unsigned int)thread ? TARGET_SIGNAL_MINE : TARGET_SIGNAL_MAYBE;
}
