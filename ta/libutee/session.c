/* session.c - a TA as the client of another. */
#include <string.h>
#include <utee_syscalls.h>

#include "ta/libutee/access.h"
#include "ta/libutee/api.h"

/* A session handle is the kernel's number, which is never 0. */
static TEE_TASessionHandle handle_from(uint32_t session)
{
	return (TEE_TASessionHandle)(uintptr_t)session;
}

static unsigned long handle_to(TEE_TASessionHandle session)
{
	return (unsigned long)(uintptr_t)session;
}

static bool type_is_memref(uint32_t type)
{
	return type >= TEE_PARAM_TYPE_MEMREF_INPUT && type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

static void params_to_kernel(struct utee_params *to, uint32_t types, const TEE_Param *params)
{
	*to = (struct utee_params){ .types = types };
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		switch (TEE_PARAM_TYPE_GET(types, i)) {
		case TEE_PARAM_TYPE_VALUE_INPUT:
		case TEE_PARAM_TYPE_VALUE_INOUT:
			to->vals[2 * i] = params[i].value.a;
			to->vals[2 * i + 1] = params[i].value.b;
			break;
		case TEE_PARAM_TYPE_MEMREF_INPUT:
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			to->vals[2 * i] = (uintptr_t)params[i].memref.buffer;
			to->vals[2 * i + 1] = params[i].memref.size;
			break;
		default:
			break;
		}
	}
}

static void params_from_kernel(const struct utee_params *from, uint32_t types, TEE_Param *params)
{
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		switch (TEE_PARAM_TYPE_GET(types, i)) {
		case TEE_PARAM_TYPE_VALUE_OUTPUT:
		case TEE_PARAM_TYPE_VALUE_INOUT:
			params[i].value.a = (uint32_t)from->vals[2 * i];
			params[i].value.b = (uint32_t)from->vals[2 * i + 1];
			break;
		case TEE_PARAM_TYPE_MEMREF_OUTPUT:
		case TEE_PARAM_TYPE_MEMREF_INOUT:
			params[i].memref.size = from->vals[2 * i + 1];
			break;
		default:
			break;
		}
	}
}

static void params_check(const char *function, uint32_t types, const TEE_Param *params)
{
	enum api_use use;
	uint32_t type;

	if (types == 0) {
		return;
	}
	utee_check(function, "params", API_INOUT, params, TEE_NUM_PARAMS * sizeof(*params));
	for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
		type = TEE_PARAM_TYPE_GET(types, i);
		if (!type_is_memref(type) || params[i].memref.buffer == NULL) {
			continue;
		}
		use = type == TEE_PARAM_TYPE_MEMREF_INPUT ? API_IN_BUFFER : API_OUT_BUFFER;
		utee_check(function, "a memref", use, params[i].memref.buffer,
			   params[i].memref.size);
	}
	utee_access_check_forward(function, types, params);
}

TEE_Result TEE_OpenTASession(const TEE_UUID *destination, uint32_t cancellationRequestTimeout,
			     uint32_t paramTypes, TEE_Param params[TEE_NUM_PARAMS],
			     TEE_TASessionHandle *session, uint32_t *returnOrigin)
{
	struct utee_params kernel_params;
	uint32_t origin = TEE_ORIGIN_TEE;
	uint32_t id = 0;
	TEE_Result res;

	API_CHECK(API_IN, destination, sizeof(*destination));
	API_CHECK(API_OUT, session, sizeof(*session));
	if (returnOrigin != NULL) {
		API_CHECK(API_OUT, returnOrigin, sizeof(*returnOrigin));
	}
	params_check(__func__, paramTypes, params);

	params_to_kernel(&kernel_params, paramTypes, params);
	res = _utee_open_ta_session(destination, cancellationRequestTimeout, &kernel_params, &id,
				    &origin);
	params_from_kernel(&kernel_params, paramTypes, params);
	*session = res == TEE_SUCCESS ? handle_from(id) : TEE_HANDLE_NULL;
	if (returnOrigin != NULL) {
		*returnOrigin = origin;
	}
	return res;
}

void TEE_CloseTASession(TEE_TASessionHandle session)
{
	if (session != TEE_HANDLE_NULL) {
		API_SUCCESS(_utee_close_ta_session(handle_to(session)));
	}
}

TEE_Result TEE_InvokeTACommand(TEE_TASessionHandle session, uint32_t cancellationRequestTimeout,
			       uint32_t commandID, uint32_t paramTypes,
			       TEE_Param params[TEE_NUM_PARAMS], uint32_t *returnOrigin)
{
	struct utee_params kernel_params;
	uint32_t origin = TEE_ORIGIN_TEE;
	TEE_Result res;

	if (returnOrigin != NULL) {
		API_CHECK(API_OUT, returnOrigin, sizeof(*returnOrigin));
	}
	params_check(__func__, paramTypes, params);

	params_to_kernel(&kernel_params, paramTypes, params);
	res = _utee_invoke_ta_command(handle_to(session), cancellationRequestTimeout, commandID,
				      &kernel_params, &origin);
	params_from_kernel(&kernel_params, paramTypes, params);
	if (returnOrigin != NULL) {
		*returnOrigin = origin;
	}
	if (origin == TEE_ORIGIN_TRUSTED_APP) {
		return res;
	}
	return API_RESULT(res, TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_TARGET_DEAD);
}

bool TEE_GetCancellationFlag(void)
{
	uint32_t flag = 0;

	API_SUCCESS(_utee_get_cancellation_flag(&flag));
	return flag != 0;
}

bool TEE_UnmaskCancellation(void)
{
	uint32_t old_mask = 0;

	API_SUCCESS(_utee_unmask_cancellation(&old_mask));
	return old_mask != 0;
}

bool TEE_MaskCancellation(void)
{
	uint32_t old_mask = 0;

	API_SUCCESS(_utee_mask_cancellation(&old_mask));
	return old_mask != 0;
}
