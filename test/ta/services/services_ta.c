/* services_ta.c - sockets, plug-ins, a key and profiles, as a TA has them. */
#include <pta_gprof.h>
#include <pta_system.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <tee_tcpsocket.h>
#include <tee_udpsocket.h>

#include "services_ta.h"

static TEE_iSocket *protocol;
static TEE_iSocketHandle handle;

static TEE_Result serve_open(TEE_Param params[4])
{
	static char host[128];
	TEE_tcpSocket_Setup setup = {
		.ipVersion = (TEE_ipSocket_ipVersion)(params[0].value.b >> 16),
		.server_addr = host,
		.server_port = (uint16_t)params[0].value.b,
	};

	if (params[1].memref.size > sizeof(host)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	TEE_MemMove(host, params[1].memref.buffer, params[1].memref.size);
	protocol = params[0].value.a == TEE_ISOCKET_PROTOCOLID_TCP ? TEE_tcpSocket : TEE_udpSocket;
	return protocol->open(&handle, &setup, &params[2].value.a);
}

static TEE_Result serve_close(TEE_Param params[4])
{
	TEE_Result res = protocol->close(handle);

	(void)params;
	handle = NULL;
	return res;
}

static TEE_Result serve_send(TEE_Param params[4])
{
	uint32_t length = (uint32_t)params[1].memref.size;
	TEE_Result res =
		protocol->send(handle, params[1].memref.buffer, &length, params[0].value.a);

	params[0].value.a = length;
	return res;
}

static TEE_Result serve_recv(TEE_Param params[4])
{
	uint32_t length = (uint32_t)params[1].memref.size;
	TEE_Result res =
		protocol->recv(handle, params[1].memref.buffer, &length, params[0].value.a);

	params[0].value.a = length;
	if (res != TEE_SUCCESS) {
		params[1].memref.size = 0;
	} else if (length < params[1].memref.size) {
		params[1].memref.size = length;
	}
	return res;
}

static TEE_Result serve_error(TEE_Param params[4])
{
	params[0].value.a = protocol->error(handle);
	return TEE_SUCCESS;
}

static TEE_Result serve_ioctl(TEE_Param params[4])
{
	uint32_t length = (uint32_t)params[1].memref.size;

	return protocol->ioctl(handle, params[0].value.a, params[1].memref.buffer, &length);
}

static TEE_Result serve_plugin(TEE_Param params[4])
{
	size_t length = 0;
	TEE_UUID uuid;
	TEE_Result res;

	TEE_MemMove(&uuid, params[0].memref.buffer, sizeof(uuid));
	res = tee_invoke_supp_plugin(&uuid, params[1].value.a, params[1].value.b,
				     params[2].memref.buffer, params[2].memref.size, &length);
	params[1].value.a = (uint32_t)length;
	return res;
}

static TEE_Result pta_call(const TEE_UUID *uuid, uint32_t command, uint32_t types,
			   TEE_Param params[4])
{
	TEE_TASessionHandle session;
	TEE_Result res;

	res = TEE_OpenTASession(uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &session, NULL);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, command, types, params, NULL);
	TEE_CloseTASession(session);
	return res;
}

static TEE_Result key_derive(TEE_Param params[4])
{
	const TEE_UUID uuid = PTA_SYSTEM_UUID;

	return pta_call(
		&uuid, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		params);
}

static TEE_Result serve_key(TEE_Param params[4])
{
	uint8_t key[TA_DERIVED_KEY_MAX_SIZE + 1];
	TEE_Param own[4] = { 0 };
	TEE_Result res;

	if (params[1].memref.size > sizeof(key)) {
		return TEE_ERROR_OVERFLOW;
	}
	own[0] = params[0];
	own[1].memref.buffer = key;
	own[1].memref.size = params[1].memref.size;
	res = key_derive(own);
	if (res == TEE_SUCCESS) {
		TEE_MemMove(params[1].memref.buffer, key, own[1].memref.size);
	}
	return res;
}

static TEE_Result serve_key_away(TEE_Param params[4])
{
	return key_derive(params);
}

static TEE_Result serve_profile(TEE_Param params[4])
{
	const TEE_UUID uuid = PTA_GPROF_UUID;

	return pta_call(
		&uuid, PTA_GPROF_SEND,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0),
		params);
}

static TEE_Result serve_sample(TEE_Param params[4])
{
	const TEE_UUID uuid = PTA_GPROF_UUID;

	(void)params;
	return pta_call(&uuid, PTA_GPROF_START_PC_SAMPLING, 0, NULL);
}

static TEE_Result serve_panic(TEE_Param params[4])
{
	(void)params;
	TEE_Panic(0x1234);
	return TEE_SUCCESS;
}

static const struct command {
	uint32_t types;
	TEE_Result (*serve)(TEE_Param params[4]);
	/* It is of no use without a socket. */
	bool socket;
} commands[] = {
	[SERVICES_OPEN] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_INPUT,
					    TEE_PARAM_TYPE_VALUE_OUTPUT, 0),
			    serve_open, false },
	[SERVICES_CLOSE] = { 0, serve_close, true },
	[SERVICES_SEND] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT,
					    0, 0),
			    serve_send, true },
	[SERVICES_RECV] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT,
					    TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
			    serve_recv, true },
	[SERVICES_ERROR] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0), serve_error,
			     true },
	[SERVICES_IOCTL] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT,
					     TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0),
			     serve_ioctl, true },
	[SERVICES_PLUGIN] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
					      TEE_PARAM_TYPE_VALUE_INOUT,
					      TEE_PARAM_TYPE_MEMREF_INOUT, 0),
			      serve_plugin, false },
	[SERVICES_KEY] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
					   TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
			   serve_key, false },
	[SERVICES_KEY_AWAY] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
						TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
				serve_key_away, false },
	[SERVICES_PROFILE] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT,
					       TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0),
			       serve_profile, false },
	[SERVICES_SAMPLE] = { 0, serve_sample, false },
	[SERVICES_PANIC] = { 0, serve_panic, false },
};

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[4], void **session)
{
	(void)types;
	(void)params;
	(void)session;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *session)
{
	(void)session;
}

TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
				      TEE_Param params[4])
{
	(void)session;
	if (command >= sizeof(commands) / sizeof(commands[0])) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (commands[command].socket && handle == NULL) {
		return TEE_ERROR_BAD_STATE;
	}
	return commands[command].serve(params);
}
