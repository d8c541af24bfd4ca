/* tee_internal_api_extensions.h - beyond GlobalPlatform. */
#ifndef TEE_INTERNAL_API_EXTENSIONS_H
#define TEE_INTERNAL_API_EXTENSIONS_H

#include <stdio.h>

#include <tee_api_defines_extensions.h>
#include <tee_api_types.h>
#include <trace.h>
#include <types_ext.h>

/* The TA needs TA_FLAG_CACHE_MAINTENANCE, else TEE_ERROR_NOT_SUPPORTED. */
TEE_Result TEE_CacheClean(char *buf, size_t len);
TEE_Result TEE_CacheFlush(char *buf, size_t len);
TEE_Result TEE_CacheInvalidate(char *buf, size_t len);

/* `s` is 36 characters, 8-4-4-4-12 hexadecimal digits of either case; else TEE_ERROR_BAD_FORMAT. */
TEE_Result tee_uuid_from_str(TEE_UUID *uuid, const char *s);

/* Have plug-in `uuid` of the supplicant do `cmd` and `sub_cmd` with the `len` bytes at `buf`, in and
 * out. What the plug-in answers; *outlen (may be NULL) is how much it wrote, or would have written: of
 * that no more than `len` bytes are in `buf`. TEE_ERROR_ITEM_NOT_FOUND: there is no such plug-in.
 * TEE_ERROR_BAD_PARAMETERS: `uuid` is NULL, or one of `buf` and `len` is nothing alone. */
TEE_Result tee_invoke_supp_plugin(const TEE_UUID *uuid, uint32_t cmd, uint32_t sub_cmd, void *buf,
				  size_t len, size_t *outlen);

#endif
