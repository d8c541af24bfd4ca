#include "normal/driver/shm.h"

#include <errno.h>

#include "abi/msg.h"
#include "normal/driver/file.h"
#include "normal/driver/state.h"

/* 2^64 divided by the golden ratio: its multiples spread well. */
#define HASH_FACTOR 0x9e3779b97f4a7c15ull

void driver_shm_init(struct shm_table *table)
{
	unsigned int i;

	os_mutex_init(&table->mutex);
	table->serial = 1;
	for (i = 0; i < SHM_BUCKETS; i++) {
		list_init(&table->buckets[i]);
	}
}

void driver_shm_destroy(struct shm_table *table)
{
	os_mutex_destroy(&table->mutex);
}

/* --- The table: its mutex is held ------------------------------------------------------------ */

static struct list *table_bucket(struct shm_table *table, uint64_t cookie)
{
	return &table->buckets[cookie * HASH_FACTOR >> (64 - SHM_BUCKET_BITS)];
}

static void table_name(struct shm_table *table, struct shm *shm, uint64_t cookie)
{
	list_remove(&shm->named);
	shm->cookie = cookie;
	list_add_front(table_bucket(table, cookie), &shm->named);
}

/* The least bits of its own cookie are the slot, the others a number that never comes again. */
static int table_insert(struct shm_table *table, struct shm *shm)
{
	struct shm_list *list = &shm->file->shm;
	unsigned int slot = table->first_free;

	while (slot < SHM_OBJECTS_MAX && table->slots[slot] != NULL) {
		slot++;
	}
	table->first_free = slot;
	if (slot == SHM_OBJECTS_MAX ||
	    (shm->kind == SHM_CLIENT && list->count == SHM_FILE_OBJECTS_MAX)) {
		return -ENOMEM;
	}
	table->slots[slot] = shm;
	table->first_free++;
	shm->slot = slot;
	table_name(table, shm, table->serial++ << SHM_SLOT_BITS | slot);
	shm->id = shm->kind == SHM_CLIENT ? (int32_t)slot + 1 : -1;
	list_add_back(&list->objects, &shm->link);
	list->count++;
	return 0;
}

static void table_remove(struct shm_table *table, struct shm *shm)
{
	table->slots[shm->slot] = NULL;
	if (shm->slot < table->first_free) {
		table->first_free = shm->slot;
	}
	list_remove(&shm->named);
	list_remove(&shm->link);
	shm->file->shm.count--;
}

static struct shm *table_id(struct shm_table *table, const struct driver_file *file, uint64_t id)
{
	struct shm *shm;

	if (id == 0 || id > SHM_OBJECTS_MAX) {
		return NULL;
	}
	shm = table->slots[id - 1];
	return shm != NULL && shm->open && shm->file == file ? shm : NULL;
}

static struct shm *table_cookie(struct shm_table *table, uint64_t cookie)
{
	list_for_each (link, table_bucket(table, cookie)) {
		struct shm *shm = list_entry(link, struct shm, named);

		if (shm->cookie == cookie) {
			return shm;
		}
	}
	return NULL;
}

/* --- Telling the secure world ---------------------------------------------------------------- */

struct os_memory *driver_shm_page_list(const struct os_memory *memory, uint64_t *address)
{
	size_t count = os_memory_page_count(memory);
	size_t pages = (count + MSG_PAGE_LIST_ENTRIES - 1) / MSG_PAGE_LIST_ENTRIES;
	struct os_memory *list = os_memory_alloc(pages * sizeof(struct msg_page_list));
	struct msg_page_list *page;
	size_t i;

	page = list != NULL ? os_memory_address(list) : NULL;
	if (page == NULL) {
		if (list != NULL) {
			os_memory_put(list);
		}
		return NULL;
	}
	for (i = 0; i < count; i++) {
		page[i / MSG_PAGE_LIST_ENTRIES].pages[i % MSG_PAGE_LIST_ENTRIES] =
			os_memory_page(memory, i);
	}
	for (i = 0; i + 1 < pages; i++) {
		page[i].next = os_memory_page(list, i + 1);
	}
	*address = os_memory_page(list, 0) | os_memory_offset(memory);
	return list;
}

/* From now on messages can name it. */
static int shm_share(struct shm *shm)
{
	int error = shm->file->driver->transport->share(shm);

	shm->shared = error == 0;
	return error;
}

/* --- Objects --------------------------------------------------------------------------------- */

static void shm_destroy(struct shm *shm)
{
	if (shm->shared) {
		shm->file->driver->transport->unshare(shm);
	}
	os_memory_put(shm->memory);
	driver_file_put(shm->file);
	os_free(shm);
}

