#include "secure/tee/property.h"

#include <string.h>

#include "abi/storage.h"
#include "abi/syscall.h"
#include "lib/bytes.h"
#include "lib/uuid.h"
#include "secure/core/space.h"
#include "secure/crypto/crypto.h"
#include "secure/tee/instance.h"
#include "secure/tee/key.h"
#include "secure/tee/revision.h"
#include "secure/tee/session.h"

#define DEVICE_ID_SIZE 12u

/* Any value: the longest string is shorter than this. */
union property_value {
	uint8_t boolean;
	uint32_t u32;
	TEE_UUID uuid;
	TEE_Identity identity;
	char text[64];
};

/* Either `value` or `make` says what it is; `make` returns its size. */
struct property {
	const char *name;
	enum utee_prop_type type;
	const void *value;
	size_t size;
	size_t (*make)(const struct caller *caller, union property_value *value);
};

/* --- Values ----------------------------------------------------------------------------------- */

static const uint8_t value_false;
static const uint32_t value_zero;
/* Protection levels: 100 is what the normal world could break, 1000 what it could not. */
static const uint32_t value_level_normal = 100;
static const uint32_t value_level_secure = 1000;

static size_t client_identity(const struct caller *caller, union property_value *value)
{
	value->identity = caller->session->client;
	return sizeof(value->identity);
}

static size_t ta_app_id(const struct caller *caller, union property_value *value)
{
	value->uuid = caller->instance->uuid;
	return sizeof(value->uuid);
}

static TEE_UUID uuid_of_digest(const uint8_t *digest)
{
	TEE_UUID uuid = uuid_from_octets(digest);

	/* Version 5, made from a digest, and the variant of RFC 4122. */
	uuid.timeHiAndVersion = (uint16_t)((uuid.timeHiAndVersion & 0x0FFF) | 0x5000);
	uuid.clockSeqAndNode[0] = (uint8_t)((uuid.clockSeqAndNode[0] & 0x3F) | 0x80);
	return uuid;
}

static size_t device_id(const struct caller *caller, union property_value *value)
{
	uint8_t digest[CRYPTO_HASH_SIZE_MAX];
	struct secret_key die;
	const struct crypto_piece pieces[] = {
		{ REVISION_NAME, sizeof(REVISION_NAME) - 1 },
		{ die.bytes, DEVICE_ID_SIZE },
	};

	(void)caller;
	key_subkey(HUK_SUBKEY_DIE_ID, NULL, 0, &die);
	crypto_digest(CRYPTO_SHA256, pieces, array_size(pieces), digest);
	key_wipe(&die);
	value->uuid = uuid_of_digest(digest);
	return sizeof(value->uuid);
}

/* --- Sets ------------------------------------------------------------------------------------- */

#define PROPERTY_STRING(of, text)                                                                  \
	{                                                                                          \
		.name = (of), .type = UTEE_PROP_TYPE_STRING, .value = (text),                      \
		.size = sizeof(text),                                                              \
	}
#define PROPERTY_U32(of, variable)                                                                 \
	{                                                                                          \
		.name = (of), .type = UTEE_PROP_TYPE_U32, .value = &(variable),                    \
		.size = sizeof(uint32_t),                                                          \
	}
#define PROPERTY_BOOL(of, variable)                                                                \
	{                                                                                          \
		.name = (of), .type = UTEE_PROP_TYPE_BOOL, .value = &(variable),                   \
		.size = sizeof(uint8_t),                                                           \
	}
#define PROPERTY_MADE(of, kind, how)                                                               \
	{                                                                                          \
		.name = (of), .type = (kind), .make = (how),                                       \
	}

static const struct property tee_properties[] = {
	PROPERTY_STRING("gpd.tee.apiversion", "GPD-1.1-dev"),
	PROPERTY_STRING("gpd.tee.description", REVISION_NAME),
	PROPERTY_MADE("gpd.tee.deviceID", UTEE_PROP_TYPE_UUID, device_id),
	PROPERTY_U32("gpd.tee.systemTime.protectionLevel", value_level_secure),
	PROPERTY_U32("gpd.tee.TAPersistentTime.protectionLevel", value_level_normal),
	PROPERTY_BOOL("gpd.tee.cryptography.ecc", value_false),
	PROPERTY_U32("gpd.tee.trustedStorage.antiRollback.protectionLevel", value_level_normal),
	PROPERTY_STRING("gpd.tee.trustedos.implementation.version", REVISION_TEXT),
	PROPERTY_U32("gpd.tee.trustedos.implementation.binaryversion", value_zero),
	PROPERTY_STRING("gpd.tee.trustedos.manufacturer", REVISION_NAME),
	PROPERTY_STRING("gpd.tee.firmware.implementation.version", "FW_IMPL_UNDEF"),
	PROPERTY_U32("gpd.tee.firmware.implementation.binaryversion", value_zero),
	PROPERTY_STRING("gpd.tee.firmware.manufacturer", "FW_MAN_UNDEF"),
};

