#include "secure/tee/fake_rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/uuid.h"
#include "secure/core/fake_port.h"
#include "secure/core/rpc_thread.h"

/* --- shared memory --- */

struct shm {
	uint64_t cookie;
	unsigned int users;
	size_t size;
	uint64_t pages[64];
	uint8_t *bytes;
};

static unsigned int live;
static bool scrambling;
static bool exhausted;

struct shm *fake_shm(size_t size)
{
	static uint64_t cookie = 1;
	struct shm *shm = calloc(1, sizeof(*shm));

	assert_non_null(shm);
	shm->cookie = cookie++;
	shm->users = 1;
	shm->size = size;
	shm->bytes = aligned_alloc(PORT_PAGE_SIZE,
				   (size + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE * PORT_PAGE_SIZE);
	assert_non_null(shm->bytes);
	memset(shm->bytes, 0xa5, size);
	for (size_t i = 0; i < array_size(shm->pages); i++) {
		shm->pages[i] = FAKE_NORMAL_BASE + i * PORT_PAGE_SIZE;
	}
	live++;
	return shm;
}

void shm_get(struct shm *shm)
{
	shm->users++;
}

void shm_put(struct shm *shm)
{
	shm->users--;
	if (shm->users == 0) {
		live--;
		free(shm->bytes);
		free(shm);
	}
}

uint64_t shm_cookie(const struct shm *shm)
{
	return shm->cookie;
}

uint64_t shm_size(const struct shm *shm)
{
	return shm->size;
}

bool shm_covers(const struct shm *shm, uint64_t offset, uint64_t size)
{
	return range_within(offset, size, shm->size);
}

void *shm_address(struct shm *shm, uint64_t offset)
{
	return shm->bytes + offset;
}

const uint64_t *shm_pages(const struct shm *shm, size_t *count, size_t *first_offset)
{
	*count = (shm->size + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE;
	*first_offset = 0;
	assert_true(*count <= array_size(shm->pages));
	return shm->pages;
}

bool shm_copy_in(struct shm *shm, uint64_t offset, void *to, size_t size)
{
	if (!shm_covers(shm, offset, size)) {
		return false;
	}
	memcpy(to, shm->bytes + offset, size);
	for (size_t i = 0; scrambling && i < shm->size; i++) {
		shm->bytes[i] ^= 0xff;
	}
	return true;
}

bool shm_copy_out(struct shm *shm, uint64_t offset, const void *from, size_t size)
{
	if (!shm_covers(shm, offset, size)) {
		return false;
	}
	memcpy(shm->bytes + offset, from, size);
	return true;
}

size_t shm_live(void)
{
	return live;
}

TEE_Result rpc_shm_alloc(uint32_t type, size_t size, struct shm **shm)
{
	assert_int_equal(type, RPC_SHM_TYPE_APPL);
	assert_true(size > 0);
	if (exhausted) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*shm = fake_shm(size);
	return TEE_SUCCESS;
}

void rpc_shm_free(uint32_t type, struct shm *shm)
{
	assert_int_equal(type, RPC_SHM_TYPE_APPL);
	shm_put(shm);
}

static struct shm *payload;

TEE_Result rpc_payload(enum rpc_payload user, uint32_t type, size_t size, struct shm **shm)
{
	assert_int_equal(user, RPC_PAYLOAD_FS);
	if (payload != NULL && payload->size < size) {
		shm_put(payload);
		payload = NULL;
	}
	if (payload == NULL) {
		TEE_Result res = rpc_shm_alloc(type, size, &payload);

		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	*shm = payload;
	return TEE_SUCCESS;
}

void rpc_payload_drop(enum rpc_payload user)
{
	if (payload != NULL) {
		shm_put(payload);
		payload = NULL;
	}
}

/* --- files --- */

struct file {
	char name[RPC_FS_NAME_MAX];
	uint8_t *data;
	size_t size;
	unsigned int users;
	bool linked;
};

struct directory {
	bool open;
	char prefix[RPC_FS_NAME_MAX];
	unsigned int next;
};

static struct file *files[FAKE_FILES_MAX];
static struct file *opened[FAKE_OPEN_MAX];
static struct directory directories[FAKE_OPEN_MAX];
static size_t space_limit = SIZE_MAX;

static struct file **file_slot(const char *name)
{
	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		if (files[i] != NULL && strcmp(files[i]->name, name) == 0) {
			return &files[i];
		}
	}
	return NULL;
}

static void file_drop(struct file *file)
{
	if (!file->linked && file->users == 0) {
		free(file->data);
		free(file);
	}
}

static void file_unlink(struct file **slot)
{
	struct file *file = *slot;

	*slot = NULL;
	file->linked = false;
	file_drop(file);
}

static struct file *file_make(const char *name)
{
	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		if (files[i] == NULL) {
			files[i] = calloc(1, sizeof(*files[i]));
			assert_non_null(files[i]);
			strcpy(files[i]->name, name);
			files[i]->linked = true;
			return files[i];
		}
	}
	fail_msg("too many files");
	return NULL;
}

static size_t files_size(void)
{
	size_t size = 0;

	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		size += files[i] == NULL ? 0 : files[i]->size;
	}
	return size;
}

