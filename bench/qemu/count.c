/* count.c - in the guest: does each thing that is counted so many times, with a mark (mark.h) before the
 * first, between any two and after the last, and says what it was: "NAME ROUNDS", in the order of the marks. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <unistd.h>

#include "bench/qemu/mark.h"
#include "bench/ta/bench_ta.h"
#include "lib/bits.h"

#define WARM_UP	    20
#define ROUNDS	    200
#define ROUNDS_SLOW 10

/* CALLS_UID, through the module that the guest's tests have. */
#define PROBE	   "/proc/smc_probe"
#define PROBE_CALL "bf00ff01"

static TEEC_Context context;
static TEEC_Session session;
static int probe = -1;

static void mark(void)
{
	__asm__ volatile(".inst %0" ::"i"(MARK_INSTRUCTION) : "memory");
}

_Noreturn static void fail(const char *what, TEEC_Result result)
{
	fprintf(stderr, "count: %s: 0x%08x\n", what, result);
	exit(EXIT_FAILURE);
}

static void invoke(uint32_t command)
{
	TEEC_Result result = TEEC_InvokeCommand(&session, command, NULL, NULL);

	if (result != TEEC_SUCCESS) {
		fail("invoke", result);
	}
}

static void session_open(TEEC_Session *opened)
{
	static const TEEC_UUID uuid = BENCH_TA_UUID;
	TEEC_Result result =
		TEEC_OpenSession(&context, opened, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);

	if (result != TEEC_SUCCESS) {
		fail("open session", result);
	}
}

static void do_fast_call(void)
{
	if (write(probe, PROBE_CALL, strlen(PROBE_CALL)) < 0) {
		fail(PROBE, TEEC_ERROR_GENERIC);
	}
}

static void do_null(void)
{
	invoke(BENCH_NULL);
}

static void do_ree_time(void)
{
	invoke(BENCH_REE_TIME);
}

static void do_object_read(void)
{
	invoke(BENCH_OBJECT_READ);
}

static void do_open_close(void)
{
	TEEC_Session other;

	session_open(&other);
	TEEC_CloseSession(&other);
}

static const struct {
	const char *name;
	void (*run)(void);
	int rounds;
} figures[] = {
	{ "fast-call", do_fast_call, ROUNDS },
	{ "invoke", do_null, ROUNDS },
	{ "invoke-get-time", do_ree_time, ROUNDS },
	{ "open-close", do_open_close, ROUNDS_SLOW },
	{ "object-read", do_object_read, ROUNDS_SLOW },
};

int main(void)
{
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);
	size_t i;
	int j;

	if (result != TEEC_SUCCESS) {
		fail("no TEE", result);
	}
	probe = open(PROBE, O_RDWR | O_CLOEXEC);
	session_open(&session);
	invoke(BENCH_OBJECT_CREATE);
	for (i = 0; i < array_size(figures); i++) {
		for (j = 0; j < WARM_UP && j < figures[i].rounds; j++) {
			figures[i].run();
		}
		mark();
		for (j = 0; j < figures[i].rounds; j++) {
			figures[i].run();
			mark();
		}
		printf("%s %d\n", figures[i].name, figures[i].rounds);
	}
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
