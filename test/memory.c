/* memory.c - lends memory to the worker TA in every way there is, of every awkward size and place.
 *
 *	memory [SIZE-MAX]	one line for each shape: its name, size, offset, result, origin
 *
 * The TA inverts what it is given; anything but exactly that is written as result "wrong". Sizes go up to
 * SIZE-MAX (8 MiB). */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tee_client_api.h>

#include "test/ta/worker/worker_ta.h"

#define SIZE_MAX_DEFAULT (8u << 20)
#define PAGE		 4096u

/* Bytes before and after what is lent, which nobody may touch. */
#define MARGIN 64
#define MARK   0xA5

static const TEEC_UUID uuid = WORKER_TA_UUID;

struct client {
	TEEC_Context context;
	TEEC_Session session;
};

_Noreturn static void fail(const char *what, TEEC_Result result, uint32_t origin)
{
	fprintf(stderr, "memory: %s: 0x%08x (origin %u)\n", what, result, origin);
	exit(EXIT_FAILURE);
}

/* --- Buffers --------------------------------------------------------------------------------- */

/* `size` bytes that begin `offset` bytes after the start of a page, with margins. */
struct buffer {
	uint8_t *whole;
	uint8_t *bytes;
	size_t size;
};

static struct buffer buffer_new(size_t size, size_t offset)
{
	struct buffer buffer = { .size = size };

	buffer.whole = aligned_alloc(PAGE, (size + offset + 4 * PAGE) / PAGE * PAGE);
	if (buffer.whole == NULL) {
		fail("memory", TEEC_ERROR_OUT_OF_MEMORY, TEEC_ORIGIN_API);
	}
	buffer.bytes = buffer.whole + PAGE + offset;
	memset(buffer.bytes - MARGIN, MARK, size + 2 * MARGIN);
	return buffer;
}

static bool buffer_margins_are_whole(const struct buffer *buffer)
{
	size_t i;

	for (i = 1; i <= MARGIN; i++) {
		if (buffer->bytes[-(ptrdiff_t)i] != MARK ||
		    buffer->bytes[buffer->size + i - 1] != MARK) {
			return false;
		}
	}
	return true;
}

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8) * 13 + (i >> 16) * 29);
}

static void fill(uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		bytes[i] = pattern(i);
	}
}

static bool is_inverted(const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if ((bytes[i] ^ pattern(i)) != 0xFF) {
			return false;
		}
	}
	return true;
}

/* --- Shapes ---------------------------------------------------------------------------------- */

static void report(const char *name, size_t size, size_t offset, bool right, TEEC_Result result,
		   uint32_t origin)
{
	if (result == TEEC_SUCCESS && !right) {
		printf("%s %zu %zu wrong %u\n", name, size, offset, origin);
	} else {
		printf("%s %zu %zu %08x %u\n", name, size, offset, result, origin);
	}
	fflush(stdout);
}

static TEEC_Result mirror(struct client *client, TEEC_Operation *operation, uint32_t *origin)
{
	*origin = TEEC_ORIGIN_API;
	return TEEC_InvokeCommand(&client->session, WORKER_MIRROR, operation, origin);
}

static void temporary(struct client *client, size_t size, size_t offset)
{
	struct buffer in = buffer_new(size, offset);
	struct buffer out = buffer_new(size, PAGE - 1 - offset);
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, 0, 0),
		.params[0].tmpref = { in.bytes, size },
		.params[1].tmpref = { out.bytes, size },
	};
	uint32_t origin;
	TEEC_Result result;

	fill(in.bytes, size);
	result = mirror(client, &operation, &origin);
	report("temporary", size, offset,
	       operation.params[1].tmpref.size == size && is_inverted(out.bytes, size) &&
		       buffer_margins_are_whole(&in) && buffer_margins_are_whole(&out),
	       result, origin);
	free(in.whole);
	free(out.whole);
}

/* One block for both directions: the first half is read, the second written. */
static void halves(struct client *client, const char *name, TEEC_SharedMemory *memory, size_t size,
		   size_t offset, bool margins, const struct buffer *buffer)
{
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_PARTIAL_INPUT,
					       TEEC_MEMREF_PARTIAL_OUTPUT, 0, 0),
		.params[0].memref = { memory, size, 0 },
		.params[1].memref = { memory, size, size },
	};
	uint8_t *bytes = memory->buffer;
	uint32_t origin;
	TEEC_Result result;

	fill(bytes, size);
	result = mirror(client, &operation, &origin);
	report(name, size, offset,
	       operation.params[1].memref.size == size && is_inverted(bytes + size, size) &&
		       (!margins || buffer_margins_are_whole(buffer)),
	       result, origin);
}

