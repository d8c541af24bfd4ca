#include "sim/service.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "abi/device.h"
#include "abi/gp.h"
#include "abi/rpmb.h"
#include "lib/bits.h"
#include "lib/bytes.h"
#include "lib/uuid.h"
#include "normal/rpmb/device.h"
#include "sim/ta.h"
#include "sim/ta_image.h"
#include "sim/trouble.h"

#define FILE_SIZE_MAX (32u << 20)

#define VALUE_IN   TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUT  TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define MEMORY_IN  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEMORY_OUT TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT

struct service *service_new(void)
{
	static const struct rpmb_geometry geometry = { { 0x51, 'S', 'I', 'M' }, 1, 1 };
	struct service *service = calloc(1, sizeof(*service));

	if (service == NULL) {
		trouble("no memory for a supplicant");
	}
	service->own_rpmb = rpmb_device_new(&geometry, NULL, NULL);
	if (service->own_rpmb == NULL) {
		trouble("no memory for an RPMB device");
	}
	service->rpmb = service->own_rpmb;
	service_restart(service);
	return service;
}

void service_free(struct service *service)
{
	for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
		free(service->files[i].bytes);
	}
	rpmb_device_free(service->own_rpmb);
	free(service);
}

/* --- Files ------------------------------------------------------------------------------------ */

static bool file_is_open(const struct service *service, const struct service_file *file)
{
	for (size_t i = 0; i < SERVICE_HANDLES_MAX; i++) {
		if (service->handles[i] == file - service->files) {
			return true;
		}
	}
	return false;
}

/* A file without a name lives as long as it is open. */
static void file_settle(struct service *service, struct service_file *file)
{
	if (file->name[0] == '\0' && !file_is_open(service, file)) {
		free(file->bytes);
		*file = (struct service_file){ 0 };
	}
}

void service_restart(struct service *service)
{
	outside_restart(&service->outside);
	for (size_t i = 0; i < SERVICE_HANDLES_MAX; i++) {
		service->handles[i] = -1;
		service->directories[i].name[0] = '\0';
	}
	for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
		file_settle(service, &service->files[i]);
	}
}

unsigned int service_handles(const struct service *service)
{
	unsigned int count = 0;

	for (size_t i = 0; i < SERVICE_HANDLES_MAX; i++) {
		count += service->handles[i] >= 0 ? 1 : 0;
		count += service->directories[i].name[0] != '\0' ? 1 : 0;
	}
	return count;
}

/* --- TA images -------------------------------------------------------------------------------- */

static uint32_t load_ta(struct service_param *params, unsigned int count)
{
	const struct ta_script *script;
	uint8_t octets[UUID_OCTETS];
	struct ta_image image;
	TEE_UUID uuid;
	bool fits;

	if (count != 2 || params[0].type != VALUE_IN || params[1].type != MEMORY_OUT) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	store_le64(octets, params[0].a);
	store_le64(octets + sizeof(uint64_t), params[0].b);
	uuid = uuid_from_octets(octets);
	script = ta_find(&uuid);
	if (script == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	image = ta_image_get(script);
	fits = params[1].data != NULL && params[1].size >= image.size;
	if (fits) {
		memcpy(params[1].data, image.bytes, image.size);
	} else if (params[1].data != NULL) {
		params[1].size = image.size;
		return TEE_ERROR_SHORT_BUFFER;
	}
	params[1].size = image.size;
	return TEE_SUCCESS;
}

/* --- Names and handles ------------------------------------------------------------------------ */

static const char *name_of(const struct service_param *param)
{
	if (param->data == NULL || memchr(param->data, '\0', param->size) == NULL) {
		return NULL;
	}
	return (const char *)param->data;
}

static struct service_file *file_find(struct service *service, const char *name)
{
	for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
		if (service->files[i].name[0] != '\0' &&
		    strcmp(service->files[i].name, name) == 0) {
			return &service->files[i];
		}
	}
	return NULL;
}

static struct service_file *file_new(struct service *service, const char *name)
{
	for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
		struct service_file *file = &service->files[i];

		if (file->name[0] == '\0' && !file_is_open(service, file)) {
			strncpy(file->name, name, sizeof(file->name) - 1);
			return file;
		}
	}
	return NULL;
}

