#include "secure/core/rpc.h"

#include <string.h>

#include "abi/msg.h"
#include "abi/smc.h"
#include "secure/core/check.h"
#include "secure/core/log.h"
#include "secure/core/memref.h"
#include "secure/core/rpc_thread.h"
#include "secure/core/thread.h"

/* The order of the words that come with RETURN_FROM_RPC after an ALLOC. */
enum rpc_answer {
	RPC_ANSWER_ADDRESS_HIGH,
	RPC_ANSWER_ADDRESS_LOW,
	RPC_ANSWER_COOKIE_HIGH,
	RPC_ANSWER_COOKIE_LOW,
	RPC_ANSWER_WORDS,
};

/* A request or its reply, on our side of the line. */
union rpc_message {
	struct msg_arg arg;
	uint8_t bytes[MSG_RPC_ARG_SIZE];
};

/* Where a request is written, and the name the normal world has for the place. */
struct rpc_room {
	struct shm *shm;
	uint64_t offset;
	uint64_t cookie;
};

static_assert(RPC_PARAMS_MAX == MSG_RPC_PARAMS_MAX, "the room is for four parameters");

/* Written only while every thread is free, read only by threads that are not. */
static bool rpc_cache_on;

static struct rpc_thread *rpc_current(void)
{
	struct thread *thread = thread_current();

	check(thread != NULL);
	return thread_rpc(thread);
}

/* --- Room for the request --------------------------------------------------------------------- */

static void rpc_room_free(uint64_t cookie)
{
	uint32_t unused[RPC_ANSWER_WORDS];

	thread_suspend(SMC_RPC_FREE, smc_u64_high(cookie), smc_u64_low(cookie), unused);
}

/* NULL: we got nothing, or nothing of use and it was handed back. */
static struct shm *rpc_room_alloc(void)
{
	uint32_t answer[RPC_ANSWER_WORDS];
	uint64_t address;
	uint64_t cookie;
	struct shm *shm;

	thread_suspend(SMC_RPC_ALLOC, MSG_RPC_ARG_SIZE, 0, answer);
	address =
		smc_u64_from_pair(answer[RPC_ANSWER_ADDRESS_HIGH], answer[RPC_ANSWER_ADDRESS_LOW]);
	cookie = smc_u64_from_pair(answer[RPC_ANSWER_COOKIE_HIGH], answer[RPC_ANSWER_COOKIE_LOW]);
	/* Cookie 0 says "the room that came with the call", so it can name no other, not even to
	 * hand it back. */
	if (address == 0 || cookie == 0) {
		return NULL;
	}
	if (!is_aligned(address, MSG_PAGE_SIZE) ||
	    shm_create_page(cookie, address, MSG_RPC_ARG_SIZE, &shm) != TEE_SUCCESS) {
		rpc_room_free(cookie);
		return NULL;
	}
	if (shm_address(shm, 0) == NULL) {
		shm_put(shm);
		rpc_room_free(cookie);
		return NULL;
	}
	return shm;
}

/* The normal world may use the memory for something else once it is told. */
static void rpc_room_drop(struct rpc_thread *rpc)
{
	struct shm *shm = rpc->own;
	uint64_t cookie;

	if (shm == NULL) {
		return;
	}
	rpc->own = NULL;
	cookie = shm_cookie(shm);
	shm_put(shm);
	rpc_room_free(cookie);
}

static bool rpc_room_find(struct rpc_thread *rpc, struct rpc_room *room)
{
	if (rpc->given != NULL) {
		*room = (struct rpc_room){ .shm = rpc->given, .offset = rpc->given_offset };
		return true;
	}
	/* With FF-A a call never comes without. */
	check(!memref_by_handle());
	if (rpc->own == NULL) {
		rpc->own = rpc_room_alloc();
	}
	if (rpc->own == NULL) {
		return false;
	}
	*room = (struct rpc_room){ .shm = rpc->own, .cookie = shm_cookie(rpc->own) };
	return true;
}

/* --- Request and reply ------------------------------------------------------------------------ */

static void rpc_message_init(union rpc_message *message, uint32_t cmd, size_t count)
{
	memset(message, 0, msg_arg_size(count));
	message->arg.cmd = cmd;
	message->arg.ret = MSG_RPC_RET_PRESET;
	message->arg.num_params = (uint32_t)count;
}

/* Send the message and put the whole reply in its place: from here on nobody can change it. The
 * reply's result, or why nothing was sent. */
