#include "normal/driver/rpc.h"

#include "abi/gp.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "normal/driver/arg.h"
#include "normal/driver/call.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/state.h"

/* A suspended thread looks this often whether its client was killed or the secure world has
 * gone. */
#define SUSPEND_SLICE_MS 100u

/* One request: a private copy, which the answer is written from. */
struct request {
	struct call *call;
	struct msg_arg *shared;
	uint32_t command;
	uint32_t count;
	struct msg_param params[ARG_RPC_PARAMS_MAX];
	uint32_t result;
	uint32_t origin;
	struct driver_event event;
};

/* --- Requests for the supplicant ------------------------------------------------------------- */

/* Requests by which the secure world gives something back. They have no memrefs. */
static bool gives_back(const struct request *request)
{
	static const struct {
		uint32_t command;
		uint64_t sub_command;
	} list[] = {
		{ RPC_CMD_FS, RPC_FS_CLOSE },
		{ RPC_CMD_FS, RPC_FS_CLOSEDIR },
		{ RPC_CMD_SOCKET, RPC_SOCKET_CLOSE },
		{ RPC_CMD_SOCKET, RPC_SOCKET_CLOSE_ALL },
	};
	size_t i;

	for (i = 0; i < array_size(list) && request->count == 1; i++) {
		if (request->command == list[i].command &&
		    request->params[0].attr == MSG_ATTR_TYPE_VALUE_INPUT &&
		    request->params[0].u.value.a == list[i].sub_command) {
			return true;
		}
	}
	return false;
}

