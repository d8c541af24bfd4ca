/* rpc.c - postern rpc: have the secure world send one RPC, and show what came back. */
#include <argp.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>

#include "lib/bits.h"
#include "normal/tools/command.h"
#include "normal/tools/place.h"
#include "normal/tools/rpc_words.h"

#define LINE_BYTES 16u

struct rpc_options {
	const char *name; /* NULL: where clients go */
	int count;
	char **words;
};

static const struct argp_option rpc_table[] = {
	{ "name", 'n', "NAME", 0, "Which TEE (default: the one that clients use)", 0 },
	{ 0 },
};

static error_t parse_rpc(int key, char *argument, struct argp_state *state)
{
	struct rpc_options *options = state->input;

	switch (key) {
	case 'n':
		options->name = argument;
		return 0;
	case ARGP_KEY_ARGS:
		options->words = state->argv + state->next;
		options->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The commands, behind the rest of --help. */
static char *help(int key, const char *text, void *input)
{
	char *list = NULL;
	const char *shorthand;
	unsigned int command;
	const char *name;
	size_t size;
	FILE *out;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC || (out = open_memstream(&list, &size)) == NULL) {
		return (char *)(uintptr_t)text;
	}
	fprintf(out, "%s\n\nCommands, and what they need at least:\n", text);
	for (size_t i = 0; (name = rpc_words_name(i, &command, &shorthand)) != NULL; i++) {
		fprintf(out, "  %2u  %-17s %s\n", command, name,
			shorthand == NULL ? "PARAM..." : shorthand);
	}
	fprintf(out, "      notify            (an asynchronous notification)\n"
		     "      notify-wait       [MS]\n");
	fclose(out);
	return list;
}

static const struct argp rpc_parser = {
	.options = rpc_table,
	.parser = parse_rpc,
	.args_doc = "COMMAND [PARAM...]",
	.doc = "Have the secure world send one RPC, and show what it was answered\v"
	       "COMMAND is a name below or a number. PARAM is one of v:A[,B[,C]] (a value), vo, "
	       "vio:A[,B[,C]], mi:WHAT (memory), mo:SIZE, mio:WHAT, none; WHAT is one of SIZE, "
	       "=TEXT, xHEX, @FILE, null.",
	.help_filter = help,
};

/* --- What came back --------------------------------------------------------------------------- */

static void print_bytes(const unsigned char *data, size_t size)
{
	for (size_t line = 0; line < size; line += LINE_BYTES) {
		size_t end = size - line < LINE_BYTES ? size - line : LINE_BYTES;

		printf("   %05zx ", line);
		for (size_t i = 0; i < LINE_BYTES; i++) {
			printf(i < end ? " %02x" : "   ", i < end ? data[line + i] : 0u);
		}
		printf("  ");
		for (size_t i = 0; i < end; i++) {
			putchar(isprint(data[line + i]) ? data[line + i] : '.');
		}
		putchar('\n');
	}
}

static void print_memory(size_t index, const struct rpc_words *words,
			 const struct pta_rpc_param *param, uint64_t asked)
{
	printf("%zu: %" PRIu64 " bytes\n", index, param->size);
	if (param->memory != PTA_RPC_MEMORY_NONE) {
		print_bytes(words->data + param->offset, param->size < asked ? param->size : asked);
	}
}

static void print_answer(const struct rpc_words *words, const struct pta_rpc_call *asked)
{
	const struct pta_rpc_call *call = &words->call;
	const char *name = rpc_words_result(call->result);

	printf("result 0x%08x%s%s\n", call->result, name != NULL ? " " : "",
	       name != NULL ? name : "");
	for (size_t i = 0; i < call->count; i++) {
		const struct pta_rpc_param *param = &call->params[i];

		if (param->type == PTA_RPC_VALUE_OUTPUT || param->type == PTA_RPC_VALUE_INOUT) {
			printf("%zu: 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 "\n", i, param->a,
			       param->b, param->c);
		}
		if (param->type == PTA_RPC_MEMREF_OUTPUT || param->type == PTA_RPC_MEMREF_INOUT) {
			print_memory(i, words, param, asked->params[i].size);
		}
	}
}

/* --- The call --------------------------------------------------------------------------------- */

static TEEC_Result session_call(TEEC_Session *session, struct rpc_words *words)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INOUT, TEEC_MEMREF_TEMP_INOUT,
					       TEEC_NONE, TEEC_NONE),
	};

	operation.params[0].tmpref.buffer = &words->call;
	operation.params[0].tmpref.size = sizeof(words->call);
	operation.params[1].tmpref.buffer = words->data;
	operation.params[1].tmpref.size = words->data_size;
	return TEEC_InvokeCommand(session, PTA_RPC_CALL, &operation, NULL);
}