static bool file_resize(struct file *file, uint64_t size)
{
	uint8_t *data;

	if (size > file->size && files_size() + (size - file->size) > space_limit) {
		return false;
	}
	data = realloc(file->data, size + 1);
	assert_non_null(data);
	if (size > file->size) {
		memset(data + file->size, 0, size - file->size);
	}
	file->data = data;
	file->size = size;
	return true;
}

uint8_t *fake_file(const char *name, size_t *size)
{
	struct file **slot = file_slot(name);

	if (slot == NULL) {
		return NULL;
	}
	*size = (*slot)->size;
	return (*slot)->data;
}

void fake_file_put(const char *name, const void *data, size_t size)
{
	struct file **slot = file_slot(name);
	struct file *file = slot == NULL ? file_make(name) : *slot;

	assert_true(file_resize(file, size));
	memcpy(file->data, data, size);
}

unsigned int fake_files(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		count += files[i] != NULL;
	}
	return count;
}

const char *fake_file_name(unsigned int index)
{
	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		if (files[i] != NULL && index-- == 0) {
			return files[i]->name;
		}
	}
	fail_msg("no such file");
	return NULL;
}

unsigned int fake_files_open(void)
{
	unsigned int count = 0;

	for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
		count += opened[i] != NULL;
		count += directories[i].open;
	}
	return count;
}

void fake_files_limit(size_t limit)
{
	space_limit = limit;
}

/* --- the eleven operations --- */

static const char *name_of(const struct rpc_param *param)
{
	const char *name = (const char *)param->shm->bytes + param->offset;

	assert_int_equal(param->size, RPC_FS_NAME_MAX);
	assert_non_null(memchr(name, '\0', RPC_FS_NAME_MAX));
	return name;
}

static TEE_Result file_open(struct file *file, uint64_t *number)
{
	for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
		if (opened[i] == NULL) {
			opened[i] = file;
			file->users++;
			*number = 1000 + i;
			return TEE_SUCCESS;
		}
	}
	fail_msg("too many open files");
	return TEE_ERROR_GENERIC;
}

static struct file *file_opened(uint64_t number)
{
	return number - 1000 < FAKE_OPEN_MAX ? opened[number - 1000] : NULL;
}

static TEE_Result serve_open(struct rpc_param *params)
{
	struct file **slot = file_slot(name_of(&params[1]));

	return slot == NULL ? TEE_ERROR_ITEM_NOT_FOUND : file_open(*slot, &params[2].a);
}

static TEE_Result serve_create(struct rpc_param *params)
{
	struct file **slot = file_slot(name_of(&params[1]));
	struct file *file = slot == NULL ? file_make(name_of(&params[1])) : *slot;

	assert_true(file_resize(file, 0));
	return file_open(file, &params[2].a);
}

static TEE_Result serve_close(struct rpc_param *params)
{
	struct file *file = file_opened(params[0].b);

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	opened[params[0].b - 1000] = NULL;
	file->users--;
	file_drop(file);
	return TEE_SUCCESS;
}

static TEE_Result serve_read(struct rpc_param *params)
{
	struct file *file = file_opened(params[0].b);
	uint64_t offset = params[0].c;
	size_t size = params[1].size;

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	if (offset > file->size) {
		offset = file->size;
	}
	if (size > file->size - offset) {
		size = file->size - offset;
	}
	memcpy(params[1].shm->bytes + params[1].offset, file->data + offset, size);
	params[1].size = size;
	return TEE_SUCCESS;
}

