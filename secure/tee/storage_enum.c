#include "secure/tee/storage_enum.h"

#include <string.h>

/* Names that the first pages hold; each time they are full, twice as many. */
#define ENUM_ROOM_FIRST (PORT_PAGE_SIZE / sizeof(struct seal_name))

static struct seal_name *enum_names(const struct storage_enum *names)
{
	return port_pages_address(names->pages);
}

void storage_enum_reset(struct storage_enum *names)
{
	if (names->pages != NULL) {
		port_pages_free(names->pages);
	}
	*names = (struct storage_enum){ 0 };
}

static bool enum_grow(struct storage_enum *names)
{
	size_t room = names->room == 0 ? ENUM_ROOM_FIRST : 2 * names->room;
	struct port_pages *pages =
		port_pages_alloc(room * sizeof(struct seal_name) / PORT_PAGE_SIZE);

	if (pages == NULL) {
		return false;
	}
	if (names->pages != NULL) {
		memcpy(port_pages_address(pages), enum_names(names),
		       names->count * sizeof(struct seal_name));
		port_pages_free(names->pages);
	}
	names->pages = pages;
	names->room = room;
	return true;
}

static TEE_Result enum_add(const struct seal_name *name, void *arg)
{
	struct storage_enum *names = arg;

	if (names->count == names->room && !enum_grow(names)) {
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
	enum_names(names)[names->count] = *name;
	names->count++;
	return TEE_SUCCESS;
}

/* No memory, for shared memory or for an object, is nothing that a TA may be told here. */
static TEE_Result enum_result(TEE_Result res)
{
	return res == TEE_ERROR_OUT_OF_MEMORY || res == TEE_ERROR_STORAGE_NO_SPACE
		       ? TEE_ERROR_STORAGE_NOT_AVAILABLE
		       : res;
}

TEE_Result storage_enum_start(struct storage_enum *names, const struct storage_whose *whose)
{
	TEE_Result res;

	storage_enum_reset(names);
	names->whose = *whose;
	res = storage_object_list(whose, enum_add, names);
	if (res == TEE_SUCCESS && names->count == 0) {
		res = TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (res != TEE_SUCCESS) {
		storage_enum_reset(names);
	}
	return enum_result(res);
}

TEE_Result storage_enum_next(struct storage_enum *names, struct storage_info *info)
{
	TEE_Result res = TEE_ERROR_ITEM_NOT_FOUND;

	while (res == TEE_ERROR_ITEM_NOT_FOUND && names->next < names->count) {
		res = enum_result(
			storage_object_look(&names->whose, &enum_names(names)[names->next], info));
		if (res != TEE_ERROR_STORAGE_NOT_AVAILABLE) {
			names->next++;
		}
	}
	return res;
}