/* What is asked of the secure world and is no RPC by itself. */
struct order {
	const char *name;
	uint32_t command;
	uint32_t type; /* of its one parameter */
};

static const struct order orders[] = {
	{ "notify", PTA_RPC_NOTIFY, TEEC_VALUE_OUTPUT },
	{ "notify-wait", PTA_RPC_NOTIFY_WAIT, TEEC_VALUE_INPUT },
};

static const struct order *order_find(const char *name)
{
	for (size_t i = 0; i < array_size(orders); i++) {
		if (strcmp(orders[i].name, name) == 0) {
			return &orders[i];
		}
	}
	return NULL;
}

static TEEC_Result context_order(TEEC_Context *context, const struct order *order, uint32_t *number)
{
	const TEEC_UUID uuid = PTA_RPC_UUID;
	TEEC_Operation operation = { .paramTypes = order->type };
	TEEC_Session session;
	TEEC_Result result;

	result = TEEC_OpenSession(context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
	if (result != TEEC_SUCCESS) {
		return result;
	}
	operation.params[0].value.a = *number;
	result = TEEC_InvokeCommand(&session, order->command, &operation, NULL);
	*number = operation.params[0].value.a;
	TEEC_CloseSession(&session);
	return result;
}

static TEEC_Result context_call(TEEC_Context *context, struct rpc_words *words)
{
	const TEEC_UUID uuid = PTA_RPC_UUID;
	TEEC_Session session;
	TEEC_Result result;

	result = TEEC_OpenSession(context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, NULL);
	if (result != TEEC_SUCCESS) {
		fprintf(stderr,
			"postern: the secure world does not send RPCs for clients: 0x%08x\n",
			result);
		return result;
	}
	result = session_call(&session, words);
	TEEC_CloseSession(&session);
	if (result != TEEC_SUCCESS) {
		fprintf(stderr, "postern: the secure world did not send it: 0x%08x\n", result);
	}
	return result;
}

static TEEC_Result place_open(const struct rpc_options *options, TEEC_Context *context)
{
	struct place place;
	TEEC_Result result;

	if (options->name != NULL && !place_named(options->name, &place)) {
		return TEEC_ERROR_GENERIC;
	}
	result = TEEC_InitializeContext(options->name != NULL ? place.directory : NULL, context);
	if (result != TEEC_SUCCESS) {
		fprintf(stderr, "postern: there is no TEE to ask: 0x%08x\n", result);
	}
	return result;
}

static int place_order(const struct rpc_options *options, const struct order *order)
{
	uint32_t number = 0;
	TEEC_Context context;
	TEEC_Result result;
	const char *name;

	if (options->count > 1) {
		number = (uint32_t)strtoul(options->words[1], NULL, 0);
	}
	if (place_open(options, &context) != TEEC_SUCCESS) {
		return EXIT_FAILURE;
	}
	result = context_order(&context, order, &number);
	TEEC_FinalizeContext(&context);
	name = rpc_words_result(result);
	printf("result 0x%08x%s%s\n", result, name != NULL ? " " : "", name != NULL ? name : "");
	if (result == TEEC_SUCCESS && order->type == TEEC_VALUE_OUTPUT) {
		printf("0: 0x%x\n", number);
	}
	return result == TEEC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}

static TEEC_Result place_call(const struct rpc_options *options, struct rpc_words *words)
{
	TEEC_Context context;
	TEEC_Result result = place_open(options, &context);

	if (result != TEEC_SUCCESS) {
		return result;
	}
	result = context_call(&context, words);
	TEEC_FinalizeContext(&context);
	return result;
}

int command_rpc(int argc, char **argv)
{
	struct rpc_options options = { 0 };
	struct pta_rpc_call asked;
	struct rpc_words words;
	char error[256];
	int status = EXIT_FAILURE;

	argp_parse(&rpc_parser, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (order_find(options.words[0]) != NULL) {
		return place_order(&options, order_find(options.words[0]));
	}
	if (!rpc_words_parse(options.count, options.words, &words, error, sizeof(error))) {
		fprintf(stderr, "postern rpc: %s\n", error);
		return EXIT_USAGE;
	}
	asked = words.call;
	if (place_call(&options, &words) == TEEC_SUCCESS) {
		print_answer(&words, &asked);
		status = words.call.result == TEEC_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	rpc_words_free(&words);
	return status;
}
