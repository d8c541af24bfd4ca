/* device.c - find a device, and hand each call to the back end that it belongs to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/socket.h"
#include "normal/device/back_end.h"
#include "normal/device/device.h"

/* Below the user's run-time directory: the TEE that `postern up` starts without a name. */
#define DEFAULT_TEE "postern/default"

/* The last one owns what nobody else does. */
static const struct back_end *const back_ends[] = {
	&postern_back_end,
	&linux_back_end,
};

static const struct back_end *back_end_of(mode_t mode)
{
	size_t i = 0;

	while (i < array_size(back_ends) - 1 && !back_ends[i]->owns(mode)) {
		i++;
	}
	return back_ends[i];
}

static int open_path(enum device_kind kind, const char *path, struct device **result)
{
	const struct back_end *back_end;
	struct device *device;
	struct stat status;
	int error;

	if (stat(path, &status) != 0) {
		return -errno;
	}
	back_end = back_end_of(status.st_mode);
	error = back_end->open(kind, path, &device);
	if (error != 0) {
		return error;
	}
	device->back_end = back_end;
	error = back_end->control(device, TEE_IOC_VERSION, &device->version,
				  sizeof(device->version));
	if (error != 0) {
		device_close(device);
		return error;
	}
	*result = device;
	return 0;
}

struct search {
	enum device_kind kind;
	device_suits *suits;
	const void *context;
	struct device *found;
	int error;
};

static void search_path(struct search *search, const char *path)
{
	struct device *device = NULL;
	int error;

	if (search->found != NULL) {
		return;
	}
	error = open_path(search->kind, path, &device);
	if (error != 0) {
		/* One that is absent says nothing about one that could not be opened. */
		search->error = error == -ENOENT ? search->error : error;
	} else if (search->suits == NULL || search->suits(&device->version, search->context)) {
		search->found = device;
	} else {
		device_close(device);
	}
}

static void search_kernel(struct search *search)
{
	char path[32];
	unsigned int i;

	for (i = 0; i < DEVICE_SEARCH_MAX; i++) {
		snprintf(path, sizeof(path), "/dev/%s%u",
			 search->kind == DEVICE_TEE ? "tee" : "teepriv", i);
		search_path(search, path);
	}
}

static void search_default(struct search *search)
{
	const char *run_time = secure_getenv("XDG_RUNTIME_DIR");
	char *path;

	if (run_time == NULL || asprintf(&path, "%s/%s", run_time, DEFAULT_TEE) < 0) {
		return;
	}
	search_path(search, path);
	free(path);
}

int device_find(enum device_kind kind, device_suits *suits, const void *context,
		struct device **device)
{
	const char *chosen = secure_getenv(SOCKET_ENVIRONMENT);
	struct search search = { kind, suits, context, NULL, -ENOENT };

	if (chosen != NULL) {
		search_path(&search, chosen);
	} else {
		search_kernel(&search);
		search_default(&search);
	}
	if (search.found == NULL) {
		return search.error;
	}
	*device = search.found;
	return 0;
}

int device_open(enum device_kind kind, const char *path, struct device **device)
{
	if (path == NULL) {
		return device_find(kind, NULL, NULL, device);
	}
	return open_path(kind, path, device);
}

void device_close(struct device *device)
{
	if (device == NULL) {
		return;
	}
	free(device->path);
	device->back_end->close(device);
}

const char *device_path(const struct device *device)
{
	return device->path;
}

int device_version(struct device *device, struct tee_ioctl_version_data *version)
{
	*version = device->version;
	return 0;
}

int device_call(struct device *device, uint32_t command, void *buffer, size_t size)
{
	return device->back_end->call(device, command, buffer, size);
}

int device_control(struct device *device, uint32_t command, void *argument, size_t size)
{
	return device->back_end->control(device, command, argument, size);
}

int device_shm_alloc(struct device *device, size_t size, struct device_shm *shm)
{
	struct device_shm allocated = { .fd = -1 };
	int error = device->back_end->shm_alloc(device, size, &allocated);

	if (error == 0) {
		allocated.size = size;
		*shm = allocated;
	}
	return error;
}

bool device_shm_registers(const struct device *device)
{
	return device->back_end->shm_register != NULL &&
	       (device->version.gen_caps & TEE_GEN_CAP_REG_MEM) != 0;
}

int device_shm_register(struct device *device, void *address, size_t size, struct device_shm *shm)
{
	struct device_shm registered = {
		.address = address,
		.size = size,
		.fd = -1,
		.kind = DEVICE_SHM_CALLER,
	};
	int error;

	if (!device_shm_registers(device)) {
		return -EOPNOTSUPP;
	}
	error = device->back_end->shm_register(device, address, size, &registered);
	if (error == 0) {
		*shm = registered;
	}
	return error;
}

static int create_from_heap(struct device *device, size_t size, struct device_shm *shm)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t rounded;
	void *address;
	int error;

	if (!align_up(size, page, &rounded) || posix_memalign(&address, page, rounded) != 0) {
		return -ENOMEM;
	}
	memset(address, 0, rounded);
	error = device_shm_register(device, address, size, shm);
	if (error != 0) {
		free(address);
		return error;
	}
	shm->kind = DEVICE_SHM_HEAP;
	shm->mapped = rounded;
	return 0;
}

int device_shm_create(struct device *device, size_t size, struct device_shm *shm)
{
	if (size == 0) {
		return -EINVAL;
	}
	if (device_shm_registers(device)) {
		return create_from_heap(device, size, shm);
	}
	return device_shm_alloc(device, size, shm);
}

int device_shm_register_fd(struct device *device, int fd, struct device_shm *shm)
{
	struct device_shm registered = { .fd = -1, .kind = DEVICE_SHM_NONE };
	int error = device->back_end->shm_register_fd(device, fd, &registered);

	if (error == 0) {
		*shm = registered;
	}
	return error;
}

int back_end_map(int fd, size_t size, struct device_shm *shm)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t mapped;
	void *address;

	if (!align_up(size, page, &mapped)) {
		return -ENOMEM;
	}
	address = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (address == MAP_FAILED) {
		return -errno;
	}
	shm->address = address;
	shm->mapped = mapped;
	shm->kind = DEVICE_SHM_MAPPED;
	return 0;
}

void device_shm_free(struct device *device, struct device_shm *shm)
{
	/* The device lets go before the pages do. */
	if (shm->fd >= 0) {
		close(shm->fd);
	}
	if (device != NULL && device->back_end->shm_close != NULL) {
		device->back_end->shm_close(device, shm->id);
	}
	if (shm->kind == DEVICE_SHM_HEAP) {
		free(shm->address);
	} else if (shm->kind == DEVICE_SHM_MAPPED) {
		munmap(shm->address, shm->mapped);
	}
	*shm = (struct device_shm){ .id = -1, .fd = -1 };
}
