#include "secure/core/memref.h"

static const struct memref_form *memref_form = &memref_smc;

void memref_use(const struct memref_form *form)
{
	memref_form = form;
}

bool memref_by_handle(void)
{
	return memref_form->by_handle;
}

TEE_Result memref_in(const struct msg_param *from, struct memref *to)
{
	*to = (struct memref){ 0 };
	return memref_form->in(from, to);
}

bool memref_out(const struct memref *from, enum memref_direction direction, struct msg_param *to)
{
	if (from->shm != NULL && !shm_covers(from->shm, from->offset, from->size)) {
		return false;
	}
	return memref_form->out(from, direction, to);
}

/* The name has the same place in both forms. */
bool memref_is_grant(const struct msg_param *reply, uint64_t *name)
{
	*name = reply->u.tmem.shm_ref;
	return memref_form->is_grant(reply);
}

static_assert(offsetof(struct msg_param_tmem, shm_ref) ==
		      offsetof(struct msg_param_fmem, global_id),
	      "one place for the name");

TEE_Result memref_grant(const struct msg_param *reply, size_t size, struct shm **shm)
{
	return memref_form->grant(reply, size, shm);
}

void memref_drop(struct shm *shm)
{
	memref_form->drop(shm);
}
