/* services.c - has the services TA do one thing after the other:
 *
 *	services STEP...
 *
 * A step is a name and its arguments, separated by commas; what it came to is a line of output,
 * "STEP RESULT NUMBER DATA". `pause` waits for a line of input. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>

#include "test/ta/services/services_ta.h"

#define ARGUMENTS_MAX 5
#define BUFFER_SIZE   0x30000u

/* What a step has: a session, its arguments, and what it came to. */
struct step {
	TEEC_Session *session;
	char *arguments[ARGUMENTS_MAX];
	uint32_t number;
	unsigned char data[BUFFER_SIZE];
	size_t size;
};

static uint32_t number_of(const char *text)
{
	return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 0);
}

/* A text, or `*N`: N times 'x'. */
static void data_from(struct step *step, const char *text)
{
	if (text != NULL && text[0] == '*') {
		step->size = number_of(text + 1);
		memset(step->data, 'x', step->size);
	} else {
		step->size = text == NULL ? 0 : strlen(text);
		memcpy(step->data, text == NULL ? "" : text, step->size);
	}
}

static void memory_set(TEEC_Operation *operation, unsigned int i, void *buffer, size_t size)
{
	operation->params[i].tmpref.buffer = size == 0 ? NULL : buffer;
	operation->params[i].tmpref.size = size;
}

static TEEC_Result invoke(struct step *step, uint32_t command, TEEC_Operation *operation)
{
	return TEEC_InvokeCommand(step->session, command, operation, NULL);
}

/* PROTOCOL,VERSION,HOST,PORT */
static TEEC_Result step_open(struct step *step)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT,
								    TEEC_MEMREF_TEMP_INPUT,
								    TEEC_VALUE_OUTPUT, TEEC_NONE) };
	TEEC_Result result;

	operation.params[0].value.a = strcmp(step->arguments[0], "tcp") == 0 ? 0x65 : 0x66;
	operation.params[0].value.b =
		number_of(step->arguments[1]) << 16 | number_of(step->arguments[3]);
	memory_set(&operation, 1, step->arguments[2], strlen(step->arguments[2]) + 1);
	result = invoke(step, SERVICES_OPEN, &operation);
	step->number = operation.params[2].value.a;
	return result;
}

static TEEC_Result step_bare(struct step *step, uint32_t command)
{
	TEEC_Operation operation = { 0 };

	return invoke(step, command, &operation);
}

static TEEC_Result step_close(struct step *step)
{
	return step_bare(step, SERVICES_CLOSE);
}

static TEEC_Result step_sample(struct step *step)
{
	return step_bare(step, SERVICES_SAMPLE);
}

static TEEC_Result step_panic(struct step *step)
{
	return step_bare(step, SERVICES_PANIC);
}

/* TIMEOUT,TEXT; and for a profile FILE,TEXT */
static TEEC_Result step_give(struct step *step, uint32_t command)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT,
								    TEEC_MEMREF_TEMP_INPUT,
								    TEEC_NONE, TEEC_NONE) };
	TEEC_Result result;

	data_from(step, step->arguments[1]);
	operation.params[0].value.a = number_of(step->arguments[0]);
	memory_set(&operation, 1, step->data, step->size);
	result = invoke(step, command, &operation);
	step->number = operation.params[0].value.a;
	step->size = 0;
	return result;
}

static TEEC_Result step_send(struct step *step)
{
	return step_give(step, SERVICES_SEND);
}

static TEEC_Result step_profile(struct step *step)
{
	return step_give(step, SERVICES_PROFILE);
}

/* TIMEOUT,SIZE */
static TEEC_Result step_recv(struct step *step)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INOUT,
								    TEEC_MEMREF_TEMP_OUTPUT,
								    TEEC_NONE, TEEC_NONE) };
	TEEC_Result result;

	operation.params[0].value.a = number_of(step->arguments[0]);
	memory_set(&operation, 1, step->data, number_of(step->arguments[1]));
	result = invoke(step, SERVICES_RECV, &operation);
	step->number = operation.params[0].value.a;
	step->size = operation.params[1].tmpref.size;
	return result;
}

static TEEC_Result step_error(struct step *step)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_OUTPUT, TEEC_NONE,
								    TEEC_NONE, TEEC_NONE) };
	TEEC_Result result = invoke(step, SERVICES_ERROR, &operation);

	step->number = operation.params[0].value.a;
	return result;
}

/* COMMAND,text,TEXT; COMMAND,int,N; COMMAND,port,N */
static void ioctl_data(struct step *step)
{
	uint32_t number = number_of(step->arguments[2]);
	uint16_t port = (uint16_t)number;

	if (strcmp(step->arguments[1], "text") == 0) {
		step->size = strlen(step->arguments[2]) + 1;
		memcpy(step->data, step->arguments[2], step->size);
	} else if (strcmp(step->arguments[1], "port") == 0) {
		step->size = sizeof(port);
		memcpy(step->data, &port, sizeof(port));
	} else {
		step->size = sizeof(number);
		memcpy(step->data, &number, sizeof(number));
	}
}

