/* session_test.c - opening, invoking, closing and cancelling: the ioctls, and whose fault it
 * was. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "abi/device.h"
#include "lib/bits.h"
#include "normal/client/include/tee_client_api.h"
#include "normal/device/fake_device.h"

static const TEEC_UUID uuid = {
	0x8aaaf200, 0x2450, 0x11e4, { 0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b }
};
static const uint8_t octets[16] = { 0x8a, 0xaa, 0xf2, 0x00, 0x24, 0x50, 0x11, 0xe4,
				    0xab, 0xe2, 0x00, 0x02, 0xa5, 0xd5, 0xc5, 0x1b };

static TEEC_Context context;

/* What the TEE answers. */
static struct {
	int error;
	uint32_t result;
	uint32_t origin;
	uint64_t value; /* a of the first parameter */
	uint64_t size;	/* b of it; 0: as it is */
	sem_t *arrived;
	sem_t *released;
} tee;

static struct tee_ioctl_open_session_arg *opened(void)
{
	assert_int_equal(fake_device.command, TEE_IOC_OPEN_SESSION);
	assert_int_equal(fake_device.size, 56 + 4 * 32);
	return (void *)fake_device.bytes;
}

static struct tee_ioctl_invoke_arg *invoked(void)
{
	assert_int_equal(fake_device.command, TEE_IOC_INVOKE);
	assert_int_equal(fake_device.size, 24 + 4 * 32);
	return (void *)fake_device.bytes;
}

static int serve(uint32_t command, void *buffer, size_t size)
{
	struct tee_ioctl_open_session_arg *open = buffer;
	struct tee_ioctl_invoke_arg *invoke = buffer;
	struct tee_ioctl_param *params;

	if (tee.arrived != NULL) {
		sem_post(tee.arrived);
		sem_wait(tee.released);
	}
	if (tee.error != 0) {
		return tee.error;
	}
	if (command == TEE_IOC_OPEN_SESSION) {
		open->session = 0xabcd;
		open->ret = tee.result;
		open->ret_origin = tee.origin;
		params = open->params;
	} else {
		invoke->ret = tee.result;
		invoke->ret_origin = tee.origin;
		params = invoke->params;
	}
	params[0].a = tee.value;
	if (tee.size != 0) {
		params[0].b = tee.size;
	}
	return 0;
}

static int setup(void **state)
{
	fake_device_reset();
	fake_device.serve = serve;
	memset(&tee, 0, sizeof(tee));
	tee.origin = TEEC_ORIGIN_TRUSTED_APP;
	return TEEC_InitializeContext(NULL, &context) == TEEC_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
	TEEC_FinalizeContext(&context);
	return fake_device_shared() == 0 && fake_device.open == 0 ? 0 : -1;
}

static TEEC_Result open_as(uint32_t method, const void *data)
{
	TEEC_Session session;

	return TEEC_OpenSession(&context, &session, &uuid, method, data, NULL, NULL);
}

/* --- Opening -------------------------------------------------------------------------------- */

static void opening_sends_uuid_login_and_four_parameters(void **state)
{
	TEEC_Session session;
	uint32_t origin = 99;
	struct tee_ioctl_open_session_arg *arg;
	unsigned int i;

	assert_int_equal(
		TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin),
		TEEC_SUCCESS);
	arg = opened();
	assert_memory_equal(arg->uuid, octets, sizeof(octets));
	for (i = 0; i < 16; i++) {
		assert_int_equal(arg->clnt_uuid[i], 0);
	}
	assert_int_equal(arg->clnt_login, TEEC_LOGIN_PUBLIC);
	assert_int_equal(arg->cancel_id, 0);
	assert_int_equal(arg->num_params, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(arg->params[i].attr, 0);
	}
	assert_int_equal(origin, TEEC_ORIGIN_TRUSTED_APP);
	assert_ptr_equal(session.imp.ctx, &context);
	assert_int_equal(session.imp.session_id, 0xabcd);
}

