/* check_storage.c - persistent objects. */
#include <string.h>
#include <util.h>

#include "check.h"

#define R  TEE_DATA_FLAG_ACCESS_READ
#define W  TEE_DATA_FLAG_ACCESS_WRITE
#define M  TEE_DATA_FLAG_ACCESS_WRITE_META
#define SR TEE_DATA_FLAG_SHARE_READ
#define SW TEE_DATA_FLAG_SHARE_WRITE
#define O  TEE_DATA_FLAG_OVERWRITE

static TEE_Result open(const char *name, uint32_t flags, TEE_ObjectHandle *object)
{
	return TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, strlen(name), flags, object);
}

static TEE_Result create(const char *name, uint32_t flags, const char *content,
			 TEE_ObjectHandle *object)
{
	return TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, name, strlen(name), flags,
					  TEE_HANDLE_NULL, content, strlen(content), object);
}

static TEE_Result remove(const char *name)
{
	TEE_ObjectHandle object;

	EXPECT_SUCCESS(open(name, M, &object));
	return TEE_CloseAndDeletePersistentObject1(object);
}

static bool reads(TEE_ObjectHandle object, const char *expected)
{
	char text[64];
	size_t count = 0;

	return TEE_ReadObjectData(object, text, sizeof(text), &count) == TEE_SUCCESS &&
	       count == strlen(expected) && TEE_MemCompare(text, expected, count) == 0;
}

TEE_Result check_object(const struct client_memory *client)
{
	TEE_ObjectHandle object;
	TEE_ObjectInfo info;
	size_t count = 99;

	EXPECT_RESULT(open("nothing", R, &object), TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT(object == TEE_HANDLE_NULL);
	EXPECT_SUCCESS(create("thing", R | W | M, "content", &object));
	EXPECT_SUCCESS(TEE_GetObjectInfo1(object, &info));
	EXPECT(info.objectType == TEE_TYPE_DATA && info.dataSize == 7 && info.dataPosition == 0);
	EXPECT((info.handleFlags & (TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED)) ==
	       (TEE_HANDLE_FLAG_PERSISTENT | TEE_HANDLE_FLAG_INITIALIZED));
	EXPECT(reads(object, "content"));
	EXPECT_SUCCESS(TEE_ReadObjectData(object, client->writable, client->size, &count));
	EXPECT(count == 0);
	/* From and to a client's memory. */
	EXPECT_SUCCESS(TEE_WriteObjectData(object, client->readable, client->size));
	EXPECT_SUCCESS(TEE_SeekObjectData(object, 7, TEE_DATA_SEEK_SET));
	EXPECT_SUCCESS(TEE_ReadObjectData(object, client->writable, client->size, &count));
	EXPECT(count == client->size);
	EXPECT(TEE_MemCompare(client->writable, client->readable, client->size) == 0);
	TEE_CloseObject(object);

	EXPECT_RESULT(create("thing", R, "other", &object), TEE_ERROR_ACCESS_CONFLICT);
	EXPECT(object == TEE_HANDLE_NULL);
	EXPECT_SUCCESS(create("thing", R | O, "other", &object));
	EXPECT(reads(object, "other"));
	TEE_CloseObject(object);
	EXPECT_SUCCESS(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "thing", 5, O,
						  TEE_HANDLE_NULL, NULL, 0, NULL));
	EXPECT_SUCCESS(open("thing", R | M, &object));
	EXPECT(reads(object, ""));
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(object));
	EXPECT_RESULT(open("thing", R, &object), TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT_RESULT(TEE_OpenPersistentObject(0x12345, "thing", 5, R, &object),
		      TEE_ERROR_ITEM_NOT_FOUND);
	return TEE_SUCCESS;
}

