#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normal/device/fake_device.h"

#define OBJECTS_MAX 4096u
#define PAGE	    4096u

struct device {
	int dummy;
};

struct fake_device fake_device;

static struct device the_device;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *objects[OBJECTS_MAX]; /* by id */
static unsigned int object_count;

void fake_device_reset(void)
{
	memset(&fake_device, 0, sizeof(fake_device));
	memset(objects, 0, sizeof(objects));
	object_count = 0;
	fake_device.registers = true;
	fake_device.shm_fd = -1;
	fake_device.version.impl_id = TEE_IMPL_ID_OPTEE;
	fake_device.version.impl_caps = TEE_OPTEE_CAP_TZ;
	fake_device.version.gen_caps =
		TEE_GEN_CAP_GP | TEE_GEN_CAP_REG_MEM | TEE_GEN_CAP_MEMREF_NULL;
}

unsigned int fake_device_shared(void)
{
	return fake_device.registered + fake_device.allocated - fake_device.freed;
}

void *fake_device_memory(uint64_t id)
{
	if (id >= OBJECTS_MAX || objects[id] == NULL) {
		fprintf(stderr, "the TEE knows no memory %llu\n", (unsigned long long)id);
		abort();
	}
	return objects[id];
}

static int32_t object_add(void *address, size_t size)
{
	if (++object_count == OBJECTS_MAX) {
		abort();
	}
	objects[object_count] = address;
	fake_device.shared_size = size;
	fake_device.shared_address = address;
	return (int32_t)object_count;
}

static void remember(uint32_t command, const void *bytes, size_t size)
{
	if (size > FAKE_DEVICE_CALL_MAX) {
		abort();
	}
	fake_device.command = command;
	fake_device.size = size;
	memcpy(fake_device.bytes, bytes, size);
}

int device_find(enum device_kind kind, device_suits *suits, const void *context,
		struct device **device)
{
	if (fake_device.open_error != 0) {
		return fake_device.open_error;
	}
	if (suits != NULL && !suits(&fake_device.version, context)) {
		return -ENOENT;
	}
	fake_device.open++;
	*device = &the_device;
	return 0;
}

int device_open(enum device_kind kind, const char *path, struct device **device)
{
	return device_find(kind, NULL, NULL, device);
}

void device_close(struct device *device)
{
	if (device != NULL) {
		fake_device.open--;
	}
}

const char *device_path(const struct device *device)
{
	return "fake";
}

int device_version(struct device *device, struct tee_ioctl_version_data *version)
{
	*version = fake_device.version;
	return 0;
}

int device_call(struct device *device, uint32_t command, void *buffer, size_t size)
{
	pthread_mutex_lock(&lock);
	fake_device.calls++;
	remember(command, buffer, size);
	pthread_mutex_unlock(&lock);
	return fake_device.serve != NULL ? fake_device.serve(command, buffer, size) : 0;
}

int device_control(struct device *device, uint32_t command, void *argument, size_t size)
{
	pthread_mutex_lock(&lock);
	fake_device.controls++;
	remember(command, argument, size);
	pthread_mutex_unlock(&lock);
	return fake_device.control_error;
}

static int share(struct device_shm *shm, void *address, size_t size, enum device_shm_kind kind)
{
	if (fake_device.on_share != NULL) {
		fake_device.on_share();
	}
	memset(shm, 0, sizeof(*shm));
	shm->address = address;
	shm->size = size;
	shm->kind = kind;
	shm->fd = kind == DEVICE_SHM_MAPPED ? -1 : fake_device.shm_fd;
	pthread_mutex_lock(&lock);
	shm->id = object_add(address, size);
	if (kind == DEVICE_SHM_MAPPED) {
		fake_device.allocated++;
	} else {
		fake_device.registered++;
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

static void *pages(size_t size, size_t *rounded)
{
	void *address;

	*rounded = (size + PAGE - 1) / PAGE * PAGE;
	if (posix_memalign(&address, PAGE, *rounded) != 0) {
		abort();
	}
	memset(address, 0, *rounded);
	return address;
}

int device_shm_alloc(struct device *device, size_t size, struct device_shm *shm)
{
	size_t rounded;
	void *address;

	if (fake_device.alloc_error != 0) {
		return fake_device.alloc_error;
	}
	address = pages(size, &rounded);
	share(shm, address, size, DEVICE_SHM_MAPPED);
	shm->mapped = rounded;
	return 0;
}

bool device_shm_registers(const struct device *device)
{
	return fake_device.registers;
}

int device_shm_register(struct device *device, void *address, size_t size, struct device_shm *shm)
{
	if (!fake_device.registers) {
		return -EOPNOTSUPP;
	}
	if (fake_device.register_error != 0) {
		return fake_device.register_error;
	}
	return share(shm, address, size, DEVICE_SHM_CALLER);
}

int device_shm_create(struct device *device, size_t size, struct device_shm *shm)
{
	size_t rounded;
	void *address;

	if (!fake_device.registers) {
		return device_shm_alloc(device, size, shm);
	}
	if (fake_device.alloc_error != 0) {
		return fake_device.alloc_error;
	}
	address = pages(size, &rounded);
	share(shm, address, size, DEVICE_SHM_HEAP);
	shm->mapped = rounded;
	return 0;
}

int device_shm_register_fd(struct device *device, int fd, struct device_shm *shm)
{
	if (fake_device.register_error != 0) {
		return fake_device.register_error;
	}
	fake_device.registered_fd = fd;
	return share(shm, NULL, 12288, DEVICE_SHM_NONE);
}

void device_shm_free(struct device *device, struct device_shm *shm)
{
	if (shm->kind == DEVICE_SHM_HEAP || shm->kind == DEVICE_SHM_MAPPED) {
		free(shm->address);
	}
	pthread_mutex_lock(&lock);
	objects[shm->id] = NULL;
	fake_device.freed++;
	fake_device.freed_fd = shm->fd;
	fake_device.freed_by_device = device != NULL;
	pthread_mutex_unlock(&lock);
	*shm = (struct device_shm){ .id = -1, .fd = -1 };
}
