#include "secure/tee/pta_system.h"

#include <string.h>

#include "abi/pta.h"
#include "lib/bytes.h"
#include "lib/uuid.h"
#include "secure/core/rpc.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/key.h"
#include "secure/tee/session.h"

#define CHUNK_SIZE 512u

static size_t chunk_size(uint64_t left)
{
	return left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
}

/* --- Random numbers --------------------------------------------------------------------------- */

static TEE_Result serve_entropy(const struct session *session, struct params *params)
{
	uint64_t size = params->list[0].size;
	uint8_t chunk[CRYPTO_RANDOM_ADD_MAX];

	(void)session;
	if (size > PTA_SYSTEM_ENTROPY_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (uint64_t done = 0; done < size; done += sizeof(chunk)) {
		uint64_t left = size - done;
		size_t part = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
		TEE_Result res = pta_copy_in(params, 0, done, chunk, part);

		if (res != TEE_SUCCESS) {
			return res;
		}
		crypto_random_add(chunk, part);
	}
	bytes_wipe(chunk, sizeof(chunk));
	return TEE_SUCCESS;
}

/* --- Keys ------------------------------------------------------------------------------------- */

/* The TA's UUID as in memory, and what it gave. */
struct secret_derivation {
	TEE_UUID uuid;
	uint8_t extra[PTA_SYSTEM_DERIVED_KEY_EXTRA_MAX];
};

static TEE_Result key_make(const struct session *session, const struct params *params,
			   struct secret_key *key)
{
	size_t size = (size_t)params->list[0].size;
	struct secret_derivation derivation = { .uuid = session->client.uuid };
	TEE_Result res;

	res = pta_copy_in(params, 0, 0, derivation.extra, size);
	if (res == TEE_SUCCESS) {
		key_subkey(HUK_SUBKEY_UNIQUE_TA, &derivation, sizeof(derivation.uuid) + size, key);
	}
	bytes_wipe(&derivation, sizeof(derivation));
	return res;
}

static TEE_Result serve_key(const struct session *session, struct params *params)
{
	uint64_t size = params->list[1].size;
	struct secret_key key;
	TEE_Result res;

	if (params->list[0].size > PTA_SYSTEM_DERIVED_KEY_EXTRA_MAX ||
	    size < PTA_SYSTEM_DERIVED_KEY_SIZE_MIN || size > PTA_SYSTEM_DERIVED_KEY_SIZE_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!pta_memref_is_private(params, 1)) {
		return TEE_ERROR_SECURITY;
	}
	res = key_make(session, params, &key);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = pta_copy_out(params, 1, 0, key.bytes, (size_t)size);
	key_wipe(&key);
	return res;
}

/* --- Plug-ins of the supplicant --------------------------------------------------------------- */

static TEE_Result data_fill(const struct params *params, struct shm *shm)
{
	uint64_t size = params->list[2].size;
	uint8_t chunk[CHUNK_SIZE];

	for (uint64_t done = 0; done < size; done += CHUNK_SIZE) {
		TEE_Result res = pta_copy_in(params, 2, done, chunk, chunk_size(size - done));

		if (res != TEE_SUCCESS) {
			return res;
		}
		if (!shm_copy_out(shm, done, chunk, chunk_size(size - done))) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result data_collect(const struct params *params, struct shm *shm, uint64_t size)
{
	uint8_t chunk[CHUNK_SIZE];

	for (uint64_t done = 0; done < size; done += CHUNK_SIZE) {
		TEE_Result res;

		if (!shm_copy_in(shm, done, chunk, chunk_size(size - done))) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		res = pta_copy_out(params, 2, done, chunk, chunk_size(size - done));
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

static void request_fill(struct rpc_param list[4], const uint8_t octets[UUID_OCTETS],
			 const struct params *params)
{
	list[0] = (struct rpc_param){
		.type = RPC_PARAM_VALUE_INPUT,
		.a = RPC_PLUGIN_INVOKE,
		.b = load_le32(octets),
		.c = load_le32(octets + 4),
	};
	list[1] = (struct rpc_param){
		.type = RPC_PARAM_VALUE_INPUT,
		.a = load_le32(octets + 8),
		.b = load_le32(octets + 12),
		.c = params->list[1].a,
	};
	list[2] = (struct rpc_param){ .type = RPC_PARAM_VALUE_INOUT, .a = params->list[1].b };
	list[3] = (struct rpc_param){ .type = RPC_PARAM_MEMREF_INOUT };
}

static TEE_Result plugin_call(struct params *params, const uint8_t octets[UUID_OCTETS],
			      struct shm *shm)
{
	uint64_t size = params->list[2].size;
	struct rpc_param list[4];
	TEE_Result copied = TEE_SUCCESS;
	TEE_Result res;

	request_fill(list, octets, params);
	list[3].shm = shm;
	list[3].size = size;
	res = rpc_call(RPC_CMD_SUPP_PLUGIN, list, array_size(list));
	if (list[2].b > UINT32_MAX) {
		return TEE_ERROR_COMMUNICATION;
	}
	/* A plug-in that fails may say why in the data. */
	if (shm != NULL) {
		copied = data_collect(params, shm, list[2].b < size ? list[2].b : size);
	}
	params->list[3].a = (uint32_t)list[2].b;
	params->list[3].b = 0;
	return copied == TEE_SUCCESS ? res : copied;
}

static TEE_Result serve_plugin(const struct session *session, struct params *params)
{
	uint64_t size = params->list[2].size;
	uint8_t octets[UUID_OCTETS];
	struct shm *shm = NULL;
	TEE_UUID uuid;
	TEE_Result res;

	(void)session;
	if (params->list[0].size != sizeof(uuid) || size > PTA_SYSTEM_PLUGIN_DATA_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = pta_copy_in(params, 0, 0, &uuid, sizeof(uuid));
	if (res != TEE_SUCCESS) {
		return res;
	}
	uuid_to_octets(&uuid, octets);
	if (size == 0) {
		return plugin_call(params, octets, NULL);
	}
	res = rpc_shm_alloc(RPC_SHM_TYPE_APPL, (size_t)size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = data_fill(params, shm);
	if (res == TEE_SUCCESS) {
		res = plugin_call(params, octets, shm);
	}
	rpc_shm_free(RPC_SHM_TYPE_APPL, shm);
	return res;
}

/* --- The pseudo-TA ---------------------------------------------------------------------------- */

/* What is not here is not supported: GET_TPM_EVENT_LOG, for there is no TPM, among others. */
static const struct command {
	uint32_t types;
	TEE_Result (*serve)(const struct session *session, struct params *params);
} commands[] = {
	[PTA_SYSTEM_ADD_RNG_ENTROPY] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0),
					 serve_entropy },
	[PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
							      TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
					      serve_key },
	[PTA_SYSTEM_SUPP_PLUGIN_INVOKE] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
							    TEE_PARAM_TYPE_VALUE_INPUT,
							    TEE_PARAM_TYPE_MEMREF_INOUT,
							    TEE_PARAM_TYPE_VALUE_OUTPUT),
					    serve_plugin },
};

static TEE_Result system_open(struct session *session, struct params *params)
{
	(void)params;
	return pta_caller_is_ta(session) ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result system_invoke(struct session *session, uint32_t command, struct params *params)
{
	if (command >= array_size(commands) || commands[command].serve == NULL) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (!pta_types_are(params, commands[command].types)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].serve(session, params);
}

const struct pta pta_system = {
	.uuid = PTA_SYSTEM_UUID,
	.name = "system",
	.flags = PTA_FLAGS_MANDATORY | TA_FLAG_CONCURRENT,
	.open = system_open,
	.invoke = system_invoke,
};