static void logins_without_a_group_send_no_data(void **state)
{
	static const uint32_t methods[] = { TEEC_LOGIN_PUBLIC, TEEC_LOGIN_USER,
					    TEEC_LOGIN_APPLICATION, TEEC_LOGIN_USER_APPLICATION };
	static const uint32_t group = 0x01020304;
	size_t i;

	for (i = 0; i < array_size(methods); i++) {
		assert_int_equal(open_as(methods[i], &group), TEEC_SUCCESS);
		assert_int_equal(opened()->clnt_login, methods[i]);
		assert_int_equal(opened()->clnt_uuid[0], 0);
		assert_int_equal(open_as(methods[i], NULL), TEEC_SUCCESS);
	}
}

static void logins_of_a_group_send_its_number(void **state)
{
	static const uint32_t methods[] = { TEEC_LOGIN_GROUP, TEEC_LOGIN_GROUP_APPLICATION };
	static const uint32_t group = 0x01020304;
	size_t i;

	for (i = 0; i < array_size(methods); i++) {
		assert_int_equal(open_as(methods[i], &group), TEEC_SUCCESS);
		assert_int_equal(opened()->clnt_login, methods[i]);
		assert_memory_equal(opened()->clnt_uuid, &group, sizeof(group));
		assert_int_equal(opened()->clnt_uuid[4], 0);
		assert_int_equal(open_as(methods[i], NULL), TEEC_ERROR_BAD_PARAMETERS);
	}
}

static void logins_that_do_not_exist_are_refused(void **state)
{
	static const uint32_t methods[] = { 3, 7, 0x80000000, 0xffffffff };
	TEEC_Session session;
	uint32_t origin;
	size_t i;

	for (i = 0; i < array_size(methods); i++) {
		origin = 0;
		assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, methods[i], NULL, NULL,
						  &origin),
				 TEEC_ERROR_BAD_PARAMETERS);
		assert_int_equal(origin, TEEC_ORIGIN_API);
	}
	assert_int_equal(fake_device.calls, 0);
}

static void a_refusal_of_the_tee_is_passed_on(void **state)
{
	TEEC_Session session = { .imp.session_id = 1 };
	uint32_t origin;

	tee.result = TEEC_ERROR_ACCESS_DENIED;
	tee.origin = TEEC_ORIGIN_TEE;
	assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, 0, NULL, NULL, &origin),
			 TEEC_ERROR_ACCESS_DENIED);
	assert_int_equal(origin, TEEC_ORIGIN_TEE);
	assert_int_equal(session.imp.session_id, 1);
	assert_int_equal(open_as(0, NULL), TEEC_ERROR_ACCESS_DENIED);
}

static void outputs_come_back_whatever_the_ta_answered(void **state)
{
	TEEC_Session session = { .imp.ctx = &context };
	TEEC_Operation operation = { 0 };

	tee.result = TEEC_ERROR_SHORT_BUFFER;
	tee.value = 77;
	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0);
	assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, 0, NULL, &operation, NULL),
			 TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(operation.params[0].value.a, 77);

	operation.params[0].value.a = 0;
	assert_int_equal(TEEC_InvokeCommand(&session, 1, &operation, NULL),
			 TEEC_ERROR_SHORT_BUFFER);
	assert_int_equal(operation.params[0].value.a, 77);
}

static const struct {
	int error;
	TEEC_Result result;
} device_errors[] = {
	{ -ENOMEM, TEEC_ERROR_OUT_OF_MEMORY }, { -EINVAL, TEEC_ERROR_BAD_PARAMETERS },
	{ -EFAULT, TEEC_ERROR_GENERIC },       { -EPERM, TEEC_ERROR_GENERIC },
	{ -ENODEV, TEEC_ERROR_GENERIC },       { -EPROTO, TEEC_ERROR_GENERIC },
};

