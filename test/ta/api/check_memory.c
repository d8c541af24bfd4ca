/* check_memory.c - the heap, and whose memory is whose. */
#include <malloc.h>
#include <string.h>
#include <util.h>

#include "check.h"

#define READ  TEE_MEMORY_ACCESS_READ
#define WRITE TEE_MEMORY_ACCESS_WRITE
#define ANY   TEE_MEMORY_ACCESS_ANY_OWNER

static char data[16] = "data";
static const char constant[] = "constant";

TEE_Result check_memory(const struct client_memory *client)
{
	uint8_t *block = TEE_Malloc(300 * 1024, TEE_MALLOC_FILL_ZERO);
	uint8_t *own = TEE_Malloc(1024, TEE_MALLOC_NO_SHARE);
	void *library;

	(void)client;
	EXPECT(block != NULL && own != NULL);
	EXPECT(IS_ALIGNED((uintptr_t)block, 16) && IS_ALIGNED((uintptr_t)own, 16));
	EXPECT(block[0] == 0 && block[300 * 1024 - 1] == 0);
	EXPECT(TEE_Malloc(300 * 1024, TEE_MALLOC_FILL_ZERO) == NULL);
	library = malloc(100 * 1024);
	EXPECT(library != NULL);
	free(library);
	block = TEE_Realloc(block, 400 * 1024);
	EXPECT(block != NULL && block[400 * 1024 - 1] == 0);
	TEE_Free(block);
	TEE_Free(own);
	TEE_SetInstanceData(data);
	EXPECT(TEE_GetInstanceData() == data);
	return TEE_SUCCESS;
}

static bool allowed(uint32_t flags, const void *buffer, size_t size)
{
	return TEE_CheckMemoryAccessRights(flags, (void *)(uintptr_t)buffer, size) == TEE_SUCCESS;
}

TEE_Result check_access(const struct client_memory *client)
{
	char stack[16];
	uint8_t *block = TEE_Malloc(16, TEE_MALLOC_FILL_ZERO);

	EXPECT(allowed(READ | WRITE, stack, sizeof(stack)));
	EXPECT(allowed(READ | WRITE, data, sizeof(data)));
	EXPECT(allowed(READ | WRITE, block, 16));
	EXPECT(!allowed(READ | WRITE, block, 17));
	TEE_Free(block);
	EXPECT(!allowed(READ, block, 16));

	EXPECT(allowed(READ, constant, sizeof(constant)));
	EXPECT(!allowed(WRITE, constant, sizeof(constant)));
	EXPECT(allowed(READ, (void *)(uintptr_t)check_memory, 1));
	EXPECT(!allowed(WRITE, (void *)(uintptr_t)check_memory, 1));
	EXPECT(!allowed(READ, NULL, 1));
	EXPECT(!allowed(READ, (void *)UINTPTR_MAX, 2));
	EXPECT(!allowed(READ | ANY, (void *)4096, 1));
	EXPECT(allowed(READ | WRITE, NULL, 0));

	EXPECT(allowed(READ | WRITE | ANY, client->writable, client->size));
	EXPECT(!allowed(READ, client->writable, client->size));
	EXPECT(allowed(READ | ANY, client->readable, client->size));
	EXPECT(!allowed(WRITE | ANY, client->readable, client->size));
	return TEE_SUCCESS;
}
