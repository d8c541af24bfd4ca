/* rpc_words.c - an RPC as words of a command line. */
#include "normal/tools/rpc_words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/gp.h"
#include "abi/rpc.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "lib/uuid.h"

struct parse {
	struct rpc_words *words;
	uint32_t memory; /* RPC_SHM_TYPE_* of the command's memory */
	char *error;
	size_t error_size;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct parse *parse, const char *format,
							 ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(parse->error, parse->error_size, format, list);
	va_end(list);
	return false;
}

static bool number_parse(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* --- Memory ----------------------------------------------------------------------------------- */

/* Room for `size` bytes of parameter `param`, zeroed. */
static unsigned char *data_add(struct parse *parse, struct pta_rpc_param *param, size_t size)
{
	struct rpc_words *words = parse->words;
	unsigned char *data;

	if (size > PTA_RPC_DATA_MAX || words->data_size + size > PTA_RPC_DATA_MAX) {
		refuse(parse, "more than %u bytes of memory", PTA_RPC_DATA_MAX);
		return NULL;
	}
	data = realloc(words->data, words->data_size + size);
	if (data == NULL) {
		refuse(parse, "out of memory");
		return NULL;
	}
	words->data = data;
	param->memory = parse->memory;
	param->offset = words->data_size;
	param->size = size;
	memset(data + words->data_size, 0, size);
	words->data_size += size;
	return data + param->offset;
}

static bool data_copy(struct parse *parse, struct pta_rpc_param *param, const void *from,
		      size_t size)
{
	unsigned char *to = data_add(parse, param, size);

	if (to == NULL) {
		return false;
	}
	memcpy(to, from, size);
	return true;
}

static bool data_hex(struct parse *parse, struct pta_rpc_param *param, const char *text)
{
	size_t size = strlen(text) / 2;
	unsigned char *to;

	if (size == 0 || strlen(text) % 2 != 0) {
		return refuse(parse, "not pairs of hexadecimal digits: %s", text);
	}
	to = data_add(parse, param, size);
	if (to == NULL) {
		return false;
	}
	return bytes_from_hex(text, to, size) ||
	       refuse(parse, "not pairs of hexadecimal digits: %s", text);
}

static bool data_file(struct parse *parse, struct pta_rpc_param *param, const char *path)
{
	static unsigned char bytes[PTA_RPC_DATA_MAX + 1];
	FILE *file = fopen(path, "re");
	size_t size;

	if (file == NULL) {
		return refuse(parse, "%s: %s", path, strerror(errno));
	}
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	if (size == 0) {
		return refuse(parse, "%s: there is nothing in it", path);
	}
	return data_copy(parse, param, bytes, size);
}

static bool what_parse(struct parse *parse, struct pta_rpc_param *param, const char *what)
{
	uint64_t size;

	switch (*what) {
	case '=':
		return data_copy(parse, param, what + 1, strlen(what));
	case 'x':
		return data_hex(parse, param, what + 1);
	case '@':
		return data_file(parse, param, what + 1);
	default:
		break;
	}
	if (strcmp(what, "null") == 0) {
		param->memory = PTA_RPC_MEMORY_NONE;
		return true;
	}
	if (!number_parse(what, &size) || size == 0) {
		return refuse(parse, "neither a size, =TEXT, xHEX, @FILE nor null: %s", what);
	}
	return data_add(parse, param, size) != NULL;
}

/* --- Parameters ------------------------------------------------------------------------------- */

static bool values_parse(struct parse *parse, struct pta_rpc_param *param, const char *what)
{
	uint64_t *const values[] = { &param->a, &param->b, &param->c };
	char text[128];
	char *rest = text;
	char *word;
	size_t i = 0;

	if (snprintf(text, sizeof(text), "%s", what) >= (int)sizeof(text)) {
		return refuse(parse, "too long: %s", what);
	}
	while ((word = strsep(&rest, ",")) != NULL) {
		if (i == array_size(values) || !number_parse(word, values[i])) {
			return refuse(parse, "not up to three numbers: %s", what);
		}
		i++;
	}
	return true;
}

static bool nothing_parse(struct parse *parse, struct pta_rpc_param *param, const char *what)
{
	(void)param;
	return *what == '\0' || refuse(parse, "nothing belongs here: %s", what);
}

static const struct {
	const char *word;
	enum pta_rpc_type type;
	bool (*parse)(struct parse *parse, struct pta_rpc_param *param, const char *what);
} forms[] = {
	{ "none", PTA_RPC_NONE, nothing_parse },
	{ "v:", PTA_RPC_VALUE_INPUT, values_parse },
	{ "vo", PTA_RPC_VALUE_OUTPUT, nothing_parse },
	{ "vio:", PTA_RPC_VALUE_INOUT, values_parse },
	{ "mi:", PTA_RPC_MEMREF_INPUT, what_parse },
	{ "mo:", PTA_RPC_MEMREF_OUTPUT, what_parse },
	{ "mio:", PTA_RPC_MEMREF_INOUT, what_parse },
};

static bool param_parse(struct parse *parse, const char *word)
{
	struct pta_rpc_call *call = &parse->words->call;
	struct pta_rpc_param *param;
	size_t i;

	if (call->count == PTA_RPC_PARAMS_MAX) {
		return refuse(parse, "more than %u parameters", PTA_RPC_PARAMS_MAX);
	}
	param = &call->params[call->count];
	for (i = 0; i < array_size(forms); i++) {
		size_t length = strlen(forms[i].word);

		if (strncmp(word, forms[i].word, length) == 0) {
			param->type = forms[i].type;
			call->count++;
			return forms[i].parse(parse, param, word + length);
		}
	}
	return refuse(parse, "not a parameter: %s", word);
}

static bool params_parse(struct parse *parse, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (!param_parse(parse, *words)) {
			return false;
		}
	}
	return true;
}

