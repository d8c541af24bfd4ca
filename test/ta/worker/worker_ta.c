/* worker_ta.c - a TA with one command for each thing that the end-to-end tests need done. */
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>
#include <trace.h>

#include "worker_ta.h"

#define CHUNK 256

/* The pseudo-TA of abi/pta_rpc.h, which is none of the dev kit's. */
#define RPC_UUID                                                                                   \
	{                                                                                          \
		0x33837251, 0x16af, 0x40a1,                                                        \
		{                                                                                  \
			0xb7, 0x27, 0x81, 0xc0, 0xff, 0xc7, 0xba, 0xd8                             \
		}                                                                                  \
	}
#define RPC_CALL 0

static uint32_t calls;

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **session)
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

static TEE_Result add(TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.a += params[0].value.b;
	return TEE_SUCCESS;
}

static TEE_Result mirror(TEE_Param params[TEE_NUM_PARAMS])
{
	const uint8_t *in = params[0].memref.buffer;
	uint8_t *out = params[1].memref.buffer;
	size_t size = params[0].memref.size;
	size_t room = params[1].memref.size;
	size_t i;

	params[1].memref.size = size;
	if (size > room) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	for (i = 0; i < size; i++) {
		out[i] = (uint8_t)~in[i];
	}
	return TEE_SUCCESS;
}

static TEE_Result wait_for(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_UnmaskCancellation();
	return TEE_Wait(params[0].value.a);
}

static uint64_t milliseconds(void)
{
	TEE_Time now;

	TEE_GetSystemTime(&now);
	return (uint64_t)now.seconds * 1000 + now.millis;
}

static TEE_Result spin(TEE_Param params[TEE_NUM_PARAMS])
{
	uint64_t end = milliseconds() + params[0].value.a;
	volatile uint32_t work = 0;

	do {
		uint32_t i;

		for (i = 0; i < 1000000; i++) {
			work += i;
		}
	} while (milliseconds() < end);
	return TEE_SUCCESS;
}

static TEE_Result ree_time(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time now;

	TEE_GetREETime(&now);
	params[0].value.a = now.seconds;
	return TEE_SUCCESS;
}

/* Byte `i` of object `name`. */
static uint8_t content(uint32_t name, uint32_t i)
{
	return (uint8_t)(name * 31 + i);
}

static TEE_Result store(TEE_Param params[TEE_NUM_PARAMS])
{
	uint32_t name = params[0].value.a;
	uint32_t size = params[0].value.b;
	TEE_ObjectHandle object;
	uint8_t chunk[CHUNK];
	TEE_Result res;
	uint32_t i;

	res = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, &name, sizeof(name),
					 TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_OVERWRITE,
					 TEE_HANDLE_NULL, NULL, 0, &object);
	if (res != TEE_SUCCESS) {
		return res;
	}
	for (i = 0; i < size && res == TEE_SUCCESS; i += CHUNK) {
		uint32_t part = size - i < CHUNK ? size - i : CHUNK;
		uint32_t j;

		for (j = 0; j < part; j++) {
			chunk[j] = content(name, i + j);
		}
		res = TEE_WriteObjectData(object, chunk, part);
	}
	TEE_CloseObject(object);
	return res;
}

static TEE_Result load_from(uint32_t storage, TEE_Param params[TEE_NUM_PARAMS])
{
	uint32_t name = params[0].value.a;
	uint32_t size = params[0].value.b;
	uint32_t done = 0;
	TEE_ObjectHandle object;
	uint8_t chunk[CHUNK];
	TEE_Result res;
	size_t count;

	res = TEE_OpenPersistentObject(storage, &name, sizeof(name),
				       TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_SHARE_READ,
				       &object);
	if (res != TEE_SUCCESS) {
		return res;
	}
	do {
		size_t j;

		res = TEE_ReadObjectData(object, chunk, sizeof(chunk), &count);
		for (j = 0; j < count && res == TEE_SUCCESS; j++) {
			if (chunk[j] != content(name, done + (uint32_t)j)) {
				res = TEE_ERROR_CORRUPT_OBJECT;
			}
		}
		done += (uint32_t)count;
	} while (res == TEE_SUCCESS && count > 0);
	TEE_CloseObject(object);
	return res == TEE_SUCCESS && done != size ? TEE_ERROR_EXCESS_DATA : res;
}

