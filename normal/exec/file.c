#include "normal/exec/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/exec/target.h"

#define PAGE 4096u

/* More do not fit into any buffer. */
#define PARAMS_MAX (SOCKET_PAYLOAD_MAX / sizeof(struct tee_ioctl_param))

/* posternd lets go of a supplicant's device a moment after it was closed; a kernel does so at once.
 * So one that is busy is asked again, for as long as this, when one of ours was closed just now. */
#define BUSY_LIMIT_NS 2000000000ull
#define BUSY_WAIT_NS  5000000

struct shadow {
	int memory;  /* a memfd */
	int program; /* the program's memory */
	char *bytes; /* `memory`, mapped */
	size_t mapped;
	size_t offset; /* of the first byte */
	uint64_t address;
	uint64_t length;
};

struct shm {
	struct list link; /* in the file; alone: closed */
	struct file *file;
	int32_t id;
	int lease; /* -1: it is watched */
	int watch; /* -1: it has a lease */
	struct shadow *shadow;
	unsigned int references;
};

static struct {
	const char *directory;
	pthread_mutex_t lock; /* of everything in all files, but for what never changes */
	struct list files;
	int leases;		       /* an epoll instance */
	int watches;		       /* an inotify instance */
	uint64_t supplicant_closed_ns; /* when the last one was; 0: never */
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .files = LIST_EMPTY(all.files) };

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

/* --- Shadows --------------------------------------------------------------------------------- */

void shadow_free(struct shadow *shadow)
{
	if (shadow == NULL) {
		return;
	}
	if (shadow->bytes != NULL) {
		munmap(shadow->bytes, shadow->mapped);
	}
	if (shadow->program >= 0) {
		close(shadow->program);
	}
	if (shadow->memory >= 0) {
		close(shadow->memory);
	}
	free(shadow);
}

static bool shadow_map(struct shadow *shadow)
{
	void *bytes;

	shadow->memory = memfd_create("tee-shadow", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (shadow->memory < 0 || ftruncate(shadow->memory, (off_t)shadow->mapped) != 0 ||
	    fcntl(shadow->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
		return false;
	}
	bytes = mmap(NULL, shadow->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, shadow->memory, 0);
	if (bytes == MAP_FAILED) {
		return false;
	}
	shadow->bytes = bytes;
	return true;
}

int shadow_new(pid_t thread, uint64_t address, uint64_t length, struct shadow **result)
{
	struct shadow *shadow = calloc(1, sizeof(*shadow));
	uint64_t mapped;

	if (shadow == NULL) {
		return -ENOMEM;
	}
	shadow->memory = -1;
	shadow->address = address;
	shadow->length = length;
	shadow->offset = address % PAGE;
	shadow->program = target_memory(thread);
	if (shadow->program < 0) {
		shadow_free(shadow);
		return -EFAULT;
	}
	if (__builtin_add_overflow(shadow->offset, length, &mapped) ||
	    !align_up(mapped, PAGE, &mapped)) {
		shadow_free(shadow);
		return -ENOMEM;
	}
	shadow->mapped = mapped;
	if (!shadow_map(shadow)) {
		shadow_free(shadow);
		return -ENOMEM;
	}
	*result = shadow;
	return 0;
}

int shadow_memory(const struct shadow *shadow, uint64_t *offset)
{
	*offset = shadow->offset;
	return shadow->memory;
}

/* A program that has exec'd or ended has none of this memory, and nobody else sees it. */
static int shadow_copy(const struct shadow *shadow, enum copy direction, uint64_t offset,
		       uint64_t size)
{
	char *bytes = shadow->bytes + shadow->offset + offset;
	off_t address = (off_t)(shadow->address + offset);
	uint64_t done = 0;

	while (done < size) {
		ssize_t part = direction == COPY_IN ? pread(shadow->program, bytes + done,
							    size - done, address + (off_t)done)
						    : pwrite(shadow->program, bytes + done,
							     size - done, address + (off_t)done);

		if (part == 0) {
			return 0;
		}
		if (part < 0 && errno != EINTR) {
			return -EFAULT;
		}
		done += part > 0 ? (uint64_t)part : 0;
	}
	return 0;
}

/* --- References: the lock is held ------------------------------------------------------------ */

/* true: it was the last one, and file_end() is to be called without the lock. */
static bool file_unreference(struct file *file)
{
	if (--file->references > 0) {
		return false;
	}
	list_remove(&file->link);
	return true;
}

/* --- Without the lock ------------------------------------------------------------------------ */

static void file_end(struct file *file)
{
	struct list *link;

	while ((link = list_take_first(&file->requests)) != NULL) {
		free(list_entry(link, struct request, link));
	}
	line_close(file->line);
	free(file);
}

void file_put(struct file *file)
{
	bool last;

	pthread_mutex_lock(&all.lock);
	last = file_unreference(file);
	pthread_mutex_unlock(&all.lock);
	if (last) {
		file_end(file);
	}
}

static void shm_put(struct shm *shm)
{
	bool last;

	pthread_mutex_lock(&all.lock);
	last = --shm->references == 0;
	pthread_mutex_unlock(&all.lock);
	if (last) {
		shadow_free(shm->shadow);
		file_put(shm->file);
		free(shm);
	}
}

static void shm_tell_closed(struct file *file, int32_t id)
{
	struct line_request request = {
		.operation = SOCKET_SHM_CLOSE,
		.payload = &id,
		.size = sizeof(id),
		.send_fd = -1,
	};

	/* Whatever it says, there is nothing left that could be closed. */
	(void)line_call(file->line, &request);
}

/* The program's last reference is gone; it is off the list. */
static void shm_closed(struct shm *shm)
{
	if (shm->lease >= 0) {
		close(shm->lease);
	}
	shm_tell_closed(shm->file, shm->id);
	shm_put(shm);
}

/* --- Leases and watches ---------------------------------------------------------------------- */

/* Two ends: ours, which hears when the other's last reference is gone, and the program's. */
static int lease_new(int *lease, int *fd)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		return -ENOMEM;
	}
	/* A read at the program's end finds the end, as nothing is ever sent. */
	shutdown(ends[0], SHUT_WR);
	*lease = ends[0];
	*fd = ends[1];
	return 0;
}