/* Takes `memory` over, also on failure; NULL is -ENOMEM. */
static int shm_new(struct driver_file *file, enum shm_kind kind, struct os_memory *memory,
		   size_t size, struct shm **result)
{
	struct shm_table *table = &file->driver->shm;
	struct shm *shm;
	int error = -ENOMEM;

	if (memory == NULL) {
		return -ENOMEM;
	}
	shm = os_alloc(sizeof(*shm));
	if (shm != NULL) {
		shm->file = file;
		shm->kind = kind;
		shm->memory = memory;
		shm->size = size;
		shm->references = 1;
		list_init(&shm->named);
		os_mutex_lock(&table->mutex);
		error = table_insert(table, shm);
		os_mutex_unlock(&table->mutex);
	}
	if (error != 0) {
		os_free(shm);
		os_memory_put(memory);
		return error;
	}
	driver_file_get(file);
	*result = shm;
	return 0;
}

/* Takes `memory` over. The caller's reference becomes the descriptor's: from then on the object may
 * go at any time, so what the caller wants to know of it is read before. */
static int shm_publish(struct driver_file *file, struct os_memory *memory, size_t size, int32_t *id)
{
	struct shm_table *table = &file->driver->shm;
	struct shm *shm;
	int error;

	error = shm_new(file, SHM_CLIENT, memory, size, &shm);
	if (error != 0) {
		return error;
	}
	if (file->device == DRIVER_TEE || file->driver->transport->shares_all) {
		error = shm_share(shm);
		if (error != 0) {
			driver_shm_put(shm);
			return error;
		}
	}
	*id = shm->id;
	os_mutex_lock(&table->mutex);
	shm->open = true;
	os_mutex_unlock(&table->mutex);
	return 0;
}

int driver_shm_alloc(struct driver_file *file, uint64_t size, int32_t *id,
		     struct os_memory **memory, uint64_t *allocated)
{
	uint64_t rounded;
	int error;

	if (size == 0) {
		return -EINVAL;
	}
	if (size > SHM_SIZE_MAX || !align_up(size, OS_PAGE_SIZE, &rounded)) {
		return -ENOMEM;
	}
	*memory = os_memory_alloc(rounded);
	if (*memory == NULL) {
		return -ENOMEM;
	}
	os_memory_get(*memory);
	error = shm_publish(file, *memory, rounded, id);
	if (error != 0) {
		os_memory_put(*memory);
		*memory = NULL;
		return error;
	}
	*allocated = rounded;
	return 0;
}

int driver_shm_adopt(struct driver_file *file, const struct os_file *from, uint64_t offset,
		     uint64_t length, int32_t *id)
{
	struct os_memory *memory;
	uint64_t end;
	int error;

	if (from == NULL || __builtin_add_overflow(offset, length, &end)) {
		return -EFAULT;
	}
	if (length == 0 || length > SHM_SIZE_MAX) {
		return -ENOMEM;
	}
	error = os_memory_adopt(from, offset, length, &memory);
	if (error != 0) {
		return error;
	}
	return shm_publish(file, memory, length, id);
}

int driver_shm_private(struct driver *driver, uint64_t size, struct shm **shm)
{
	uint64_t rounded;
	int error;

	if (size == 0 || size > SHM_SIZE_MAX || !align_up(size, OS_PAGE_SIZE, &rounded)) {
		return -ENOMEM;
	}
	error = shm_new(driver->self, SHM_PRIVATE, os_memory_alloc(rounded), rounded, shm);
	if (error == 0 && driver->transport->shares_all) {
		error = shm_share(*shm);
		if (error != 0) {
			driver_shm_put(*shm);
		}
	}
	return error;
}

int driver_shm_argument(struct driver *driver, bool shared, struct shm **result)
{
	struct shm *shm;
	int error;

	error = shm_new(driver->self, SHM_ARGUMENT, os_memory_alloc(OS_PAGE_SIZE), OS_PAGE_SIZE,
			&shm);
	if (error == 0 && shared) {
		error = shm_share(shm);
		if (error != 0) {
			driver_shm_put(shm);
		}
	}
	if (error == 0) {
		*result = shm;
	}
	return error;
}

void driver_shm_name(struct shm *shm, uint64_t cookie)
{
	struct shm_table *table = &shm->file->driver->shm;

	os_mutex_lock(&table->mutex);
	table_name(table, shm, cookie);
	os_mutex_unlock(&table->mutex);
}

struct shm *driver_shm_by_id(struct driver_file *file, uint64_t id)
{
	struct shm_table *table = &file->driver->shm;
	struct shm *shm;

	os_mutex_lock(&table->mutex);
	shm = table_id(table, file, id);
	if (shm != NULL) {
		shm->references++;
	}
	os_mutex_unlock(&table->mutex);
	return shm;
}

