/* back_end.h - what device.c needs of one kind of device. For the files of this folder alone.
 *
 * The contracts are those of device.h; this adds only who does what. */
#ifndef NORMAL_DEVICE_BACK_END_H
#define NORMAL_DEVICE_BACK_END_H

#include <sys/types.h>

#include "normal/device/device.h"

struct back_end {
	/* Is a file of this mode one of its devices? */
	bool (*owns)(mode_t mode);
	/* A zeroed structure that begins with struct device, open, with `path` filled in. */
	int (*open)(enum device_kind kind, const char *path, struct device **device);
	/* Frees the structure too. */
	void (*close)(struct device *device);
	int (*call)(struct device *device, uint32_t command, void *buffer, size_t size);
	/* VERSION as well. */
	int (*control)(struct device *device, uint32_t command, void *argument, size_t size);
	int (*shm_alloc)(struct device *device, size_t size, struct device_shm *shm);
	/* NULL: it never can. */
	int (*shm_register)(struct device *device, void *address, size_t size,
			    struct device_shm *shm);
	int (*shm_register_fd)(struct device *device, int fd, struct device_shm *shm);
	/* Tell the device that `id` is closed. NULL: closing the descriptor tells it. */
	void (*shm_close)(struct device *device, int32_t id);
};

struct device {
	const struct back_end *back_end;
	char *path;
	struct tee_ioctl_version_data version;
};

extern const struct back_end linux_back_end;
extern const struct back_end postern_back_end;

/* Map `size` bytes of `fd` rounded up to pages, from offset 0, into `shm`. */
MUST_CHECK int back_end_map(int fd, size_t size, struct device_shm *shm);

#endif
