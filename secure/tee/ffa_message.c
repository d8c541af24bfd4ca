#include "secure/tee/ffa_message.h"

#include "abi/ffa.h"
#include "abi/msg.h"
#include "lib/bits.h"
#include "secure/core/check.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/fast.h"
#include "secure/tee/ffa_answer.h"
#include "secure/tee/ffa_buffer.h"
#include "secure/tee/ffa_notification.h"
#include "secure/tee/message.h"
#include "secure/tee/revision.h"

#define ARG_ALIGNMENT 8u

/* A message, and what is answered: w3 to w7. */
struct request {
	uint32_t in[5];
	uint32_t out[5];
};

enum word {
	W3,
	W4,
	W5,
	W6,
	W7,
};

/* --- Services that answer at once ------------------------------------------------------------- */

static void get_api_version(struct request *request)
{
	request->out[W3] = FFA_API_VERSION_MAJOR;
	request->out[W4] = FFA_API_VERSION_MINOR;
}

static void get_os_version(struct request *request)
{
	request->out[W3] = REVISION_MAJOR;
	request->out[W4] = REVISION_MINOR;
	request->out[W5] = REVISION_BUILD;
}

struct capability {
	uint32_t smc;
	uint32_t ffa;
};

static const struct capability capabilities[] = {
	{ SMC_SEC_CAP_RPC_ARG, FFA_CAP_ARG_OFFSET },
	{ SMC_SEC_CAP_ASYNC_NOTIF, FFA_CAP_ASYNC_NOTIF },
	{ SMC_SEC_CAP_RPMB_PROBE, FFA_CAP_RPMB_PROBE },
};

static void exchange_capabilities(struct request *request)
{
	for (size_t i = 0; i < array_size(capabilities); i++) {
		if ((fast_capabilities() & capabilities[i].smc) != 0) {
			request->out[W5] |= capabilities[i].ffa;
		}
	}
	request->out[W4] = MSG_RPC_PARAMS_MAX;
}

static void unregister_shm(struct request *request)
{
	uint64_t handle = ffa_handle(request->in[W4], request->in[W5]);

	if (handle == FFA_HANDLE_INVALID) {
		request->out[W3] = (uint32_t)FFA_INVALID_PARAMETERS;
	} else if (shm_relinquish(handle) == TEE_ERROR_BUSY) {
		request->out[W3] = (uint32_t)FFA_BUSY;
	}
}

static void enable_async_notif(struct request *request)
{
	request->out[W3] = ffa_notification_enable(request->in[W4]);
}

struct service {
	uint32_t id;
	void (*serve)(struct request *request);
};

static const struct service services[] = {
	{ FFA_GET_API_VERSION, get_api_version },
	{ FFA_GET_OS_VERSION, get_os_version },
	{ FFA_EXCHANGE_CAPABILITIES, exchange_capabilities },
	{ FFA_UNREGISTER_SHM, unregister_shm },
	{ FFA_ENABLE_ASYNC_NOTIF, enable_async_notif },
};

static void blocking_serve(struct request *request)
{
	for (size_t i = 0; i < array_size(services); i++) {
		if (services[i].id == request->in[W3]) {
			services[i].serve(request);
			return;
		}
	}
	request->out[W3] = FFA_UNKNOWN_SERVICE;
}

/* --- Calls on a secure thread ----------------------------------------------------------------- */

/* Threads speak as raw SMC does. What only FF-A can say goes from a thread's end to the answer in
 * a1, with SMC_OK. */
static void call_finish(struct smc_regs *regs, uint32_t result)
{
	*regs = (struct smc_regs){ .a0 = SMC_OK, .a1 = result };
}

static uint32_t result_of(uint32_t answer)
{
	switch (answer) {
	case SMC_OK:
		return FFA_YIELDING_OK;
	case SMC_EBADCMD:
		return FFA_YIELDING_NOT_IMPLEMENTED;
	case SMC_ENOMEM:
		return FFA_YIELDING_NO_MEMORY;
	default:
		return FFA_YIELDING_BAD_PARAMETERS;
	}
}

/* A message begins at the first byte of the first page, or `offset` bytes after it. */
static void call_with_arg(struct smc_regs *regs)
{
	uint32_t offset = (uint32_t)regs->a3;
	struct shm *shm = NULL;

	if (is_aligned(offset, ARG_ALIGNMENT)) {
		shm = shm_find_handle(smc_u64_from_pair(regs->a1, regs->a2), 0);
	}
	call_finish(regs, shm != NULL ? result_of(message_serve(shm, offset, true))
				      : FFA_YIELDING_BAD_PARAMETERS);
}

static void call_unknown(struct smc_regs *regs)
{
	call_finish(regs, (uint32_t)FFA_DENIED);
}

