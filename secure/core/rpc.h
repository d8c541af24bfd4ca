/* rpc.h - ask the normal world for a favour.
 *
 * Called on a secure thread with no spinlock held; the thread sleeps outside the secure world
 * until the answer comes. Replies are hostile: shape and sizes are checked here, meaning by the
 * caller. */
#ifndef SECURE_CORE_RPC_H
#define SECURE_CORE_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "secure/core/shm.h"

#define RPC_PARAMS_MAX 4u

enum rpc_param_type {
	RPC_PARAM_NONE,
	RPC_PARAM_VALUE_INPUT,
	RPC_PARAM_VALUE_OUTPUT,
	RPC_PARAM_VALUE_INOUT,
	RPC_PARAM_MEMREF_INPUT,
	RPC_PARAM_MEMREF_OUTPUT,
	RPC_PARAM_MEMREF_INOUT,
};

/* For a memref, `shm` may be NULL: a buffer that is not there, of `size` bytes. After a call, a, b
 * and c of outputs and `size` of output memrefs are what came back; `size` may be any number and is
 * the caller's to check. */
struct rpc_param {
	enum rpc_param_type type;
	uint64_t a, b, c;
	struct shm *shm;
	uint64_t offset;
	uint64_t size;
};

/* Send command `cmd` and sleep until it is answered.
 * The reply's own result, or: BAD_PARAMETERS (more than four parameters, a memref outside its
 * object or with cookie 0: nothing was sent); OUT_OF_MEMORY (no room for the request: nothing was
 * sent); GENERIC (the normal world wrote no result). */
MUST_CHECK TEE_Result rpc_call(uint32_t cmd, struct rpc_param *params, size_t count);

/* Ask for `size` bytes of shared memory of `type` (RPC_SHM_TYPE_*), released by rpc_shm_free().
 * Sizes are checked: shm_size(*shm) is at least `size`. OUT_OF_MEMORY covers every bad answer. */
MUST_CHECK TEE_Result rpc_shm_alloc(uint32_t type, size_t size, struct shm **shm);
void rpc_shm_free(uint32_t type, struct shm *shm);

/* A buffer of at least `size` bytes of the kind that is kept until the call ends, one for each
 * user; contents are leftovers. Do not free it. */
enum rpc_payload {
	RPC_PAYLOAD_SOCKET,
	RPC_PAYLOAD_FS,
	RPC_PAYLOAD_I2C,
	RPC_PAYLOAD_RPMB,
	RPC_PAYLOAD_COUNT,
};
MUST_CHECK TEE_Result rpc_payload(enum rpc_payload user, uint32_t type, size_t size,
				  struct shm **shm);

/* Give that buffer back now: whoever made it may be gone, and nobody else knows it. */
void rpc_payload_drop(enum rpc_payload user);

/* Let the normal world take its interrupt. */
void rpc_foreign_interrupt(void);

/* At the start of a yielding call: the caller supplied room for the request at `offset` of `shm`
 * (one reference, taken over); with NULL it did not, which needs no rpc_begin() either. At its end:
 * free the payloads, and the request unless it is cached. */
void rpc_begin(struct shm *shm, uint64_t offset);
void rpc_end(void);

/* The cache of request buffers (ENABLE/DISABLE_SHM_CACHE). Both answer SMC_OK, SMC_EBUSY or
 * SMC_ENOTAVAIL; disable hands out one cookie a call until there is none left. */
uint32_t rpc_cache_enable(void);
uint32_t rpc_cache_disable(uint64_t *cookie);

#endif
