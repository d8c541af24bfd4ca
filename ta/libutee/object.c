/* object.c - objects in storage. */
#include <stdint.h>

#include <utee_syscalls.h>

#include "ta/libutee/api.h"

/* Handles are the kernel's numbers; none is 0. */
static unsigned long object_number(TEE_ObjectHandle object)
{
	return (unsigned long)(uintptr_t)object;
}

static TEE_ObjectHandle object_handle(uint32_t number)
{
	return (TEE_ObjectHandle)(uintptr_t)number;
}

static unsigned long enum_number(TEE_ObjectEnumHandle enumerator)
{
	return (unsigned long)(uintptr_t)enumerator;
}

static void check_id(const char *function, const void *id, size_t size)
{
	if (size > TEE_OBJECT_ID_MAX_LEN) {
		utee_panic(function, "the object's name is longer than TEE_OBJECT_ID_MAX_LEN",
			   TEE_ERROR_BAD_PARAMETERS);
	}
	utee_check(function, "the object's name", API_IN, id, size);
}

static void info_from_kernel(const struct utee_object_info *from, TEE_ObjectInfo *info)
{
	*info = (TEE_ObjectInfo){
		.objectType = from->obj_type,
		.objectSize = from->obj_size,
		.maxObjectSize = from->max_obj_size,
		.objectUsage = from->obj_usage,
		.dataSize = from->data_size,
		.dataPosition = from->data_pos,
		.handleFlags = from->handle_flags,
	};
}

/* --- Objects --------------------------------------------------------------------------------- */

void TEE_GetObjectInfo(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	struct utee_object_info info = { 0 };
	TEE_Result res;

	API_CHECK(API_OUT, objectInfo, sizeof(*objectInfo));
	res = _utee_cryp_obj_get_info(object_number(object), &info);
	if (res == TEE_ERROR_CORRUPT_OBJECT) {
		info = (struct utee_object_info){ .obj_type = info.obj_type };
		res = TEE_SUCCESS;
	}
	API_SUCCESS(res);
	info_from_kernel(&info, objectInfo);
}