/* --- Shorter forms ---------------------------------------------------------------------------- */

static bool time_short(struct parse *parse, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return params_parse(parse, (const char *const[]){ "vo", NULL });
}

static bool suspend_short(struct parse *parse, int argc, char **argv)
{
	char value[64];

	(void)argc;
	snprintf(value, sizeof(value), "v:%s", argv[0]);
	return params_parse(parse, (const char *const[]){ value, NULL });
}

static bool load_ta_short(struct parse *parse, int argc, char **argv)
{
	struct pta_rpc_param *param = &parse->words->call.params[0];
	uint8_t octets[UUID_OCTETS];
	TEE_UUID uuid;

	(void)argc;
	if (!uuid_from_text(argv[0], &uuid)) {
		return refuse(parse, "not a UUID: %s", argv[0]);
	}
	if (!params_parse(parse, (const char *const[]){ "v:0", "mo:null", NULL })) {
		return false;
	}
	uuid_to_octets(&uuid, octets);
	memcpy(&param->a, octets, 8);
	memcpy(&param->b, octets + 8, 8);
	return true;
}

/* read|write ADAPTER CHIP SIZE|WHAT [ten-bit] */
static bool i2c_short(struct parse *parse, int argc, char **argv)
{
	bool is_write = strcmp(argv[0], "write") == 0;
	bool is_ten_bit = argc == 5 && strcmp(argv[4], "ten-bit") == 0;
	char head[128];
	char memory[4096];

	if ((!is_write && strcmp(argv[0], "read") != 0) || (argc == 5 && !is_ten_bit)) {
		return refuse(parse, "not read or write ADAPTER CHIP WHAT [ten-bit]");
	}
	snprintf(head, sizeof(head), "v:%d,%s,%s", is_write ? RPC_I2C_WRITE : RPC_I2C_READ, argv[1],
		 argv[2]);
	if (snprintf(memory, sizeof(memory), "mio:%s", argv[3]) >= (int)sizeof(memory)) {
		return refuse(parse, "too long: %s", argv[3]);
	}
	return params_parse(parse, (const char *const[]){ head, is_ten_bit ? "v:1" : "v:0", memory,
							  "vo", NULL });
}

static bool probe_next_short(struct parse *parse, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return params_parse(parse, (const char *const[]){ "vo", "mo:32", NULL });
}

static const struct command {
	const char *name;
	enum rpc_cmd command;
	enum rpc_shm_type memory;
	const char *shorthand; /* NULL: there is none */
	int words_min, words_max;
	bool (*parse)(struct parse *parse, int argc, char **argv);
} commands[] = {
	{ "load-ta", RPC_CMD_LOAD_TA, RPC_SHM_TYPE_APPL, "UUID", 1, 1, load_ta_short },
	{ "rpmb", RPC_CMD_RPMB, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "fs", RPC_CMD_FS, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "get-time", RPC_CMD_GET_TIME, RPC_SHM_TYPE_APPL, "", 0, 0, time_short },
	{ "notification", RPC_CMD_NOTIFICATION, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "suspend", RPC_CMD_SUSPEND, RPC_SHM_TYPE_APPL, "MS", 1, 1, suspend_short },
	{ "shm-alloc", RPC_CMD_SHM_ALLOC, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "gprof", RPC_CMD_GPROF, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "socket", RPC_CMD_SOCKET, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "ftrace", RPC_CMD_FTRACE, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "supp-plugin", RPC_CMD_SUPP_PLUGIN, RPC_SHM_TYPE_APPL, NULL, 0, 0, NULL },
	{ "i2c-transfer", RPC_CMD_I2C_TRANSFER, RPC_SHM_TYPE_KERNEL,
	  "read|write ADAPTER CHIP WHAT [ten-bit]", 4, 5, i2c_short },
	{ "rpmb-probe-reset", RPC_CMD_RPMB_PROBE_RESET, RPC_SHM_TYPE_KERNEL, "", 0, 0, time_short },
	{ "rpmb-probe-next", RPC_CMD_RPMB_PROBE_NEXT, RPC_SHM_TYPE_KERNEL, "", 0, 0,
	  probe_next_short },
	{ "rpmb-frames", RPC_CMD_RPMB_FRAMES, RPC_SHM_TYPE_KERNEL, NULL, 0, 0, NULL },
};

