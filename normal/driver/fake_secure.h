/* fake_secure.h - a secure world for tests: what it says of itself, threads, registered memory, and
 * TAs that are scripts.
 *
 * A script is a function that is entered again each time its thread is, and says how it stops. It
 * runs on the thread that did the SMC. */
#ifndef NORMAL_DRIVER_FAKE_SECURE_H
#define NORMAL_DRIVER_FAKE_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/msg.h"
#include "abi/rpc.h"
#include "abi/smc.h"

#define FAKE_THREADS_MAX 16u
#define FAKE_CALLS_MAX	 1024u

struct fake_thread {
	bool busy;
	uint32_t index;
	uint32_t cmd;
	uint32_t func;
	struct msg_arg *message;
	struct msg_arg *request; /* NULL: to be asked for by ALLOC */
	uint64_t request_cookie; /* of memory that ALLOC gave */
	bool request_waits;	 /* the request in `pending` waits for its memory */
	struct {
		uint32_t cmd;
		uint32_t count;
		struct msg_param params[MSG_RPC_PARAMS_MAX];
	} pending;
	bool finished;
	unsigned int step;    /* how often the script has been entered before */
	unsigned int counter; /* the script's own */
	uint64_t kept[4];
	struct smc_regs regs; /* as entered; a script leaves its answer here */
};

enum fake_stop {
	FAKE_DONE,
	FAKE_RPC,
};

typedef enum fake_stop (*fake_script)(struct fake_thread *thread);

/* What a test may change before or while it runs. */
struct fake_secure {
	uint32_t uid[4];
	uint32_t revision;
	uint32_t capabilities_result;
	uint32_t capabilities;
	uint32_t key_max;
	uint32_t rpc_params;
	uint32_t threads_claimed; /* 0: GET_THREAD_COUNT is unknown */
	uint32_t threads;
	uint32_t register_result; /* of REGISTER_SHM */
	uint32_t unregister_result;
	uint32_t open_result;
	uint32_t final; /* a0 when a call is done */
	/* Answer ETHREAD_LIMIT so many times more, whatever is free. */
	unsigned int limits;
	/* Called once, on the way out, when ETHREAD_LIMIT is answered. */
	void (*on_limit)(void);
	fake_script open;	 /* NULL: succeeds with the next session */
	fake_script invoke;	 /* NULL: succeeds */
	fake_script close;	 /* NULL: succeeds */
	uint64_t stale_cookies;	 /* how many DISABLE_SHM_CACHE still answers */
	unsigned int cache_busy; /* how often it answers EBUSY first */
	bool cache;
	/* Asynchronous notifications. */
	uint32_t enable_result;
	bool notifying;
	bool endless;		 /* there is always one more, of value 1 */
	fake_script bottom_half; /* NULL: does nothing */
	fake_script stop;	 /* NULL: `notifying` ends */
};
extern struct fake_secure fake_secure;

/* The defaults: four threads, all capabilities that the driver knows, no scripts. */
void fake_secure_reset(void);
void fake_smc(struct smc_regs *regs);
/* From now on every SMC is answered ENOTAVAIL. */
void fake_secure_die(void);

/* --- For scripts ----------------------------------------------------------------------------- */

/* Send a request; `params` is copied. */
enum fake_stop fake_request(struct fake_thread *thread, uint32_t cmd, uint32_t count,
			    const struct msg_param *params);
/* Any RPC by registers alone. */
enum fake_stop fake_rpc(struct fake_thread *thread, uint32_t function, uint64_t a1, uint64_t a2);
/* The answer to the last request. */
struct msg_arg *fake_reply(struct fake_thread *thread);
enum fake_stop fake_done(struct fake_thread *thread, uint32_t ret, uint32_t origin);

/* A script may stand still inside the secure world: it says that it is there, and goes on when
 * it is told to. */
void fake_inside(void);
void fake_wait_inside(void);
void fake_go_on(void);

struct msg_param fake_value(uint64_t attr, uint64_t a, uint64_t b, uint64_t c);
/* A memref by cookie. */
struct msg_param fake_memref(uint64_t attr, uint64_t offset, uint64_t size, uint64_t cookie);

/* Notification `value` is pending from now on. */
void fake_secure_post(uint32_t value);

/* --- What it has seen ------------------------------------------------------------------------ */

/* Memory registered now, and bytes of it. */
size_t fake_secure_registered(void);
/* Sessions open now, and threads busy now. */
size_t fake_secure_sessions(void);
size_t fake_secure_busy(void);
/* Byte `offset` of what a page list describes, as a parameter gives it; NULL: a hole, or
 * outside. */
void *fake_secure_byte(uint64_t list, uint64_t size, uint64_t offset);
/* Byte `offset` of registered memory. */
void *fake_secure_registered_byte(uint64_t cookie, uint64_t offset);
/* Registers of the `index`-th yielding SMC, as they came; how many there were. */
struct smc_regs fake_secure_call(size_t index);
size_t fake_secure_calls(void);
/* The same of all SMCs, counted. */
size_t fake_secure_smcs(void);

#endif
