#include "secure/tee/pta_socket.h"

#include "abi/pta.h"
#include "secure/core/check.h"
#include "secure/core/rpc.h"
#include "secure/tee/session.h"

#define CHUNK_SIZE 512u

/* The supplicant may have sockets of the session with this reference. A session's own calls are one
 * at a time, so each entry has one writer. */
static bool in_use[SESSIONS_MAX];

static const TEE_Result results[] = {
	TEE_ERROR_BAD_PARAMETERS,	   TEE_ERROR_CANCEL,
	TEE_ERROR_COMMUNICATION,	   TEE_ERROR_NOT_SUPPORTED,
	TEE_ERROR_OUT_OF_MEMORY,	   RPC_SOCKET_ERROR_PROTOCOL,
	RPC_SOCKET_ERROR_REMOTE_CLOSED,	   RPC_SOCKET_ERROR_TIMEOUT,
	RPC_SOCKET_ERROR_OUT_OF_RESOURCES, RPC_SOCKET_ERROR_LARGE_BUFFER,
	RPC_SOCKET_WARNING_PROTOCOL,	   RPC_SOCKET_ERROR_HOSTNAME,
};

static void socket_init(void)
{
	for (unsigned int i = 0; i < SESSIONS_MAX; i++) {
		in_use[i] = false;
	}
}

static bool *in_use_of(const struct session *session)
{
	check(session->reference >= 1 && session->reference <= SESSIONS_MAX);
	return &in_use[session->reference - 1];
}

static TEE_Result socket_call(struct rpc_param *params, size_t count)
{
	return pta_result(rpc_call(RPC_CMD_SOCKET, params, count), results, array_size(results));
}

static struct rpc_param operation(const struct session *session, enum rpc_socket number,
				  uint64_t handle)
{
	return (struct rpc_param){
		.type = RPC_PARAM_VALUE_INPUT,
		.a = number,
		.b = session->reference,
		.c = handle,
	};
}

static struct rpc_param memory(enum rpc_param_type type, struct shm *shm, uint64_t size)
{
	return (struct rpc_param){ .type = type, .shm = shm, .size = size };
}

static TEE_Result buffer_get(size_t size, struct shm **shm)
{
	return rpc_payload(RPC_PAYLOAD_SOCKET, RPC_SHM_TYPE_APPL, size, shm);
}

static size_t chunk_size(uint64_t left)
{
	return left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;
}