struct shm *driver_shm_by_cookie(struct driver *driver, uint64_t cookie)
{
	struct shm_table *table = &driver->shm;
	struct shm *shm;

	os_mutex_lock(&table->mutex);
	shm = table_cookie(table, cookie);
	if (shm != NULL) {
		shm->references++;
	}
	os_mutex_unlock(&table->mutex);
	return shm;
}

void driver_shm_put(struct shm *shm)
{
	struct shm_table *table;
	bool last;

	if (shm == NULL) {
		return;
	}
	table = &shm->file->driver->shm;
	os_mutex_lock(&table->mutex);
	last = --shm->references == 0;
	if (last) {
		table_remove(table, shm);
	}
	os_mutex_unlock(&table->mutex);
	if (last) {
		shm_destroy(shm);
	}
}

/* --- What the secure world holds ------------------------------------------------------------- */

bool driver_shm_hold(struct shm *shm)
{
	struct driver *driver = shm->file->driver;
	bool alive;

	os_mutex_lock(&driver->shm.mutex);
	alive = !atomic_load(&driver->dead);
	if (alive) {
		shm->holds++;
	}
	os_mutex_unlock(&driver->shm.mutex);
	return alive;
}

struct shm *driver_shm_unhold(struct driver *driver, enum shm_kind kind, uint64_t cookie)
{
	struct shm_table *table = &driver->shm;
	struct shm *shm;

	os_mutex_lock(&table->mutex);
	shm = table_cookie(table, cookie);
	if (shm != NULL && (shm->kind != kind || shm->holds == 0)) {
		shm = NULL;
	}
	if (shm != NULL) {
		shm->holds--;
	}
	os_mutex_unlock(&table->mutex);
	return shm;
}

/* One hold of the object in `slot`, or NULL. */
static struct shm *slot_unhold(struct shm_table *table, unsigned int slot)
{
	struct shm *shm;

	os_mutex_lock(&table->mutex);
	shm = table->slots[slot];
	if (shm != NULL && shm->holds > 0) {
		shm->holds--;
	} else {
		shm = NULL;
	}
	os_mutex_unlock(&table->mutex);
	return shm;
}

void driver_shm_unhold_all(struct driver *driver)
{
	unsigned int slot;

	for (slot = 0; slot < SHM_OBJECTS_MAX; slot++) {
		struct shm *shm;

		while ((shm = slot_unhold(&driver->shm, slot)) != NULL) {
			driver_shm_put(shm);
		}
	}
}

/* --- Descriptors ----------------------------------------------------------------------------- */

int driver_shm_close(struct driver_file *file, int32_t id)
{
	struct shm_table *table = &file->driver->shm;
	struct shm *shm;

	os_mutex_lock(&table->mutex);
	shm = id > 0 ? table_id(table, file, (uint64_t)id) : NULL;
	if (shm != NULL) {
		shm->open = false;
	}
	os_mutex_unlock(&table->mutex);
	if (shm == NULL) {
		return -EINVAL;
	}
	driver_shm_put(shm);
	return 0;
}

/* Close one descriptor; NULL: none is open. */
static struct shm *close_first(struct driver_file *file)
{
	struct shm_table *table = &file->driver->shm;
	struct shm *found = NULL;

	os_mutex_lock(&table->mutex);
	list_for_each (link, &file->shm.objects) {
		struct shm *shm = list_entry(link, struct shm, link);

		if (shm->open) {
			shm->open = false;
			found = shm;
			break;
		}
	}
	os_mutex_unlock(&table->mutex);
	return found;
}

void driver_shm_close_all(struct driver_file *file)
{
	struct shm *shm;

	while ((shm = close_first(file)) != NULL) {
		driver_shm_put(shm);
	}
}

void driver_shm_count(struct driver *driver, struct driver_census *census)
{
	struct shm_table *table = &driver->shm;
	unsigned int slot;

	os_mutex_lock(&table->mutex);
	for (slot = 0; slot < SHM_OBJECTS_MAX; slot++) {
		const struct shm *shm = table->slots[slot];

		if (shm != NULL && shm->kind != SHM_ARGUMENT) {
			census->shm += shm->kind == SHM_CLIENT ? 1 : 0;
			census->shm_kernel += shm->kind == SHM_PRIVATE ? 1 : 0;
			census->shm_bytes += shm->size;
		}
	}
	os_mutex_unlock(&table->mutex);
}

void *driver_shm_address(const struct shm *shm)
{
	char *page = os_memory_address(shm->memory);

	return page != NULL ? page + os_memory_offset(shm->memory) : NULL;
}
