#include "normal/driver/fake_client.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "normal/driver/fake_os.h"
#include "normal/driver/fake_secure.h"

int fake_setup(void **state)
{
	fake_os_reset();
	fake_secure_reset();
	return 0;
}

struct driver *fake_driver(void)
{
	struct driver *driver;

	assert_int_equal(driver_probe(DRIVER_SMC, &driver), 0);
	return driver;
}

void fake_driver_end(struct driver *driver)
{
	struct driver_census census;

	driver_census(driver, &census);
	assert_int_equal(census.files, 0);
	assert_int_equal(census.sessions, 0);
	assert_int_equal(census.shm, 0);
	assert_int_equal(census.calls, 0);
	assert_int_equal(census.requests_queued, 0);
	assert_int_equal(census.requests_taken, 0);
	assert_int_equal(census.supplicant, 0);
	driver_remove(driver);
	assert_int_equal(fake_os_blocks(), 0);
	assert_int_equal(fake_os_memories(), 0);
}

static struct driver_file *open_device(struct driver *driver, enum driver_device device)
{
	const struct driver_credentials credentials = {
		.pid = 100,
		.uid = 1000,
		.gid = 1000,
		.groups = { 2000, 3000 },
		.group_count = 2,
	};
	struct driver_file *file;

	assert_int_equal(driver_open(driver, device, &credentials, &file), 0);
	return file;
}

struct driver_file *fake_client(struct driver *driver)
{
	return open_device(driver, DRIVER_TEE);
}

struct driver_file *fake_supplicant(struct driver *driver)
{
	return open_device(driver, DRIVER_TEEPRIV);
}

/* --- A client -------------------------------------------------------------------------------- */

static int control(struct driver_file *file, uint32_t command, void *argument, size_t size,
		   const struct os_file *in)
{
	struct os_memory *out;
	int error = driver_ioctl(file, command, argument, size, in, &out);

	if (out != NULL) {
		os_memory_put(out);
	}
	return error;
}

struct tee_ioctl_param client_value(uint64_t attr, uint64_t a, uint64_t b, uint64_t c)
{
	return (struct tee_ioctl_param){ attr, a, b, c };
}

struct tee_ioctl_param client_memref(uint64_t attr, int32_t id, uint64_t offset, uint64_t size)
{
	return (struct tee_ioctl_param){ attr, offset, size, (uint64_t)(int64_t)id };
}

int client_open(struct driver_file *file, uint32_t login, uint32_t data,
		struct tee_ioctl_param *params, uint32_t count, struct outcome *outcome)
{
	_Alignas(8) unsigned char buffer[TEE_MAX_ARG_SIZE] = { 0 };
	struct tee_ioctl_open_session_arg *arg = (void *)buffer;
	size_t bytes = count * sizeof(*params);
	int error;
	size_t i;

	for (i = 0; i < TEE_IOCTL_UUID_LEN; i++) {
		arg->uuid[i] = (uint8_t)(0xa0 + i);
	}
	memcpy(arg->clnt_uuid, &data, sizeof(data));
	arg->clnt_login = login;
	arg->num_params = count;
	if (count > 0) {
		memcpy(arg->params, params, bytes);
	}
	error = control(file, TEE_IOC_OPEN_SESSION, buffer, sizeof(*arg) + bytes, NULL);
	if (count > 0) {
		memcpy(params, arg->params, bytes);
	}
	*outcome = (struct outcome){ arg->session, arg->ret, arg->ret_origin };
	return error;
}

int client_invoke(struct driver_file *file, uint32_t session, uint32_t func,
		  struct tee_ioctl_param *params, uint32_t count, struct outcome *outcome)
{
	_Alignas(8) unsigned char buffer[TEE_MAX_ARG_SIZE] = { 0 };
	struct tee_ioctl_invoke_arg *arg = (void *)buffer;
	size_t bytes = count * sizeof(*params);
	int error;

