#include "normal/supplicant/supplicant.h"

#include "abi/rpc.h"

/* What is not here is not supported. */
static const struct service {
	const char *name;
	request_serve *serve;
} services[] = {
	[RPC_CMD_LOAD_TA] = { "LOAD_TA", ta_serve_load },
	[RPC_CMD_RPMB] = { "RPMB", rpmb_serve },
	[RPC_CMD_FS] = { "FS", fs_serve },
	[RPC_CMD_SHM_ALLOC] = { "SHM_ALLOC", shm_serve_alloc },
	[RPC_CMD_SHM_FREE] = { "SHM_FREE", shm_serve_free },
	[RPC_CMD_GPROF] = { "GPROF", profile_serve_gprof },
	[RPC_CMD_SOCKET] = { "SOCKET", socket_serve },
	[RPC_CMD_FTRACE] = { "FTRACE", profile_serve_ftrace },
	[RPC_CMD_SUPP_PLUGIN] = { "SUPP_PLUGIN", plugin_serve },
};

static uint32_t type_of(const struct tee_ioctl_param *param)
{
	return (uint32_t)param->attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK;
}

bool request_has_shape(const struct request *request, const uint32_t *types, size_t count)
{
	size_t i;

	if (request->count != count) {
		return false;
	}
	for (i = 0; i < count; i++) {
		if (type_of(&request->params[i]) != types[i] ||
		    (request_is_memory(types[i]) && request->memory[i].data == NULL)) {
			return false;
		}
	}
	return true;
}

static void memory_release(struct supplicant *supplicant, struct request *request)
{
	size_t i;

	for (i = 0; i < request->count; i++) {
		shm_put(&supplicant->shm, request->memory[i].object);
	}
}

/* false: a reference leaves its memory. What was found is in `request` all the same. */
static bool memory_resolve(struct supplicant *supplicant, struct request *request)
{
	const struct tee_ioctl_param *param;
	size_t i;

	for (i = 0; i < request->count; i++) {
		param = &request->params[i];
		if (request_is_memory(type_of(param)) &&
		    !shm_get(&supplicant->shm, param, &request->memory[i])) {
			return false;
		}
	}
	return true;
}

TEE_Result supplicant_serve(struct supplicant *supplicant, uint32_t command,
			    struct tee_ioctl_param *params, size_t count)
{
	struct request request = { .command = command, .count = count, .params = params };
	TEE_Result result = TEE_ERROR_BAD_PARAMETERS;

	if (command >= array_size(services) || services[command].serve == NULL) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (count > REQUEST_PARAMS_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (memory_resolve(supplicant, &request)) {
		result = services[command].serve(supplicant, &request);
	}
	memory_release(supplicant, &request);
	return result;
}
