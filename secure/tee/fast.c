#include "secure/tee/fast.h"

#include "abi/msg.h"
#include "lib/bits.h"
#include "secure/core/notif.h"
#include "secure/core/rpc.h"
#include "secure/core/thread.h"
#include "secure/core/wait.h"
#include "secure/tee/revision.h"

#define SEC_CAPS                                                                                   \
	(SMC_SEC_CAP_DYNAMIC_SHM | SMC_SEC_CAP_MEMREF_NULL | SMC_SEC_CAP_ASYNC_NOTIF |             \
	 SMC_SEC_CAP_RPC_ARG | SMC_SEC_CAP_RPMB_PROBE)

uint32_t fast_capabilities(void)
{
	return SEC_CAPS;
}

static void calls_count(struct smc_regs *regs)
{
	regs->a0 = SMC_CALLS_COUNT_VALUE;
}

static void calls_uid(struct smc_regs *regs)
{
	regs->a0 = SMC_UID_0;
	regs->a1 = SMC_UID_1;
	regs->a2 = SMC_UID_2;
	regs->a3 = SMC_UID_3;
}

static void calls_revision(struct smc_regs *regs)
{
	regs->a0 = SMC_API_REVISION_MAJOR;
	regs->a1 = SMC_API_REVISION_MINOR;
}

static void get_os_uuid(struct smc_regs *regs)
{
	regs->a0 = SMC_OS_UUID_0;
	regs->a1 = SMC_OS_UUID_1;
	regs->a2 = SMC_OS_UUID_2;
	regs->a3 = SMC_OS_UUID_3;
}

static void get_os_revision(struct smc_regs *regs)
{
	regs->a0 = REVISION_MAJOR;
	regs->a1 = REVISION_MINOR;
	regs->a2 = REVISION_BUILD;
}

/* A normal world that can do what we have never heard of is one we cannot work with. */
static void exchange_capabilities(struct smc_regs *regs)
{
	if (((uint32_t)regs->a1 & ~SMC_NSEC_CAP_KNOWN) != 0) {
		regs->a0 = SMC_ENOTAVAIL;
		return;
	}
	regs->a0 = SMC_OK;
	regs->a1 = fast_capabilities();
	regs->a2 = wait_value_max();
	regs->a3 = MSG_RPC_PARAMS_MAX;
}

static void disable_shm_cache(struct smc_regs *regs)
{
	uint64_t cookie = 0;

	regs->a0 = rpc_cache_disable(&cookie);
	if (regs->a0 == SMC_OK) {
		regs->a1 = smc_u64_high(cookie);
		regs->a2 = smc_u64_low(cookie);
	}
}

static void enable_shm_cache(struct smc_regs *regs)
{
	regs->a0 = rpc_cache_enable();
}

static void get_thread_count(struct smc_regs *regs)
{
	regs->a0 = SMC_OK;
	regs->a1 = thread_count();
}

static void enable_async_notif(struct smc_regs *regs)
{
	notif_enable();
	regs->a0 = SMC_OK;
}

static void get_async_notif_value(struct smc_regs *regs)
{
	uint32_t value = 0;
	bool pending;
	bool valid = notif_take(&value, &pending);

	regs->a0 = SMC_OK;
	regs->a1 = value;
	regs->a2 = (valid ? SMC_ASYNC_NOTIF_VALID : 0) | (pending ? SMC_ASYNC_NOTIF_PENDING : 0);
	regs->a3 = 0;
}

static void not_available(struct smc_regs *regs)
{
	regs->a0 = SMC_ENOTAVAIL;
}

struct fast {
	uint32_t id;
	void (*answer)(struct smc_regs *regs);
};

static const struct fast calls[] = {
	{ SMC_CALLS_COUNT, calls_count },
	{ SMC_CALLS_UID, calls_uid },
	{ SMC_CALLS_REVISION, calls_revision },
	{ SMC_GET_OS_UUID, get_os_uuid },
	{ SMC_GET_OS_REVISION, get_os_revision },
	{ SMC_EXCHANGE_CAPABILITIES, exchange_capabilities },
	{ SMC_DISABLE_SHM_CACHE, disable_shm_cache },
	{ SMC_ENABLE_SHM_CACHE, enable_shm_cache },
	{ SMC_BOOT_SECONDARY, not_available },
	{ SMC_VM_CREATED, not_available },
	{ SMC_VM_DESTROYED, not_available },
	{ SMC_GET_THREAD_COUNT, get_thread_count },
	{ SMC_ENABLE_ASYNC_NOTIF, enable_async_notif },
	{ SMC_GET_ASYNC_NOTIF_VALUE, get_async_notif_value },
};

void fast_serve(struct smc_regs *regs)
{
	for (size_t i = 0; i < array_size(calls); i++) {
		if (calls[i].id == (uint32_t)regs->a0) {
			calls[i].answer(regs);
			return;
		}
	}
	regs->a0 = SMC_UNKNOWN_FUNCTION;
}