static void file_forget(struct service *service, struct service_file *file)
{
	file->name[0] = '\0';
	file_settle(service, file);
}

static bool file_resize(struct service_file *file, uint64_t size)
{
	uint8_t *bytes;

	if (size > FILE_SIZE_MAX) {
		return false;
	}
	bytes = calloc(1, size + 1);
	if (bytes == NULL) {
		return false;
	}
	if (file->size > 0) {
		memcpy(bytes, file->bytes, size < file->size ? size : file->size);
	}
	free(file->bytes);
	file->bytes = bytes;
	file->size = size;
	return true;
}

static uint32_t handle_open(struct service *service, const struct service_file *file,
			    struct service_param *result)
{
	for (size_t i = 0; i < SERVICE_HANDLES_MAX; i++) {
		if (service->handles[i] < 0) {
			service->handles[i] = (int)(file - service->files);
			result->a = i;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

static struct service_file *handle_file(struct service *service, uint64_t handle)
{
	if (handle >= SERVICE_HANDLES_MAX || service->handles[handle] < 0) {
		return NULL;
	}
	return &service->files[service->handles[handle]];
}

/* --- Operations: the shape of the parameters is known to be right ----------------------------- */

static uint32_t fs_open(struct service *service, struct service_param *params)
{
	const char *name = name_of(&params[1]);
	struct service_file *file = name == NULL ? NULL : file_find(service, name);

	if (name == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return file == NULL ? TEE_ERROR_ITEM_NOT_FOUND : handle_open(service, file, &params[2]);
}

static uint32_t fs_create(struct service *service, struct service_param *params)
{
	const char *name = name_of(&params[1]);
	struct service_file *file;

	if (name == NULL || name[0] == '\0' || strlen(name) >= RPC_FS_NAME_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	file = file_find(service, name);
	if (file == NULL) {
		file = file_new(service, name);
	}
	if (file == NULL || !file_resize(file, 0)) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	return handle_open(service, file, &params[2]);
}

static uint32_t fs_close(struct service *service, struct service_param *params)
{
	struct service_file *file = handle_file(service, params[0].b);

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	service->handles[params[0].b] = -1;
	file_settle(service, file);
	return TEE_SUCCESS;
}

static uint32_t fs_read(struct service *service, struct service_param *params)
{
	const struct service_file *file = handle_file(service, params[0].b);
	uint64_t offset = params[0].c;
	uint64_t size;

	if (file == NULL || (params[1].data == NULL && params[1].size != 0)) {
		return file == NULL ? TEE_ERROR_GENERIC : TEE_ERROR_BAD_PARAMETERS;
	}
	size = offset < file->size ? file->size - offset : 0;
	if (size > params[1].size) {
		size = params[1].size;
	}
	if (size > 0) {
		memcpy(params[1].data, file->bytes + offset, size);
	}
	params[1].size = size;
	return TEE_SUCCESS;
}

static uint32_t fs_write(struct service *service, struct service_param *params)
{
	struct service_file *file = handle_file(service, params[0].b);
	uint64_t end;

	if (file == NULL || params[1].data == NULL) {
		return file == NULL ? TEE_ERROR_GENERIC : TEE_ERROR_BAD_PARAMETERS;
	}
	if (__builtin_add_overflow(params[0].c, params[1].size, &end) ||
	    (end > file->size && !file_resize(file, end))) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	memcpy(file->bytes + params[0].c, params[1].data, params[1].size);
	return TEE_SUCCESS;
}

static uint32_t fs_truncate(struct service *service, struct service_param *params)
{
	struct service_file *file = handle_file(service, params[0].b);

	if (file == NULL) {
		return TEE_ERROR_GENERIC;
	}
	return file_resize(file, params[0].c) ? TEE_SUCCESS : TEE_ERROR_STORAGE_NO_SPACE;
}

static uint32_t fs_remove(struct service *service, struct service_param *params)
{
	const char *name = name_of(&params[1]);
	struct service_file *file = name == NULL ? NULL : file_find(service, name);

	if (file == NULL) {
		return name == NULL ? TEE_ERROR_BAD_PARAMETERS : TEE_ERROR_ITEM_NOT_FOUND;
	}
	file_forget(service, file);
	return TEE_SUCCESS;
}

static uint32_t fs_rename(struct service *service, struct service_param *params)
{
	const char *from = name_of(&params[1]);
	const char *to = name_of(&params[2]);
	struct service_file *file;
	struct service_file *target;

	if (from == NULL || to == NULL || to[0] == '\0' || strlen(to) >= RPC_FS_NAME_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	file = file_find(service, from);
	target = file_find(service, to);
	if (file == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	if (target != NULL && params[0].b == 0) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	if (target != NULL && target != file) {
		file_forget(service, target);
	}
	strncpy(file->name, to, sizeof(file->name) - 1);
	return TEE_SUCCESS;
}

/* The name of a file that is in a directory, from there; NULL: it is not. */
static const char *name_inside(const char *name, const char *directory)
{
	size_t length = strlen(directory);

	while (length > 0 && directory[length - 1] == '/') {
		length--;
	}
	if (strncmp(name, directory, length) != 0 || name[length] != '/') {
		return NULL;
	}
	return name + length + 1;
}

/* Was the directory that file number `index` is in, below `directory`, listed with an earlier
 * file? */
static bool name_was_listed(const struct service *service, const char *directory,
			    unsigned int index)
{
	const char *name = name_inside(service->files[index].name, directory);
	size_t length = strcspn(name, "/");

	for (unsigned int i = 0; i < index; i++) {
		const char *other = name_inside(service->files[i].name, directory);

		if (other != NULL && strncmp(other, name, length) == 0 &&
		    strcspn(other, "/") == length) {
			return true;
		}
	}
	return false;
}

static uint32_t fs_readdir(struct service *service, struct service_param *params)
{
	struct service_directory *directory;
	size_t size;

	if (params[0].b >= SERVICE_HANDLES_MAX ||
	    service->directories[params[0].b].name[0] == '\0') {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	directory = &service->directories[params[0].b];
	while (directory->next < SERVICE_FILES_MAX) {
		const char *name =
			name_inside(service->files[directory->next].name, directory->name);

		directory->next++;
		if (name == NULL ||
		    name_was_listed(service, directory->name, directory->next - 1)) {
			continue;
		}
		size = strcspn(name, "/") + 1;
		if (params[1].data == NULL || params[1].size < size) {
			params[1].size = size;
			return TEE_ERROR_SHORT_BUFFER;
		}
		memcpy(params[1].data, name, size - 1);
		params[1].data[size - 1] = '\0';
		params[1].size = size;
		return TEE_SUCCESS;
	}
	return TEE_ERROR_ITEM_NOT_FOUND;
}

static bool directory_is_empty(const struct service *service, const char *name)
{
	for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
		if (name_inside(service->files[i].name, name) != NULL) {
			return false;
		}
	}
	return true;
}

static uint32_t fs_opendir(struct service *service, struct service_param *params)
{
	const char *name = name_of(&params[1]);

	if (name == NULL || name[0] == '\0' || strlen(name) >= RPC_FS_NAME_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (directory_is_empty(service, name)) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	for (size_t i = 0; i < SERVICE_HANDLES_MAX; i++) {
		struct service_directory *directory = &service->directories[i];

		if (directory->name[0] == '\0') {
			strncpy(directory->name, name, sizeof(directory->name) - 1);
			directory->next = 0;
			params[2].a = i;
			return TEE_SUCCESS;
		}
	}
	return TEE_ERROR_OUT_OF_MEMORY;
}

static uint32_t fs_closedir(struct service *service, struct service_param *params)
{
	if (params[0].b >= SERVICE_HANDLES_MAX ||
	    service->directories[params[0].b].name[0] == '\0') {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	service->directories[params[0].b].name[0] = '\0';
	return TEE_SUCCESS;
}

struct operation {
	uint32_t (*work)(struct service *service, struct service_param *params);
	unsigned int count;
	uint32_t types[2]; /* of the parameters after the first */
};

static const struct operation operations[] = {
	[RPC_FS_OPEN] = { fs_open, 3, { MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CREATE] = { fs_create, 3, { MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CLOSE] = { fs_close, 1, { 0 } },
	[RPC_FS_READ] = { fs_read, 2, { MEMORY_OUT } },
	[RPC_FS_WRITE] = { fs_write, 2, { MEMORY_IN } },
	[RPC_FS_TRUNCATE] = { fs_truncate, 1, { 0 } },
	[RPC_FS_REMOVE] = { fs_remove, 2, { MEMORY_IN } },
	[RPC_FS_RENAME] = { fs_rename, 3, { MEMORY_IN, MEMORY_IN } },
	[RPC_FS_OPENDIR] = { fs_opendir, 3, { MEMORY_IN, VALUE_OUT } },
	[RPC_FS_CLOSEDIR] = { fs_closedir, 1, { 0 } },
	[RPC_FS_READDIR] = { fs_readdir, 2, { MEMORY_OUT } },
};

static bool shape_is_right(const struct operation *operation, const struct service_param *params,
			   unsigned int count)
{
	if (count != operation->count) {
		return false;
	}
	for (unsigned int i = 1; i < count; i++) {
		if (params[i].type != operation->types[i - 1]) {
			return false;
		}
	}
	return true;
}

static uint32_t fs(struct service *service, struct service_param *params, unsigned int count)
{
	const struct operation *operation;

	if (count == 0 || params[0].type != VALUE_IN || params[0].a >= array_size(operations)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	operation = &operations[params[0].a];
	service->operations[params[0].a]++;
	if (!shape_is_right(operation, params, count)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	return operation->work(service, params);
}

/* --- RPMB ------------------------------------------------------------------------------------- */

static uint32_t rpmb_info(struct rpmb_device *device, const struct service_param params[2])
{
	struct rpmb_dev_info info = { .ret_code = RPMB_DEV_INFO_OK };
	struct rpmb_geometry geometry;

	if (params[0].size != sizeof(struct rpmb_request) || params[1].size != sizeof(info)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	rpmb_device_geometry(device, &geometry);
	memcpy(info.cid, geometry.cid, sizeof(info.cid));
	info.rpmb_size_mult = geometry.size_mult;
	info.rel_wr_sec_c = geometry.rel_wr;
	memcpy(params[1].data, &info, sizeof(info));
	return TEE_SUCCESS;
}

static uint32_t rpmb_frames(struct rpmb_device *device, const struct service_param params[2])
{
	size_t count = params[1].size / RPMB_FRAME_SIZE;
	struct rpmb_frame request;
	int error;

	if (params[0].size != sizeof(struct rpmb_request) + sizeof(request) || count == 0 ||
	    params[1].size % RPMB_FRAME_SIZE != 0) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	memcpy(&request, params[0].data + sizeof(struct rpmb_request), sizeof(request));
	error = rpmb_device_exchange(device, &request, 1, (struct rpmb_frame *)params[1].data,
				     count);
	return error == 0 ? TEE_SUCCESS : TEE_ERROR_GENERIC;
}

static uint32_t rpmb(const struct service *service, const struct service_param *params,
		     unsigned int count)
{
	struct rpmb_request header;

	if (count != 2 || params[0].type != MEMORY_IN || params[1].type != MEMORY_OUT ||
	    params[0].data == NULL || params[1].data == NULL || params[0].size < sizeof(header)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (service->rpmb == NULL) {
		return TEE_ERROR_ITEM_NOT_FOUND;
	}
	memcpy(&header, params[0].data, sizeof(header));
	switch (header.cmd) {
	case RPMB_CMD_DATA_REQ:
		return rpmb_frames(service->rpmb, params);
	case RPMB_CMD_GET_DEV_INFO:
		return rpmb_info(service->rpmb, params);
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

uint32_t service_answer(struct service *service, uint32_t command, struct service_param *params,
			unsigned int count)
{
	switch (command) {
	case RPC_CMD_LOAD_TA:
		return load_ta(params, count);
	case RPC_CMD_FS:
		return fs(service, params, count);
	case RPC_CMD_RPMB:
		return rpmb(service, params, count);
	case RPC_CMD_SOCKET:
		return outside_socket(&service->outside, params, count);
	case RPC_CMD_SUPP_PLUGIN:
		return outside_plugin_invoke(params, count);
	case RPC_CMD_GPROF:
		return outside_profile(&service->outside, params, count);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
