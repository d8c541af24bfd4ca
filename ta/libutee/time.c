/* time.c - clocks, waiting, and chance. */
#include <utee_syscalls.h>

#include "ta/libutee/api.h"

void TEE_GetSystemTime(TEE_Time *time)
{
	API_CHECK(API_OUT, time, sizeof(*time));
	API_SUCCESS(_utee_get_time(UTEE_TIME_CAT_SYSTEM, time));
}

void TEE_GetREETime(TEE_Time *time)
{
	API_CHECK(API_OUT, time, sizeof(*time));
	API_SUCCESS(_utee_get_time(UTEE_TIME_CAT_REE, time));
}

TEE_Result TEE_Wait(uint32_t timeout)
{
	return API_RESULT(_utee_wait(timeout), TEE_ERROR_CANCEL);
}

TEE_Result TEE_GetTAPersistentTime(TEE_Time *time)
{
	TEE_Result res;

	API_CHECK(API_OUT, time, sizeof(*time));
	res = _utee_get_time(UTEE_TIME_CAT_TA_PERSISTENT, time);
	if (res != TEE_SUCCESS && res != TEE_ERROR_OVERFLOW) {
		*time = (TEE_Time){ 0 };
	}
	return API_RESULT(res, TEE_ERROR_TIME_NOT_SET, TEE_ERROR_TIME_NEEDS_RESET,
			  TEE_ERROR_OVERFLOW, TEE_ERROR_OUT_OF_MEMORY);
}

TEE_Result TEE_SetTAPersistentTime(const TEE_Time *time)
{
	API_CHECK(API_IN, time, sizeof(*time));
	return API_RESULT(_utee_set_ta_time(time), TEE_ERROR_OUT_OF_MEMORY,
			  TEE_ERROR_STORAGE_NO_SPACE);
}

void TEE_GenerateRandom(void *randomBuffer, size_t randomBufferLen)
{
	API_CHECK(API_OUT_BUFFER, randomBuffer, randomBufferLen);
	API_SUCCESS(_utee_cryp_random_number_generate(randomBuffer, randomBufferLen));
}
