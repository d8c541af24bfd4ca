/* vault.c - puts files into the vault TA and gets them back. See usage(). */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_client_api.h>

#include "vault_ta.h"

/* What goes over in one call. */
#define CHUNK_SIZE     (1024u * 1024)
/* `ls` asks again with a larger buffer this often, in case files appear meanwhile. */
#define LIST_TRIES_MAX 8

static TEEC_Context context;
static TEEC_Session session;
/* Shared once, used for every chunk. */
static TEEC_SharedMemory chunk;

/* --- Saying what went wrong ------------------------------------------------------------------ */

static const struct {
	TEEC_Result result;
	const char *text;
} reasons[] = {
	{ TEEC_ERROR_ITEM_NOT_FOUND, "there is no such file in the vault" },
	{ TEEC_ERROR_ACCESS_CONFLICT, "another client is using it; try again later" },
	{ TEEC_ERROR_STORAGE_NO_SPACE, "it is larger than the TEE can store" },
	{ TEEC_ERROR_STORAGE_NOT_AVAILABLE, "the TEE has no storage; is tee-supplicant running?" },
	{ TEEC_ERROR_COMMUNICATION, "the TEE is gone, or its storage does not answer" },
	{ TEEC_ERROR_TARGET_DEAD, "the TA died; the TEE's log says why (postern logs)" },
	{ TEEC_ERROR_OUT_OF_MEMORY, "out of memory" },
	{ 0xF0100001, "what is stored was changed or damaged; it has been removed" },
};

static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].result == result) {
			fprintf(stderr, "vault: %s: %s (0x%08x)\n", what, reasons[i].text, result);
			exit(EXIT_FAILURE);
		}
	}
	fprintf(stderr, "vault: %s: error 0x%08x from origin %u\n", what, result, origin);
	exit(EXIT_FAILURE);
}

static void fail_here(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* --- Calls ----------------------------------------------------------------------------------- */

static void vault_open(void)
{
	static const TEEC_UUID uuid = VAULT_TA_UUID;
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InitializeContext(NULL, &context);

	if (result != TEEC_SUCCESS) {
		fail("no TEE (try: postern run -- vault ...)", result, origin);
	}
	result =
		TEEC_OpenSession(&context, &session, &uuid, TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);
	if (result == TEEC_ERROR_ITEM_NOT_FOUND) {
		fprintf(stderr, "vault: the TEE has no vault TA (0x%08x)\n", result);
		exit(EXIT_FAILURE);
	}
	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
	chunk.size = CHUNK_SIZE;
	chunk.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT;
	result = TEEC_AllocateSharedMemory(&context, &chunk);
	if (result != TEEC_SUCCESS) {
		fail("shared memory", result, TEEC_ORIGIN_API);
	}
}

static void vault_close(void)
{
	TEEC_ReleaseSharedMemory(&chunk);
	TEEC_CloseSession(&session);
	TEEC_FinalizeContext(&context);
}

static void invoke(uint32_t command, TEEC_Operation *operation, const char *what)
{
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result = TEEC_InvokeCommand(&session, command, operation, &origin);

	if (result != TEEC_SUCCESS) {
		fail(what, result, origin);
	}
}

static void invoke_name(uint32_t command, const char *name)
{
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_NONE, TEEC_NONE, TEEC_NONE),
		.params[0].tmpref = { (void *)(uintptr_t)name, strlen(name) },
	};

	invoke(command, &operation, name);
}

/* The size of the file. */
static uint32_t invoke_open(const char *name)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_VALUE_OUTPUT, TEEC_NONE,
					       TEEC_NONE),
		.params[0].tmpref = { (void *)(uintptr_t)name, strlen(name) },
	};

	invoke(VAULT_OPEN, &operation, name);
	return operation.params[1].value.a;
}

static void invoke_write(const char *name, size_t size)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT, TEEC_NONE, TEEC_NONE,
					       TEEC_NONE),
		.params[0].memref = { &chunk, size, 0 },
	};

	invoke(VAULT_WRITE, &operation, name);
}

static size_t invoke_read(const char *name)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_OUTPUT, TEEC_NONE, TEEC_NONE,
					       TEEC_NONE),
		.params[0].memref = { &chunk, CHUNK_SIZE, 0 },
	};

	invoke(VAULT_READ, &operation, name);
	return operation.params[0].memref.size;
}

/* --- Commands -------------------------------------------------------------------------------- */

