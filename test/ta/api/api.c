/* api.c - runs each check of the api TA, and each of its panics, in a session of its own.
 *
 * One line for each: its number, the result in hex, and its origin. api_test.py says what is
 * right. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "test/ta/api/api_ta.h"

static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "api: %s: 0x%08x (origin %u)\n", what, result, origin);
	exit(EXIT_FAILURE);
}

static void run(TEEC_Context *context, uint32_t command)
{
	static const TEEC_UUID uuid = API_TA_UUID;
	uint8_t writable[64] = { 1 };
	uint8_t readable[64] = "read-only";
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_MEMREF_TEMP_INPUT,
					       TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { writable, sizeof(writable) },
		.params[1].tmpref = { readable, sizeof(readable) },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Session session;
	TEEC_Result result =
		TEEC_OpenSession(context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);

	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
	result = TEEC_InvokeCommand(&session, command, &operation, &origin);
	printf("%u %08x %u\n", command, result, origin);
	fflush(stdout);
	TEEC_CloseSession(&session);
}

int main(int argc, char **argv)
{
	TEEC_Context context;
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);

	if (result != TEEC_SUCCESS) {
		fail("no TEE", result, TEEC_ORIGIN_API);
	}
	if (argc > 1) {
		run(&context, (uint32_t)atoi(argv[1]));
	} else {
		for (uint32_t command = 0; command < API_CHECK_END; command++) {
			run(&context, command);
		}
		for (uint32_t command = API_PANIC_CODE; command < API_PANIC_END; command++) {
			run(&context, command);
		}
	}
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
