#include "normal/driver/notif.h"

#include <errno.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "abi/smc.h"
#include "normal/driver/call.h"
#include "normal/driver/driver.h"
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
	os_completion_init(&notif->idle);
	notif->key_max = key_max;
}

void driver_notif_destroy(struct notif *notif)
{
	os_completion_destroy(&notif->idle);
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

void driver_notif_count(struct notif *notif, struct driver_census *census)
{
	os_mutex_lock(&notif->mutex);
	list_for_each (link, &notif->waiting) {
		census->notifications++;
	}
	census->bottom_halves = notif->working ? 1 : 0;
	os_mutex_unlock(&notif->mutex);
}

/* --- Asynchronous notifications --------------------------------------------------------------- */

/* true: one is owed, and the caller is to run it. */
static bool bottom_half_next(struct notif *notif)
{
	bool next;

	os_mutex_lock(&notif->mutex);
	next = notif->owed && !notif->leaving;
	notif->owed = false;
	if (!next) {
		notif->working = false;
		if (notif->leaving) {
			os_complete(&notif->idle);
		}
	}
	os_mutex_unlock(&notif->mutex);
	return next;
}

/* In a task of its own. Nobody waits for it, so nobody is there to be told that it failed. */
static void bottom_half_run(void *arg)
{
	struct driver *driver = arg;

	while (bottom_half_next(&driver->notif)) {
		struct message message = { .cmd = MSG_CMD_DO_BOTTOM_HALF };
		int error = driver_call(driver->self, CALL_HASTY, &message);

		if (error != 0 && error != -ENODEV) {
			os_log(OS_LOG_ERROR, "the secure world's bottom half did not run: %d",
			       error);
		}
	}
}

/* Without memory for a task it stays owed, until the next interrupt. */
static void bottom_half_start(struct driver *driver)
{
	struct notif *notif = &driver->notif;
	bool start;

	os_mutex_lock(&notif->mutex);
	start = notif->owed && !notif->working && !notif->leaving;
	notif->working = notif->working || start;
	os_mutex_unlock(&notif->mutex);
	if (start && os_work(bottom_half_run, driver) != 0) {
		os_log(OS_LOG_ERROR, "no memory to run the secure world's bottom half");
		os_mutex_lock(&notif->mutex);
		notif->working = false;
		os_mutex_unlock(&notif->mutex);
	}
}

static void value_taken(struct driver *driver, uint32_t value)
{
	struct notif *notif = &driver->notif;

	if (value == SMC_NOTIF_VALUE_BOTTOM_HALF) {
		os_mutex_lock(&notif->mutex);
		notif->owed = true;
		os_mutex_unlock(&notif->mutex);
	} else if (driver_notif_send(driver, value) != TEE_SUCCESS) {
		os_log(OS_LOG_WARNING, "the secure world notifies of %u, which is no key", value);
	}
}

void driver_interrupt(struct driver *driver)
{
	bool more = driver->notif.enabled;
	unsigned int taken;
	uint32_t value;

	for (taken = 0; more && taken < NOTIF_TAKEN_MAX && !atomic_load(&driver->dead); taken++) {
		if (!driver->transport->notif_take(driver, &value, &more)) {
			break;
		}
		value_taken(driver, value);
	}
	if (taken == NOTIF_TAKEN_MAX) {
		os_log(OS_LOG_WARNING, "the secure world's notifications do not end");
	}
	bottom_half_start(driver);
}

void driver_notif_start(struct driver *driver)
{
	if ((driver->capabilities & SMC_SEC_CAP_ASYNC_NOTIF) == 0 ||
	    driver->transport->notif_enable == NULL) {
		return;
	}
	driver->notif.enabled = true;
	if (driver->transport->notif_enable(driver) == 0) {
		os_log(OS_LOG_INFO, "asynchronous notifications enabled");
	} else {
		os_log(OS_LOG_WARNING, "the secure world refuses to notify");
		driver->notif.enabled = false;
	}
}

/* What is taken from here on begins nothing any more. */
void driver_notif_stop(struct driver *driver)
{
	struct message message = { .cmd = MSG_CMD_STOP_ASYNC_NOTIF };
	struct notif *notif = &driver->notif;
	bool working;

	os_mutex_lock(&notif->mutex);
	notif->leaving = true;
	working = notif->working;
	os_mutex_unlock(&notif->mutex);
	if (working) {
		os_wait(&notif->idle);
		/* It may still be on its way out of there. */
		os_mutex_lock(&notif->mutex);
		os_mutex_unlock(&notif->mutex);
	}
	if (notif->enabled && !atomic_load(&driver->dead) &&
	    driver_call_give_back(driver->self, CALL_HASTY, &message) != 0) {
		os_log(OS_LOG_WARNING, "the secure world's notifications were not stopped");
	}
}
