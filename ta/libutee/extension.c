/* extension.c - what tee_internal_api_extensions.h adds. */
#include <tee_internal_api_extensions.h>

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <utee_syscalls.h>

#define UUID_TEXT_LENGTH 36

static TEE_Result cache_operation(char *buf, size_t len, enum utee_cache_operation operation)
{
	return _utee_cache_operation(buf, len, operation);
}

TEE_Result TEE_CacheClean(char *buf, size_t len)
{
	return cache_operation(buf, len, UTEE_CACHE_CLEAN);
}

TEE_Result TEE_CacheFlush(char *buf, size_t len)
{
	return cache_operation(buf, len, UTEE_CACHE_FLUSH);
}

TEE_Result TEE_CacheInvalidate(char *buf, size_t len)
{
	return cache_operation(buf, len, UTEE_CACHE_INVALIDATE);
}

static bool uuid_is_dash(size_t at)
{
	return at == 8 || at == 13 || at == 18 || at == 23;
}

static bool uuid_is_text(const char *s)
{
	for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
		if (uuid_is_dash(i) ? s[i] != '-' : !isxdigit((unsigned char)s[i])) {
			return false;
		}
	}
	return true;
}

static uint8_t hex_value(char c)
{
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0'
						   : tolower((unsigned char)c) - 'a' + 10);
}

TEE_Result tee_uuid_from_str(TEE_UUID *uuid, const char *s)
{
	uint8_t octets[16];
	size_t digits = 0;

	if (strnlen(s, UUID_TEXT_LENGTH + 1) != UUID_TEXT_LENGTH || !uuid_is_text(s)) {
		return TEE_ERROR_BAD_FORMAT;
	}
	memset(octets, 0, sizeof(octets));
	for (size_t i = 0; i < UUID_TEXT_LENGTH; i++) {
		if (!uuid_is_dash(i)) {
			octets[digits / 2] = (uint8_t)(octets[digits / 2] << 4 | hex_value(s[i]));
			digits++;
		}
	}
	uuid->timeLow = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
			(uint32_t)octets[2] << 8 | octets[3];
	uuid->timeMid = (uint16_t)(octets[4] << 8 | octets[5]);
	uuid->timeHiAndVersion = (uint16_t)(octets[6] << 8 | octets[7]);
	memcpy(uuid->clockSeqAndNode, octets + 8, sizeof(uuid->clockSeqAndNode));
	return TEE_SUCCESS;
}
