#include "secure/tee/storage_file.h"

#include <string.h>

#include "lib/bytes.h"
#include "lib/format.h"
#include "secure/core/log.h"
#include "secure/tee/storage.h"

/* A file that is being written has this after its name. There is one for an object at most, so what
 * a crash leaves behind is used again by the next write. */
#define TEMPORARY_SUFFIX ".new"

/* Asked for first: a small object comes with one request. */
#define FIRST_READ PORT_PAGE_SIZE

/* --- names --- */

struct path {
	char text[FS_NAME_MAX];
};

#define HEX_SIZE (2 * SEAL_NAME_SIZE + 1)

static_assert(sizeof("ta//") + 36 + HEX_SIZE + sizeof(TEMPORARY_SUFFIX) < FS_NAME_MAX,
	      "a name fits");

static struct path directory_path(const TEE_UUID *uuid)
{
	struct path path;

	format_print(path.text, sizeof(path.text), "ta/%pUl", (const void *)uuid);
	return path;
}

static struct path file_path(const TEE_UUID *uuid, const struct seal_name *name, const char *suffix)
{
	struct path path;
	char hex[HEX_SIZE];

	bytes_to_hex(name->bytes, sizeof(name->bytes), hex);
	format_print(path.text, sizeof(path.text), "ta/%pUl/%s%s", (const void *)uuid, hex, suffix);
	return path;
}

/* --- results --- */

