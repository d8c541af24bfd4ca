#include "normal/supplicant/shm.h"

#include <stdlib.h>

#include "normal/supplicant/supplicant.h"

struct shm_object {
	struct list link;
	unsigned int users; /* the list is one of them */
	struct device_shm memory;
};

void shm_init(struct shm *shm, struct device *device)
{
	shm->device = device;
	shm->count = 0;
	list_init(&shm->objects);
	pthread_mutex_init(&shm->lock, NULL);
}

void shm_destroy(struct shm *shm)
{
	struct shm_object *object;

	list_for_each (link, &shm->objects) {
		object = list_entry(link, struct shm_object, link);
		device_shm_free(shm->device, &object->memory);
		free(object);
	}
	pthread_mutex_destroy(&shm->lock);
}

/* NULL: there is none. With the lock held. */
static struct shm_object *find(struct shm *shm, uint64_t id)
{
	struct shm_object *object;

	list_for_each (link, &shm->objects) {
		object = list_entry(link, struct shm_object, link);
		if ((uint64_t)object->memory.id == id) {
			return object;
		}
	}
	return NULL;
}

bool shm_get(struct shm *shm, const struct tee_ioctl_param *param, struct request_memory *memory)
{
	struct shm_object *object;
	bool within = true;

	pthread_mutex_lock(&shm->lock);
	object = find(shm, param->c);
	if (object != NULL) {
		within = range_within(param->a, param->b, object->memory.size);
	}
	if (object != NULL && within) {
		object->users++;
		memory->object = object;
		memory->data = (unsigned char *)object->memory.address + param->a;
		memory->size = (size_t)param->b;
	}
	pthread_mutex_unlock(&shm->lock);
	return within;
}

void shm_put(struct shm *shm, struct shm_object *object)
{
	bool last;

	if (object == NULL) {
		return;
	}
	pthread_mutex_lock(&shm->lock);
	last = --object->users == 0;
	pthread_mutex_unlock(&shm->lock);
	if (last) {
		device_shm_free(shm->device, &object->memory);
		free(object);
	}
}

/* false: there are too many. */
static bool object_add(struct shm *shm, struct shm_object *object)
{
	bool room;

	pthread_mutex_lock(&shm->lock);
	room = shm->count < SHM_OBJECTS_MAX;
	if (room) {
		shm->count++;
		object->users = 1;
		list_add_front(&shm->objects, &object->link);
	}
	pthread_mutex_unlock(&shm->lock);
	return room;
}

/* NULL: there is none. The list's use of it becomes the caller's. */
static struct shm_object *object_remove(struct shm *shm, uint64_t id)
{
	struct shm_object *object;

	pthread_mutex_lock(&shm->lock);
	object = find(shm, id);
	if (object != NULL) {
		shm->count--;
		list_remove(&object->link);
	}
	pthread_mutex_unlock(&shm->lock);
	return object;
}

/* NULL: no memory, or too much of it. */
static struct shm_object *object_new(struct shm *shm, size_t size)
{
	struct shm_object *object = calloc(1, sizeof(*object));

	if (object == NULL) {
		return NULL;
	}
	if (device_shm_create(shm->device, size, &object->memory) != 0) {
		free(object);
		return NULL;
	}
	if (!object_add(shm, object)) {
		device_shm_free(shm->device, &object->memory);
		free(object);
		return NULL;
	}
	return object;
}

static const uint32_t shape[] = { TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT };

TEE_Result shm_serve_alloc(struct supplicant *supplicant, struct request *request)
{
	struct shm_object *object;

	if (!request_has_shape(request, shape, array_size(shape))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (request->params[0].b > SHM_SIZE_MAX) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	object = object_new(&supplicant->shm, (size_t)request->params[0].b);
	if (object == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	request->params[0].c = (uint64_t)object->memory.id;
	return TEE_SUCCESS;
}

TEE_Result shm_serve_free(struct supplicant *supplicant, struct request *request)
{
	struct shm_object *object;

	if (!request_has_shape(request, shape, array_size(shape))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	object = object_remove(&supplicant->shm, request->params[0].b);
	if (object == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	shm_put(&supplicant->shm, object);
	return TEE_SUCCESS;
}