static void registered(struct client *client, size_t size, size_t offset)
{
	struct buffer both = buffer_new(2 * size, offset);
	TEEC_SharedMemory memory = {
		.buffer = both.bytes,
		.size = 2 * size,
		.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT,
	};
	TEEC_Result result = TEEC_RegisterSharedMemory(&client->context, &memory);

	if (result != TEEC_SUCCESS) {
		report("registered", size, offset, false, result, TEEC_ORIGIN_API);
	} else {
		halves(client, "registered", &memory, size, offset, true, &both);
		TEEC_ReleaseSharedMemory(&memory);
	}
	free(both.whole);
}

static void allocated(struct client *client, size_t size)
{
	TEEC_SharedMemory memory = {
		.size = 2 * size,
		.flags = TEEC_MEM_INPUT | TEEC_MEM_OUTPUT,
	};
	TEEC_Result result = TEEC_AllocateSharedMemory(&client->context, &memory);

	if (result != TEEC_SUCCESS) {
		report("allocated", size, 0, false, result, TEEC_ORIGIN_API);
		return;
	}
	halves(client, "allocated", &memory, size, 0, false, NULL);
	TEEC_ReleaseSharedMemory(&memory);
}

/* The whole of a registered block, in one direction each. */
static void whole(struct client *client, size_t size, size_t offset)
{
	struct buffer in = buffer_new(size, offset);
	struct buffer out = buffer_new(size, offset / 2);
	TEEC_SharedMemory from = { .buffer = in.bytes, .size = size, .flags = TEEC_MEM_INPUT };
	TEEC_SharedMemory to = { .buffer = out.bytes, .size = size, .flags = TEEC_MEM_OUTPUT };
	TEEC_Operation operation = {
		.paramTypes = TEEC_PARAM_TYPES(TEEC_MEMREF_WHOLE, TEEC_MEMREF_WHOLE, 0, 0),
		.params[0].memref.parent = &from,
		.params[1].memref.parent = &to,
	};
	uint32_t origin = TEEC_ORIGIN_API;
	TEEC_Result result;

	fill(in.bytes, size);
	result = TEEC_RegisterSharedMemory(&client->context, &from);
	if (result != TEEC_SUCCESS) {
		fail("register", result, origin);
	}
	result = TEEC_RegisterSharedMemory(&client->context, &to);
	if (result != TEEC_SUCCESS) {
		fail("register", result, origin);
	}
	result = mirror(client, &operation, &origin);
	report("whole", size, offset,
	       is_inverted(out.bytes, size) && buffer_margins_are_whole(&out), result, origin);
	TEEC_ReleaseSharedMemory(&to);
	TEEC_ReleaseSharedMemory(&from);
	free(in.whole);
	free(out.whole);
}

/* Too little room is a result of its own, and says how much is wanted. */
static void short_buffer(struct client *client)
{
	uint8_t in[100] = { 0 }, out[10] = { 0 };
	TEEC_Operation operation = {
		.paramTypes =
			TEEC_PARAM_TYPES(TEEC_MEMREF_TEMP_INPUT, TEEC_MEMREF_TEMP_OUTPUT, 0, 0),
		.params[0].tmpref = { in, sizeof(in) },
		.params[1].tmpref = { out, sizeof(out) },
	};
	uint32_t origin;
	TEEC_Result result = mirror(client, &operation, &origin);

	report("short", operation.params[1].tmpref.size, 0, true, result, origin);
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = {
		1, 31, PAGE - 1, PAGE, PAGE + 1, 65537, 1u << 20, 8u << 20
	};
	static const size_t offsets[] = { 0, 1, 2049, PAGE - 1 };
	const size_t size_max = argc > 1 ? strtoul(argv[1], NULL, 0) : SIZE_MAX_DEFAULT;
	uint32_t origin = TEEC_ORIGIN_API;
	struct client client;
	size_t i, j;
	TEEC_Result result = TEEC_InitializeContext(NULL, &client.context);

	if (result == TEEC_SUCCESS) {
		result = TEEC_OpenSession(&client.context, &client.session, &uuid,
					  TEEC_LOGIN_PUBLIC, NULL, NULL, &origin);
	}
	if (result != TEEC_SUCCESS) {
		fail("open session", result, origin);
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i] > size_max) {
			break;
		}
		for (j = 0; j < sizeof(offsets) / sizeof(offsets[0]); j++) {
			/* Two of 8 MiB are 16: once is enough. */
			if (sizes[i] > (1u << 20) && j != 2) {
				continue;
			}
			temporary(&client, sizes[i], offsets[j]);
			registered(&client, sizes[i] / 2 + 1, offsets[j]);
			whole(&client, sizes[i], offsets[j]);
		}
		allocated(&client, sizes[i] / 2 + 1);
	}
	short_buffer(&client);
	TEEC_CloseSession(&client.session);
	TEEC_FinalizeContext(&client.context);
	return EXIT_SUCCESS;
}
