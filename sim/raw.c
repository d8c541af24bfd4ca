#include "sim/raw.h"

#include <stdlib.h>
#include <string.h>

#include "abi/device.h"
#include "abi/rpc.h"
#include "lib/uuid.h"
#include "normal/driver/os.h"
#include "normal/gate/gate.h"
#include "sim/ffa.h"
#include "sim/memory.h"
#include "sim/service.h"
#include "sim/task.h"
#include "sim/trouble.h"
#include "sim/world.h"

/* In both halves of a register pair there is something to lose. */
#define COOKIE_FIRST 0x700000001ull

struct raw {
	struct service *service;
	struct raw_object objects[RAW_OBJECTS_MAX];
	uint64_t cookie_next;
	struct raw_object *page;
	/* Where requests are, in the call in progress; NULL: the secure world asks for room. */
	struct msg_arg *room;
	unsigned int requests;
	uint32_t function;
	void (*meddle)(void *arg, struct raw_request *request);
	void *arg;
};

struct raw *raw_new(struct service *service)
{
	struct raw *raw = calloc(1, sizeof(*raw));

	if (raw == NULL) {
		trouble("no memory for a normal world");
	}
	raw->service = service;
	raw->cookie_next = COOKIE_FIRST;
	raw->function = SMC_CALL_WITH_RPC_ARG;
	if (world_is_ffa()) {
		ffa_buffers_begin();
	}
	raw->page = raw_object_new(raw, OS_PAGE_SIZE);
	return raw;
}

unsigned int raw_given(const struct raw *raw)
{
	unsigned int count = 0;

	for (size_t i = 0; i < RAW_OBJECTS_MAX; i++) {
		count += raw->objects[i].given ? 1 : 0;
	}
	return count;
}

void raw_write_off(struct raw *raw)
{
	for (size_t i = 0; i < RAW_OBJECTS_MAX; i++) {
		if (raw->objects[i].given) {
			raw_object_free(&raw->objects[i]);
		}
	}
}

void raw_free(struct raw *raw)
{
	expect_equal(raw_given(raw), 0);
	for (size_t i = 0; i < RAW_OBJECTS_MAX; i++) {
		if (raw->objects[i].cookie != 0) {
			raw_object_free(&raw->objects[i]);
		}
	}
	if (world_is_ffa()) {
		ffa_buffers_end();
	}
	free(raw);
}

void raw_on_request(struct raw *raw, void (*meddle)(void *arg, struct raw_request *request),
		    void *arg)
{
	raw->meddle = meddle;
	raw->arg = arg;
}

unsigned int raw_requests(const struct raw *raw)
{
	return raw->requests;
}

/* --- Memory ----------------------------------------------------------------------------------- */

static void list_write(struct raw_object *object)
{
	size_t pages = object->size / OS_PAGE_SIZE;
	struct msg_page_list *list = (void *)memory_file_bytes(object->list);

	for (size_t i = 0; i < pages; i++) {
		struct msg_page_list *page = &list[i / MSG_PAGE_LIST_ENTRIES];

		page->pages[i % MSG_PAGE_LIST_ENTRIES] = memory_file_page(object->file, i);
		if (i % MSG_PAGE_LIST_ENTRIES == 0 && i > 0) {
			page[-1].next = memory_file_page(object->list, i / MSG_PAGE_LIST_ENTRIES);
		}
	}
	object->list_address = memory_file_page(object->list, 0);
}

struct raw_object *raw_object_new(struct raw *raw, size_t size)
{
	size_t pages = (size + OS_PAGE_SIZE - 1) / OS_PAGE_SIZE;

