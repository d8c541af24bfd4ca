/* storage_rpmb.c - persistent objects as files of the RPMB device, named and laid out as upstream's
 * are. */
#include "secure/tee/storage_file.h"

#include <string.h>

#include "abi/storage.h"
#include "lib/bytes.h"
#include "secure/tee/rpmb_fs.h"
#include "secure/tee/storage.h"

/* --- names --- */

/* "/", the TA's UUID as it lies in memory, "/", the object's id. */
#define UUID_AT	  1u
#define UUID_HEX  (2 * sizeof(TEE_UUID))
#define OBJECT_AT (UUID_AT + UUID_HEX + 1)

static_assert(OBJECT_AT + 2 * TEE_OBJECT_ID_MAX_LEN < STORAGE_RPMB_NAME_SIZE, "a name fits");

static void hex_put(char *to, const void *from, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	const uint8_t *bytes = from;

	for (size_t i = 0; i < size; i++) {
		to[2 * i] = digits[bytes[i] >> 4];
		to[2 * i + 1] = digits[bytes[i] & 0xf];
	}
}

/* What all names of the TA's objects begin with. */
static struct rpmb_fs_name name_begin(const TEE_UUID *uuid)
{
	struct rpmb_fs_name name = { 0 };

	name.text[0] = '/';
	hex_put(name.text + UUID_AT, uuid, sizeof(*uuid));
	name.text[OBJECT_AT - 1] = '/';
	return name;
}

static struct rpmb_fs_name name_make(const TEE_UUID *uuid, const struct seal_id *id)
{
	struct rpmb_fs_name name = name_begin(uuid);

	hex_put(name.text + OBJECT_AT, id->bytes, id->size);
	return name;
}

/* The object's id; false: the name is not of an object of that TA, or of one that upstream had not
 * finished creating (with a dot before its id). */
static bool name_decode(const TEE_UUID *uuid, const struct rpmb_fs_name *name, struct seal_id *id)
{
	struct rpmb_fs_name begin = name_begin(uuid);
	size_t digits;

	if (memcmp(name->text, begin.text, OBJECT_AT) != 0) {
		return false;
	}
	digits = strlen(name->text + OBJECT_AT);
	*id = (struct seal_id){ .size = (uint32_t)(digits / 2) };
	return digits % 2 == 0 && digits / 2 <= sizeof(id->bytes) &&
	       bytes_from_hex(name->text + OBJECT_AT, id->bytes, digits / 2);
}

/* --- finding: objects are asked for by their sealed names, which say nothing of the id --- */

struct search {
	const TEE_UUID *uuid;
	const struct seal_name *wanted;
	struct rpmb_fs_name found;
	struct seal_id id;
};

static TEE_Result search_visit(const struct rpmb_fs_name *name, void *arg)
{
	struct search *search = arg;
	struct seal_name sealed;

	if (name_decode(search->uuid, name, &search->id)) {
		seal_name(search->uuid, &search->id, &sealed);
		if (memcmp(&sealed, search->wanted, sizeof(sealed)) == 0) {
			search->found = *name;
			return TEE_ERROR_BUSY;
		}
	}
	return TEE_SUCCESS;
}

static TEE_Result search_do(struct search *search, const TEE_UUID *uuid,
			    const struct seal_name *wanted)
{
	TEE_Result res;

	search->uuid = uuid;
	search->wanted = wanted;
	res = rpmb_fs_list(search_visit, search);
	if (res == TEE_ERROR_BUSY) {
		return TEE_SUCCESS;
	}
	return res == TEE_SUCCESS ? TEE_ERROR_ITEM_NOT_FOUND : res;
}

