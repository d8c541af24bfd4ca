/* session.c - sessions with TAs, and what is done in them. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "normal/client/context.h"
#include "normal/client/include/tee_client_api.h"
#include "normal/client/operation.h"

#define PARAMS_SIZE TEE_IOCTL_PARAM_SIZE(TEEC_CONFIG_PAYLOAD_REF_COUNT)

union open_call {
	struct tee_ioctl_open_session_arg arg;
	unsigned char room[sizeof(struct tee_ioctl_open_session_arg) + PARAMS_SIZE];
};

union invoke_call {
	struct tee_ioctl_invoke_arg arg;
	unsigned char room[sizeof(struct tee_ioctl_invoke_arg) + PARAMS_SIZE];
};

/* Held while operation.imp.session is read or written: one thread invokes, another cancels. */
static pthread_mutex_t cancellation_lock = PTHREAD_MUTEX_INITIALIZER;

static TEEC_Result finish(TEEC_Result result, uint32_t origin, uint32_t *return_origin)
{
	if (return_origin != NULL) {
		*return_origin = origin;
	}
	return result;
}

static TEEC_Result result_of_device(int error)
{
	switch (error) {
	case -ENOMEM:
		return TEEC_ERROR_OUT_OF_MEMORY;
	case -EINVAL:
		return TEEC_ERROR_BAD_PARAMETERS;
	default:
		return TEEC_ERROR_GENERIC;
	}
}

static struct context *context_of(const TEEC_Session *session)
{
	return session->imp.ctx != NULL ? context_get(session->imp.ctx->imp.fd) : NULL;
}

/* --- Opening -------------------------------------------------------------------------------- */

static void encode_uuid(const TEEC_UUID *uuid, uint8_t octets[TEE_IOCTL_UUID_LEN])
{
	store_be32(octets, uuid->timeLow);
	store_be16(octets + 4, uuid->timeMid);
	store_be16(octets + 6, uuid->timeHiAndVersion);
	memcpy(octets + 8, uuid->clockSeqAndNode, sizeof(uuid->clockSeqAndNode));
}

/* What the login of this number sends along. */
static const struct login {
	bool known;
	size_t data_size;
} logins[] = {
	[TEEC_LOGIN_PUBLIC] = { true, 0 },
	[TEEC_LOGIN_USER] = { true, 0 },
	[TEEC_LOGIN_GROUP] = { true, sizeof(uint32_t) },
	[TEEC_LOGIN_APPLICATION] = { true, 0 },
	[TEEC_LOGIN_USER_APPLICATION] = { true, 0 },
	[TEEC_LOGIN_GROUP_APPLICATION] = { true, sizeof(uint32_t) },
};

static TEEC_Result encode_login(struct tee_ioctl_open_session_arg *arg, uint32_t method,
				const void *data)
{
	if (method >= array_size(logins) || !logins[method].known ||
	    (logins[method].data_size > 0 && data == NULL)) {
		return TEEC_ERROR_BAD_PARAMETERS;
	}
	arg->clnt_login = method;
	if (logins[method].data_size > 0) {
		memcpy(arg->clnt_uuid, data, logins[method].data_size);
	}
	return TEEC_SUCCESS;
}

/* The operation is encoded: make the call, and take its outputs. */
static TEEC_Result open_call(struct context *context, union open_call *call,
			     struct operation *operation, uint32_t *origin)
{
	int error = device_call(context->device, TEE_IOC_OPEN_SESSION, call, sizeof(*call));

	if (error != 0) {
		return finish(result_of_device(error), TEEC_ORIGIN_COMMS, origin);
	}
	operation_decode(operation);
	return finish(call->arg.ret, call->arg.ret_origin, origin);
}

