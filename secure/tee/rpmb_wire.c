#include "secure/tee/rpmb_wire.h"

#include <string.h>

#include "abi/rpc.h"
#include "secure/core/check.h"
#include "secure/core/rpc.h"
#include "secure/core/shm.h"

/* A normal world that always has one more device is not believed. */
#define DEVICES_MAX 8u

/* The answer begins at the next page. */
#define RESPONSE_AT 4096u

#define ADDRESSES_MAX	65536u
#define BLOCKS_PER_UNIT (RPMB_SIZE_UNIT / RPMB_DATA_SIZE)

static_assert(sizeof(struct rpmb_request) + RPMB_FRAME_SIZE <= RESPONSE_AT, "a request fits");

struct way {
	const char *name;
	TEE_Result (*next)(struct rpmb_device *device);
	TEE_Result (*exchange)(const struct rpmb_frame *request, struct rpmb_frame *response,
			       uint32_t count);
};

static const struct way *way;
static uint32_t memory_type;
static unsigned int looked_at;

/* --- buffers --- */

static TEE_Result buffer_get(size_t response_size, struct shm **shm)
{
	return rpc_payload(RPC_PAYLOAD_RPMB, memory_type, RESPONSE_AT + response_size, shm);
}

static struct rpc_param memref(enum rpc_param_type type, struct shm *shm, uint64_t offset,
			       uint64_t size)
{
	return (struct rpc_param){ .type = type, .shm = shm, .offset = offset, .size = size };
}

/* Send the request that is at the buffer's beginning. The answer has exactly that size. */
static TEE_Result frames_call(uint32_t cmd, struct shm *shm, size_t request_size, void *response,
			      size_t response_size)
{
	struct rpc_param params[2] = {
		memref(RPC_PARAM_MEMREF_INPUT, shm, 0, request_size),
		memref(RPC_PARAM_MEMREF_OUTPUT, shm, RESPONSE_AT, response_size),
	};
	TEE_Result res;

	res = rpc_call(cmd, params, array_size(params));
	if (res != TEE_SUCCESS) {
		/* A supplicant that has come in another's place does not know the buffer. */
		rpc_payload_drop(RPC_PAYLOAD_RPMB);
		return res;
	}
	if (params[1].size != response_size ||
	    !shm_copy_in(shm, RESPONSE_AT, response, response_size)) {
		return TEE_ERROR_COMMUNICATION;
	}
	return TEE_SUCCESS;
}

/* What the normal world says that a device has, in units of 128 KiB. false: none of ours. */
static bool capacity_use(uint64_t units, struct rpmb_device *device)
{
	if (units == 0) {
		return false;
	}
	device->block_count = units >= ADDRESSES_MAX / BLOCKS_PER_UNIT
				      ? ADDRESSES_MAX
				      : (uint32_t)units * BLOCKS_PER_UNIT;
	return true;
}

/* --- by the driver --- */

static TEE_Result routed_ask(struct rpc_param params[2], struct rpmb_device *device)
{
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(RPMB_FRAME_SIZE, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	params[0] = (struct rpc_param){ .type = RPC_PARAM_VALUE_OUTPUT };
	params[1] = memref(RPC_PARAM_MEMREF_OUTPUT, shm, RESPONSE_AT, RPMB_FRAME_SIZE);
	res = rpc_call(RPC_CMD_RPMB_PROBE_NEXT, params, 2);
	if (res == TEE_SUCCESS &&
	    !shm_copy_in(shm, RESPONSE_AT, device->cid, sizeof(device->cid))) {
		res = TEE_ERROR_COMMUNICATION;
	}
	return res;
}

/* Of kinds other than eMMC we know neither the frames nor the key. */
static TEE_Result routed_next(struct rpmb_device *device)
{
	struct rpc_param params[2];
	TEE_Result res;

	while (looked_at < DEVICES_MAX) {
		looked_at++;
		res = routed_ask(params, device);
		if (res == TEE_SUCCESS && params[0].a == RPC_RPMB_EMMC &&
		    params[1].size == sizeof(device->cid) && capacity_use(params[0].b, device)) {
			return TEE_SUCCESS;
		}
		if (res != TEE_SUCCESS && res != TEE_ERROR_SHORT_BUFFER) {
			return res;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

static TEE_Result routed_exchange(const struct rpmb_frame *request, struct rpmb_frame *response,
				  uint32_t count)
{
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(count * sizeof(*response), &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!shm_copy_out(shm, 0, request, sizeof(*request))) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return frames_call(RPC_CMD_RPMB_FRAMES, shm, sizeof(*request), response,
			   count * sizeof(*response));
}

/* --- by the supplicant --- */

static TEE_Result legacy_call(const struct rpmb_request *header, const struct rpmb_frame *request,
			      void *response, size_t response_size)
{
	size_t request_size = sizeof(*header) + (request != NULL ? sizeof(*request) : 0);
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(response_size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!shm_copy_out(shm, 0, header, sizeof(*header)) ||
	    (request != NULL && !shm_copy_out(shm, sizeof(*header), request, sizeof(*request)))) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return frames_call(RPC_CMD_RPMB, shm, request_size, response, response_size);
}

/* There is one: number 0, or the one that the supplicant was told to take. */
static TEE_Result legacy_next(struct rpmb_device *device)
{
	const struct rpmb_request header = { .cmd = RPMB_CMD_GET_DEV_INFO };
	struct rpmb_dev_info info;
	TEE_Result res;

	if (looked_at > 0) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	looked_at = 1;
	res = legacy_call(&header, NULL, &info, sizeof(info));
	if (res != TEE_SUCCESS) {
		return res;
	}
	memcpy(device->cid, info.cid, sizeof(device->cid));
	return info.ret_code == RPMB_DEV_INFO_OK && capacity_use(info.rpmb_size_mult, device)
		       ? TEE_SUCCESS
		       : TEE_ERROR_ITEM_NOT_FOUND;
}

static TEE_Result legacy_exchange(const struct rpmb_frame *request, struct rpmb_frame *response,
				  uint32_t count)
{
	const struct rpmb_request header = {
		.cmd = RPMB_CMD_DATA_REQ,
		.block_count = (uint16_t)count,
	};

	return legacy_call(&header, request, response, count * sizeof(*response));
}

/* --- either --- */

static const struct way routed = { "the driver", routed_next, routed_exchange };
static const struct way legacy = { "the supplicant", legacy_next, legacy_exchange };

TEE_Result rpmb_wire_reset(void)
{
	struct rpc_param param = { .type = RPC_PARAM_VALUE_OUTPUT };
	TEE_Result res;

	looked_at = 0;
	res = rpc_call(RPC_CMD_RPMB_PROBE_RESET, &param, 1);
	if (res == TEE_ERROR_NOT_SUPPORTED || res == TEE_ERROR_NOT_IMPLEMENTED) {
		way = &legacy;
		memory_type = RPC_SHM_TYPE_APPL;
		return TEE_SUCCESS;
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (param.a != RPC_SHM_TYPE_APPL && param.a != RPC_SHM_TYPE_KERNEL) {
		return TEE_ERROR_COMMUNICATION;
	}
	way = &routed;
	memory_type = (uint32_t)param.a;
	return TEE_SUCCESS;
}

TEE_Result rpmb_wire_next(struct rpmb_device *device)
{
	check(way != NULL);
	return way->next(device);
}

const char *rpmb_wire_name(void)
{
	return way->name;
}

TEE_Result rpmb_wire_exchange(const struct rpmb_frame *request, struct rpmb_frame *response,
			      uint32_t count)
{
	check(way != NULL);
	return way->exchange(request, response, count);
}
