#include "secure/core/shm.h"

#include <stdatomic.h>
#include <string.h>

#include "abi/msg.h"
#include "lib/list.h"
#include "secure/core/check.h"
#include "secure/core/lock.h"
#include "secure/core/port.h"
#include "secure/core/wait.h"

/* An object with no more pages than this needs no memory besides itself. */
#define SHM_PAGES_INLINE 7u

/* Objects come from the first chunk, which is always there, and from chunks of pages that are got
 * and given back as objects come and go. */
#define SHM_CHUNK_PAGES 8u
#define SHM_CHUNK_FIRST 256u

#define SHM_HASH_BITS 12u

struct shm_chunk;

struct shm {
	/* In a bucket while it is registered, in the chunk's list while it is free. */
	struct list link;
	struct shm_chunk *chunk;
	uint64_t cookie;
	const uint64_t *pages;
	/* Behind `pages`, when they are too many to be inline. */
	struct port_pages *memory;
	_Atomic(void *) mapping;
	uint32_t users;
	uint32_t page_count;
	uint16_t first_offset;
	/* shm_unregister() waits for the last user and frees the object. */
	bool releasing;
	/* Shared by FF-A: the secure world has asked for it since it last gave it up. */
	bool retrieved;
	/* Of an object that is being put together: pages that it has. */
	uint32_t gathered;
	uint64_t pages_inline[SHM_PAGES_INLINE];
};

struct shm_chunk {
	/* In shm_chunks while it has an object that is not used. */
	struct list link;
	struct port_pages *memory;
	struct shm *objects;
	size_t capacity;
	/* Objects from `fresh` on were never used and are in no list. */
	size_t fresh;
	size_t used;
	struct list free;
};

struct shm_bucket {
	struct list objects;
};

static struct shm shm_chunk_first_objects[SHM_CHUNK_FIRST];
static struct shm_chunk shm_chunk_first = {
	.link = LIST_EMPTY(shm_chunk_first.link),
	.objects = shm_chunk_first_objects,
	.capacity = SHM_CHUNK_FIRST,
	.free = LIST_EMPTY(shm_chunk_first.free),
};

static struct spinlock shm_lock = SPINLOCK(LOCK_SHM);
static struct list shm_chunks = LIST_EMPTY(shm_chunks);
static struct shm_bucket shm_buckets[1u << SHM_HASH_BITS];
static uint64_t shm_hash_keys[2];
static bool shm_ready;
static size_t shm_count;

/* Who waits for the last user of an object. */
static struct mutex shm_release_mutex = MUTEX_READY(shm_release_mutex);
static struct condition shm_released = CONDITION_READY(shm_released);

/* --- Objects ---------------------------------------------------------------------------------- */

static struct spinlock_held shm_take(void)
{
	struct spinlock_held held = spinlock_take(&shm_lock);

	if (!shm_ready) {
		for (size_t i = 0; i < array_size(shm_buckets); i++) {
			list_init(&shm_buckets[i].objects);
		}
		list_init(&shm_chunks);
		list_add_front(&shm_chunks, &shm_chunk_first.link);
		port_random(shm_hash_keys, sizeof(shm_hash_keys));
		shm_ready = true;
	}
	return held;
}

/* The normal world chooses cookies; with keys it does not know it cannot choose them to share a
 * bucket. */
static struct list *shm_bucket(uint64_t cookie)
{
	uint64_t mixed = (cookie ^ shm_hash_keys[0]) * (shm_hash_keys[1] | 1);

	mixed ^= mixed >> 32;
	mixed *= shm_hash_keys[1] | 1;
	return &shm_buckets[mixed >> (64 - SHM_HASH_BITS)].objects;
}

static struct shm *shm_chunk_take(struct shm_chunk *chunk)
{
	struct list *link = list_take_first(&chunk->free);
	struct shm *shm;

	if (link != NULL) {
		shm = list_entry(link, struct shm, link);
	} else {
		shm = &chunk->objects[chunk->fresh];
		chunk->fresh++;
	}
	chunk->used++;
	if (chunk->used == chunk->capacity) {
		list_remove(&chunk->link);
	}
	memset(shm, 0, sizeof(*shm));
	list_init(&shm->link);
	shm->chunk = chunk;
	return shm;
}