	for (size_t i = 0; i < RAW_OBJECTS_MAX; i++) {
		struct raw_object *object = &raw->objects[i];

		if (object->cookie != 0) {
			continue;
		}
		object->cookie = raw->cookie_next;
		raw->cookie_next += 0x100000001ull;
		object->file = memory_file_new(pages);
		object->bytes = memory_file_bytes(object->file);
		object->size = pages * OS_PAGE_SIZE;
		object->list = memory_file_new((pages - 1) / MSG_PAGE_LIST_ENTRIES + 1);
		list_write(object);
		if (world_is_ffa()) {
			expect_equal(ffa_share(object->file, &object->cookie), FFA_OK);
		}
		return object;
	}
	trouble("too many objects");
}

void raw_object_free(struct raw_object *object)
{
	if (world_is_ffa()) {
		/* Whoever was lied to may still use it. */
		(void)ffa_unregister(object->cookie);
		(void)ffa_reclaim(object->cookie);
	}
	memory_file_put(object->file);
	memory_file_put(object->list);
	*object = (struct raw_object){ 0 };
}

uint64_t raw_object_page(const struct raw_object *object, size_t index)
{
	return memory_file_page(object->file, index);
}

/* NULL: unknown. */
static struct raw_object *object_find(struct raw *raw, uint64_t cookie)
{
	for (size_t i = 0; i < RAW_OBJECTS_MAX; i++) {
		if (cookie != 0 && raw->objects[i].cookie == cookie) {
			return &raw->objects[i];
		}
	}
	return NULL;
}

/* The secure world said what cannot be: only where it was lied to before. */
static void expect_misled(const struct raw *raw)
{
	expect(raw->meddle != NULL);
}

/* --- Requests --------------------------------------------------------------------------------- */

static uint32_t serve_shm_alloc(struct raw *raw, struct msg_arg *arg)
{
	struct raw_object *object;
	struct msg_param *param = &arg->params[0];
	uint64_t size = param->u.value.b;

	if (arg->num_params != 1 || param->attr != MSG_ATTR_TYPE_VALUE_INPUT || size == 0 ||
	    size > MEMORY_FRAMES / 4 * OS_PAGE_SIZE) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	object = raw_object_new(raw, size);
	object->given = true;
	if (world_is_ffa()) {
		param->attr = RPC_SHM_ATTR_FMEM;
		param->u.fmem = (struct msg_param_fmem){
			.size = object->size,
			.global_id = object->cookie,
		};
		return TEE_SUCCESS;
	}
	param->attr = RPC_SHM_ATTR_NONCONTIG;
	param->u.tmem.buf_ptr = object->list_address;
	param->u.tmem.size = object->size;
	param->u.tmem.shm_ref = object->cookie;
	return TEE_SUCCESS;
}

static uint32_t serve_shm_free(struct raw *raw, struct msg_arg *arg)
{
	struct raw_object *object = object_find(raw, arg->params[0].u.value.b);

	if (object == NULL || !object->given) {
		expect_misled(raw);
		return TEE_ERROR_BAD_PARAMETERS;
	}
	raw_object_free(object);
	return TEE_SUCCESS;
}

static uint32_t serve_time(struct raw *raw, struct msg_arg *arg)
{
	uint32_t nanoseconds;

	(void)raw;
	os_time_real(&arg->params[0].u.value.a, &nanoseconds);
	arg->params[0].u.value.b = nanoseconds;
	return TEE_SUCCESS;
}

/* There is one call at a time: nobody would ever send what is waited for. */
static uint32_t serve_notification(struct raw *raw, struct msg_arg *arg)
{
	(void)raw;
	(void)arg;
	return TEE_SUCCESS;
}

static uint32_t serve_suspend(struct raw *raw, struct msg_arg *arg)
{
	(void)raw;
	os_sleep((uint32_t)arg->params[0].u.value.a);
	return TEE_SUCCESS;
}

static bool is_memory(uint64_t type)
{
	return type >= MSG_ATTR_TYPE_RMEM_INPUT && type != MSG_ATTR_TYPE_RMEM_INOUT + 1;
}

