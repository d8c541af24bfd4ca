/* driver.h - what stands between open files and the secure world: Linux's optee driver in behaviour
 * (spec/driver.md), written against os.h alone.
 *
 * Errors are negative errno values, as the ioctls of Linux give them. All functions may be
 * called by any task at once unless they say otherwise, and may sleep. */
#ifndef NORMAL_DRIVER_DRIVER_H
#define NORMAL_DRIVER_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/bits.h"

struct driver;
struct driver_file;
struct os_file;
struct os_memory;

/* How to speak to the secure world. */
enum driver_transport {
	DRIVER_SMC, /* raw SMC */
	DRIVER_FFA,
};

/* Find the secure world behind os_smc() and agree on capabilities. -ENODEV: it is not an OP-TEE
 * compatible one, or does not speak `transport`; -EINVAL: its capabilities cannot be used;
 * -ENOMEM. */
MUST_CHECK int driver_probe(enum driver_transport transport, struct driver **driver);

/* An RPMB device, which the secure world finds by RPMB_PROBE_NEXT, in the order of attaching. */
#define DRIVER_RPMB_MAX	    4u
#define DRIVER_RPMB_ID_SIZE 16u

struct driver_rpmb {
	uint32_t kind;		  /* RPC_RPMB_* */
	uint32_t capacity;	  /* in RPC_RPMB_CAPACITY_UNIT */
	uint32_t reliable_writes; /* in sectors */
	uint8_t id[DRIVER_RPMB_ID_SIZE];
	/* One exchange of whole frames (abi/rpmb.h), both buffers the driver's own. Any task, and
	 * many at once. 0, or a negative errno: there is no answer. */
	int (*exchange)(void *arg, const void *request, size_t request_frames, void *response,
			size_t response_frames);
	void *arg;
};

/* Before any file is opened. The device lives longer than the driver. -ENOSPC: DRIVER_RPMB_MAX are
 * there. Without a device, RPMB is the supplicant's. */
MUST_CHECK int driver_rpmb_attach(struct driver *driver, const struct driver_rpmb *device);

/* The secure world is gone: every call in flight and every later one ends (COMMUNICATION, or
 * -ENODEV at the ioctl), every wait wakes. Any task, once. */
void driver_dead(struct driver *driver);

#define DRIVER_I2C_MAX 8u

/* A chip on an I2C bus. */
struct driver_i2c_chip {
	uint32_t adapter;
	uint32_t address;
	bool ten_bit; /* its address has ten bits, not seven */
	/* One message: the chip takes `size` bytes, or gives them. How many were moved, or a
	 * negative errno: it did not answer. Any task, and several at once; may sleep. */
	int (*transfer)(void *arg, bool write, uint8_t *data, size_t size);
	void *arg;
};

/* Before the first driver_open(). `chip` is copied. -EINVAL: no such address; -EBUSY: another chip
 * has it; -ENOSPC: there are DRIVER_I2C_MAX. */
MUST_CHECK int driver_i2c_attach(struct driver *driver, const struct driver_i2c_chip *chip);

/* Each request that is asked of the supplicant from now on fails with TIMEOUT when it is not answered
 * in `timeout_ms`; 0, as at the beginning: it may take for ever. Any task. */
void driver_supplicant_timeout(struct driver *driver, uint32_t timeout_ms);

/* The secure world raised its interrupt: take the notifications it has, wake who waits for them, and
 * run its bottom half in a task of its own. Any task that is not in a call; not once
 * driver_remove() began. */
void driver_interrupt(struct driver *driver);

/* No files are open. Gives everything back. Does SMCs unless driver_dead() was called. */
void driver_remove(struct driver *driver);

enum driver_device {
	DRIVER_TEE,
	DRIVER_TEEPRIV,
};

#define DRIVER_GROUPS_MAX 64u

/* Who opened the file, as the operating system knows. */
struct driver_credentials {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	gid_t groups[DRIVER_GROUPS_MAX];
	size_t group_count;
};

/* open(). -EBUSY: the supplicant's device is open already; -ENODEV; -ENOMEM. */
MUST_CHECK int driver_open(struct driver *driver, enum driver_device device,
			   const struct driver_credentials *credentials, struct driver_file **file);

/* close() of the last reference: closes the file's sessions (may do RPCs), fails what the
 * supplicant held, frees its memory. No other call on `file` is running or comes after. RPCs
 * done here do not wait for a supplicant that is not there, and do not care whether the calling
 * task was killed: what a session gives back at its end reaches a supplicant that is there. */
void driver_release(struct driver_file *file);

/* ioctl(). `command` is TEE_IOC_*. `argument` holds `size` bytes of the ioctl's structure, or,
 * for those that take struct tee_ioctl_buf_data, of the buffer itself: a private copy of the
 * caller's, aligned to 8 bytes, written back in place. `in` is the file that came along
 * (SHM_REGISTER), or NULL. *out gets the memory whose os_memory_file() goes back (SHM_ALLOC), or
 * NULL: a reference of its own that the caller gives back with os_memory_put(), for the client
 * may close the descriptor's id before it has seen it. 0 or a negative errno as in
 * spec/ioctl.md. -ENODEV: driver_dead() was called. */
MUST_CHECK int driver_ioctl(struct driver_file *file, uint32_t command, void *argument, size_t size,
			    const struct os_file *in, struct os_memory **out);

/* close() of a shared memory descriptor: `id` is not found any more; the memory goes when nothing
 * uses it. -EINVAL: not an id of this file. */
int driver_shm_close(struct driver_file *file, int32_t id);

/* What is alive now. */
struct driver_census {
	unsigned int files;
	unsigned int sessions;
	unsigned int shm;	 /* objects that clients and the supplicant hold */
	unsigned int shm_kernel; /* objects that the driver holds for RPCs */
	uint64_t shm_bytes;
	unsigned int calls;	    /* in the secure world or waiting for a secure thread */
	unsigned int calls_waiting; /* of which wait for a secure thread */
	unsigned int threads;	    /* secure threads there are */
	unsigned int threads_busy;
	unsigned int requests_queued; /* waiting for the supplicant */
	unsigned int requests_taken;  /* the supplicant works on them */
	unsigned int supplicant;      /* 1: its device is open */
	unsigned int notifications;   /* secure threads that wait for one */
	unsigned int bottom_halves;   /* of the secure world, running here */
};
void driver_census(struct driver *driver, struct driver_census *census);

#endif
