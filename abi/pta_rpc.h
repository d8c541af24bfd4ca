/* pta_rpc.h - the pseudo-TA that sends any one RPC for its client and says what came back.
 *
 * For who builds drivers and supplicants, and for tests. It is Postern's own. It is there only where
 * TAs are trusted by the development key: what it reaches is the normal world's own, but not
 * everybody there may have all of it. */

#ifndef ABI_PTA_RPC_H
#define ABI_PTA_RPC_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define PTA_RPC_UUID                                                                               \
	{                                                                                          \
		0x33837251, 0x16af, 0x40a1, { 0xb7, 0x27, 0x81, 0xc0, 0xff, 0xc7, 0xba, 0xd8 },    \
	}

enum pta_rpc_cmd {
	/* MEMREF_INOUT of one struct pta_rpc_call; MEMREF_INOUT data, may be NULL.
	 *
	 * Success: the request was answered, and `result` is what it was answered with; `a`, `b`, `c`
	 * of outputs and `size` of output memrefs are what came back, any number, and of the bytes of
	 * an output memref those that it says but not more than were asked for are in the data.
	 *
	 * BAD_PARAMETERS: no such call. ACCESS_DENIED: a request that takes away what is not the
	 * client's (see pta_rpc.h of the secure world). OUT_OF_MEMORY: there was none for the data, or
	 * the normal world gave none. Then nothing was sent, but requests for memory. */
	PTA_RPC_CALL = 0,
	/* Send the asynchronous notification that is kept for this. VALUE_OUTPUT a = its value. Also a
	 * success when the normal world has not asked for notifications: then it gets it later.
	 * OUT_OF_MEMORY: there was no value left at boot. */
	PTA_RPC_NOTIFY = 1,
	/* VALUE_INPUT a = ms, 0 for ever: wait for it. TIMEOUT; BAD_PARAMETERS: somebody waits
	 * already. */
	PTA_RPC_NOTIFY_WAIT = 2,
};

#define PTA_RPC_PARAMS_MAX 4u
/* Of each memref, and of the data. */
#define PTA_RPC_DATA_MAX   0x100000u

/* Keys of NOTIFICATION that a call may use: 0 to one less. They are none of those that secure
 * threads sleep on; which numbers they are on the wire is the secure world's affair. */
#define PTA_RPC_KEYS 16u

/* The types are those of GlobalPlatform's parameters. */
enum pta_rpc_type {
	PTA_RPC_NONE = 0,
	PTA_RPC_VALUE_INPUT = 1,
	PTA_RPC_VALUE_OUTPUT = 2,
	PTA_RPC_VALUE_INOUT = 3,
	PTA_RPC_MEMREF_INPUT = 5,
	PTA_RPC_MEMREF_OUTPUT = 6,
	PTA_RPC_MEMREF_INOUT = 7,
};

/* Where the memory of a memref comes from: RPC_SHM_TYPE_*, or */
#define PTA_RPC_MEMORY_NONE 0xFFFFFFFFu /* a NULL of `size` bytes */

struct pta_rpc_param {
	uint32_t type;
	uint32_t memory;
	uint64_t a;
	uint64_t b;
	uint64_t c;
	uint64_t size;
	uint64_t offset; /* of a memref's bytes in the data */
};

struct pta_rpc_call {
	uint32_t cmd; /* RPC_CMD_*, or what nobody knows */
	uint32_t count;
	uint32_t result; /* out */
	uint32_t reserved;
	struct pta_rpc_param params[PTA_RPC_PARAMS_MAX];
};

static_assert(sizeof(struct pta_rpc_param) == 48, "parameter");
static_assert(offsetof(struct pta_rpc_param, memory) == 4, "memory");
static_assert(offsetof(struct pta_rpc_param, a) == 8, "a");
static_assert(offsetof(struct pta_rpc_param, size) == 32, "size");
static_assert(offsetof(struct pta_rpc_param, offset) == 40, "offset");
static_assert(sizeof(struct pta_rpc_call) == 208, "call");
static_assert(offsetof(struct pta_rpc_call, result) == 8, "result");
static_assert(offsetof(struct pta_rpc_call, params) == 16, "params");

#endif
