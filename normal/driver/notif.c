#include "normal/driver/notif.h"

#include "abi/gp.h"
#include "normal/driver/state.h"

struct notif_waiter {
	struct list link; /* alone: its token came */
	uint32_t key;
	struct os_completion arrived;
};

void driver_notif_init(struct notif *notif, uint32_t key_max)
{
	os_mutex_init(&notif->mutex);
	list_init(&notif->waiting);
	notif->key_max = key_max;
}

void driver_notif_destroy(struct notif *notif)
{
	os_mutex_destroy(&notif->mutex);
}

/* --- The mutex is held ----------------------------------------------------------------------- */

static struct notif_waiter *waiter_for(struct notif *notif, uint32_t key)
{
	list_for_each (link, &notif->waiting) {
		struct notif_waiter *waiter = list_entry(link, struct notif_waiter, link);

		if (waiter->key == key) {
			return waiter;
		}
	}
	return NULL;
}

static void waiter_wake(struct notif_waiter *waiter)
{
	list_remove(&waiter->link);
	os_complete(&waiter->arrived);
}

static bool token_take(struct notif *notif, uint32_t key)
{
	uint64_t bit = 1ull << (key % 64);
	bool posted = (notif->posted[key / 64] & bit) != 0;

	notif->posted[key / 64] &= ~bit;
	return posted;
}

/* Sleeps without the mutex. Whether the token came is what counts, not which of the two came first:
 * a time-out at the same moment must not lose it. */
static uint32_t token_wait(struct notif *notif, uint32_t key, uint64_t timeout_ms)
{
	struct notif_waiter waiter = { .key = key };
	uint32_t result = TEE_SUCCESS;

	os_completion_init(&waiter.arrived);
	list_add_back(&notif->waiting, &waiter.link);
	os_mutex_unlock(&notif->mutex);
	if (timeout_ms == 0) {
		os_wait(&waiter.arrived);
	} else {
		(void)os_wait_timeout(&waiter.arrived,
				      timeout_ms < UINT32_MAX ? (uint32_t)timeout_ms : UINT32_MAX);
	}
	os_mutex_lock(&notif->mutex);
	if (!list_is_empty(&waiter.link)) {
		list_remove(&waiter.link);
		result = TEE_ERROR_TIMEOUT;
	}
	os_completion_destroy(&waiter.arrived);
	return result;
}

/* --- The promises ---------------------------------------------------------------------------- */

uint32_t driver_notif_wait(struct driver *driver, uint64_t key, uint64_t timeout_ms)
{
	struct notif *notif = &driver->notif;
	uint32_t result = TEE_SUCCESS;

	if (key > notif->key_max) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	os_mutex_lock(&notif->mutex);
	if (atomic_load(&driver->dead)) {
		result = TEE_ERROR_COMMUNICATION;
	} else if (waiter_for(notif, (uint32_t)key) != NULL) {
		result = TEE_ERROR_BAD_PARAMETERS;
	} else if (!token_take(notif, (uint32_t)key)) {
		result = token_wait(notif, (uint32_t)key, timeout_ms);
	}
	if (atomic_load(&driver->dead)) {
		result = TEE_ERROR_COMMUNICATION;
	}
	os_mutex_unlock(&notif->mutex);
	return result;
}

uint32_t driver_notif_send(struct driver *driver, uint64_t key)
{
	struct notif *notif = &driver->notif;
	struct notif_waiter *waiter;

	if (key > notif->key_max) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	os_mutex_lock(&notif->mutex);
	waiter = waiter_for(notif, (uint32_t)key);
	if (waiter != NULL) {
		waiter_wake(waiter);
	} else {
		notif->posted[key / 64] |= 1ull << (key % 64);
	}
	os_mutex_unlock(&notif->mutex);
	return TEE_SUCCESS;
}

void driver_notif_wake(struct notif *notif)
{
	struct list *link;

	os_mutex_lock(&notif->mutex);
	while ((link = list_first(&notif->waiting)) != NULL) {
		waiter_wake(list_entry(link, struct notif_waiter, link));
	}
	os_mutex_unlock(&notif->mutex);
}
