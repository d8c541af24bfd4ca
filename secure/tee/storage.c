#include "secure/tee/storage.h"

#include <string.h>

#include "abi/syscall.h"
#include "abi/tee_api_defines_extensions.h"
#include "secure/tee/instance.h"
#include "secure/tee/rpmb_fs.h"
#include "secure/tee/storage_enum.h"
#include "secure/tee/storage_handle.h"
#include "secure/tee/storage_object.h"

#define ACCESS_FLAGS                                                                               \
	(TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_ACCESS_WRITE | TEE_DATA_FLAG_ACCESS_WRITE_META)
#define OPEN_FLAGS   (ACCESS_FLAGS | TEE_DATA_FLAG_SHARE_READ | TEE_DATA_FLAG_SHARE_WRITE)
#define CREATE_FLAGS (OPEN_FLAGS | TEE_DATA_FLAG_OVERWRITE)

/* A new object may be used for everything, as far as data can be used. */
#define USAGE_DEFAULT 0xffffffffu

void storage_init(void)
{
	storage_objects_init();
	rpmb_fs_init();
}

unsigned int storage_open_objects(void)
{
	return storage_objects_count();
}

/* --- arguments --- */

static const struct {
	uint64_t id;
	const struct storage_place *place;
} places[] = {
	{ TEE_STORAGE_PRIVATE, &storage_ree },
	{ TEE_STORAGE_PRIVATE_REE, &storage_ree },
	{ TEE_STORAGE_PRIVATE_RPMB, &storage_rpmb },
};

