/* vault_ta.c - files as persistent objects.
 *
 * A file that is being written is an object of another name until it is complete: whatever happens
 * meanwhile, the old one is still there. */
#include <tee_internal_api.h>
#include <util.h>

#include "vault_ta.h"

/* The first byte of an object's name. */
#define COMPLETE   'f'
#define INCOMPLETE 'n'

/* An object's name. */
struct id {
	char bytes[1 + VAULT_NAME_LENGTH_MAX];
	size_t size;
};

_Static_assert(sizeof(((struct id *)NULL)->bytes) <= TEE_OBJECT_ID_MAX_LEN, "names are ids");

struct session {
	TEE_ObjectHandle file;
	bool writing;
	struct id id;
};

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	(void)params;
	if (types != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	*context = TEE_Malloc(sizeof(struct session), TEE_MALLOC_FILL_ZERO);
	return *context == NULL ? TEE_ERROR_OUT_OF_MEMORY : TEE_SUCCESS;
}

/* --- The file of a session ------------------------------------------------------------------- */

/* Leave the file; what is incomplete is of no use to anybody. */
static void session_leave(struct session *session)
{
	if (session->file != TEE_HANDLE_NULL && session->writing) {
		if (TEE_CloseAndDeletePersistentObject1(session->file) != TEE_SUCCESS) {
			EMSG("an incomplete file could not be removed");
		}
	} else {
		TEE_CloseObject(session->file);
	}
	session->file = TEE_HANDLE_NULL;
	session->writing = false;
}

/* The TEE has closed the handle of an object that it found corrupt. */
static TEE_Result session_result(struct session *session, TEE_Result res)
{
	if (res == TEE_ERROR_CORRUPT_OBJECT) {
		session->file = TEE_HANDLE_NULL;
		session->writing = false;
	}
	return res;
}

void TA_CloseSessionEntryPoint(void *context)
{
	session_leave(context);
	TEE_Free(context);
}

/* From a client's memory, once: it may change between two looks. */
static TEE_Result take_id(const TEE_Param *param, char kind, struct id *id)
{
	size_t size = param->memref.size;

	if (size == 0 || size > VAULT_NAME_LENGTH_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	id->bytes[0] = kind;
	TEE_MemMove(id->bytes + 1, param->memref.buffer, size);
	id->size = size + 1;
	return TEE_SUCCESS;
}

/* --- Writing --------------------------------------------------------------------------------- */

static TEE_Result create(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res;

	session_leave(session);
	res = take_id(&params[0], INCOMPLETE, &session->id);
	if (res != TEE_SUCCESS) {
		return res;
	}
	/* Somebody may have left such a file behind. */
	res = TEE_CreatePersistentObject(TEE_STORAGE_PRIVATE, session->id.bytes, session->id.size,
					 TEE_DATA_FLAG_ACCESS_WRITE |
						 TEE_DATA_FLAG_ACCESS_WRITE_META |
						 TEE_DATA_FLAG_OVERWRITE,
					 TEE_HANDLE_NULL, NULL, 0, &session->file);
	session->writing = res == TEE_SUCCESS;
	return res;
}

static TEE_Result append(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	if (!session->writing) {
		return TEE_ERROR_BAD_STATE;
	}
	return session_result(session, TEE_WriteObjectData(session->file, params[0].memref.buffer,
							   params[0].memref.size));
}

static TEE_Result remove_id(const struct id *id)
{
	TEE_ObjectHandle object;
	TEE_Result res = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, id->bytes, id->size,
						  TEE_DATA_FLAG_ACCESS_WRITE_META, &object);

	return res == TEE_SUCCESS ? TEE_CloseAndDeletePersistentObject1(object) : res;
}

static TEE_Result commit(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	struct id id = session->id;
	TEE_Result res;

	(void)params;
	if (!session->writing) {
		return TEE_ERROR_BAD_STATE;
	}
	id.bytes[0] = COMPLETE;
	res = remove_id(&id);
	/* What is corrupt is gone, too. */
	if (res != TEE_SUCCESS && res != TEE_ERROR_ITEM_NOT_FOUND &&
	    res != TEE_ERROR_CORRUPT_OBJECT) {
		return res;
	}
	res = session_result(session, TEE_RenamePersistentObject(session->file, id.bytes, id.size));
	if (res == TEE_SUCCESS) {
		session->writing = false;
		session_leave(session);
	}
	return res;
}

