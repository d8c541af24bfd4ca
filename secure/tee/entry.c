#include "secure/tee/entry.h"

#include "abi/smc.h"
#include "lib/bits.h"
#include "secure/core/log.h"
#include "secure/core/memref.h"
#include "secure/core/notif.h"
#include "secure/core/shm.h"
#include "secure/core/thread.h"
#include "secure/tee/call.h"
#include "secure/tee/clock.h"
#include "secure/tee/fast.h"
#include "secure/tee/ffa.h"
#include "secure/tee/image.h"
#include "secure/tee/instance.h"
#include "secure/tee/message.h"
#include "secure/tee/pta.h"
#include "secure/tee/revision.h"
#include "secure/tee/session.h"
#include "secure/tee/storage.h"

#define ARG_ALIGNMENT 8u

static void call_finish(struct smc_regs *regs, uint32_t result)
{
	regs->a0 = result;
	regs->a1 = 0;
	regs->a2 = 0;
	regs->a3 = 0;
}

static uint32_t page_call(const struct smc_regs *regs, bool room)
{
	uint64_t address = smc_u64_from_pair(regs->a1, regs->a2);
	struct shm *shm;
	TEE_Result res;

	/* Only the page is mapped, so the message has to begin with it. */
	if (!is_aligned(address, PORT_PAGE_SIZE)) {
		return SMC_EBADADDR;
	}
	res = shm_create_page(0, address, PORT_PAGE_SIZE, &shm);
	if (res != TEE_SUCCESS) {
		return res == TEE_ERROR_OUT_OF_MEMORY ? SMC_ENOMEM : SMC_EBADADDR;
	}
	return message_serve(shm, 0, room);
}

static void call_with_arg(struct smc_regs *regs)
{
	call_finish(regs, page_call(regs, false));
}

static void call_with_rpc_arg(struct smc_regs *regs)
{
	call_finish(regs, page_call(regs, true));
}

static uint32_t registered_call(const struct smc_regs *regs)
{
	uint32_t offset = (uint32_t)regs->a3;
	struct shm *shm;

	if (!is_aligned(offset, ARG_ALIGNMENT)) {
		return SMC_EBADADDR;
	}
	shm = shm_find(smc_u64_from_pair(regs->a1, regs->a2));
	if (shm == NULL) {
		return SMC_EBADADDR;
	}
	return message_serve(shm, offset, true);
}

static void call_with_regd_arg(struct smc_regs *regs)
{
	call_finish(regs, registered_call(regs));
}

static void call_unknown(struct smc_regs *regs)
{
	call_finish(regs, SMC_EBADCMD);
}

struct yielding {
	uint32_t id;
	void (*work)(struct smc_regs *regs);
};

static const struct yielding yielding[] = {
	{ SMC_CALL_WITH_ARG, call_with_arg },
	{ SMC_CALL_WITH_RPC_ARG, call_with_rpc_arg },
	{ SMC_CALL_WITH_REGD_ARG, call_with_regd_arg },
};

/* One that is unknown takes a thread for a moment too. */
static void yielding_serve(struct smc_regs *regs)
{
	void (*work)(struct smc_regs * regs) = call_unknown;

	for (size_t i = 0; i < array_size(yielding); i++) {
		if (yielding[i].id == (uint32_t)regs->a0) {
			work = yielding[i].work;
		}
	}
	thread_start(work, regs);
}

/* --- The way in ------------------------------------------------------------------------------- */

static void smc_enter(struct smc_regs *regs)
{
	if (smc_is_fast(regs->a0)) {
		fast_serve(regs);
	} else if ((uint32_t)regs->a0 == SMC_RETURN_FROM_RPC) {
		thread_resume(regs);
	} else {
		yielding_serve(regs);
	}
}

struct transport {
	const char *name;
	void (*enter)(struct smc_regs *regs);
	const struct memref_form *form;
};

static const struct transport transports[] = {
	[TEE_SMC] = { "raw SMC", smc_enter, &memref_smc },
	[TEE_FFA] = { "FF-A", ffa_enter, &memref_ffa },
};

static const struct transport *transport = &transports[TEE_SMC];

void tee_transport(enum tee_transport spoken)
{
	transport = &transports[spoken];
	memref_use(transport->form);
}

void tee_enter(struct smc_regs *regs)
{
	transport->enter(regs);
}

void tee_init(unsigned int threads)
{
	thread_init(threads);
	notif_init();
	calls_init();
	ptas_init();
	instances_init();
	sessions_init();
	clock_init();
	storage_init();
	log_info("%s %s, %u secure threads, %s", REVISION_NAME, REVISION_TEXT, threads,
		 transport->name);
	image_log_key();
}

void tee_reset(void)
{
	instances_reset();
	ffa_reset();
	tee_transport(TEE_SMC);
	thread_reset();
}