/* The TA's objects in the storage with that id. */
static TEE_Result storage_find(const struct caller *caller, uint64_t storage_id,
			       struct storage_whose *whose)
{
	whose->uuid = caller->instance->uuid;
	for (size_t i = 0; i < array_size(places); i++) {
		if (places[i].id == storage_id) {
			whose->place = places[i].place;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

/* An id must be the TA's own memory: in a client's it could change meanwhile. */
static TEE_Result id_read(const struct caller *caller, uint64_t address, uint64_t size,
			  struct seal_id *id)
{
	*id = (struct seal_id){ 0 };
	if (size > sizeof(id->bytes)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	id->size = (uint32_t)size;
	return space_copy_in_own(caller->instance->space, id->bytes, address, (size_t)size);
}

/* Can the result be written where the TA wants it? Asked before anything is done. */
static TEE_Result result_check(const struct caller *caller, uint64_t address, uint64_t size)
{
	return space_check(caller->instance->space, address, size, PORT_ACCESS_WRITE, true);
}

static TEE_Result u32_write(const struct caller *caller, uint64_t address, uint32_t value)
{
	return space_copy_out_own(caller->instance->space, address, &value, sizeof(value));
}

static TEE_Result u64_write(const struct caller *caller, uint64_t address, uint64_t value)
{
	return space_copy_out_own(caller->instance->space, address, &value, sizeof(value));
}

static struct storage_handle *object_find(const struct caller *caller, uint64_t number)
{
	return storage_handle_find(caller->instance->objects, number, STORAGE_OBJECT);
}

static struct storage_handle *enumerator_find(const struct caller *caller, uint64_t number)
{
	return storage_handle_find(caller->instance->objects, number, STORAGE_ENUMERATOR);
}

/* --- open, create, close --- */

/* Tell the TA the number of its new handle, or give the handle up. */
static TEE_Result handle_return(struct caller *caller, struct storage_handle *handle,
				TEE_Result res, uint64_t address)
{
	if (res != TEE_SUCCESS) {
		storage_handle_free(handle);
		return res;
	}
	return u32_write(caller, address, storage_handle_number(caller->instance->objects, handle));
}

static enum storage_corrupt corrupt_policy(const struct caller *caller)
{
	return (caller->instance->flags & TA_FLAG_DONT_CLOSE_HANDLE_ON_CORRUPT_OBJECT) != 0
		       ? STORAGE_CORRUPT_KEEP
		       : STORAGE_CORRUPT_REMOVE;
}

/* storage_id, id*, id_len, flags, u32 obj* */
TEE_Result storage_sys_open(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle;
	struct storage_whose whose;
	struct seal_id id;
	TEE_Result res;

	res = storage_find(caller, args[0], &whose);
	if (res == TEE_SUCCESS) {
		res = id_read(caller, args[1], args[2], &id);
	}
	if (res == TEE_SUCCESS && (args[3] & ~(uint64_t)OPEN_FLAGS) != 0) {
		res = TEE_ERROR_BAD_PARAMETERS;
	}
	if (res == TEE_SUCCESS) {
		res = result_check(caller, args[4], sizeof(uint32_t));
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	handle = storage_handle_new(caller->instance->objects, STORAGE_OBJECT);
	if (handle == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	handle->flags = (uint32_t)args[3];
	res = storage_object_open(handle, &whose, &id, corrupt_policy(caller));
	return handle_return(caller, handle, res, args[4]);
}

struct creation {
	struct storage_whose whose;
	struct seal_id id;
	uint32_t flags;
	uint32_t usage;
	uint64_t data;
	uint64_t size;
	uint64_t result;
};

/* Attributes come from another object, which for now can only be one of data, without any. */
static TEE_Result usage_read(const struct caller *caller, uint64_t number, uint32_t *usage)
{
	const struct storage_handle *handle;
	struct storage_info info;

	*usage = USAGE_DEFAULT;
	if (number == TEE_HANDLE_NULL) {
		return TEE_SUCCESS;
	}
	handle = object_find(caller, number);
	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	storage_object_info(handle, &info);
	*usage = info.usage;
	return TEE_SUCCESS;
}

static TEE_Result creation_decode(const struct caller *caller, const uint64_t args[8],
				  struct creation *creation)
{
	TEE_Result res;

	creation->flags = (uint32_t)args[3];
	creation->data = args[5];
	creation->size = args[6];
	creation->result = args[7];
	res = storage_find(caller, args[0], &creation->whose);
	if (res == TEE_SUCCESS) {
		res = id_read(caller, args[1], args[2], &creation->id);
	}
	if (res == TEE_SUCCESS && (args[3] & ~(uint64_t)CREATE_FLAGS) != 0) {
		res = TEE_ERROR_BAD_PARAMETERS;
	}
	if (res == TEE_SUCCESS) {
		res = usage_read(caller, args[4], &creation->usage);
	}
	if (res == TEE_SUCCESS) {
		res = result_check(caller, creation->result, sizeof(uint32_t));
	}
	if (res == TEE_SUCCESS && creation->size > STORAGE_OBJECT_SIZE_MAX) {
		res = TEE_ERROR_STORAGE_NO_SPACE;
	}
	return res;
}

static TEE_Result content_make(const struct caller *caller, const struct creation *creation,
			       struct seal_content *content)
{
	TEE_Result res;

	if (!seal_content_create(content, SEAL_OVERHEAD + (size_t)creation->size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*seal_content_body(content) = (struct seal_body){
		.type = TEE_TYPE_DATA,
		.usage = creation->usage,
		.id = creation->id,
	};
	res = space_copy_in(caller->instance->space, seal_content_data(content), creation->data,
			    (size_t)creation->size);
	if (res != TEE_SUCCESS) {
		seal_content_free(content);
	}
	return res;
}

static TEE_Result create(struct caller *caller, const struct creation *creation,
			 const struct seal_content *content)
{
	struct storage_handle *handle =
		storage_handle_new(caller->instance->objects, STORAGE_OBJECT);
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	handle->flags = creation->flags;
	res = storage_object_create(handle, &creation->whose, content);
	return handle_return(caller, handle, res, creation->result);
}

/* storage_id, id*, id_len, flags, attr_obj, data*, len, u32 obj* */
TEE_Result storage_sys_create(struct caller *caller, const uint64_t args[8])
{
	struct creation creation;
	struct seal_content content;
	TEE_Result res;

	res = creation_decode(caller, args, &creation);
	if (res == TEE_SUCCESS) {
		res = content_make(caller, &creation, &content);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = create(caller, &creation, &content);
	if (res != TEE_SUCCESS) {
		seal_content_free(&content);
	}
	return res;
}

/* obj */
TEE_Result storage_sys_close(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	storage_object_close(handle);
	storage_handle_free(handle);
	return TEE_SUCCESS;
}

/* obj */
TEE_Result storage_sys_delete(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if ((handle->flags & TEE_DATA_FLAG_ACCESS_WRITE_META) == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	res = storage_object_delete(handle);
	storage_handle_free(handle);
	return res == TEE_SUCCESS ? TEE_SUCCESS : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

/* obj, new_id*, new_len */
TEE_Result storage_sys_rename(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);
	struct seal_id id;
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if ((handle->flags & TEE_DATA_FLAG_ACCESS_WRITE_META) == 0) {
		return TEE_ERROR_BAD_STATE;
	}
	res = id_read(caller, args[1], args[2], &id);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = storage_object_rename(handle, &id);
	return res == TEE_SUCCESS || res == TEE_ERROR_ACCESS_CONFLICT
		       ? res
		       : TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

/* --- contents --- */

static struct utee_object_info info_encode(const struct storage_info *info)
{
	return (struct utee_object_info){
		.obj_type = info->type,
		.obj_usage = info->usage,
		.data_size = info->data_size,
		.handle_flags = TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED,
	};
}

/* obj, info* */
TEE_Result storage_sys_get_info(struct caller *caller, const uint64_t args[8])
{
	const struct storage_handle *handle = object_find(caller, args[0]);
	struct storage_info info;
	struct utee_object_info encoded;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	storage_object_info(handle, &info);
	encoded = info_encode(&info);
	encoded.data_pos = handle->position;
	encoded.handle_flags |= handle->flags;
	return space_copy_out_own(caller->instance->space, args[1], &encoded, sizeof(encoded));
}

/* obj, data*, len, u64 count* */
TEE_Result storage_sys_read(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);
	struct space *space = caller->instance->space;
	uint64_t count;
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if ((handle->flags & TEE_DATA_FLAG_ACCESS_READ) == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	res = space_check(space, args[1], args[2], PORT_ACCESS_WRITE, false);
	if (res == TEE_SUCCESS) {
		res = result_check(caller, args[3], sizeof(count));
	}
	if (res == TEE_SUCCESS) {
		res = storage_object_read(handle, space, args[1], args[2], &count);
	}
	return res == TEE_SUCCESS ? u64_write(caller, args[3], count) : res;
}

/* obj, data*, len */
TEE_Result storage_sys_write(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if ((handle->flags & TEE_DATA_FLAG_ACCESS_WRITE) == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	return storage_object_write(handle, caller->instance->space, args[1], args[2]);
}

/* obj, len */
TEE_Result storage_sys_truncate(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if ((handle->flags & TEE_DATA_FLAG_ACCESS_WRITE) == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	return storage_object_truncate(handle, args[1]);
}

static TEE_Result seek_base(const struct storage_handle *handle, uint32_t whence, int64_t *base)
{
	struct storage_info info;

	switch (whence) {
	case TEE_DATA_SEEK_SET:
		*base = 0;
		return TEE_SUCCESS;
	case TEE_DATA_SEEK_CUR:
		*base = handle->position;
		return TEE_SUCCESS;
	case TEE_DATA_SEEK_END:
		storage_object_info(handle, &info);
		*base = info.data_size;
		return TEE_SUCCESS;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

/* obj, s32 offset, whence */
TEE_Result storage_sys_seek(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = object_find(caller, args[0]);
	int64_t position;
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = seek_base(handle, (uint32_t)args[2], &position);
	if (res != TEE_SUCCESS) {
		return res;
	}
	position += (int32_t)(uint32_t)args[1];
	if (position > (int64_t)TEE_DATA_MAX_POSITION) {
		return TEE_ERROR_OVERFLOW;
	}
	handle->position = position < 0 ? 0 : (uint32_t)position;
	return TEE_SUCCESS;
}

/* --- enumerators --- */

/* u32 enum* */
TEE_Result storage_sys_enum_alloc(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle;
	TEE_Result res;

	res = result_check(caller, args[0], sizeof(uint32_t));
	if (res != TEE_SUCCESS) {
		return res;
	}
	handle = storage_handle_new(caller->instance->objects, STORAGE_ENUMERATOR);
	if (handle == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	return handle_return(caller, handle, TEE_SUCCESS, args[0]);
}

/* enum */
TEE_Result storage_sys_enum_free(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = enumerator_find(caller, args[0]);

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	storage_enum_reset(&handle->names);
	storage_handle_free(handle);
	return TEE_SUCCESS;
}

/* enum */
TEE_Result storage_sys_enum_reset(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = enumerator_find(caller, args[0]);

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	storage_enum_reset(&handle->names);
	return TEE_SUCCESS;
}

/* enum, storage_id */
TEE_Result storage_sys_enum_start(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = enumerator_find(caller, args[0]);
	struct storage_whose whose;
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = storage_find(caller, args[1], &whose);
	if (res != TEE_SUCCESS) {
		return res;
	}
	return storage_enum_start(&handle->names, &whose);
}

/* Where system call ENUM_NEXT wants its three results. */
static TEE_Result next_check(const struct caller *caller, const uint64_t args[8])
{
	TEE_Result res = TEE_SUCCESS;

	if (args[1] != 0) {
		res = result_check(caller, args[1], sizeof(struct utee_object_info));
	}
	if (res == TEE_SUCCESS) {
		res = result_check(caller, args[2], TEE_OBJECT_ID_MAX_LEN);
	}
	if (res == TEE_SUCCESS) {
		res = result_check(caller, args[3], sizeof(uint64_t));
	}
	return res;
}

static TEE_Result next_write(const struct caller *caller, const uint64_t args[8],
			     const struct storage_info *info)
{
	struct utee_object_info encoded = info_encode(info);
	struct space *space = caller->instance->space;
	TEE_Result res = TEE_SUCCESS;

	if (args[1] != 0) {
		res = space_copy_out_own(space, args[1], &encoded, sizeof(encoded));
	}
	if (res == TEE_SUCCESS) {
		res = space_copy_out_own(space, args[2], info->id.bytes, info->id.size);
	}
	if (res == TEE_SUCCESS) {
		res = u64_write(caller, args[3], info->id.size);
	}
	return res;
}

/* enum, info* or 0, id*, u64 id_len* */
TEE_Result storage_sys_enum_next(struct caller *caller, const uint64_t args[8])
{
	struct storage_handle *handle = enumerator_find(caller, args[0]);
	struct storage_info info;
	TEE_Result res;

	if (handle == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = next_check(caller, args);
	if (res == TEE_SUCCESS) {
		res = storage_enum_next(&handle->names, &info);
	}
	return res == TEE_SUCCESS ? next_write(caller, args, &info) : res;
}