static TEE_Result load(TEE_Param params[TEE_NUM_PARAMS])
{
	return load_from(TEE_STORAGE_PRIVATE, params);
}

static TEE_Result rpmb_load(TEE_Param params[TEE_NUM_PARAMS])
{
	return load_from(TEE_STORAGE_PRIVATE_RPMB, params);
}

/* In one step, so that it is there as a whole or not at all. */
static TEE_Result rpmb_store(TEE_Param params[TEE_NUM_PARAMS])
{
	uint32_t name = params[0].value.a;
	uint32_t size = params[0].value.b;
	uint8_t bytes[4 * CHUNK];
	TEE_ObjectHandle object;
	TEE_Result res;
	uint32_t i;

	if (size > sizeof(bytes)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (i = 0; i < size; i++) {
		bytes[i] = content(name, i);
	}
	res = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE_RPMB, &name, sizeof(name),
					 TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_OVERWRITE,
					 TEE_HANDLE_NULL, bytes, size, &object);
	if (res == TEE_SUCCESS) {
		TEE_CloseObject(object);
	}
	return res;
}

static TEE_Result panic(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Panic(params[0].value.a);
	return TEE_SUCCESS;
}

static TEE_Result fault(TEE_Param params[TEE_NUM_PARAMS])
{
	/* The compiler must not know. */
	volatile uintptr_t nowhere = 8;

	(void)params;
	*(volatile uint32_t *)nowhere = 1;
	return TEE_SUCCESS;
}

static TEE_Result count_calls(TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.a = calls;
	return TEE_SUCCESS;
}

static TEE_Result log_bytes(TEE_Param params[TEE_NUM_PARAMS])
{
	IMSG("%.*s", (int)params[0].memref.size, (const char *)params[0].memref.buffer);
	return TEE_SUCCESS;
}

static TEE_Result origin(TEE_Param params[TEE_NUM_PARAMS])
{
	(void)params;
	return TEE_ERROR_BAD_STATE;
}

static TEE_Result rpc(TEE_Param params[TEE_NUM_PARAMS])
{
	static const TEE_UUID uuid = RPC_UUID;
	TEE_TASessionHandle session;
	uint32_t origin;
	TEE_Result res = TEE_OpenTASession(&uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &session, &origin);

	if (res != TEE_SUCCESS) {
		return res;
	}
	res = TEE_InvokeTACommand(
		session, TEE_TIMEOUT_INFINITE, RPC_CALL,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0),
		params, &origin);
	TEE_CloseTASession(session);
	return res;
}

static const struct {
	uint32_t types;
	TEE_Result (*run)(TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
	[WORKER_ADD] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0), add },
	[WORKER_MIRROR] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT,
					    TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
			    mirror },
	[WORKER_WAIT] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), wait_for },
	[WORKER_SPIN] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), spin },
	[WORKER_REE_TIME] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0), ree_time },
	[WORKER_STORE] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), store },
	[WORKER_LOAD] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), load },
	[WORKER_PANIC] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), panic },
	[WORKER_FAULT] = { 0, fault },
	[WORKER_COUNT] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0), count_calls },
	[WORKER_LOG] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0), log_bytes },
	[WORKER_ORIGIN] = { 0, origin },
	[WORKER_RPMB_STORE] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), rpmb_store },
	[WORKER_RPMB_LOAD] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0), rpmb_load },
	[WORKER_RPC] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_MEMREF_INOUT,
					 0, 0),
			 rpc },
};

TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	(void)session;
	calls++;
	if (command >= sizeof(commands) / sizeof(commands[0])) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].run(params);
}
