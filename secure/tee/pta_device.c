#include "secure/tee/pta_device.h"

#include "abi/pta.h"
#include "lib/uuid.h"

/* The flag that a device has in the list that a command asks for. Pseudo-TAs have no other of them
 * than the first: those are of TAs that are part of the secure world's image, and it has none. */
static const uint32_t flags[] = {
	[PTA_DEVICE_GET_DEVICES] = TA_FLAG_DEVICE_ENUM,
	[PTA_DEVICE_GET_DEVICES_SUPP] = TA_FLAG_DEVICE_ENUM_SUPP,
	[PTA_DEVICE_GET_DEVICES_RPMB] = TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE,
};

/* As many as fit, and the size of all. */
static TEE_Result devices_write(struct params *params, uint32_t flag, uint64_t *size)
{
	uint64_t room = params->list[0].size;
	TEE_Result res = TEE_SUCCESS;

	*size = 0;
	for (size_t i = 0; i < pta_count() && res == TEE_SUCCESS; i++) {
		uint8_t octets[UUID_OCTETS];

		if ((pta_at(i)->flags & flag) == 0) {
			continue;
		}
		uuid_to_octets(&pta_at(i)->uuid, octets);
		if (*size + UUID_OCTETS <= room) {
			res = pta_copy_out(params, 0, *size, octets, sizeof(octets));
		}
		*size += UUID_OCTETS;
	}
	return res;
}

static TEE_Result device_invoke(struct session *session, uint32_t command, struct params *params)
{
	uint64_t size;
	TEE_Result res;

	(void)session;
	if (command >= array_size(flags)) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (!pta_types_are(params, TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0, 0))) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = devices_write(params, flags[command], &size);
	if (res == TEE_SUCCESS && size > params->list[0].size) {
		res = TEE_ERROR_SHORT_BUFFER;
	}
	params->list[0].size = size;
	return res;
}

const struct pta pta_device = {
	.uuid = PTA_DEVICE_UUID,
	.name = "device enumeration",
	.flags = PTA_FLAGS_MANDATORY,
	.invoke = device_invoke,
};