TEE_Result check_object_sharing(const struct client_memory *client)
{
	static const struct {
		uint32_t first;
		uint32_t second;
		TEE_Result result;
	} pairs[] = {
		{ R, R, TEE_ERROR_ACCESS_CONFLICT },
		{ R | SR, R, TEE_ERROR_ACCESS_CONFLICT },
		{ R | SR, R | SR, TEE_SUCCESS },
		{ W | SW, W | SW, TEE_SUCCESS },
		{ R | SR, W | SW, TEE_ERROR_ACCESS_CONFLICT },
		{ R | SR | SW, W | SR | SW, TEE_SUCCESS },
		{ M, R | SR, TEE_ERROR_ACCESS_CONFLICT },
		{ R | SR, M, TEE_ERROR_ACCESS_CONFLICT },
		{ 0, 0, TEE_SUCCESS },
		{ SR, 0, TEE_ERROR_ACCESS_CONFLICT },
	};
	TEE_ObjectHandle first;
	TEE_ObjectHandle second;

	(void)client;
	EXPECT_SUCCESS(create("shared", R, "content", &first));
	TEE_CloseObject(first);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		EXPECT_SUCCESS(open("shared", pairs[i].first, &first));
		EXPECT_RESULT(open("shared", pairs[i].second, &second), pairs[i].result);
		if (pairs[i].result == TEE_SUCCESS) {
			TEE_CloseObject(second);
		}
		EXPECT_RESULT(create("shared", R, "", &second), TEE_ERROR_ACCESS_CONFLICT);
		TEE_CloseObject(first);
	}
	return remove("shared");
}

TEE_Result check_object_names(const struct client_memory *client)
{
	static const char longest[TEE_OBJECT_ID_MAX_LEN] = "a name of 64 bytes";
	TEE_ObjectHandle object;
	TEE_ObjectHandle other;

	(void)client;
	EXPECT_SUCCESS(create("one", R | M, "1", &object));
	EXPECT_SUCCESS(create("two", R | M, "2", &other));
	EXPECT_RESULT(TEE_RenamePersistentObject(object, "two", 3), TEE_ERROR_ACCESS_CONFLICT);
	EXPECT_SUCCESS(TEE_RenamePersistentObject(object, "three", 5));
	EXPECT(reads(object, "1"));
	TEE_CloseObject(object);
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(other));
	EXPECT_RESULT(open("one", R, &object), TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT_SUCCESS(remove("three"));

	/* Any bytes, none at all, and as many as there may be. */
	EXPECT_SUCCESS(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "", 0, R | M,
						  TEE_HANDLE_NULL, "empty", 5, &object));
	EXPECT_SUCCESS(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, "\0/../x", 6, R | M,
						  TEE_HANDLE_NULL, "bytes", 5, &other));
	EXPECT(reads(object, "empty") && reads(other, "bytes"));
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(object));
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(other));
	EXPECT_SUCCESS(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, longest, sizeof(longest),
						  R | M, TEE_HANDLE_NULL, "long", 4, &object));
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(object));
	return TEE_SUCCESS;
}