static void errors_of_the_device_come_from_the_way_there(void **state)
{
	TEEC_Session session = { .imp.ctx = &context };
	TEEC_Operation operation = { 0 };
	uint32_t origin;
	char bytes[10];
	size_t i;

	operation.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_MEMREF_TEMP_INOUT, 0, 0);
	operation.params[0].value.a = 5;
	operation.params[1].tmpref = (TEEC_TempMemoryReference){ bytes, sizeof(bytes) };
	for (i = 0; i < array_size(device_errors); i++) {
		tee.error = device_errors[i].error;
		origin = 0;
		assert_int_equal(
			TEEC_OpenSession(&context, &session, &uuid, 0, NULL, &operation, &origin),
			device_errors[i].result);
		assert_int_equal(origin, TEEC_ORIGIN_COMMS);
		origin = 0;
		assert_int_equal(TEEC_InvokeCommand(&session, 1, &operation, &origin),
				 device_errors[i].result);
		assert_int_equal(origin, TEEC_ORIGIN_COMMS);
		/* Nothing came back, and nothing stayed shared. */
		assert_int_equal(operation.params[0].value.a, 5);
		assert_int_equal(operation.params[1].tmpref.size, sizeof(bytes));
		assert_int_equal(fake_device_shared(), 0);
	}
}

