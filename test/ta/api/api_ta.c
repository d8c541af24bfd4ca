#include "api_ta.h"

#include <util.h>

#include "check.h"

static unsigned int constructed;
static unsigned int created;

__attribute__((constructor)) static void construct(void)
{
	constructed++;
}

TEE_Result TA_CreateEntryPoint(void)
{
	created++;
	return constructed == 1 ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	(void)params;
	*context = &constructed;
	return types == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	(void)context;
}

static TEE_Result check_entry(const struct client_memory *client)
{
	EXPECT(constructed == 1);
	EXPECT(created == 1);
	EXPECT(client->size == 64);
	return TEE_SUCCESS;
}

static TEE_Result (*const checks[API_CHECK_END])(const struct client_memory *client) = {
	[API_CHECK_ENTRY] = check_entry,
	[API_CHECK_MEMORY] = check_memory,
	[API_CHECK_ACCESS] = check_access,
	[API_CHECK_PROPERTY] = check_property,
	[API_CHECK_CLIENT] = check_client,
	[API_CHECK_TIME] = check_time,
	[API_CHECK_RANDOM] = check_random,
	[API_CHECK_SESSION] = check_session,
	[API_CHECK_SESSION_MEMORY] = check_session_memory,
	[API_CHECK_SESSION_DEATH] = check_session_death,
	[API_CHECK_CANCELLATION] = check_cancellation,
	[API_CHECK_OBJECT] = check_object,
	[API_CHECK_OBJECT_SHARING] = check_object_sharing,
	[API_CHECK_OBJECT_NAMES] = check_object_names,
	[API_CHECK_OBJECT_POSITION] = check_object_position,
	[API_CHECK_ENUMERATION] = check_enumeration,
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	const struct client_memory client = {
		.writable = params[0].memref.buffer,
		.readable = params[1].memref.buffer,
		.size = params[0].memref.size,
	};

	if (context != &constructed ||
	    types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_MEMREF_INPUT, 0,
				     0)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (command < API_CHECK_END) {
		return checks[command](&client);
	}
	return panic_run(command, &client);
}
