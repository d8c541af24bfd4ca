/* utee_syscalls.h - the system calls (abi/syscall.h) that the library makes. TAs call the
 * library. */
#ifndef UTEE_SYSCALLS_H
#define UTEE_SYSCALLS_H

#include <compiler.h>
#include <tee_api_types.h>
#include <utee_types.h>

void _utee_return(unsigned long result) __noreturn;
void _utee_log(const void *text, size_t size);
void _utee_panic(unsigned long code) __noreturn;

TEE_Result _utee_get_property(unsigned long set, unsigned long index, void *name,
			      uint32_t *name_size, void *value, uint32_t *value_size,
			      uint32_t *type);
TEE_Result _utee_get_property_name_to_index(unsigned long set, const void *name, size_t name_size,
					    uint32_t *index);

TEE_Result _utee_open_ta_session(const TEE_UUID *uuid, unsigned long timeout_ms,
				 struct utee_params *params, uint32_t *session, uint32_t *origin);
TEE_Result _utee_close_ta_session(unsigned long session);
TEE_Result _utee_invoke_ta_command(unsigned long session, unsigned long timeout_ms,
				   unsigned long command, struct utee_params *params,
				   uint32_t *origin);

TEE_Result _utee_check_access_rights(uint32_t flags, const void *buffer, size_t size);

TEE_Result _utee_get_cancellation_flag(uint32_t *flag);
TEE_Result _utee_unmask_cancellation(uint32_t *old_mask);
TEE_Result _utee_mask_cancellation(uint32_t *old_mask);

TEE_Result _utee_wait(unsigned long timeout_ms);
TEE_Result _utee_get_time(unsigned long category, TEE_Time *time);
TEE_Result _utee_set_ta_time(const TEE_Time *time);

TEE_Result _utee_cryp_obj_get_info(unsigned long object, struct utee_object_info *info);
TEE_Result _utee_cryp_obj_close(unsigned long object);
TEE_Result _utee_cryp_random_number_generate(void *buffer, size_t size);

TEE_Result _utee_storage_obj_open(unsigned long storage, const void *id, size_t id_size,
				  unsigned long flags, uint32_t *object);
TEE_Result _utee_storage_obj_create(unsigned long storage, const void *id, size_t id_size,
				    unsigned long flags, unsigned long attributes, const void *data,
				    size_t size, uint32_t *object);
TEE_Result _utee_storage_obj_del(unsigned long object);
TEE_Result _utee_storage_obj_rename(unsigned long object, const void *id, size_t id_size);
TEE_Result _utee_storage_enum_alloc(uint32_t *enumerator);
TEE_Result _utee_storage_enum_free(unsigned long enumerator);
TEE_Result _utee_storage_enum_reset(unsigned long enumerator);
TEE_Result _utee_storage_enum_start(unsigned long enumerator, unsigned long storage);
TEE_Result _utee_storage_enum_next(unsigned long enumerator, struct utee_object_info *info,
				   void *id, uint64_t *id_size);
TEE_Result _utee_storage_obj_read(unsigned long object, void *data, size_t size, uint64_t *count);
TEE_Result _utee_storage_obj_write(unsigned long object, const void *data, size_t size);
TEE_Result _utee_storage_obj_trunc(unsigned long object, size_t size);
TEE_Result _utee_storage_obj_seek(unsigned long object, int32_t offset, unsigned long whence);

TEE_Result _utee_cache_operation(void *buffer, size_t size, unsigned long operation);

#endif