static TEE_Result rpc_exchange(union rpc_message *message)
{
	size_t size = msg_arg_size(message->arg.num_params);
	size_t written = memref_by_handle() ? sizeof(*message) : size;
	uint32_t unused[RPC_ANSWER_WORDS];
	struct rpc_room room;

	if (!rpc_room_find(rpc_current(), &room)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (!shm_copy_out(room.shm, room.offset, message, written)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	thread_suspend(SMC_RPC_CMD, smc_u64_high(room.cookie), smc_u64_low(room.cookie), unused);

	/* It was mapped to write the request and stays so. */
	check(shm_copy_in(room.shm, room.offset, message, size));
	return message->arg.ret;
}

static const uint64_t rpc_value_attrs[] = {
	[RPC_PARAM_VALUE_INPUT] = MSG_ATTR_TYPE_VALUE_INPUT,
	[RPC_PARAM_VALUE_OUTPUT] = MSG_ATTR_TYPE_VALUE_OUTPUT,
	[RPC_PARAM_VALUE_INOUT] = MSG_ATTR_TYPE_VALUE_INOUT,
};

static const enum memref_direction rpc_directions[] = {
	[RPC_PARAM_MEMREF_INPUT] = MEMREF_INPUT,
	[RPC_PARAM_MEMREF_OUTPUT] = MEMREF_OUTPUT,
	[RPC_PARAM_MEMREF_INOUT] = MEMREF_INOUT,
};

static bool rpc_encode_memref(const struct rpc_param *param, struct msg_param *to)
{
	const struct memref memref = { param->shm, param->offset, param->size };

	return memref_out(&memref, rpc_directions[param->type], to);
}

static bool rpc_encode(const struct rpc_param *param, struct msg_param *to)
{
	switch (param->type) {
	case RPC_PARAM_NONE:
		return true;
	case RPC_PARAM_VALUE_INPUT:
	case RPC_PARAM_VALUE_INOUT:
		to->u.value.a = param->a;
		to->u.value.b = param->b;
		to->u.value.c = param->c;
		/* fall through */
	case RPC_PARAM_VALUE_OUTPUT:
		to->attr = rpc_value_attrs[param->type];
		return true;
	case RPC_PARAM_MEMREF_INPUT:
	case RPC_PARAM_MEMREF_OUTPUT:
	case RPC_PARAM_MEMREF_INOUT:
		return rpc_encode_memref(param, to);
	}
	return false;
}

/* What kind a parameter is we know from the request; the reply's opinion does not count. */
static void rpc_decode(const struct msg_param *from, struct rpc_param *param)
{
	switch (param->type) {
	case RPC_PARAM_VALUE_OUTPUT:
	case RPC_PARAM_VALUE_INOUT:
		param->a = from->u.value.a;
		param->b = from->u.value.b;
		param->c = from->u.value.c;
		break;
	case RPC_PARAM_MEMREF_OUTPUT:
	case RPC_PARAM_MEMREF_INOUT:
		param->size = from->u.rmem.size;
		break;
	case RPC_PARAM_NONE:
	case RPC_PARAM_VALUE_INPUT:
	case RPC_PARAM_MEMREF_INPUT:
		break;
	}
}

TEE_Result rpc_call(uint32_t cmd, struct rpc_param *params, size_t count)
{
	union rpc_message message;
	TEE_Result res;

	if (count > RPC_PARAMS_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	rpc_message_init(&message, cmd, count);
	for (size_t i = 0; i < count; i++) {
		if (!rpc_encode(&params[i], &message.arg.params[i])) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
	}
	res = rpc_exchange(&message);
	for (size_t i = 0; i < count; i++) {
		/* When nothing was sent, this is what we wrote ourselves. */
		rpc_decode(&message.arg.params[i], &params[i]);
	}
	return res;
}

/* --- Shared memory ---------------------------------------------------------------------------- */

static void rpc_shm_free_cookie(uint32_t type, uint64_t cookie)
{
	struct rpc_param param = { .type = RPC_PARAM_VALUE_INPUT, .a = type, .b = cookie };

	if (rpc_call(RPC_CMD_SHM_FREE, &param, 1) != TEE_SUCCESS) {
		log_debug("the normal world did not take its memory back");
	}
}

TEE_Result rpc_shm_alloc(uint32_t type, size_t size, struct shm **shm)
{
	union rpc_message message;
	struct msg_param *param = &message.arg.params[0];
	uint64_t name;

	rpc_message_init(&message, RPC_CMD_SHM_ALLOC, 1);
	param->attr = MSG_ATTR_TYPE_VALUE_INPUT;
	param->u.value.a = type;
	param->u.value.b = size;
	param->u.value.c = RPC_SHM_ALIGNMENT;
	if (rpc_exchange(&message) != TEE_SUCCESS || message.arg.num_params != 1) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (!memref_is_grant(param, &name)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (memref_grant(param, size, shm) != TEE_SUCCESS) {
		rpc_shm_free_cookie(type, name);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return TEE_SUCCESS;
}

void rpc_shm_free(uint32_t type, struct shm *shm)
{
	uint64_t cookie = shm_cookie(shm);

	/* The normal world may use the memory for something else once it is told. */
	memref_drop(shm);
	rpc_shm_free_cookie(type, cookie);
}

static void rpc_payload_free(struct rpc_thread_payload *payload)
{
	struct shm *shm = payload->shm;

	if (shm != NULL) {
		payload->shm = NULL;
		rpc_shm_free(payload->type, shm);
	}
}

TEE_Result rpc_payload(enum rpc_payload user, uint32_t type, size_t size, struct shm **shm)
{
	struct rpc_thread_payload *payload;
	uint64_t rounded;
	TEE_Result res;

	check(user < RPC_PAYLOAD_COUNT);
	payload = &rpc_current()->payloads[user];
	if (payload->shm == NULL || payload->type != type || payload->size < size) {
		if (!align_up(size, MSG_PAGE_SIZE, &rounded) || rounded > SHM_SIZE_MAX) {
			return TEE_ERROR_OUT_OF_MEMORY;
		}
		rpc_payload_free(payload);
		res = rpc_shm_alloc(type, (size_t)rounded, &payload->shm);
		if (res != TEE_SUCCESS) {
			return res;
		}
		payload->type = type;
		payload->size = rounded;
	}
	*shm = payload->shm;
	return TEE_SUCCESS;
}

void rpc_payload_drop(enum rpc_payload user)
{
	check(user < RPC_PAYLOAD_COUNT);
	rpc_payload_free(&rpc_current()->payloads[user]);
}

/* --- Calls and the cache ---------------------------------------------------------------------- */

void rpc_foreign_interrupt(void)
{
	thread_suspend(SMC_RPC_FOREIGN_INTR, 0, 0, NULL);
}

void rpc_begin(struct shm *shm, uint64_t offset)
{
	struct rpc_thread *rpc = rpc_current();

	check(rpc->given == NULL);
	if (shm != NULL) {
		rpc_room_drop(rpc);
		rpc->given = shm;
		rpc->given_offset = offset;
	}
}

void rpc_end(void)
{
	struct rpc_thread *rpc = rpc_current();
	struct shm *given;

	for (size_t i = 0; i < RPC_PAYLOAD_COUNT; i++) {
		rpc_payload_free(&rpc->payloads[i]);
	}
	/* Before our own room: the last one to let go of a registered object may have to wake who
	 * waits for that, which is another request. */
	given = rpc->given;
	rpc->given = NULL;
	if (given != NULL) {
		shm_put(given);
	}
	if (!rpc_cache_on) {
		rpc_room_drop(rpc);
	}
}

static void rpc_cache_visit_enable(struct thread *thread, void *arg)
{
	(void)thread;
	(void)arg;
	rpc_cache_on = true;
}

uint32_t rpc_cache_enable(void)
{
	return thread_all_free(rpc_cache_visit_enable, NULL) ? SMC_OK : SMC_EBUSY;
}

/* Takes one room at most. The last visit leaves the cache on if there was one. */
static void rpc_cache_visit_disable(struct thread *thread, void *arg)
{
	struct rpc_thread *rpc = thread_rpc(thread);
	struct shm **taken = arg;

	if (*taken == NULL) {
		*taken = rpc->own;
		rpc->own = NULL;
	}
	rpc_cache_on = *taken != NULL;
}

uint32_t rpc_cache_disable(uint64_t *cookie)
{
	struct shm *taken = NULL;

	if (!thread_all_free(rpc_cache_visit_disable, &taken)) {
		return SMC_EBUSY;
	}
	if (taken == NULL) {
		return SMC_ENOTAVAIL;
	}
	*cookie = shm_cookie(taken);
	shm_put(taken);
	return SMC_OK;
}

void rpc_thread_reset(struct rpc_thread *rpc)
{
	check(rpc->given == NULL);
	if (rpc->own != NULL) {
		shm_put(rpc->own);
	}
	memset(rpc, 0, sizeof(*rpc));
	rpc_cache_on = false;
}
