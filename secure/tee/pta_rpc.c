#include "secure/tee/pta_rpc.h"

#include "abi/pta_rpc.h"
#include "abi/rpmb.h"
#include "lib/bytes.h"
#include "secure/core/check.h"
#include "secure/core/notif.h"
#include "secure/core/rpc.h"
#include "secure/core/wait.h"
#include "secure/tee/image.h"

/* Bytes that are on our stack at a time, on their way from one shared memory to another. */
#define CHUNK_SIZE 512u

#define RPMB_KEY_PROGRAM 1u

static_assert(PTA_RPC_PARAMS_MAX == RPC_PARAMS_MAX, "parameters of an RPC");
static_assert(PTA_RPC_KEYS == WAIT_VALUES_SPARE, "keys that nobody sleeps on");

/* Parameters of the pseudo-TA's own. */
enum {
	PARAM_CALL,
	PARAM_DATA,
};

struct exchange {
	const struct params *params;
	struct pta_rpc_call call; /* the copy */
	struct rpc_param list[PTA_RPC_PARAMS_MAX];
};

struct kind {
	enum rpc_param_type type;
	bool is_memref;
	bool is_input;
	bool is_output;
};

static const struct kind kinds[] = {
	[PTA_RPC_NONE] = { RPC_PARAM_NONE, false, false, false },
	[PTA_RPC_VALUE_INPUT] = { RPC_PARAM_VALUE_INPUT, false, true, false },
	[PTA_RPC_VALUE_OUTPUT] = { RPC_PARAM_VALUE_OUTPUT, false, false, true },
	[PTA_RPC_VALUE_INOUT] = { RPC_PARAM_VALUE_INOUT, false, true, true },
	[PTA_RPC_MEMREF_INPUT] = { RPC_PARAM_MEMREF_INPUT, true, true, false },
	[PTA_RPC_MEMREF_OUTPUT] = { RPC_PARAM_MEMREF_OUTPUT, true, false, true },
	[PTA_RPC_MEMREF_INOUT] = { RPC_PARAM_MEMREF_INOUT, true, true, true },
};

/* NULL: there is no such type. */
static const struct kind *kind_of(const struct pta_rpc_param *param)
{
	bool is_hole = param->type != PTA_RPC_NONE && param->type < array_size(kinds) &&
		       kinds[param->type].type == RPC_PARAM_NONE;

	return param->type >= array_size(kinds) || is_hole ? NULL : &kinds[param->type];
}

static bool has_memory(const struct pta_rpc_param *param)
{
	return kind_of(param)->is_memref && param->memory != PTA_RPC_MEMORY_NONE;
}

/* --- What is asked ---------------------------------------------------------------------------- */

