/* file.h - an open device: who opened it, and what is theirs.
 *
 * It is released when its program closes it; it lives until the last shared memory of it is gone,
 * which the secure world may hold longer than the program. */
#ifndef NORMAL_DRIVER_FILE_H
#define NORMAL_DRIVER_FILE_H

#include <stdatomic.h>

#include "lib/bits.h"
#include "normal/driver/driver.h"
#include "normal/driver/session.h"
#include "normal/driver/shm.h"

struct driver_file {
	struct driver *driver;
	enum driver_device device;
	struct driver_credentials credentials;
	atomic_uint references;
	struct session_list sessions;
	struct shm_list shm;
};

/* One reference, the caller's, given back by driver_file_put(). NULL: no memory. */
MUST_CHECK struct driver_file *driver_file_new(struct driver *driver, enum driver_device device,
					       const struct driver_credentials *credentials);
void driver_file_get(struct driver_file *file);
void driver_file_put(struct driver_file *file);

#endif
