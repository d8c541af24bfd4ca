/* memref_ffa.c - memory by the handle of what was shared by FF-A. */
#include "abi/rpc.h"
#include "secure/core/memref.h"

static uint64_t fmem_offset(const struct msg_param_fmem *fmem)
{
	return (uint64_t)fmem->offs_high << 32 | fmem->offs_low;
}

static TEE_Result ffa_in(const struct msg_param *from, struct memref *to)
{
	const struct msg_param_fmem *fmem = &from->u.fmem;
	struct shm *shm;

	if (from->attr < MSG_ATTR_TYPE_FMEM_INPUT || from->attr > MSG_ATTR_TYPE_FMEM_INOUT) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (fmem->global_id == MSG_FMEM_INVALID_GLOBAL_ID) {
		return fmem->size == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
	}
	shm = shm_find_handle(fmem->global_id, fmem->internal_offs);
	if (shm == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!shm_covers(shm, fmem_offset(fmem), fmem->size)) {
		shm_put(shm);
		return TEE_ERROR_SECURITY;
	}
	to->shm = shm;
	to->offset = fmem_offset(fmem);
	to->size = fmem->size;
	return TEE_SUCCESS;
}

static_assert(SHM_SIZE_MAX < 1ull << 48, "offsets have 48 bits");

/* The offset within the first page was fixed by the normal world: it knows. */
static bool ffa_out(const struct memref *from, unsigned int direction, struct msg_param *to)
{
	to->attr = MSG_ATTR_TYPE_FMEM_INPUT + direction;
	to->u.fmem = (struct msg_param_fmem){
		.size = from->size,
		.global_id = MSG_FMEM_INVALID_GLOBAL_ID,
	};
	if (from->shm != NULL) {
		to->u.fmem.offs_low = (uint32_t)from->offset;
		to->u.fmem.offs_high = (uint16_t)(from->offset >> 32);
		to->u.fmem.global_id = shm_cookie(from->shm);
	}
	return true;
}

static bool ffa_is_grant(const struct msg_param *reply)
{
	return reply->attr == RPC_SHM_ATTR_FMEM &&
	       reply->u.fmem.global_id != MSG_FMEM_INVALID_GLOBAL_ID;
}

static TEE_Result ffa_grant(const struct msg_param *reply, size_t size, struct shm **result)
{
	const struct msg_param_fmem *fmem = &reply->u.fmem;
	struct shm *shm;

	if (fmem_offset(fmem) != 0 || fmem->size < size) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	shm = shm_find_handle(fmem->global_id, fmem->internal_offs);
	if (shm == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (!shm_covers(shm, 0, size)) {
		shm_put(shm);
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*result = shm;
	return TEE_SUCCESS;
}

/* Somebody else may use it, too, if the normal world gave it twice: then it stays as it is. */
static void ffa_drop(struct shm *shm)
{
	uint64_t handle = shm_cookie(shm);

	shm_put(shm);
	(void)shm_relinquish(handle);
}

const struct memref_form memref_ffa = {
	.by_handle = true,
	.in = ffa_in,
	.out = ffa_out,
	.is_grant = ffa_is_grant,
	.grant = ffa_grant,
	.drop = ffa_drop,
};
