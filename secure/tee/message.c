#include "secure/tee/message.h"

#include "abi/msg.h"
#include "abi/smc.h"
#include "lib/uuid.h"
#include "secure/core/check.h"
#include "secure/core/memref.h"
#include "secure/core/notif.h"
#include "secure/core/rpc.h"
#include "secure/tee/call.h"
#include "secure/tee/param.h"
#include "secure/tee/session.h"

/* No message has a use for more parameters. They are counted, but not read. */
#define PARAMS_READ_MAX (MSG_OPEN_META_PARAMS + MSG_CLIENT_PARAMS_MAX)

struct message {
	struct shm *shm;
	uint64_t offset;
	union {
		uint8_t bytes[MSG_ARG_SIZE(PARAMS_READ_MAX)];
		struct msg_arg arg;
	} copy;
};

/* --- In --------------------------------------------------------------------------------------- */

static uint32_t head_read(struct message *message)
{
	struct msg_arg *arg = &message->copy.arg;

	if (!shm_covers(message->shm, message->offset, sizeof(*arg))) {
		return SMC_EBADADDR;
	}
	if (!shm_copy_in(message->shm, message->offset, arg, sizeof(*arg))) {
		return SMC_ENOMEM;
	}
	return arg->num_params <= MSG_PARAMS_MAX ? SMC_OK : SMC_EBADADDR;
}

static uint32_t params_read(struct message *message, bool room)
{
	struct msg_arg *arg = &message->copy.arg;
	size_t size = msg_arg_size(arg->num_params);
	size_t count = arg->num_params;

	if (!shm_covers(message->shm, message->offset, size + (room ? MSG_RPC_ARG_SIZE : 0))) {
		return SMC_EBADADDR;
	}
	if (count > PARAMS_READ_MAX) {
		count = PARAMS_READ_MAX;
	}
	/* It was mapped to read the head. */
	check(shm_copy_in(message->shm, message->offset + sizeof(*arg), arg->params,
			  count * sizeof(struct msg_param)));
	return SMC_OK;
}

static uint32_t message_read(struct message *message, bool room)
{
	uint32_t res = head_read(message);

	return res == SMC_OK ? params_read(message, room) : res;
}

/* --- Out -------------------------------------------------------------------------------------- */

/* Every field lies in what was mapped to read the message. */
static void field_write(const struct message *message, size_t at, const void *from, size_t size)
{
	check(shm_copy_out(message->shm, message->offset + at, from, size));
}

static void u32_write(const struct message *message, size_t at, uint32_t value)
{
	field_write(message, at, &value, sizeof(value));
}

static void result_write(const struct message *message, TEE_Result res)
{
	u32_write(message, offsetof(struct msg_arg, ret), res);
}

static void origin_write(const struct message *message, uint32_t origin)
{
	u32_write(message, offsetof(struct msg_arg, ret_origin), origin);
}

/* Of an output, a and b of a value or the size of a memref. */
static void param_write(const struct message *message, size_t index, const struct param *param)
{
	size_t at = msg_arg_size(0) + index * sizeof(struct msg_param);
	struct msg_param out;

	if (!param_is_output(param)) {
		return;
	}
	param_to_message(param, &out);
	if (param_is_value(param)) {
		field_write(message, at + offsetof(struct msg_param, u.value.a), &out.u.value.a,
			    sizeof(out.u.value.a));
		field_write(message, at + offsetof(struct msg_param, u.value.b), &out.u.value.b,
			    sizeof(out.u.value.b));
	} else {
		field_write(message, at + offsetof(struct msg_param, u.rmem.size), &out.u.rmem.size,
			    sizeof(out.u.rmem.size));
	}
}

static void params_write(const struct message *message, size_t first, const struct params *params)
{
	for (size_t i = 0; first + i < message->copy.arg.num_params && i < PARAMS_COUNT; i++) {
		param_write(message, first + i, &params->list[i]);
	}
}

/* --- Commands --------------------------------------------------------------------------------- */

struct login_kind {
	uint32_t login;
	bool anonymous;
};

static const struct login_kind logins[] = {
	{ MSG_LOGIN_PUBLIC, true },
	{ MSG_LOGIN_USER, false },
	{ MSG_LOGIN_GROUP, false },
	{ MSG_LOGIN_APPLICATION, false },
	{ MSG_LOGIN_APPLICATION_USER, false },
	{ MSG_LOGIN_APPLICATION_GROUP, false },
	{ MSG_LOGIN_REE_KERNEL, true },
};

static TEE_Result client_decode(const struct msg_param *param, TEE_Identity *client)
{
	for (size_t i = 0; i < array_size(logins); i++) {
		if (param->u.value.c != logins[i].login) {
			continue;
		}
		*client = (TEE_Identity){ .login = logins[i].login };
		if (!logins[i].anonymous) {
			client->uuid = uuid_from_octets(param->u.octets);
		}
		return TEE_SUCCESS;
	}
	return TEE_ERROR_BAD_PARAMETERS;
}

static TEE_Result open_decode(const struct msg_arg *arg, struct session_request *request,
			      struct params *params)
{
	const struct msg_param *ta = &arg->params[0];
	const struct msg_param *client = &arg->params[1];
	TEE_Result res;