TEE_Result TEE_GetObjectInfo1(TEE_ObjectHandle object, TEE_ObjectInfo *objectInfo)
{
	struct utee_object_info info = { 0 };
	TEE_Result res;

	API_CHECK(API_OUT, objectInfo, sizeof(*objectInfo));
	res = _utee_cryp_obj_get_info(object_number(object), &info);
	info_from_kernel(&info, objectInfo);
	return API_RESULT(res, TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

void TEE_CloseObject(TEE_ObjectHandle object)
{
	if (object != TEE_HANDLE_NULL) {
		API_SUCCESS(_utee_cryp_obj_close(object_number(object)));
	}
}

TEE_Result TEE_OpenPersistentObject(uint32_t storageID, const void *objectID, size_t objectIDLen,
				    uint32_t flags, TEE_ObjectHandle *object)
{
	uint32_t number = 0;
	TEE_Result res;

	check_id(__func__, objectID, objectIDLen);
	API_CHECK(API_OUT, object, sizeof(*object));

	*object = TEE_HANDLE_NULL;
	res = _utee_storage_obj_open(storageID, objectID, objectIDLen, flags, &number);
	if (res == TEE_SUCCESS) {
		*object = object_handle(number);
	}
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_ACCESS_CONFLICT,
			  TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

TEE_Result TEE_CreatePersistentObject(uint32_t storageID, const void *objectID, size_t objectIDLen,
				      uint32_t flags, TEE_ObjectHandle attributes,
				      const void *initialData, size_t initialDataLen,
				      TEE_ObjectHandle *object)
{
	uint32_t number = 0;
	TEE_Result res;

	check_id(__func__, objectID, objectIDLen);
	API_CHECK(API_IN_BUFFER, initialData, initialDataLen);
	if (object != NULL) {
		API_CHECK(API_OUT, object, sizeof(*object));
		*object = TEE_HANDLE_NULL;
	}

	res = _utee_storage_obj_create(storageID, objectID, objectIDLen, flags,
				       object_number(attributes), initialData, initialDataLen,
				       &number);
	if (res == TEE_SUCCESS && object != NULL) {
		*object = object_handle(number);
	} else if (res == TEE_SUCCESS) {
		API_SUCCESS(_utee_cryp_obj_close(number));
	}
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_ACCESS_CONFLICT,
			  TEE_ERROR_OUT_OF_MEMORY, TEE_ERROR_STORAGE_NO_SPACE,
			  TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

void TEE_CloseAndDeletePersistentObject(TEE_ObjectHandle object)
{
	if (object != TEE_HANDLE_NULL) {
		API_SUCCESS(_utee_storage_obj_del(object_number(object)));
	}
}

TEE_Result TEE_CloseAndDeletePersistentObject1(TEE_ObjectHandle object)
{
	if (object == TEE_HANDLE_NULL) {
		return TEE_SUCCESS;
	}
	return API_RESULT(_utee_storage_obj_del(object_number(object)),
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

TEE_Result TEE_RenamePersistentObject(TEE_ObjectHandle object, const void *newObjectID,
				      size_t newObjectIDLen)
{
	check_id(__func__, newObjectID, newObjectIDLen);
	return API_RESULT(
		_utee_storage_obj_rename(object_number(object), newObjectID, newObjectIDLen),
		TEE_ERROR_ACCESS_CONFLICT, TEE_ERROR_CORRUPT_OBJECT,
		TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

/* --- Enumerators ----------------------------------------------------------------------------- */

TEE_Result TEE_AllocatePersistentObjectEnumerator(TEE_ObjectEnumHandle *objectEnumerator)
{
	uint32_t number = 0;
	TEE_Result res;

	API_CHECK(API_OUT, objectEnumerator, sizeof(*objectEnumerator));
	res = _utee_storage_enum_alloc(&number);
	*objectEnumerator =
		res == TEE_SUCCESS ? (TEE_ObjectEnumHandle)(uintptr_t)number : TEE_HANDLE_NULL;
	return API_RESULT(res, TEE_ERROR_ACCESS_CONFLICT);
}

void TEE_FreePersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	if (objectEnumerator != TEE_HANDLE_NULL) {
		API_SUCCESS(_utee_storage_enum_free(enum_number(objectEnumerator)));
	}
}

void TEE_ResetPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator)
{
	if (objectEnumerator != TEE_HANDLE_NULL) {
		API_SUCCESS(_utee_storage_enum_reset(enum_number(objectEnumerator)));
	}
}

TEE_Result TEE_StartPersistentObjectEnumerator(TEE_ObjectEnumHandle objectEnumerator,
					       uint32_t storageID)
{
	return API_RESULT(_utee_storage_enum_start(enum_number(objectEnumerator), storageID),
			  TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

TEE_Result TEE_GetNextPersistentObject(TEE_ObjectEnumHandle objectEnumerator,
				       TEE_ObjectInfo *objectInfo, void *objectID,
				       size_t *objectIDLen)
{
	struct utee_object_info info = { 0 };
	uint64_t size = 0;
	TEE_Result res;

	if (objectInfo != NULL) {
		API_CHECK(API_OUT, objectInfo, sizeof(*objectInfo));
	}
	API_CHECK(API_OUT, objectID, TEE_OBJECT_ID_MAX_LEN);
	API_CHECK(API_OUT, objectIDLen, sizeof(*objectIDLen));

	res = _utee_storage_enum_next(enum_number(objectEnumerator), &info, objectID, &size);
	if (res == TEE_SUCCESS) {
		*objectIDLen = size;
	}
	if (res == TEE_SUCCESS && objectInfo != NULL) {
		info_from_kernel(&info, objectInfo);
		objectInfo->dataPosition = 0;
	}
	return API_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

/* --- Data ------------------------------------------------------------------------------------ */

TEE_Result TEE_ReadObjectData(TEE_ObjectHandle object, void *buffer, size_t size, size_t *count)
{
	uint64_t read = 0;
	TEE_Result res;

	API_CHECK(API_OUT_BUFFER, buffer, size);
	API_CHECK(API_OUT, count, sizeof(*count));
	res = _utee_storage_obj_read(object_number(object), buffer, size, &read);
	*count = read;
	return API_RESULT(res, TEE_ERROR_CORRUPT_OBJECT, TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

TEE_Result TEE_WriteObjectData(TEE_ObjectHandle object, const void *buffer, size_t size)
{
	API_CHECK(API_IN_BUFFER, buffer, size);
	if (size > TEE_DATA_MAX_POSITION) {
		return TEE_ERROR_OVERFLOW;
	}
	return API_RESULT(_utee_storage_obj_write(object_number(object), buffer, size),
			  TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_OVERFLOW, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

TEE_Result TEE_TruncateObjectData(TEE_ObjectHandle object, size_t size)
{
	return API_RESULT(_utee_storage_obj_trunc(object_number(object), size),
			  TEE_ERROR_STORAGE_NO_SPACE, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}

/* Where a positive offset counts from. */
static TEE_Result seek_base(TEE_ObjectHandle object, TEE_Whence whence, uint64_t *base)
{
	struct utee_object_info info = { 0 };
	TEE_Result res;

	*base = 0;
	if (whence == TEE_DATA_SEEK_SET) {
		return TEE_SUCCESS;
	}
	res = _utee_cryp_obj_get_info(object_number(object), &info);
	*base = whence == TEE_DATA_SEEK_CUR ? info.data_pos : info.data_size;
	return res;
}

/* The kernel takes 32 bits with a sign, and a position may need 32 without: then it takes steps. */
static TEE_Result seek_far(TEE_ObjectHandle object, int64_t offset, TEE_Whence whence)
{
	int64_t step = offset;
	TEE_Result res;

	do {
		step = offset > INT32_MAX ? INT32_MAX : offset < INT32_MIN ? INT32_MIN : offset;
		res = _utee_storage_obj_seek(object_number(object), (int32_t)step, whence);
		offset -= step;
		whence = TEE_DATA_SEEK_CUR;
	} while (res == TEE_SUCCESS && offset != 0);
	return res;
}

TEE_Result TEE_SeekObjectData(TEE_ObjectHandle object, intmax_t offset, TEE_Whence whence)
{
	uint64_t base;
	uint64_t position;
	TEE_Result res;

	if (whence > TEE_DATA_SEEK_END) {
		utee_panic(__func__, "whence is none of TEE_DATA_SEEK_SET, CUR and END",
			   TEE_ERROR_BAD_PARAMETERS);
	}
	if (offset > 0) {
		res = seek_base(object, whence, &base);
		if (res == TEE_SUCCESS && (__builtin_add_overflow(base, offset, &position) ||
					   position > TEE_DATA_MAX_POSITION)) {
			res = TEE_ERROR_OVERFLOW;
		}
	} else {
		/* Nothing is before the beginning. */
		offset = offset < -(intmax_t)TEE_DATA_MAX_POSITION
				 ? -(intmax_t)TEE_DATA_MAX_POSITION
				 : offset;
		res = TEE_SUCCESS;
	}
	if (res == TEE_SUCCESS) {
		res = seek_far(object, offset, whence);
	}
	return API_RESULT(res, TEE_ERROR_OVERFLOW, TEE_ERROR_CORRUPT_OBJECT,
			  TEE_ERROR_STORAGE_NOT_AVAILABLE);
}
