#include "normal/driver/driver.h"

#include <errno.h>

#include "abi/smc.h"
#include "normal/driver/file.h"
#include "normal/driver/state.h"

static const struct transport *const transports[] = {
	[DRIVER_SMC] = &transport_smc,
	[DRIVER_FFA] = &transport_ffa,
};

/* What this driver needs. -EINVAL: it cannot do with this. */
static int agree(struct driver *driver, const struct transport_terms *terms)
{
	driver->capabilities = terms->capabilities;
	driver->rpc_params = terms->rpc_params;
	return (terms->capabilities & SMC_SEC_CAP_DYNAMIC_SHM) != 0 &&
			       terms->rpc_params <= ARG_RPC_PARAMS_MAX &&
			       terms->key_max <= NOTIF_KEY_MAX
		       ? 0
		       : -EINVAL;
}

static int driver_start(struct driver *driver, const struct transport_terms *terms)
{
	static const struct driver_credentials nobody = { .pid = 0 };

	driver->self = driver_file_new(driver, DRIVER_TEE, &nobody);
	if (driver->self == NULL) {
		return -ENOMEM;
	}
	driver_calls_init(&driver->calls, terms->threads);
	driver_args_init(driver);
	driver_shm_init(&driver->shm);
	driver_supp_init(&driver->supp);
	driver_rpmb_init(&driver->rpmb);
	driver_notif_init(&driver->notif, terms->key_max);
	return 0;
}

int driver_probe(enum driver_transport transport, struct driver **result)
{
	struct transport_terms terms;
	struct driver *driver;
	int error;

	driver = os_alloc(sizeof(*driver));
	if (driver == NULL) {
		return -ENOMEM;
	}
	driver->transport = transports[transport];
	error = driver->transport->probe(driver, &terms);
	if (error != 0) {
		os_free(driver);
		return error;
	}
	error = agree(driver, &terms);
	if (error == 0) {
		error = driver_start(driver, &terms);
	}
	if (error != 0) {
		driver->transport->destroy(driver);
		os_free(driver);
		return error;
	}
	driver->transport->start(driver);
	driver_notif_start(driver);
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
	driver_notif_stop(driver);
	if (!atomic_load(&driver->dead)) {
		driver->transport->stop(driver);
	}
	driver_shm_unhold_all(driver);
	driver_args_destroy(driver);
	driver_file_put(driver->self);
	driver_notif_destroy(&driver->notif);
	driver_rpmb_destroy(&driver->rpmb);
	driver_supp_destroy(&driver->supp);
	driver_shm_destroy(&driver->shm);
	driver_calls_destroy(&driver->calls);
	driver->transport->destroy(driver);
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
	driver_notif_count(&driver->notif, census);
	census->files = atomic_load(&driver->files) - 1; /* the driver's own */
	census->sessions = atomic_load(&driver->sessions);
	census->calls = inside + waiting;
	census->calls_waiting = waiting;
	census->threads = driver->calls.threads;
	census->threads_busy = inside;
}
