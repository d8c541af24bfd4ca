/* syscall.c - each system call as a function. */
#include <stdint.h>

#include <utee_syscalls.h>

#include "ta/libutee/trap.h"

/* What is not given is 0. */
#define CALL(number, ...) utee_trap((number), (const uint64_t[SYSCALL_ARGS_MAX]){ __VA_ARGS__ })

static uint64_t word(const void *pointer)
{
	return (uintptr_t)pointer;
}

void _utee_return(unsigned long result)
{
	CALL(SYSCALL_RETURN, result);
	__builtin_unreachable();
}

void _utee_log(const void *text, size_t size)
{
	CALL(SYSCALL_LOG, word(text), size);
}

void _utee_panic(unsigned long code)
{
	CALL(SYSCALL_PANIC, code);
	__builtin_unreachable();
}

TEE_Result _utee_get_property(unsigned long set, unsigned long index, void *name,
			      uint32_t *name_size, void *value, uint32_t *value_size,
			      uint32_t *type)
{
	return CALL(SYSCALL_GET_PROPERTY, set, index, word(name), word(name_size), word(value),
		    word(value_size), word(type));
}

TEE_Result _utee_get_property_name_to_index(unsigned long set, const void *name, size_t name_size,
					    uint32_t *index)
{
	return CALL(SYSCALL_GET_PROPERTY_NAME_TO_INDEX, set, word(name), name_size, word(index));
}

TEE_Result _utee_open_ta_session(const TEE_UUID *uuid, unsigned long timeout_ms,
				 struct utee_params *params, uint32_t *session, uint32_t *origin)
{
	return CALL(SYSCALL_OPEN_TA_SESSION, word(uuid), timeout_ms, word(params), word(session),
		    word(origin));
}

TEE_Result _utee_close_ta_session(unsigned long session)
{
	return CALL(SYSCALL_CLOSE_TA_SESSION, session);
}

TEE_Result _utee_invoke_ta_command(unsigned long session, unsigned long timeout_ms,
				   unsigned long command, struct utee_params *params,
				   uint32_t *origin)
{
	return CALL(SYSCALL_INVOKE_TA_COMMAND, session, timeout_ms, command, word(params),
		    word(origin));
}

TEE_Result _utee_check_access_rights(uint32_t flags, const void *buffer, size_t size)
{
	return CALL(SYSCALL_CHECK_ACCESS_RIGHTS, flags, word(buffer), size);
}

TEE_Result _utee_get_cancellation_flag(uint32_t *flag)
{
	return CALL(SYSCALL_GET_CANCELLATION_FLAG, word(flag));
}

TEE_Result _utee_unmask_cancellation(uint32_t *old_mask)
{
	return CALL(SYSCALL_UNMASK_CANCELLATION, word(old_mask));
}

TEE_Result _utee_mask_cancellation(uint32_t *old_mask)
{
	return CALL(SYSCALL_MASK_CANCELLATION, word(old_mask));
}

TEE_Result _utee_wait(unsigned long timeout_ms)
{
	return CALL(SYSCALL_WAIT, timeout_ms);
}

TEE_Result _utee_get_time(unsigned long category, TEE_Time *time)
{
	return CALL(SYSCALL_GET_TIME, category, word(time));
}

TEE_Result _utee_set_ta_time(const TEE_Time *time)
{
	return CALL(SYSCALL_SET_TA_TIME, word(time));
}

TEE_Result _utee_cryp_obj_get_info(unsigned long object, struct utee_object_info *info)
{
	return CALL(SYSCALL_CRYP_OBJ_GET_INFO, object, word(info));
}

TEE_Result _utee_cryp_obj_close(unsigned long object)
{
	return CALL(SYSCALL_CRYP_OBJ_CLOSE, object);
}

TEE_Result _utee_cryp_random_number_generate(void *buffer, size_t size)
{
	return CALL(SYSCALL_CRYP_RANDOM_NUMBER_GENERATE, word(buffer), size);
}

TEE_Result _utee_storage_obj_open(unsigned long storage, const void *id, size_t id_size,
				  unsigned long flags, uint32_t *object)
{
	return CALL(SYSCALL_STORAGE_OBJ_OPEN, storage, word(id), id_size, flags, word(object));
}

TEE_Result _utee_storage_obj_create(unsigned long storage, const void *id, size_t id_size,
				    unsigned long flags, unsigned long attributes, const void *data,
				    size_t size, uint32_t *object)
{
	return CALL(SYSCALL_STORAGE_OBJ_CREATE, storage, word(id), id_size, flags, attributes,
		    word(data), size, word(object));
}

TEE_Result _utee_storage_obj_del(unsigned long object)
{
	return CALL(SYSCALL_STORAGE_OBJ_DEL, object);
}

TEE_Result _utee_storage_obj_rename(unsigned long object, const void *id, size_t id_size)
{
	return CALL(SYSCALL_STORAGE_OBJ_RENAME, object, word(id), id_size);
}

TEE_Result _utee_storage_enum_alloc(uint32_t *enumerator)
{
	return CALL(SYSCALL_STORAGE_ENUM_ALLOC, word(enumerator));
}

TEE_Result _utee_storage_enum_free(unsigned long enumerator)
{
	return CALL(SYSCALL_STORAGE_ENUM_FREE, enumerator);
}

TEE_Result _utee_storage_enum_reset(unsigned long enumerator)
{
	return CALL(SYSCALL_STORAGE_ENUM_RESET, enumerator);
}

TEE_Result _utee_storage_enum_start(unsigned long enumerator, unsigned long storage)
{
	return CALL(SYSCALL_STORAGE_ENUM_START, enumerator, storage);
}

TEE_Result _utee_storage_enum_next(unsigned long enumerator, struct utee_object_info *info,
				   void *id, uint64_t *id_size)
{
	return CALL(SYSCALL_STORAGE_ENUM_NEXT, enumerator, word(info), word(id), word(id_size));
}

TEE_Result _utee_storage_obj_read(unsigned long object, void *data, size_t size, uint64_t *count)
{
	return CALL(SYSCALL_STORAGE_OBJ_READ, object, word(data), size, word(count));
}

TEE_Result _utee_storage_obj_write(unsigned long object, const void *data, size_t size)
{
	return CALL(SYSCALL_STORAGE_OBJ_WRITE, object, word(data), size);
}

TEE_Result _utee_storage_obj_trunc(unsigned long object, size_t size)
{
	return CALL(SYSCALL_STORAGE_OBJ_TRUNC, object, size);
}

TEE_Result _utee_storage_obj_seek(unsigned long object, int32_t offset, unsigned long whence)
{
	return CALL(SYSCALL_STORAGE_OBJ_SEEK, object, (uint64_t)(int64_t)offset, whence);
}

TEE_Result _utee_cache_operation(void *buffer, size_t size, unsigned long operation)
{
	return CALL(SYSCALL_CACHE_OPERATION, word(buffer), size, operation);
}