static TEE_Result result_of(TEE_Result res)
{
	switch (res) {
	case TEE_SUCCESS:
	case TEE_ERROR_ITEM_NOT_FOUND:
	case TEE_ERROR_ACCESS_CONFLICT:
	case TEE_ERROR_CORRUPT_OBJECT:
	case TEE_ERROR_STORAGE_NO_SPACE:
	case TEE_ERROR_OUT_OF_MEMORY:
		return res;
	default:
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
}

/* --- contents: a head, then the data --- */

static struct storage_object_head *file_head(const struct seal_content *file)
{
	return port_pages_address(file->pages);
}

/* Room for a file with this much data. Not sealed, but kept and wiped as what is. */
static bool file_create(struct seal_content *file, size_t data_size)
{
	size_t size = sizeof(struct storage_object_head) + data_size;

	return seal_content_create(file, size < SEAL_OVERHEAD ? SEAL_OVERHEAD : size);
}

static TEE_Result content_decode(const struct search *search, const struct seal_content *file,
				 size_t data_size, struct seal_content *content)
{
	const struct storage_object_head *head = file_head(file);

	/* Attributes are those of keys, and there are none in the kernel yet. */
	if (head->attr_size != 0 || head->have_attrs != 0) {
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	if (!seal_content_create(content, SEAL_OVERHEAD + data_size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*seal_content_body(content) = (struct seal_body){
		.type = head->object_type,
		.usage = head->object_usage,
		.id = search->id,
	};
	memcpy(seal_content_data(content), head + 1, data_size);
	return TEE_SUCCESS;
}

static TEE_Result content_load(const struct search *search, struct seal_content *content)
{
	struct seal_content file;
	size_t size;
	TEE_Result res;

	res = rpmb_fs_size(&search->found, &size);
	if (res != TEE_SUCCESS) {
		return res;
	}
	if (size < sizeof(struct storage_object_head) ||
	    size - sizeof(struct storage_object_head) > STORAGE_OBJECT_SIZE_MAX) {
		return TEE_ERROR_CORRUPT_OBJECT;
	}
	size -= sizeof(struct storage_object_head);
	if (!file_create(&file, size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = rpmb_fs_read(search->uuid, &search->found, file_head(&file),
			   sizeof(struct storage_object_head) + size);
	if (res == TEE_SUCCESS) {
		res = content_decode(search, &file, size, content);
	}
	seal_content_free(&file);
	return res;
}

static TEE_Result rpmb_load(const TEE_UUID *uuid, const struct seal_name *name,
			    struct seal_content *content)
{
	struct search search;
	TEE_Result res;

	res = search_do(&search, uuid, name);
	if (res == TEE_SUCCESS) {
		res = content_load(&search, content);
	}
	return result_of(res);
}

static TEE_Result rpmb_store(const TEE_UUID *uuid, const struct seal_content *content,
			     enum fs_rename mode)
{
	const struct seal_body *body = seal_content_body(content);
	struct rpmb_fs_name name = name_make(uuid, &body->id);
	size_t size = seal_content_data_size(content);
	struct seal_content file;
	TEE_Result res;

	if (!file_create(&file, size)) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	*file_head(&file) = (struct storage_object_head){
		.object_type = body->type,
		.object_usage = body->usage,
	};
	memcpy(file_head(&file) + 1, seal_content_data(content), size);
	res = rpmb_fs_write(uuid, &name, file_head(&file),
			    sizeof(struct storage_object_head) + size,
			    mode == FS_RENAME_KEEP ? RPMB_FS_KEEP : RPMB_FS_REPLACE);
	seal_content_free(&file);
	return result_of(res);
}

static TEE_Result rpmb_remove(const TEE_UUID *uuid, const struct seal_name *name)
{
	struct search search;
	TEE_Result res;

	res = search_do(&search, uuid, name);
	if (res == TEE_SUCCESS) {
		res = rpmb_fs_remove(&search.found);
	}
	return res == TEE_ERROR_ITEM_NOT_FOUND ? TEE_SUCCESS : result_of(res);
}

/* The id is in the name alone. */
static TEE_Result rpmb_rename(const TEE_UUID *uuid, const struct seal_name *name,
			      const struct seal_content *renamed, const struct seal_name *to)
{
	struct rpmb_fs_name new_name = name_make(uuid, &seal_content_body(renamed)->id);
	struct search search;
	TEE_Result res;

	(void)to;
	res = search_do(&search, uuid, name);
	if (res == TEE_SUCCESS) {
		res = rpmb_fs_rename(&search.found, &new_name);
	}
	return result_of(res);
}

/* --- listing --- */

struct listing {
	const TEE_UUID *uuid;
	storage_file_visit visit;
	void *arg;
	bool any;
};

static TEE_Result list_visit(const struct rpmb_fs_name *name, void *arg)
{
	struct listing *listing = arg;
	struct seal_name sealed;
	struct seal_id id;

	if (!name_decode(listing->uuid, name, &id)) {
		return TEE_SUCCESS;
	}
	listing->any = true;
	seal_name(listing->uuid, &id, &sealed);
	return listing->visit(&sealed, listing->arg);
}

static TEE_Result rpmb_list(const TEE_UUID *uuid, storage_file_visit visit, void *arg)
{
	struct listing listing = { .uuid = uuid, .visit = visit, .arg = arg };
	TEE_Result res;

	res = rpmb_fs_list(list_visit, &listing);
	return res == TEE_SUCCESS && !listing.any ? TEE_ERROR_ITEM_NOT_FOUND : result_of(res);
}

const struct storage_place storage_rpmb = {
	.load = rpmb_load,
	.store = rpmb_store,
	.remove = rpmb_remove,
	.rename = rpmb_rename,
	.list = rpmb_list,
};