/* From the caller's memref into the buffer. */
static TEE_Result buffer_fill(struct shm *shm, const struct params *params, unsigned int index,
			      uint64_t size)
{
	uint8_t chunk[CHUNK_SIZE];
	TEE_Result res;

	for (uint64_t done = 0; done < size; done += CHUNK_SIZE) {
		res = pta_copy_in(params, index, done, chunk, chunk_size(size - done));
		if (res != TEE_SUCCESS) {
			return res;
		}
		if (!shm_copy_out(shm, done, chunk, chunk_size(size - done))) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result buffer_collect(struct shm *shm, const struct params *params, unsigned int index,
				 uint64_t size)
{
	uint8_t chunk[CHUNK_SIZE];
	TEE_Result res;

	for (uint64_t done = 0; done < size; done += CHUNK_SIZE) {
		if (!shm_copy_in(shm, done, chunk, chunk_size(size - done))) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		res = pta_copy_out(params, index, done, chunk, chunk_size(size - done));
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

/* --- Commands --------------------------------------------------------------------------------- */

static TEE_Result close_all(const struct session *session)
{
	struct rpc_param param = operation(session, RPC_SOCKET_CLOSE_ALL, 0);

	return socket_call(&param, 1);
}

/* The host's name, in the buffer, with the one NUL at its end. */
static TEE_Result host_put(const struct params *params, struct shm *shm)
{
	size_t size = (size_t)params->list[1].size;
	char host[PTA_SOCKET_HOST_SIZE_MAX];
	TEE_Result res;

	res = pta_copy_in(params, 1, 0, host, size);
	if (res != TEE_SUCCESS) {
		return res;
	}
	for (size_t i = 0; i < size; i++) {
		if ((host[i] == '\0') != (i == size - 1)) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
	}
	return shm_copy_out(shm, 0, host, size) ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

/* value ip version, port; memref host; value protocol; value out handle */
static TEE_Result serve_open(const struct session *session, struct params *params)
{
	uint64_t size = params->list[1].size;
	struct rpc_param list[4] = { operation(session, RPC_SOCKET_OPEN, 0) };
	struct shm *shm;
	TEE_Result res;

	if (size == 0 || size > PTA_SOCKET_HOST_SIZE_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = buffer_get((size_t)size, &shm);
	if (res == TEE_SUCCESS) {
		res = host_put(params, shm);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	list[1] = (struct rpc_param){
		.type = RPC_PARAM_VALUE_INPUT,
		.a = params->list[0].b,
		.b = params->list[2].a,
		.c = params->list[0].a,
	};
	list[2] = memory(RPC_PARAM_MEMREF_INPUT, shm, size);
	list[3].type = RPC_PARAM_VALUE_OUTPUT;
	*in_use_of(session) = true;
	res = socket_call(list, array_size(list));
	if (res != TEE_SUCCESS) {
		return res;
	}
	params->list[3].a = (uint32_t)list[3].a;
	params->list[3].b = 0;
	return list[3].a <= UINT32_MAX ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION;
}

/* value handle */
static TEE_Result serve_close(const struct session *session, struct params *params)
{
	struct rpc_param param = operation(session, RPC_SOCKET_CLOSE, params->list[0].a);

	return socket_call(&param, 1);
}

static uint64_t transfer_size(const struct params *params)
{
	uint64_t size = params->list[1].size;

	return size < PTA_SOCKET_TRANSFER_MAX ? size : PTA_SOCKET_TRANSFER_MAX;
}

/* value handle, timeout; memref data; value out bytes sent */
static TEE_Result serve_send(const struct session *session, struct params *params)
{
	struct rpc_param list[3] = { operation(session, RPC_SOCKET_SEND, params->list[0].a) };
	uint64_t size = transfer_size(params);
	struct shm *shm;
	TEE_Result res;

	/* Nothing is something to a datagram socket; what is not there has an address all the same. */
	res = buffer_get(size == 0 ? 1 : (size_t)size, &shm);
	if (res == TEE_SUCCESS) {
		res = buffer_fill(shm, params, 1, size);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	list[1] = memory(RPC_PARAM_MEMREF_INPUT, shm, size);
	list[2] = (struct rpc_param){ .type = RPC_PARAM_VALUE_INOUT, .a = params->list[0].b };
	res = socket_call(list, array_size(list));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (list[2].b > size) {
		return TEE_ERROR_COMMUNICATION;
	}
	params->list[2].a = (uint32_t)list[2].b;
	params->list[2].b = 0;
	return TEE_SUCCESS;
}

/* value handle, timeout; memref data. A size beyond the buffer's is that of a datagram of which the
 * rest is lost; without a buffer, it is what waits. */
static TEE_Result serve_recv(const struct session *session, struct params *params)
{
	struct rpc_param list[3] = { operation(session, RPC_SOCKET_RECV, params->list[0].a) };
	uint64_t size = transfer_size(params);
	struct shm *shm = NULL;
	TEE_Result res = TEE_SUCCESS;

	if (size > 0) {
		res = buffer_get((size_t)size, &shm);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	list[1] = memory(RPC_PARAM_MEMREF_OUTPUT, shm, size);
	list[2] = (struct rpc_param){ .type = RPC_PARAM_VALUE_INPUT, .a = params->list[0].b };
	res = socket_call(list, array_size(list));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (list[1].size > UINT32_MAX) {
		return TEE_ERROR_COMMUNICATION;
	}
	if (size > 0) {
		res = buffer_collect(shm, params, 1, list[1].size < size ? list[1].size : size);
	}
	params->list[1].size = list[1].size;
	return res;
}

/* value handle, command; memref */
static TEE_Result serve_ioctl(const struct session *session, struct params *params)
{
	struct rpc_param list[3] = { operation(session, RPC_SOCKET_IOCTL, params->list[0].a) };
	uint64_t size = params->list[1].size;
	struct shm *shm;
	TEE_Result res;

	if (size > PTA_SOCKET_TRANSFER_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = buffer_get(size == 0 ? 1 : (size_t)size, &shm);
	if (res == TEE_SUCCESS) {
		res = buffer_fill(shm, params, 1, size);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	list[1] = memory(RPC_PARAM_MEMREF_INOUT, shm, size);
	list[2] = (struct rpc_param){ .type = RPC_PARAM_VALUE_INPUT, .a = params->list[0].b };
	res = socket_call(list, array_size(list));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (list[1].size > size) {
		return TEE_ERROR_COMMUNICATION;
	}
	params->list[1].size = list[1].size;
	return buffer_collect(shm, params, 1, list[1].size);
}

/* --- The pseudo-TA ---------------------------------------------------------------------------- */

static const struct command {
	uint32_t types;
	TEE_Result (*serve)(const struct session *session, struct params *params);
} commands[] = {
	[PTA_SOCKET_OPEN] = { TEE_PARAM_TYPES(
				      TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT,
				      TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
			      serve_open },
	[PTA_SOCKET_CLOSE] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), serve_close },
	[PTA_SOCKET_SEND] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
					      TEE_PARAM_TYPE_MEMREF_INPUT,
					      TEE_PARAM_TYPE_VALUE_OUTPUT, 0),
			      serve_send },
	[PTA_SOCKET_RECV] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
					      TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
			      serve_recv },
	[PTA_SOCKET_IOCTL] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
					       TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0),
			       serve_ioctl },
};

static TEE_Result socket_open(struct session *session, struct params *params)
{
	TEE_Result res = TEE_SUCCESS;

	(void)params;
	if (!pta_caller_is_ta(session)) {
		return TEE_ERROR_ACCESS_DENIED;
	}
	if (*in_use_of(session)) {
		res = close_all(session);
		*in_use_of(session) = res != TEE_SUCCESS;
	}
	return res;
}

static void socket_close(struct session *session)
{
	if (*in_use_of(session)) {
		*in_use_of(session) = close_all(session) != TEE_SUCCESS;
	}
}

static TEE_Result socket_invoke(struct session *session, uint32_t command, struct params *params)
{
	if (command >= array_size(commands) || commands[command].serve == NULL) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (!pta_types_are(params, commands[command].types)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].serve(session, params);
}

const struct pta pta_socket = {
	.uuid = PTA_SOCKET_UUID,
	.name = "socket",
	.flags = PTA_FLAGS_MANDATORY | TA_FLAG_CONCURRENT,
	.init = socket_init,
	.open = socket_open,
	.close = socket_close,
	.invoke = socket_invoke,
};
