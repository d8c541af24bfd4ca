#include "normal/client/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* What upstream's library calls the TEE on the processor itself. */
#define NAME_OPTEE "optee-tz"

/* Numbers stay positive, and none is 0: a zeroed TEEC_Context is not one. */
#define GENERATIONS_MAX (INT_MAX / CONTEXTS_MAX)

static struct {
	pthread_mutex_t lock;
	unsigned int generation;
	struct context *contexts[CONTEXTS_MAX];
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct context *table_find(int number)
{
	struct context *context;

	if (number < 0) {
		return NULL;
	}
	context = table.contexts[(unsigned int)number % CONTEXTS_MAX];
	return context != NULL && context->number == number ? context : NULL;
}

/* false: it is full. */
static bool table_add(struct context *context)
{
	unsigned int i = 0;

	pthread_mutex_lock(&table.lock);
	while (i < CONTEXTS_MAX && table.contexts[i] != NULL) {
		i++;
	}
	if (i < CONTEXTS_MAX) {
		table.generation = table.generation % (GENERATIONS_MAX - 1) + 1;
		context->number = (int)(table.generation * CONTEXTS_MAX + i);
		table.contexts[i] = context;
	}
	pthread_mutex_unlock(&table.lock);
	return i < CONTEXTS_MAX;
}

static struct context *table_remove(int number)
{
	struct context *context;

	pthread_mutex_lock(&table.lock);
	context = table_find(number);
	if (context != NULL) {
		table.contexts[(unsigned int)number % CONTEXTS_MAX] = NULL;
	}
	pthread_mutex_unlock(&table.lock);
	return context;
}

struct context *context_get(int number)
{
	struct context *context;

	pthread_mutex_lock(&table.lock);
	context = table_find(number);
	if (context != NULL) {
		context->users++;
	}
	pthread_mutex_unlock(&table.lock);
	return context;
}

void context_put(struct context *context)
{
	unsigned int users;

	pthread_mutex_lock(&table.lock);
	users = --context->users;
	pthread_mutex_unlock(&table.lock);
	if (users == 0) {
		shadow_cache_destroy(&context->shadows);
		device_close(context->device);
		free(context);
	}
}

static struct context *context_new(struct device *device,
				   const struct tee_ioctl_version_data *version)
{
	struct context *context = calloc(1, sizeof(*context));

	if (context == NULL) {
		return NULL;
	}
	context->users = 1;
	context->device = device;
	context->memref_null = (version->gen_caps & TEE_GEN_CAP_MEMREF_NULL) != 0;
	context->dynamic = (version->gen_caps & TEE_GEN_CAP_REG_MEM) != 0;
	shadow_cache_init(&context->shadows, device,
			  context->dynamic && !device_shm_registers(device));
	if (!table_add(context)) {
		shadow_cache_destroy(&context->shadows);
		free(context);
		return NULL;
	}
	return context;
}

static bool suits(const struct tee_ioctl_version_data *version, const void *name)
{
	if ((version->gen_caps & TEE_GEN_CAP_GP) == 0) {
		return false;
	}
	return name == NULL ||
	       (strcmp(name, NAME_OPTEE) == 0 && version->impl_id == TEE_IMPL_ID_OPTEE &&
		(version->impl_caps & TEE_OPTEE_CAP_TZ) != 0);
}

TEEC_Result TEEC_InitializeContext(const char *name, TEEC_Context *api)
{
	struct tee_ioctl_version_data version;
	struct context *context;
	struct device *device;

	if (api == NULL) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	api->imp.fd = -1;
	if (device_find(DEVICE_TEE, suits, name, &device) != 0) {
		return TEEC_ERROR_ITEM_NOT_FOUND;
	}
	context = device_version(device, &version) == 0 ? context_new(device, &version) : NULL;
	if (context == NULL) {
		device_close(device);
		return TEEC_ERROR_OUT_OF_MEMORY;
	}
	api->imp.fd = context->number;
	api->imp.reg_mem = context->dynamic;
	api->imp.memref_null = context->memref_null;
	return TEEC_SUCCESS;
}

void TEEC_FinalizeContext(TEEC_Context *api)
{
	struct context *context;

	if (api == NULL) {
		return;
	}
	context = table_remove(api->imp.fd);
	api->imp.fd = -1;
	if (context != NULL) {
		context_put(context);
	}
}