	arg->func = func;
	arg->session = session;
	arg->num_params = count;
	if (count > 0) {
		memcpy(arg->params, params, bytes);
	}
	error = control(file, TEE_IOC_INVOKE, buffer, sizeof(*arg) + bytes, NULL);
	if (count > 0) {
		memcpy(params, arg->params, bytes);
	}
	*outcome = (struct outcome){ session, arg->ret, arg->ret_origin };
	return error;
}

int client_cancel(struct driver_file *file, uint32_t session)
{
	struct tee_ioctl_cancel_arg arg = { .cancel_id = 7, .session = session };

	return control(file, TEE_IOC_CANCEL, &arg, sizeof(arg), NULL);
}

int client_close(struct driver_file *file, uint32_t session)
{
	_Alignas(8) struct tee_ioctl_close_session_arg arg = { .session = session };

	return control(file, TEE_IOC_CLOSE_SESSION, &arg, sizeof(arg), NULL);
}

int client_shm_alloc(struct driver_file *file, uint64_t size, int32_t *id)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };
	int error = control(file, TEE_IOC_SHM_ALLOC, &data, sizeof(data), NULL);

	*id = data.id;
	return error;
}

int client_shm_register(struct driver_file *file, uint64_t offset, uint64_t length, int32_t *id)
{
	const struct os_file pages = { .size = 16u << 20 };
	struct tee_ioctl_shm_register_data data = { .addr = offset, .length = length };
	int error = control(file, TEE_IOC_SHM_REGISTER, &data, sizeof(data), &pages);

	*id = data.id;
	return error;
}

uint32_t client_session(struct driver_file *file)
{
	struct outcome outcome;

	assert_int_equal(client_open(file, TEE_IOCTL_LOGIN_PUBLIC, 0, NULL, 0, &outcome), 0);
	assert_int_equal(outcome.ret, 0);
	return outcome.session;
}

/* --- The supplicant -------------------------------------------------------------------------- */

int supplicant_receive(struct driver_file *file, uint32_t room, bool meta, struct taken *taken)
{
	_Alignas(8) unsigned char buffer[TEE_MAX_ARG_SIZE] = { 0 };
	struct tee_ioctl_supp_recv_arg *arg = (void *)buffer;
	int error;

	assert(room <= SUPPLICANT_PARAMS_MAX);
	arg->num_params = room;
	arg->params[0].attr = meta ? TEE_IOCTL_PARAM_ATTR_META : 0;
	error = control(file, TEE_IOC_SUPPL_RECV, buffer,
			sizeof(*arg) + room * sizeof(arg->params[0]), NULL);
	taken->func = arg->func;
	taken->count = arg->num_params;
	memcpy(taken->params, arg->params, sizeof(taken->params));
	return error;
}

int supplicant_send(struct driver_file *file, uint32_t ret, const struct tee_ioctl_param *params,
		    uint32_t count)
{
	_Alignas(8) unsigned char buffer[TEE_MAX_ARG_SIZE] = { 0 };
	struct tee_ioctl_supp_send_arg *arg = (void *)buffer;
	size_t bytes = count * sizeof(*params);

	arg->ret = ret;
	arg->num_params = count;
	memcpy(arg->params, params, bytes);
	return control(file, TEE_IOC_SUPPL_SEND, buffer, sizeof(*arg) + bytes, NULL);
}

static void supplicant_run(void *arg)
{
	struct supplicant_thread *thread = arg;
	struct taken taken;
	uint32_t result;

	while (supplicant_receive(thread->file, SUPPLICANT_PARAMS_MAX, true, &taken) == 0) {
		result = thread->serve(thread->file, &taken);
		(void)supplicant_send(thread->file, result, taken.params, taken.count);
		thread->served++;
	}
}

void supplicant_start(struct supplicant_thread *thread, struct driver_file *file,
		      supplicant_serve serve)
{
	*thread = (struct supplicant_thread){ .file = file, .serve = serve };
	thread->task = fake_task_start(supplicant_run, thread);
}

void supplicant_stop(struct supplicant_thread *thread)
{
	fake_task_kill(thread->task);
	fake_task_join(thread->task);
}
