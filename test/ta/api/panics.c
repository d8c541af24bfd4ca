/* panics.c - what a TA must not do with the API. */
#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "api_ta.h"
#include "check.h"
#include "worker_ta.h"

static TEE_ObjectHandle object_with(uint32_t flags)
{
	TEE_ObjectHandle object = TEE_HANDLE_NULL;

	if (TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "panic", 5,
				       flags | TEE_DATA_FLAG_OVERWRITE, TEE_HANDLE_NULL, "x", 1,
				       &object) != TEE_SUCCESS) {
		EMSG("no object to panic with");
	}
	return object;
}

static __attribute__((noinline)) void smash(volatile char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		text[i] = 0x5a;
	}
}

static __attribute__((noinline)) int smash_stack(size_t size)
{
	char text[16];

	smash(text, size);
	return text[0];
}

static void free_twice(void)
{
	void *block = malloc(10);

	/* Through a variable that the compiler does not see through. */
	void *volatile again = block;

	free(block);
	free(again);
}

static void forward_input(const struct client_memory *client)
{
	const TEE_UUID worker = WORKER_TA_UUID;
	TEE_TASessionHandle session;
	TEE_Param params[TEE_NUM_PARAMS] = { [0].memref = { client->readable, client->size } };

	TEE_OpenTASession(&worker, TEE_TIMEOUT_INFINITE,
			  TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, 0), params, &session,
			  NULL);
}

static void use_client_name(const struct client_memory *client)
{
	TEE_ObjectHandle object;

	TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, client->readable, 5,
				 TEE_DATA_FLAG_ACCESS_READ, &object);
}

static void use_long_name(void)
{
	static const char name[TEE_OBJECT_ID_MAX_LEN + 1];
	TEE_ObjectHandle object;

	TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, sizeof(name), TEE_DATA_FLAG_ACCESS_READ,
				 &object);
}

static void read_into(TEE_ObjectHandle object, void *buffer, size_t *count)
{
	TEE_ReadObjectData(object, buffer, 1, count);
}

TEE_Result panic_run(uint32_t command, const struct client_memory *client)
{
	const TEE_Time bad_time = { 1, 1000 };
	size_t count;
	char byte;

	switch (command) {
	case API_PANIC_CODE:
		TEE_Panic(0xbadc0de);
	case API_PANIC_ASSERT:
		assert(client->size != 64);
		break;
	case API_PANIC_ABORT:
		abort();
	case API_PANIC_STACK:
		smash_stack(client->size);
		break;
	case API_PANIC_DOUBLE_FREE:
		free_twice();
		break;
	case API_PANIC_EMPTY_BLOCK:
		*(volatile char *)TEE_Malloc(0, TEE_MALLOC_FILL_ZERO) = 1;
		break;
	case API_PANIC_BAD_HANDLE:
		TEE_CloseObject((TEE_ObjectHandle)0x1234);
		break;
	case API_PANIC_CLIENT_NAME:
		use_client_name(client);
		break;
	case API_PANIC_CLIENT_COUNT:
		read_into(object_with(TEE_DATA_FLAG_ACCESS_READ), &byte,
			  (size_t *)(uintptr_t)client->writable);
		break;
	case API_PANIC_READ_ONLY_READ:
		read_into(object_with(TEE_DATA_FLAG_ACCESS_READ), client->readable, &count);
		break;
	case API_PANIC_NO_READ_ACCESS:
		read_into(object_with(TEE_DATA_FLAG_ACCESS_WRITE), &byte, &count);
		break;
	case API_PANIC_LONG_NAME:
		use_long_name();
		break;
	case API_PANIC_BAD_TIME:
		TEE_SetTAPersistentTime(&bad_time);
		break;
	case API_PANIC_FORWARD_INPUT:
		forward_input(client);
		break;
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return TEE_SUCCESS;
}
