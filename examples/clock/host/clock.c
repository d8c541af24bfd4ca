/* clock.c - asks the clock TA for the time, and waits.
 *
 *	clock			the three clocks
 *	clock set SECONDS	set the TA's persistent time
 *	clock wait MS [LIMIT]	wait in the TA; after LIMIT ms lose patience and cancel */
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tee_client_api.h>

#include "clock_ta.h"

static TEEC_Context context;
static TEEC_Session session;

static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "clock: %s: error 0x%08x from origin %u\n", what, result, origin);
	exit(EXIT_FAILURE);
}

static void connect_to_ta(void)
{
	static const TEEC_UUID uuid = CLOCK_TA_UUID;
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);

	if (result != TEEC_SUCCESS) {
		fail("no TEE (try: postern run -- clock)", result, origin);
	}
	result =
		TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);
	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
}

static void disconnect(void)
{
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
}

/* --- The clocks ------------------------------------------------------------------------------ */

static void show(const char *name, uint32_t command)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(&session, command, &operation, &origin);

	if (result == TEE_ERROR_TIME_NOT_SET && origin == TEEC_ORIGIN_TRUSTED_APP) {
		printf("%-16s not set\n", name);
		return;
	}
	if (result != TEEC_SUCCESS) {
		fail(name, result, origin);
	}
	printf("%-16s %u.%03u s\n", name, operation.params[0].value.a, operation.params[0].value.b);
}

static void set(uint32_t seconds)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].value = { seconds, 0 },
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result =
		TEEC_InvokeCommand(&session, CLOCK_SET_PERSISTENT, &operation, &origin);

	if (result != TEEC_SUCCESS) {
		fail("set", result, origin);
	}
}

/* --- Waiting --------------------------------------------------------------------------------- */

/* A thread that cancels the operation unless the wait is over before `limit_ms`. */
struct patience {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool over;
	uint32_t limit_ms;
	TEEC_Operation operation;
};

/* Until the wait is over, at most `limit_ms`. */
static void patience_wait(struct patience *patience, uint32_t limit_ms)
{
	struct timespec end;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += limit_ms / 1000;
	end.tv_nsec += (long)(limit_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	while (!patience->over && late == 0) {
		late = pthread_cond_timedwait(&patience->changed, &patience->mutex, &end);
	}
}

static void *patience_run(void *arg)
{
	struct patience *patience = arg;

	pthread_mutex_lock(&patience->mutex);
	patience_wait(patience, patience->limit_ms);
	while (!patience->over) {
		/* Again and again: an operation that has not begun cannot be cancelled. */
		TEEC_RequestCancellation(&patience->operation);
		patience_wait(patience, 50);
	}
	pthread_mutex_unlock(&patience->mutex);
	return NULL;
}

static TEEC_Result wait_in_ta(TEEC_Operation *operation)
{
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(&session, CLOCK_WAIT, operation, &origin);

	if (result != TEEC_SUCCESS && result != TEEC_ERROR_CANCEL) {
		fail("wait", result, origin);
	}
	return result;
}

static TEEC_Result wait_with_patience(struct patience *patience)
{
	pthread_t thread;
	TEEC_Result result;

	if (pthread_create(&thread, NULL, patience_run, patience) != 0) {
		fail("thread", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_API);
	}
	result = wait_in_ta(&patience->operation);
	pthread_mutex_lock(&patience->mutex);
	patience->over = true;
	pthread_cond_signal(&patience->changed);
	pthread_mutex_unlock(&patience->mutex);
	pthread_join(thread, NULL);
	return result;
}

static int wait_for(uint32_t wait_ms, const uint32_t *limit_ms)
{
	struct patience patience = {
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.limit_ms = limit_ms != NULL ? *limit_ms : 0,
		.operation = {
			.paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT, TEEC_NONE, TEEC_NONE,
						       TEEC_NONE),
			.params[0].value = { wait_ms, 0 },
		},
	};
	TEEC_Result result;

	result = limit_ms != NULL ? wait_with_patience(&patience) : wait_in_ta(&patience.operation);
	printf("%s\n", result == TEEC_SUCCESS ? "waited" : "cancelled");
	return result == TEEC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- The command line ------------------------------------------------------------------------ */

static void usage(void)
{
	fprintf(stderr, "Usage: clock\n"
			"       clock set SECONDS\n"
			"       clock wait MILLISECONDS [LIMIT]\n");
	exit(64);
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end != '\0' || text[0] == '-' || value > UINT32_MAX) {
		fprintf(stderr, "clock: '%s' is not a number from 0 to %" PRIu32 "\n", text,
			UINT32_MAX);
		exit(64);
	}
	return (uint32_t)value;
}

static int show_all(void)
{
	show("system", CLOCK_SYSTEM);
	show("normal world", CLOCK_REE);
	show("TA persistent", CLOCK_PERSISTENT);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	uint32_t first = argc > 2 ? number(argv[2]) : 0;
	uint32_t second = argc > 3 ? number(argv[3]) : 0;
	int status = EXIT_SUCCESS;

	if (argc == 1) {
		connect_to_ta();
		status = show_all();
	} else if (argc == 3 && strcmp(argv[1], "set") == 0) {
		connect_to_ta();
		set(first);
		status = show_all();
	} else if ((argc == 3 || argc == 4) && strcmp(argv[1], "wait") == 0) {
		connect_to_ta();
		status = wait_for(first, argc == 4 ? &second : NULL);
	} else {
		usage();
	}
	disconnect();
	return status;
}