TEE_Result check_object_position(const struct client_memory *client)
{
	TEE_ObjectHandle object;
	TEE_ObjectInfo info;
	char hole[4] = "xxx";
	size_t count;

	(void)client;
	EXPECT_SUCCESS(create("position", R | W | M | O, "0123456789", &object));
	EXPECT_SUCCESS(TEE_SeekObjectData(object, -3, TEE_DATA_SEEK_END));
	EXPECT(reads(object, "789"));
	EXPECT_SUCCESS(TEE_SeekObjectData(object, -100, TEE_DATA_SEEK_CUR));
	EXPECT(reads(object, "0123456789"));
	EXPECT_RESULT(TEE_SeekObjectData(object, INT64_MAX, TEE_DATA_SEEK_CUR), TEE_ERROR_OVERFLOW);
	EXPECT_RESULT(
		TEE_SeekObjectData(object, (intmax_t)TEE_DATA_MAX_POSITION, TEE_DATA_SEEK_CUR),
		TEE_ERROR_OVERFLOW);

	/* A write behind the end leaves zeros between. */
	EXPECT_SUCCESS(TEE_SeekObjectData(object, 13, TEE_DATA_SEEK_SET));
	EXPECT_SUCCESS(TEE_WriteObjectData(object, "end", 3));
	EXPECT_SUCCESS(TEE_SeekObjectData(object, 9, TEE_DATA_SEEK_SET));
	EXPECT_SUCCESS(TEE_ReadObjectData(object, hole, 4, &count));
	EXPECT(count == 4 && TEE_MemCompare(hole, "9\0\0\0", 4) == 0);
	EXPECT(reads(object, "end"));

	/* Cutting does not move, and extends with zeros. */
	EXPECT_SUCCESS(TEE_TruncateObjectData(object, 5));
	EXPECT_SUCCESS(TEE_GetObjectInfo1(object, &info));
	EXPECT(info.dataSize == 5 && info.dataPosition == 16);
	EXPECT(reads(object, ""));
	EXPECT_SUCCESS(TEE_TruncateObjectData(object, 7));
	EXPECT_SUCCESS(TEE_SeekObjectData(object, 4, TEE_DATA_SEEK_SET));
	EXPECT_SUCCESS(TEE_ReadObjectData(object, hole, 4, &count));
	EXPECT(count == 3 && TEE_MemCompare(hole, "4\0\0", 3) == 0);

	/* As far as a position goes, and a byte further than objects do. */
	EXPECT_SUCCESS(
		TEE_SeekObjectData(object, (intmax_t)TEE_DATA_MAX_POSITION, TEE_DATA_SEEK_SET));
	EXPECT_SUCCESS(TEE_GetObjectInfo1(object, &info));
	EXPECT(info.dataPosition == TEE_DATA_MAX_POSITION);
	EXPECT(TEE_WriteObjectData(object, "x", 1) != TEE_SUCCESS);
	EXPECT(TEE_WriteObjectData(object, "xy", 2) != TEE_SUCCESS);
	EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(object));
	return TEE_SUCCESS;
}

TEE_Result check_enumeration(const struct client_memory *client)
{
	TEE_ObjectEnumHandle enumerator;
	TEE_ObjectHandle object;
	TEE_ObjectInfo info;
	char name[TEE_OBJECT_ID_MAX_LEN];
	size_t size;
	unsigned int found = 0;
	TEE_Result res;

	(void)client;
	EXPECT_SUCCESS(TEE_AllocatePersistentObjectEnumerator(&enumerator));
	EXPECT_RESULT(TEE_GetNextPersistentObject(enumerator, &info, name, &size),
		      TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT_RESULT(TEE_StartPersistentObjectEnumerator(enumerator, 0x12345),
		      TEE_ERROR_ITEM_NOT_FOUND);
	for (unsigned int i = 0; i < 5; i++) {
		name[0] = (char)('a' + i);
		EXPECT_SUCCESS(TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, name, 1, O,
							  TEE_HANDLE_NULL, "12345", i, NULL));
	}
	EXPECT_SUCCESS(TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE));
	while ((res = TEE_GetNextPersistentObject(enumerator, &info, name, &size)) == TEE_SUCCESS) {
		if (size == 1 && name[0] >= 'a' && name[0] < 'a' + 5) {
			EXPECT(info.dataSize == (size_t)(name[0] - 'a'));
			found |= 1u << (name[0] - 'a');
		}
	}
	EXPECT_RESULT(res, TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT(found == 0x1f);
	EXPECT_SUCCESS(TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE));
	EXPECT_SUCCESS(TEE_GetNextPersistentObject(enumerator, NULL, name, &size));
	TEE_ResetPersistentObjectEnumerator(enumerator);
	EXPECT_RESULT(TEE_GetNextPersistentObject(enumerator, NULL, name, &size),
		      TEE_ERROR_ITEM_NOT_FOUND);
	TEE_FreePersistentObjectEnumerator(enumerator);
	for (unsigned int i = 0; i < 5; i++) {
		name[0] = (char)('a' + i);
		EXPECT_SUCCESS(TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, name, 1, M, &object));
		EXPECT_SUCCESS(TEE_CloseAndDeletePersistentObject1(object));
	}
	return TEE_SUCCESS;
}
