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

#endif