static void serve_by_supplicant(struct request *request)
{
	struct param params[ARG_RPC_PARAMS_MAX];
	const struct supp_ask ask = {
		.function = request->command,
		.params = params,
		.count = request->count,
		.purpose = gives_back(request) ? SUPP_GIVE_BACK : SUPP_ASK,
	};

	request->origin = MSG_ORIGIN_COMMS;
	if (!driver_params_from_request(request->call->driver, request->params, params,
					request->count)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	request->result = driver_supp_request(request->call, &request->event, &ask);
	driver_params_to_request(params, request->params, request->count);
	driver_params_put(params, request->count);
}

/* --- Requests that the driver answers -------------------------------------------------------- */

static bool request_is(const struct request *request, uint64_t attr)
{
	return request->count == 1 && request->params[0].attr == attr;
}

static void serve_time(struct request *request)
{
	uint32_t nanoseconds;
	uint64_t seconds;

	if (!request_is(request, MSG_ATTR_TYPE_VALUE_OUTPUT)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	os_time_real(&seconds, &nanoseconds);
	request->params[0].u.value.a = seconds;
	request->params[0].u.value.b = nanoseconds;
	request->result = TEE_SUCCESS;
}

static void serve_notification(struct request *request)
{
	const struct msg_param_value *value = &request->params[0].u.value;

	request->result = TEE_ERROR_BAD_PARAMETERS;
	if (!request_is(request, MSG_ATTR_TYPE_VALUE_INPUT)) {
		return;
	}
	if (value->a == RPC_NOTIFICATION_WAIT) {
		request->result = driver_notif_wait(request->call->driver, value->b, value->c);
	} else if (value->a == RPC_NOTIFICATION_SEND) {
		request->result = driver_notif_send(request->call->driver, value->b);
	}
}

static void serve_suspend(struct request *request)
{
	const struct driver *driver = request->call->driver;
	uint64_t left = request->params[0].u.value.a;

	if (!request_is(request, MSG_ATTR_TYPE_VALUE_INPUT)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	while (left > 0 && !os_task_killed() && !atomic_load(&driver->dead)) {
		uint32_t now = left < SUSPEND_SLICE_MS ? (uint32_t)left : SUSPEND_SLICE_MS;

		os_sleep(now);
		left -= now;
	}
	/* Linux says that all went well. Then a TA sleeps on, turn by turn, for a client that is
	 * gone, and each turn ends at once. */
	request->result = os_task_killed() ? TEE_ERROR_CANCEL : TEE_SUCCESS;
}

/* --- RPMB, where the driver has a device ----------------------------------------------------- */

static void serve_rpmb_reset(struct request *request)
{
	struct rpmb *rpmb = &request->call->driver->rpmb;

	if (rpmb->count == 0) {
		serve_by_supplicant(request);
		return;
	}
	if (!request_is(request, MSG_ATTR_TYPE_VALUE_OUTPUT)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	driver_rpmb_reset(rpmb);
	request->params[0].u.value = (struct msg_param_value){ .a = RPC_SHM_TYPE_KERNEL };
	request->result = TEE_SUCCESS;
}

static uint32_t rpmb_next(struct rpmb *rpmb, struct param params[2])
{
	return driver_rpmb_next(rpmb, &params[0], &params[1]);
}

static uint32_t rpmb_frames(struct rpmb *rpmb, struct param params[2])
{
	return driver_rpmb_frames(rpmb, &params[0], &params[1]);
}

/* A request of two parameters, of which the first is of type `first` and the second a buffer for
 * what comes back. */
static void serve_rpmb(struct request *request, uint32_t first,
		       uint32_t (*serve)(struct rpmb *rpmb, struct param params[2]))
{
	struct driver *driver = request->call->driver;
	struct param params[ARG_RPC_PARAMS_MAX];

	if (driver->rpmb.count == 0) {
		serve_by_supplicant(request);
		return;
	}
	request->result = TEE_ERROR_BAD_PARAMETERS;
	if (request->count != 2 ||
	    !driver_params_from_request(driver, request->params, params, request->count)) {
		return;
	}
	if (params[0].type == first && params[1].type == TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT) {
		request->result = serve(&driver->rpmb, params);
		driver_params_to_request(params, request->params, request->count);
	}
	driver_params_put(params, request->count);
}

static void serve_rpmb_next(struct request *request)
{
	serve_rpmb(request, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT, rpmb_next);
}

static void serve_rpmb_frames(struct request *request)
{
	serve_rpmb(request, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, rpmb_frames);
}

/* --- I2C ------------------------------------------------------------------------------------- */

static void serve_i2c(struct request *request)
{
	static const uint32_t types[I2C_PARAMS] = {
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
		TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT,
	};
	struct driver *driver = request->call->driver;
	struct param params[I2C_PARAMS];
	bool good = true;
	uint32_t i;

	if (driver->i2c.count == 0) {
		request->result = TEE_ERROR_NOT_SUPPORTED;
		return;
	}
	request->result = TEE_ERROR_BAD_PARAMETERS;
	if (request->count != I2C_PARAMS ||
	    !driver_params_from_request(driver, request->params, params, I2C_PARAMS)) {
		return;
	}
	for (i = 0; i < I2C_PARAMS; i++) {
		good = good && params[i].type == types[i];
	}
	if (good) {
		request->result = driver_i2c_transfer(&driver->i2c, params);
		driver_params_to_request(params, request->params, I2C_PARAMS);
	}
	driver_params_put(params, I2C_PARAMS);
}

/* --- Memory for the secure world ------------------------------------------------------------- */

/* One reference, which is the secure world's while it holds the memory. */
static struct shm *application_alloc(struct request *request, uint64_t size)
{
	struct param param = {
		.type = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
		.a = RPC_SHM_TYPE_APPL,
		.b = size,
	};
	const struct supp_ask ask = { RPC_CMD_SHM_ALLOC, &param, 1, SUPP_ASK_MEMORY, NULL };
	uint32_t result = driver_supp_request(request->call, &request->event, &ask);

	if (result == TEE_SUCCESS && param.shm == NULL) {
		os_log(OS_LOG_WARNING, "the supplicant answered with memory it does not have");
	}
	if (result != TEE_SUCCESS) {
		driver_shm_put(param.shm);
		return NULL;
	}
	return param.shm;
}

/* The driver lets go first: the supplicant may then give the memory up altogether. Another
 * supplicant than the one that made it knows nothing of it, and may use its id for something
 * else. */
static void application_free(struct request *request, struct shm *shm)
{
	struct driver_file *file = shm->file;
	struct param param = {
		.type = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT,
		.a = RPC_SHM_TYPE_APPL,
		.b = (uint64_t)shm->id,
	};
	const struct supp_ask ask = { RPC_CMD_SHM_FREE, &param, 1, SUPP_GIVE_BACK, file };

	driver_file_get(file);
	driver_shm_put(shm);
	(void)driver_supp_request(request->call, &request->event, &ask);
	driver_file_put(file);
}

static struct shm *kernel_alloc(struct request *request, uint64_t size)
{
	struct shm *shm;

	return driver_shm_private(request->call->driver, size, &shm) == 0 ? shm : NULL;
}

static void kernel_free(struct request *request, struct shm *shm)
{
	driver_shm_put(shm);
}

/* What may be asked for, by RPC_SHM_TYPE_*. */
static const struct memory {
	enum shm_kind kind;
	struct shm *(*alloc)(struct request *request, uint64_t size);
	void (*free)(struct request *request, struct shm *shm);
} memories[] = {
	[RPC_SHM_TYPE_APPL] = { SHM_CLIENT, application_alloc, application_free },
	[RPC_SHM_TYPE_KERNEL] = { SHM_PRIVATE, kernel_alloc, kernel_free },
};

static bool shm_alloc_is_well_formed(const struct request *request)
{
	uint32_t i;

	if (request->count == 0 || request->params[0].attr != MSG_ATTR_TYPE_VALUE_INPUT ||
	    request->params[0].u.value.a >= array_size(memories)) {
		return false;
	}
	if (request->call->driver->transport->strict_requests && request->count != 1) {
		return false;
	}
	for (i = 1; i < request->count; i++) {
		if (request->params[i].attr != MSG_ATTR_TYPE_NONE) {
			return false;
		}
	}
	return true;
}

static void serve_shm_alloc(struct request *request)
{
	bool (*describe)(struct call *, const struct shm *, struct msg_param *) =
		request->call->driver->transport->memory_out;
	const struct memory *memory;
	uint64_t size = request->params[0].u.value.b;
	struct shm *shm;

	if (!shm_alloc_is_well_formed(request)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	memory = &memories[request->params[0].u.value.a];
	request->result = TEE_ERROR_OUT_OF_MEMORY;
	shm = memory->alloc(request, size);
	if (shm == NULL) {
		return;
	}
	if (shm->size < size || !describe(request->call, shm, &request->params[0]) ||
	    !driver_shm_hold(shm)) {
		memory->free(request, shm);
		return;
	}
	request->result = TEE_SUCCESS;
}

static void serve_shm_free(struct request *request)
{
	const struct memory *memory;
	uint64_t type = request->params[0].u.value.a;
	struct shm *shm;

	if (!request_is(request, MSG_ATTR_TYPE_VALUE_INPUT)) {
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	if (type >= array_size(memories)) {
		request->result = request->call->driver->transport->strict_requests
					  ? TEE_ERROR_BAD_PARAMETERS
					  : TEE_SUCCESS;
		return;
	}
	request->result = TEE_SUCCESS;
	memory = &memories[type];
	shm = driver_shm_unhold(request->call->driver, memory->kind, request->params[0].u.value.b);
	if (shm == NULL) {
		os_log(OS_LOG_WARNING, "the secure world gave back memory it does not have");
		request->result = TEE_ERROR_BAD_PARAMETERS;
		return;
	}
	memory->free(request, shm);
}

/* --- Requests -------------------------------------------------------------------------------- */

/* What is not here is for the supplicant. */
static void (*const commands[])(struct request *request) = {
	[RPC_CMD_GET_TIME] = serve_time,
	[RPC_CMD_NOTIFICATION] = serve_notification,
	[RPC_CMD_SUSPEND] = serve_suspend,
	[RPC_CMD_SHM_ALLOC] = serve_shm_alloc,
	[RPC_CMD_SHM_FREE] = serve_shm_free,
	[RPC_CMD_I2C_TRANSFER] = serve_i2c,
	[RPC_CMD_RPMB_PROBE_RESET] = serve_rpmb_reset,
	[RPC_CMD_RPMB_PROBE_NEXT] = serve_rpmb_next,
	[RPC_CMD_RPMB_FRAMES] = serve_rpmb_frames,
};

/* Copy the request in. false: it claims more parameters than there is room for. */
static bool request_read(struct request *request, struct msg_arg *shared, size_t room)
{
	struct msg_arg header;

	shared_copy_in(&header, shared, sizeof(header));
	request->shared = shared;
	request->command = header.cmd;
	if (header.num_params > ARG_RPC_PARAMS_MAX || msg_arg_size(header.num_params) > room) {
		request->count = 0;
		return false;
	}
	request->count = header.num_params;
	shared_copy_in(request->params, shared->params,
		       request->count * sizeof(request->params[0]));
	return true;
}

static void request_write(const struct request *request)
{
	memcpy(request->shared->params, request->params,
	       request->count * sizeof(request->params[0]));
	request->shared->ret_origin = request->origin;
	request->shared->ret = request->result;
}

void driver_rpc_serve(struct call *call, struct msg_arg *shared, size_t room)
{
	struct request request = { .call = call };
	void (*serve)(struct request * request) = serve_by_supplicant;
	bool readable = request_read(&request, shared, room);

	driver_event_request_begin(&request.event, call, request.command, request.params,
				   request.count);
	if (request.command < array_size(commands) && commands[request.command] != NULL) {
		serve = commands[request.command];
	}
	if (readable) {
		serve(&request);
	} else {
		request.result = TEE_ERROR_BAD_PARAMETERS;
	}
	driver_event_request_end(&request.event, request.params, request.count, request.result,
				 request.origin);
	request_write(&request);
}

/* It was taken on the way out; others may want to run. */
void driver_rpc_interrupt(struct call *call)
{
	struct driver_event event;

	driver_event_rpc_begin(&event, call, SMC_RPC_FOREIGN_INTR, 0);
	os_task_yield();
	driver_event_rpc_end(&event, TEE_SUCCESS);
}
