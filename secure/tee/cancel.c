#include "secure/tee/cancel.h"

#include "secure/core/space.h"
#include "secure/tee/instance.h"
#include "secure/tee/session.h"

static TEE_Result flag_return(struct caller *caller, uint64_t address, uint32_t flag)
{
	return space_copy_out_own(caller->instance->space, address, &flag, sizeof(flag));
}

static TEE_Result mask_set(struct caller *caller, uint64_t address, bool masked)
{
	TEE_Result res = flag_return(caller, address, caller->session->cancel_masked);

	if (res == TEE_SUCCESS) {
		caller->session->cancel_masked = masked;
	}
	return res;
}

TEE_Result cancel_sys_get_flag(struct caller *caller, const uint64_t args[8])
{
	return flag_return(caller, args[0], session_is_cancelled(caller->session));
}

TEE_Result cancel_sys_unmask(struct caller *caller, const uint64_t args[8])
{
	return mask_set(caller, args[0], false);
}

TEE_Result cancel_sys_mask(struct caller *caller, const uint64_t args[8])
{
	return mask_set(caller, args[0], true);
}
