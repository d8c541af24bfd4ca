#include "secure/tee/pta.h"

#include "lib/uuid.h"
#include "secure/core/check.h"
#include "secure/tee/pta_device.h"
#include "secure/tee/pta_gprof.h"
#include "secure/tee/pta_rpc.h"
#include "secure/tee/pta_socket.h"
#include "secure/tee/pta_system.h"
#include "secure/tee/session.h"

static const struct pta *const ptas[] = {
	&pta_device, &pta_system, &pta_socket, &pta_gprof, &pta_rpc,
};

const struct pta *pta_find(const TEE_UUID *uuid)
{
	for (size_t i = 0; i < array_size(ptas); i++) {
		if (uuid_equal(&ptas[i]->uuid, uuid)) {
			return ptas[i];
		}
	}
	return NULL;
}

const struct pta *pta_at(size_t index)
{
	check(index < array_size(ptas));
	return ptas[index];
}

size_t pta_count(void)
{
	return array_size(ptas);
}

void ptas_init(void)
{
	for (size_t i = 0; i < array_size(ptas); i++) {
		check((ptas[i]->flags & PTA_FLAGS_MANDATORY) == PTA_FLAGS_MANDATORY);
		check((ptas[i]->flags & ~PTA_FLAGS_ALLOWED) == 0);
		check(ptas[i]->invoke != NULL);
		check(pta_find(&ptas[i]->uuid) == ptas[i]);
		if (ptas[i]->init != NULL) {
			ptas[i]->init();
		}
	}
}

/* --- For handlers ----------------------------------------------------------------------------- */

bool pta_types_are(const struct params *params, uint32_t types)
{
	for (unsigned int i = 0; i < PARAMS_COUNT; i++) {
		if (params->list[i].type != TEE_PARAM_TYPE_GET(types, i)) {
			return false;
		}
	}
	return true;
}

bool pta_caller_is_ta(const struct session *session)
{
	return session->client.login == TEE_LOGIN_TRUSTED_APP;
}

bool pta_memref_is_null(const struct param *param)
{
	return param->shm == NULL && param->address == 0;
}

bool pta_memref_is_private(const struct params *params, unsigned int index)
{
	const struct param *param = &params->list[index];

	return params->space != NULL && param->address != 0 &&
	       space_check(params->space, param->address, param->size,
			   PORT_ACCESS_READ | PORT_ACCESS_WRITE, true) == TEE_SUCCESS;
}

TEE_Result pta_result(TEE_Result res, const TEE_Result *allowed, size_t count)
{
	for (size_t i = 0; i < count && res != TEE_SUCCESS; i++) {
		if (allowed[i] == res) {
			return res;
		}
	}
	return res == TEE_SUCCESS ? TEE_SUCCESS : TEE_ERROR_COMMUNICATION;
}

static bool memref_covers(const struct param *param, uint64_t offset, size_t size)
{
	return offset <= param->size && size <= param->size - offset;
}

TEE_Result pta_copy_in(const struct params *params, unsigned int index, uint64_t offset, void *to,
		       size_t size)
{
	const struct param *param = &params->list[index];
	bool done = true;

	if (!memref_covers(param, offset, size)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (size > 0 && param->shm != NULL) {
		done = shm_copy_in(param->shm, param->offset + offset, to, size);
	} else if (size > 0) {
		done = params->space != NULL &&
		       space_copy_in(params->space, to, param->address + offset, size) ==
			       TEE_SUCCESS;
	}
	return done ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

TEE_Result pta_copy_out(const struct params *params, unsigned int index, uint64_t offset,
			const void *from, size_t size)
{
	const struct param *param = &params->list[index];
	bool done = true;

	check(param_is_output(param));
	if (!memref_covers(param, offset, size)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (size > 0 && param->shm != NULL) {
		done = shm_copy_out(param->shm, param->offset + offset, from, size);
	} else if (size > 0) {
		done = params->space != NULL &&
		       space_copy_out(params->space, param->address + offset, from, size) ==
			       TEE_SUCCESS;
	}
	return done ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}