/* From now on it may be over at any time. */
static int lease_watch(int lease)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLHUP, .data.fd = lease };

	return epoll_ctl(all.leases, EPOLL_CTL_ADD, lease, &event) == 0 ? 0 : -ENOMEM;
}

static uint64_t inode_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* The lock is held. */
static struct shm *shm_take_by(const struct file *file, int lease, int watch)
{
	list_for_each (link, &file->shms) {
		struct shm *shm = list_entry(link, struct shm, link);

		if ((lease >= 0 && shm->lease == lease) || (watch >= 0 && shm->watch == watch)) {
			list_remove(&shm->link);
			return shm;
		}
	}
	return NULL;
}

/* Something is closed: the file or the memory with this lease or watch. */
static void closed(int lease, int watch)
{
	struct file *file_closed = NULL;
	struct shm *shm = NULL;
	bool last = false;

	pthread_mutex_lock(&all.lock);
	list_for_each (link, &all.files) {
		struct file *file = list_entry(link, struct file, link);

		shm = shm_take_by(file, lease, watch);
		if (shm != NULL) {
			break;
		}
		if (lease >= 0 && file->lease == lease) {
			file_closed = file;
			file->lease = -1;
			file->inode = 0;
			if (file->supplicant) {
				all.supplicant_closed_ns = now_ns();
			}
			last = file_unreference(file);
			break;
		}
	}
	pthread_mutex_unlock(&all.lock);
	if (shm != NULL) {
		shm_closed(shm);
	}
	if (file_closed != NULL) {
		close(lease);
	}
	if (last) {
		file_end(file_closed);
	}
}