/* false: memory that this normal world does not have. */
static bool param_decode(struct raw *raw, const struct msg_param *from, struct service_param *to)
{
	uint32_t type = (uint32_t)(from->attr & MSG_ATTR_TYPE_MASK);
	const struct raw_object *object;

	*to = (struct service_param){ .type = type };
	if (!is_memory(type)) {
		to->a = from->u.value.a;
		to->b = from->u.value.b;
		to->c = from->u.value.c;
		return true;
	}
	to->size = from->u.rmem.size;
	if (type >= MSG_ATTR_TYPE_TMEM_INPUT) {
		/* The only memory that goes by its address is none. */
		to->type = type - MSG_ATTR_TYPE_TMEM_INPUT + MSG_ATTR_TYPE_RMEM_INPUT;
		return from->u.tmem.buf_ptr == 0;
	}
	if (world_is_ffa() && from->u.fmem.global_id == MSG_FMEM_INVALID_GLOBAL_ID) {
		return true;
	}
	object = object_find(raw, from->u.rmem.shm_ref);
	if (object == NULL || !range_within(from->u.rmem.offs, from->u.rmem.size, object->size)) {
		return false;
	}
	to->data = object->bytes + from->u.rmem.offs;
	return true;
}

static void param_encode(const struct service_param *param, struct msg_param *to)
{
	if (is_memory(param->type)) {
		to->u.rmem.size = param->size;
		return;
	}
	to->u.value.a = param->a;
	to->u.value.b = param->b;
	to->u.value.c = param->c;
}

static uint32_t serve_by_service(struct raw *raw, struct msg_arg *arg)
{
	struct service_param params[SERVICE_PARAMS_MAX];
	uint32_t ret;

	for (uint32_t i = 0; i < arg->num_params; i++) {
		if (!param_decode(raw, &arg->params[i], &params[i])) {
			expect_misled(raw);
			return TEE_ERROR_BAD_PARAMETERS;
		}
	}
	ret = service_answer(raw->service, arg->cmd, params, arg->num_params);
	for (uint32_t i = 0; i < arg->num_params; i++) {
		param_encode(&params[i], &arg->params[i]);
	}
	return ret;
}

static uint32_t (*const commands[])(struct raw *raw, struct msg_arg *arg) = {
	[RPC_CMD_LOAD_TA] = serve_by_service, [RPC_CMD_FS] = serve_by_service,
	[RPC_CMD_GET_TIME] = serve_time,      [RPC_CMD_NOTIFICATION] = serve_notification,
	[RPC_CMD_SUSPEND] = serve_suspend,    [RPC_CMD_SHM_ALLOC] = serve_shm_alloc,
	[RPC_CMD_SHM_FREE] = serve_shm_free,  [RPC_CMD_SOCKET] = serve_by_service,
	[RPC_CMD_GPROF] = serve_by_service,   [RPC_CMD_SUPP_PLUGIN] = serve_by_service,
	[RPC_CMD_RPMB] = serve_by_service,
};

static void serve_command(struct raw *raw, struct raw_request *request)
{
	uint64_t cookie =
		world_is_ffa() ? 0 : smc_u64_from_pair(request->regs->a1, request->regs->a2);
	struct raw_object *object = object_find(raw, cookie);
	struct msg_arg *arg = object != NULL ? (void *)object->bytes : raw->room;

	if (arg == NULL || (cookie != 0 && object == NULL) ||
	    arg->num_params > MSG_RPC_PARAMS_MAX || arg->ret != MSG_RPC_RET_PRESET) {
		expect_misled(raw);
		return;
	}
	request->arg = arg;
	request->command = arg->cmd;
	memcpy(request->asked, arg->params, arg->num_params * sizeof(arg->params[0]));
	arg->ret = TEE_ERROR_NOT_SUPPORTED;
	if (arg->cmd < array_size(commands) && commands[arg->cmd] != NULL) {
		arg->ret = commands[arg->cmd](raw, arg);
	}
}

