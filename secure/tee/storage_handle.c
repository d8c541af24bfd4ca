#include "secure/tee/storage_handle.h"

#include "secure/core/check.h"
#include "secure/core/port.h"
#include "secure/tee/storage_object.h"

/* A number is a generation and, in the low bits, a slot and one. */
#define SLOT_BITS      8u
#define GENERATION_MAX ((1u << (32 - SLOT_BITS)) - 1)

static_assert(STORAGE_HANDLES_MAX < (1u << SLOT_BITS), "a slot fits");

struct storage_handles {
	struct port_pages *pages;
	struct storage_handle slots[STORAGE_HANDLES_MAX];
};

struct storage_handles *storage_handles_create(void)
{
	const size_t count = (sizeof(struct storage_handles) + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE;
	struct port_pages *pages = port_pages_alloc(count);
	struct storage_handles *handles;

	if (pages == NULL) {
		return NULL;
	}
	handles = port_pages_address(pages);
	handles->pages = pages;
	return handles;
}

static void slot_close(struct storage_handle *handle)
{
	switch (handle->kind) {
	case STORAGE_OBJECT:
		storage_object_close(handle);
		break;
	case STORAGE_ENUMERATOR:
		storage_enum_reset(&handle->names);
		break;
	case STORAGE_FREE:
		break;
	}
}

void storage_handles_destroy(struct storage_handles *handles)
{
	for (size_t i = 0; i < STORAGE_HANDLES_MAX; i++) {
		slot_close(&handles->slots[i]);
	}
	port_pages_free(handles->pages);
}

struct storage_handle *storage_handle_new(struct storage_handles *handles, enum storage_kind kind)
{
	for (size_t i = 0; i < STORAGE_HANDLES_MAX; i++) {
		struct storage_handle *handle = &handles->slots[i];

		if (handle->kind == STORAGE_FREE) {
			*handle = (struct storage_handle){
				.kind = kind,
				.generation = handle->generation,
			};
			return handle;
		}
	}
	return NULL;
}

uint32_t storage_handle_number(const struct storage_handles *handles,
			       const struct storage_handle *handle)
{
	return handle->generation << SLOT_BITS | (uint32_t)(handle - handles->slots + 1);
}

struct storage_handle *storage_handle_find(struct storage_handles *handles, uint64_t number,
					   enum storage_kind kind)
{
	uint64_t slot = (number & ((1u << SLOT_BITS) - 1)) - 1;

	if (slot >= STORAGE_HANDLES_MAX || handles->slots[slot].kind != kind ||
	    storage_handle_number(handles, &handles->slots[slot]) != number) {
		return NULL;
	}
	return &handles->slots[slot];
}

void storage_handle_free(struct storage_handle *handle)
{
	check(handle->kind != STORAGE_FREE);
	handle->kind = STORAGE_FREE;
	handle->generation = handle->generation == GENERATION_MAX ? 0 : handle->generation + 1;
}