/* A chunk keeps its own description before its objects. */
static struct shm_chunk *shm_chunk_create(void)
{
	struct port_pages *memory = port_pages_alloc(SHM_CHUNK_PAGES);
	struct shm_chunk *chunk;

	if (memory == NULL) {
		return NULL;
	}
	chunk = port_pages_address(memory);
	chunk->memory = memory;
	chunk->objects = (struct shm *)(chunk + 1);
	chunk->capacity = (SHM_CHUNK_PAGES * PORT_PAGE_SIZE - sizeof(*chunk)) / sizeof(struct shm);
	list_init(&chunk->link);
	list_init(&chunk->free);
	return chunk;
}

static_assert(sizeof(struct shm_chunk) % _Alignof(struct shm) == 0, "objects follow the chunk");

/* Out of `fresh`, a chunk that is not in the list yet, or of the list. NULL: every object that
 * there is, is used. */
static struct shm *shm_object_take(struct shm_chunk *fresh)
{
	struct spinlock_held held = shm_take();
	struct list *first = list_first(&shm_chunks);
	struct shm_chunk *chunk = fresh;
	struct shm *shm = NULL;

	if (chunk == NULL && first != NULL) {
		chunk = list_entry(first, struct shm_chunk, link);
	}
	if (chunk != NULL && shm_count < SHM_OBJECTS_MAX) {
		if (chunk == fresh) {
			list_add_back(&shm_chunks, &chunk->link);
		}
		shm = shm_chunk_take(chunk);
		shm_count++;
	}
	spinlock_release(&held);
	return shm;
}

static struct shm *shm_object_alloc(void)
{
	struct shm *shm = shm_object_take(NULL);
	struct shm_chunk *chunk;

	if (shm != NULL || shm_live() >= SHM_OBJECTS_MAX) {
		return shm;
	}
	chunk = shm_chunk_create();
	if (chunk == NULL) {
		return NULL;
	}
	shm = shm_object_take(chunk);
	if (shm == NULL) {
		port_pages_free(chunk->memory);
	}
	return shm;
}

static void shm_object_free(struct shm *shm)
{
	struct spinlock_held held = shm_take();
	struct shm_chunk *chunk = shm->chunk;
	struct port_pages *memory = NULL;

	check(chunk->used > 0 && shm_count > 0);
	if (chunk->used == chunk->capacity) {
		/* The first chunk is preferred, so that the others become empty. */
		if (chunk == &shm_chunk_first) {
			list_add_front(&shm_chunks, &chunk->link);
		} else {
			list_add_back(&shm_chunks, &chunk->link);
		}
	}
	list_add_front(&chunk->free, &shm->link);
	chunk->used--;
	shm_count--;
	if (chunk->used == 0 && chunk != &shm_chunk_first) {
		list_remove(&chunk->link);
		memory = chunk->memory;
	}
	spinlock_release(&held);
	if (memory != NULL) {
		port_pages_free(memory);
	}
}

static void shm_destroy(struct shm *shm)
{
	void *mapping = atomic_load_explicit(&shm->mapping, memory_order_acquire);

	if (mapping != NULL) {
		port_normal_unmap(mapping, shm->page_count);
	}
	if (shm->memory != NULL) {
		port_pages_free(shm->memory);
	}
	shm_object_free(shm);
}

/* With one user and room for `count` addresses at *pages. */
static struct shm *shm_new(uint64_t cookie, size_t count, size_t first_offset, uint64_t **pages)
{
	struct shm *shm = shm_object_alloc();
	size_t bytes = count * sizeof(uint64_t);

	if (shm == NULL) {
		return NULL;
	}
	*pages = shm->pages_inline;
	if (count > SHM_PAGES_INLINE) {
		shm->memory = port_pages_alloc((bytes + PORT_PAGE_SIZE - 1) / PORT_PAGE_SIZE);
		if (shm->memory == NULL) {
			shm_object_free(shm);
			return NULL;
		}
		*pages = port_pages_address(shm->memory);
	}
	shm->pages = *pages;
	shm->cookie = cookie;
	shm->users = 1;
	shm->page_count = (uint32_t)count;
	shm->first_offset = (uint16_t)first_offset;
	return shm;
}

