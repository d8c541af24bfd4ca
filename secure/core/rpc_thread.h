/* rpc_thread.h - what the RPC layer keeps in each secure thread. Only rpc.c looks inside; thread.c
 * has to know how big it is. */
#ifndef SECURE_CORE_RPC_THREAD_H
#define SECURE_CORE_RPC_THREAD_H

#include <stdint.h>

#include "secure/core/rpc.h"

struct rpc_thread_payload {
	struct shm *shm;
	uint32_t type;
	/* As asked for. What lies behind it in the last page belongs to somebody else. */
	uint64_t size;
};

struct rpc_thread {
	/* Room for the request that came with the call; NULL: it brought none. */
	struct shm *given;
	uint64_t given_offset;
	/* Room that we asked for: for one call, or for as long as the cache is on. */
	struct shm *own;
	struct rpc_thread_payload payloads[RPC_PAYLOAD_COUNT];
};

/* As at boot, with the cache off. There is no normal world any more that could be told. */
void rpc_thread_reset(struct rpc_thread *rpc);

#endif