static TEEC_Result step_ioctl(struct step *step)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_VALUE_INPUT,
								    TEEC_MEMREF_TEMP_INOUT,
								    TEEC_NONE, TEEC_NONE) };
	TEEC_Result result;

	ioctl_data(step);
	operation.params[0].value.a = number_of(step->arguments[0]);
	memory_set(&operation, 1, step->data, step->size);
	result = invoke(step, SERVICES_IOCTL, &operation);
	step->size = 0;
	return result;
}

static void uuid_from(const char *text, TEEC_UUID *uuid)
{
	unsigned int part[11] = { 0 };

	sscanf(text, "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &part[0], &part[1], &part[2],
	       &part[3], &part[4], &part[5], &part[6], &part[7], &part[8], &part[9], &part[10]);
	uuid->timeLow = part[0];
	uuid->timeMid = (uint16_t)part[1];
	uuid->timeHiAndVersion = (uint16_t)part[2];
	for (int i = 0; i < 8; i++) {
		uuid->clockSeqAndNode[i] = (uint8_t)part[3 + i];
	}
}

/* UUID,COMMAND,SUBCOMMAND,TEXT */
static TEEC_Result step_plugin(struct step *step)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(
					     TEEC_MEMREF_TEMP_INPUT, TEEC_VALUE_INOUT,
					     TEEC_MEMREF_TEMP_INOUT, TEEC_NONE) };
	TEEC_Result result;
	TEEC_UUID uuid;

	uuid_from(step->arguments[0], &uuid);
	data_from(step, step->arguments[3]);
	memory_set(&operation, 0, &uuid, sizeof(uuid));
	operation.params[1].value.a = number_of(step->arguments[1]);
	operation.params[1].value.b = number_of(step->arguments[2]);
	memory_set(&operation, 2, step->data, step->size);
	result = invoke(step, SERVICES_PLUGIN, &operation);
	step->number = operation.params[1].value.a;
	return result;
}

/* SIZE,EXTRA */
static TEEC_Result step_derive(struct step *step, uint32_t command)
{
	TEEC_Operation operation = { .paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT,
								    TEEC_MEMREF_TEMP_OUTPUT,
								    TEEC_NONE, TEEC_NONE) };
	uint32_t size = number_of(step->arguments[0]);
	unsigned char key[64] = { 0 };
	TEEC_Result result;

	data_from(step, step->arguments[1]);
	memory_set(&operation, 0, step->data, step->size);
	memory_set(&operation, 1, key, size);
	result = invoke(step, command, &operation);
	for (uint32_t i = 0; i < size && result == TEEC_SUCCESS; i++) {
		snprintf((char *)step->data + 2 * (size_t)i, 3, "%02x", key[i]);
	}
	step->size = result == TEEC_SUCCESS ? 2 * (size_t)size : 0;
	return result;
}

static TEEC_Result step_key(struct step *step)
{
	return step_derive(step, SERVICES_KEY);
}

static TEEC_Result step_key_away(struct step *step)
{
	return step_derive(step, SERVICES_KEY_AWAY);
}

static TEEC_Result step_pause(struct step *step)
{
	char line[16];

	(void)step;
	return fgets(line, sizeof(line), stdin) != NULL ? TEEC_SUCCESS : TEEC_ERROR_GENERIC;
}

static const struct {
	const char *name;
	int arguments; /* that it needs */
	TEEC_Result (*run)(struct step *step);
} steps[] = {
	{ "open", 4, step_open },	  { "close", 0, step_close },
	{ "send", 1, step_send },	  { "recv", 2, step_recv },
	{ "error", 0, step_error },	  { "ioctl", 3, step_ioctl },
	{ "plugin", 3, step_plugin },	  { "key", 1, step_key },
	{ "key-away", 1, step_key_away }, { "profile", 1, step_profile },
	{ "sample", 0, step_sample },	  { "panic", 0, step_panic },
	{ "pause", 0, step_pause },
};

static void run(TEEC_Session *session, char *words)
{
	static struct step step;
	char *name = strsep(&words, ",");
	int count = 0;
	TEEC_Result result;

	memset(&step, 0, sizeof(step));
	step.session = session;
	while (count < ARGUMENTS_MAX && words != NULL) {
		step.arguments[count++] = strsep(&words, ",");
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (strcmp(steps[i].name, name) == 0 && count >= steps[i].arguments) {
			result = steps[i].run(&step);
			printf("%s %08x %u %.*s\n", name, result, step.number,
			       step.size < 100 ? (int)step.size : 100, (const char *)step.data);
			fflush(stdout);
			return;
		}
	}
	fprintf(stderr, "no such step: %s\n", name);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	const TEEC_UUID uuid = SERVICES_TA_UUID;
	TEEC_Context context;
	TEEC_Session session;

	if (TEEC_InitializeContext(NULL, &context) != TEEC_SUCCESS) {
		fprintf(stderr, "no TEE\n");
		return EXIT_FAILURE;
	}
	if (TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL) !=
	    TEEC_SUCCESS) {
		fprintf(stderr, "no TA\n");
		return EXIT_FAILURE;
	}
	for (int i = 1; i < argc; i++) {
		run(&session, argv[i]);
	}
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
	return EXIT_SUCCESS;
}
