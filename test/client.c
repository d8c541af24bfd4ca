/* client.c - a client of the worker TA for the end-to-end tests.
 *
 *	client [-s] [-u UUID] [-l] COMMAND [A [B]]	one session, one call (values), one line of result
 *	client storm THREADS SECONDS			many threads, sharing and not sharing
 *
 * -s: the `shared` TA; -u: another one; -l: say "open" and wait for a line of input between opening
 * the session and calling. The line of result is "RESULT ORIGIN A B": the call's, in hex. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>
#include <time.h>
#include <unistd.h>

#include "test/ta/worker/worker_ta.h"

#define STORM_THREADS_MAX 256
#define STORM_BUFFER	  8192

static const TEEC_UUID worker_uuid = WORKER_TA_UUID;
static const TEEC_UUID shared_uuid = SHARED_TA_UUID;

static bool uuid_parse(const char *text, TEEC_UUID *uuid)
{
	unsigned int low, mid, high, b[8];
	int i;

	if (sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &low, &mid, &high, &b[0], &b[1],
		   &b[2], &b[3], &b[4], &b[5], &b[6], &b[7]) != 11) {
		return false;
	}
	uuid->timeLow = low;
	uuid->timeMid = (uint16_t)mid;
	uuid->timeHiAndVersion = (uint16_t)high;
	for (i = 0; i < 8; i++) {
		uuid->clockSeqAndNode[i] = (uint8_t)b[i];
	}
	return true;
}

/* --- One call -------------------------------------------------------------------------------- */

static int report(TEEC_Result result, uint32_t origin, uint32_t a, uint32_t b)
{
	printf("%08x %u %x %x\n", result, origin, a, b);
	fflush(stdout);
	return result == TEEC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

static uint32_t types_of(uint32_t command)
{
	switch (command) {
	case WORKER_ADD:
		return TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, 0, 0, 0);
	case WORKER_REE_TIME:
	case WORKER_COUNT:
		return TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0);
	case WORKER_LOG:
		return TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, 0, 0, 0);
	case WORKER_FAULT:
	case WORKER_ORIGIN:
		return 0;
	default:
		return TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, 0, 0, 0);
	}
}

static void pause_for_a_line(void)
{
	char line[16];

	printf("open\n");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL) {
		exit(EXIT_FAILURE);
	}
}

static int call_once(const TEEC_UUID *uuid, bool pause, uint32_t command, const char *a,
		     const char *b)
{
	TEEC_Operation operation = { .paramTypes = types_of(command) };
	TEEC_Context context;
	TEEC_Session session;
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);

	if (result != TEEC_SUCCESS) {
		return report(result, origin, 0, 0);
	}
	result = TEEC_OpenSession(&context, &session, uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);
	if (result != TEEC_SUCCESS) {
		TEEC_FinalizeContext(&context);
		return report(result, origin, 0, 0);
	}
	if (pause) {
		pause_for_a_line();
	}
	if (command == WORKER_LOG) {
		operation.params[0].tmpref.buffer = (void *)a;
		operation.params[0].tmpref.size = strlen(a);
	} else {
		operation.params[0].value.a = (uint32_t)strtoul(a, NULL, 0);
		operation.params[0].value.b = (uint32_t)strtoul(b, NULL, 0);
	}
	result = TEEC_InvokeCommand(&session, command, &operation, &origin);
	report(result, origin, operation.params[0].value.a, operation.params[0].value.b);
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return result == TEEC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- The storm ------------------------------------------------------------------------------- */

static atomic_bool over;
static TEEC_Context common_context;
static TEEC_Session common_session;

/* Everybody has a session: on a slow machine with many threads that alone takes seconds. */
static pthread_barrier_t opened;

struct stormer {
	pthread_t thread;
	unsigned int index;
	unsigned long calls;
};

_Noreturn static void storm_fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "storm: %s: 0x%08x (origin %u)\n", what, result, origin);
	exit(EXIT_FAILURE);
}

static void storm_open(TEEC_Context *context, TEEC_Session *session, const TEEC_UUID *uuid)
{
	uint32_t origin = 0;
	TEEC_Result result =
		TEEC_OpenSession(context, session, uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);

	if (result != TEEC_SUCCESS) {
		storm_fail("open", result, origin);
	}
}

static void storm_add(TEEC_Session *session, uint32_t a, uint32_t b)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT, 0, 0, 0),
		.params[0].value = { a, b },
	};
	uint32_t origin = 0;
	TEEC_Result result = TEEC_InvokeCommand(session, WORKER_ADD, &operation, &origin);

	if (result != TEEC_SUCCESS || operation.params[0].value.a != a + b) {
		storm_fail("add", result, origin);
	}
}

