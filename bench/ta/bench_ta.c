/* bench_ta.c - a TA that does as little as possible for each thing that is measured. */
#include <tee_internal_api.h>

#include "bench_ta.h"

#define OBJECT_SIZE 64

static const char object_id[] = "measured";

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

static TEE_Result touch(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	volatile unsigned char *bytes = params[0].memref.buffer;
	size_t size = params[0].memref.size;

	if (TEE_PARAM_TYPE_GET(types, 0) != TEE_PARAM_TYPE_MEMREF_INOUT || size == 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	bytes[size - 1] = (unsigned char)(bytes[0] + 1);
	return TEE_SUCCESS;
}

static TEE_Result object_create(void)
{
	static const unsigned char content[OBJECT_SIZE] = { 1 };
	TEE_ObjectHandle object;
	TEE_Result res;

	res = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, (void *)object_id, sizeof(object_id),
					 TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE |
						 TEE_DATA_FLAG_OVERWRITE,
					 TEE_HANDLE_NULL, content, sizeof(content), &object);
	if (res == TEE_SUCCESS) {
		TEE_CloseObject(object);
	}
	return res;
}

static TEE_Result object_read(void)
{
	unsigned char content[OBJECT_SIZE];
	TEE_ObjectHandle object;
	TEE_Result res;
	size_t count;

	res = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, (void *)object_id, sizeof(object_id),
				       TEE_DATA_FLAG_ACCESS_READ, &object);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = TEE_ReadObjectData(object, content, sizeof(content), &count);
	TEE_CloseObject(object);
	if (res == TEE_SUCCESS && (count != sizeof(content) || content[0] != 1)) {
		res = TEE_ERROR_CORRUPT_OBJECT;
	}
	return res;
}

TEE_Result TA_InvokeCommandEntryPoint(void *session, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time time;

	(void)session;
	switch (command) {
	case BENCH_NULL:
		return TEE_SUCCESS;
	case BENCH_MEMREF:
		return touch(types, params);
	case BENCH_REE_TIME:
		TEE_GetREETime(&time);
		return TEE_SUCCESS;
	case BENCH_OBJECT_CREATE:
		return object_create();
	case BENCH_OBJECT_READ:
		return object_read();
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
