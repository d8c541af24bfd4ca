/* transport.h - how the driver and the secure world speak: by raw SMC (smc.c) or by FF-A (ffa.c).
 *
 * One is chosen at probe, for good. All that differs between transports is behind this table: the
 * rest of the driver knows neither registers nor what memory is called in a message. */
#ifndef NORMAL_DRIVER_TRANSPORT_H
#define NORMAL_DRIVER_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/smc.h"
#include "lib/bits.h"

struct arg;
struct call;
struct driver;
struct msg_param;
struct param;
struct shm;

/* What the secure world says of itself, in the words of raw SMC whatever the transport. */
struct transport_terms {
	uint32_t capabilities; /* SMC_SEC_CAP_* */
	uint32_t rpc_params;   /* parameters of the RPC room behind a message; 0: no room */
	uint32_t key_max;      /* of notifications */
	unsigned int threads;  /* 0: it does not say */
};

/* How an entry ended. */
enum transport_stop {
	TRANSPORT_DONE,	  /* the message holds the answer */
	TRANSPORT_UNREAD, /* the secure world had no memory to look at the message */
	TRANSPORT_FAILED, /* it did not take the message, or is gone */
	TRANSPORT_FULL,	  /* no secure thread is free; the same registers may be sent again */
	TRANSPORT_RPC,	  /* it asks for something */
};

struct transport {
	/* Memory of the supplicant and for RPCs is shared when it is made, as a client's is: sharing
	 * needs no secure thread. */
	bool shares_all;
	/* Requests for memory have one parameter, and what they give back exists. */
	bool strict_requests;

	/* Find a secure world that speaks so and agree with it. -ENODEV: there is none; -EINVAL: it
	 * cannot be used; -ENOMEM. Nothing is held then. */
	int (*probe)(struct driver *driver, struct transport_terms *terms);
	/* When the driver is ready; before its end, with a secure world that lives; and at its very
	 * end, also when probe() was all that happened. */
	void (*start)(struct driver *driver);
	void (*stop)(struct driver *driver);
	void (*destroy)(struct driver *driver);

	/* A slot for messages was got: how registers name it (function and reference). */
	void (*arg_name)(const struct driver *driver, struct arg *arg);
	/* The registers of a call with call->arg. */
	struct smc_regs (*begin)(const struct call *call);
	/* Enter with `regs`. After TRANSPORT_RPC, serve() answers what they ask, whatever they say,
	 * and makes them the registers to enter with next. It may sleep. */
	enum transport_stop (*enter)(struct smc_regs *regs);
	void (*serve)(struct call *call, struct smc_regs *regs);

	/* Ask for asynchronous notifications, where SMC_SEC_CAP_ASYNC_NOTIF is among the terms. 0, or
	 * a negative errno: there will be none. */
	int (*notif_enable)(struct driver *driver);
	/* Take the first one that is pending. false: there is none. *more: there are others. */
	bool (*notif_take)(struct driver *driver, uint32_t *value, bool *more);

	/* Tell the secure world of an object's memory, and that it goes away. 0, and messages can
	 * name it; -EINVAL: refused; -ENOMEM; -ENODEV. Both may sleep. */
	int (*share)(struct shm *shm);
	void (*unshare)(struct shm *shm);

	/* A memref of `from` in a message, whose attr is set to the type of one by reference. */
	void (*memref_out)(const struct param *from, struct msg_param *to);
	/* A memref of a request, by its reference or by its address: offset, size and memory, with a
	 * reference of the caller's. false: there is no such memory, or it is smaller; to->shm may
	 * be set. */
	bool (*memref_in)(struct driver *driver, const struct msg_param *from, struct param *to);
	/* The answer to a request for memory. false: no memory for it. */
	bool (*memory_out)(struct call *call, const struct shm *shm, struct msg_param *to);
};

extern const struct transport transport_smc;
extern const struct transport transport_ffa;

#endif