const char *rpc_words_name(size_t index, unsigned int *command, const char **shorthand)
{
	if (index >= array_size(commands)) {
		return NULL;
	}
	*command = commands[index].command;
	*shorthand = commands[index].shorthand;
	return commands[index].name;
}

/* A word that is no parameter in its long form. */
static bool is_short(const char *word)
{
	size_t i;

	for (i = 0; i < array_size(forms); i++) {
		if (strncmp(word, forms[i].word, strlen(forms[i].word)) == 0) {
			return false;
		}
	}
	return true;
}

static bool has_short_form(const struct command *command, int argc, char **argv)
{
	return command->parse != NULL && argc >= command->words_min && argc <= command->words_max &&
	       (argc == 0 || is_short(argv[0]));
}

static bool command_parse(struct parse *parse, int argc, char **argv)
{
	struct pta_rpc_call *call = &parse->words->call;
	uint64_t number;
	size_t i;

	for (i = 0; i < array_size(commands); i++) {
		if (strcmp(argv[0], commands[i].name) == 0) {
			call->cmd = commands[i].command;
			parse->memory = commands[i].memory;
			if (has_short_form(&commands[i], argc - 1, argv + 1)) {
				return commands[i].parse(parse, argc - 1, argv + 1);
			}
			return params_parse(parse, (const char *const *)argv + 1);
		}
	}
	if (!number_parse(argv[0], &number) || number > UINT32_MAX) {
		return refuse(parse, "neither a command nor its number: %s", argv[0]);
	}
	call->cmd = (uint32_t)number;
	return params_parse(parse, (const char *const *)argv + 1);
}

bool rpc_words_parse(int argc, char **argv, struct rpc_words *words, char *error, size_t error_size)
{
	struct parse parse = {
		.words = words,
		.memory = RPC_SHM_TYPE_APPL,
		.error = error,
		.error_size = error_size,
	};

	*words = (struct rpc_words){ 0 };
	if (argc < 1) {
		return refuse(&parse, "which command?");
	}
	if (!command_parse(&parse, argc, argv)) {
		rpc_words_free(words);
		return false;
	}
	return true;
}

void rpc_words_free(struct rpc_words *words)
{
	free(words->data);
	words->data = NULL;
	words->data_size = 0;
}

static const struct {
	uint32_t result;
	const char *name;
} results[] = {
	{ TEE_SUCCESS, "success" },
	{ TEE_ERROR_GENERIC, "generic" },
	{ TEE_ERROR_ACCESS_DENIED, "access denied" },
	{ TEE_ERROR_CANCEL, "cancelled" },
	{ TEE_ERROR_ACCESS_CONFLICT, "access conflict" },
	{ TEE_ERROR_BAD_PARAMETERS, "bad parameters" },
	{ TEE_ERROR_ITEM_NOT_FOUND, "item not found" },
	{ TEE_ERROR_NOT_IMPLEMENTED, "not implemented" },
	{ TEE_ERROR_NOT_SUPPORTED, "not supported" },
	{ TEE_ERROR_OUT_OF_MEMORY, "out of memory" },
	{ TEE_ERROR_BUSY, "busy" },
	{ TEE_ERROR_COMMUNICATION, "communication" },
	{ TEE_ERROR_SHORT_BUFFER, "short buffer" },
	{ TEE_ERROR_TIMEOUT, "timeout" },
	{ TEE_ERROR_STORAGE_NO_SPACE, "no space" },
	{ RPC_SOCKET_ERROR_TIMEOUT, "socket: timeout" },
	{ RPC_SOCKET_ERROR_HOSTNAME, "socket: no such host" },
	{ RPC_SOCKET_ERROR_OUT_OF_RESOURCES, "socket: out of resources" },
};

const char *rpc_words_result(unsigned int result)
{
	size_t i;

	for (i = 0; i < array_size(results); i++) {
		if (results[i].result == result) {
			return results[i].name;
		}
	}
	return NULL;
}
