#include "secure/tee/fs.h"

#include <string.h>

#include "secure/core/rpc.h"

/* Where the second name of a request begins. */
#define FS_NAME_STRIDE 512u

static_assert(FS_NAME_STRIDE >= FS_NAME_MAX, "two names do not overlap");

/* --- requests --- */

static TEE_Result buffer_get(size_t size, struct shm **shm)
{
	return rpc_payload(RPC_PAYLOAD_FS, RPC_SHM_TYPE_APPL, size, shm);
}

static struct rpc_param operation(enum rpc_fs number, uint64_t b, uint64_t c)
{
	return (struct rpc_param){ .type = RPC_PARAM_VALUE_INPUT, .a = number, .b = b, .c = c };
}

static struct rpc_param memory(enum rpc_param_type type, struct shm *shm, uint64_t offset,
			       uint64_t size)
{
	return (struct rpc_param){ .type = type, .shm = shm, .offset = offset, .size = size };
}

/* Put `name`, padded with zeros, into slot 0 or 1 of the buffer, and make it a parameter. */
static TEE_Result name_put(struct shm *shm, unsigned int slot, const char *name,
			   struct rpc_param *param)
{
	char padded[FS_NAME_MAX] = { 0 };
	uint64_t offset = slot * FS_NAME_STRIDE;
	size_t length = strlen(name);

	if (length >= sizeof(padded)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(padded, name, length);
	if (!shm_copy_out(shm, offset, padded, sizeof(padded))) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*param = memory(RPC_PARAM_MEMREF_INPUT, shm, offset, sizeof(padded));
	return TEE_SUCCESS;
}

/* A request with one name, and with an answer when `number` is not NULL. */
static TEE_Result named_call(enum rpc_fs what, const char *name, uint64_t *number)
{
	struct rpc_param params[3] = { operation(what, 0, 0) };
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(FS_NAME_MAX, &shm);
	if (res == TEE_SUCCESS) {
		res = name_put(shm, 0, name, &params[1]);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	params[2].type = RPC_PARAM_VALUE_OUTPUT;
	res = rpc_call(RPC_CMD_FS, params, number == NULL ? 2 : 3);
	if (res == TEE_SUCCESS && number != NULL) {
		*number = params[2].a;
	}
	return res;
}

/* A request about a number, without a buffer. */
static TEE_Result numbered_call(enum rpc_fs what, uint64_t number, uint64_t c)
{
	struct rpc_param param = operation(what, number, c);

	return rpc_call(RPC_CMD_FS, &param, 1);
}

/* --- files --- */

TEE_Result fs_open(const char *name, struct fs_file *file)
{
	return named_call(RPC_FS_OPEN, name, &file->number);
}

TEE_Result fs_create(const char *name, struct fs_file *file)
{
	return named_call(RPC_FS_CREATE, name, &file->number);
}

TEE_Result fs_close(struct fs_file file)
{
	return numbered_call(RPC_FS_CLOSE, file.number, 0);
}

/* One RPC's worth. */
static TEE_Result part_read(struct fs_file file, uint64_t offset, void *to, size_t size,
			    size_t *got)
{
	struct rpc_param params[2] = { operation(RPC_FS_READ, file.number, offset) };
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	params[1] = memory(RPC_PARAM_MEMREF_OUTPUT, shm, 0, size);
	res = rpc_call(RPC_CMD_FS, params, array_size(params));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (params[1].size > size || !shm_copy_in(shm, 0, to, params[1].size)) {
		return TEE_ERROR_COMMUNICATION;
	}
	*got = params[1].size;
	return TEE_SUCCESS;
}

static TEE_Result part_write(struct fs_file file, uint64_t offset, const void *from, size_t size)
{
	struct rpc_param params[2] = { operation(RPC_FS_WRITE, file.number, offset) };
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!shm_copy_out(shm, 0, from, size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	params[1] = memory(RPC_PARAM_MEMREF_INPUT, shm, 0, size);
	return rpc_call(RPC_CMD_FS, params, array_size(params));
}

static size_t part_size(size_t left)
{
	return left < FS_TRANSFER_MAX ? left : FS_TRANSFER_MAX;
}

TEE_Result fs_read(struct fs_file file, uint64_t offset, void *to, size_t size, size_t *got)
{
	uint8_t *next = to;

	*got = 0;
	while (*got < size) {
		size_t part = part_size(size - *got);
		size_t part_got = 0;
		TEE_Result res;

		res = part_read(file, offset + *got, next + *got, part, &part_got);
		if (res != TEE_SUCCESS) {
			return res;
		}
		*got += part_got;
		if (part_got < part) {
			break;
		}
	}
	return TEE_SUCCESS;
}

TEE_Result fs_write(struct fs_file file, uint64_t offset, const void *from, size_t size)
{
	const uint8_t *next = from;
	size_t done = 0;

	while (done < size) {
		size_t part = part_size(size - done);
		TEE_Result res;

		res = part_write(file, offset + done, next + done, part);
		if (res != TEE_SUCCESS) {
			return res;
		}
		done += part;
	}
	return TEE_SUCCESS;
}

TEE_Result fs_truncate(struct fs_file file, uint64_t size)
{
	return numbered_call(RPC_FS_TRUNCATE, file.number, size);
}

/* --- names --- */

TEE_Result fs_remove(const char *name)
{
	return named_call(RPC_FS_REMOVE, name, NULL);
}

TEE_Result fs_rename(const char *from, const char *to, enum fs_rename mode)
{
	struct rpc_param params[3] = { operation(RPC_FS_RENAME, mode == FS_RENAME_REPLACE, 0) };
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(FS_NAME_STRIDE + FS_NAME_MAX, &shm);
	if (res == TEE_SUCCESS) {
		res = name_put(shm, 0, from, &params[1]);
	}
	if (res == TEE_SUCCESS) {
		res = name_put(shm, 1, to, &params[2]);
	}
	if (res != TEE_SUCCESS) {
		return res;
	}
	return rpc_call(RPC_CMD_FS, params, array_size(params));
}

/* --- directories --- */

TEE_Result fs_opendir(const char *name, struct fs_directory *directory)
{
	return named_call(RPC_FS_OPENDIR, name, &directory->number);
}

TEE_Result fs_closedir(struct fs_directory directory)
{
	return numbered_call(RPC_FS_CLOSEDIR, directory.number, 0);
}

/* A name of `size` bytes with its NUL, and no other. */
static bool name_is_whole(const char *name, size_t size)
{
	return size >= 2 && memchr(name, '\0', size) == name + size - 1;
}

TEE_Result fs_readdir(struct fs_directory directory, char name[FS_NAME_MAX])
{
	struct rpc_param params[2] = { operation(RPC_FS_READDIR, directory.number, 0) };
	struct shm *shm;
	TEE_Result res;

	res = buffer_get(FS_NAME_MAX, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	params[1] = memory(RPC_PARAM_MEMREF_OUTPUT, shm, 0, FS_NAME_MAX);
	res = rpc_call(RPC_CMD_FS, params, array_size(params));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (params[1].size > FS_NAME_MAX || !shm_copy_in(shm, 0, name, params[1].size) ||
	    !name_is_whole(name, params[1].size)) {
		return TEE_ERROR_COMMUNICATION;
	}
	return TEE_SUCCESS;
}