static void parameters_that_are_refused_are_not_sent(void **state)
{
	TEEC_Session session = { .imp.ctx = &context };
	TEEC_Operation operation = { .paramTypes = 0x4 };
	uint32_t origin = 0;

	assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, 0, NULL, &operation, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	origin = 0;
	assert_int_equal(TEEC_InvokeCommand(&session, 1, &operation, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	assert_int_equal(fake_device.calls, 0);
}

/* --- Invoking ------------------------------------------------------------------------------- */

static void invoking_sends_command_session_and_parameters(void **state)
{
	TEEC_Session session = { .imp = { &context, 0xabcd } };
	TEEC_Operation operation = { 0 };
	uint32_t origin = 0;
	struct tee_ioctl_invoke_arg *arg;

	operation.paramTypes =
		TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_VALUE_INOUT, 0, TEEC_VALUE_OUTPUT);
	operation.params[0].value = (TEEC_Value){ 1, 2 };
	operation.params[1].value = (TEEC_Value){ 3, 4 };
	assert_int_equal(TEEC_InvokeCommand(&session, 0xc0de, &operation, &origin), TEEC_SUCCESS);
	assert_int_equal(origin, TEEC_ORIGIN_TRUSTED_APP);
	arg = invoked();
	assert_int_equal(arg->func, 0xc0de);
	assert_int_equal(arg->session, 0xabcd);
	assert_int_equal(arg->cancel_id, 0);
	assert_int_equal(arg->num_params, 4);
	assert_int_equal(arg->params[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(arg->params[0].b, 2);
	assert_int_equal(arg->params[1].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT);
	assert_int_equal(arg->params[2].attr, TEE_IOCTL_PARAM_ATTR_TYPE_NONE);
	assert_int_equal(arg->params[3].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT);
}

static void a_session_of_a_finalized_context_is_refused(void **state)
{
	TEEC_Session session = { .imp = { &context, 1 } };
	uint32_t origin = 0;

	TEEC_FinalizeContext(&context);
	assert_int_equal(TEEC_InvokeCommand(&session, 1, NULL, &origin), TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(origin, TEEC_ORIGIN_API);
	TEEC_CloseSession(&session);
	assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, 0, NULL, NULL, &origin),
			 TEEC_ERROR_BAD_PARAMETERS);
	assert_int_equal(fake_device.calls + fake_device.controls, 0);
}

static void started_is_neither_read_nor_written(void **state)
{
	TEEC_Session session = { .imp = { &context, 1 } };
	TEEC_Operation operation = { .started = 0x1234 };

	assert_int_equal(TEEC_InvokeCommand(&session, 1, &operation, NULL), TEEC_SUCCESS);
	assert_int_equal(operation.started, 0x1234);
}

/* --- Closing and cancelling ----------------------------------------------------------------- */

static void closing_sends_the_session(void **state)
{
	TEEC_Session session = { .imp = { &context, 0xabcd } };
	uint32_t id;

	TEEC_CloseSession(&session);
	assert_int_equal(fake_device.command, TEE_IOC_CLOSE_SESSION);
	assert_int_equal(fake_device.size, 4);
	memcpy(&id, fake_device.bytes, sizeof(id));
	assert_int_equal(id, 0xabcd);
	fake_device.control_error = -EINVAL;
	TEEC_CloseSession(&session);
}

struct invocation {
	TEEC_Session session;
	TEEC_Operation operation;
	TEEC_Result result;
};

static void *invoke_main(void *argument)
{
	struct invocation *invocation = argument;

	invocation->result =
		TEEC_InvokeCommand(&invocation->session, 1, &invocation->operation, NULL);
	return NULL;
}

static void an_operation_under_way_can_be_cancelled(void **state)
{
	struct invocation invocation = { .session.imp = { &context, 0xabcd } };
	struct tee_ioctl_cancel_arg arg;
	pthread_t thread;
	sem_t arrived;
	sem_t released;

	sem_init(&arrived, 0, 0);
	sem_init(&released, 0, 0);
	tee.arrived = &arrived;
	tee.released = &released;
	tee.result = TEEC_ERROR_CANCEL;
	pthread_create(&thread, NULL, invoke_main, &invocation);
	sem_wait(&arrived);
	TEEC_RequestCancellation(&invocation.operation);
	assert_int_equal(fake_device.command, TEE_IOC_CANCEL);
	assert_int_equal(fake_device.size, sizeof(arg));
	memcpy(&arg, fake_device.bytes, sizeof(arg));
	assert_int_equal(arg.cancel_id, 0);
	assert_int_equal(arg.session, 0xabcd);
	sem_post(&released);
	pthread_join(thread, NULL);
	assert_int_equal(invocation.result, TEEC_ERROR_CANCEL);
	sem_destroy(&arrived);
	sem_destroy(&released);
}

static void an_operation_that_is_over_is_not_cancelled(void **state)
{
	TEEC_Session session = { .imp = { &context, 1 } };
	TEEC_Operation operation = { 0 };

	assert_int_equal(TEEC_InvokeCommand(&session, 1, &operation, NULL), TEEC_SUCCESS);
	TEEC_RequestCancellation(&operation);
	assert_int_equal(fake_device.controls, 0);
}

static void opening_cannot_be_cancelled(void **state)
{
	TEEC_Session session;
	TEEC_Operation operation = { 0 };

	assert_int_equal(TEEC_OpenSession(&context, &session, &uuid, 0, NULL, &operation, NULL),
			 TEEC_SUCCESS);
	assert_null(operation.imp.session);
	TEEC_RequestCancellation(&operation);
	assert_int_equal(fake_device.controls, 0);
}

#define promise(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		promise(opening_sends_uuid_login_and_four_parameters),
		promise(logins_without_a_group_send_no_data),
		promise(logins_of_a_group_send_its_number),
		promise(logins_that_do_not_exist_are_refused),
		promise(a_refusal_of_the_tee_is_passed_on),
		promise(outputs_come_back_whatever_the_ta_answered),
		promise(errors_of_the_device_come_from_the_way_there),
		promise(parameters_that_are_refused_are_not_sent),
		promise(invoking_sends_command_session_and_parameters),
		promise(a_session_of_a_finalized_context_is_refused),
		promise(started_is_neither_read_nor_written),
		promise(closing_sends_the_session),
		promise(an_operation_under_way_can_be_cancelled),
		promise(an_operation_that_is_over_is_not_cancelled),
		promise(opening_cannot_be_cancelled),
	};

	return cmocka_run_group_tests_name("client/session", tests, NULL, NULL);
}
