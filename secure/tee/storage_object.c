#include "secure/tee/storage_object.h"

#include <string.h>

#include "lib/list.h"
#include "lib/uuid.h"
#include "secure/core/check.h"
#include "secure/core/lock.h"
#include "secure/core/log.h"
#include "secure/core/wait.h"
#include "secure/tee/storage.h"
#include "secure/tee/storage_handle.h"

struct storage_object {
	struct list link;    /* among the open ones, or the spare ones */
	struct list handles; /* struct storage_handle.link; empty only while nobody finds it */
	struct storage_whose whose;
	struct seal_name name;
	struct seal_content content;
};

static struct mutex files;
static struct spinlock table_lock = SPINLOCK(LOCK_SESSION);
static struct storage_object objects[STORAGE_OBJECTS_MAX];
static struct list open_objects;
static struct list spare_objects;
static unsigned int open_count;

void storage_objects_init(void)
{
	mutex_init(&files);
	list_init(&open_objects);
	list_init(&spare_objects);
	open_count = 0;
	for (size_t i = 0; i < array_size(objects); i++) {
		list_init(&objects[i].handles);
		list_add_back(&spare_objects, &objects[i].link);
	}
}

unsigned int storage_objects_count(void)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	unsigned int count = open_count;

	spinlock_release(&held);
	return count;
}

/* --- the table, with its lock held --- */

static struct storage_object *table_find(const struct spinlock_held *held,
					 const struct storage_whose *whose,
					 const struct seal_name *name)
{
	check(held->lock == &table_lock);
	list_for_each (link, &open_objects) {
		struct storage_object *object = list_entry(link, struct storage_object, link);

		if (object->whose.place == whose->place &&
		    uuid_equal(&object->whose.uuid, &whose->uuid) &&
		    memcmp(&object->name, name, sizeof(*name)) == 0) {
			return object;
		}
	}
	return NULL;
}

/* May two handles with these flags be open at a time? */
static bool flags_agree(uint32_t a, uint32_t b)
{
	const uint32_t share = TEE_DATA_FLAG_SHARE_READ | TEE_DATA_FLAG_SHARE_WRITE;
	uint32_t either = a | b;

	if ((either & TEE_DATA_FLAG_ACCESS_WRITE_META) != 0 || (a & share) != (b & share)) {
		return false;
	}
	if ((either & TEE_DATA_FLAG_ACCESS_READ) != 0 && (a & TEE_DATA_FLAG_SHARE_READ) == 0) {
		return false;
	}
	return (either & TEE_DATA_FLAG_ACCESS_WRITE) == 0 || (a & TEE_DATA_FLAG_SHARE_WRITE) != 0;
}

static bool object_shares(const struct spinlock_held *held, const struct storage_object *object,
			  uint32_t flags)
{
	check(held->lock == &table_lock);
	list_for_each (link, &object->handles) {
		if (!flags_agree(list_entry(link, struct storage_handle, link)->flags, flags)) {
			return false;
		}
	}
	return true;
}

static void object_attach(const struct spinlock_held *held, struct storage_object *object,
			  struct storage_handle *handle)
{
	check(held->lock == &table_lock && handle->object == NULL);
	handle->object = object;
	handle->position = 0;
	list_add_back(&object->handles, &handle->link);
}

/* --- objects come and go --- */

/* One that nobody finds yet. NULL: STORAGE_OBJECTS_MAX are open. */
static struct storage_object *object_reserve(void)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	struct list *link = list_take_first(&spare_objects);

	spinlock_release(&held);
	return link == NULL ? NULL : list_entry(link, struct storage_object, link);
}

static void object_release(struct storage_object *object)
{
	struct spinlock_held held = spinlock_take(&table_lock);

	list_add_front(&spare_objects, &object->link);
	spinlock_release(&held);
}

static void object_publish(struct storage_object *object, struct storage_handle *handle)
{
	struct spinlock_held held = spinlock_take(&table_lock);

	list_add_back(&open_objects, &object->link);
	open_count++;
	object_attach(&held, object, handle);
	spinlock_release(&held);
}

void storage_object_close(struct storage_handle *handle)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	struct storage_object *object = handle->object;
	bool is_last;

	check(object != NULL);
	list_remove(&handle->link);
	handle->object = NULL;
	is_last = list_is_empty(&object->handles);
	if (is_last) {
		list_remove(&object->link);
		open_count--;
	}
	spinlock_release(&held);
	if (is_last) {
		seal_content_free(&object->content);
		object_release(object);
	}
}

