/* linux.c - the kernel's TEE devices: ioctls on a character device. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "normal/device/back_end.h"

struct linux_device {
	struct device device;
	int fd;
};

static int descriptor_of(struct device *device)
{
	return container_of(device, struct linux_device, device)->fd;
}

/* A shm descriptor is the result of some, so this may be positive. */
static int device_ioctl(struct device *device, uint32_t command, void *argument)
{
	int result = ioctl(descriptor_of(device), (unsigned long)command, argument);

	return result < 0 ? -errno : result;
}

static bool linux_owns(mode_t mode)
{
	return S_ISCHR(mode);
}

static int linux_open(enum device_kind kind, const char *path, struct device **result)
{
	struct linux_device *device = calloc(1, sizeof(*device));
	struct stat status;
	int error = -ENOMEM;

	if (device == NULL) {
		return error;
	}
	device->fd = -1;
	device->device.path = strdup(path);
	if (device->device.path == NULL) {
		goto out;
	}
	device->fd = open(path, O_RDWR | O_CLOEXEC);
	if (device->fd < 0 || fstat(device->fd, &status) != 0) {
		error = -errno;
		goto out;
	}
	if (!S_ISCHR(status.st_mode)) {
		error = -ENOTTY;
		goto out;
	}
	*result = &device->device;
	return 0;
out:
	if (device->fd >= 0) {
		close(device->fd);
	}
	free(device->device.path);
	free(device);
	return error;
}

static void linux_close(struct device *device)
{
	struct linux_device *self = container_of(device, struct linux_device, device);

	close(self->fd);
	free(self);
}

static int linux_call(struct device *device, uint32_t command, void *buffer, size_t size)
{
	struct tee_ioctl_buf_data data = { (uintptr_t)buffer, size };
	int result = device_ioctl(device, command, &data);

	return result > 0 ? 0 : result;
}

static int linux_control(struct device *device, uint32_t command, void *argument, size_t size)
{
	int result;

	if (size != TEE_IOC_SIZE(command)) {
		return -EINVAL;
	}
	result = device_ioctl(device, command, argument);
	return result > 0 ? 0 : result;
}

static int linux_shm_alloc(struct device *device, size_t size, struct device_shm *shm)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };
	int fd = device_ioctl(device, TEE_IOC_SHM_ALLOC, &data);
	int error;

	if (fd < 0) {
		return fd;
	}
	error = data.size < size ? -EPROTO : back_end_map(fd, data.size, shm);
	/* The mapping keeps the memory. */
	close(fd);
	shm->id = data.id;
	return error;
}

static void close_on_exec(int fd)
{
	/* The kernel gives shm descriptors without it. There is nothing to be done about a
	 * failure. */
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static int linux_shm_register(struct device *device, void *address, size_t size,
			      struct device_shm *shm)
{
	struct tee_ioctl_shm_register_data data = {
		.addr = (uintptr_t)address,
		.length = size,
	};
	int fd = device_ioctl(device, TEE_IOC_SHM_REGISTER, &data);

	if (fd < 0) {
		return fd;
	}
	close_on_exec(fd);
	shm->fd = fd;
	shm->id = data.id;
	return 0;
}

static int linux_shm_register_fd(struct device *device, int memory, struct device_shm *shm)
{
	struct tee_ioctl_shm_register_fd_data data = { .fd = memory };
	int fd = device_ioctl(device, TEE_IOC_SHM_REGISTER_FD, &data);

	if (fd < 0) {
		return fd;
	}
	close_on_exec(fd);
	shm->fd = fd;
	shm->id = data.id;
	shm->size = data.size;
	return 0;
}

const struct back_end linux_back_end = {
	.owns = linux_owns,
	.open = linux_open,
	.close = linux_close,
	.call = linux_call,
	.control = linux_control,
	.shm_alloc = linux_shm_alloc,
	.shm_register = linux_shm_register,
	.shm_register_fd = linux_shm_register_fd,
};