static_assert(PORT_PAGE_SIZE == MSG_PAGE_SIZE, "page lists name the port's pages");
static_assert((SHM_SIZE_MAX + PORT_PAGE_SIZE) / PORT_PAGE_SIZE <= UINT32_MAX, "page_count");

/* --- Page lists ------------------------------------------------------------------------------- */

/* Page 0 stands for "none" wherever the normal world writes an address. */
static bool shm_page_allowed(uint64_t page)
{
	return page != 0 && is_aligned(page, PORT_PAGE_SIZE) && port_normal_page(page);
}

/* Copy `count` addresses out of the list page at `list`, and the link to the next when `next` is
 * not NULL. */
static TEE_Result shm_list_page_read(uint64_t list, uint64_t *pages, size_t count, uint64_t *next)
{
	struct msg_page_list *mapped;

	if (!shm_page_allowed(list)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	mapped = port_normal_map(&list, 1);
	if (mapped == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	port_normal_read(pages, mapped->pages, count * sizeof(uint64_t));
	if (next != NULL) {
		port_normal_read(next, &mapped->next, sizeof(uint64_t));
	}
	port_normal_unmap(mapped, 1);
	return TEE_SUCCESS;
}

/* The link is read, and looked at, only when it is needed. */
static TEE_Result shm_list_read(uint64_t list, uint64_t *pages, size_t count)
{
	while (count > 0) {
		bool last = count <= MSG_PAGE_LIST_ENTRIES;
		size_t here = last ? count : MSG_PAGE_LIST_ENTRIES;
		TEE_Result res = shm_list_page_read(list, pages, here, last ? NULL : &list);

		if (res != TEE_SUCCESS) {
			return res;
		}
		for (size_t i = 0; i < here; i++) {
			if (!shm_page_allowed(pages[i])) {
				return TEE_ERROR_BAD_PARAMETERS;
			}
		}
		pages += here;
		count -= here;
	}
	return TEE_SUCCESS;
}

TEE_Result shm_create_list(uint64_t cookie, uint64_t list, uint64_t size, struct shm **shm)
{
	size_t first_offset = list % PORT_PAGE_SIZE;
	struct shm *created;
	uint64_t *pages;
	TEE_Result res;

	if (size == 0 || size > SHM_SIZE_MAX) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	/* Refused before memory is spent on it. */
	if (!shm_page_allowed(list - first_offset)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	created = shm_new(cookie, (size_t)((first_offset + size - 1) / PORT_PAGE_SIZE + 1),
			  first_offset, &pages);
	if (created == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	res = shm_list_read(list - first_offset, pages, created->page_count);
	if (res != TEE_SUCCESS) {
		shm_destroy(created);
		return res;
	}
	*shm = created;
	return TEE_SUCCESS;
}

TEE_Result shm_create_page(uint64_t cookie, uint64_t address, uint64_t size, struct shm **shm)
{
	size_t first_offset = address % PORT_PAGE_SIZE;
	struct shm *created;
	uint64_t *pages;

	if (size == 0 || size > PORT_PAGE_SIZE - first_offset) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (!shm_page_allowed(address - first_offset)) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	created = shm_new(cookie, 1, first_offset, &pages);
	if (created == NULL) {
		return TEE_ERROR_OUT_OF_MEMORY;
	}
	pages[0] = address - first_offset;
	*shm = created;
	return TEE_SUCCESS;
}

/* --- Registered objects and their users ------------------------------------------------------- */

TEE_Result shm_register(uint64_t cookie, uint64_t list, uint64_t size)
{
	struct spinlock_held held;
	struct shm *shm;
	TEE_Result res;

	if (cookie == MSG_SHM_REF_NONE) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	res = shm_create_list(cookie, list, size, &shm);
	if (res != TEE_SUCCESS) {
		return res;
	}
	held = shm_take();
	list_add_front(shm_bucket(cookie), &shm->link);
	spinlock_release(&held);
	return TEE_SUCCESS;
}

/* `held` is the proof that the buckets do not change. */
static struct shm *shm_lookup(const struct spinlock_held *held, uint64_t cookie)
{
	struct list *bucket = shm_bucket(cookie);

	check(held->lock == &shm_lock);
	list_for_each (link, bucket) {
		struct shm *shm = list_entry(link, struct shm, link);

		if (shm->cookie == cookie) {
			return shm;
		}
	}
	return NULL;
}

struct shm *shm_find(uint64_t cookie)
{
	struct spinlock_held held = shm_take();
	struct shm *shm = shm_lookup(&held, cookie);

	if (shm != NULL) {
		shm->users++;
	}
	spinlock_release(&held);
	return shm;
}

void shm_get(struct shm *shm)
{
	struct spinlock_held held = shm_take();

	check(shm->users > 0);
	shm->users++;
	spinlock_release(&held);
}

/* Takes one user away. Returns how many are left; *releasing says whose task it is to free the
 * object when there is none: it may be gone by now. */
static uint32_t shm_user_leaves(struct shm *shm, bool *releasing)
{
	struct spinlock_held held = shm_take();
	uint32_t left;

	check(shm->users > 0);
	shm->users--;
	left = shm->users;
	*releasing = shm->releasing;
	spinlock_release(&held);
	return left;
}

void shm_put(struct shm *shm)
{
	bool releasing;

	if (shm_user_leaves(shm, &releasing) > 0) {
		return;
	}
	if (!releasing) {
		shm_destroy(shm);
		return;
	}
	/* With the mutex held nobody is between looking at the users and going to sleep. */
	mutex_lock(&shm_release_mutex);
	condition_broadcast(&shm_released);
	mutex_unlock(&shm_release_mutex);
}

/* From here on it is not found. NULL: it was not. */
static struct shm *shm_unlink(uint64_t cookie)
{
	struct spinlock_held held = shm_take();
	struct shm *shm = shm_lookup(&held, cookie);

	if (shm != NULL) {
		list_remove(&shm->link);
		shm->releasing = true;
	}
	spinlock_release(&held);
	return shm;
}

static bool shm_has_users(const struct shm *shm)
{
	struct spinlock_held held = shm_take();
	bool has_users = shm->users > 0;

	spinlock_release(&held);
	return has_users;
}

TEE_Result shm_unregister(uint64_t cookie)
{
	struct shm *shm = shm_unlink(cookie);
	bool releasing;

	if (shm == NULL) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (shm_user_leaves(shm, &releasing) > 0) {
		mutex_lock(&shm_release_mutex);
		while (shm_has_users(shm)) {
			(void)condition_wait(&shm_released, &shm_release_mutex, WAIT_FOREVER);
		}
		mutex_unlock(&shm_release_mutex);
	}
	shm_destroy(shm);
	return TEE_SUCCESS;
}

/* --- Objects by handle ------------------------------------------------------------------------ */

TEE_Result shm_gather(uint64_t count, struct shm **shm)
{
	uint64_t *pages;

	if (count == 0 || count > SHM_SIZE_MAX / PORT_PAGE_SIZE + 1) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	*shm = shm_new(0, (size_t)count, 0, &pages);
	return *shm != NULL ? TEE_SUCCESS : TEE_ERROR_OUT_OF_MEMORY;
}

TEE_Result shm_gather_pages(struct shm *shm, uint64_t address, uint64_t count)
{
	/* Nobody else knows the object yet. */
	uint64_t *pages = (uint64_t *)shm->pages + shm->gathered;

	if (count == 0 || count > shm->page_count - shm->gathered ||
	    address > UINT64_MAX - count * PORT_PAGE_SIZE) {
		return TEE_ERROR_BAD_PARAMETERS;
	}
	for (uint64_t i = 0; i < count; i++) {
		pages[i] = address + i * PORT_PAGE_SIZE;
		if (!shm_page_allowed(pages[i])) {
			return TEE_ERROR_BAD_PARAMETERS;
		}
	}
	shm->gathered += (uint32_t)count;
	return TEE_SUCCESS;
}

bool shm_is_gathered(const struct shm *shm)
{
	return shm->gathered == shm->page_count;
}

void shm_share(struct shm *shm, uint64_t handle)
{
	struct spinlock_held held = shm_take();

	check(shm_is_gathered(shm) && shm_lookup(&held, handle) == NULL);
	shm->cookie = handle;
	list_add_front(shm_bucket(handle), &shm->link);
	spinlock_release(&held);
}

/* One user is the normal world, which has shared it. */
static bool shm_is_active(const struct shm *shm)
{
	return shm->users > 1;
}

struct shm *shm_find_handle(uint64_t handle, uint32_t offset)
{
	struct spinlock_held held;
	struct shm *shm;

	if (offset >= PORT_PAGE_SIZE) {
		return NULL;
	}
	held = shm_take();
	shm = shm_lookup(&held, handle);
	if (shm != NULL && shm_is_active(shm) && shm->first_offset != offset) {
		shm = NULL;
	}
	if (shm != NULL) {
		shm->first_offset = (uint16_t)offset;
		shm->retrieved = true;
		shm->users++;
	}
	spinlock_release(&held);
	return shm;
}

TEE_Result shm_relinquish(uint64_t handle)
{
	struct spinlock_held held = shm_take();
	struct shm *shm = shm_lookup(&held, handle);
	TEE_Result res = TEE_SUCCESS;

	if (shm != NULL && shm_is_active(shm)) {
		res = TEE_ERROR_BUSY;
	} else if (shm != NULL) {
		shm->retrieved = false;
	}
	spinlock_release(&held);
	return res;
}

TEE_Result shm_reclaim(uint64_t handle)
{
	struct spinlock_held held = shm_take();
	struct shm *shm = shm_lookup(&held, handle);
	TEE_Result res = TEE_SUCCESS;

	if (shm == NULL) {
		res = TEE_ERROR_ITEM_NOT_FOUND;
	} else if (shm->retrieved) {
		res = TEE_ERROR_BUSY;
	} else {
		check(!shm_is_active(shm));
		list_remove(&shm->link);
	}
	spinlock_release(&held);
	if (res == TEE_SUCCESS) {
		shm_put(shm);
	}
	return res;
}

/* --- What is inside --------------------------------------------------------------------------- */

uint64_t shm_cookie(const struct shm *shm)
{
	return shm->cookie;
}

uint64_t shm_size(const struct shm *shm)
{
	return (uint64_t)shm->page_count * PORT_PAGE_SIZE - shm->first_offset;
}

bool shm_covers(const struct shm *shm, uint64_t offset, uint64_t size)
{
	return range_within(offset, size, shm_size(shm));
}

void *shm_address(struct shm *shm, uint64_t offset)
{
	void *mapping = atomic_load_explicit(&shm->mapping, memory_order_acquire);
	void *ours;

	if (!shm_covers(shm, offset, 1)) {
		return NULL;
	}
	if (mapping == NULL) {
		ours = port_normal_map(shm->pages, shm->page_count);
		if (ours == NULL) {
			return NULL;
		}
		if (atomic_compare_exchange_strong(&shm->mapping, &mapping, ours)) {
			mapping = ours;
		} else {
			port_normal_unmap(ours, shm->page_count);
		}
	}
	return (uint8_t *)mapping + shm->first_offset + offset;
}

const uint64_t *shm_pages(const struct shm *shm, size_t *count, size_t *first_offset)
{
	*count = shm->page_count;
	*first_offset = shm->first_offset;
	return shm->pages;
}

bool shm_copy_in(struct shm *shm, uint64_t offset, void *to, size_t size)
{
	const void *from;

	if (!shm_covers(shm, offset, size)) {
		return false;
	}
	if (size == 0) {
		return true;
	}
	from = shm_address(shm, offset);
	if (from == NULL) {
		return false;
	}
	port_normal_read(to, from, size);
	return true;
}

bool shm_copy_out(struct shm *shm, uint64_t offset, const void *from, size_t size)
{
	void *to;

	if (!shm_covers(shm, offset, size)) {
		return false;
	}
	if (size == 0) {
		return true;
	}
	to = shm_address(shm, offset);
	if (to == NULL) {
		return false;
	}
	port_normal_write(to, from, size);
	return true;
}

void shm_reset(void)
{
	struct spinlock_held held = spinlock_take(&shm_lock);

	shm_ready = shm_count > 0;
	spinlock_release(&held);
}

size_t shm_live(void)
{
	struct spinlock_held held = shm_take();
	size_t count = shm_count;

	spinlock_release(&held);
	return count;
}
