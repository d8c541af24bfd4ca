/* world.h - both worlds in one process: what a test opens, talks to as a client would, and
 * closes with the certainty that nothing is held any more.
 *
 * There is one world at a time. The test is its first task; other clients are tasks that the
 * test starts (task.h). */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/device.h"
#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "sim/service.h"
#include "sim/supplicant.h"
#include "sim/ta.h"

struct driver;
struct driver_file;
struct raw;
struct rpmb_device;

#define WORLD_RPC_FUNCTIONS 6u
#define WORLD_RPC_COMMANDS  32u

struct world_options {
	unsigned int threads;	      /* 0: 2 */
	uint32_t hidden_capabilities; /* SMC_SEC_CAP_* that the driver does not see */
	bool no_driver;		      /* only the secure world, for raw.h */
	bool no_supplicant;
	/* An RPMB device that the driver routes to, or one in place of the supplicant's. They stay
	 * the caller's, so that they outlive this world. */
	struct rpmb_device *driver_rpmb;
	struct rpmb_device *supplicant_rpmb;
	struct supplicant_options supplicant;
};

/* Which transport worlds speak: FF-A with SIM_TRANSPORT=ffa in the environment, or raw SMC. */
bool world_is_ffa(void);
/* cmocka's group of `tests`, of which the last `smc_only` are about raw SMC alone. */
#define world_run(tests, smc_only)                                                                 \
	_cmocka_run_group_tests(#tests, tests,                                                     \
				array_size(tests) - (world_is_ffa() ? (smc_only) : 0), NULL, NULL)

struct world {
	struct driver *driver;
	struct service *service;
	struct supplicant *supplicant;
	struct raw *raw;
	bool interrupt;		   /* is raised, and not seen yet */
	unsigned int interrupting; /* tasks that see to it */
	/* What the driver saw the secure world ask for. */
	unsigned int functions[WORLD_RPC_FUNCTIONS];
	unsigned int commands[WORLD_RPC_COMMANDS];
	unsigned int notifications[2]; /* RPC_NOTIFICATION_* */
	unsigned int memories[2];      /* of SHM_ALLOC: RPC_SHM_TYPE_* */
	size_t pages_at_start;
};

/* A world with these TAs; `scripts` ends with NULL. `options` may be NULL. */
struct world *world_new(uint64_t seed, const struct ta_script *const *scripts,
			const struct world_options *options);

/* The world ends in good order. All clients are closed. Ends with a message unless nothing is held:
 * no session, no file, no memory object, page, mapping, space, open object, lock or thread. */
void world_free(struct world *world);

/* The same, but the supplicant lied about what it has, and may be left with more. */
void world_free_misled(struct world *world);

/* The same for a normal world that has been lying, or was lied to, or has given up a call in the
 * middle, and does not know any more what it has: first it lets every secure thread run to its
 * end, closes every session and unregisters every object that there could be (gate.h remembers
 * their cookies). */
void world_free_hostile(struct world *world);

/* Sessions that the driver knows. */
unsigned int world_sessions(const struct world *world);
/* Sessions that the secure world has. */
unsigned int world_secure_sessions(void);

/* --- A client --------------------------------------------------------------------------------- */

struct client {
	struct world *world;
	struct driver_file *file;
	int error;	 /* of the last ioctl, a negative errno */
	uint32_t origin; /* of the last result */
};

void client_open(struct client *client, struct world *world);
void client_close(struct client *client);

/* Shared memory of the client. */
struct client_memory {
	int32_t id;
	size_t size;
	uint8_t *bytes;
	struct os_memory *memory; /* allocated, or */
	struct os_file *file;	  /* the client's own */
};

/* SHM_ALLOC; SHM_REGISTER of `size` bytes of the client's own from `offset` in their first page. */
MUST_CHECK int client_alloc(struct client *client, size_t size, struct client_memory *memory);
MUST_CHECK int client_register(struct client *client, size_t offset, size_t size,
			       struct client_memory *memory);
void client_memory_free(struct client *client, struct client_memory *memory);

/* Parameters. */
struct tee_ioctl_param param_value_in(uint64_t a, uint64_t b);
struct tee_ioctl_param param_value_inout(uint64_t a, uint64_t b);
struct tee_ioctl_param param_value_out(void);
struct tee_ioctl_param param_memory(uint32_t type, const struct client_memory *memory,
				    uint64_t offset, uint64_t size);

/* As libteec: the TEE's result, or what it says when the ioctl itself fails. Outputs come back in
 * `params`. */
TEE_Result client_open_session(struct client *client, const TEE_UUID *uuid,
			       struct tee_ioctl_param *params, uint32_t count, uint32_t *session);
TEE_Result client_invoke(struct client *client, uint32_t session, uint32_t command,
			 struct tee_ioctl_param *params, uint32_t count);
int client_cancel(struct client *client, uint32_t session);
int client_close_session(struct client *client, uint32_t session);

#endif
