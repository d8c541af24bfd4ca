/* device.h - a TEE device as programs see it: the kernel's /dev/tee*, or posternd's sockets.
 *
 * Errors are negative errno values. A struct device may be used by many threads at once: calls
 * that block do not keep one another waiting. After fork() the child may close the device and
 * nothing else: on posternd every other call there is -ENODEV. */
#ifndef NORMAL_DEVICE_DEVICE_H
#define NORMAL_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/device.h"
#include "lib/bits.h"

/* The search looks at /dev/tee0 and as many as this. */
#define DEVICE_SEARCH_MAX 10u

enum device_kind {
	DEVICE_TEE,
	DEVICE_TEEPRIV,
};

struct device;

/* Open device `path`. NULL: search. The search looks, in this order, at the TEE that the
 * environment variable POSTERN_TEE names (its directory), then /dev/tee0../dev/tee9 (teepriv
 * likewise), then the directory of the user's default TEE ($XDG_RUNTIME_DIR/postern/default);
 * when POSTERN_TEE is set nothing else is looked at. A path that is a directory, or a socket, is
 * posternd's. A program that runs with more rights than its caller has does not see the
 * environment.
 * -ENOENT: there is none; otherwise what open() or connect() gave for the last one tried.
 * Something that does not answer TEE_IOC_VERSION is not opened. */
MUST_CHECK int device_open(enum device_kind kind, const char *path, struct device **device);

/* Is this the device that the caller of device_find() wants? */
typedef bool device_suits(const struct tee_ioctl_version_data *version, const void *context);

/* The same search, which goes on until one `suits`. -ENOENT when there are devices but none
 * does. */
MUST_CHECK int device_find(enum device_kind kind, device_suits *suits, const void *context,
			   struct device **device);

/* No other call on `device` is running or comes after. Shared memory stays mapped until it is
 * freed. NULL: nothing happens. */
void device_close(struct device *device);

/* What was opened, for messages to people. Lives as long as `device`. */
const char *device_path(const struct device *device);

/* As it was when the device was opened: it does not change. */
MUST_CHECK int device_version(struct device *device, struct tee_ioctl_version_data *version);

/* OPEN_SESSION, INVOKE, SUPPL_RECV, SUPPL_SEND: `buffer` is what buf_ptr would point at. RECV may
 * give -EINTR. -ENODEV: the TEE is gone for good. -EPROTO: posternd does not speak the protocol;
 * the next call is -ENODEV. `buffer` is unchanged on error. */
MUST_CHECK int device_call(struct device *device, uint32_t command, void *buffer, size_t size);

/* CANCEL and CLOSE_SESSION: `argument` is the ioctl's structure of `size` bytes. CANCEL never
 * waits for a call of another thread. */
MUST_CHECK int device_control(struct device *device, uint32_t command, void *argument, size_t size);

/* Whose the pages at `address` are. */
enum device_shm_kind {
	DEVICE_SHM_NONE,   /* nobody's: there is none, or it is not mapped */
	DEVICE_SHM_CALLER, /* the caller's own, registered */
	DEVICE_SHM_HEAP,   /* this module's heap, registered */
	DEVICE_SHM_MAPPED, /* the device's, mapped */
};

/* Shared memory. `address` is where this process sees it. */
struct device_shm {
	void *address;
	size_t size;
	int32_t id;
	int fd;	       /* the kernel's shm descriptor; -1: none, as always on posternd */
	size_t mapped; /* bytes of the pages there, when they are HEAP or MAPPED */
	enum device_shm_kind kind;
};

/* What comes next fills `shm` only when it gives 0. */

/* SHM_ALLOC and map. */
MUST_CHECK int device_shm_alloc(struct device *device, size_t size, struct device_shm *shm);

/* Can device_shm_register() work at all? */
bool device_shm_registers(const struct device *device);

/* SHM_REGISTER of memory the caller has. posternd cannot see a process's own pages: there it is
 * -EOPNOTSUPP, and the caller copies through memory from device_shm_alloc(). The same where the
 * device lacks TEE_GEN_CAP_REG_MEM. */
MUST_CHECK int device_shm_register(struct device *device, void *address, size_t size,
				   struct device_shm *shm);

/* Memory from either: pages of the heap, registered, where the device can, else
 * device_shm_alloc(). `address` is page aligned, and the pages are zero. */
MUST_CHECK int device_shm_create(struct device *device, size_t size, struct device_shm *shm);

/* Memory that somebody else has a descriptor of: SHM_REGISTER_FD of a dma-buf, or on posternd all
 * of a memfd that is sealed against shrinking and growing. `fd` stays the caller's. It is not
 * mapped here; `size` is the memory's. */
MUST_CHECK int device_shm_register_fd(struct device *device, int fd, struct device_shm *shm);

/* Close and unmap, whichever way it came. `device` may be NULL when it was closed before: what
 * this process holds of the memory is still given back. */
void device_shm_free(struct device *device, struct device_shm *shm);

#endif