static void storm_mirror(TEEC_Session *session, unsigned char seed, size_t size)
{
	unsigned char in[STORM_BUFFER], out[STORM_BUFFER] = { 0 };
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, 0, 0),
		.params[0].tmpref = { in, size },
		.params[1].tmpref = { out, size },
	};
	uint32_t origin = 0;
	TEEC_Result result;
	size_t i;

	memset(in, seed, size);
	result = TEEC_InvokeCommand(session, WORKER_MIRROR, &operation, &origin);
	for (i = 0; i < size && result == TEEC_SUCCESS; i++) {
		if (out[i] != (unsigned char)~seed) {
			storm_fail("mirror: wrong bytes", result, origin);
		}
	}
	if (result != TEEC_SUCCESS || operation.params[1].tmpref.size != size) {
		storm_fail("mirror", result, origin);
	}
}

static void storm_time(TEEC_Session *session)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, 0, 0, 0) };
	uint32_t origin = 0;
	TEEC_Result result = TEEC_InvokeCommand(session, WORKER_REE_TIME, &operation, &origin);

	if (result != TEEC_SUCCESS) {
		storm_fail("time", result, origin);
	}
}

/* A quarter each: the common session; a session of one's own in the common context, on the shared TA;
 * likewise on an instance of one's own; a context of one's own. */
static void *storm_run(void *arg)
{
	struct stormer *self = arg;
	TEEC_Session own_session;
	TEEC_Session *session = &own_session;
	TEEC_Context own_context;
	TEEC_Context *context = &common_context;
	unsigned int kind = self->index % 4;

	if (kind == 3) {
		TEEC_Result result = TEEC_InitializeContext(NULL, &own_context);

		if (result != TEEC_SUCCESS) {
			storm_fail("context", result, 0);
		}
		context = &own_context;
	}
	if (kind == 0) {
		session = &common_session;
	} else {
		storm_open(context, session, kind == 1 ? &shared_uuid : &worker_uuid);
	}
	pthread_barrier_wait(&opened);
	while (!atomic_load(&over)) {
		storm_add(session, self->index, (uint32_t)self->calls);
		storm_mirror(session, (unsigned char)self->index,
			     1 + self->calls * 37 % STORM_BUFFER);
		if (self->calls % 16 == 0) {
			storm_time(session);
		}
		self->calls++;
	}
	if (kind != 0) {
		TEEC_CloseSession(session);
	}
	if (kind == 3) {
		TEEC_FinalizeContext(&own_context);
	}
	return NULL;
}

static int storm(unsigned int count, unsigned int seconds)
{
	static struct stormer stormers[STORM_THREADS_MAX];
	const struct timespec length = { .tv_sec = seconds };
	unsigned long total = 0, fewest = (unsigned long)-1;
	unsigned int i;

	if (count > STORM_THREADS_MAX ||
	    TEEC_InitializeContext(NULL, &common_context) != TEEC_SUCCESS ||
	    pthread_barrier_init(&opened, NULL, count + 1) != 0) {
		storm_fail("no TEE", TEEC_ERROR_GENERIC, 0);
	}
	storm_open(&common_context, &common_session, &worker_uuid);
	for (i = 0; i < count; i++) {
		stormers[i].index = i;
		if (pthread_create(&stormers[i].thread, NULL, storm_run, &stormers[i]) != 0) {
			storm_fail("thread", TEEC_ERROR_OUT_OF_MEMORY, 0);
		}
	}
	pthread_barrier_wait(&opened);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL);
	atomic_store(&over, true);
	for (i = 0; i < count; i++) {
		pthread_join(stormers[i].thread, NULL);
		total += stormers[i].calls;
		fewest = stormers[i].calls < fewest ? stormers[i].calls : fewest;
	}
	pthread_barrier_destroy(&opened);
	TEEC_CloseSession(&common_session);
	TEEC_FinalizeContext(&common_context);
	printf("%lu %lu\n", total, fewest);
	return fewest > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- main ------------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
	TEEC_UUID uuid = worker_uuid;
	bool pause = false;
	int option;

	while ((option = getopt(argc, argv, "+slu:")) != -1) {
		if (option == 's') {
			uuid = shared_uuid;
		} else if (option == 'l') {
			pause = true;
		} else if (option != 'u' || !uuid_parse(optarg, &uuid)) {
			return 64;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 3 && strcmp(argv[0], "storm") == 0) {
		return storm((unsigned int)atoi(argv[1]), (unsigned int)atoi(argv[2]));
	}
	if (argc < 1 || argc > 3) {
		return 64;
	}
	return call_once(&uuid, pause, (uint32_t)atoi(argv[0]), argc > 1 ? argv[1] : "0",
			 argc > 2 ? argv[2] : "0");
}
