#include "normal/client/shadow.h"

#include <errno.h>
#include <string.h>

#define SHADOW_SIZE_MIN 4096u

void shadow_cache_init(struct shadow_cache *cache, struct device *device, bool keeps)
{
	memset(cache, 0, sizeof(*cache));
	cache->device = device;
	cache->keeps = keeps;
	pthread_mutex_init(&cache->lock, NULL);
}

void shadow_cache_destroy(struct shadow_cache *cache)
{
	size_t i;

	for (i = 0; i < cache->count; i++) {
		device_shm_free(cache->device, &cache->buffers[i]);
	}
	pthread_mutex_destroy(&cache->lock);
}

static struct device_shm buffer_remove(struct shadow_cache *cache, size_t index)
{
	struct device_shm buffer = cache->buffers[index];

	cache->count--;
	cache->bytes -= buffer.size;
	memmove(&cache->buffers[index], &cache->buffers[index + 1],
		(cache->count - index) * sizeof(buffer));
	return buffer;
}

/* The smallest that is large enough; false: none is. */
static bool buffer_find(struct shadow_cache *cache, size_t size, struct device_shm *shadow)
{
	size_t best = cache->count;
	size_t i;

	for (i = 0; i < cache->count; i++) {
		if (cache->buffers[i].size >= size &&
		    (best == cache->count || cache->buffers[i].size < cache->buffers[best].size)) {
			best = i;
		}
	}
	if (best == cache->count) {
		return false;
	}
	*shadow = buffer_remove(cache, best);
	return true;
}

/* What can be kept has one of few sizes, so that it fits the next operation too. */
static size_t size_class(size_t size)
{
	size_t rounded = SHADOW_SIZE_MIN;

	if (size > SHADOWS_BYTES_MAX) {
		return size;
	}
	while (rounded < size) {
		rounded *= 2;
	}
	return rounded;
}

int shadow_take(struct shadow_cache *cache, size_t size, struct device_shm *shadow)
{
	bool found;

	if (!cache->keeps) {
		return device_shm_create(cache->device, size, shadow);
	}
	pthread_mutex_lock(&cache->lock);
	found = buffer_find(cache, size, shadow);
	pthread_mutex_unlock(&cache->lock);
	return found ? 0 : device_shm_create(cache->device, size_class(size), shadow);
}

/* Make room for `size` more bytes in one more buffer; the oldest go into `dropped`. */
static size_t cache_shrink(struct shadow_cache *cache, size_t size,
			   struct device_shm dropped[SHADOWS_MAX])
{
	size_t count = 0;

	while (cache->count == SHADOWS_MAX || cache->bytes + size > SHADOWS_BYTES_MAX) {
		dropped[count++] = buffer_remove(cache, 0);
	}
	return count;
}

void shadow_give(struct shadow_cache *cache, struct device_shm *shadow, size_t used)
{
	struct device_shm dropped[SHADOWS_MAX];
	size_t count;
	size_t i;

	if (!cache->keeps || shadow->size > SHADOWS_BYTES_MAX) {
		device_shm_free(cache->device, shadow);
		return;
	}
	/* The next TA to see these pages may be another one. */
	explicit_bzero(shadow->address, used);
	pthread_mutex_lock(&cache->lock);
	count = cache_shrink(cache, shadow->size, dropped);
	cache->buffers[cache->count++] = *shadow;
	cache->bytes += shadow->size;
	pthread_mutex_unlock(&cache->lock);
	for (i = 0; i < count; i++) {
		device_shm_free(cache->device, &dropped[i]);
	}
}