/* --- Reading --------------------------------------------------------------------------------- */

static TEE_Result open(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_ObjectInfo info;
	TEE_Result res;

	session_leave(session);
	res = take_id(&params[0], COMPLETE, &session->id);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = TEE_OpenPersistentObject(TEE_STORAGE_PRIVATE, session->id.bytes, session->id.size,
				       TEE_DATA_FLAG_ACCESS_READ | TEE_DATA_FLAG_SHARE_READ,
				       &session->file);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = session_result(session, TEE_GetObjectInfo1(session->file, &info));
	if (res == TEE_SUCCESS) {
		params[1].value.a = (uint32_t)info.dataSize;
		params[1].value.b = 0;
	}
	return res;
}

static TEE_Result read(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	size_t count = 0;
	TEE_Result res;

	if (session->file == TEE_HANDLE_NULL || session->writing) {
		return TEE_ERROR_BAD_STATE;
	}
	res = session_result(session, TEE_ReadObjectData(session->file, params[0].memref.buffer,
							 params[0].memref.size, &count));
	params[0].memref.size = count;
	return res;
}

static TEE_Result remove(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	struct id id;
	TEE_Result res = take_id(&params[0], COMPLETE, &id);

	(void)session;
	return res == TEE_SUCCESS ? remove_id(&id) : res;
}

/* --- The list -------------------------------------------------------------------------------- */

/* The next complete file. */
static TEE_Result list_next(TEE_ObjectEnumHandle enumerator, struct vault_entry *entry)
{
	char id[TEE_OBJECT_ID_MAX_LEN];
	TEE_ObjectInfo info;
	TEE_Result res;
	size_t size;

	do {
		size = 0;
		res = TEE_GetNextPersistentObject(enumerator, &info, id, &size);
	} while (res == TEE_SUCCESS && (size < 2 || id[0] != COMPLETE));
	if (res != TEE_SUCCESS) {
		return res;
	}
	*entry = (struct vault_entry){
		.size = (uint32_t)info.dataSize,
		.name_length = (uint32_t)(size - 1),
	};
	TEE_MemMove(entry->name, id + 1, size - 1);
	return TEE_SUCCESS;
}

static TEE_Result list_files(TEE_ObjectEnumHandle enumerator, TEE_Param *param)
{
	uint8_t *out = param->memref.buffer;
	size_t room = param->memref.size;
	struct vault_entry entry;
	size_t need = 0;
	TEE_Result res = TEE_StartPersistentObjectEnumerator(enumerator, TEE_STORAGE_PRIVATE);

	while (res == TEE_SUCCESS) {
		res = list_next(enumerator, &entry);
		if (res == TEE_SUCCESS) {
			need += sizeof(entry);
			if (need <= room) {
				TEE_MemMove(out + need - sizeof(entry), &entry, sizeof(entry));
			}
		}
	}
	param->memref.size = need;
	if (res != TEE_ERROR_ITEM_NOT_FOUND) {
		return res;
	}
	return need <= room ? TEE_SUCCESS : TEE_ERROR_SHORT_BUFFER;
}

static TEE_Result list(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_ObjectEnumHandle enumerator;
	TEE_Result res = TEE_AllocatePersistentObjectEnumerator(&enumerator);

	(void)session;
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = list_files(enumerator, &params[0]);
	TEE_FreePersistentObjectEnumerator(enumerator);
	return res;
}

/* --- Commands -------------------------------------------------------------------------------- */

#define IN     TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0)
#define OUT    TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0, 0)
#define IN_VAL TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0)

static const struct {
	uint32_t types;
	TEE_Result (*run)(struct session *session, TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
	[VAULT_CREATE] = { IN, create }, [VAULT_WRITE] = { IN, append },
	[VAULT_COMMIT] = { 0, commit },	 [VAULT_OPEN] = { IN_VAL, open },
	[VAULT_READ] = { OUT, read },	 [VAULT_REMOVE] = { IN, remove },
	[VAULT_LIST] = { OUT, list },
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	if (command >= ARRAY_SIZE(commands)) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].run(context, params);
}