static TEE_Result serve_write(struct rpc_param *params)
{
	struct file *file = file_opened(params[0].b);
	uint64_t end = params[0].c + params[1].size;

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	if (end > file->size && !file_resize(file, end)) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	memcpy(file->data + params[0].c, params[1].shm->bytes + params[1].offset, params[1].size);
	return TEE_SUCCESS;
}

static TEE_Result serve_truncate(struct rpc_param *params)
{
	struct file *file = file_opened(params[0].b);

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	return file_resize(file, params[0].c) ? TEE_SUCCESS : TEE_ERROR_STORAGE_NO_SPACE;
}

static TEE_Result serve_remove(struct rpc_param *params)
{
	struct file **slot = file_slot(name_of(&params[1]));

	if (slot == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	file_unlink(slot);
	return TEE_SUCCESS;
}

static TEE_Result serve_rename(struct rpc_param *params)
{
	struct file **from = file_slot(name_of(&params[1]));
	struct file **to = file_slot(name_of(&params[2]));

	if (from == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (to != NULL && params[0].b == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	if (to != NULL) {
		file_unlink(to);
	}
	strcpy((*from)->name, name_of(&params[2]));
	return TEE_SUCCESS;
}

static bool in_directory(const struct file *file, const char *prefix)
{
	size_t length = strlen(prefix);

	return file != NULL && strncmp(file->name, prefix, length) == 0 &&
	       file->name[length] == '/' && strchr(file->name + length + 1, '/') == NULL;
}

static TEE_Result serve_opendir(struct rpc_param *params)
{
	const char *prefix = name_of(&params[1]);
	bool empty = true;

	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		empty = empty && !in_directory(files[i], prefix);
	}
	if (empty) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
		if (!directories[i].open) {
			directories[i].open = true;
			directories[i].next = 0;
			strcpy(directories[i].prefix, prefix);
			params[2].a = i;
			return TEE_SUCCESS;
		}
	}
	fail_msg("too many open directories");
	return TEE_ERROR_GENERIC;
}

static struct directory *directory_opened(uint64_t number)
{
	return number < FAKE_OPEN_MAX && directories[number].open ? &directories[number] : NULL;
}

static TEE_Result serve_closedir(struct rpc_param *params)
{
	struct directory *directory = directory_opened(params[0].b);

	if (directory == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	directory->open = false;
	return TEE_SUCCESS;
}

static TEE_Result serve_readdir(struct rpc_param *params)
{
	struct directory *directory = directory_opened(params[0].b);
	size_t room = params[1].size;

	if (directory == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	while (directory->next < FAKE_FILES_MAX) {
		struct file *file = files[directory->next++];

		if (in_directory(file, directory->prefix)) {
			const char *name = strrchr(file->name, '/') + 1;

			params[1].size = strlen(name) + 1;
			if (params[1].size > room) {
				return TEE_ERROR_SHORT_BUFFER;
			}
			memcpy(params[1].shm->bytes + params[1].offset, name, params[1].size);
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

#define IN    RPC_PARAM_MEMREF_INPUT
#define OUT   RPC_PARAM_MEMREF_OUTPUT
#define VALUE RPC_PARAM_VALUE_OUTPUT

static const struct operation {
	TEE_Result (*serve)(struct rpc_param *params);
	size_t count;
	enum rpc_param_type types[2];
} operations[RPC_FS_OPERATIONS] = {
	[RPC_FS_OPEN] = { serve_open, 3, { IN, VALUE } },
	[RPC_FS_CREATE] = { serve_create, 3, { IN, VALUE } },
	[RPC_FS_CLOSE] = { serve_close, 1, { 0 } },
	[RPC_FS_READ] = { serve_read, 2, { OUT } },
	[RPC_FS_WRITE] = { serve_write, 2, { IN } },
	[RPC_FS_TRUNCATE] = { serve_truncate, 1, { 0 } },
	[RPC_FS_REMOVE] = { serve_remove, 2, { IN } },
	[RPC_FS_RENAME] = { serve_rename, 3, { IN, IN } },
	[RPC_FS_OPENDIR] = { serve_opendir, 3, { IN, VALUE } },
	[RPC_FS_CLOSEDIR] = { serve_closedir, 1, { 0 } },
	[RPC_FS_READDIR] = { serve_readdir, 2, { OUT } },
};

static TEE_Result serve_fs(struct rpc_param *params, size_t count)
{
	const struct operation *operation;

	if (count == 0 || params[0].type != RPC_PARAM_VALUE_INPUT ||
	    params[0].a >= RPC_FS_OPERATIONS) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	operation = &operations[params[0].a];
	if (count != operation->count) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (size_t i = 1; i < count; i++) {
		if (params[i].type != operation->types[i - 1]) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
	}
	return operation->serve(params);
}

/* --- TA images --- */

static struct {
	TEE_UUID uuid;
	const void *data;
	size_t size;
} ta;

void fake_ta_put(const TEE_UUID *uuid, const void *image, size_t size)
{
	ta.uuid = *uuid;
	ta.data = image;
	ta.size = size;
}

static TEE_Result serve_load_ta(struct rpc_param *params, size_t count)
{
	uint8_t octets[UUID_OCTETS];
	size_t room = params[1].size;
	TEE_UUID uuid;

	if (count != 2 || params[0].type != RPC_PARAM_VALUE_INPUT ||
	    params[1].type != RPC_PARAM_MEMREF_OUTPUT) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(octets, &params[0].a, 8);
	memcpy(octets + 8, &params[0].b, 8);
	uuid = uuid_from_octets(octets);
	if (ta.data == NULL || !uuid_equal(&uuid, &ta.uuid)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	params[1].size = ta.size;
	if (params[1].shm == NULL) {
		return TEE_SUCCESS;
	}
	if (ta.size > room) {
		return TEE_ERROR_SHORT_BUFFER;
	}
	memcpy(params[1].shm->bytes + params[1].offset, ta.data, ta.size);
	return TEE_SUCCESS;
}

/* --- requests --- */

static unsigned int requests;
static unsigned int fail_first = FAKE_RPC_FOREVER;
static unsigned int fail_last;
static TEE_Result fail_result;
static fake_rpc_liar liar_now;

unsigned int fake_rpc_requests(void)
{
	return requests;
}

void fake_rpc_fail(unsigned int first, unsigned int last, TEE_Result result)
{
	fail_first = requests + first;
	fail_last = last == FAKE_RPC_FOREVER ? last : requests + last;
	fail_result = result;
}

void fake_rpc_lie(fake_rpc_liar liar)
{
	liar_now = liar;
}

void fake_rpc_scramble(bool scramble)
{
	scrambling = scramble;
}

void fake_rpc_exhaust(bool exhaust)
{
	exhausted = exhaust;
}

TEE_Result rpc_call(uint32_t cmd, struct rpc_param *params, size_t count)
{
	TEE_Result res;

	assert_true(count <= RPC_PARAMS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (params[i].shm != NULL) {
			assert_true(shm_covers(params[i].shm, params[i].offset, params[i].size));
		}
	}
	if (cmd == RPC_CMD_NOTIFICATION) {
		return TEE_SUCCESS;
	}
	requests++;
	if (requests >= fail_first && requests <= fail_last) {
		return fail_result;
	}
	assert_true(cmd == RPC_CMD_LOAD_TA || cmd == RPC_CMD_FS);
	res = cmd == RPC_CMD_FS ? serve_fs(params, count) : serve_load_ta(params, count);
	if (liar_now != NULL) {
		liar_now(cmd, params, count, &res);
	}
	return res;
}

void rpc_foreign_interrupt(void)
{
}

/* What thread.c asks of the real ones. */
void rpc_thread_reset(struct rpc_thread *rpc)
{
	(void)rpc;
}

void shm_reset(void)
{
}

void fake_rpc_forget(void)
{
	for (size_t i = 0; i < FAKE_OPEN_MAX; i++) {
		if (opened[i] != NULL) {
			opened[i]->users--;
			file_drop(opened[i]);
			opened[i] = NULL;
		}
		directories[i].open = false;
	}
	for (size_t i = 0; i < FAKE_FILES_MAX; i++) {
		if (files[i] != NULL) {
			file_unlink(&files[i]);
		}
	}
	if (payload != NULL) {
		shm_put(payload);
		payload = NULL;
	}
	ta.data = NULL;
	requests = 0;
	fail_first = FAKE_RPC_FOREVER;
	fail_last = 0;
	liar_now = NULL;
	scrambling = false;
	exhausted = false;
	space_limit = SIZE_MAX;
}

void fake_rpc_reset(void)
{
	unsigned int open = fake_files_open();

	fake_rpc_forget();
	assert_int_equal(open, 0);
	assert_int_equal(live, 0);
}
