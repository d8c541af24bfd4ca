#include "secure/tee/param.h"

#include "secure/core/memref.h"

void params_clear(struct params *params)
{
	*params = (struct params){ 0 };
}

bool param_is_value(const struct param *param)
{
	return param->type >= TEE_PARAM_TYPE_VALUE_INPUT &&
	       param->type <= TEE_PARAM_TYPE_VALUE_INOUT;
}

bool param_is_memref(const struct param *param)
{
	return param->type >= TEE_PARAM_TYPE_MEMREF_INPUT &&
	       param->type <= TEE_PARAM_TYPE_MEMREF_INOUT;
}

bool param_is_output(const struct param *param)
{
	return param->type != TEE_PARAM_TYPE_NONE && param->type != TEE_PARAM_TYPE_VALUE_INPUT &&
	       param->type != TEE_PARAM_TYPE_MEMREF_INPUT;
}

static TEE_Result none_decode(const struct msg_param *from, struct param *param)
{
	(void)from;
	(void)param;
	return TEE_SUCCESS;
}

static TEE_Result value_decode(const struct msg_param *from, struct param *param)
{
	param->a = (uint32_t)from->u.value.a;
	param->b = (uint32_t)from->u.value.b;
	return TEE_SUCCESS;
}

static TEE_Result memref_decode(const struct msg_param *from, struct param *param)
{
	struct memref memref;
	TEE_Result res = memref_in(from, &memref);

	param->shm = memref.shm;
	param->offset = memref.offset;
	param->size = memref.size;
	return res;
}

struct param_kind {
	uint32_t type;
	TEE_Result (*decode)(const struct msg_param *from, struct param *param);
	uint64_t attr_known;
};

#define KIND(gp, how, bits)                                                                        \
	{                                                                                          \
		.type = (gp), .decode = (how), .attr_known = MSG_ATTR_TYPE_MASK | (bits),          \
	}

static const struct param_kind kinds[] = {
	[MSG_ATTR_TYPE_NONE] = KIND(TEE_PARAM_TYPE_NONE, none_decode, 0),
	[MSG_ATTR_TYPE_VALUE_INPUT] = KIND(TEE_PARAM_TYPE_VALUE_INPUT, value_decode, 0),
	[MSG_ATTR_TYPE_VALUE_OUTPUT] = KIND(TEE_PARAM_TYPE_VALUE_OUTPUT, value_decode, 0),
	[MSG_ATTR_TYPE_VALUE_INOUT] = KIND(TEE_PARAM_TYPE_VALUE_INOUT, value_decode, 0),
	[MSG_ATTR_TYPE_RMEM_INPUT] = KIND(TEE_PARAM_TYPE_MEMREF_INPUT, memref_decode, 0),
	[MSG_ATTR_TYPE_RMEM_OUTPUT] = KIND(TEE_PARAM_TYPE_MEMREF_OUTPUT, memref_decode, 0),
	[MSG_ATTR_TYPE_RMEM_INOUT] = KIND(TEE_PARAM_TYPE_MEMREF_INOUT, memref_decode, 0),
	[MSG_ATTR_TYPE_TMEM_INPUT] =
		KIND(TEE_PARAM_TYPE_MEMREF_INPUT, memref_decode, MSG_ATTR_NONCONTIG),
	[MSG_ATTR_TYPE_TMEM_OUTPUT] =
		KIND(TEE_PARAM_TYPE_MEMREF_OUTPUT, memref_decode, MSG_ATTR_NONCONTIG),
	[MSG_ATTR_TYPE_TMEM_INOUT] =
		KIND(TEE_PARAM_TYPE_MEMREF_INOUT, memref_decode, MSG_ATTR_NONCONTIG),
};

static TEE_Result param_decode(const struct msg_param *from, struct param *param)
{
	uint64_t type = from->attr & MSG_ATTR_TYPE_MASK;

	if (type >= array_size(kinds) || kinds[type].decode == NULL ||
	    (from->attr & ~kinds[type].attr_known) != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	param->type = kinds[type].type;
	return kinds[type].decode(from, param);
}

TEE_Result params_from_message(const struct msg_param *list, size_t count, struct params *params)
{
	params_clear(params);
	if (count > PARAMS_COUNT) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (size_t i = 0; i < count; i++) {
		TEE_Result res = param_decode(&list[i], &params->list[i]);

		if (res != TEE_SUCCESS) {
			params_release(params);
			return res;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result user_memref_decode(struct space *space, struct param *param)
{
	unsigned int access = PORT_ACCESS_READ;

	if (param->address == 0) {
		return param->size == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
	}
	if (param_is_output(param)) {
		access |= PORT_ACCESS_WRITE;
	}
	return space_check(space, param->address, param->size, access, false);
}

static TEE_Result user_param_decode(const struct utee_params *user, unsigned int i,
				    struct space *space, struct param *param)
{
	param->type = TEE_PARAM_TYPE_GET(user->types, i);
	if (param_is_value(param)) {
		param->a = (uint32_t)user->vals[2 * i];
		param->b = (uint32_t)user->vals[2 * i + 1];
		return TEE_SUCCESS;
	}
	if (param_is_memref(param)) {
		param->address = user->vals[2 * i];
		param->size = user->vals[2 * i + 1];
		return user_memref_decode(space, param);
	}
	return param->type == TEE_PARAM_TYPE_NONE ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

TEE_Result params_from_user(const struct utee_params *user, struct space *space,
			    struct params *params)
{
	params_clear(params);
	params->space = space;
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		TEE_Result res = user_param_decode(user, i, space, &params->list[i]);

		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	return TEE_SUCCESS;
}

void param_to_message(const struct param *param, struct msg_param *to)
{
	if (!param_is_output(param)) {
		return;
	}
	if (param_is_value(param)) {
		to->u.value.a = param->a;
		to->u.value.b = param->b;
	} else {
		to->u.rmem.size = param->size;
	}
}

void params_to_user(const struct params *params, struct utee_params *to)
{
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		const struct param *param = &params->list[i];

		if (!param_is_output(param)) {
			continue;
		}
		if (param_is_value(param)) {
			to->vals[2 * i] = param->a;
			to->vals[2 * i + 1] = param->b;
		} else {
			to->vals[2 * i + 1] = param->size;
		}
	}
}

void params_release(struct params *params)
{
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		if (params->list[i].shm != NULL) {
			shm_put(params->list[i].shm);
			params->list[i].shm = NULL;
		}
	}
}