static void serve_alloc(struct raw *raw, struct raw_request *request)
{
	struct raw_object *object = raw_object_new(raw, request->regs->a1);
	uint64_t address = raw_object_page(object, 0);

	object->given = true;
	request->regs->a1 = smc_u64_high(address);
	request->regs->a2 = smc_u64_low(address);
	request->regs->a4 = smc_u64_high(object->cookie);
	request->regs->a5 = smc_u64_low(object->cookie);
}

static void serve_free(struct raw *raw, struct raw_request *request)
{
	uint64_t cookie = smc_u64_from_pair(request->regs->a1, request->regs->a2);
	struct raw_object *object = object_find(raw, cookie);

	if (object == NULL || !object->given) {
		expect_misled(raw);
		return;
	}
	raw_object_free(object);
}

static uint32_t function_of(const struct smc_regs *regs)
{
	if (!world_is_ffa()) {
		return (uint32_t)regs->a0 & SMC_RPC_FUNCTION_MASK;
	}
	return regs->a4 == FFA_YIELDING_RPC_CMD ? SMC_RPC_FUNCTION_CMD
						: SMC_RPC_FUNCTION_FOREIGN_INTR;
}

static void serve(struct raw *raw, struct smc_regs *regs)
{
	struct raw_request request = {
		.number = raw->requests,
		.function = function_of(regs),
		.regs = regs,
	};

	raw->requests++;
	switch (request.function) {
	case SMC_RPC_FUNCTION_ALLOC:
		serve_alloc(raw, &request);
		break;
	case SMC_RPC_FUNCTION_FREE:
		serve_free(raw, &request);
		break;
	case SMC_RPC_FUNCTION_FOREIGN_INTR:
		break;
	case SMC_RPC_FUNCTION_CMD:
		serve_command(raw, &request);
		break;
	default:
		trouble("an RPC of unknown function %#x", request.function);
	}
	if (raw->meddle != NULL) {
		raw->meddle(raw->arg, &request);
	}
}

/* --- Calls ------------------------------------------------------------------------------------ */

struct smc_regs raw_smc(struct raw *raw, struct smc_regs regs)
{
	gate_smc(&regs);
	while (world_is_ffa() ? ffa_is_rpc(&regs) : smc_is_rpc(regs.a0)) {
		serve(raw, &regs);
		if (world_is_ffa()) {
			regs = ffa_resume((uint32_t)regs.a7);
		}
		regs.a0 = world_is_ffa() ? regs.a0 : SMC_RETURN_FROM_RPC;
		gate_smc(&regs);
	}
	return regs;
}

struct msg_arg *raw_message(struct raw *raw, uint32_t cmd, uint32_t params)
{
	struct msg_arg *arg = (void *)raw->page->bytes;

	memset(arg, 0, OS_PAGE_SIZE);
	arg->cmd = cmd;
	arg->num_params = params;
	/* What nobody has written is seen. */
	arg->ret = 0xAAAAAAAA;
	arg->ret_origin = 0xAAAAAAAA;
	return arg;
}

uint64_t raw_message_page(const struct raw *raw)
{
	return raw_object_page(raw->page, 0);
}

/* How FF-A's answer is called on raw SMC. */
static uint32_t smc_result(const struct smc_regs *answer)
{
	expect_equal(answer->a0, FFA_MSG_SEND_DIRECT_RESP_32);
	switch (answer->a3) {
	case FFA_YIELDING_OK:
		return SMC_OK;
	case FFA_YIELDING_BUSY:
		return SMC_ETHREAD_LIMIT;
	case FFA_YIELDING_NOT_IMPLEMENTED:
		return SMC_EBADCMD;
	default:
		return SMC_EBADADDR;
	}
}