	if (arg->num_params < MSG_OPEN_META_PARAMS || ta->attr != MSG_ATTR_OPEN_META ||
	    client->attr != MSG_ATTR_OPEN_META) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	request->uuid = uuid_from_octets(ta->u.octets);
	request->timeout_ms = SESSION_TIMEOUT_NONE;
	res = client_decode(client, &request->client);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return params_from_message(arg->params + MSG_OPEN_META_PARAMS,
				   arg->num_params - MSG_OPEN_META_PARAMS, params);
}

static void serve_open(const struct message *message, const struct msg_arg *arg)
{
	struct session_request request;
	uint32_t origin = TEE_ORIGIN_TEE;
	struct params params;
	uint32_t id = 0;
	TEE_Result res;

	res = open_decode(arg, &request, &params);
	if (res == TEE_SUCCESS) {
		res = session_open(session_normal_world(), &request, &params, &id, &origin);
		params_write(message, MSG_OPEN_META_PARAMS, &params);
		params_release(&params);
	}
	u32_write(message, offsetof(struct msg_arg, session), id);
	result_write(message, res);
	origin_write(message, origin);
}

static void serve_invoke(const struct message *message, const struct msg_arg *arg)
{
	uint32_t origin = TEE_ORIGIN_TEE;
	struct params params;
	TEE_Result res;

	res = params_from_message(arg->params, arg->num_params, &params);
	if (res == TEE_SUCCESS) {
		res = session_invoke(session_normal_world(), arg->session, arg->func,
				     SESSION_TIMEOUT_NONE, &params, &origin);
		params_write(message, 0, &params);
		params_release(&params);
	}
	result_write(message, res);
	origin_write(message, origin);
}

static void serve_close(const struct message *message, const struct msg_arg *arg)
{
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (arg->num_params == 0) {
		res = session_close(session_normal_world(), arg->session);
	}
	result_write(message, res);
	origin_write(message, TEE_ORIGIN_TEE);
}

static void serve_cancel(const struct message *message, const struct msg_arg *arg)
{
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (arg->num_params == 0) {
		res = session_cancel(session_normal_world(), arg->session);
	}
	result_write(message, res);
}

static void serve_register(const struct message *message, const struct msg_arg *arg)
{
	const struct msg_param *param = &arg->params[0];
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (arg->num_params == 1 && param->attr == MSG_ATTR_REGISTER_SHM) {
		res = shm_register(param->u.tmem.shm_ref, param->u.tmem.buf_ptr,
				   param->u.tmem.size);
	}
	result_write(message, res);
}

/* A message that unregisters the memory it lies in would wait for its own end. */
static bool message_is_in(const struct message *message, uint64_t cookie)
{
	struct shm *shm = shm_find(cookie);
	bool same = shm == message->shm;

	if (shm != NULL) {
		shm_put(shm);
	}
	return same;
}

static void serve_unregister(const struct message *message, const struct msg_arg *arg)
{
	uint64_t cookie = arg->params[0].u.rmem.shm_ref;
	TEE_Result res = TEE_ERROR_BAD_PARAMETERS;

	if (arg->num_params == 1 && !message_is_in(message, cookie)) {
		res = shm_unregister(cookie);
	}
	result_write(message, res);
}

/* Neither has a result. */
static void serve_bottom_half(const struct message *message, const struct msg_arg *arg)
{
	notif_bottom_half();
}

static void serve_stop_notif(const struct message *message, const struct msg_arg *arg)
{
	notif_stop();
}

typedef void (*message_handler)(const struct message *message, const struct msg_arg *arg);

static const message_handler handlers[] = {
	[MSG_CMD_OPEN_SESSION] = serve_open,	      [MSG_CMD_INVOKE_COMMAND] = serve_invoke,
	[MSG_CMD_CLOSE_SESSION] = serve_close,	      [MSG_CMD_CANCEL] = serve_cancel,
	[MSG_CMD_REGISTER_SHM] = serve_register,      [MSG_CMD_UNREGISTER_SHM] = serve_unregister,
	[MSG_CMD_DO_BOTTOM_HALF] = serve_bottom_half, [MSG_CMD_STOP_ASYNC_NOTIF] = serve_stop_notif,
};

/* With FF-A memory is not shared by messages. */
static bool command_is_known(uint32_t cmd)
{
	bool by_message = cmd == MSG_CMD_REGISTER_SHM || cmd == MSG_CMD_UNREGISTER_SHM;

	return cmd < array_size(handlers) && handlers[cmd] != NULL &&
	       !(by_message && memref_by_handle());
}

static uint32_t message_dispatch(const struct message *message)
{
	const struct msg_arg *arg = &message->copy.arg;

	if (!command_is_known(arg->cmd)) {
		return SMC_EBADCMD;
	}
	handlers[arg->cmd](message, arg);
	return SMC_OK;
}

static uint32_t message_call(const struct message *message, bool room)
{
	struct call call;
	uint32_t res;

	if (room) {
		shm_get(message->shm);
	}
	rpc_begin(room ? message->shm : NULL,
		  message->offset + msg_arg_size(message->copy.arg.num_params));
	call_begin(&call);
	res = message_dispatch(message);
	session_close_orphans();
	call_end(&call);
	return res;
}

uint32_t message_serve(struct shm *shm, uint64_t offset, bool room)
{
	struct message message = { .shm = shm, .offset = offset };
	uint32_t res;

	res = message_read(&message, room);
	if (res == SMC_OK) {
		res = message_call(&message, room);
	}
	/* The last to let go of memory that is being unregistered may have to wake a thread: that
	 * is a request, and has to come before the end of requests. */
	shm_put(shm);
	rpc_end();
	return res;
}
