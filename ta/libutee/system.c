/* system.c - what the pseudo-TA `system` does for a TA. */
#include "ta/libutee/system.h"

#include <pta_system.h>
#include <tee_internal_api_extensions.h>

#include "ta/libutee/api.h"

static struct utee_service system_service = { .uuid = PTA_SYSTEM_UUID };

TEE_Result utee_service_call(struct utee_service *service, uint32_t command, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS])
{
	if (service->session == TEE_HANDLE_NULL) {
		TEE_Result res = TEE_OpenTASession(&service->uuid, TEE_TIMEOUT_INFINITE, 0, NULL,
						   &service->session, NULL);

		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_InvokeTACommand(service->session, TEE_TIMEOUT_INFINITE, command, types, params,
				   NULL);
}

TEE_Result tee_invoke_supp_plugin(const TEE_UUID *uuid, uint32_t cmd, uint32_t sub_cmd, void *buf,
				  size_t len, size_t *outlen)
{
	TEE_UUID copy;
	TEE_Param params[TEE_NUM_PARAMS] = { 0 };
	TEE_Result res;

	if (uuid == NULL || (buf == NULL) != (len == 0)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	/* Often a constant, and no parameter of a call is. */
	copy = *uuid;
	params[0].memref.buffer = &copy;
	params[0].memref.size = sizeof(copy);
	params[1].value.a = cmd;
	params[1].value.b = sub_cmd;
	params[2].memref.buffer = buf;
	params[2].memref.size = len;
	res = utee_service_call(
		&system_service, PTA_SYSTEM_SUPP_PLUGIN_INVOKE,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_INPUT,
				TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		params);
	if (outlen != NULL) {
		*outlen = params[3].value.a;
	}
	return res;
}
