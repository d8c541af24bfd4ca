#include "normal/driver/file.h"

#include <errno.h>

#include "normal/driver/state.h"

struct driver_file *driver_file_new(struct driver *driver, enum driver_device device,
				    const struct driver_credentials *credentials)
{
	struct driver_file *file = os_alloc(sizeof(*file));

	if (file == NULL) {
		return NULL;
	}
	file->driver = driver;
	file->device = device;
	file->credentials = *credentials;
	if (file->credentials.group_count > DRIVER_GROUPS_MAX) {
		file->credentials.group_count = DRIVER_GROUPS_MAX;
	}
	atomic_init(&file->references, 1);
	driver_sessions_init(&file->sessions);
	list_init(&file->shm.objects);
	atomic_fetch_add(&driver->files, 1);
	return file;
}

void driver_file_get(struct driver_file *file)
{
	atomic_fetch_add(&file->references, 1);
}

void driver_file_put(struct driver_file *file)
{
	if (atomic_fetch_sub(&file->references, 1) != 1) {
		return;
	}
	driver_sessions_destroy(&file->sessions);
	atomic_fetch_sub(&file->driver->files, 1);
	os_free(file);
}

int driver_open(struct driver *driver, enum driver_device device,
		const struct driver_credentials *credentials, struct driver_file **result)
{
	struct driver_file *file;
	int error = 0;

	if (atomic_load(&driver->dead)) {
		return -ENODEV;
	}
	file = driver_file_new(driver, device, credentials);
	if (file == NULL) {
		return -ENOMEM;
	}
	if (device == DRIVER_TEEPRIV) {
		error = driver_supp_open(&driver->supp, file);
	}
	if (error != 0) {
		driver_file_put(file);
		return error;
	}
	*result = file;
	return 0;
}

void driver_release(struct driver_file *file)
{
	if (file->device == DRIVER_TEEPRIV) {
		driver_supp_release(&file->driver->supp);
	}
	driver_sessions_close_all(file);
	driver_shm_close_all(file);
	driver_file_put(file);
}