/* The object has another content, and maybe another name, from now on. */
static void object_replace(struct storage_object *object, const struct seal_content *content,
			   const struct seal_name *name)
{
	struct seal_content old = object->content;
	struct spinlock_held held;

	check(mutex_held(&files));
	held = spinlock_take(&table_lock);
	object->content = *content;
	object->name = *name;
	spinlock_release(&held);
	seal_content_free(&old);
}

/* --- open and create --- */

enum attached {
	ATTACHED,
	ATTACH_CONFLICT,
	ATTACH_NOT_OPEN,
};

/* Share an object that is open already. */
static enum attached object_share(struct storage_handle *handle, const struct storage_whose *whose,
				  const struct seal_name *name)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	struct storage_object *object = table_find(&held, whose, name);
	enum attached attached = ATTACH_NOT_OPEN;

	if (object != NULL) {
		attached = object_shares(&held, object, handle->flags) ? ATTACHED : ATTACH_CONFLICT;
	}
	if (attached == ATTACHED) {
		object_attach(&held, object, handle);
	}
	spinlock_release(&held);
	return attached;
}

static void corrupt_remove(const struct storage_whose *whose, const struct seal_name *name)
{
	TEE_Result res = whose->place->remove(&whose->uuid, name);

	log_error("storage: an object of TA %pUl is corrupt, and %s", (const void *)&whose->uuid,
		  res == TEE_SUCCESS ? "was removed" : "cannot be removed");
}

