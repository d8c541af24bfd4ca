/* hold.c - opens a session, says so with one byte, and holds it until its input ends. */
#include <stdio.h>
#include <stdlib.h>
#include <tee_client_api.h>

#include "bench/ta/bench_ta.h"

int main(void)
{
	static const TEEC_UUID uuid = BENCH_TA_UUID;
	TEEC_Context context;
	TEEC_Session session;
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);

	if (result == TEEC_SUCCESS) {
		result = TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL,
					  NULL);
	}
	if (result != TEEC_SUCCESS) {
		fprintf(stderr, "hold: 0x%08x\n", result);
		return EXIT_FAILURE;
	}
	putchar('.');
	fflush(stdout);
	while (getchar() != EOF) {
	}
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
