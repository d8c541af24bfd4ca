/* check_time.c - clocks, waiting, chance. */
#include <string.h>

#include "check.h"

static int64_t milliseconds(const TEE_Time *time)
{
	return (int64_t)time->seconds * 1000 + time->millis;
}

TEE_Result check_time(const struct client_memory *client)
{
	TEE_Time before;
	TEE_Time after;
	TEE_Time time;
	TEE_Result res;

	(void)client;
	TEE_GetSystemTime(&before);
	EXPECT_SUCCESS(TEE_Wait(20));
	TEE_GetSystemTime(&after);
	EXPECT(before.millis < 1000 && after.millis < 1000);
	EXPECT(milliseconds(&after) - milliseconds(&before) >= 20);
	EXPECT_SUCCESS(TEE_Wait(0));
	TEE_GetREETime(&time);
	EXPECT(time.seconds > 1500000000);

	res = TEE_GetTAPersistentTime(&time);
	EXPECT(res == TEE_SUCCESS || res == TEE_ERROR_TIME_NOT_SET || res == TEE_ERROR_OVERFLOW);
	time = (TEE_Time){ 5000, 500 };
	EXPECT_SUCCESS(TEE_SetTAPersistentTime(&time));
	EXPECT_SUCCESS(TEE_GetTAPersistentTime(&after));
	EXPECT(milliseconds(&after) >= 5000500 && milliseconds(&after) < 5000500 + 600000);
	/* Over the end of 32 bits. */
	time = (TEE_Time){ UINT32_MAX, 990 };
	EXPECT_SUCCESS(TEE_SetTAPersistentTime(&time));
	EXPECT_SUCCESS(TEE_Wait(20));
	EXPECT_RESULT(TEE_GetTAPersistentTime(&after), TEE_ERROR_OVERFLOW);
	EXPECT(after.seconds < 600);
	time = (TEE_Time){ 7, 0 };
	EXPECT_SUCCESS(TEE_SetTAPersistentTime(&time));
	return TEE_SUCCESS;
}

TEE_Result check_random(const struct client_memory *client)
{
	uint8_t first[32] = { 0 };
	uint8_t second[32] = { 0 };

	TEE_GenerateRandom(first, sizeof(first));
	TEE_GenerateRandom(second, sizeof(second));
	EXPECT(TEE_MemCompare(first, second, sizeof(first)) != 0);
	TEE_GenerateRandom(client->writable, client->size);
	TEE_GenerateRandom(NULL, 0);
	return TEE_SUCCESS;
}