static const struct property client_properties[] = {
	PROPERTY_MADE("gpd.client.identity", UTEE_PROP_TYPE_IDENTITY, client_identity),
	PROPERTY_U32("gpd.client.endian", value_zero),
};

static const struct property ta_properties[] = {
	PROPERTY_MADE("gpd.ta.appID", UTEE_PROP_TYPE_UUID, ta_app_id),
};

struct property_set {
	uint32_t number;
	const struct property *list;
	size_t count;
};

static const struct property_set sets[] = {
	{ UTEE_PROP_SET_TEE, tee_properties, array_size(tee_properties) },
	{ UTEE_PROP_SET_CLIENT, client_properties, array_size(client_properties) },
	{ UTEE_PROP_SET_TA, ta_properties, array_size(ta_properties) },
};

static const struct property_set *set_find(uint64_t number)
{
	for (size_t i = 0; i < array_size(sets); i++) {
		if (sets[i].number == (uint32_t)number) {
			return &sets[i];
		}
	}
	return NULL;
}

/* --- System calls ----------------------------------------------------------------------------- */

/* Give `size` bytes where the TA said how many there may be. Nothing is asked for with no length.
 * SHORT_BUFFER: the length becomes what is needed. */
static TEE_Result sized_return(struct space *space, uint64_t to, uint64_t length, const void *from,
			       uint32_t size)
{
	uint32_t room;
	TEE_Result res;

	if (length == 0) {
		return TEE_SUCCESS;
	}
	res = space_copy_in_own(space, &room, length, sizeof(room));
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = space_copy_out_own(space, length, &size, sizeof(size));
	if (res != TEE_SUCCESS) {
		return res;
	}
	return room < size ? TEE_ERROR_SHORT_BUFFER : space_copy_out(space, to, from, size);
}

static TEE_Result value_return(struct caller *caller, const struct property *property, uint64_t to,
			       uint64_t length)
{
	struct space *space = caller->instance->space;
	union property_value made;
	size_t size;

	if (property->make == NULL) {
		return sized_return(space, to, length, property->value, (uint32_t)property->size);
	}
	size = property->make(caller, &made);
	return sized_return(space, to, length, &made, (uint32_t)size);
}

static TEE_Result type_return(struct space *space, uint64_t to, enum utee_prop_type type)
{
	uint32_t number = type;

	return to == 0 ? TEE_SUCCESS : space_copy_out_own(space, to, &number, sizeof(number));
}

/* set, index, name*, name_len*, buf*, buf_len*, type* */
TEE_Result property_sys_get(struct caller *caller, const uint64_t args[8])
{
	const struct property_set *set = set_find(args[0]);
	struct space *space = caller->instance->space;
	const struct property *property;
	TEE_Result res;

	if (set == NULL || args[1] >= set->count) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	property = &set->list[args[1]];
	res = type_return(space, args[6], property->type);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = value_return(caller, property, args[4], args[5]);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return sized_return(space, args[2], args[3], property->name,
			    (uint32_t)strlen(property->name) + 1);
}

static TEE_Result index_find(const struct property_set *set, const char *name, uint32_t *index)
{
	for (uint32_t i = 0; set != NULL && i < set->count; i++) {
		if (strcmp(set->list[i].name, name) == 0) {
			*index = i;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

/* set, name*, name_len, index* */
TEE_Result property_sys_name_to_index(struct caller *caller, const uint64_t args[8])
{
	struct space *space = caller->instance->space;
	char name[PROPERTY_NAME_MAX];
	uint32_t index = 0;
	TEE_Result res;

	/* A name that is longer than all of ours is none of ours. */
	if (args[2] == 0 || args[2] > sizeof(name)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	res = space_copy_in(space, name, args[1], (size_t)args[2]);
	if (res != TEE_SUCCESS) {
		return res;
	}
	name[args[2] - 1] = '\0';
	res = index_find(set_find(args[0]), name, &index);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return space_copy_out_own(space, args[3], &index, sizeof(index));
}
