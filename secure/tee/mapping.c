#include "secure/tee/mapping.h"

#include "secure/core/check.h"
#include "secure/core/port.h"

static unsigned int param_access(const struct param *param)
{
	return param_is_output(param) ? PORT_ACCESS_READ | PORT_ACCESS_WRITE : PORT_ACCESS_READ;
}

/* A memref of no bytes that is not NULL is not NULL for the TA either: map a byte. At the very end
 * of an object it is the last one, and the address that of its end. */
static TEE_Result empty_map(struct space *space, const struct param *param, uint64_t *mapped,
			    uint64_t *address)
{
	uint64_t back = shm_covers(param->shm, param->offset, 1) ? 0 : 1;
	TEE_Result res;

	res = space_map_shm(space, param->shm, param->offset - back, 1, param_access(param),
			    mapped);
	*address = *mapped + back;
	return res;
}

static TEE_Result client_map(struct space *space, const struct param *param, uint64_t *mapped,
			     uint64_t *address)
{
	TEE_Result res;

	if (param->size == 0) {
		return empty_map(space, param, mapped, address);
	}
	res = space_map_shm(space, param->shm, param->offset, param->size, param_access(param),
			    mapped);
	*address = *mapped;
	return res;
}

/* The caller's memory was found readable when the parameters were decoded, and no other thread
 * uses its space while it waits for us. */
static void copy_fill(struct space *space, uint64_t address, struct space *caller,
		      const struct param *param)
{
	void *bytes = space_address(space, address, param->size);

	check(bytes != NULL);
	check(space_copy_in(caller, bytes, param->address, param->size) == TEE_SUCCESS);
}

static TEE_Result copy_map(struct space *space, struct space *caller, const struct param *param,
			   uint64_t *mapped, uint64_t *address)
{
	uint64_t size = 0;
	TEE_Result res;

	*mapped = 0;
	if (!align_up(param->size == 0 ? 1 : param->size, PORT_PAGE_SIZE, &size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = space_map(space, mapped, size / PORT_PAGE_SIZE, param_access(param));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (param->size != 0 && param->type != TEE_PARAM_TYPE_MEMREF_OUTPUT) {
		copy_fill(space, *mapped, caller, param);
	}
	*address = *mapped;
	return TEE_SUCCESS;
}

static TEE_Result memref_map(struct space *space, const struct params *params, unsigned int i,
			     struct mapping *mapping, struct utee_params *user)
{
	const struct param *param = &params->list[i];
	uint64_t mapped = 0;
	uint64_t address = 0;
	TEE_Result res = TEE_SUCCESS;

	if (param->shm != NULL) {
		res = client_map(space, param, &mapped, &address);
	} else if (param->address != 0) {
		res = copy_map(space, params->space, param, &mapped, &address);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	mapping->addresses[i] = mapped;
	user->vals[2 * i] = address;
	user->vals[2 * i + 1] = param->size;
	return TEE_SUCCESS;
}

static TEE_Result param_map(struct space *space, const struct params *params, unsigned int i,
			    struct mapping *mapping, struct utee_params *user)
{
	const struct param *param = &params->list[i];

	user->types |= TEE_PARAM_TYPE_SET(param->type, i);
	if (param_is_memref(param)) {
		return memref_map(space, params, i, mapping, user);
	}
	user->vals[2 * i] = param->a;
	user->vals[2 * i + 1] = param->b;
	return TEE_SUCCESS;
}

static bool mapping_is_empty(const struct mapping *mapping)
{
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		if (mapping->addresses[i] != 0) {
			return false;
		}
	}
	return true;
}

TEE_Result mapping_create(struct mapping *mapping, struct space *space, const struct params *params,
			  struct utee_params *user)
{
	TEE_Result res = TEE_SUCCESS;

	*mapping = (struct mapping){ 0 };
	*user = (struct utee_params){ 0 };
	for (unsigned int i = 0; i < PARAMS_COUNT && res == TEE_SUCCESS; i++) {
		res = param_map(space, params, i, mapping, user);
	}
	if (res != TEE_SUCCESS) {
		TEE_Result undone = mapping_remove(mapping, space);

		return undone == TEE_SUCCESS ? res : undone;
	}
	return mapping_is_empty(mapping) ? TEE_SUCCESS : space_commit(space);
}

/* To the caller goes what fits; `param->size` is still what the caller gave. */
static void copy_return(struct space *space, uint64_t address, struct space *caller,
			const struct param *param, uint64_t size)
{
	void *bytes;

	if (size > param->size) {
		size = param->size;
	}
	if (size == 0) {
		return;
	}
	bytes = space_address(space, address, size);
	check(bytes != NULL);
	check(space_copy_out(caller, param->address, bytes, size) == TEE_SUCCESS);
}

void mapping_collect(const struct mapping *mapping, struct space *space,
		     const struct utee_params *user, struct params *params)
{
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		struct param *param = &params->list[i];

		if (!param_is_output(param)) {
			continue;
		}
		if (param_is_value(param)) {
			param->a = (uint32_t)user->vals[2 * i];
			param->b = (uint32_t)user->vals[2 * i + 1];
			continue;
		}
		if (param->address != 0) {
			copy_return(space, mapping->addresses[i], params->space, param,
				    user->vals[2 * i + 1]);
		}
		param->size = user->vals[2 * i + 1];
	}
}

TEE_Result mapping_remove(struct mapping *mapping, struct space *space)
{
	if (mapping_is_empty(mapping)) {
		return TEE_SUCCESS;
	}
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		if (mapping->addresses[i] != 0) {
			space_unmap(space, mapping->addresses[i]);
			mapping->addresses[i] = 0;
		}
	}
	return space_commit(space);
}
