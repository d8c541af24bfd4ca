#include "secure/tee/pta_gprof.h"

#include "abi/pta.h"
#include "secure/core/log.h"
#include "secure/core/rpc.h"
#include "secure/tee/session.h"

#define CHUNK_SIZE 512u

static const TEE_Result results[] = {
	TEE_ERROR_BAD_PARAMETERS, TEE_ERROR_COMMUNICATION, TEE_ERROR_GENERIC,
	TEE_ERROR_NOT_SUPPORTED,  TEE_ERROR_OUT_OF_MEMORY,
};

/* The UUID as it lies in memory, and then the data. */
static TEE_Result buffer_fill(const struct session *session, const struct params *params,
			      struct shm *shm)
{
	uint64_t size = params->list[1].size;
	uint8_t chunk[CHUNK_SIZE];

	if (!shm_copy_out(shm, 0, &session->client.uuid, RPC_PROFILE_UUID_SIZE)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	for (uint64_t done = 0; done < size; done += CHUNK_SIZE) {
		size_t part = size - done < CHUNK_SIZE ? (size_t)(size - done) : CHUNK_SIZE;
		TEE_Result res = pta_copy_in(params, 1, done, chunk, part);

		if (res != TEE_SUCCESS) {
			return res;
		}
		if (!shm_copy_out(shm, RPC_PROFILE_UUID_SIZE + done, chunk, part)) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result profile_send(struct params *params, struct shm *shm)
{
	struct rpc_param list[3] = {
		{ .type = RPC_PARAM_VALUE_INOUT, .a = params->list[0].a },
		{ .type = RPC_PARAM_MEMREF_INPUT, .shm = shm, .size = RPC_PROFILE_UUID_SIZE },
		{ .type = RPC_PARAM_MEMREF_INPUT,
		  .shm = shm,
		  .offset = RPC_PROFILE_UUID_SIZE,
		  .size = params->list[1].size },
	};
	TEE_Result res = pta_result(rpc_call(RPC_CMD_GPROF, list, array_size(list)), results,
				    array_size(results));

	if (res != TEE_SUCCESS) {
		return res;
	}
	if (list[0].a == RPC_PROFILE_FILE_NEW || list[0].a > RPC_PROFILE_FILE_ID_MAX) {
		return TEE_ERROR_COMMUNICATION;
	}
	params->list[0].a = (uint32_t)list[0].a;
	return TEE_SUCCESS;
}

static TEE_Result serve_send(struct session *session, struct params *params)
{
	uint64_t size = params->list[1].size;
	struct shm *shm;
	TEE_Result res;

	if (!pta_types_are(params, TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT,
						   TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0)) ||
	    params->list[0].a > RPC_PROFILE_FILE_ID_MAX || size > PTA_GPROF_DATA_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = rpc_shm_alloc(RPC_SHM_TYPE_APPL, RPC_PROFILE_UUID_SIZE + (size_t)size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = buffer_fill(session, params, shm);
	if (res == TEE_SUCCESS) {
		res = profile_send(params, shm);
	}
	rpc_shm_free(RPC_SHM_TYPE_APPL, shm);
	return res;
}

static TEE_Result gprof_open(struct session *session, struct params *params)
{
	(void)params;
	return pta_caller_is_ta(session) ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result gprof_invoke(struct session *session, uint32_t command, struct params *params)
{
	if (command == PTA_GPROF_SEND) {
		return serve_send(session, params);
	}
	if (command == PTA_GPROF_START_PC_SAMPLING || command == PTA_GPROF_STOP_PC_SAMPLING) {
		log_info("TA %pUl: the program counter cannot be sampled here",
			 &session->client.uuid);
	}
	return TEE_ERROR_NOT_SUPPORTED;
}

const struct pta pta_gprof = {
	.uuid = PTA_GPROF_UUID,
	.name = "gprof",
	.flags = PTA_FLAGS_MANDATORY | TA_FLAG_CONCURRENT,
	.open = gprof_open,
	.invoke = gprof_invoke,
};