static void *watches_run(void *arg)
{
	_Alignas(struct inotify_event) char events[4096];

	for (;;) {
		ssize_t size = read(all.watches, events, sizeof(events));
		ssize_t at = 0;

		while (size > at) {
			const struct inotify_event *event = (const void *)(events + at);

			if ((event->mask & IN_CLOSE) != 0) {
				closed(-1, event->wd);
			}
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
	return NULL;
}

static void *leases_run(void *arg)
{
	struct epoll_event event;

	for (;;) {
		if (epoll_wait(all.leases, &event, 1, -1) == 1) {
			epoll_ctl(all.leases, EPOLL_CTL_DEL, event.data.fd, NULL);
			closed(event.data.fd, -1);
		}
	}
	return NULL;
}

/* --- Files ----------------------------------------------------------------------------------- */

int files_start(const char *directory)
{
	pthread_t thread;

	all.directory = directory;
	all.leases = epoll_create1(EPOLL_CLOEXEC);
	all.watches = inotify_init1(IN_CLOEXEC);
	if (all.leases < 0 || all.watches < 0) {
		return -errno;
	}
	if (pthread_create(&thread, NULL, leases_run, NULL) != 0 ||
	    pthread_create(&thread, NULL, watches_run, NULL) != 0) {
		return -ENOMEM;
	}
	return 0;
}

/* Is the program's end gone, seen already or not? */
static bool lease_is_over(int lease)
{
	struct pollfd hangup = { .fd = lease, .events = POLLRDHUP };

	return poll(&hangup, 1, 0) > 0;
}

static bool supplicant_closed_lately(void)
{
	bool lately;

	pthread_mutex_lock(&all.lock);
	lately =
		all.supplicant_closed_ns > 0 && now_ns() - all.supplicant_closed_ns < BUSY_LIMIT_NS;
	list_for_each (link, &all.files) {
		const struct file *file = list_entry(link, struct file, link);

		lately = lately ||
			 (file->supplicant && file->lease >= 0 && lease_is_over(file->lease));
	}
	pthread_mutex_unlock(&all.lock);
	return lately;
}

static int line_open_patiently(bool supplicant, struct line **line)
{
	const struct timespec wait = { .tv_nsec = BUSY_WAIT_NS };
	const char *name = supplicant ? SOCKET_NAME_TEEPRIV : SOCKET_NAME_TEE;
	int error = line_open(all.directory, name, line);

	while (error == -EBUSY && supplicant_closed_lately()) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL);
		error = line_open(all.directory, name, line);
	}
	return error;
}

int file_open(bool supplicant, int *fd)
{
	struct file *file = calloc(1, sizeof(*file));
	int error;

	if (file == NULL) {
		return -ENOMEM;
	}
	error = line_open_patiently(supplicant, &file->line);
	if (error == 0) {
		error = lease_new(&file->lease, fd);
	}
	if (error != 0) {
		line_close(file->line);
		free(file);
		return error;
	}
	file->supplicant = supplicant;
	file->inode = inode_of(*fd);
	file->references = 1;
	list_init(&file->shms);
	list_init(&file->requests);
	pthread_mutex_lock(&all.lock);
	list_add_back(&all.files, &file->link);
	error = lease_watch(file->lease);
	if (error != 0) {
		list_remove(&file->link);
	}
	pthread_mutex_unlock(&all.lock);
	if (error != 0) {
		close(*fd);
		close(file->lease);
		file_end(file);
	}
	return error;
}

struct file *file_find(pid_t thread, int fd)
{
	uint64_t inode = target_socket(thread, fd);
	struct file *found = NULL;

	if (inode == 0) {
		return NULL;
	}
	pthread_mutex_lock(&all.lock);
	list_for_each (link, &all.files) {
		struct file *file = list_entry(link, struct file, link);

		if (file->inode == inode) {
			file->references++;
			found = file;
			break;
		}
	}
	pthread_mutex_unlock(&all.lock);
	return found;
}

/* --- Shared memory --------------------------------------------------------------------------- */

/* Begin the life of `shm`, which is filled in but for what is done here. On failure its id was given
 * back, and it is gone. */
static int shm_begin(struct file *file, int32_t id, struct shm *shm)
{
	int error = 0;

	if (shm == NULL) {
		shm_tell_closed(file, id);
		return -ENOMEM;
	}
	shm->file = file;
	shm->id = id;
	shm->references = 1;
	pthread_mutex_lock(&all.lock);
	file->references++;
	list_add_back(&file->shms, &shm->link);
	if (shm->lease >= 0) {
		error = lease_watch(shm->lease);
	}
	if (error != 0) {
		list_remove(&shm->link);
	}
	pthread_mutex_unlock(&all.lock);
	if (error != 0) {
		shm_closed(shm);
	}
	return error;
}

