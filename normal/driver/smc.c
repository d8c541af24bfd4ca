/* smc.c - raw SMC (spec/smc.md): registers, and memory by cookie or by page list. */
#include <errno.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "abi/smc.h"
#include "normal/driver/arg.h"
#include "normal/driver/call.h"
#include "normal/driver/file.h"
#include "normal/driver/observe.h"
#include "normal/driver/param.h"
#include "normal/driver/rpc.h"
#include "normal/driver/state.h"
#include "normal/driver/transport.h"

/* A secure world that says "one more" for ever is not believed. */
#define CACHE_ANSWERS_MAX 4096u

/* --- Fast calls ------------------------------------------------------------------------------ */

static struct smc_regs fast_call(uint32_t function)
{
	struct smc_regs regs = { .a0 = function };

	os_smc(&regs);
	return regs;
}

static bool uid_matches(void)
{
	struct smc_regs regs = fast_call(SMC_CALLS_UID);

	return (uint32_t)regs.a0 == SMC_UID_0 && (uint32_t)regs.a1 == SMC_UID_1 &&
	       (uint32_t)regs.a2 == SMC_UID_2 && (uint32_t)regs.a3 == SMC_UID_3;
}

static bool revision_matches(void)
{
	return (uint32_t)fast_call(SMC_CALLS_REVISION).a0 == SMC_API_REVISION_MAJOR;
}

static void revision_log(void)
{
	struct smc_regs regs = fast_call(SMC_GET_OS_REVISION);

	if ((uint32_t)regs.a0 != SMC_UNKNOWN_FUNCTION) {
		os_log(OS_LOG_INFO, "the secure world is of revision %u.%u (%08llx)",
		       (unsigned int)regs.a0, (unsigned int)regs.a1, (unsigned long long)regs.a2);
	}
}

/* 0: it does not say. */
static unsigned int thread_count(void)
{
	struct smc_regs regs = fast_call(SMC_GET_THREAD_COUNT);

	return (uint32_t)regs.a0 == SMC_OK ? (unsigned int)regs.a1 : 0;
}

static int smc_probe(struct driver *driver, struct transport_terms *terms)
{
	struct smc_regs regs;

	if (!uid_matches() || !revision_matches()) {
		return -ENODEV;
	}
	regs = fast_call(SMC_EXCHANGE_CAPABILITIES);
	if ((uint32_t)regs.a0 != SMC_OK) {
		return -EINVAL;
	}
	*terms = (struct transport_terms){
		.capabilities = (uint32_t)regs.a1,
		.key_max = SMC_NOTIF_VALUE_MAX_DEFAULT,
	};
	if ((terms->capabilities & SMC_SEC_CAP_RPC_ARG) != 0) {
		terms->rpc_params = (uint32_t)regs.a3 & SMC_SEC_CAP_RPC_PARAMS_MASK;
	}
	if ((terms->capabilities & SMC_SEC_CAP_ASYNC_NOTIF) != 0) {
		terms->key_max = (uint32_t)regs.a2;
	}
	terms->threads = thread_count();
	return 0;
}

/* --- The secure world's cache of request memory ---------------------------------------------- */

/* Take back what it keeps. What a driver before this one gave it is not found, and left alone. */
static void cache_disable(struct driver *driver)
{
	unsigned int i;

	for (i = 0; i < CACHE_ANSWERS_MAX; i++) {
		struct smc_regs regs = fast_call(SMC_DISABLE_SHM_CACHE);

		if ((uint32_t)regs.a0 == SMC_OK) {
			uint64_t cookie = smc_u64_from_pair(regs.a1, regs.a2);

			driver_shm_put(driver_shm_unhold(driver, SHM_PRIVATE, cookie));
		} else if ((uint32_t)regs.a0 == SMC_EBUSY) {
			os_task_yield();
		} else {
			return;
		}
	}
}

/* Worth while where each call would ask for memory first. */
static void cache_enable(const struct driver *driver)
{
	unsigned int i;

	for (i = 0; i < CACHE_ANSWERS_MAX && driver->rpc_params == 0; i++) {
		if ((uint32_t)fast_call(SMC_ENABLE_SHM_CACHE).a0 != SMC_EBUSY) {
			return;
		}
		os_task_yield();
	}
}

static void smc_start(struct driver *driver)
{
	revision_log();
	cache_disable(driver);
	cache_enable(driver);
}