static bool range_is_inside(uint64_t offset, uint64_t size, uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

static TEE_Result param_check(const struct exchange *exchange, const struct pta_rpc_param *param)
{
	const struct kind *kind = kind_of(param);

	if (kind == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!has_memory(param)) {
		return TEE_SUCCESS;
	}
	if (param->memory > RPC_SHM_TYPE_GLOBAL || param->size == 0 ||
	    param->size > PTA_RPC_DATA_MAX ||
	    !range_is_inside(param->offset, param->size, exchange->params->list[PARAM_DATA].size)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return TEE_SUCCESS;
}

static TEE_Result key_check(const struct pta_rpc_param *param)
{
	bool is_number = !kind_of(param)->is_memref;

	return is_number && param->b >= PTA_RPC_KEYS ? TEE_ERROR_ACCESS_DENIED : TEE_SUCCESS;
}

static TEE_Result call_check(struct exchange *exchange)
{
	struct pta_rpc_call *call = &exchange->call;
	TEE_Result res = TEE_SUCCESS;

	if (call->count > PTA_RPC_PARAMS_MAX || call->reserved != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (call->cmd == RPC_CMD_SHM_FREE) {
		return TEE_ERROR_ACCESS_DENIED;
	}
	for (uint32_t i = 0; i < call->count && res == TEE_SUCCESS; i++) {
		res = param_check(exchange, &call->params[i]);
		if (res == TEE_SUCCESS && call->cmd == RPC_CMD_NOTIFICATION) {
			res = key_check(&call->params[i]);
		}
	}
	return res;
}

static TEE_Result call_read(struct exchange *exchange)
{
	const struct params *params = exchange->params;
	TEE_Result res;

	if (!pta_types_are(params, TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT,
						   TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0)) ||
	    params->list[PARAM_CALL].size != sizeof(exchange->call)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = pta_copy_in(params, PARAM_CALL, 0, &exchange->call, sizeof(exchange->call));
	return res == TEE_SUCCESS ? call_check(exchange) : res;
}

/* --- Memory ----------------------------------------------------------------------------------- */

/* What the client gives, or zeros. */
static TEE_Result memory_fill(const struct exchange *exchange, unsigned int i)
{
	const struct pta_rpc_param *param = &exchange->call.params[i];
	bool is_input = kind_of(param)->is_input;
	uint8_t chunk[CHUNK_SIZE] = { 0 };

	for (uint64_t done = 0; done < param->size; done += sizeof(chunk)) {
		uint64_t left = param->size - done;
		size_t size = left < sizeof(chunk) ? (size_t)left : sizeof(chunk);
		TEE_Result res = TEE_SUCCESS;

		if (is_input) {
			res = pta_copy_in(exchange->params, PARAM_DATA, param->offset + done, chunk,
					  size);
		}
		if (res != TEE_SUCCESS) {
			return res;
		}
		if (!shm_copy_out(exchange->list[i].shm, done, chunk, size)) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
	}
	return TEE_SUCCESS;
}

/* Of what came back, as much as was asked for at most. */
static TEE_Result memory_collect(const struct exchange *exchange, unsigned int i)
{
	const struct pta_rpc_param *param = &exchange->call.params[i];
	uint64_t answered = exchange->list[i].size;
	uint64_t end = answered < param->size ? answered : param->size;
	uint8_t chunk[CHUNK_SIZE];

	for (uint64_t done = 0; done < end; done += sizeof(chunk)) {
		size_t size = end - done < sizeof(chunk) ? (size_t)(end - done) : sizeof(chunk);
		TEE_Result res;

		if (!shm_copy_in(exchange->list[i].shm, done, chunk, size)) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		res = pta_copy_out(exchange->params, PARAM_DATA, param->offset + done, chunk, size);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result memory_take(struct exchange *exchange)
{
	for (unsigned int i = 0; i < exchange->call.count; i++) {
		const struct pta_rpc_param *param = &exchange->call.params[i];
		TEE_Result res;

		if (!has_memory(param)) {
			continue;
		}
		res = rpc_shm_alloc(param->memory, (size_t)param->size, &exchange->list[i].shm);
		if (res != TEE_SUCCESS) {
			return res;
		}
		res = memory_fill(exchange, i);
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

static void memory_give_back(struct exchange *exchange)
{
	for (unsigned int i = 0; i < exchange->call.count; i++) {
		if (exchange->list[i].shm != NULL) {
			rpc_shm_free(exchange->call.params[i].memory, exchange->list[i].shm);
			exchange->list[i].shm = NULL;
		}
	}
}

/* --- RPMB ------------------------------------------------------------------------------------- */

/* Looks where the request lies now: the client cannot reach that any more. */
static bool programs_a_key(struct shm *shm, uint64_t size, uint64_t frames)
{
	uint64_t at = frames + offsetof(struct rpmb_frame, msg_type);

	for (; range_is_inside(at, 2, size); at += RPMB_FRAME_SIZE) {
		uint8_t type[2];

		if (!shm_copy_in(shm, at, type, sizeof(type)) ||
		    load_be16(type) == RPMB_KEY_PROGRAM) {
			return true;
		}
	}
	return false;
}

static TEE_Result rpmb_check(const struct exchange *exchange)
{
	uint32_t cmd = exchange->call.cmd;
	uint64_t frames = cmd == RPC_CMD_RPMB ? sizeof(struct rpmb_request) : 0;

	if (cmd != RPC_CMD_RPMB && cmd != RPC_CMD_RPMB_FRAMES) {
		return TEE_SUCCESS;
	}
	for (unsigned int i = 0; i < exchange->call.count; i++) {
		const struct rpc_param *param = &exchange->list[i];

		if (param->shm != NULL && programs_a_key(param->shm, param->size, frames)) {
			return TEE_ERROR_ACCESS_DENIED;
		}
	}
	return TEE_SUCCESS;
}

/* --- The call --------------------------------------------------------------------------------- */

static void list_fill(struct exchange *exchange)
{
	/* The client's keys become ones that nobody sleeps on. */
	uint64_t key = exchange->call.cmd == RPC_CMD_NOTIFICATION ? wait_value_spare() : 0;

	for (unsigned int i = 0; i < exchange->call.count; i++) {
		const struct pta_rpc_param *param = &exchange->call.params[i];
		const struct kind *kind = kind_of(param);

		exchange->list[i].type = kind->type;
		exchange->list[i].size = kind->is_memref ? param->size : 0;
		if (!kind->is_memref && kind->is_input) {
			exchange->list[i].a = param->a;
			exchange->list[i].b = param->b + key;
			exchange->list[i].c = param->c;
		}
	}
}

static TEE_Result list_collect(struct exchange *exchange)
{
	TEE_Result res = TEE_SUCCESS;

	for (unsigned int i = 0; i < exchange->call.count && res == TEE_SUCCESS; i++) {
		struct pta_rpc_param *param = &exchange->call.params[i];
		const struct kind *kind = kind_of(param);

		if (!kind->is_output) {
			continue;
		}
		if (has_memory(param)) {
			res = memory_collect(exchange, i);
		}
		param->size = exchange->list[i].size;
		if (!kind->is_memref) {
			param->a = exchange->list[i].a;
			param->b = exchange->list[i].b;
			param->c = exchange->list[i].c;
		}
	}
	return res;
}

static TEE_Result call_send(struct exchange *exchange)
{
	TEE_Result res;

	list_fill(exchange);
	res = memory_take(exchange);
	if (res == TEE_SUCCESS) {
		res = rpmb_check(exchange);
	}
	if (res == TEE_SUCCESS) {
		exchange->call.result =
			rpc_call(exchange->call.cmd, exchange->list, exchange->call.count);
		res = list_collect(exchange);
	}
	memory_give_back(exchange);
	return res;
}

/* VALUE_INPUT a = type, b = size; b comes back as what can be used of it. */
static TEE_Result alloc_send(struct exchange *exchange)
{
	struct pta_rpc_param *param = &exchange->call.params[0];
	struct shm *shm;

	if (exchange->call.count != 1 || param->type != PTA_RPC_VALUE_INPUT ||
	    param->a > UINT32_MAX || param->b > PTA_RPC_DATA_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	exchange->call.result = rpc_shm_alloc((uint32_t)param->a, (size_t)param->b, &shm);
	if (exchange->call.result == TEE_SUCCESS) {
		param->b = shm_size(shm);
		rpc_shm_free((uint32_t)param->a, shm);
	}
	return TEE_SUCCESS;
}

static TEE_Result serve_call(struct params *params)
{
	struct exchange exchange = { .params = params };
	TEE_Result res;

	res = call_read(&exchange);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = exchange.call.cmd == RPC_CMD_SHM_ALLOC ? alloc_send(&exchange) : call_send(&exchange);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return pta_copy_out(params, PARAM_CALL, 0, &exchange.call, sizeof(exchange.call));
}

/* --- Notifications ---------------------------------------------------------------------------- */

/* 0, which is nobody's: there is none. */
static uint32_t notify_value;

static void rpc_init(void)
{
	if (notif_value_alloc(&notify_value) != TEE_SUCCESS) {
		notify_value = 0;
	}
}

static TEE_Result serve_notify(struct params *params)
{
	if (!pta_types_are(params, TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (notify_value == 0) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	params->list[0].a = notify_value;
	params->list[0].b = 0;
	notif_send(notify_value);
	return TEE_SUCCESS;
}

static TEE_Result serve_notify_wait(struct params *params)
{
	if (!pta_types_are(params, TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return notify_value == 0 ? TEE_ERROR_OUT_OF_MEMORY
				 : notif_wait(notify_value, params->list[0].a);
}

/* --- The pseudo-TA ---------------------------------------------------------------------------- */

static TEE_Result (*const commands[])(struct params *params) = {
	[PTA_RPC_CALL] = serve_call,
	[PTA_RPC_NOTIFY] = serve_notify,
	[PTA_RPC_NOTIFY_WAIT] = serve_notify_wait,
};

static TEE_Result rpc_open(struct session *session, struct params *params)
{
	(void)session;
	(void)params;
	return image_key_is_public() ? TEE_SUCCESS : TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result rpc_invoke(struct session *session, uint32_t command, struct params *params)
{
	(void)session;
	return command < array_size(commands) ? commands[command](params) : TEE_ERROR_NOT_SUPPORTED;
}

const struct pta pta_rpc = {
	.uuid = PTA_RPC_UUID,
	.name = "rpc",
	.flags = PTA_FLAGS_MANDATORY | TA_FLAG_CONCURRENT,
	.init = rpc_init,
	.open = rpc_open,
	.invoke = rpc_invoke,
};