static uint32_t call(struct raw *raw, uint32_t function, struct msg_arg *room)
{
	uint64_t address = raw_message_page(raw);
	struct smc_regs regs = {
		.a0 = function,
		.a1 = smc_u64_high(address),
		.a2 = smc_u64_low(address),
	};

	if (world_is_ffa()) {
		regs = ffa_call_with_arg(raw->page->cookie, 0);
	}
	raw->room = room;
	regs = raw_smc(raw, regs);
	raw->room = NULL;
	return world_is_ffa() ? smc_result(&regs) : (uint32_t)regs.a0;
}

uint32_t raw_call(struct raw *raw)
{
	const struct msg_arg *arg = (void *)raw->page->bytes;
	/* With more the message is refused, and no room is needed. */
	uint32_t params = arg->num_params <= MSG_PARAMS_MAX ? arg->num_params : 0;

	return call(raw, SMC_CALL_WITH_RPC_ARG,
		    (struct msg_arg *)(void *)(raw->page->bytes + msg_arg_size(params)));
}

uint32_t raw_call_bare(struct raw *raw)
{
	return call(raw, SMC_CALL_WITH_ARG, NULL);
}

void raw_call_function(struct raw *raw, uint32_t function)
{
	raw->function = function;
}

static void call_whole(struct raw *raw)
{
	uint32_t res = raw->function == SMC_CALL_WITH_ARG ? raw_call_bare(raw) : raw_call(raw);

	expect_equal(res, SMC_OK);
}

TEE_Result raw_register(struct raw *raw, const struct raw_object *object)
{
	struct msg_arg *arg;

	if (world_is_ffa()) {
		return TEE_SUCCESS;
	}
	arg = raw_message(raw, MSG_CMD_REGISTER_SHM, 1);
	arg->params[0].attr = MSG_ATTR_REGISTER_SHM;
	arg->params[0].u.tmem.buf_ptr = object->list_address;
	arg->params[0].u.tmem.size = object->size;
	arg->params[0].u.tmem.shm_ref = object->cookie;
	call_whole(raw);
	return arg->ret;
}

TEE_Result raw_unregister(struct raw *raw, uint64_t cookie)
{
	struct msg_arg *arg;

	if (world_is_ffa()) {
		return ffa_unregister(cookie) == FFA_OK ? TEE_SUCCESS : TEE_ERROR_BUSY;
	}
	arg = raw_message(raw, MSG_CMD_UNREGISTER_SHM, 1);
	arg->params[0].attr = MSG_ATTR_TYPE_RMEM_INPUT;
	arg->params[0].u.rmem.shm_ref = cookie;
	call_whole(raw);
	return arg->ret;
}

void raw_open_meta(struct msg_arg *arg, const TEE_UUID *uuid, uint32_t login)
{
	arg->params[0].attr = MSG_ATTR_OPEN_META;
	uuid_to_octets(uuid, arg->params[0].u.octets);
	arg->params[1].attr = MSG_ATTR_OPEN_META;
	arg->params[1].u.value.c = login;
}

TEE_Result raw_open(struct raw *raw, const TEE_UUID *uuid, uint32_t *session)
{
	struct msg_arg *arg = raw_message(raw, MSG_CMD_OPEN_SESSION, MSG_OPEN_META_PARAMS);

	raw_open_meta(arg, uuid, MSG_LOGIN_PUBLIC);
	call_whole(raw);
	*session = arg->session;
	return arg->ret;
}

TEE_Result raw_invoke(struct raw *raw, uint32_t session, uint32_t command,
		      const struct msg_param *params, uint32_t count)
{
	struct msg_arg *arg = raw_message(raw, MSG_CMD_INVOKE_COMMAND, count);

	arg->session = session;
	arg->func = command;
	if (count > 0) {
		memcpy(arg->params, params, count * sizeof(params[0]));
	}
	call_whole(raw);
	return arg->ret;
}

TEE_Result raw_close(struct raw *raw, uint32_t session)
{
	struct msg_arg *arg = raw_message(raw, MSG_CMD_CLOSE_SESSION, 0);

	arg->session = session;
	call_whole(raw);
	return arg->ret;
}
