#include "secure/tee/store.h"

#include "abi/rpc.h"
#include "lib/bytes.h"
#include "lib/uuid.h"
#include "secure/core/log.h"
#include "secure/core/rpc.h"
#include "secure/tee/image.h"

static TEE_Result refuse(const TEE_UUID *uuid, const char *why)
{
	log_error("TA %pUl refused: %s", (const void *)uuid, why);
	return TEE_ERROR_SECURITY;
}

/* LOAD_TA into `shm`, or without a buffer to learn the size. */
static TEE_Result load_call(const TEE_UUID *uuid, struct shm *shm, uint64_t *size)
{
	uint8_t octets[UUID_OCTETS];
	struct rpc_param params[2] = {
		{ .type = RPC_PARAM_VALUE_INPUT },
		{ .type = RPC_PARAM_MEMREF_OUTPUT, .shm = shm, .size = *size },
	};
	TEE_Result res;

	uuid_to_octets(uuid, octets);
	params[0].a = load_le64(octets);
	params[0].b = load_le64(octets + sizeof(uint64_t));
	res = rpc_call(RPC_CMD_LOAD_TA, params, array_size(params));
	*size = params[1].size;
	return res;
}

static TEE_Result size_ask(const TEE_UUID *uuid, size_t *size)
{
	uint64_t asked = 0;
	TEE_Result res;

	res = load_call(uuid, NULL, &asked);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (asked == 0 || asked > STORE_IMAGE_MAX) {
		return refuse(uuid, "size of the file is not accepted");
	}
	*size = asked;
	return TEE_SUCCESS;
}

/* From the normal world into `copy`, once: nothing looks at the shared memory after this. */
static TEE_Result file_copy(const TEE_UUID *uuid, struct shm *shm, void *copy, size_t size)
{
	uint64_t loaded = size;
	TEE_Result res;

	res = load_call(uuid, shm, &loaded);
	if (res == TEE_ERROR_SHORT_BUFFER || (res == TEE_SUCCESS && loaded != size)) {
		return refuse(uuid, "size of the file changed while it was fetched");
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	return shm_copy_in(shm, 0, copy, size) ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

static TEE_Result file_fetch(const TEE_UUID *uuid, void *copy, size_t size)
{
	struct shm *shm;
	TEE_Result res;

	res = rpc_shm_alloc(RPC_SHM_TYPE_APPL, size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = file_copy(uuid, shm, copy, size);
	rpc_shm_free(RPC_SHM_TYPE_APPL, shm);
	return res;
}

static TEE_Result file_verify(const TEE_UUID *uuid, void *file, size_t size,
			      struct store_image *image)
{
	struct image verified;
	TEE_Result res;

	res = image_verify(uuid, file, size, &verified);
	if (res == TEE_SUCCESS) {
		image->elf = verified.elf;
		image->elf_size = verified.elf_size;
		image->version = verified.version;
	}
	return res;
}

TEE_Result store_fetch(const TEE_UUID *uuid, struct store_image *image)
{
	struct port_pages *pages;
	size_t size;
	TEE_Result res;

	res = size_ask(uuid, &size);
	if (res != TEE_SUCCESS) {
		return res;
	}
	pages = port_pages_alloc((size + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE);
	if (pages == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = file_fetch(uuid, port_pages_address(pages), size);
	if (res == TEE_SUCCESS) {
		res = file_verify(uuid, port_pages_address(pages), size, image);
	}
	if (res != TEE_SUCCESS) {
		port_pages_free(pages);
		return res;
	}
	image->pages = pages;
	return TEE_SUCCESS;
}

void store_release(struct store_image *image)
{
	port_pages_free(image->pages);
	*image = (struct store_image){ 0 };
}
