#include "normal/driver/driver.h"

#include <errno.h>

#include "abi/smc.h"
#include "normal/driver/file.h"
#include "normal/driver/state.h"

/* A secure world that says "one more" for ever is not believed. */
#define CACHE_ANSWERS_MAX 4096u

/* --- Fast calls ------------------------------------------------------------------------------ */

static struct smc_regs fast_call(uint32_t function)
{
	struct smc_regs regs = { .a0 = function };

	os_smc(&regs);
	return regs;
}

static bool uid_matches(void)
{
	struct smc_regs regs = fast_call(SMC_CALLS_UID);

	return (uint32_t)regs.a0 == SMC_UID_0 && (uint32_t)regs.a1 == SMC_UID_1 &&
	       (uint32_t)regs.a2 == SMC_UID_2 && (uint32_t)regs.a3 == SMC_UID_3;
}

static bool revision_matches(void)
{
	return (uint32_t)fast_call(SMC_CALLS_REVISION).a0 == SMC_API_REVISION_MAJOR;
}

static void revision_log(void)
{
	struct smc_regs regs = fast_call(SMC_GET_OS_REVISION);

	if ((uint32_t)regs.a0 != SMC_UNKNOWN_FUNCTION) {
		os_log(OS_LOG_INFO, "the secure world is of revision %u.%u (%08llx)",
		       (unsigned int)regs.a0, (unsigned int)regs.a1, (unsigned long long)regs.a2);
	}
}

/* 0: it does not say. */
static unsigned int thread_count(void)
{
	struct smc_regs regs = fast_call(SMC_GET_THREAD_COUNT);

	return (uint32_t)regs.a0 == SMC_OK ? (unsigned int)regs.a1 : 0;
}

/* What this driver needs, and what it does with the rest. -EINVAL: it cannot. */
static int agree(struct driver *driver, uint32_t *key_max)
{
	struct smc_regs regs = fast_call(SMC_EXCHANGE_CAPABILITIES);

	if ((uint32_t)regs.a0 != SMC_OK) {
		return -EINVAL;
	}
	driver->capabilities = (uint32_t)regs.a1;
	if ((driver->capabilities & SMC_SEC_CAP_DYNAMIC_SHM) == 0) {
		return -EINVAL;
	}
	if ((driver->capabilities & SMC_SEC_CAP_RPC_ARG) != 0) {
		driver->rpc_params = (uint32_t)regs.a3 & SMC_SEC_CAP_RPC_PARAMS_MASK;
	}
	*key_max = SMC_NOTIF_VALUE_MAX_DEFAULT;
	if ((driver->capabilities & SMC_SEC_CAP_ASYNC_NOTIF) != 0) {
		*key_max = (uint32_t)regs.a2;
	}
	return driver->rpc_params <= ARG_RPC_PARAMS_MAX && *key_max <= NOTIF_KEY_MAX ? 0 : -EINVAL;
}

/* --- The secure world's cache of request memory ---------------------------------------------- */

/* Take back what it keeps. What a driver before this one gave it is not found, and left alone. */
static void cache_disable(struct driver *driver)
{
	unsigned int i;

	for (i = 0; i < CACHE_ANSWERS_MAX; i++) {
		struct smc_regs regs = fast_call(SMC_DISABLE_SHM_CACHE);

		if ((uint32_t)regs.a0 == SMC_OK) {
			uint64_t cookie = smc_u64_from_pair(regs.a1, regs.a2);

			driver_shm_put(driver_shm_unhold(driver, SHM_PRIVATE, cookie));
		} else if ((uint32_t)regs.a0 == SMC_EBUSY) {
			os_task_yield();
		} else {
			return;
		}
	}
}

/* Worth while where each call would ask for memory first. */
static void cache_enable(const struct driver *driver)
{
	unsigned int i;

	for (i = 0; i < CACHE_ANSWERS_MAX && driver->rpc_params == 0; i++) {
		if ((uint32_t)fast_call(SMC_ENABLE_SHM_CACHE).a0 != SMC_EBUSY) {
			return;
		}
		os_task_yield();
	}
}

/* --- The driver's life ----------------------------------------------------------------------- */

static int driver_start(struct driver *driver, uint32_t key_max)
{
	static const struct driver_credentials nobody = { .pid = 0 };

	driver->self = driver_file_new(driver, DRIVER_TEE, &nobody);
	if (driver->self == NULL) {
		return -ENOMEM;
	}
	driver_calls_init(&driver->calls, thread_count());
	driver_args_init(driver);
	driver_shm_init(&driver->shm);
	driver_supp_init(&driver->supp);
	driver_notif_init(&driver->notif, key_max);
	return 0;
}

int driver_probe(struct driver **result)
{
	struct driver *driver;
	uint32_t key_max;
	int error;

	if (!uid_matches() || !revision_matches()) {
		return -ENODEV;
	}
	driver = os_alloc(sizeof(*driver));
	if (driver == NULL) {
		return -ENOMEM;
	}
	error = agree(driver, &key_max);
	if (error == 0) {
		error = driver_start(driver, key_max);
	}
	if (error != 0) {
		os_free(driver);
		return error;
	}
	revision_log();
	cache_disable(driver);
	cache_enable(driver);
	*result = driver;
	return 0;
}

void driver_dead(struct driver *driver)
{
	atomic_store(&driver->dead, true);
	driver_calls_wake(&driver->calls);
	driver_supp_wake(&driver->supp);
	driver_notif_wake(&driver->notif);
	driver_shm_unhold_all(driver);
}

void driver_remove(struct driver *driver)
{
	if (!atomic_load(&driver->dead)) {
		cache_disable(driver);
	}
	driver_shm_unhold_all(driver);
	driver_args_destroy(driver);
	driver_file_put(driver->self);
	driver_notif_destroy(&driver->notif);
	driver_supp_destroy(&driver->supp);
	driver_shm_destroy(&driver->shm);
	driver_calls_destroy(&driver->calls);
	os_free(driver);
}

void driver_census(struct driver *driver, struct driver_census *census)
{
	unsigned int waiting;
	unsigned int inside;

	*census = (struct driver_census){ 0 };
	driver_calls_count(&driver->calls, &inside, &waiting);
	driver_shm_count(driver, census);
	driver_supp_count(&driver->supp, census);
	census->files = atomic_load(&driver->files) - 1; /* the driver's own */
	census->sessions = atomic_load(&driver->sessions);
	census->calls = inside + waiting;
	census->threads = driver->calls.threads;
	census->threads_busy = inside;
}
