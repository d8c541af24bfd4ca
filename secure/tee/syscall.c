#include "secure/tee/syscall.h"

#include "abi/syscall.h"
#include "lib/bits.h"
#include "secure/tee/access.h"
#include "secure/tee/cancel.h"
#include "secure/tee/clock.h"
#include "secure/tee/console.h"
#include "secure/tee/property.h"
#include "secure/tee/random.h"
#include "secure/tee/storage.h"
#include "secure/tee/ta_client.h"

static const syscall_handler handlers[SYSCALL_COUNT] = {
	[SYSCALL_LOG] = console_sys_log,
	[SYSCALL_GET_PROPERTY] = property_sys_get,
	[SYSCALL_GET_PROPERTY_NAME_TO_INDEX] = property_sys_name_to_index,
	[SYSCALL_OPEN_TA_SESSION] = ta_client_sys_open,
	[SYSCALL_CLOSE_TA_SESSION] = ta_client_sys_close,
	[SYSCALL_INVOKE_TA_COMMAND] = ta_client_sys_invoke,
	[SYSCALL_CHECK_ACCESS_RIGHTS] = access_sys_check,
	[SYSCALL_GET_CANCELLATION_FLAG] = cancel_sys_get_flag,
	[SYSCALL_UNMASK_CANCELLATION] = cancel_sys_unmask,
	[SYSCALL_MASK_CANCELLATION] = cancel_sys_mask,
	[SYSCALL_WAIT] = clock_sys_wait,
	[SYSCALL_GET_TIME] = clock_sys_get_time,
	[SYSCALL_SET_TA_TIME] = clock_sys_set_ta_time,
	[SYSCALL_CRYP_OBJ_GET_INFO] = storage_sys_get_info,
	[SYSCALL_CRYP_OBJ_CLOSE] = storage_sys_close,
	[SYSCALL_CRYP_RANDOM_NUMBER_GENERATE] = random_sys_generate,
	[SYSCALL_STORAGE_OBJ_OPEN] = storage_sys_open,
	[SYSCALL_STORAGE_OBJ_CREATE] = storage_sys_create,
	[SYSCALL_STORAGE_OBJ_DEL] = storage_sys_delete,
	[SYSCALL_STORAGE_OBJ_RENAME] = storage_sys_rename,
	[SYSCALL_STORAGE_ENUM_ALLOC] = storage_sys_enum_alloc,
	[SYSCALL_STORAGE_ENUM_FREE] = storage_sys_enum_free,
	[SYSCALL_STORAGE_ENUM_RESET] = storage_sys_enum_reset,
	[SYSCALL_STORAGE_ENUM_START] = storage_sys_enum_start,
	[SYSCALL_STORAGE_ENUM_NEXT] = storage_sys_enum_next,
	[SYSCALL_STORAGE_OBJ_READ] = storage_sys_read,
	[SYSCALL_STORAGE_OBJ_WRITE] = storage_sys_write,
	[SYSCALL_STORAGE_OBJ_TRUNC] = storage_sys_truncate,
	[SYSCALL_STORAGE_OBJ_SEEK] = storage_sys_seek,
};

TEE_Result syscall_serve(struct caller *caller, uint64_t number, const uint64_t args[8])
{
	if (number >= array_size(handlers) || handlers[number] == NULL) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	return handlers[number](caller, args);
}
