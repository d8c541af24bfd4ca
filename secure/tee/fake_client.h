/* fake_client.h - the normal world's half of a call, for the tests of secure/tee.
 *
 * Messages lie in normal memory as a driver would write them. A call is stepped with fake_normal.h,
 * or run to its end. */
#ifndef SECURE_TEE_FAKE_CLIENT_H
#define SECURE_TEE_FAKE_CLIENT_H

#include <stdint.h>

#include "abi/gp.h"
#include "abi/msg.h"
#include "secure/core/fake_normal.h"

#define FAKE_CLIENT_THREADS 4u

/* A TEE that has just started, and one that has nothing left: no session, no instance but `kept`
 * that are kept alive, no memory of the normal world, no secure thread that is not free. */
void fake_client_begin(void);
void fake_client_end(unsigned int kept);

struct fake_message {
	struct fake_call call;
	uint64_t address;
	struct msg_arg *arg;
};

/* A message in a page of its own, all zero but for these. */
struct fake_message fake_message_new(uint32_t cmd, uint32_t num_params);
struct fake_message fake_message_open(uint32_t ta, uint32_t num_params);
struct fake_message fake_message_invoke(uint32_t session, uint32_t command, uint32_t num_params);

/* Send it with CALL_WITH_RPC_ARG, until it leaves the secure world for the first time. */
void fake_message_start(struct fake_message *message);
/* Send it, and answer its RPCs until it has ended with SMC_OK. Returns `ret`. */
TEE_Result fake_message_run(struct fake_message *message);

/* What most tests need. `open` expects success and returns the session. */
uint32_t fake_client_open(uint32_t ta);
TEE_Result fake_client_try_open(uint32_t ta, uint32_t *origin);
TEE_Result fake_client_invoke(uint32_t session, uint32_t command, uint32_t *origin);
TEE_Result fake_client_close(uint32_t session);
TEE_Result fake_client_cancel(uint32_t session);

/* Register `count` pages that are not next to one another as `cookie`. Returns the address of the
 * pages, which run backwards: byte 0 is in the last one. */
uint64_t fake_client_register(uint64_t cookie, size_t count);
TEE_Result fake_client_unregister(uint64_t cookie);
/* The byte at `offset` of what was registered. */
uint8_t *fake_client_byte(uint64_t pages, size_t count, uint64_t offset);

/* A memref parameter of that memory. */
struct msg_param fake_rmem(uint32_t type, uint64_t cookie, uint64_t offset, uint64_t size);
struct msg_param fake_value(uint32_t type, uint64_t a, uint64_t b);

#endif
