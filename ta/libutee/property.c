#include "ta/libutee/property.h"

#include <string.h>

#include <utee_syscalls.h>

#include <util.h>

static const uint32_t core_version = TEE_CORE_API_VERSION;

/* What the library knows of the TEE itself. */
static const struct user_ta_property tee_props[] = {
	{ "gpd.tee.internalCore.version", USER_TA_PROP_TYPE_U32, &core_version },
};

struct property_table {
	const struct user_ta_property *list;
	size_t count;
};

static struct property_table table_of(uint32_t set)
{
	switch (set) {
	case UTEE_PROP_SET_TA:
		return (struct property_table){ ta_props, ta_num_props };
	case UTEE_PROP_SET_TEE:
		return (struct property_table){ tee_props, ARRAY_SIZE(tee_props) };
	default:
		return (struct property_table){ NULL, 0 };
	}
}

static size_t value_size(const struct user_ta_property *property)
{
	switch (property->type) {
	case USER_TA_PROP_TYPE_BOOL:
		return sizeof(bool);
	case USER_TA_PROP_TYPE_U32:
		return sizeof(uint32_t);
	case USER_TA_PROP_TYPE_U64:
		return sizeof(uint64_t);
	case USER_TA_PROP_TYPE_UUID:
		return sizeof(TEE_UUID);
	case USER_TA_PROP_TYPE_IDENTITY:
		return sizeof(TEE_Identity);
	case USER_TA_PROP_TYPE_STRING:
	case USER_TA_PROP_TYPE_BINARY_BLOCK:
		return strlen(property->value) + 1;
	default:
		return 0;
	}
}

static TEE_Result copy_out(const void *from, size_t size, void *to, uint32_t *room)
{
	uint32_t fits = *room;

	*room = (uint32_t)size;
	if (fits < size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(to, from, size);
	return TEE_SUCCESS;
}

bool utee_property_is_set(TEE_PropSetHandle handle)
{
	return handle == TEE_PROPSET_TEE_IMPLEMENTATION || handle == TEE_PROPSET_CURRENT_CLIENT ||
	       handle == TEE_PROPSET_CURRENT_TA;
}

TEE_Result utee_property_find(TEE_PropSetHandle set, const char *name, struct property_place *place)
{
	struct property_table table = table_of((uint32_t)(uintptr_t)set);
	TEE_Result res;

	*place = (struct property_place){ .set = (uint32_t)(uintptr_t)set };
	for (size_t i = 0; i < table.count; i++) {
		if (strcmp(table.list[i].name, name) == 0) {
			place->index = (uint32_t)i;
			return TEE_SUCCESS;
		}
	}
	res = _utee_get_property_name_to_index(place->set, name, strlen(name) + 1, &place->index);
	place->index += (uint32_t)table.count;
	return res;
}

TEE_Result utee_property_value(const struct property_place *place, void *value, uint32_t *size,
			       uint32_t *type)
{
	struct property_table table = table_of(place->set);
	const struct user_ta_property *property;

	if (place->index >= table.count) {
		return _utee_get_property(place->set, place->index - table.count, NULL, NULL, value,
					  size, type);
	}
	property = &table.list[place->index];
	*type = property->type;
	return copy_out(property->value, value_size(property), value, size);
}

TEE_Result utee_property_name(const struct property_place *place, char *name, uint32_t *size)
{
	struct property_table table = table_of(place->set);

	if (place->index >= table.count) {
		return _utee_get_property(place->set, place->index - table.count, name, size, NULL,
					  NULL, NULL);
	}
	return copy_out(table.list[place->index].name, strlen(table.list[place->index].name) + 1,
			name, size);
}