static void put(const char *name)
{
	size_t size;

	invoke_name(VAULT_CREATE, name);
	do {
		size = fread(chunk.buffer, 1, CHUNK_SIZE, stdin);
		if (size > 0) {
			invoke_write(name, size);
		}
	} while (size == CHUNK_SIZE);
	if (ferror(stdin)) {
		fail_here("vault: standard input");
	}
	invoke(VAULT_COMMIT, NULL, name);
}

static void get(const char *name)
{
	uint32_t size = invoke_open(name);
	uint32_t done = 0;
	size_t count;

	while ((count = invoke_read(name)) > 0) {
		if (fwrite(chunk.buffer, 1, count, stdout) != count) {
			fail_here("vault: standard output");
		}
		done += (uint32_t)count;
	}
	if (fflush(stdout) != 0) {
		fail_here("vault: standard output");
	}
	if (done != size) {
		fprintf(stderr, "vault: %s: %" PRIu32 " bytes of %" PRIu32 " came back\n", name,
			done, size);
		exit(EXIT_FAILURE);
	}
}

static void info(const char *name)
{
	printf("%s: %" PRIu32 " bytes\n", name, invoke_open(name));
}

static void rm(const char *name)
{
	invoke_name(VAULT_REMOVE, name);
}

static int entry_compare(const void *a, const void *b)
{
	const struct vault_entry *left = a;
	const struct vault_entry *right = b;

	return strcmp(left->name, right->name);
}

/* All entries, for free(). */
static struct vault_entry *list_fetch(size_t *count)
{
	struct vault_entry *entries = NULL;
	uint32_t origin = TEEC_ORIGIN_API;
	size_t size = 64 * sizeof(*entries);
	TEEC_Result result = TEEC_ERROR_SHORT_BUFFER;
	TEEC_Operation operation;

	for (int i = 0; i < LIST_TRIES_MAX && result == TEEC_ERROR_SHORT_BUFFER; i++) {
		free(entries);
		entries = malloc(size);
		if (entries == NULL) {
			fail_here("vault: ls");
		}
		operation = (TEEC_Operation){
			.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_OUTPUT, TEEC_NONE,
						       TEEC_NONE, TEEC_NONE),
			.params[0].tmpref = { entries, size },
		};
		result = TEEC_InvokeCommand(&session, VAULT_LIST, &operation, &origin);
		size = operation.params[0].tmpref.size;
	}
	if (result != TEEC_SUCCESS) {
		fail("ls", result, origin);
	}
	*count = size / sizeof(*entries);
	return entries;
}

static void ls(const char *name)
{
	size_t count;
	struct vault_entry *entries = list_fetch(&count);

	(void)name;
	qsort(entries, count, sizeof(*entries), entry_compare);
	for (size_t i = 0; i < count; i++) {
		printf("%10" PRIu32 "  %.*s\n", entries[i].size, (int)entries[i].name_length,
		       entries[i].name);
	}
	free(entries);
}

/* --- The command line ------------------------------------------------------------------------ */

static const struct command {
	const char *name;
	bool takes_name;
	void (*run)(const char *name);
} commands[] = {
	{ "put", true, put }, { "get", true, get }, { "info", true, info },
	{ "rm", true, rm },   { "ls", false, ls },
};

static int usage(FILE *out, int status)
{
	fprintf(out,
		"Usage: vault put NAME < FILE   seal a file; replaces what has this name\n"
		"       vault get NAME > FILE   get it back\n"
		"       vault info NAME         its size\n"
		"       vault rm NAME           remove it\n"
		"       vault ls                size and name of each\n"
		"A name has 1 to %d bytes.\n",
		VAULT_NAME_LENGTH_MAX);
	return status;
}

static const struct command *command_find(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name) == 0 &&
		    argc == (commands[i].takes_name ? 3 : 2)) {
			return &commands[i];
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct command *command = command_find(argc, argv);
	size_t length;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		return usage(stdout, EXIT_SUCCESS);
	}
	if (command == NULL) {
		return usage(stderr, 64);
	}
	length = command->takes_name ? strlen(argv[2]) : 1;
	if (length == 0 || length > VAULT_NAME_LENGTH_MAX) {
		fprintf(stderr, "vault: a name has 1 to %d bytes; '%s' has %zu\n",
			VAULT_NAME_LENGTH_MAX, argv[2], length);
		return 64;
	}
	vault_open();
	command->run(argv[2]);
	vault_close();
	return EXIT_SUCCESS;
}
