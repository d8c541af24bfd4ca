/* clock_ta.c - the clocks of a TEE, and waiting. */
#include <tee_internal_api.h>
#include <util.h>

#include "clock_ta.h"

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
	(void)context;
	return types == 0 ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	(void)context;
}

static void answer(TEE_Param *param, const TEE_Time *time)
{
	param->value.a = time->seconds;
	param->value.b = time->millis;
}

static TEE_Result system_time(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time time;

	TEE_GetSystemTime(&time);
	answer(&params[0], &time);
	return TEE_SUCCESS;
}

static TEE_Result ree_time(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time time;

	TEE_GetREETime(&time);
	answer(&params[0], &time);
	return TEE_SUCCESS;
}

static TEE_Result persistent_time(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time time;
	TEE_Result res = TEE_GetTAPersistentTime(&time);

	answer(&params[0], &time);
	return res;
}

static TEE_Result set_persistent_time(TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Time time = { .seconds = params[0].value.a, .millis = params[0].value.b };

	/* The TEE would have us panic for it. */
	if (time.millis >= 1000) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return TEE_SetTAPersistentTime(&time);
}

static TEE_Result wait(TEE_Param params[TEE_NUM_PARAMS])
{
	/* Without this a cancellation is noted, and nobody looks. */
	TEE_UnmaskCancellation();
	return TEE_Wait(params[0].value.a);
}

#define TIME_OUT TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0)
#define TIME_IN	 TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0)

static const struct {
	uint32_t types;
	TEE_Result (*run)(TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
	[CLOCK_SYSTEM] = { TIME_OUT, system_time },
	[CLOCK_REE] = { TIME_OUT, ree_time },
	[CLOCK_PERSISTENT] = { TIME_OUT, persistent_time },
	[CLOCK_SET_PERSISTENT] = { TIME_IN, set_persistent_time },
	[CLOCK_WAIT] = { TIME_IN, wait },
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	(void)context;
	if (command >= ARRAY_SIZE(commands)) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].run(params);
}