static void smc_destroy(struct driver *driver)
{
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void smc_arg_name(const struct driver *driver, struct arg *arg)
{
	bool room = driver->rpc_params > 0;

	if (arg->memory != NULL) {
		arg->function = room ? SMC_CALL_WITH_RPC_ARG : SMC_CALL_WITH_ARG;
		arg->reference = os_memory_page(arg->memory, 0);
	} else if (room) {
		arg->function = SMC_CALL_WITH_REGD_ARG;
		arg->reference = driver_arg_object(arg)->cookie;
	} else {
		arg->function = SMC_CALL_WITH_ARG;
		arg->reference = os_memory_page(driver_arg_object(arg)->memory, 0);
	}
}

static struct smc_regs smc_begin(const struct call *call)
{
	const struct arg *arg = call->arg;

	return (struct smc_regs){
		.a0 = arg->function,
		.a1 = smc_u64_high(arg->reference),
		.a2 = smc_u64_low(arg->reference),
		.a3 = arg->offset,
	};
}

static enum transport_stop smc_enter(struct smc_regs *regs)
{
	struct smc_regs answer = *regs;

	os_smc(&answer);
	if ((uint32_t)answer.a0 == SMC_ETHREAD_LIMIT) {
		return TRANSPORT_FULL;
	}
	/* Four registers come back; the others stay as the last ALLOC left them. */
	regs->a0 = answer.a0;
	regs->a1 = answer.a1;
	regs->a2 = answer.a2;
	regs->a3 = answer.a3;
	if (smc_is_rpc(regs->a0)) {
		return TRANSPORT_RPC;
	}
	switch ((uint32_t)regs->a0) {
	case SMC_OK:
		return TRANSPORT_DONE;
	case SMC_ENOMEM:
		return TRANSPORT_UNREAD;
	default:
		return TRANSPORT_FAILED;
	}
}

/* --- What registers ask for ------------------------------------------------------------------ */

/* The secure world named the memory of its request by cookie. */
static void serve_request_in(struct call *call, uint64_t cookie)
{
	struct shm *shm = driver_shm_by_cookie(call->driver, cookie);
	void *address = shm != NULL && shm->kind == SHM_PRIVATE ? driver_shm_address(shm) : NULL;

	if (address != NULL && shm->size >= sizeof(struct msg_arg)) {
		driver_rpc_serve(call, address, shm->size);
	} else {
		os_log(OS_LOG_ERROR, "a request in memory that cannot be read: %#llx",
		       (unsigned long long)cookie);
	}
	driver_shm_put(shm);
}

static void serve_command(struct call *call, struct smc_regs *regs)
{
	if (call->arg->rpc != NULL) {
		driver_rpc_serve(call, call->arg->rpc, msg_arg_size(call->driver->rpc_params));
	} else {
		serve_request_in(call, smc_u64_from_pair(regs->a1, regs->a2));
	}
}

/* Memory for a request: by address, so one page at most. */
static void serve_alloc(struct call *call, struct smc_regs *regs)
{
	uint32_t size = (uint32_t)regs->a1;
	struct driver_event event;
	uint64_t address = 0;
	uint64_t cookie = 0;
	struct shm *shm;

	driver_event_rpc_begin(&event, call, SMC_RPC_ALLOC, size);
	if (size <= OS_PAGE_SIZE && driver_shm_private(call->driver, size, &shm) == 0) {
		address = os_memory_page(shm->memory, 0);
		cookie = shm->cookie;
		if (!driver_shm_hold(shm)) {
			driver_shm_put(shm);
			address = 0;
			cookie = 0;
		}
	}
	regs->a1 = smc_u64_high(address);
	regs->a2 = smc_u64_low(address);
	regs->a4 = smc_u64_high(cookie);
	regs->a5 = smc_u64_low(cookie);
	driver_event_rpc_end(&event, address != 0 ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY);
}

static void serve_free(struct call *call, struct smc_regs *regs)
{
	uint64_t cookie = smc_u64_from_pair(regs->a1, regs->a2);
	struct driver_event event;
	struct shm *shm;

	driver_event_rpc_begin(&event, call, SMC_RPC_FREE, 0);
	shm = driver_shm_unhold(call->driver, SHM_PRIVATE, cookie);
	if (shm == NULL) {
		os_log(OS_LOG_WARNING, "the secure world gave back memory it does not have");
	}
	driver_shm_put(shm);
	driver_event_rpc_end(&event, shm != NULL ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS);
}

static void serve_interrupt(struct call *call, struct smc_regs *regs)
{
	driver_rpc_interrupt(call);
}

static void (*const functions[])(struct call *call, struct smc_regs *regs) = {
	[SMC_RPC_FUNCTION_ALLOC] = serve_alloc,
	[SMC_RPC_FUNCTION_FREE] = serve_free,
	[SMC_RPC_FUNCTION_FOREIGN_INTR] = serve_interrupt,
	[SMC_RPC_FUNCTION_CMD] = serve_command,
};

/* What the secure thread gets back is left in a1, a2, a4 and a5. */
static void smc_serve(struct call *call, struct smc_regs *regs)
{
	uint32_t function = (uint32_t)regs->a0 & SMC_RPC_FUNCTION_MASK;

	if (function < array_size(functions) && functions[function] != NULL) {
		functions[function](call, regs);
	} else {
		os_log(OS_LOG_WARNING, "an RPC that nobody knows: %#x", function);
	}
	regs->a0 = SMC_RETURN_FROM_RPC;
}

/* --- Notifications --------------------------------------------------------------------------- */

static int smc_notif_enable(struct driver *driver)
{
	return (uint32_t)fast_call(SMC_ENABLE_ASYNC_NOTIF).a0 == SMC_OK ? 0 : -EIO;
}

static bool smc_notif_take(struct driver *driver, uint32_t *value, bool *more)
{
	struct smc_regs regs = fast_call(SMC_GET_ASYNC_NOTIF_VALUE);

	*value = (uint32_t)regs.a1;
	*more = (regs.a2 & SMC_ASYNC_NOTIF_PENDING) != 0;
	return (uint32_t)regs.a0 == SMC_OK && (regs.a2 & SMC_ASYNC_NOTIF_VALID) != 0;
}

/* --- Memory ---------------------------------------------------------------------------------- */

static int smc_share(struct shm *shm)
{
	struct message message = { .cmd = MSG_CMD_REGISTER_SHM, .num_params = 1 };
	struct os_memory *list;
	uint64_t address;
	int error;

	list = driver_shm_page_list(shm->memory, &address);
	if (list == NULL) {
		return -ENOMEM;
	}
	message.params[0].attr = MSG_ATTR_REGISTER_SHM;
	message.params[0].u.tmem = (struct msg_param_tmem){
		.buf_ptr = address,
		.size = shm->size,
		.shm_ref = shm->cookie,
	};
	error = driver_call_private(shm->file, CALL_PATIENT, &message);
	os_memory_put(list);
	return error == 0 && message.ret != 0 ? -EINVAL : error;
}

static void smc_unshare(struct shm *shm)
{
	struct message message = { .cmd = MSG_CMD_UNREGISTER_SHM, .num_params = 1 };
	int error;

	message.params[0].attr = MSG_ATTR_TYPE_RMEM_INPUT;
	message.params[0].u.rmem.shm_ref = shm->cookie;
	error = driver_call_private_give_back(shm->file, CALL_HASTY, &message);
	if (error == 0 && message.ret != 0) {
		os_log(OS_LOG_WARNING, "memory %#llx was not unregistered: %#x",
		       (unsigned long long)shm->cookie, message.ret);
	}
	if (error == -ENOMEM) {
		os_log(OS_LOG_ERROR, "memory %#llx was not unregistered: no memory for that",
		       (unsigned long long)shm->cookie);
	}
}

static void smc_memref_out(const struct param *from, struct msg_param *to)
{
	if (from->shm == NULL) {
		/* No memory has the address 0. */
		to->attr += MSG_ATTR_TYPE_TMEM_INPUT - MSG_ATTR_TYPE_RMEM_INPUT;
		return;
	}
	to->u.rmem = (struct msg_param_rmem){
		.offs = from->a,
		.size = from->b,
		.shm_ref = from->shm->cookie,
	};
}

/* There is no memory that could be named by address: only "no memory" is. */
static bool smc_memref_in(struct driver *driver, const struct msg_param *from, struct param *to)
{
	if (from->attr >= MSG_ATTR_TYPE_TMEM_INPUT) {
		to->b = from->u.tmem.size;
		return from->u.tmem.buf_ptr == 0 && from->u.tmem.shm_ref == MSG_SHM_REF_NONE;
	}
	to->a = from->u.rmem.offs;
	to->b = from->u.rmem.size;
	to->shm = driver_shm_by_cookie(driver, from->u.rmem.shm_ref);
	return to->shm != NULL && range_within(to->a, to->b, to->shm->size);
}

/* The secure world gets the pages with the reply. The list of the reply before is of no use to it
 * any more. */
static bool smc_memory_out(struct call *call, const struct shm *shm, struct msg_param *to)
{
	struct os_memory *list;
	uint64_t address;

	list = driver_shm_page_list(shm->memory, &address);
	if (list == NULL) {
		return false;
	}
	if (call->page_list != NULL) {
		os_memory_put(call->page_list);
	}
	call->page_list = list;
	to->attr = RPC_SHM_ATTR_NONCONTIG;
	to->u.tmem = (struct msg_param_tmem){
		.buf_ptr = address,
		.size = shm->size,
		.shm_ref = shm->cookie,
	};
	return true;
}

const struct transport transport_smc = {
	.probe = smc_probe,
	.start = smc_start,
	.stop = cache_disable,
	.destroy = smc_destroy,
	.arg_name = smc_arg_name,
	.begin = smc_begin,
	.enter = smc_enter,
	.serve = smc_serve,
	.notif_enable = smc_notif_enable,
	.notif_take = smc_notif_take,
	.share = smc_share,
	.unshare = smc_unshare,
	.memref_out = smc_memref_out,
	.memref_in = smc_memref_in,
	.memory_out = smc_memory_out,
};