static void yielding_serve(struct request *request)
{
	struct smc_regs regs = { 0 };

	if (request->in[W3] == FFA_YIELDING_CALL_RESUME) {
		regs.a3 = request->in[W7];
		thread_resume(&regs);
	} else {
		regs.a1 = request->in[W5];
		regs.a2 = request->in[W4];
		regs.a3 = request->in[W6];
		thread_start(request->in[W3] == FFA_YIELDING_CALL_WITH_ARG ? call_with_arg
									   : call_unknown,
			     &regs);
	}
	switch ((uint32_t)regs.a0) {
	case SMC_OK:
		request->out[W3] = (uint32_t)regs.a1;
		request->out[W4] = FFA_YIELDING_DONE;
		break;
	case SMC_ETHREAD_LIMIT:
		request->out[W3] = FFA_YIELDING_BUSY;
		break;
	case SMC_ERESUME:
		request->out[W3] = FFA_YIELDING_BAD_PARAMETERS;
		break;
	default:
		/* There is no ALLOC and no FREE. */
		check(regs.a0 == SMC_RPC_CMD || regs.a0 == SMC_RPC_FOREIGN_INTR);
		request->out[W4] =
			regs.a0 == SMC_RPC_CMD ? FFA_YIELDING_RPC_CMD : FFA_YIELDING_INTERRUPT;
		request->out[W7] = (uint32_t)regs.a3;
		break;
	}
}

/* --- Direct messages -------------------------------------------------------------------------- */

static void respond(struct smc_regs *regs, uint32_t flags, const uint32_t out[5])
{
	uint32_t endpoints = (uint32_t)regs->a1;

	*regs = (struct smc_regs){
		.a0 = ffa_is_64(regs->a0) ? FFA_MSG_SEND_DIRECT_RESP_64
					  : FFA_MSG_SEND_DIRECT_RESP_32,
		.a1 = endpoints << FFA_SOURCE_SHIFT | endpoints >> FFA_SOURCE_SHIFT,
		.a2 = flags,
		.a3 = out[W3],
		.a4 = out[W4],
		.a5 = out[W5],
		.a6 = out[W6],
		.a7 = out[W7],
	};
}

static void service_serve(struct smc_regs *regs, uint32_t source)
{
	struct request request = {
		.in = { (uint32_t)regs->a3, (uint32_t)regs->a4, (uint32_t)regs->a5,
			(uint32_t)regs->a6, (uint32_t)regs->a7 },
	};

	if (source != FFA_ID_NORMAL_WORLD) {
		request.out[W3] = FFA_UNKNOWN_GUEST;
	} else if ((request.in[W3] & FFA_SERVICE_YIELDING) != 0) {
		yielding_serve(&request);
	} else {
		blocking_serve(&request);
	}
	respond(regs, 0, request.out);
}

/* There are no virtual machines here. */
static uint32_t no_guests(uint32_t word)
{
	(void)word;
	return (uint32_t)FFA_INVALID_PARAMETERS;
}

struct framework {
	uint32_t type;
	uint32_t response;
	uint32_t (*serve)(uint32_t word);
};

static const struct framework framework[] = {
	{ FFA_FRAMEWORK_VM_CREATED, FFA_FRAMEWORK_VM_CREATED_RESPONSE, no_guests },
	{ FFA_FRAMEWORK_VM_DESTROYED, FFA_FRAMEWORK_VM_DESTROYED_RESPONSE, no_guests },
	{ FFA_FRAMEWORK_VERSION, FFA_FRAMEWORK_VERSION_RESPONSE, ffa_version_agree },
};

static void framework_serve(struct smc_regs *regs)
{
	uint32_t type = (uint32_t)regs->a2 & ~FFA_FRAMEWORK_MESSAGE;

	for (size_t i = 0; i < array_size(framework); i++) {
		if (framework[i].type == type) {
			uint32_t out[5] = { framework[i].serve((uint32_t)regs->a3) };

			respond(regs, FFA_FRAMEWORK_MESSAGE | framework[i].response, out);
			return;
		}
	}
	ffa_answer_error(regs, FFA_NOT_SUPPORTED);
}

void ffa_message_serve(struct smc_regs *regs)
{
	uint32_t source = (uint32_t)regs->a1 >> FFA_SOURCE_SHIFT;
	uint32_t destination = (uint32_t)regs->a1 & FFA_PARTITION_MASK;
	bool is_framework = ((uint32_t)regs->a2 & FFA_FRAMEWORK_MESSAGE) != 0;

	/* Nobody speaks in the name of the secure world. */
	if ((source & FFA_ID_SECURE) != 0 ||
	    (destination != FFA_ID_TEE && !(is_framework && destination == FFA_ID_SPM)) ||
	    (!is_framework && (uint32_t)regs->a2 != 0)) {
		ffa_answer_error(regs, FFA_INVALID_PARAMETERS);
	} else if (is_framework) {
		framework_serve(regs);
	} else {
		service_serve(regs, source);
	}
}
