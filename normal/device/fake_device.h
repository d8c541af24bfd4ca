/* fake_device.h - device.h as a test wants it: there is one device, it does as it is told, and it
 * remembers what it was asked. Its memory is real. */
#ifndef NORMAL_DEVICE_FAKE_DEVICE_H
#define NORMAL_DEVICE_FAKE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "normal/device/device.h"

#define FAKE_DEVICE_CALL_MAX 4096u

/* Answer a device_call(). `buffer` may be changed as the ioctl would. */
typedef int fake_device_serve(uint32_t command, void *buffer, size_t size);

struct fake_device {
	/* What it is. */
	struct tee_ioctl_version_data version;
	bool registers;
	int shm_fd; /* the descriptor that registered memory has; -1: none */
	/* What goes wrong: a negative errno, 0 for nothing. */
	int open_error;
	int register_error;
	int alloc_error;
	int control_error;
	fake_device_serve *serve; /* NULL: 0, and the buffer as it is */
	void (*on_share)(void);	  /* called before memory is shared; NULL: nothing */
	/* What it saw. */
	unsigned int open; /* devices that are open */
	unsigned int calls;
	unsigned int controls;
	uint32_t command; /* of the last call or control, ... */
	size_t size;
	/* ... and its structure as it came */
	_Alignas(8) unsigned char bytes[FAKE_DEVICE_CALL_MAX];
	unsigned int registered; /* times that memory was registered, */
	unsigned int allocated;	 /* allocated, */
	unsigned int freed;	 /* freed */
	size_t shared_size;	 /* of the last one shared */
	void *shared_address;
	int registered_fd;
	int freed_fd;	      /* of the last one freed, */
	bool freed_by_device; /* and whether the device was there */
};

extern struct fake_device fake_device;

/* A TEE that is OP-TEE, takes memory that programs have, and answers everything with 0. */
void fake_device_reset(void);

/* Memory objects that were shared and not freed. */
unsigned int fake_device_shared(void);

/* What the TEE sees of the object `id`. */
void *fake_device_memory(uint64_t id);

#endif
