/* state.h - what one driver is made of: each part's own state, in a row.
 *
 * Parts lock for themselves. The order, outermost first: a file's mutex, the supplicant's, that of
 * shared memory; the others are taken alone. No mutex is held across os_smc() or any wait. */
#ifndef NORMAL_DRIVER_STATE_H
#define NORMAL_DRIVER_STATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "normal/driver/arg.h"
#include "normal/driver/call.h"
#include "normal/driver/i2c.h"
#include "normal/driver/ffa.h"
#include "normal/driver/notif.h"
#include "normal/driver/rpmb.h"
#include "normal/driver/shm.h"
#include "normal/driver/supp.h"
#include "normal/driver/transport.h"

struct driver {
	/* Set once, before anybody is woken: whoever holds a part's mutex and sees false will be
	 * woken through that part. */
	atomic_bool dead;
	const struct transport *transport;
	struct ffa *ffa;	  /* FF-A's own */
	uint32_t capabilities;	  /* SMC_SEC_CAP_* */
	uint32_t rpc_params;	  /* parameters of the RPC room behind a message; 0: no room */
	struct driver_file *self; /* in whose name the driver itself calls and allocates */
	struct call_queue calls;
	struct arg_pages args;
	struct shm_table shm;
	struct supp supp;
	struct notif notif;
	struct rpmb rpmb;
	struct i2c i2c;
	atomic_uint files; /* contexts of clients and the supplicant */
	atomic_uint sessions;
};

#endif