static TEE_Result object_load(struct storage_handle *handle, const struct storage_whose *whose,
			      const struct seal_name *name, enum storage_corrupt corrupt)
{
	struct storage_object *object = object_reserve();
	TEE_Result res;

	if (object == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = whose->place->load(&whose->uuid, name, &object->content);
	if (res != TEE_SUCCESS) {
		object_release(object);
		if (res == TEE_ERROR_CORRUPT_OBJECT && corrupt == STORAGE_CORRUPT_REMOVE) {
			corrupt_remove(whose, name);
		}
		return res;
	}
	object->whose = *whose;
	object->name = *name;
	object_publish(object, handle);
	return TEE_SUCCESS;
}

static TEE_Result object_open(struct storage_handle *handle, const struct storage_whose *whose,
			      const struct seal_name *name, enum storage_corrupt corrupt)
{
	switch (object_share(handle, whose, name)) {
	case ATTACHED:
		return TEE_SUCCESS;
	case ATTACH_CONFLICT:
		return TEE_ERROR_ACCESS_CONFLICT;
	case ATTACH_NOT_OPEN:
		break;
	}
	return object_load(handle, whose, name, corrupt);
}

TEE_Result storage_object_open(struct storage_handle *handle, const struct storage_whose *whose,
			       const struct seal_id *id, enum storage_corrupt corrupt)
{
	struct seal_name name;
	TEE_Result res;

	seal_name(&whose->uuid, id, &name);
	mutex_lock(&files);
	res = object_open(handle, whose, &name, corrupt);
	mutex_unlock(&files);
	return res;
}

/* The object is open: replace it under those who have it. */
static TEE_Result object_overwrite(struct storage_handle *handle, const struct seal_name *name,
				   const struct seal_content *content)
{
	TEE_Result res;

	res = handle->object->whose.place->store(&handle->object->whose.uuid, content,
						 FS_RENAME_REPLACE);
	if (res != TEE_SUCCESS) {
		storage_object_close(handle);
		return res;
	}
	object_replace(handle->object, content, name);
	return TEE_SUCCESS;
}

static TEE_Result object_make(struct storage_handle *handle, const struct storage_whose *whose,
			      const struct seal_name *name, const struct seal_content *content)
{
	bool overwrite = (handle->flags & TEE_DATA_FLAG_OVERWRITE) != 0;
	struct storage_object *object = object_reserve();
	TEE_Result res;

	if (object == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = whose->place->store(&whose->uuid, content,
				  overwrite ? FS_RENAME_REPLACE : FS_RENAME_KEEP);
	if (res != TEE_SUCCESS) {
		object_release(object);
		return res;
	}
	object->whose = *whose;
	object->name = *name;
	object->content = *content;
	object_publish(object, handle);
	return TEE_SUCCESS;
}

static TEE_Result object_create(struct storage_handle *handle, const struct storage_whose *whose,
				const struct seal_name *name, const struct seal_content *content)
{
	bool overwrite = (handle->flags & TEE_DATA_FLAG_OVERWRITE) != 0;

	switch (object_share(handle, whose, name)) {
	case ATTACHED:
		if (overwrite) {
			return object_overwrite(handle, name, content);
		}
		storage_object_close(handle);
		return TEE_ERROR_ACCESS_CONFLICT;
	case ATTACH_CONFLICT:
		return TEE_ERROR_ACCESS_CONFLICT;
	case ATTACH_NOT_OPEN:
		break;
	}
	return object_make(handle, whose, name, content);
}

TEE_Result storage_object_create(struct storage_handle *handle, const struct storage_whose *whose,
				 const struct seal_content *content)
{
	struct seal_name name;
	TEE_Result res;

	seal_name(&whose->uuid, &seal_content_body(content)->id, &name);
	mutex_lock(&files);
	res = object_create(handle, whose, &name, content);
	mutex_unlock(&files);
	return res;
}

/* --- delete and rename --- */

TEE_Result storage_object_delete(struct storage_handle *handle)
{
	const struct storage_object *object = handle->object;
	TEE_Result res;

	mutex_lock(&files);
	res = object->whose.place->remove(&object->whose.uuid, &object->name);
	storage_object_close(handle);
	mutex_unlock(&files);
	return res;
}

/* A copy of the object's content with room for `data_size` bytes of data. */
static bool content_copy(const struct storage_object *object, size_t data_size,
			 struct seal_content *copy)
{
	size_t kept = seal_content_data_size(&object->content);

	if (kept > data_size) {
		kept = data_size;
	}
	if (!seal_content_create(copy, SEAL_OVERHEAD + data_size)) {
		return false;
	}
	*seal_content_body(copy) = *seal_content_body(&object->content);
	memcpy(seal_content_data(copy), seal_content_data(&object->content), kept);
	return true;
}

static bool name_is_open(const struct storage_whose *whose, const struct seal_name *name)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	bool is_open = table_find(&held, whose, name) != NULL;

	spinlock_release(&held);
	return is_open;
}

static TEE_Result object_rename(struct storage_object *object, const struct seal_id *id)
{
	struct seal_content renamed;
	struct seal_name name;
	TEE_Result res;

	seal_name(&object->whose.uuid, id, &name);
	if (name_is_open(&object->whose, &name)) {
		return TEE_ERROR_ACCESS_CONFLICT;
	}
	if (!content_copy(object, seal_content_data_size(&object->content), &renamed)) {
		return TEE_ERROR_STORAGE_NOT_AVAILABLE;
	}
	seal_content_body(&renamed)->id = *id;
	res = object->whose.place->rename(&object->whose.uuid, &object->name, &renamed, &name);
	if (res != TEE_SUCCESS) {
		seal_content_free(&renamed);
		return res;
	}
	object_replace(object, &renamed, &name);
	return TEE_SUCCESS;
}

TEE_Result storage_object_rename(struct storage_handle *handle, const struct seal_id *id)
{
	TEE_Result res;

	mutex_lock(&files);
	res = object_rename(handle->object, id);
	mutex_unlock(&files);
	return res;
}

/* --- contents --- */

static void content_describe(const struct seal_content *content, struct storage_info *info)
{
	const struct seal_body *body = seal_content_body(content);

	info->id = body->id;
	info->type = body->type;
	info->usage = body->usage;
	info->data_size = (uint32_t)seal_content_data_size(content);
}

void storage_object_info(const struct storage_handle *handle, struct storage_info *info)
{
	struct spinlock_held held = spinlock_take(&table_lock);

	content_describe(&handle->object->content, info);
	spinlock_release(&held);
}

static bool table_look(const struct storage_whose *whose, const struct seal_name *name,
		       struct storage_info *info)
{
	struct spinlock_held held = spinlock_take(&table_lock);
	const struct storage_object *object = table_find(&held, whose, name);

	if (object != NULL) {
		content_describe(&object->content, info);
	}
	spinlock_release(&held);
	return object != NULL;
}

static TEE_Result object_look(const struct storage_whose *whose, const struct seal_name *name,
			      struct storage_info *info)
{
	struct seal_content content;
	TEE_Result res;

	if (table_look(whose, name, info)) {
		return TEE_SUCCESS;
	}
	res = whose->place->load(&whose->uuid, name, &content);
	if (res == TEE_SUCCESS) {
		content_describe(&content, info);
		seal_content_free(&content);
	}
	return res;
}

TEE_Result storage_object_look(const struct storage_whose *whose, const struct seal_name *name,
			       struct storage_info *info)
{
	TEE_Result res;

	mutex_lock(&files);
	res = object_look(whose, name, info);
	mutex_unlock(&files);
	return res;
}

TEE_Result storage_object_list(const struct storage_whose *whose, storage_file_visit visit,
			       void *arg)
{
	TEE_Result res;

	mutex_lock(&files);
	res = whose->place->list(&whose->uuid, visit, arg);
	mutex_unlock(&files);
	return res;
}

static TEE_Result object_read(struct storage_handle *handle, struct space *space, uint64_t to,
			      uint64_t size, uint64_t *count)
{
	const struct seal_content *content = &handle->object->content;
	size_t data_size = seal_content_data_size(content);
	size_t left = handle->position < data_size ? data_size - handle->position : 0;
	TEE_Result res;

	*count = size < left ? size : left;
	res = space_copy_out(space, to, seal_content_data(content) + (data_size - left),
			     (size_t)*count);
	if (res == TEE_SUCCESS) {
		handle->position += (uint32_t)*count;
	}
	return res;
}

TEE_Result storage_object_read(struct storage_handle *handle, struct space *space, uint64_t to,
			       uint64_t size, uint64_t *count)
{
	TEE_Result res;

	mutex_lock(&files);
	res = object_read(handle, space, to, size, count);
	mutex_unlock(&files);
	return res;
}

/* For a TA, no memory here is as good as no room there. */
static TEE_Result change_result(TEE_Result res)
{
	return res == TEE_ERROR_OUT_OF_MEMORY ? TEE_ERROR_STORAGE_NO_SPACE : res;
}

/* Store `changed` as the object's content and take it over, or free it. */
static TEE_Result object_commit(struct storage_object *object, struct seal_content *changed)
{
	TEE_Result res;

	res = object->whose.place->store(&object->whose.uuid, changed, FS_RENAME_REPLACE);
	if (res != TEE_SUCCESS) {
		seal_content_free(changed);
		return change_result(res);
	}
	object_replace(object, changed, &object->name);
	return TEE_SUCCESS;
}

static TEE_Result object_write(struct storage_handle *handle, struct space *space, uint64_t from,
			       size_t size)
{
	struct storage_object *object = handle->object;
	size_t data_size = seal_content_data_size(&object->content);
	size_t end = handle->position + size;
	struct seal_content changed;
	TEE_Result res;

	if (!content_copy(object, end > data_size ? end : data_size, &changed)) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	res = space_copy_in(space, seal_content_data(&changed) + handle->position, from, size);
	if (res != TEE_SUCCESS) {
		seal_content_free(&changed);
		return res;
	}
	res = object_commit(object, &changed);
	if (res == TEE_SUCCESS) {
		handle->position = (uint32_t)end;
	}
	return res;
}

TEE_Result storage_object_write(struct storage_handle *handle, struct space *space, uint64_t from,
				uint64_t size)
{
	uint64_t end;
	TEE_Result res;

	if (__builtin_add_overflow(handle->position, size, &end) || end > TEE_DATA_MAX_POSITION) {
		return TEE_ERROR_OVERFLOW;
	}
	if (size == 0) {
		return TEE_SUCCESS;
	}
	if (end > STORAGE_OBJECT_SIZE_MAX) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	mutex_lock(&files);
	res = object_write(handle, space, from, (size_t)size);
	mutex_unlock(&files);
	return res;
}

static TEE_Result object_truncate(struct storage_object *object, size_t size)
{
	struct seal_content changed;

	if (size == seal_content_data_size(&object->content)) {
		return TEE_SUCCESS;
	}
	if (!content_copy(object, size, &changed)) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	return object_commit(object, &changed);
}

TEE_Result storage_object_truncate(struct storage_handle *handle, uint64_t size)
{
	TEE_Result res;

	if (size > STORAGE_OBJECT_SIZE_MAX) {
		return TEE_ERROR_STORAGE_NO_SPACE;
	}
	mutex_lock(&files);
	res = object_truncate(handle->object, (size_t)size);
	mutex_unlock(&files);
	return res;
}