int file_shm_add_shadow(struct file *file, int32_t id, struct shadow *shadow, int *fd)
{
	struct shm *shm = calloc(1, sizeof(*shm));
	int error;

	if (shm == NULL || lease_new(&shm->lease, fd) != 0) {
		shadow_free(shadow);
		free(shm);
		return shm_begin(file, id, NULL);
	}
	shm->watch = -1;
	shm->shadow = shadow;
	error = shm_begin(file, id, shm);
	if (error != 0) {
		close(*fd);
	}
	return error;
}

/* The program gets an open file of its own for the memory: its last reference is the program's last,
 * whoever else has the memory open. */
int file_shm_add(struct file *file, int32_t id, int memory, int *fd)
{
	struct shm *shm = calloc(1, sizeof(*shm));
	char path[32];
	int error;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (shm != NULL) {
		shm->lease = -1;
		shm->watch = inotify_add_watch(all.watches, path, IN_CLOSE);
	}
	if (*fd < 0 || shm == NULL || shm->watch < 0) {
		free(shm);
		shm = NULL;
	}
	error = shm_begin(file, id, shm);
	if (error != 0 && *fd >= 0) {
		close(*fd);
	}
	/* posternd has it, too; this cannot be the last. */
	close(memory);
	return error;
}

/* The shadow that a memref lies in, with one more reference; NULL: none. */
static struct shm *shm_find_shadow(struct file *file, const struct tee_ioctl_param *param)
{
	struct shm *found = NULL;

	pthread_mutex_lock(&all.lock);
	list_for_each (link, &file->shms) {
		struct shm *shm = list_entry(link, struct shm, link);

		if (shm->shadow != NULL && (uint64_t)shm->id == param->c &&
		    param->a <= shm->shadow->length && param->b <= shm->shadow->length - param->a) {
			shm->references++;
			found = shm;
			break;
		}
	}
	pthread_mutex_unlock(&all.lock);
	return found;
}

int file_shadows_copy(struct file *file, enum copy direction, unsigned int types,
		      const struct tee_ioctl_param *params, uint32_t count)
{
	struct shm *shms[PARAMS_MAX];
	int error = 0;
	uint32_t i;

	count = count <= PARAMS_MAX ? count : PARAMS_MAX;
	for (i = 0; i < count; i++) {
		shms[i] = NULL;
		if (params[i].attr <= TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT &&
		    (types >> params[i].attr & 1u) != 0) {
			shms[i] = shm_find_shadow(file, &params[i]);
		}
	}
	for (i = 0; i < count; i++) {
		if (shms[i] == NULL) {
			continue;
		}
		if (error == 0) {
			error = shadow_copy(shms[i]->shadow, direction, params[i].a, params[i].b);
		}
		shm_put(shms[i]);
	}
	return error;
}

/* --- Requests -------------------------------------------------------------------------------- */

int file_request_add(struct file *file, uint64_t id, const struct tee_ioctl_param *params,
		     uint32_t count)
{
	size_t size = count * sizeof(*params);
	struct request *request = malloc(sizeof(*request) + size);

	if (request == NULL) {
		return -ENOMEM;
	}
	request->id = id;
	request->count = count;
	memcpy(request->params, params, size);
	file_request_put_back(file, request);
	return 0;
}

struct request *file_request_take(struct file *file, uint64_t id)
{
	struct request *found = NULL;

	pthread_mutex_lock(&all.lock);
	list_for_each (link, &file->requests) {
		struct request *request = list_entry(link, struct request, link);

		if (request->id == id) {
			list_remove(&request->link);
			found = request;
			break;
		}
	}
	pthread_mutex_unlock(&all.lock);
	return found;
}

void file_request_put_back(struct file *file, struct request *request)
{
	pthread_mutex_lock(&all.lock);
	list_add_front(&file->requests, &request->link);
	pthread_mutex_unlock(&all.lock);
}
