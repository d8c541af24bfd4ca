/* hello.c - calls the hello TA once with every kind of parameter.
 *
 *	hello [NAME] */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "hello_ta.h"

/* A TEE says no with a number, and who said it with another. */
static void check(TEEC_Result result, uint32_t origin, const char *what)
{
	if (result != TEEC_SUCCESS) {
		fprintf(stderr, "hello: %s: error 0x%08x from origin %u\n", what, result, origin);
		exit(EXIT_FAILURE);
	}
}

static void invoke(TEEC_Session *session, uint32_t command, TEEC_Operation *operation,
		   const char *what)
{
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(session, command, operation, &origin);

	check(result, origin, what);
}

static void greet(TEEC_Session *session)
{
	char text[128];
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { text, sizeof(text) },
	};

	invoke(session, HELLO_GREET, &operation, "greet");
	printf("%.*s\n", (int)operation.params[0].tmpref.size, text);
	fflush(stdout);
}

static void add(TEEC_Session *session)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].value = { 40, 2 },
	};

	invoke(session, HELLO_ADD, &operation, "add");
	printf("40 + 2 = %u\n", operation.params[0].value.a);
}

static void sum(TEEC_Session *session)
{
	uint8_t bytes[100];
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_VALUE_OUTPUT, TEEC_NONE,
					       TEEC_NONE),
		.params[0].tmpref = { bytes, sizeof(bytes) },
	};

	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i + 1);
	}
	invoke(session, HELLO_SUM, &operation, "sum");
	printf("1 + ... + 100 = %u\n", operation.params[1].value.a);
}

static void capitals(TEEC_Session *session)
{
	char text[] = "memory that both of us write";
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { text, strlen(text) },
	};

	invoke(session, HELLO_CAPITALS, &operation, "capitals");
	printf("%s\n", text);
}

/* Registered memory: shared once, used in any number of calls. */
static void echo(TEEC_Context *context, TEEC_Session *session)
{
	static const char text[] = "memory that is shared once";
	TEEC_SharedMemory memory = {
		.size = 4096,
		.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT,
	};
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
					       TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE),
		.params[0].memref = { &memory, sizeof(text), 0 },
		.params[1].memref = { &memory, 1024, 1024 },
	};
	char *buffer;

	check(TEEC_AllocateSharedMemory(context, &memory), TEEC_ORIGIN_API, "shared memory");
	buffer = memory.buffer;
	memcpy(buffer, text, sizeof(text));
	invoke(session, HELLO_ECHO, &operation, "echo");
	printf("%s\n", buffer + 1024);
	TEEC_ReleaseSharedMemory(&memory);
}

static void count(TEEC_Session *session)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};

	invoke(session, HELLO_COUNT, &operation, "count");
	printf("%u calls in this session\n", operation.params[0].value.a);
}

int main(int argc, char **argv)
{
	static const TEEC_UUID uuid = HELLO_TA_UUID;
	TEEC_Operation name = {
		.paramTypes = argc > 1 ? TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE,
							  TEEC_NONE, TEEC_NONE)
				       : 0,
		.params[0].tmpref = { argc > 1 ? argv[1] : NULL, argc > 1 ? strlen(argv[1]) : 0 },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Result result;

	result = TEEC_InitializeContext(NULL, &context);
	check(result, origin, "no TEE (try: postern run -- hello)");
	result = TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, &name,
				  &origin);
	check(result, origin, "open session");
	greet(&session);
	add(&session);
	sum(&session);
	capitals(&session);
	echo(&context, &session);
	count(&session);
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