TEEC_Result TEEC_OpenSession(TEEC_Context *api, TEEC_Session *session, const TEEC_UUID *destination,
			     uint32_t method, const void *data, TEEC_Operation *api_operation,
			     uint32_t *origin)
{
	struct operation operation;
	struct context *context;
	union open_call call;
	TEEC_Result result;

	if (api == NULL || session == NULL || destination == NULL) {
		return finish(TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API, origin);
	}
	memset(&call, 0, sizeof(call));
	encode_uuid(destination, call.arg.uuid);
	call.arg.num_params = TEEC_CONFIG_PAYLOAD_REF_COUNT;
	result = encode_login(&call.arg, method, data);
	if (result != TEEC_SUCCESS) {
		return finish(result, TEEC_ORIGIN_API, origin);
	}
	context = context_get(api->imp.fd);
	if (context == NULL) {
		return finish(TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API, origin);
	}
	result = operation_encode(&operation, context, api_operation, call.arg.params);
	if (result != TEEC_SUCCESS) {
		finish(result, TEEC_ORIGIN_API, origin);
		goto out;
	}
	result = open_call(context, &call, &operation, origin);
	if (result == TEEC_SUCCESS) {
		session->imp.ctx = api;
		session->imp.session_id = call.arg.session;
	}
	operation_release(&operation);
out:
	context_put(context);
	return result;
}

void TEEC_CloseSession(TEEC_Session *session)
{
	struct tee_ioctl_close_session_arg arg;
	struct context *context;

	if (session == NULL) {
		return;
	}
	context = context_of(session);
	if (context == NULL) {
		return;
	}
	arg.session = session->imp.session_id;
	/* A session that cannot be closed goes with its context. */
	(void)!device_control(context->device, TEE_IOC_CLOSE_SESSION, &arg, sizeof(arg));
	context_put(context);
}

/* --- Invoking ------------------------------------------------------------------------------- */

/* From here on, or from here on no more, the operation can be cancelled. */
static void operation_belongs_to(TEEC_Operation *operation, TEEC_Session *session)
{
	if (operation == NULL) {
		return;
	}
	pthread_mutex_lock(&cancellation_lock);
	operation->imp.session = session;
	pthread_mutex_unlock(&cancellation_lock);
}

static TEEC_Result invoke_call(struct context *context, union invoke_call *call,
			       struct operation *operation, uint32_t *origin)
{
	int error = device_call(context->device, TEE_IOC_INVOKE, call, sizeof(*call));

	if (error != 0) {
		return finish(result_of_device(error), TEEC_ORIGIN_COMMS, origin);
	}
	operation_decode(operation);
	return finish(call->arg.ret, call->arg.ret_origin, origin);
}

TEEC_Result TEEC_InvokeCommand(TEEC_Session *session, uint32_t command,
			       TEEC_Operation *api_operation, uint32_t *origin)
{
	struct operation operation;
	struct context *context;
	union invoke_call call;
	TEEC_Result result;

	context = session != NULL ? context_of(session) : NULL;
	if (context == NULL) {
		return finish(TEEC_ERROR_BAD_PARAMETERS, TEEC_ORIGIN_API, origin);
	}
	memset(&call, 0, sizeof(call));
	call.arg.func = command;
	call.arg.session = session->imp.session_id;
	call.arg.num_params = TEEC_CONFIG_PAYLOAD_REF_COUNT;
	operation_belongs_to(api_operation, session);
	result = operation_encode(&operation, context, api_operation, call.arg.params);
	if (result == TEEC_SUCCESS) {
		result = invoke_call(context, &call, &operation, origin);
		operation_release(&operation);
	} else {
		finish(result, TEEC_ORIGIN_API, origin);
	}
	operation_belongs_to(api_operation, NULL);
	context_put(context);
	return result;
}

/* --- Cancelling ----------------------------------------------------------------------------- */

void TEEC_RequestCancellation(TEEC_Operation *operation)
{
	struct tee_ioctl_cancel_arg arg = { 0 };
	struct context *context = NULL;
	TEEC_Session *session;

	if (operation == NULL) {
		return;
	}
	pthread_mutex_lock(&cancellation_lock);
	session = operation->imp.session;
	if (session != NULL) {
		/* As long as the lock is held the call is not over, and the session is there. */
		arg.session = session->imp.session_id;
		context = context_of(session);
	}
	pthread_mutex_unlock(&cancellation_lock);
	if (context == NULL) {
		return;
	}
	/* The operation's own result says what came of it. */
	(void)!device_control(context->device, TEE_IOC_CANCEL, &arg, sizeof(arg));
	context_put(context);
}
