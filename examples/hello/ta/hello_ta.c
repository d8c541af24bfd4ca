/* hello_ta.c - every kind of parameter, and what a session keeps between calls. */
#include <printk.h>
#include <tee_internal_api.h>
#include <util.h>

#include "hello_ta.h"

#define NAME_MAX_LENGTH 32

/* What a session keeps. */
struct session {
	char name[NAME_MAX_LENGTH + 1];
	uint32_t calls;
};

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

/* A client's memory changes while we look at it: take what is needed once. */
static TEE_Result take_name(const TEE_Param *param, char name[NAME_MAX_LENGTH + 1])
{
	size_t size = param->memref.size;

	if (size == 0 || size > NAME_MAX_LENGTH) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	TEE_MemMove(name, param->memref.buffer, size);
	name[size] = '\0';
	return TEE_SUCCESS;
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	struct session opened = { .name = "world" };
	struct session *session;
	TEE_Result res;

	if (types == TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, 0, 0, 0)) {
		res = take_name(&params[0], opened.name);
		if (res != TEE_SUCCESS) {
			return res;
		}
	} else if (types != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	session = TEE_Malloc(sizeof(*session), TEE_MALLOC_FILL_ZERO);
	if (session == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*session = opened;
	*context = session;
	IMSG("a session for %s", session->name);
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	TEE_Free(context);
}

static TEE_Result add(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)session;
	if (ADD_OVERFLOW(params[0].value.a, params[0].value.b, &params[0].value.a)) {
		return TEE_ERROR_OVERFLOW;
	}
	return TEE_SUCCESS;
}

/* Answer with `size` bytes, or say how many they would be. */
static TEE_Result answer(TEE_Param *param, const void *bytes, size_t size)
{
	size_t room = param->memref.size;

	param->memref.size = size;
	if (room < size) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	TEE_MemMove(param->memref.buffer, bytes, size);
	return TEE_SUCCESS;
}

static TEE_Result greet(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	char text[NAME_MAX_LENGTH + 64];
	int length = snprintk(text, sizeof(text), "Hello, %s! This is a trusted application.",
			      session->name);

	return answer(&params[0], text, (size_t)length);
}

static TEE_Result sum(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	const uint8_t *bytes = params[0].memref.buffer;
	uint32_t total = 0;

	(void)session;
	for (size_t i = 0; i < params[0].memref.size; i++) {
		total += bytes[i];
	}
	params[1].value.a = total;
	params[1].value.b = 0;
	return TEE_SUCCESS;
}

static TEE_Result capitals(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	uint8_t *bytes = params[0].memref.buffer;
	uint8_t byte;

	(void)session;
	for (size_t i = 0; i < params[0].memref.size; i++) {
		byte = bytes[i];
		bytes[i] = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
	}
	return TEE_SUCCESS;
}

static TEE_Result echo(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)session;
	return answer(&params[1], params[0].memref.buffer, params[0].memref.size);
}

static TEE_Result count(struct session *session, TEE_Param params[TEE_NUM_PARAMS])
{
	params[0].value.a = session->calls;
	params[0].value.b = 0;
	return TEE_SUCCESS;
}

static const struct {
	uint32_t types;
	TEE_Result (*run)(struct session *session, TEE_Param params[TEE_NUM_PARAMS]);
} commands[] = {
	[HELLO_ADD] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0), add },
	[HELLO_GREET] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0, 0), greet },
	[HELLO_SUM] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT, 0,
					0),
			sum },
	[HELLO_CAPITALS] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, 0), capitals },
	[HELLO_ECHO] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
					 0, 0),
			 echo },
	[HELLO_COUNT] = { TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0, 0), count },
};

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	struct session *session = context;

	session->calls++;
	if (command >= ARRAY_SIZE(commands)) {
		return TEE_ERROR_NOT_SUPPORTED;
	}
	/* The client says what the parameters are: believe nothing that was not compared. */
	if (types != commands[command].types) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return commands[command].run(session, params);
}