static TEE_Result result_of(TEE_Result res)
{
	switch (res) {
	case TEE_SUCCESS:
	case TEE_ERROR_OUT_OF_MEMORY:
	case TEE_ERROR_STORAGE_NO_SPACE:
		return res;
	default:
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
}

/* The same where one more answer has a meaning. */
static TEE_Result result_of_or(TEE_Result res, TEE_Result also)
{
	return res == also ? res : result_of(res);
}

/* Cleaning up after a failure: what is said about that does not matter any more. */
static void forget(TEE_Result res)
{
	(void)res;
}

/* --- reading --- */

/* `content` holds `got` bytes of the file, which are all of it if they are less than FIRST_READ.
 * Make it hold the whole. */
static TEE_Result rest_read(struct fs_file file, struct seal_content *content, size_t got)
{
	const struct seal_header *header = port_pages_address(content->pages);
	struct seal_content whole;
	size_t size;
	size_t more;
	TEE_Result res;

	size = got < SEAL_OVERHEAD ? 0 : seal_file_size(header, STORAGE_OBJECT_SIZE_MAX);
	if (size == 0 || got > size || (got < size && got < FIRST_READ)) {
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	if (got < FIRST_READ) {
		content->size = size;
		return TEE_SUCCESS;
	}
	/* One byte more is asked for, to see that there is none. */
	if (!seal_content_create(&whole, size + 1)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	memcpy(port_pages_address(whole.pages), header, got);
	res = fs_read(file, got, (uint8_t *)port_pages_address(whole.pages) + got, size + 1 - got,
		      &more);
	if (res != TEE_SUCCESS || more != size - got) {
		seal_content_free(&whole);
		return res != TEE_SUCCESS ? result_of(res) : TEE_ERROR_CORRUPT_OBJECT;
	}
	whole.size = size;
	seal_content_free(content);
	*content = whole;
	return TEE_SUCCESS;
}

static TEE_Result file_read(struct fs_file file, struct seal_content *content)
{
	size_t got;
	TEE_Result res;

	if (!seal_content_create(content, FIRST_READ)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = result_of(fs_read(file, 0, port_pages_address(content->pages), FIRST_READ, &got));
	if (res == TEE_SUCCESS) {
		res = rest_read(file, content, got);
	}
	if (res != TEE_SUCCESS) {
		seal_content_free(content);
	}
	return res;
}

static TEE_Result file_load(const TEE_UUID *uuid, const struct seal_name *name,
			    struct seal_content *content)
{
	struct path path = file_path(uuid, name, "");
	struct fs_file file;
	TEE_Result res;

	res = result_of_or(fs_open(path.text, &file), TEE_ERROR_ITEM_NOT_FOUND);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = file_read(file, content);
	forget(fs_close(file));
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (!seal_open(uuid, name, content)) {
		seal_content_free(content);
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	return TEE_SUCCESS;
}

/* --- writing --- */

/* Sized first: that there is no room shows before anything was written. */
static TEE_Result file_fill(struct fs_file file, const uint8_t *sealed, size_t size)
{
	TEE_Result res;

	res = fs_truncate(file, size);
	if (res == TEE_SUCCESS) {
		res = fs_write(file, 0, sealed, size);
	}
	return result_of(res);
}

static TEE_Result temporary_write(const struct path *path, const uint8_t *sealed, size_t size)
{
	struct fs_file file;
	TEE_Result res;
	TEE_Result closed;

	res = result_of(fs_create(path->text, &file));
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = file_fill(file, sealed, size);
	closed = result_of(fs_close(file));
	return res != TEE_SUCCESS ? res : closed;
}

static TEE_Result sealed_store(const TEE_UUID *uuid, const struct seal_name *name,
			       const uint8_t *sealed, size_t size, enum fs_rename mode)
{
	struct path temporary = file_path(uuid, name, TEMPORARY_SUFFIX);
	struct path path = file_path(uuid, name, "");
	TEE_Result res;

	res = temporary_write(&temporary, sealed, size);
	if (res == TEE_SUCCESS) {
		res = fs_rename(temporary.text, path.text, mode);
		res = mode == FS_RENAME_KEEP ? result_of_or(res, TEE_ERROR_ACCESS_CONFLICT)
					     : result_of(res);
	}
	if (res != TEE_SUCCESS) {
		forget(fs_remove(temporary.text));
	}
	return res;
}

static TEE_Result file_store(const TEE_UUID *uuid, const struct seal_content *content,
			     enum fs_rename mode)
{
	struct seal_content sealed;
	struct seal_name name;
	TEE_Result res = TEE_ERROR_OUT_OF_MEMORY;

	if (!seal_content_create(&sealed, content->size)) {
		return res;
	}
	seal_name(uuid, &seal_content_body(content)->id, &name);
	if (seal_close(uuid, content, port_pages_address(sealed.pages))) {
		res = sealed_store(uuid, &name, port_pages_address(sealed.pages), sealed.size,
				   mode);
	}
	seal_content_free(&sealed);
	return res;
}

static TEE_Result file_remove(const TEE_UUID *uuid, const struct seal_name *name)
{
	struct path path = file_path(uuid, name, "");
	TEE_Result res = fs_remove(path.text);

	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : result_of(res);
}

/* --- listing --- */

/* Is it the name of an object's file? Another may be one that is just being written. */
static bool name_decode(const char *text, struct seal_name *name)
{
	return strlen(text) == HEX_SIZE - 1 &&
	       bytes_from_hex(text, name->bytes, sizeof(name->bytes));
}

static TEE_Result names_visit(struct fs_directory directory, storage_file_visit visit, void *arg)
{
	char text[FS_NAME_MAX];
	struct seal_name name;

	for (unsigned int i = 0; i < STORAGE_FILES_MAX; i++) {
		TEE_Result res = fs_readdir(directory, text);

		if (res == TEE_ERROR_ITEM_NOT_FOUND) {
			return TEE_SUCCESS;
		}
		if (res != TEE_SUCCESS) {
			return result_of(res);
		}
		if (name_decode(text, &name)) {
			res = visit(&name, arg);
		}
		if (res != TEE_SUCCESS) {
			return res;
		}
	}
	log_error("storage: a directory has no end");
	return TEE_ERROR_STORAGE_NOT_AVAILABLE;
}

static TEE_Result file_list(const TEE_UUID *uuid, storage_file_visit visit, void *arg)
{
	struct path path = directory_path(uuid);
	struct fs_directory directory;
	TEE_Result res;

	res = result_of_or(fs_opendir(path.text, &directory), TEE_ERROR_ITEM_NOT_FOUND);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = names_visit(directory, visit, arg);
	forget(fs_closedir(directory));
	return res;
}

/* --- renaming --- */

/* The new file first, so that the data is always somewhere. When the old one cannot be removed the
 * new one is, as well as that goes. */
static TEE_Result file_rename(const TEE_UUID *uuid, const struct seal_name *name,
			      const struct seal_content *renamed, const struct seal_name *to)
{
	TEE_Result res;

	res = file_store(uuid, renamed, FS_RENAME_KEEP);
	if (res != TEE_SUCCESS) {
		return res;
	}
	res = file_remove(uuid, name);
	if (res != TEE_SUCCESS && file_remove(uuid, to) != TEE_SUCCESS) {
		log_error("storage: an object of TA %pUl has two names now", (const void *)uuid);
	}
	return res;
}

const struct storage_place storage_ree = {
	.load = file_load,
	.store = file_store,
	.remove = file_remove,
	.rename = file_rename,
	.list = file_list,
};
