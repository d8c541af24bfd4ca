/* check_session.c - a TA as the client of another: the worker of the end-to-end tests. */
#include <string.h>

#include "check.h"
#include "worker_ta.h"

static const TEE_UUID worker = WORKER_TA_UUID;
static uint8_t in[5000];
static uint8_t out[5000];

static TEE_Result open_worker(TEE_TASessionHandle *session)
{
	return TEE_OpenTASession(&worker, TEE_TIMEOUT_INFINITE, 0, NULL, session, NULL);
}

TEE_Result check_session(const struct client_memory *client)
{
	const TEE_UUID nobody = { 1, 2, 3, { 4 } };
	TEE_TASessionHandle session;
	TEE_TASessionHandle other;
	TEE_Param params[TEE_NUM_PARAMS] = { [0].value = { 40, 2 } };
	uint32_t origin = 0;

	(void)client;
	EXPECT_RESULT(TEE_OpenTASession(&nobody, 0, 0, NULL, &session, &origin),
		      TEE_ERROR_ITEM_NOT_FOUND);
	EXPECT(session == TEE_HANDLE_NULL && origin == TEE_ORIGIN_TEE);
	EXPECT_SUCCESS(open_worker(&session));
	EXPECT_SUCCESS(open_worker(&other));
	EXPECT(session != other);
	EXPECT_SUCCESS(TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, WORKER_ADD,
					   TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INOUT, 0, 0, 0),
					   params, &origin));
	EXPECT(params[0].value.a == 42 && origin == TEE_ORIGIN_TRUSTED_APP);
	EXPECT_RESULT(
		TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, WORKER_ORIGIN, 0, NULL, &origin),
		TEE_ERROR_BAD_STATE);
	EXPECT(origin == TEE_ORIGIN_TRUSTED_APP);
	TEE_CloseTASession(session);
	TEE_CloseTASession(other);
	TEE_CloseTASession(TEE_HANDLE_NULL);
	return TEE_SUCCESS;
}

static TEE_Result mirror(TEE_TASessionHandle session, void *from, size_t from_size, void *to,
			 size_t *to_size)
{
	TEE_Param params[TEE_NUM_PARAMS] = {
		[0].memref = { from, from_size },
		[1].memref = { to, *to_size },
	};
	TEE_Result res;

	res = TEE_InvokeTACommand(
		session, TEE_TIMEOUT_INFINITE, WORKER_MIRROR,
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		params, NULL);
	*to_size = params[1].memref.size;
	return res;
}

static bool is_mirrored(const uint8_t *from, const uint8_t *to, size_t size)
{
	uint8_t inverted;

	for (size_t i = 0; i < size; i++) {
		inverted = (uint8_t)~from[i];
		if (to[i] != inverted) {
			return false;
		}
	}
	return true;
}

/* Memory of ours, of the heap, of the stack, of our client: the peer gets a copy or the
 * client's. */
TEE_Result check_session_memory(const struct client_memory *client)
{
	TEE_TASessionHandle session;
	uint8_t stack[100];
	uint8_t *heap = TEE_Malloc(3000, TEE_MALLOC_FILL_ZERO);
	size_t size;

	EXPECT(heap != NULL);
	TEE_GenerateRandom(in, sizeof(in));
	TEE_GenerateRandom(stack, sizeof(stack));
	EXPECT_SUCCESS(open_worker(&session));

	size = sizeof(out);
	EXPECT_SUCCESS(mirror(session, in, sizeof(in), out, &size));
	EXPECT(size == sizeof(in) && is_mirrored(in, out, size));
	size = 3000;
	EXPECT_SUCCESS(mirror(session, stack, sizeof(stack), heap, &size));
	EXPECT(size == sizeof(stack) && is_mirrored(stack, heap, size));
	EXPECT(heap[sizeof(stack)] == 0);
	size = client->size;
	EXPECT_SUCCESS(mirror(session, client->readable, client->size, client->writable, &size));
	EXPECT(size == client->size && is_mirrored(client->readable, client->writable, size));

	/* The peer says how much it needs, and has no room to write it. */
	TEE_MemFill(out, 0x5a, sizeof(out));
	size = 10;
	EXPECT_RESULT(mirror(session, in, 20, out, &size), TEE_ERROR_SHORT_BUFFER);
	EXPECT(size == 20 && out[10] == 0x5a);
	size = 0;
	EXPECT_SUCCESS(mirror(session, NULL, 0, NULL, &size));
	EXPECT(size == 0);
	TEE_CloseTASession(session);
	TEE_Free(heap);
	return TEE_SUCCESS;
}

TEE_Result check_session_death(const struct client_memory *client)
{
	TEE_TASessionHandle session;
	TEE_Param params[TEE_NUM_PARAMS] = { [0].value = { 0x1234, 0 } };
	uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0);
	uint32_t origin = 0;

	(void)client;
	EXPECT_SUCCESS(open_worker(&session));
	EXPECT_RESULT(TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, WORKER_PANIC, types,
					  params, &origin),
		      TEE_ERROR_TARGET_DEAD);
	EXPECT(origin == TEE_ORIGIN_TEE);
	EXPECT_RESULT(
		TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, WORKER_ORIGIN, 0, NULL, &origin),
		TEE_ERROR_TARGET_DEAD);
	TEE_CloseTASession(session);
	EXPECT_SUCCESS(open_worker(&session));
	EXPECT_RESULT(
		TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, WORKER_FAULT, 0, NULL, &origin),
		TEE_ERROR_TARGET_DEAD);
	TEE_CloseTASession(session);
	return TEE_SUCCESS;
}

TEE_Result check_cancellation(const struct client_memory *client)
{
	TEE_TASessionHandle session;
	TEE_Param params[TEE_NUM_PARAMS] = { [0].value = { 60000, 0 } };
	uint32_t types = TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0);

	(void)client;
	EXPECT(!TEE_GetCancellationFlag());
	EXPECT(TEE_UnmaskCancellation());
	EXPECT(!TEE_UnmaskCancellation());
	EXPECT(!TEE_MaskCancellation());
	EXPECT(TEE_MaskCancellation());
	/* The worker unmasks, and waits longer than we do. */
	EXPECT_SUCCESS(open_worker(&session));
	EXPECT_RESULT(TEE_InvokeTACommand(session, 50, WORKER_WAIT, types, params, NULL),
		      TEE_ERROR_CANCEL);
	params[0].value.a = 1;
	EXPECT_SUCCESS(TEE_InvokeTACommand(session, 60000, WORKER_WAIT, types, params, NULL));
	TEE_CloseTASession(session);
	return TEE_SUCCESS;
}
