/* memref_smc.c - memory by the cookie of a registered object, or by a page list. */
#include "abi/rpc.h"
#include "secure/core/memref.h"

/* There is no reserved memory, so an address is that of a page list or NULL. */
static TEE_Result tmem_in(const struct msg_param *from, struct memref *to)
{
	const struct msg_param_tmem *tmem = &from->u.tmem;
	TEE_Result res;

	if (tmem->buf_ptr == 0) {
		return TEE_SUCCESS;
	}
	if ((from->attr & MSG_ATTR_NONCONTIG) == 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = shm_create_list(tmem->shm_ref, tmem->buf_ptr, tmem->size, &to->shm);
	if (res == TEE_SUCCESS) {
		to->size = tmem->size;
	}
	return res;
}

static TEE_Result rmem_in(const struct msg_param *from, struct memref *to)
{
	const struct msg_param_rmem *rmem = &from->u.rmem;
	struct shm *shm = shm_find(rmem->shm_ref);

	if (shm == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!shm_covers(shm, rmem->offs, rmem->size)) {
		shm_put(shm);
		return TEE_ERROR_SECURITY;
	}
	to->shm = shm;
	to->offset = rmem->offs;
	to->size = rmem->size;
	return TEE_SUCCESS;
}

static TEE_Result smc_in(const struct msg_param *from, struct memref *to)
{
	switch (from->attr & ~(uint64_t)MSG_ATTR_NONCONTIG) {
	case MSG_ATTR_TYPE_TMEM_INPUT:
	case MSG_ATTR_TYPE_TMEM_OUTPUT:
	case MSG_ATTR_TYPE_TMEM_INOUT:
		return tmem_in(from, to);
	case MSG_ATTR_TYPE_RMEM_INPUT:
	case MSG_ATTR_TYPE_RMEM_OUTPUT:
	case MSG_ATTR_TYPE_RMEM_INOUT:
		return (from->attr & MSG_ATTR_NONCONTIG) == 0 ? rmem_in(from, to)
							      : TEE_ERROR_BAD_PARAMETERS;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

static bool smc_out(const struct memref *from, unsigned int direction, struct msg_param *to)
{
	if (from->shm == NULL) {
		to->attr = MSG_ATTR_TYPE_TMEM_INPUT + direction;
		to->u.tmem = (struct msg_param_tmem){ .size = from->size };
		return true;
	}
	to->attr = MSG_ATTR_TYPE_RMEM_INPUT + direction;
	to->u.rmem = (struct msg_param_rmem){
		.offs = from->offset,
		.size = from->size,
		.shm_ref = shm_cookie(from->shm),
	};
	return to->u.rmem.shm_ref != MSG_SHM_REF_NONE;
}

static bool smc_is_grant(const struct msg_param *reply)
{
	return (reply->attr == RPC_SHM_ATTR_CONTIG || reply->attr == RPC_SHM_ATTR_NONCONTIG) &&
	       reply->u.tmem.shm_ref != MSG_SHM_REF_NONE;
}

static TEE_Result smc_grant(const struct msg_param *reply, size_t size, struct shm **shm)
{
	const struct msg_param_tmem *memory = &reply->u.tmem;

	if (memory->size < size) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	if (reply->attr == RPC_SHM_ATTR_NONCONTIG) {
		return shm_create_list(memory->shm_ref, memory->buf_ptr, size, shm);
	}
	/* We have no memory reserved for sharing: what is contiguous is one page. */
	if (!is_aligned(memory->buf_ptr, MSG_PAGE_SIZE) || memory->size > MSG_PAGE_SIZE) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return shm_create_page(memory->shm_ref, memory->buf_ptr, size, shm);
}

const struct memref_form memref_smc = {
	.in = smc_in,
	.out = smc_out,
	.is_grant = smc_is_grant,
	.grant = smc_grant,
	.drop = shm_put,
};
